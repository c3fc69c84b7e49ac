"""The parcel that an order makes: all its units in one box.

The box is conservative: every unit lies on its largest face in one stack, so it is as long and wide as the largest unit
and as high as all of them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carriers.core.types import Parcel

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuFacts:
    """One packed unit of an article; sides in any order."""

    mass_mg: int
    sides_um: tuple[int, int, int]
    tags: frozenset[str] = frozenset()


def one_parcel(contents: Sequence[tuple[SkuFacts, int]]) -> Parcel:
    """Return the parcel that holds so many units of each article."""
    sides = [sorted(sku.sides_um, reverse=True) for sku, _ in contents]
    return Parcel(
        actual_mg=sum(sku.mass_mg * units for sku, units in contents),
        length_um=max(longest for longest, _, _ in sides),
        width_um=max(second for _, second, _ in sides),
        height_um=sum(shortest * units for (_, _, shortest), (_, units) in zip(sides, contents, strict=True)),
        tags=frozenset().union(*(sku.tags for sku, _ in contents)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuTable:
    """Articles as columns, one row each: milligrams, sides in micrometres from the longest, tags as bits."""

    mass_mg: Int64s
    sides_um: Int64s
    tag_mask: Int64s


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelTable:
    """Parcels as columns, one row per order; sides in micrometres from the longest."""

    actual_mg: Int64s
    sides_um: Int64s
    tag_mask: Int64s

    def rows(self, which: Int64s) -> ParcelTable:
        """Return the table of these rows only."""
        return ParcelTable(actual_mg=self.actual_mg[which], sides_um=self.sides_um[which], tag_mask=self.tag_mask[which])


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What splitting reads beyond the orders' parcels: the articles, and what each order is worth in the tenant's minor units.

    `need_row` of a batch counts rows of `skus`; an order whose currency has no exchange rate counts as worth nothing.
    """

    skus: SkuTable
    value_minor: Int64s


def one_parcel_each(*, skus: SkuTable, need_row: Int64s, need_units: Int64s, starts: Int64s) -> ParcelTable:
    """Return what `one_parcel` gives for each order.

    Need i asks for need_units[i] of the article in row need_row[i]; the needs of order k begin at starts[k].
    """
    stacked = skus.sides_um[need_row]
    sides = np.stack(
        [
            np.maximum.reduceat(stacked[:, 0], starts),
            np.maximum.reduceat(stacked[:, 1], starts),
            np.add.reduceat(stacked[:, 2] * need_units, starts),
        ],
        axis=1,
    )
    return ParcelTable(
        actual_mg=np.add.reduceat(skus.mass_mg[need_row] * need_units, starts),
        sides_um=-np.sort(-sides, axis=1),
        tag_mask=np.bitwise_or.reduceat(skus.tag_mask[need_row], starts),
    )
