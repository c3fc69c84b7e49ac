"""Which warehouse serves which order of a batch: the vectorised twin of allocation.core.reference.

A batch is decided in rounds. In each round every undecided order takes its best warehouse of the stock as it stands; where
a stock row is asked for more than it has, the orders that come first in the batch get it and the others try again in the
next round, on what is left. No order is decided on stock that an earlier winner took. Where many came too late, those that
contend are then decided together (allocation.core.contention), if that is better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from allocation.core.arrivals import Arrivals
from allocation.core.contention import ALIKE, Contenders, JointTerms, Together, contenders, is_decided, is_given_up, may_contend
from allocation.core.costing import Pricer
from allocation.core.offers import (
    COST_SHIFT,
    DAYS_SHIFT,
    FASTEST,
    NEAREST,
    UNPRICED,
    Offers,
    Wishes,
    channel_of,
    days_of,
    first_wish,
    make_offers,
    without_refused,
)
from allocation.core.permissions import NO_ATTEMPT, NO_LIMIT, Attempt, Limits, Permits, choice_attempt, compile_permits
from allocation.core.plans import Batch, Capacity, Plan, draws_on, with_capacity
from allocation.core.ranking import FARTHEST, filled, first_by, narrow, running_totals
from allocation.core.splitting import Split, Splitter
from allocation.core.stock_prices import with_stock_prices
from allocation.core.types import RULED, SOFT, Mode, Reason
from allocation.core.world import NO_WAREHOUSE, World
from wms.values.geo import NO_DISTANCE

Bools = npt.NDArray[np.bool_]
Int16s = npt.NDArray[np.int16]
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person chose: the warehouse (a column), which alone may win, `forced` whatever was wished of it."""

    warehouse: int
    forced: bool = False


class PricedBatch:
    """A batch with the offers of its attempts: all that can be said of it before the stock is known.

    The offers of the first attempt are made at once, those of later ones when an order first needs them.
    """

    def __init__(self, *, pricer: Pricer, batch: Batch, permits: Permits, choice: Choice | None = None) -> None:
        self.pricer, self.batch, self.permits, self.choice = pricer, batch, permits, choice
        self.arrivals = Arrivals(pricer.world, pricer.wanted)
        self._offers: dict[int, Offers] = {}
        self.offers(0)

    def offers(self, depth: int) -> Offers:
        """Return the offers of the attempt at this depth, to the orders that have one; the first is everybody's."""
        if depth not in self._offers:
            permit = self.batch.attempts[:, depth]
            orders = np.arange(len(permit)) if depth == 0 else np.flatnonzero(permit != NO_ATTEMPT)
            offers = make_offers(pricer=self.pricer, permits=self.permits, orders=orders, permit=permit[orders], arrivals=self.arrivals)
            self.take(depth, offers if self.choice else self._as_others_leave_it(offers))
        return self._offers[depth]

    def _as_others_leave_it(self, offers: Offers) -> Offers:
        """Return the offers without the warehouses that refused the orders, and with what their units are worth to others."""
        if self.batch.refused is not None:
            offers = without_refused(offers, self.batch.refused[offers.orders])
        return offers if self.batch.unit_prices is None else with_stock_prices(offers, self.batch)

    def take(self, depth: int, offers: Offers) -> None:
        """Let these be the offers of the attempt at this depth."""
        self._offers[depth] = offers


def price_batch(*, pricer: Pricer, batch: Batch, permits: Permits | None = None) -> PricedBatch:
    """Return a batch with its prices; the attempts are rows of `permits`, the world's unless others are given."""
    return PricedBatch(pricer=pricer, batch=batch, permits=permits or pricer.world.permits)


def plan_batch(*, priced: PricedBatch, available: Int64s, capacity: Capacity | None = None, joint: JointTerms | None = None) -> Plan:
    """Return the plan of a priced batch on `available[sku_row, warehouse]` units, which stays as it is.

    Without terms for deciding together, orders that come first get the units.
    """
    if capacity is None:
        return _Planner(priced, priced.batch, available.copy()).plan(joint)
    batch, stock = with_capacity(priced.batch, available, capacity)
    return _Planner(priced, batch, stock, first_capacity_row=len(available)).plan(joint)


def price_choice(*, pricer: Pricer, batch: Batch, choice: Choice, channel: int | None) -> PricedBatch:
    """Return the batch priced for a person who chose the warehouse, and maybe the channel (a column).

    Every warehouse by every channel is a candidate; see permissions.choice_attempt.
    """
    world, orders = pricer.world, len(batch.starts)
    attempts, row = _choice_attempts(world, batch)
    permits = compile_permits(settings=world.settings, attempts=attempts, lanes=world.lanes, tag_bits=world.tag_bits)
    priced = PricedBatch(pricer=pricer, batch=replace(batch, attempts=row[:, None]), permits=permits, choice=choice)
    asked = everything = priced.offers(0)
    if channel is not None:
        allowed = permits.allowed.copy()
        allowed[:, choice.warehouse] &= np.arange(len(world.channels)) == channel
        narrowed = replace(permits, allowed=allowed)
        asked = make_offers(pricer=pricer, permits=narrowed, orders=np.arange(orders), permit=row, arrivals=priced.arrivals)
    if choice.forced:
        asked = _forced(asked, choice.warehouse)
    priced.take(0, replace(asked, cheapest_key=everything.cheapest_key))
    return priced


def _choice_attempts(world: World, batch: Batch) -> tuple[tuple[Attempt, ...], Int64s]:
    """Return the different attempts of a choice for the orders of a batch, and which of them is each order's."""
    held = world.permits.attempts
    per_order = [
        choice_attempt(settings=world.settings, attempts=[] if row == NO_ATTEMPT else [held[row]]) for row in batch.attempts[:, 0].tolist()
    ]
    attempts = tuple(dict.fromkeys(per_order))
    return attempts, np.array([attempts.index(attempt) for attempt in per_order], dtype=np.int64)


def _forced(offers: Offers, warehouse: int) -> Offers:
    """Return the offers with the chosen warehouse's cheapest channel, whatever is wished of it."""
    key, cost, reason = offers.key.copy(), offers.cost.copy(), offers.reason.copy()
    soft = np.isin(reason[:, warehouse], list(SOFT)) | (reason[:, warehouse] == 0)
    key[soft, warehouse] = offers.cheapest_key[soft, warehouse]
    cost[soft, warehouse] = key[soft, warehouse] >> COST_SHIFT
    reason[soft, warehouse] = 0
    return replace(offers, key=key, cost=cost, reason=reason)


class _Planner:
    """The arrays that the rounds share and fill. Stock rows from `first_capacity_row` on are capacity."""

    def __init__(self, priced: PricedBatch, batch: Batch, stock: Int64s, first_capacity_row: int | None = None) -> None:
        world = priced.pricer.world
        self._priced, self._batch, self._stock, self._choice = priced, batch, stock, priced.choice
        self._rank, self._owner = world.rank, batch.need_owner
        self._is_capacity = None if first_capacity_row is None else batch.need_row >= first_capacity_row
        self._splitter, self._splits = self._make_splitter(), dict[int, Split]()
        self._keeps_back = bool(priced.permits.limits.keep_back_units.any())
        self._orders, self._warehouses = len(batch.starts), stock.shape[1]
        shape = (self._orders, self._warehouses)
        self._distance_m = priced.pricer.distance_m
        self._sortable_distance = np.where(self._distance_m == NO_DISTANCE, FARTHEST, self._distance_m)
        self._attempt = np.full(self._orders, NO_ATTEMPT, dtype=np.int64)
        self._winner = np.full(self._orders, NO_WAREHOUSE, dtype=np.int64)
        self._nearest = np.full(self._orders, NO_WAREHOUSE, dtype=np.int64)
        self._key, self._cost, self._able = (np.empty(shape, dtype=np.int64) for _ in range(3))
        self._reason = np.empty(shape, dtype=np.int16)
        self._together = np.full(self._orders, Together.ALONE, dtype=np.int64)
        self._seen = np.empty((len(batch.need_row), self._warehouses), dtype=np.int64)

    def _make_splitter(self) -> Splitter | None:
        """Return what splits orders, or None where no attempt lets it or a person chose the warehouse."""
        batch, goods, permits = self._batch, self._batch.goods, self._priced.permits
        if goods is None or self._choice is not None or not permits.allow_splits:
            return None
        return Splitter(
            pricer=self._priced.pricer,
            permits=permits,
            goods=goods,
            starts=batch.starts,
            counts=self._priced.batch.need_counts,
            need_row=batch.need_row,
            need_units=batch.need_units,
            refused=batch.refused,
        )

    def plan(self, joint: JointTerms | None) -> Plan:
        everything = self._stock.copy() if joint else self._stock
        late = self._decide_in_rounds(np.arange(self._orders if self._warehouses else 0, dtype=np.int64))
        if joint is not None and late >= joint.from_orders:
            self._decide_together(joint, everything)
        return self._result()

    def _decide_in_rounds(self, undecided: Int64s) -> int:
        """Decide these orders, first come, first served; return how many came too late for their best choice."""
        late = 0
        while len(undecided):
            self._look(undecided)
            losers = self._losers(undecided)
            self._take(undecided[~losers])
            undecided = undecided[losers]
            late = late or len(undecided)
        return late

    def _decide_together(self, joint: JointTerms, everything: Int64s) -> None:
        """Decide again together what contends; then whatever is unserved, by all its attempts, on what that leaves."""
        kind = self._priced.offers(0).limits.kind
        groups = [kinds for kinds in ALIKE if np.isin(kind, kinds).any()]
        decided = [self._decide_alike(joint, everything.copy(), kinds) for kinds in groups]
        if any(decided):
            self._decide_in_rounds(np.flatnonzero(self._winner == NO_WAREHOUSE))

    def _decide_alike(self, joint: JointTerms, everything: Int64s, kinds: Sequence[int]) -> bool:
        """Decide orders of like objectives together, while all others stay where they are; return whether it was for the better."""
        found = self._contenders(everything, kinds)
        if not len(found.orders):
            return False
        plan = found.decide(start=self._winner[found.orders], time_limit_s=joint.time_limit_s)
        searched = found.orders[plan.searched]
        if not is_decided(plan.outcome):
            self._together[searched] = Together.GREEDY if is_given_up(plan.outcome) else Together.ALONE
            return False
        self._winner[found.orders], self._stock = plan.warehouse, found.contest.left_by(plan.warehouse)
        self._together[searched] = Together.JOINTLY
        served = searched[self._winner[searched] != NO_WAREHOUSE]
        needs = self._needs_of(served)
        self._seen[needs] = self._stock[self._batch.need_row[needs]]
        self._seen[needs, self._winner[self._owner[needs]]] += self._batch.need_units[needs]
        self._answer(served)
        return True

    def _contenders(self, everything: Int64s, kinds: Sequence[int]) -> Contenders:
        """Return the orders that their first attempt serves whole, or nothing, and what the others leave of all the stock."""
        offers, wanted, distance = self._priced.offers(0), self._priced.pricer.wanted, self._sortable_distance
        may = may_contend(offers, kinds) & (self._attempt <= 0)
        if self._splitter is not None:
            may &= ~self._may_split()
        _, cell, units = self._chosen_cells(np.flatnonzero(~may))
        np.subtract.at(everything.reshape(-1), cell, units)
        wish = first_wish(offers, at=np.arange(self._orders), key=offers.key, distance=distance)
        return contenders(
            may=may, batch=self._batch, offers=offers, wanted=wanted, distance=distance, wish=wish, rank=self._rank, stock=everything
        )

    def _look(self, orders: Int64s) -> None:
        """Fill the rows of these orders with their best choice of the stock as it stands."""
        needs = self._needs_of(orders)
        self._seen[needs] = self._stock[self._batch.need_row[needs]]
        self._answer(orders)

    def _answer(self, orders: Int64s) -> None:
        """Fill the rows of these orders with their best choice of the stock that they have seen."""
        self._winner[orders] = NO_WAREHOUSE
        for order in orders.tolist() if self._splits else ():
            self._splits.pop(order, None)
        asking = orders
        for depth in range(self._batch.attempts.shape[1]):
            if len(asking):
                self._try(depth, asking)
            asking = orders[self._winner[orders] == NO_WAREHOUSE]
            if depth + 1 < self._batch.attempts.shape[1]:
                asking = asking[self._batch.attempts[asking, depth + 1] != NO_ATTEMPT]
        self._look_at_nearest(orders)

    def _try(self, depth: int, orders: Int64s) -> None:
        """Let one attempt answer; the cells that it covers then tell its story."""
        offers = self._priced.offers(depth)
        at = np.searchsorted(offers.orders, orders)
        covered = offers.reason[at] != Reason.NOT_COVERED
        holds, has_capacity = self._holds(orders, offers.limits.keep_back_units[at])
        key, cost = np.where(holds, offers.key[at], UNPRICED), offers.cost[at]
        reason = np.where(covered & ~holds, np.int16(Reason.OUT_OF_STOCK), offers.reason[at])
        if has_capacity is not None:
            full = (reason == 0) & ~has_capacity
            key[full], reason[full] = UNPRICED, Reason.NO_CAPACITY
        if offers.wishes is not None:
            self._cap_cost(offers, offers.wishes, at, key, cost, reason)
        able = np.where(holds, offers.cheapest_key[at], UNPRICED)
        filled_arrays = ((self._key, key), (self._cost, cost), (self._able, able), (self._reason, reason))
        for kept, new in filled_arrays:
            kept[orders] = new if depth == 0 else np.where(covered, new, kept[orders])
        self._choose(orders, depth, key, first_wish(offers, at=at, key=key, distance=self._sortable_distance[orders]))
        if self._splitter is not None:
            self._split(self._splitter, depth, orders, offers.limits.rows(at))

    def _split(self, splitter: Splitter, depth: int, orders: Int64s, limits: Limits) -> None:
        """Split the orders that nothing serves whole, and those whose objective is a cost that a split makes less."""
        unserved = self._winner[orders] == NO_WAREHOUSE
        by_cost = (limits.kind != NEAREST) & (limits.kind != FASTEST)
        asking = orders[(limits.most_shipments > 1) & (self._priced.pricer.wanted.units[orders] > 1) & (unserved | by_cost)]
        if not len(asking):
            return
        found = splitter.split(
            orders=asking,
            permit=self._batch.attempts[asking, depth],
            below=np.where(self._winner[asking] == NO_WAREHOUSE, UNPRICED, self._key[asking, self._winner[asking]] >> COST_SHIFT),
            seen=self._seen,
            capacity=self._capacity_of(asking),
        )
        for order, split in found.items():
            self._splits[order] = split
            self._winner[order], self._attempt[order] = split.main.warehouse, depth

    def _capacity_of(self, orders: Int64s) -> tuple[Int64s, Int64s] | None:
        """Return how many orders and lines each warehouse still ships, by (order, warehouse)."""
        if self._is_capacity is None:
            return None
        after = self._batch.starts[orders] + self._batch.need_counts[orders]
        return self._seen[after - 2], self._seen[after - 1]

    def _holds(self, orders: Int64s, keep_back_units: Int64s) -> tuple[Bools, Bools | None]:
        """Return which warehouses have all that each order needs, and which the capacity for it (None: all)."""
        needs = self._needs_of(orders)
        owner = self._owner[needs]
        first = np.searchsorted(owner, orders)
        least = self._batch.need_units[needs]
        if self._keeps_back:
            kept = keep_back_units[np.searchsorted(orders, owner)]
            least = least + (kept if self._is_capacity is None else np.where(self._is_capacity[needs], 0, kept))
        enough = self._seen[needs] >= least[:, None]
        if self._is_capacity is None:
            return np.logical_and.reduceat(enough, first, axis=0), None
        is_capacity = self._is_capacity[needs][:, None]
        has_capacity = np.logical_and.reduceat(enough | ~is_capacity, first, axis=0)
        if self._choice is not None and self._choice.forced:
            has_capacity[:, self._choice.warehouse] = True
        return np.logical_and.reduceat(enough | is_capacity, first, axis=0), has_capacity

    def _needs_of(self, orders: Int64s) -> Int64s:
        everybody = len(orders) == self._orders
        return np.arange(len(self._owner)) if everybody else np.flatnonzero(np.isin(self._owner, orders))

    def _cap_cost(self, offers: Offers, wishes: Wishes, at: Int64s, key: Int64s, cost: Int64s, reason: Int16s) -> None:
        """Take out what costs too much more than the cheapest that may be chosen otherwise; fills its last three arguments."""
        limit = offers.limits.most_over_cheapest[at]
        rows = np.flatnonzero(limit != NO_LIMIT)
        if not len(rows):
            return
        places = np.searchsorted(wishes.which, at[rows])
        capped = key[rows] != UNPRICED
        if self._choice is not None and self._choice.forced:
            capped[:, self._choice.warehouse] = False
        within_key, within_cost = wishes.within(wishes.least_cost(capped, places) + limit[rows], places)
        key[rows] = np.where(capped, within_key, key[rows])
        cost[rows] = np.where(capped, within_cost, cost[rows])
        reason[rows] = np.where(capped & (within_key == UNPRICED), np.int16(Reason.OVER_CHEAPEST), reason[rows])

    def _choose(self, orders: Int64s, depth: int, key: Int64s, first_wish: Int64s | None) -> None:
        """Set winner and attempt: the objective's wish, least score, then days, distance, and the warehouse's rank."""
        serves = key != UNPRICED
        if self._choice is not None:
            serves &= np.arange(self._warehouses) == self._choice.warehouse
        served = serves.any(axis=1)
        best = serves if first_wish is None else narrow(serves, first_wish)
        best = narrow(narrow(best, key >> DAYS_SHIFT), self._sortable_distance[orders])
        self._winner[orders] = np.where(served, first_by(best, self._rank), NO_WAREHOUSE)
        self._attempt[orders] = np.where(served, depth, NO_ATTEMPT)

    def _look_at_nearest(self, orders: Int64s) -> None:
        """Set the nearest warehouse that has the goods and a price, whatever else was wished."""
        able = self._able[orders]
        nearest = narrow(narrow(able != UNPRICED, self._sortable_distance[orders]), able >> DAYS_SHIFT)
        self._nearest[orders] = first_by(nearest, self._rank)

    def _losers(self, orders: Int64s) -> Bools:
        """Return which of the orders come too late for the stock or the capacity that they chose."""
        needs, cell, units = self._chosen_cells(orders)
        stock = self._stock.ravel()
        asked = np.bincount(cell, weights=units, minlength=stock.size) if len(cell) else np.zeros(stock.size)
        contended = asked[cell] > stock[cell]
        if self._is_capacity is not None and self._choice is not None and self._choice.forced:
            contended &= ~self._is_capacity[needs]
        lost = np.zeros(self._orders, dtype=np.bool_)
        if contended.any():
            needs, cell, units = needs[contended], cell[contended], units[contended]
            late = running_totals(cell, units) > stock[cell]
            lost[self._owner[needs[late]]] = True
        return lost[orders]

    def _take(self, winners: Int64s) -> None:
        _, cell, units = self._chosen_cells(winners)
        np.subtract.at(self._stock.reshape(-1), cell, units)

    def _chosen_cells(self, orders: Int64s) -> tuple[Int64s, Int64s, Int64s]:
        """Return the needs of those orders that chose a warehouse, with the flat stock cell and the units of each."""
        chosen = np.full(self._orders, NO_WAREHOUSE, dtype=np.int64)
        chosen[orders] = self._winner[orders]
        splits = {order: self._splits[order] for order in orders.tolist() if order in self._splits} if self._splits else {}
        draws = draws_on(batch=self._batch, warehouse=chosen, splits=splits, has_capacity=self._is_capacity is not None)
        return draws.needs, self._batch.need_row[draws.needs] * self._warehouses + draws.columns, draws.units

    def _result(self) -> Plan:
        served = self._winner != NO_WAREHOUSE
        rows = np.flatnonzero(served)
        warehouse, priced = self._winner[rows], self._reason == 0
        review = self._send_to_review(~served)
        permit = self._batch.attempts[np.arange(self._orders), self._attempt]
        key = self._key[rows, warehouse]
        arrivals, channel = self._priced.arrivals, channel_of(key)
        whole = Plan(
            batch=self._batch,
            mode=np.where(served | review, self._priced.permits.mode[permit], Mode.EXCEPTION),
            attempt=self._attempt,
            decided_by=np.where(served | review, self._priced.permits.source[permit], 0),
            warehouse=self._winner,
            channel=filled(served, channel),
            cost=filled(served, self._cost[rows, warehouse]),
            nearest_cost=filled(served, self._able[rows, self._nearest[rows]] >> COST_SHIFT),
            cheapest_cost=filled(served, self._able[rows].min(axis=1, initial=UNPRICED) >> COST_SHIFT),
            ship_day=filled(served, arrivals.ship_day[warehouse]),
            arrival_day=filled(served, arrivals.of(orders=rows, warehouse=warehouse, channel=channel, days=days_of(key))),
            candidate_cost=np.where(priced, self._cost, -1),
            candidate_channel=np.where(priced, channel_of(self._key), -1),
            reason=self._told_reasons(),
            distance_m=self._distance_m,
            seen_units=self._seen,
            kept_back_units=int(self._priced.permits.limits.keep_back_units.max(initial=0)),
            splits=self._splits,
            together=self._together,
            may_split=None if self._splitter is None else self._may_split(),
        )
        for order, split in self._splits.items():
            self._tell(whole, order, split)
        return whole

    def _may_split(self) -> Bools:
        """Return which orders have an attempt that allows splits, and goods to divide."""
        most = self._priced.permits.limits.most_shipments[self._batch.attempts].max(axis=1)
        return (most > 1) & (self._priced.pricer.wanted.units > 1)

    def _tell(self, plan: Plan, order: int, split: Split) -> None:
        """Let the plan's row of an order tell of its split. What nothing could serve whole saves nothing against that."""
        plan.channel[order], plan.cost[order] = split.main.channel, split.cost
        plan.ship_day[order] = max(part.ship_day for part in split.parts)
        plan.arrival_day[order] = max(part.arrival_day for part in split.parts)
        if (self._able[order] == UNPRICED).all():
            plan.nearest_cost[order] = plan.cheapest_cost[order] = split.cost

    def _send_to_review(self, unserved: Bools) -> Bools:
        """Return which orders a rule sends to review; their attempt is that rule's, which is the last of its row."""
        asks = self._priced.permits.mode[self._batch.attempts] == Mode.REVIEW
        review = unserved & asks.any(axis=1)
        self._attempt[review] = asks[review].argmax(axis=1)
        return review

    def _told_reasons(self) -> Int16s:
        """Return the reasons in which what a rule, and no strategy, left out says so."""
        ruled = np.isin(self._priced.permits.mode[self._batch.attempts[:, 0]], list(RULED))
        return np.where(ruled[:, None] & (self._reason == Reason.NOT_COVERED), np.int16(Reason.RULED_OUT), self._reason)
