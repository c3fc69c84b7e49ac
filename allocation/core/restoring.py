"""A split whose parts are given: one that was decided before and holds again, or one that a person states, at the prices of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from allocation.core.arrivals import Arrivals
from allocation.core.costing import Pricer
from allocation.core.offers import Offers, channel_of
from allocation.core.permissions import Permits
from allocation.core.planner import PricedBatch, plan_batch
from allocation.core.plans import Capacity, Plan
from allocation.core.splitting import Part, Split, Splitter
from allocation.core.types import Reason, is_soft, reason_of

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A part as it was: columns of the world, and the units of each need."""

    warehouse: int
    channel: int
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a part can't ship from its warehouse (a column) any more."""

    warehouse: int
    reason: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPart:
    """A part as a person states it: the warehouse's column, its channel's (None: the cheapest), and the units of each need."""

    warehouse: int
    channel: int | None
    units: tuple[int, ...]


def lanes_of(*, priced: PricedBatch, parts: Sequence[StatedPart], forced: bool) -> tuple[Wish, ...] | Refused:
    """Return the stated parts of the only order of a batch with the channel of each, or why one can't ship.

    `forced` parts ship over the strategy's soft limits.
    """
    allowed = priced.permits.allowed.copy()
    for part in parts:
        if part.channel is not None:
            allowed[:, part.warehouse] &= np.arange(allowed.shape[2]) == part.channel
    _, _, offers = _priced_parts(priced, [part.units for part in parts], replace(priced.permits, allowed=allowed))
    wishes = []
    for row, part in enumerate(parts):
        reason = int(offers.reason[row, part.warehouse])
        if reason and not (forced and is_soft(reason_of(reason))):
            return Refused(part.warehouse, reason)
        channel = int(channel_of(offers.cheapest_key[row, part.warehouse]))
        wishes.append(Wish(warehouse=part.warehouse, channel=channel, units=part.units))
    return tuple(wishes)


def plan_parts(*, priced: PricedBatch, available: Int64s, capacity: Capacity | None, wishes: Sequence[Wish]) -> Plan | Refused:
    """Return the plan in which the only order of a batch ships in these parts, or why it can't.

    The candidates are those of `priced`, a person's choice of the main part's warehouse. A daily capacity stands in nobody's way.
    """
    batch = priced.batch
    for wish in wishes:
        if (available[batch.need_row, wish.warehouse] < wish.units).any():
            return Refused(wish.warehouse, Reason.OUT_OF_STOCK)
    pricer, arrivals, _ = _priced_parts(priced, [wish.units for wish in wishes], priced.permits)
    parts = []
    for row, wish in enumerate(wishes):
        costs = pricer.costs_by(wish.channel)
        if costs.rejection[row, wish.warehouse]:
            return Refused(wish.warehouse, int(costs.rejection[row, wish.warehouse]))
        at = {"orders": np.array([row]), "warehouse": np.array([wish.warehouse]), "channel": np.array([wish.channel])}
        arrival = arrivals.of(**at, days=costs.days[row : row + 1, wish.warehouse])
        parts.append(
            Part(
                warehouse=wish.warehouse,
                channel=wish.channel,
                cost=int(costs.landed[row, wish.warehouse]),
                ship_day=int(arrivals.ship_day[wish.warehouse]),
                arrival_day=int(arrival[0]),
                units=wish.units,
                row=row,
            )
        )
    return _with_split(plan_batch(priced=priced, available=available, capacity=capacity), Split(parts=tuple(parts), pricer=pricer))


def _priced_parts(priced: PricedBatch, units: Sequence[Sequence[int]], permits: Permits) -> tuple[Pricer, Arrivals, Offers]:
    """Return the prices, arrivals and offers of parts of the batch's only order, one row each."""
    batch, goods = priced.batch, priced.batch.goods
    assert goods is not None
    splitter = Splitter(
        pricer=priced.pricer,
        permits=permits,
        goods=goods,
        starts=batch.starts,
        counts=batch.need_counts,
        need_row=batch.need_row,
        need_units=batch.need_units,
    )
    rows = np.zeros(len(units), dtype=np.int64)
    return splitter.priced(rows, batch.attempts[rows, 0], np.array(units))


def _with_split(plan: Plan, split: Split) -> Plan:
    main, cost = split.main, np.array([split.cost])
    return replace(
        plan,
        warehouse=np.array([main.warehouse]),
        channel=np.array([main.channel]),
        cost=cost,
        nearest_cost=cost,
        cheapest_cost=cost,
        ship_day=np.array([max(part.ship_day for part in split.parts)]),
        arrival_day=np.array([max(part.arrival_day for part in split.parts)]),
        splits={0: split},
        may_split=np.array([True]),
    )
