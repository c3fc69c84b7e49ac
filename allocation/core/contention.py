"""Between the planner and allocation.core.joint: which orders of a batch may be decided together, and what they contend for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from allocation.core.costing import Wanted
from allocation.core.joint import Contest, JointPlan, Outcome, decide_together, unserved_by_priority
from allocation.core.joint.contest import NO_OFFER
from allocation.core.joint.search import EXACT_ORDERS
from allocation.core.offers import COST_SHIFT, DAYS_SHIFT, FASTEST, NEAREST, UNPRICED, Offers
from allocation.core.permissions import NO_LIMIT, OBJECTIVES
from allocation.core.plans import Batch
from allocation.core.strategies import Objective
from allocation.core.timetable import NO_DAY, day_number
from allocation.core.types import Reason

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]

BY_COST = (OBJECTIVES.index(Objective.COST), OBJECTIVES.index(Objective.WEIGHTED))
ALIKE = (BY_COST, (NEAREST,), (FASTEST,))
"""Objectives that add up with one another: cents, metres, days."""
FARTHEST_M = 20_040_000
"""What an unknown distance counts as: a little more than the longest way between two places on Earth."""
URGENT_DAYS = 2
"""An order promised within so many days comes before those promised later, and these before those without a promise."""


class Together(IntEnum):
    """What a record says about the other orders of its batch."""

    ALONE = 0
    JOINTLY = 1
    """Decided together with others: the units that it saw are those that the others left."""
    GREEDY = 2
    """It should have been, but the solver had no answer in time: first come, first served."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointTerms:
    """From how many orders on that came too late for their best warehouse a batch is decided together, and the solver's time."""

    from_orders: int
    time_limit_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contenders:
    """The orders of a batch (rows) that may be decided together, and their contest; `rank` orders the warehouses."""

    orders: Int64s
    contest: Contest
    rank: Int64s

    def decide(self, *, start: Int64s, time_limit_s: float) -> JointPlan:
        """Return the joint plan of the contenders, never worse than `start`."""
        rows = np.arange(len(self.contest.stock))
        return decide_together(
            self.contest, start=start, order_keys=self.orders, row_keys=rows, warehouse_keys=self.rank, time_limit_s=time_limit_s
        )


def may_contend(offers: Offers, kinds: Sequence[int]) -> Bools:
    """Return which orders have such an objective, and no limit that depends on what the other warehouses can do."""
    limits = offers.limits
    return np.isin(limits.kind, kinds) & (limits.most_over_cheapest == NO_LIMIT) & (limits.keep_back_units == 0)


def priorities(*, promised_day: Int64s, today: date) -> Int64s:
    """Return each order's class: 0 promised soon or overdue, 1 promised later, 2 without a promise."""
    return np.where(promised_day == NO_DAY, 2, np.where(promised_day <= day_number(today) + URGENT_DAYS, 0, 1))


def contenders(
    *, may: Bools, batch: Batch, offers: Offers, wanted: Wanted, distance: Int64s, wish: Int64s | None, rank: Int64s, stock: Int64s
) -> Contenders:
    """Return the contest for `stock` of those orders of a batch that may contend, whose objectives are alike.

    Offers, distances, and what is wished before the cost (metres, the day of arrival; None: nothing) are the batch's.
    """
    orders, needs = np.flatnonzero(may), np.flatnonzero(may[batch.need_owner])
    priority = priorities(promised_day=wanted.promised_day[orders], today=wanted.at.date())
    key = np.where(offers.reason[orders] == Reason.NOT_COVERED, UNPRICED, offers.key[orders])
    wishes = np.zeros_like(key) if wish is None else wish[orders]
    cost, wish_weight = _weighed(key, wishes, int(offers.limits.kind[orders].max(initial=0)))
    ties = np.broadcast_to(rank, key.shape)
    by_preference = np.lexsort((ties, distance[orders], key >> DAYS_SHIFT, wishes), axis=-1)
    counts = batch.need_counts[orders]
    return Contenders(
        orders=orders,
        rank=rank,
        contest=Contest(
            cost=cost,
            preference=np.argsort(by_preference, axis=1),
            starts=np.cumsum(counts) - counts,
            need_row=batch.need_row[needs],
            need_units=batch.need_units[needs],
            stock=stock,
            priority=priority,
            unserved=unserved_by_priority(cost=cost, priority=priority),
            wish_weight=wish_weight,
        ),
    )


def _weighed(key: Int64s, wish: Int64s, kind: int) -> tuple[Int64s, int]:
    """Return what each offer counts, NO_OFFER where there is none, and what a unit of the wish counts in it; see Contest.

    Metres count alone. A day counts more than all the money that a contest of the size that is solved to the optimum can be about.
    """
    priced, cost = key != UNPRICED, key >> COST_SHIFT
    if kind == NEAREST:
        return np.where(priced, np.minimum(wish, FARTHEST_M), NO_OFFER), 1
    if kind != FASTEST or not priced.any():
        return np.where(priced, cost, NO_OFFER), 0
    a_day = 1 + int(cost[priced].max()) * min(len(key), EXACT_ORDERS)
    return np.where(priced, (wish - wish[priced].min()) * a_day + cost, NO_OFFER), a_day


def is_decided(outcome: Outcome) -> bool:
    """Return whether a joint plan is to be taken: otherwise what was there before stands."""
    return outcome in (Outcome.BETTER, Outcome.OPTIMAL)


def is_given_up(outcome: Outcome) -> bool:
    """Return whether the solver had no answer."""
    return outcome in (Outcome.TIMED_OUT, Outcome.FAILED)
