"""Each warehouse's best channel for each order, by what an attempt allows and wishes for: stock plays no part here."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from allocation.core.arrivals import Arrivals
from allocation.core.channel_costs import ChannelCosts
from allocation.core.costing import Pricer
from allocation.core.permissions import NO_ATTEMPT, NO_LIMIT, OBJECTIVES, Limits, Permits
from allocation.core.strategies import Objective
from allocation.core.timetable import NO_DAY
from allocation.core.types import Reason
from carriers.core.types import RejectionCode
from wms.values.geo import NO_DISTANCE

Bools = npt.NDArray[np.bool_]
Int16s = npt.NDArray[np.int16]
Int64s = npt.NDArray[np.int64]

# A channel's key orders by its score (what it costs, and what its lateness is priced at), then days, then the channel's place, in
# one 64-bit number.
COST_SHIFT, DAYS_SHIFT = 20, 12
UNPRICED = np.int64(2**62)
NONE_YET = np.int16(127)
FASTEST = OBJECTIVES.index(Objective.FASTEST)
NEAREST = OBJECTIVES.index(Objective.NEAREST)


def channel_of(key: Int64s) -> Int64s:
    """Return the column of a key's channel."""
    return key & ((1 << DAYS_SHIFT) - 1)


def days_of(key: Int64s) -> Int64s:
    """Return the days of transit of a key's channel."""
    return (key >> DAYS_SHIFT) & ((1 << (COST_SHIFT - DAYS_SHIFT)) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What one attempt gives some orders, as (order, warehouse) arrays but for the first two.

    `orders` are rows of the batch. `key` is UNPRICED where no channel may be chosen; `reason` says why there, and is 0 elsewhere.
    `cost` is the landed cost of the key's channel. `cheapest_key` is that of the cheapest channel, whatever was wished of days,
    distance and price. `wishes` are those of the orders that have any.
    """

    orders: Int64s
    limits: Limits
    key: Int64s
    cost: Int64s
    reason: Int16s
    cheapest_key: Int64s
    wishes: Wishes | None


def make_offers(*, pricer: Pricer, permits: Permits, orders: Int64s, permit: Int64s, arrivals: Arrivals) -> Offers:
    """Return the offers to these orders under the rows `permit` of the permits, one for each."""
    allowed = permits.allowed[permit]
    had_any = allowed.any(axis=2)
    _apply_bans(allowed, permits, permit, pricer.wanted.parcels.tag_mask[orders])
    closed = np.where(permits.covered[permit], np.where(had_any, Reason.TAG_RESTRICTED, Reason.NO_CHANNEL), Reason.NOT_COVERED)
    limits = permits.limits.rows(permit)
    cheapest, reason = _cheapest(pricer, orders, allowed, closed.astype(np.int16), limits.live_fallback)
    wishful = np.flatnonzero(~limits.is_plain)
    key, cost, wishes = cheapest, cheapest >> COST_SHIFT, None
    if len(wishful) and allowed.shape[2]:
        key, cost = cheapest.copy(), cost.copy()
        wishes = Wishes(pricer, arrivals, orders=orders, which=wishful, limits=limits, allowed=allowed[wishful])
        key[wishful], cost[wishful], reason[wishful] = wishes.best(reason[wishful])
    return Offers(orders=orders, limits=limits, key=key, cost=cost, reason=reason, cheapest_key=cheapest, wishes=wishes)


def without_refused(offers: Offers, refused: Bools) -> Offers:
    """Return the offers without the warehouses that have sent the orders back."""
    covered = refused & (offers.reason != Reason.NOT_COVERED)
    return replace(
        offers,
        key=np.where(refused, UNPRICED, offers.key),
        reason=np.where(covered, np.int16(Reason.REJECTED_BEFORE), offers.reason),
        cheapest_key=np.where(refused, UNPRICED, offers.cheapest_key),
    )


def first_wish(offers: Offers, *, at: Int64s, key: Int64s, distance: Int64s) -> Int64s | None:
    """Return what counts before the cost, the day of arrival or the distance, where the objective says so; None where it nowhere does.

    Rows are the orders at these places among those of the offers, with their keys and distances by warehouse.
    """
    if offers.wishes is None:
        return None
    kind = offers.limits.kind[at]
    first = np.zeros_like(key)
    near, fast = kind == NEAREST, np.flatnonzero(kind == FASTEST)
    first[near] = distance[near]
    if len(fast):
        places = np.searchsorted(offers.wishes.which, at[fast])
        first[fast] = offers.wishes.arrival_of(np.where(key[fast] == UNPRICED, 0, key[fast]), places)
    return first


def _apply_bans(allowed: Bools, permits: Permits, permit: Int64s, tag_mask: Int64s) -> None:
    """Take from `allowed` what the goods' tags may not use."""
    for row in np.unique(permit).tolist() if any(permits.bans) else ():
        for ban in permits.bans[row] if row != NO_ATTEMPT else ():
            hit = (permit == row) & (tag_mask >> ban.bit & 1 == 1)
            allowed[hit] &= ~ban.lanes


def _rejections(costs: ChannelCosts, orders: Int64s, may_fall_back: Bools) -> Int16s:
    """Return why a channel has no price for these orders: a rate card stands in for a live price only where it may."""
    rejection = costs.rejection[orders]
    if costs.fallen_back is None:
        return rejection
    return np.where(costs.fallen_back[orders] & ~may_fall_back[:, None], np.int16(RejectionCode.LIVE_QUOTE_FAILED), rejection)


def _cheapest(pricer: Pricer, orders: Int64s, allowed: Bools, closed: Int16s, may_fall_back: Bools) -> tuple[Int64s, Int16s]:
    """Return the key of each cell's cheapest channel, and why there is none: `closed` where no channel is allowed."""
    key = np.full(closed.shape, UNPRICED)
    reason = np.where(allowed.any(axis=2), NONE_YET, closed)
    everybody = len(orders) == len(pricer.wanted.units)
    for column in range(allowed.shape[2]):
        permitted = allowed[:, :, column]
        if permitted.any():
            costs = pricer.costs_by(column)
            landed, days, rejection = costs.landed, costs.days, costs.rejection
            if not everybody:
                landed, days, rejection = landed[orders], days[orders], rejection[orders]
            if costs.fallen_back is not None:
                rejection = _rejections(costs, orders, may_fall_back)
            priced = permitted & (rejection == 0)
            here = (landed << COST_SHIFT) | (days << DAYS_SHIFT) | column
            np.minimum(key, here, out=key, where=priced)
            np.minimum(reason, rejection, out=reason, where=permitted & ~priced)
    reason[key != UNPRICED] = 0
    return key, reason


class Wishes:
    """The channels of orders that wish for more than the lowest cost: (channel, order, warehouse) arrays.

    `which` are the orders' places among those of the offers.
    """

    def __init__(self, pricer: Pricer, arrivals: Arrivals, *, orders: Int64s, which: Int64s, limits: Limits, allowed: Bools) -> None:
        rows = orders[which]
        columns = range(allowed.shape[2])
        costs = [pricer.costs_by(column) for column in columns]
        self.which = which
        self._limits = limits.rows(which)
        self._landed = np.stack([each.landed[rows] for each in costs])
        self._days = np.stack([each.days[rows] for each in costs])
        self._arrival = np.stack([arrivals.by(column, orders=rows, days=self._days[column]) for column in columns])
        may_fall_back = self._limits.live_fallback
        self._priced = np.stack([allowed[:, :, column] & (_rejections(costs[column], rows, may_fall_back) == 0) for column in columns])
        promised = pricer.wanted.promised_day[rows][:, None]
        self._days_late = np.where(promised == NO_DAY, 0, np.maximum(self._arrival - promised, 0))
        self._open = self._priced & ~(self._limits.promise_is_hard[:, None] & (self._days_late > 0))
        distance = pricer.distance_m[rows]
        limit = self._limits.most_distance_m[:, None]
        self._too_far = (limit != NO_LIMIT) & ((distance == NO_DISTANCE) | (distance > limit))
        self._after_cutoff = self._limits.same_day[:, None] & ~arrivals.ships_today[None, :]
        score = self._landed + self._limits.late_day_price[:, None] * self._days_late
        place = np.arange(len(costs))[:, None, None]
        self._key = (score << COST_SHIFT) | (self._days << DAYS_SHIFT) | place

    def best(self, reason: Int16s) -> tuple[Int64s, Int64s, Int16s]:
        """Return each cell's key, cost, and why nothing may be chosen, given why there is no price."""
        key, cost = self._choose(self._open)
        reason = np.where((reason == 0) & self._after_cutoff, np.int16(Reason.AFTER_CUTOFF), reason)
        reason = np.where((reason == 0) & self._too_far, np.int16(Reason.TOO_FAR), reason)
        reason = np.where((reason == 0) & (key == UNPRICED), np.int16(Reason.LATE), reason)
        return np.where(reason == 0, key, UNPRICED), cost, reason

    def arrival_of(self, key: Int64s, places: Int64s) -> Int64s:
        """Return the arrival of the keys' channels; `places` are the orders' among the wishful."""
        return np.take_along_axis(self._arrival[:, places], channel_of(key)[None], axis=0)[0]

    def least_cost(self, serves: Bools, places: Int64s) -> Int64s:
        """Return the lowest landed cost of the open channels in the warehouses that serve, NO_LIMIT where none does."""
        cost = np.where(self._open[:, places] & serves[None], self._landed[:, places], NO_LIMIT)
        return cost.min(axis=(0, 2), initial=NO_LIMIT)

    def within(self, most_cost: Int64s, places: Int64s) -> tuple[Int64s, Int64s]:
        """Return each cell's key and cost with the channels that cost at most so much, a figure for each order."""
        return self._choose(self._open[:, places] & (self._landed[:, places] <= most_cost[None, :, None]), places)

    def _choose(self, is_open: Bools, places: Int64s | slice = slice(None)) -> tuple[Int64s, Int64s]:
        arrival = np.where(is_open, self._arrival[:, places], NO_LIMIT)
        by_day = (self._limits.kind[places] == FASTEST)[:, None]
        first = is_open & (~by_day | (arrival == arrival.min(axis=0, initial=NO_LIMIT)))
        key = np.where(first, self._key[:, places], UNPRICED).min(axis=0, initial=UNPRICED)
        channel = np.where(key == UNPRICED, 0, channel_of(key))
        cost = np.take_along_axis(self._landed[:, places], channel[None], axis=0)[0]
        return key, cost
