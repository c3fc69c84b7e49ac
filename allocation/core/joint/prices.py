"""Prices of scarce units: what one more unit of a stock row would save.

Relaxing the stock by prices leaves an assignment that each order settles for itself; the prices that make its cost highest are
the best bound. Found by subgradient steps with a target a little above the best bound so far (Held, Wolfe and Crowder's rule),
in a fixed number of rounds, so that the same contest has the same prices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from allocation.core.joint.contest import Contest

Floats = npt.NDArray[np.float64]

ROUNDS = 120
FIRST_AIM = 0.05
PATIENCE_ROUNDS = 6
MOMENTUM = 0.7
LEAST_GAIN = 1e-5
CLOSED = 1e15
"""The price of an offer that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """`unit[s, w]` is the price of a unit, `order[k, w]` what order k costs there with its units paid, `bound` a least total."""

    unit: Floats
    order: Floats
    bound: float


def price_stock(contest: Contest) -> Prices:
    """Return the prices of a contest's units."""
    search = _Search(contest)
    for _ in range(ROUNDS):
        if not search.step():
            break
    return Prices(unit=search.best_unit, order=search.prices(search.best_unit), bound=search.best)


class _Search:
    def __init__(self, contest: Contest) -> None:
        self._contest = contest
        self._open = np.where(contest.fits(contest.stock), contest.cost, CLOSED).astype(np.float64)
        self._units = contest.need_units[:, None].astype(np.float64)
        self._stock = contest.stock.astype(np.float64)
        self._unit = np.zeros_like(self._stock)
        self._direction = np.zeros_like(self._stock)
        self._aim, self._waited = FIRST_AIM, 0
        self.best, self.best_unit = -np.inf, self._unit

    def prices(self, unit: Floats) -> Floats:
        """Return each offer's cost with its units paid."""
        contest = self._contest
        return np.add.reduceat(unit[contest.need_row] * self._units, contest.starts, axis=0) + self._open

    def step(self) -> bool:
        """Move the prices once; return whether there was anything to move."""
        prices = self.prices(self._unit)
        chosen = prices.argmin(axis=1)
        price = prices[np.arange(len(chosen)), chosen]
        self._judge(float(np.minimum(price, self._contest.unserved).sum() - (self._unit * self._stock).sum()))
        excess = self._excess(chosen, price < self._contest.unserved)
        self._direction = np.where((self._unit <= 0) & (excess < 0), 0.0, excess) + MOMENTUM * self._direction
        length = float((self._direction**2).sum())
        if length == 0:
            return False
        self._unit = np.maximum(0.0, self._unit + (self.best + self._aim * abs(self.best) - self._now) / length * self._direction)
        return True

    def _judge(self, bound: float) -> None:
        self._now = bound
        if bound > self.best + LEAST_GAIN * abs(self.best) or self.best == -np.inf:
            self.best, self.best_unit, self._waited = bound, self._unit.copy(), 0
            return
        self._waited += 1
        if self._waited >= PATIENCE_ROUNDS:
            self._aim, self._waited = self._aim / 2, 0
            self._unit, self._direction = self.best_unit.copy(), np.zeros_like(self._direction)

    def _excess(self, chosen: npt.NDArray[np.intp], taken: npt.NDArray[np.bool_]) -> Floats:
        """Return by how many units each cell is asked for more than it has."""
        contest = self._contest
        needs = np.flatnonzero(taken[contest.need_owner])
        cells = contest.need_row[needs] * contest.stock.shape[1] + chosen[contest.need_owner[needs]]
        asked = np.bincount(cells, weights=contest.need_units[needs], minlength=contest.stock.size)
        return asked.reshape(contest.stock.shape) - self._stock
