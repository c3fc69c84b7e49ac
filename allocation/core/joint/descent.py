"""Local search for generalised assignment: shifts, swaps and ejections, with overload at a price that rises until it pays to end it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]

UNASSIGNED = -1
MOST_MOVES = 2_000
MOST_RAISES = 20
TOO_MUCH = 1e-9
BETTER = -1e-9


@dataclass(frozen=True)
class Trade:
    """Costs and units by (agent, job), and the agents' capacities."""

    costs: Floats
    units: Floats
    capacities: Floats

    @property
    def jobs(self) -> int:
        """Return the number of jobs."""
        return self.costs.shape[1]

    @cached_property
    def fits(self) -> Bools:
        """Return which agents can take which job at all."""
        return self.units <= self.capacities[:, None] + TOO_MUCH

    @cached_property
    def is_whole(self) -> bool:
        """Return whether all costs are whole numbers."""
        return bool((self.costs == np.round(self.costs)).all())

    def cost(self, agents: Int64s) -> float:
        """Return what an assignment costs."""
        return float(self.costs[agents, np.arange(self.jobs)].sum())

    def load(self, agents: Int64s) -> Floats:
        """Return what each agent takes."""
        taken = self.units[agents, np.arange(self.jobs)]
        return np.bincount(agents, weights=taken, minlength=len(self.capacities))

    def over(self, load: Floats) -> Floats:
        """Return by how much loads (agents first) exceed the capacities."""
        capacities = self.capacities.reshape(-1, *([1] * (load.ndim - 1)))
        return np.maximum(load - capacities, 0.0)


def round_jobs(trade: Trade, shares: Floats) -> Int64s:
    """Return an assignment near a relaxation's shares: each job to its largest share that fits, the clearest jobs first.

    Where nothing fits the job goes where it overloads least.
    """
    cheap = -trade.costs / (np.abs(trade.costs).max() + 1.0)
    liking = np.where(trade.fits, shares * 2 + cheap, -np.inf)
    sequence = np.argsort(-shares.max(axis=0), kind="stable")
    load = np.zeros(len(trade.capacities))
    agents = np.full(trade.jobs, UNASSIGNED, dtype=np.int64)
    for job in sequence.tolist():
        after = load + trade.units[:, job]
        over = np.where(trade.fits[:, job], trade.over(after), np.inf)
        agent = int(np.where(over <= max(float(over.min()), TOO_MUCH), liking[:, job], -np.inf).argmax())
        agents[job] = agent
        load[agent] += trade.units[agent, job]
    return agents


def improve(trade: Trade, agents: Int64s) -> Int64s | None:
    """Return the assignment that the search ends in from a whole one, or None where it found none within the capacities."""
    price = _first_price(trade)
    for _ in range(MOST_RAISES):
        agents = _descend(trade, agents, price)
        if trade.over(trade.load(agents)).sum() <= TOO_MUCH:
            return agents
        price *= 2
    return None


def _first_price(trade: Trade) -> float:
    """Return the price of a unit too much to begin with: what a unit's work costs on average."""
    work = float(trade.units.sum())
    return float(np.abs(trade.costs).sum()) / work if work else 1.0


def _descend(trade: Trade, agents: Int64s, price: float) -> Int64s:
    """Make the best shift, swap or ejection as long as one is for the better, overload being charged at `price`."""
    agents = agents.copy()
    for _ in range(MOST_MOVES):
        state = _State(trade, agents, price)
        gain, changes = state.best_shift()
        for further in (state.best_swap, state.best_ejection):
            if gain < BETTER:
                break
            gain, changes = further()
        if gain >= BETTER:
            break
        for job, agent in changes:
            agents[job] = agent
    return agents


type Move = tuple[float, tuple[tuple[int, int], ...]]


class _State:
    """The moves from one assignment, each kind as one array."""

    def __init__(self, trade: Trade, agents: Int64s, price: float) -> None:
        self._trade, self._agents, self._price = trade, agents, price
        self._jobs = np.arange(trade.jobs)
        self._load = trade.load(agents)
        self._own_cost = trade.costs[agents, self._jobs]
        self._own_units = trade.units[agents, self._jobs]
        self._over = trade.over(self._load)
        without = np.maximum(self._load[agents] - self._own_units - trade.capacities[agents], 0.0)
        self._relief = self._over[agents] - without

    def _shifts(self) -> Floats:
        """Return what moving a job to an agent changes, by (agent, job)."""
        trade = self._trade
        more = trade.over(self._load[:, None] + trade.units) - self._over[:, None]
        change = trade.costs - self._own_cost + self._price * (more - self._relief)
        change[~trade.fits] = np.inf
        change[self._agents, self._jobs] = np.inf
        return change

    def best_shift(self) -> Move:
        """Return the best move of one job."""
        change = self._shifts()
        agent, job = np.unravel_index(int(change.argmin()), change.shape)
        return float(change[agent, job]), ((int(job), int(agent)),)

    def _arrivals(self) -> tuple[Floats, Floats]:
        """Return by (job, other): what job j costs more where the other is, and that agent's change of overload as they change places."""
        trade, agents = self._trade, self._agents
        cost = trade.costs[agents].T - self._own_cost[:, None]
        cost = np.where(trade.fits[agents].T & (agents[:, None] != agents[None, :]), cost, np.inf)
        after = self._load[agents][None, :] - self._own_units[None, :] + trade.units[agents].T
        return cost, np.maximum(after - trade.capacities[agents][None, :], 0.0) - self._over[agents][None, :]

    def best_swap(self) -> Move:
        """Return the best exchange of two jobs' agents."""
        cost, over = self._arrivals()
        change = cost + cost.T + self._price * (over + over.T)
        one, other = np.unravel_index(int(change.argmin()), change.shape)
        return float(change[one, other]), ((int(one), int(self._agents[other])), (int(other), int(self._agents[one])))

    def best_ejection(self) -> Move:
        """Return the best move of one job to where another makes room by going to a third agent."""
        trade, agents = self._trade, self._agents
        cost, over = self._arrivals()
        more = trade.over(self._load[:, None] + trade.units) - self._over[:, None]
        leaving = trade.costs - self._own_cost + self._price * more
        leaving[~trade.fits] = np.inf
        leaving[agents, self._jobs] = np.inf
        third = leaving.argmin(axis=0)
        change = cost + self._price * (over - self._relief[:, None]) + leaving[third, self._jobs][None, :]
        change[third[None, :] == agents[:, None]] = np.inf
        one, other = np.unravel_index(int(change.argmin()), change.shape)
        return float(change[one, other]), ((int(one), int(agents[other])), (int(other), int(third[other])))
