"""Orders that want the same units, as arrays: what they cost where, what they need, and what there is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]

NOWHERE = -1
NO_OFFER = -1
PRIORITY_WEIGHT = 8
"""What leaving an order of one class unserved weighs in orders of the next class."""


@dataclass(frozen=True, kw_only=True)
class Contest:
    """K orders, W warehouses and S stock rows; an order is served whole by one warehouse, or not at all.

    `cost[k, w]` is the landed cost, NO_OFFER where the warehouse has no offer; `preference[k, w]` orders an order's offers,
    least first, by cost and then as ties are decided. Need i asks for need_units[i] of row need_row[i]; those of order k begin
    at starts[k], and every order has one. `stock[s, w]` are units. Class 0 of `priority` comes first. `unserved[k]` is what
    leaving the order unserved costs.

    Where something is wished before the cost (metres, days), `cost` is wish_weight x the wish + what the offer costs, which is less
    than wish_weight; without such a wish wish_weight is 0.
    """

    cost: Int64s
    preference: Int64s
    starts: Int64s
    need_row: Int64s
    need_units: Int64s
    stock: Int64s
    priority: Int64s
    unserved: Int64s
    wish_weight: int = 0

    def __len__(self) -> int:
        return len(self.starts)

    @cached_property
    def need_counts(self) -> Int64s:
        """Return how many needs each order has."""
        return np.diff(np.append(self.starts, len(self.need_row)))

    @cached_property
    def need_owner(self) -> Int64s:
        """Return the order of each need."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.need_counts)

    def fits(self, stock: Int64s) -> Bools:
        """Return which offers (order, warehouse) `stock` covers."""
        enough = stock[self.need_row] >= self.need_units[:, None]
        return np.logical_and.reduceat(enough, self.starts, axis=0) & (self.cost != NO_OFFER)

    def left_by(self, warehouse: Int64s) -> Int64s:
        """Return the stock that an assignment leaves; NOWHERE takes nothing."""
        left = self.stock.copy()
        chosen = warehouse[self.need_owner]
        needs = np.flatnonzero(chosen != NOWHERE)
        np.subtract.at(left, (self.need_row[needs], chosen[needs]), self.need_units[needs])
        return left

    def needs_of(self, orders: Int64s) -> Int64s:
        """Return the needs of these orders, in their order."""
        counts = self.need_counts[orders]
        ends = np.cumsum(counts)
        return np.arange(int(counts.sum())) + np.repeat(self.starts[orders] - (ends - counts), counts)

    def only(self, orders: Int64s, stock: Int64s) -> Contest:
        """Return the contest of these orders for `stock`."""
        needs, counts = self.needs_of(orders), self.need_counts[orders]
        return Contest(
            cost=self.cost[orders],
            preference=self.preference[orders],
            starts=np.cumsum(counts) - counts,
            need_row=self.need_row[needs],
            need_units=self.need_units[needs],
            stock=stock,
            priority=self.priority[orders],
            unserved=self.unserved[orders],
            wish_weight=self.wish_weight,
        )


@dataclass(frozen=True, slots=True, order=True)
class Score:
    """How good an assignment is, less is better: the orders left unserved by class, then, of the served ones, the sums.

    `wish` is the sum of what is wished before the cost, in its own unit.
    """

    unserved: tuple[int, ...]
    wish: int
    cost_minor: int


def score_of(contest: Contest, warehouse: Int64s) -> Score:
    """Return the score of an assignment."""
    served = warehouse != NOWHERE
    classes = int(contest.priority.max(initial=0)) + 1
    unserved = np.bincount(contest.priority[~served], minlength=classes)
    cost = contest.cost[np.flatnonzero(served), warehouse[served]]
    wish, cost = np.divmod(cost, contest.wish_weight) if contest.wish_weight else (np.zeros_like(cost), cost)
    return Score(tuple(unserved.tolist()), int(wish.sum()), int(cost.sum()))


def unserved_by_priority(*, cost: Int64s, priority: Int64s) -> Int64s:
    """Return what leaving each order unserved costs: more than several dear shipments, and PRIORITY_WEIGHT times that a class up."""
    last = int(priority.max(initial=0))
    dear = 4 * max(int(cost.max(initial=0)), 1)
    return dear * PRIORITY_WEIGHT ** (last - priority)


def with_capacities(contest: Contest, *, orders: Int64s | None = None, lines: Int64s | None = None) -> Contest:
    """Return the contest in which warehouse w takes orders[w] orders and lines[w] order lines (needs) at most.

    A capacity is one more stock row, of which every order needs one unit, or one a line.
    """
    asked = contest.need_counts
    if orders is not None:
        contest = _with_row(contest, orders, np.ones(len(contest), dtype=np.int64))
    if lines is not None:
        contest = _with_row(contest, lines, asked)
    return contest


def _with_row(contest: Contest, capacity: Int64s, units: Int64s) -> Contest:
    ends = contest.starts + contest.need_counts
    return replace(
        contest,
        starts=contest.starts + np.arange(len(contest)),
        need_row=np.insert(contest.need_row, ends, len(contest.stock)),
        need_units=np.insert(contest.need_units, ends, units),
        stock=np.vstack([contest.stock, capacity]),
    )


def in_order(contest: Contest, *, order_keys: Int64s, row_keys: Int64s, warehouse_keys: Int64s) -> tuple[Contest, Int64s, Int64s]:
    """Return the contest with orders, stock rows and warehouses sorted by keys that tell them apart, and the first and last order.

    Sorted, no input's accidental order is left that a decision could depend on.
    """
    orders, rows, warehouses = (np.argsort(keys, kind="stable") for keys in (order_keys, row_keys, warehouse_keys))
    place = np.empty_like(rows)
    place[rows] = np.arange(len(rows))
    stock = contest.stock[rows][:, warehouses]
    moved = replace(contest.only(orders, stock), cost=contest.cost[orders][:, warehouses])
    need_row = place[moved.need_row]
    by_row = np.lexsort((need_row, moved.need_owner))
    return (
        replace(
            moved,
            preference=contest.preference[orders][:, warehouses],
            need_row=need_row[by_row],
            need_units=moved.need_units[by_row],
        ),
        orders,
        warehouses,
    )
