"""Which warehouses ship what of an order: the least cost over all divisions of its lines and units, or the best of many and a bound.

Exact (cost equals bound) for every order of which at most MOST_CONTENTS different parcels can be made, ten lines of two units
each among them: always for up to two shipments, and for more as long as the search ends within its work. Beyond that, lines
are bundled; the bound is then what the hardest needs alone would cost, and holds where no parcel gets cheaper by more goods.
Among plans of equal cost the one of fewer shipments wins, then fewer days in sum, then the shorter way in sum, then the one in
which the warehouses ranked first ship more. (Within the search for three shipments and more, the first one found.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from allocation.core.splits.bundles import Bundles, coarse_bundles, fits, hardest_needs, single_units
from allocation.core.splits.exact import Cells, Shipments, fill_table
from allocation.core.splits.lattice import contents_of, lattice_of, sums_of
from allocation.core.splits.search import MOST_WORK, Search
from allocation.core.splits.types import (
    DAYS_SHIFT,
    SHIPMENTS_SHIFT,
    UNPRICED,
    Parcels,
    PlannedShipment,
    PriceParcels,
    SplitOrder,
    SplitPlan,
)

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]

MOST_CELLS = 2**21
"""Cells of one table, by orders, contents and warehouses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is tabled and searched: sums of one table, and parcels that a search looks at."""

    sums: int = 2**20
    work: int = MOST_WORK


def plan_splits(*, orders: Sequence[SplitOrder], price: PriceParcels, effort: Effort = Effort()) -> tuple[SplitPlan | None, ...]:
    """Return each order's best plan within its limits, maybe of one shipment, or None where there is none.

    `price` is called with the parcels of many orders at once; `Parcels.order` counts places in `orders`.
    """
    plans: dict[int, SplitPlan | None] = {}
    for units, places in _alike(orders):
        if fits(units, in_pieces=orders[places[0]].in_pieces):
            for some in _chunks(places, units, orders, effort):
                plans.update(_Division([orders[place] for place in some], some, single_units(units), price, effort).plans())
        else:
            plans.update((place, _coarse_plan(orders[place], place, price, effort)) for place in places)
    return tuple(plans[place] for place in range(len(orders)))


def _alike(orders: Sequence[SplitOrder]) -> Iterator[tuple[tuple[int, ...], list[int]]]:
    """Yield the places of orders that share their units, their most shipments, and whether they ship in pieces."""
    groups: dict[tuple[tuple[int, ...], int, bool], list[int]] = defaultdict(list)
    for place, order in enumerate(orders):
        groups[order.units, order.limits.most_shipments, order.in_pieces].append(place)
    for (units, _, _), places in groups.items():
        yield units, places


def _chunks(places: list[int], units: tuple[int, ...], orders: Sequence[SplitOrder], effort: Effort) -> Iterator[list[int]]:
    first = orders[places[0]]
    size = MOST_CELLS // max(1, contents_of(units) * first.stock.shape[1])
    if first.limits.most_shipments > 2:
        size = min(size, effort.sums // sums_of(units))
    size = max(1, size)
    for begin in range(0, len(places), size):
        yield places[begin : begin + size]


def _coarse_plan(order: SplitOrder, place: int, price: PriceParcels, effort: Effort) -> SplitPlan | None:
    """Return the best plan over bundles, with the cost of the hardest needs alone as its bound."""
    found = _Division([order], [place], coarse_bundles(order), price, effort).plans()[place]
    if found is None:
        return None
    of_any_value = replace(order, limits=replace(order.limits, least_value=0))
    alone = _Division([of_any_value], [place], hardest_needs(order), price, effort).plans()[place]
    return SplitPlan(shipments=found.shipments, cost=found.cost, bound=found.cost if alone is None else min(found.cost, alone.bound))


class _Division:
    """Orders of one shape, with the same most shipments, divided by bundles; `places` are what price knows them by."""

    def __init__(self, orders: Sequence[SplitOrder], places: Sequence[int], bundles: Bundles, price: PriceParcels, effort: Effort) -> None:
        self._orders, self._places, self._effort = orders, places, effort
        self._limits = [order.limits for order in orders]
        self._lattice = lattice_of(bundles.counts)
        self._goods = self._lattice.contents @ bundles.goods
        self._cells = self._priced(self._allowed(), price)

    def plans(self) -> dict[int, SplitPlan | None]:
        """Return the best plans by the orders' places."""
        most_shipments = self._limits[0].most_shipments
        if most_shipments > 2 and sums_of(self._lattice.units) > self._effort.sums:
            return {self._places[0]: self._searched(most_shipments)}
        # A table of one shipment is that of two whose second level is not looked at.
        table = fill_table(lattice=self._lattice, cells=self._cells, most_shipments=max(2, most_shipments))
        least, shipments = table.best()
        found = zip(self._places, least.tolist(), shipments.tolist(), strict=True)
        return {
            place: None if cost >= UNPRICED else self._plan(k, table.plan(k, count), cost, cost)
            for k, (place, cost, count) in enumerate(found)
        }

    def _searched(self, most_shipments: int) -> SplitPlan | None:
        search = Search(lattice=self._lattice, cells=self._cells, most_shipments=most_shipments, most_work=self._effort.work)
        return self._plan(0, search.shipments, search.cost, search.bound) if search.shipments else None

    def _plan(self, k: int, shipments: Shipments, cost: int, bound: int) -> SplitPlan:
        one_split = self._limits[k].price_per_split_minor
        return SplitPlan(
            shipments=tuple(PlannedShipment(warehouse=place, units=tuple(self._goods[number].tolist())) for place, number in shipments),
            cost=cost - one_split,
            bound=bound - one_split,
        )

    def _allowed(self) -> Bools:
        """Return which warehouse may ship which parcel, as (order, parcel, warehouse): its stock, and the value of both halves."""
        stock = np.stack([order.stock for order in self._orders])
        allowed = np.ones((len(self._orders), len(self._lattice), stock.shape[2]), dtype=np.bool_)
        for need in range(stock.shape[1]):
            allowed &= self._goods[None, :, need, None] <= stock[:, None, need]
        least_value = np.array([limits.least_value for limits in self._limits], dtype=np.int64)
        lines = (self._goods > 0).sum(axis=1)
        for k, order in enumerate(self._orders):
            if order.most_lines is not None:
                allowed[k] &= lines[:, None] <= order.most_lines
        value = np.array([order.unit_values for order in self._orders], dtype=np.int64) @ self._goods.T
        worth = np.minimum(value, value[:, -1:] - value) >= least_value[:, None]
        worth[:, -1], worth[:, 0] = True, False
        if self._limits[0].most_shipments == 1:
            worth[:, :-1] = False
        return np.asarray(allowed & worth[:, :, None], dtype=np.bool_)

    def _priced(self, allowed: Bools, price: PriceParcels) -> Cells:
        """Return the cells of all allowed parcels; each costs its price and that of one split."""
        shape = (allowed.shape[2], allowed.shape[0], allowed.shape[1])
        cost, tie = np.full(shape, UNPRICED), np.zeros(shape, dtype=np.int64)
        row, number = np.nonzero(allowed.any(axis=2))
        if len(row):
            prices = price(Parcels(order=np.array(self._places)[row], units=self._goods[number]))
            per_split = np.array([limits.price_per_split_minor for limits in self._limits], dtype=np.int64)
            metres = np.stack([order.metres for order in self._orders])
            possible = allowed[row, number] & (prices.cost < UNPRICED)
            cost[:, row, number] = np.where(possible, prices.cost + per_split[row, None], UNPRICED).T
            tie[:, row, number] = ((1 << SHIPMENTS_SHIFT) + (prices.days << DAYS_SHIFT) + metres[row]).T
        return Cells(cost=cost, tie=tie)
