"""From a contest to an assignment: prices, a relaxation over the few offers that matter, rounding, and neighbourhoods.

Small contests are solved to the optimum. In large ones the units' prices (allocation.core.joint.prices) leave two or three offers
per order worth looking at; over these HiGHS solves the relaxation, and a 0/1 program for the orders that it splits. Then, round
by round, some of the orders that nobody serves, those first that the prices would have served, are decided again together with
those that hold what they want. How far each step goes is counted in rounds, orders and nodes, never in seconds: the same contest
has the same answer on any machine that is fast enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from allocation.core.joint.contest import NOWHERE, Contest
from allocation.core.joint.prices import Prices, price_stock
from allocation.core.joint.solver import INFINITY, Effort, Program, Solution, relax, solve

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]

EXACT_ORDERS = 60
EXACT_EFFORT = Effort(gap=0.0, most_nodes=2_000)
OFFERS_PER_ORDER = 2.2
ROUNDING_EFFORT = Effort(gap=0.001, most_nodes=20, tries_neighbourhoods=False)
WINDOWS_OF_NEIGHBOURS = 3
NEIGHBOURHOOD_ROUNDS = 12
NEIGHBOURHOOD_ORDERS = 250
UNSERVED_TURNS = 6
FEW_UNSERVED = 60
"""So many unserved orders are looked at even where the prices say that leaving them unserved costs nothing."""
WHOLE = 1 - 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An assignment (NOWHERE: unserved) of a contest, a bound on the total with `Contest.unserved`, and whether it is the optimum."""

    warehouse: Int64s
    bound: float
    proven: bool


class Stopwatch:
    """The solver's own seconds, added up against a limit: the core has no other clock."""

    def __init__(self, limit_s: float) -> None:
        self.left_s = limit_s

    def relaxed(self, program: Program) -> Solution:
        """Return the program's relaxation within the time that is left."""
        return self._count(relax(program, time_limit_s=self.left_s))

    def solved(self, program: Program, effort: Effort, start: Int64s | None = None) -> Solution:
        """Return the program's 0/1 solution within the time that is left."""
        return self._count(solve(program, effort=effort, time_limit_s=self.left_s, start=start))

    def _count(self, solution: Solution) -> Solution:
        self.left_s -= solution.seconds
        return solution


def search(contest: Contest, *, time_limit_s: float) -> Found:
    """Return the assignment that the steps above find. Raises SolverStopped where the solver has no answer in time."""
    watch = Stopwatch(time_limit_s)
    if len(contest) <= EXACT_ORDERS:
        return _exact(contest, watch)
    return _Search(contest, price_stock(contest), watch).run()


def _exact(contest: Contest, watch: Stopwatch) -> Found:
    orders, warehouses = np.nonzero(contest.fits(contest.stock))
    solution = watch.solved(program_of(contest, orders, warehouses, contest.stock), EXACT_EFFORT)
    warehouse = np.full(len(contest), NOWHERE, dtype=np.int64)
    warehouse[orders[solution.taken]] = warehouses[solution.taken]
    bound = solution.bound + float(contest.unserved.sum())
    return Found(warehouse=warehouse, bound=bound, proven=solution.bound >= solution.objective - 0.5)


def program_of(contest: Contest, orders: Int64s, warehouses: Int64s, stock: Int64s) -> Program:
    """Return the program in which column c serves orders[c] from warehouses[c], out of `stock`.

    Its costs are against leaving the order unserved. Rows of units that can't run short are left out.
    """
    counts = contest.need_counts[orders]
    needs = contest.needs_of(orders)
    column = np.repeat(np.arange(len(orders)), counts)
    cell = contest.need_row[needs] * stock.shape[1] + warehouses[column]
    units = contest.need_units[needs].astype(np.float64)
    scarce = (np.bincount(cell, weights=units, minlength=stock.size) > stock.ravel())[cell]
    cells, stock_row = np.unique(cell[scarce], return_inverse=True)
    served, order_row = np.unique(orders, return_inverse=True)
    upper = np.concatenate([np.ones(len(served)), stock.ravel()[cells]])
    return Program(
        cost=(contest.cost[orders, warehouses] - contest.unserved[orders]).astype(np.float64),
        row=np.concatenate([order_row, len(served) + stock_row]),
        column=np.concatenate([np.arange(len(orders)), column[scarce]]),
        value=np.concatenate([np.ones(len(orders)), units[scarce]]),
        row_lower=np.full(len(upper), -INFINITY),
        row_upper=upper,
    )


class _Search:
    """A large contest on its way: who is served where so far, and what has been priced."""

    def __init__(self, contest: Contest, prices: Prices, watch: Stopwatch) -> None:
        self._contest, self._prices, self._watch = contest, prices, watch
        self._warehouse = np.full(len(contest), NOWHERE, dtype=np.int64)
        best = np.minimum(prices.order.min(axis=1), contest.unserved)
        self._excess = prices.order - best[:, None]
        self._regret = contest.unserved - best
        self._window = _window(self._excess)

    def run(self) -> Found:
        """Relax, round, and search around what stays unserved."""
        self._relax()
        split = np.flatnonzero(self._warehouse == NOWHERE)
        self._decide_again(split, np.inf)
        for number in range(NEIGHBOURHOOD_ROUNDS):
            around = self._neighbourhood(number)
            if len(around):
                self._decide_again(around, WINDOWS_OF_NEIGHBOURS * self._window)
        return Found(warehouse=self._warehouse, bound=self._prices.bound, proven=False)

    def _relax(self) -> None:
        """Serve the orders that the relaxation over the likely offers does not split."""
        orders, warehouses = np.nonzero(self._excess <= self._window)
        solution = self._watch.relaxed(program_of(self._contest, orders, warehouses, self._contest.stock))
        whole = solution.values > WHOLE
        self._warehouse[orders[whole]] = warehouses[whole]

    def _decide_again(self, free: Int64s, window: float) -> None:
        """Decide these orders again on what the others leave, among their offers within the window and where they are now."""
        contest, now = self._contest, self._warehouse[free]
        others = self._warehouse.copy()
        others[free] = NOWHERE
        left = contest.left_by(others)
        part = contest.only(free, left)
        within = part.fits(left) & (self._excess[free] <= window)
        served = np.flatnonzero(now != NOWHERE)
        within[served, now[served]] = True
        orders, warehouses = np.nonzero(within)
        if not len(orders):
            return
        start = np.flatnonzero(warehouses == now[orders])
        solution = self._watch.solved(program_of(part, orders, warehouses, left), ROUNDING_EFFORT, start)
        others[free[orders[solution.taken]]] = warehouses[solution.taken]
        self._warehouse = others

    def _neighbourhood(self, number: int) -> Int64s:
        """Return a part of the unserved orders, another each round, and the orders that could most cheaply make room for them."""
        unserved = self._most_regretted()[number % UNSERVED_TURNS :: UNSERVED_TURNS]
        holders = self._holders_of(self._wanted(unserved))
        if not len(holders):
            return holders
        price = self._prices.order[holders]
        at = np.arange(len(holders))
        now = price[at, self._warehouse[holders]].copy()
        price[at, self._warehouse[holders]] = np.inf
        dearness = np.minimum(price.min(axis=1), self._contest.unserved[holders]) - now
        nearest = holders[np.argsort(dearness, kind="stable")[:NEIGHBOURHOOD_ORDERS]]
        return np.sort(np.concatenate([unserved, nearest]))

    def _most_regretted(self) -> Int64s:
        """Return the unserved orders that the prices would have served, and a few more, the most regretted first."""
        unserved = np.flatnonzero(self._warehouse == NOWHERE)
        unserved = unserved[np.argsort(-self._regret[unserved], kind="stable")]
        return unserved[: max(int((self._regret[unserved] > 0).sum()), FEW_UNSERVED)]

    def _wanted(self, unserved: Int64s) -> Bools:
        """Return the cells that have too few units for one of these orders and would, at their prices, be better than nothing."""
        contest = self._contest
        left = contest.left_by(self._warehouse)
        needs = contest.needs_of(unserved)
        owner = contest.need_owner[needs]
        within = self._excess[owner] <= self._regret[owner][:, None]
        short = (left[contest.need_row[needs]] < contest.need_units[needs][:, None]) & within
        wanted = np.zeros(contest.stock.shape, dtype=np.bool_)
        np.logical_or.at(wanted, contest.need_row[needs], short)
        return wanted

    def _holders_of(self, cells: Bools) -> Int64s:
        """Return the served orders that hold units of these cells."""
        contest = self._contest
        chosen = self._warehouse[contest.need_owner]
        needs = np.flatnonzero(chosen != NOWHERE)
        held = cells[contest.need_row[needs], chosen[needs]]
        return np.unique(contest.need_owner[needs[held]])


def _window(excess: Floats) -> float:
    """Return the excess price within which there are OFFERS_PER_ORDER offers an order."""
    flat = excess.ravel()
    place = min(int(OFFERS_PER_ORDER * len(excess)), len(flat) - 1)
    return max(float(np.partition(flat, place)[place]), 0.0)
