"""Generalised assignment: each job to one agent, at the least cost, within what each agent can take."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from allocation.core.joint.descent import UNASSIGNED, Trade, improve, round_jobs
from allocation.core.joint.solver import Effort, Program, Solution, SolverStopped, relax, solve

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]

ROUNDING_ERROR = 1e-6
FIRST_WINDOW = 0.002
"""How far, relative to the bound, an offer may be beyond the prices to be in the first window."""
WIDENING = 2
SHARE_OF_A_STEP = 0.5
LEAST_TIME_S = 0.01


class Assignment(NamedTuple):
    """The agent of each job, what that costs, and a bound: no assignment costs less.

    Where none was found, every agent is -1 and the objective infinite; where there is none, the bound is infinite too.
    """

    agents: Int64s
    objective: float
    bound: float


def assign(costs: npt.ArrayLike, units: npt.ArrayLike, capacities: npt.ArrayLike, time_limit_s: float) -> Assignment:
    """Return the best assignment found within the solver's `time_limit_s`.

    `costs` and `units` (what a job takes of its agent) are agents × jobs, `capacities` one per agent. The relaxation is rounded,
    repaired and improved by shifts, swaps and ejections; from there HiGHS goes on to the optimum or until time is over.
    """
    trade = _checked(costs, units, capacities)
    if trade.jobs == 0:
        return Assignment(np.empty(0, dtype=np.int64), 0.0, 0.0)
    if not trade.fits.any(axis=0).all():
        return _none(trade, math.inf)
    agents, jobs = np.nonzero(trade.fits)
    try:
        relaxed = relax(_program(trade, agents, jobs), time_limit_s=time_limit_s)
    except SolverStopped as stopped:
        return _without_relaxation(trade, stopped)
    shares = np.zeros(trade.costs.shape)
    shares[agents, jobs] = relaxed.values
    first = improve(trade, round_jobs(trade, shares))
    return _Climb(trade, relaxed, first, time_limit_s).run()


def _checked(costs: npt.ArrayLike, units: npt.ArrayLike, capacities: npt.ArrayLike) -> Trade:
    trade = Trade(np.asarray(costs, dtype=np.float64), np.asarray(units, dtype=np.float64), np.asarray(capacities, dtype=np.float64))
    if trade.costs.ndim != 2 or trade.units.shape != trade.costs.shape or trade.capacities.shape != trade.costs.shape[:1]:
        shapes = (trade.costs.shape, trade.units.shape, trade.capacities.shape)
        raise ValueError(f"costs and units must be agents × jobs and capacities one per agent, not {shapes}")
    if (trade.units < 0).any() or not all(np.isfinite(each).all() for each in (trade.costs, trade.units, trade.capacities)):
        raise ValueError("units must not be negative, and nothing infinite")
    return trade


def _program(trade: Trade, agents: Int64s, jobs: Int64s) -> Program:
    """Return the program in which column c gives jobs[c] to agents[c]: rows of the jobs, then of the agents."""
    columns = np.arange(len(agents))
    return Program(
        cost=trade.costs[agents, jobs],
        row=np.concatenate([jobs, trade.jobs + agents]),
        column=np.concatenate([columns, columns]),
        value=np.concatenate([np.ones(len(columns)), trade.units[agents, jobs]]),
        row_lower=np.concatenate([np.ones(trade.jobs), np.full(len(trade.capacities), -math.inf)]),
        row_upper=np.concatenate([np.ones(trade.jobs), trade.capacities]),
    )


class _Climb:
    """From a relaxation to the optimum: ever wider windows of offers, by what each costs beyond the relaxation's prices.

    A solution that uses an offer outside the window costs at least the relaxation's bound and the window. So what is solved
    within a window as wide as the distance of the best solution from that bound is solved altogether.
    """

    def __init__(self, trade: Trade, relaxed: Solution, first: Int64s | None, time_limit_s: float) -> None:
        self._trade, self._floor, self._left_s = trade, relaxed.bound, time_limit_s - relaxed.seconds
        self._excess = _excess(trade, relaxed)
        self._best, self._objective = first, math.inf if first is None else trade.cost(first)
        self._bound = _rounded(trade, relaxed.bound)

    def run(self) -> Assignment:
        """Widen the window until the best solution is proven, or time is over."""
        window = max(self._floor * FIRST_WINDOW, float(np.sort(self._excess.min(axis=0))[-1]))
        widest = float(self._excess[np.isfinite(self._excess)].max())
        while self._objective > self._bound:
            enough = min(max(self._objective - self._floor, 0.0), widest)
            window = min(window, enough)
            share = 1.0 if window >= enough else SHARE_OF_A_STEP
            if not self._solve_within(window, self._left_s * share):
                break
            window *= WIDENING
        if self._best is None:
            return _none(self._trade, self._bound)
        return Assignment(self._best, self._objective, min(self._bound, self._objective))

    def _solve_within(self, window: float, time_limit_s: float) -> bool:
        """Solve what lies within the window; return whether time is left to go on."""
        trade = self._trade
        inside = self._excess <= window + ROUNDING_ERROR
        if self._best is not None:
            inside[self._best, np.arange(trade.jobs)] = True
        everything = bool((inside == trade.fits).all())
        beyond = math.inf if everything else _rounded(trade, self._floor + window)
        agents, jobs = np.nonzero(inside)
        start = None if self._best is None else np.flatnonzero(self._best[jobs] == agents)
        try:
            program = _program(trade, agents, jobs)
            found = solve(program, effort=Effort(gap=0.0), time_limit_s=time_limit_s, start=start, keep_late=True)
        except SolverStopped as stopped:
            if stopped.timed_out:
                self._left_s -= time_limit_s
                return self._left_s > LEAST_TIME_S
            self._bound = max(self._bound, beyond)
            return not everything
        self._left_s -= found.seconds
        self._keep(agents[found.taken], jobs[found.taken])
        self._bound = max(self._bound, min(_rounded(trade, found.bound), beyond))
        return self._left_s > LEAST_TIME_S

    def _keep(self, agents: Int64s, jobs: Int64s) -> None:
        """Remember a solution if it is the best so far."""
        assignment = np.full(self._trade.jobs, UNASSIGNED, dtype=np.int64)
        assignment[jobs] = agents
        if self._trade.cost(assignment) < self._objective:
            self._best, self._objective = assignment, self._trade.cost(assignment)


def _excess(trade: Trade, relaxed: Solution) -> Floats:
    """Return what each offer costs beyond the prices of its job and its agent, infinite where it can't be."""
    job_price, agent_price = relaxed.row_duals[: trade.jobs], relaxed.row_duals[trade.jobs :]
    excess = trade.costs - job_price[None, :] - agent_price[:, None] * trade.units
    return np.where(trade.fits, np.maximum(excess, 0.0), np.inf)


def _without_relaxation(trade: Trade, stopped: SolverStopped) -> Assignment:
    """Return what can be had where not even the relaxation was solved: it is infeasible, or time was over."""
    if not stopped.timed_out:
        return _none(trade, math.inf)
    first = improve(trade, round_jobs(trade, np.zeros(trade.costs.shape)))
    cheapest = float(np.where(trade.fits, trade.costs, np.inf).min(axis=0).sum())
    return _none(trade, cheapest) if first is None else Assignment(first, trade.cost(first), cheapest)


def _none(trade: Trade, bound: float) -> Assignment:
    return Assignment(np.full(trade.jobs, UNASSIGNED, dtype=np.int64), math.inf, bound)


def _rounded(trade: Trade, bound: float) -> float:
    """Return the bound raised to a whole number where all costs are whole."""
    return float(math.ceil(bound - ROUNDING_ERROR)) if trade.is_whole else bound
