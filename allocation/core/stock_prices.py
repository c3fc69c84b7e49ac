"""Shadow prices of stock: what a unit in a warehouse is worth to the orders that are still to come.

The last unit near a dense region is not spent on a far order that another warehouse serves for a little more. The orders of a
recent period, as if they came again on the stock that there is now, make a linear program; the dual prices of its stock are the
prices, and they are found anew as stock and demand move (Acimovic and Graves, "Making Better Fulfillment Decisions on the Fly
in an Online Retail Environment", 2015). An order's warehouse is then chosen by its cost and the price of the units that it takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from allocation.core.joint.contest import Contest
from allocation.core.joint.prices import price_stock
from allocation.core.offers import COST_SHIFT, FASTEST, NEAREST, UNPRICED, Offers
from allocation.core.permissions import NO_LIMIT
from allocation.core.plans import Batch
from allocation.core.strategies import Objective, Terms

Int64s = npt.NDArray[np.int64]

UNSERVED_DEARNESS = 2
"""An order of the period that nothing is left for counts as so many times its dearest offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockPrices:
    """`minor[i]` is the price of a unit of sku_ids[i] in warehouse_ids[i]; what is not named costs nothing. `id` names the version."""

    id: int
    sku_ids: Int64s
    warehouse_ids: Int64s
    minor: Int64s

    def of(self, *, sku_ids: Int64s, warehouse_ids: Int64s) -> Int64s:
        """Return the prices by (SKU, warehouse); both sorted or not, each named once."""
        row, column = _places(sku_ids, self.sku_ids), _places(warehouse_ids, self.warehouse_ids)
        known = (row >= 0) & (column >= 0)
        prices = np.zeros((len(sku_ids), len(warehouse_ids)), dtype=np.int64)
        prices[row[known], column[known]] = self.minor[known]
        return prices

    def by_cell(self) -> Mapping[tuple[int, int], int]:
        """Return the prices by (SKU id, warehouse id)."""
        cells = zip(self.sku_ids.tolist(), self.warehouse_ids.tolist(), strict=True)
        return dict(zip(cells, self.minor.tolist(), strict=True))


def _places(names: Int64s, asked: Int64s) -> Int64s:
    """Return the place of each of the asked among the names, -1 where it is none."""
    order = np.argsort(names)
    place = np.searchsorted(names[order], asked)
    found = np.append(names[order], -1)[place] == asked
    return np.where(found, np.append(order, -1)[place], -1)


def heeds_stock_prices(terms: Terms) -> bool:
    """Return whether what a unit is worth to others plays a part: where orders ship whole, and nothing but their cost decides."""
    by_cost = terms.objective in (Objective.COST, Objective.WEIGHTED)
    return by_cost and terms.most_over_cheapest_minor is None and terms.most_shipments == 1


def with_stock_prices(offers: Offers, batch: Batch) -> Offers:
    """Return the offers with the prices of the units that an order takes added to what it is decided by; the cost stays."""
    assert batch.unit_prices is not None
    limits = offers.limits
    by_cost = (limits.kind != NEAREST) & (limits.kind != FASTEST)
    heeds = by_cost & (limits.most_over_cheapest == NO_LIMIT) & (limits.most_shipments == 1)
    taken = np.add.reduceat(batch.unit_prices[batch.need_row] * batch.need_units[:, None], batch.starts, axis=0)
    added = np.where(heeds[:, None], taken[offers.orders], 0)
    return replace(offers, key=np.where(offers.key == UNPRICED, UNPRICED, offers.key + (added << COST_SHIFT)))


def solve_unit_prices(period: Contest) -> Int64s:
    """Return the prices by (stock row, warehouse) if the period's orders came again, in whole minor units.

    What an order that nothing is left for costs is not the period's `unserved`, but UNSERVED_DEARNESS times its dearest offer.
    """
    dearest = period.cost.max(axis=1, initial=0)
    return np.floor(price_stock(replace(period, unserved=UNSERVED_DEARNESS * dearest)).unit).astype(np.int64)
