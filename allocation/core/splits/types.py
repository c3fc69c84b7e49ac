"""What is asked of a split and what comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]

UNPRICED = np.int64(2**59)
"""Stands for the cost of a parcel that a warehouse can't ship: sums of a few still fit 64 bits."""

MOST_SHIPMENTS = 8
UNKNOWN_METRES = 2**25 - 1
"""Where the distance is not known: farther than any place on earth."""

DAYS_SHIFT, SHIPMENTS_SHIFT = 28, 39

WISH_SHIFT = 30
MOST_SCORE = (1 << WISH_SHIFT) - 1
"""Where distance or arrival counts before the cost: a parcel's cost is then wish << WISH_SHIFT | score, the score cut at the most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitLimits:
    """What a strategy allows: at most so many shipments (1 to MOST_SHIPMENTS), goods of a least value in each, a price per split.

    `least_value` is in the unit of the order's `unit_values`; an order that ships whole need not reach it.
    """

    most_shipments: int
    least_value: int = 0
    price_per_split_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SplitOrder:
    """An order that may be split. Needs are in the order of their SKU ids, warehouses in the order of their rank.

    `stock[need, warehouse]` are available units, `unit_values[need]` what one unit is worth, `metres[warehouse]` the distance
    (UNKNOWN_METRES: not known), `most_lines[warehouse]` how many needs it may ship units of (None: any number). What ships
    `in_pieces` is dear to price, so that fewer divisions of it are looked at.
    """

    units: tuple[int, ...]
    unit_values: tuple[int, ...]
    stock: Int64s
    metres: Int64s
    limits: SplitLimits
    most_lines: Int64s | None = None
    in_pieces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parcels:
    """Parcels to price, one row each: the order's place among those asked about, and the units of each of its needs."""

    order: Int64s
    units: Int64s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParcelPrices:
    """Prices of parcels (rows) from warehouses (columns, by rank): what is to be least, UNPRICED where there is none, and days."""

    cost: Int64s
    days: Int64s


type PriceParcels = Callable[[Parcels], ParcelPrices]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedShipment:
    """What one warehouse ships: its place by rank, and the units of each need."""

    warehouse: int
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPlan:
    """The best plan found, its shipments by the rank of their warehouses.

    `cost` is the sum of the shipments' and the price of the splits; no plan within the limits costs less than `bound`.
    """

    shipments: tuple[PlannedShipment, ...]
    cost: int
    bound: int

    @property
    def is_exact(self) -> bool:
        """Return whether it is proven that nothing costs less."""
        return self.cost == self.bound
