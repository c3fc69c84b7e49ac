"""Three shipments and more for orders whose sums are too many to table: branch and bound, exact where it ends within its work.

The bound of what is left of an order comes from a smaller order in which some needs are counted together: it costs no more,
since each of its parcels has the least price of all parcels that look like it (state-space relaxation; Christofides, Mingozzi
and Toth, Networks 11, 1981).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from allocation.core.splits.exact import Cells, Shipments, Table, fill_table
from allocation.core.splits.lattice import Lattice, lattice_of, sums_of
from allocation.core.splits.types import UNPRICED

Int64s = npt.NDArray[np.int64]

MOST_COARSE_SUMS = 2**20
MOST_WORK = 2**26
"""Parcels looked at before the search gives up and states its bound: about a second."""


class Search:
    """The best plan of one order (the only one in `cells`), from the best of two shipments on."""

    def __init__(self, *, lattice: Lattice, cells: Cells, most_shipments: int, most_work: int) -> None:
        self._lattice, self._cells, self._work_left = lattice, cells, most_work
        pairs = fill_table(lattice=lattice, cells=cells, most_shipments=2)
        least, shipments = pairs.best()
        self.cost = int(least[0])
        self.shipments: Shipments = pairs.plan(0, int(shipments[0])) if self.cost < UNPRICED else ()
        self._single = pairs.levels[0].cost[:, 0]
        self._unexplored = int(UNPRICED)
        coarse, self._coarse_number = _counted_together(lattice, cells)
        relaxed = _relaxed(coarse, self._coarse_number, cells, most_shipments)
        self._completion = np.minimum.accumulate(np.stack([level.cost[:, 0] for level in relaxed.levels]), axis=0)
        self._extend(len(cells.cost), len(lattice) - 1, most_shipments, 0, ())

    @property
    def bound(self) -> int:
        """Return what no plan undercuts."""
        return min(self.cost, self._unexplored)

    def _extend(self, warehouses: int, left: int, remaining: int, spent: int, shipped: Shipments) -> None:
        """Try all first shipments of what is left from the `warehouses` ranked last, the most promising first."""
        numbers = self._lattice.within(left)[1:-1]
        places = len(self._cells.cost) - 1 - np.arange(warehouses)
        bounds = spent + self._cells.cost[places[:, None], 0, numbers] + self._rest(warehouses, left - numbers, remaining - 1)
        self._work_left -= bounds.size
        promising = np.flatnonzero(bounds.ravel() < self.cost)
        promising = promising[np.argsort(bounds.ravel()[promising], kind="stable")]
        for choice in promising.tolist():
            taken, column = divmod(choice, len(numbers))
            bound, number = int(bounds[taken, column]), int(numbers[column])
            if bound >= self.cost:
                return
            shipment = (int(places[taken]), number)
            if remaining == 2:
                self._finish(taken, left - number, bound, (*shipped, shipment))
            elif self._work_left <= 0:
                self._unexplored = min(self._unexplored, bound)
                return
            else:
                cost = spent + int(self._cells.cost[shipment[0], 0, number])
                self._close(taken, left - number, cost, (*shipped, shipment))
                self._extend(taken, left - number, remaining - 1, cost, (*shipped, shipment))

    def _rest(self, warehouses: int, numbers: Int64s, remaining: int) -> Int64s:
        """Return what shipping the rest costs at least, by how many warehouses are left for it; exactly where one ships it."""
        if remaining == 1:
            return self._single[:warehouses, numbers]
        return self._completion[remaining - 1][:warehouses, self._coarse_number[numbers]]

    def _close(self, warehouses: int, left: int, spent: int, shipped: Shipments) -> None:
        cost = spent + int(self._single[warehouses, left])
        if cost < self.cost:
            self._finish(warehouses, left, cost, shipped)

    def _finish(self, warehouses: int, left: int, cost: int, shipped: Shipments) -> None:
        """Keep the plan in which one of the `warehouses` ranked last ships all that is left."""
        single = self._cells.cost[:, 0, left]
        place = len(single) - warehouses + int(np.argmin(single[len(single) - warehouses :]))
        self.cost, self.shipments = cost, tuple(sorted((*shipped, (place, left))))


def _counted_together(lattice: Lattice, cells: Cells) -> tuple[Lattice, Int64s]:
    """Return a lattice with few enough sums, and for each contents the number of what it looks like there.

    Needs that cost about the same alone are counted together.
    """
    steps = np.cumprod([1, *(most + 1 for most in lattice.units[:0:-1])])[::-1]
    alone = cells.cost[:, 0, steps * np.array(lattice.units)].min(axis=0)
    order = np.argsort(alone, kind="stable")
    groups, costs, units = [[int(need)] for need in order], alone[order].tolist(), [lattice.units[need] for need in order]
    while sums_of(tuple(units)) > MOST_COARSE_SUMS and len(units) > 1:
        first = int(np.argmin(np.diff(costs)))
        groups[first] += groups.pop(first + 1)
        units[first] += units.pop(first + 1)
        costs[first] = (costs[first] + costs.pop(first + 1)) // 2
    coarse = lattice_of(tuple(units))
    seen = [lattice.contents[:, group].sum(axis=1) for group in groups]
    return coarse, np.ravel_multi_index(tuple(seen), [most + 1 for most in units]).astype(np.int64)


def _relaxed(coarse: Lattice, number: Int64s, cells: Cells, most_shipments: int) -> Table:
    cost = np.full((len(cells.cost), 1, len(coarse)), UNPRICED)
    for place in range(len(cells.cost)):
        np.minimum.at(cost[place, 0], number, cells.cost[place, 0])
    return fill_table(lattice=coarse, cells=Cells(cost=cost, tie=np.zeros_like(cost)), most_shipments=most_shipments)
