"""Decide a contended batch together, never worse than a start that is given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from allocation.core.joint.contest import NOWHERE, Contest, Score, in_order, score_of
from allocation.core.joint.search import search
from allocation.core.joint.solver import SolverStopped

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]

LAST = np.int64(2**62)


class Outcome(IntEnum):
    """What became of deciding together."""

    UNCONTENDED = 1
    """Every order gets its best offer, or has none: nothing to search."""
    OPTIMAL = 2
    """Proven: no assignment leaves less unserved by `Contest.unserved`, or costs less."""
    BETTER = 3
    """Better than the start."""
    START = 4
    """Nothing better than the start was found."""
    TIMED_OUT = 5
    """The start, since time was over."""
    FAILED = 6
    """The start, since the solver failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointPlan:
    """Who serves which order (NOWHERE: nobody), how it came about, its score, and which orders were searched over.

    Each order is where it would go by itself on what the others leave: none has a better offer there.
    """

    warehouse: Int64s
    outcome: Outcome
    score: Score
    searched: Bools


def decide_together(
    contest: Contest, *, start: Int64s, order_keys: Int64s, row_keys: Int64s, warehouse_keys: Int64s, time_limit_s: float
) -> JointPlan:
    """Return the better of a joint decision and `start`, a feasible one.

    The keys tell orders, stock rows and warehouses apart; how the rows of the arrays are ordered plays no part. Where the solver
    has no answer within `time_limit_s` of its own time, the start is returned, marked.
    """
    moved, orders, warehouses = in_order(contest, order_keys=order_keys, row_keys=row_keys, warehouse_keys=warehouse_keys)
    place = np.append(np.argsort(warehouses), NOWHERE)
    plan = _decide(moved, place[start[orders]], time_limit_s)
    warehouse = np.empty_like(start)
    warehouse[orders] = np.append(warehouses, NOWHERE)[plan.warehouse]
    searched = np.empty(len(start), dtype=np.bool_)
    searched[orders] = plan.searched
    return JointPlan(warehouse=warehouse, outcome=plan.outcome, score=plan.score, searched=searched)


def _decide(contest: Contest, start: Int64s, time_limit_s: float) -> JointPlan:
    start = settle(contest, start)
    clear, warehouse = clear_orders(contest)
    core = np.flatnonzero(~clear)
    if not len(core):
        return _plan(contest, warehouse, Outcome.UNCONTENDED, ~clear)
    try:
        found = search(contest.only(core, contest.left_by(warehouse)), time_limit_s=time_limit_s)
    except SolverStopped as stopped:
        return _plan(contest, start, Outcome.TIMED_OUT if stopped.timed_out else Outcome.FAILED, ~clear)
    warehouse[core] = found.warehouse
    warehouse = settle(contest, warehouse)
    if score_of(contest, start) <= score_of(contest, warehouse):
        return _plan(contest, start, Outcome.OPTIMAL if found.proven else Outcome.START, ~clear)
    return _plan(contest, warehouse, Outcome.OPTIMAL if found.proven else Outcome.BETTER, ~clear)


def _plan(contest: Contest, warehouse: Int64s, outcome: Outcome, searched: Bools) -> JointPlan:
    return JointPlan(warehouse=warehouse, outcome=outcome, score=score_of(contest, warehouse), searched=searched)


def clear_orders(contest: Contest) -> tuple[Bools, Int64s]:
    """Return which orders have nothing to contend for, and where those go: to their best offer, or nowhere.

    An order is clear where its best offer's units suffice for all that might want them; it leaves less to contend for to others.
    """
    fits = contest.fits(contest.stock)
    clear = ~fits.any(axis=1)
    warehouse = np.full(len(contest), NOWHERE, dtype=np.int64)
    best = np.where(fits, contest.preference, LAST).argmin(axis=1)
    left, owner = contest.stock.copy(), contest.need_owner
    best_cell = contest.need_row, best[owner]
    while True:
        units = np.where(fits & ~clear[:, None], 1, 0)[owner] * contest.need_units[:, None]
        wanted = np.zeros_like(left)
        np.add.at(wanted, contest.need_row, units)
        enough = np.logical_and.reduceat((wanted <= left)[best_cell], contest.starts)
        found = enough & ~clear
        if not found.any():
            return clear, warehouse
        clear |= found
        warehouse[found] = best[found]
        left = contest.left_by(warehouse)


def settle(contest: Contest, warehouse: Int64s) -> Int64s:
    """Return the assignment in which no order has a better offer on what the others leave.

    Orders move one after the other to their most preferred offer that fits, until none can; each move is for the better.
    """
    warehouse = warehouse.copy()
    left = contest.left_by(warehouse)
    while True:
        preference = np.where(contest.fits(left), contest.preference, LAST)
        movers = np.flatnonzero(preference.min(axis=1, initial=LAST) < _preferences(contest, warehouse))
        if not len(movers):
            return warehouse
        for order in movers.tolist():
            _move(contest, warehouse, left, order)


def _preferences(contest: Contest, warehouse: Int64s) -> Int64s:
    """Return the preference of each order's warehouse, LAST for the unserved."""
    chosen = np.full(len(contest), LAST)
    served = np.flatnonzero(warehouse != NOWHERE)
    chosen[served] = contest.preference[served, warehouse[served]]
    return chosen


def _move(contest: Contest, warehouse: Int64s, left: Int64s, order: int) -> None:
    """Move one order to its best offer on what is left, if that beats where it is; `warehouse` and `left` change."""
    needs = slice(contest.starts[order], contest.starts[order] + contest.need_counts[order])
    rows, units, now = contest.need_row[needs], contest.need_units[needs], warehouse[order]
    fits = (left[rows] >= units[:, None]).all(axis=0) & (contest.cost[order] >= 0)
    preference = np.where(fits, contest.preference[order], LAST)
    best = int(preference.argmin())
    if preference[best] >= (LAST if now == NOWHERE else contest.preference[order, now]):
        return
    if now != NOWHERE:
        left[rows, now] += units
    left[rows, best] -= units
    warehouse[order] = best
