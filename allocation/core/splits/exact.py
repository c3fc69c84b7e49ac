"""The cheapest plan over all ways to divide an order among warehouses: dynamic programming over warehouses and contents.

Warehouses are taken from the one ranked last to the one ranked first. After each of them the table holds, for every number of
shipments and every contents, the least cost at which those warehouses ship them. The plan is read back from the first-ranked
warehouse on, each shipping as much as a best plan lets it, so that ties end the same way whatever the order of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from allocation.core.splits.lattice import Lattice, all_sums
from allocation.core.splits.types import UNPRICED

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """What each parcel costs from each warehouse for orders of one lattice, as (warehouse, order, contents) arrays.

    Warehouses are in the order of their rank. `cost` is UNPRICED where a warehouse can't ship the contents; `tie` decides among
    plans of equal cost. Both add up over the shipments of a plan.
    """

    cost: Int64s
    tie: Int64s


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The least (cost, tie) of shipping contents in so many shipments, by warehouses taken so far, order and contents."""

    cost: Int64s
    tie: Int64s


type Shipments = tuple[tuple[int, int], ...]
"""A plan: (warehouse's place by rank, number of the contents)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """The finished dynamic program: `levels[j]` are exactly j + 1 shipments, `last` as many as allowed, of the whole order only."""

    lattice: Lattice
    cells: Cells
    levels: tuple[Level, ...]
    last: Level

    def best(self) -> tuple[Int64s, Int64s]:
        """Return each order's least cost (UNPRICED: there is none), and in how many shipments."""
        cost = np.stack([*(level.cost[-1, :, -1] for level in self.levels), self.last.cost[-1]])
        tie = np.stack([*(level.tie[-1, :, -1] for level in self.levels), self.last.tie[-1]])
        least = cost.min(axis=0)
        # A tie counts the shipments first, so equal ones are of the same number.
        shipments = np.where(cost == least, tie, UNPRICED).argmin(axis=0) + 1
        return least, shipments

    def plan(self, order: int, shipments: int) -> Shipments:
        """Return the best plan of an order in so many shipments."""
        left, remaining = len(self.lattice) - 1, shipments
        found: list[tuple[int, int]] = []
        cost, tie = self._value(len(self.cells.cost), order, left, remaining)
        for taken in range(len(self.cells.cost), 0, -1):
            number = self._shipped(taken - 1, order, left, remaining, (cost, tie))
            if number:
                place = len(self.cells.cost) - taken
                found.append((place, number))
                left, remaining = left - number, remaining - 1
                cost, tie = cost - self.cells.cost[place, order, number], tie - self.cells.tie[place, order, number]
        return tuple(found)

    def _value(self, taken: int, order: int, number: int, shipments: int) -> tuple[int, int]:
        level, cell = (self.last, (taken, order)) if shipments > len(self.levels) else (self.levels[shipments - 1], (taken, order, number))
        return int(level.cost[cell]), int(level.tie[cell])

    def _shipped(self, taken: int, order: int, left: int, remaining: int, value: tuple[int, int]) -> int:
        """Return the largest contents that the next warehouse ships in a plan of this value, 0 for none.

        The `taken` warehouses that come after it ship the rest.
        """
        place = len(self.cells.cost) - taken - 1
        if not remaining:
            return 0
        numbers = np.array([left]) if remaining == 1 else self.lattice.within(left)[1:-1]
        cost, tie = self.cells.cost[place, order, numbers], self.cells.tie[place, order, numbers]
        if remaining > 1:
            rest = self.levels[remaining - 2]
            cost, tie = cost + rest.cost[taken, order, left - numbers], tie + rest.tie[taken, order, left - numbers]
        fitting = numbers[(cost == value[0]) & (tie == value[1])]
        return int(fitting[-1]) if len(fitting) else 0


def fill_table(*, lattice: Lattice, cells: Cells, most_shipments: int) -> Table:
    """Return the table of all plans of two to `most_shipments` shipments, and of one."""
    levels = [_first_level(cells)]
    while len(levels) < most_shipments - 1:
        levels.append(_next_level(lattice, cells, levels[-1]))
    last = _last_level(cells, levels[-1])
    return Table(lattice=lattice, cells=cells, levels=tuple(levels), last=last)


def _first_level(cells: Cells) -> Level:
    level = _empty(cells.cost.shape)
    for taken in range(len(cells.cost)):
        place = len(cells.cost) - 1 - taken
        _keep_better(level, taken, cells.cost[place], cells.tie[place])
    return level


def _next_level(lattice: Lattice, cells: Cells, before: Level) -> Level:
    sums, level = all_sums(lattice.units), _empty(cells.cost.shape)
    for taken in range(len(cells.cost)):
        place = len(cells.cost) - 1 - taken
        cost = cells.cost[place][:, sums.first] + before.cost[taken][:, sums.second]
        tie = cells.tie[place][:, sums.first] + before.tie[taken][:, sums.second]
        least = np.minimum.reduceat(cost, sums.starts, axis=1)
        counts = np.diff(np.append(sums.starts, len(sums.first)))
        tie = np.where(cost == np.repeat(least, counts, axis=1), tie, UNPRICED)
        _keep_better(level, taken, least, np.minimum.reduceat(tie, sums.starts, axis=1))
    return level


def _last_level(cells: Cells, before: Level) -> Level:
    """Return the level of the whole order only, without the axis of contents: what one ships, the others do not."""
    level = _empty(cells.cost.shape[:2])
    for taken in range(len(cells.cost)):
        place = len(cells.cost) - 1 - taken
        cost = cells.cost[place] + before.cost[taken][:, ::-1]
        least = cost.min(axis=1)
        tie = np.where(cost == least[:, None], cells.tie[place] + before.tie[taken][:, ::-1], UNPRICED)
        _keep_better(level, taken, least, tie.min(axis=1))
    return level


def _empty(shape: tuple[int, ...]) -> Level:
    """Return a level for a table of so many warehouses and one row more: none taken yet."""
    rows = (shape[0] + 1, *shape[1:])
    return Level(np.full(rows, UNPRICED), np.zeros(rows, dtype=np.int64))


def _keep_better(level: Level, taken: int, cost: Int64s, tie: Int64s) -> None:
    """Set the row after one more warehouse: with it where that is better, else as before."""
    old_cost, old_tie = level.cost[taken], level.tie[taken]
    better = (cost < old_cost) | ((cost == old_cost) & (cost < UNPRICED) & (tie < old_tie))
    level.cost[taken + 1] = np.where(better, cost, old_cost)
    level.tie[taken + 1] = np.where(better, tie, old_tie)
