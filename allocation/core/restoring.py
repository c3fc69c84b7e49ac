"""A split that was decided before and holds again: the same parts by the same channels, at the prices of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from allocation.core.planner import PricedBatch, plan_batch
from allocation.core.plans import Capacity, Plan
from allocation.core.splitting import Part, Split, Splitter
from allocation.core.types import Reason

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


def plan_parts(*, priced: PricedBatch, available: Int64s, capacity: Capacity | None, wishes: Sequence[Wish]) -> Plan | Refused:
    """Return the plan in which the only order of a batch ships in these parts, or why it can't.

    The candidates are those of `priced`, a person's choice of the main part's warehouse. A daily capacity stands in nobody's way.
    """
    batch, goods = priced.batch, priced.batch.goods
    assert goods is not None
    for wish in wishes:
        if (available[batch.need_row, wish.warehouse] < wish.units).any():
            return Refused(wish.warehouse, Reason.OUT_OF_STOCK)
    splitter = Splitter(
        pricer=priced.pricer,
        permits=priced.permits,
        goods=goods,
        starts=batch.starts,
        counts=batch.need_counts,
        need_row=batch.need_row,
        need_units=batch.need_units,
    )
    rows = np.zeros(len(wishes), dtype=np.int64)
    pricer, arrivals, _ = splitter.priced(rows, batch.attempts[rows, 0], np.array([wish.units for wish in wishes]))
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
