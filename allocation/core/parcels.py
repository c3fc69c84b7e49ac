"""The parcels that an order makes: each unit of an article that ships alone, and all others in one box.

The box is conservative: every unit lies on its largest face in one stack, so it is as long and wide as the largest unit
and as high as all of them together. Nearly all orders ship in one parcel and are columns of a table; those that ship in several
are few and packed one by one, by `pieces_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat

import numpy as np
import numpy.typing as npt

from carriers.core.card import MOST_PIECES
from carriers.core.types import Parcel

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]

type TagNames = Callable[[int], frozenset[str]]
"""Returns the tags that bits stand for (TagBits.names)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuFacts:
    """One packed unit of an article; sides in any order. A unit that `ships_alone` shares its parcel with nothing."""

    mass_mg: int
    sides_um: tuple[int, int, int]
    tags: frozenset[str] = frozenset()
    ships_alone: bool = False


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


def pieces_of(contents: Sequence[tuple[SkuFacts, int]]) -> tuple[Parcel, ...]:
    """Return the parcels in which so many units of each article ship: one for each that ships alone, then one for all others.

    More than any rate card takes are not told apart: one more than MOST_PIECES stand for them.
    """
    alone = chain.from_iterable(repeat(one_parcel([(sku, 1)]), units) for sku, units in contents if sku.ships_alone)
    others = [(sku, units) for sku, units in contents if not sku.ships_alone]
    return tuple(islice(chain(alone, [one_parcel(others)] if others else []), MOST_PIECES + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuTable:
    """Articles as columns, one row each: milligrams, sides in micrometres from the longest, tags as bits, whether they ship alone."""

    mass_mg: Int64s
    sides_um: Int64s
    tag_mask: Int64s
    ships_alone: Bools

    def row(self, which: int, tag_names: TagNames) -> SkuFacts:
        """Return the article in a row."""
        longest, second, shortest = self.sides_um[which].tolist()
        return SkuFacts(
            mass_mg=int(self.mass_mg[which]),
            sides_um=(longest, second, shortest),
            tags=tag_names(int(self.tag_mask[which])),
            ships_alone=bool(self.ships_alone[which]),
        )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is to be packed for many orders, or parts of orders.

    Need i asks for need_units[i] of the article in row need_row[i]; the needs of order k begin at starts[k].
    """

    skus: SkuTable
    need_row: Int64s
    need_units: Int64s
    starts: Int64s


def one_parcel_each(contents: Contents) -> ParcelTable:
    """Return what `one_parcel` gives for each order."""
    skus, need_row, need_units, starts = contents.skus, contents.need_row, contents.need_units, contents.starts
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


def pieces_by_order(contents: Contents, tag_names: TagNames) -> dict[int, tuple[Parcel, ...]]:
    """Return what `pieces_of` gives for each order that ships in several parcels, by its row."""
    skus, need_row, need_units, starts = contents.skus, contents.need_row, contents.need_units, contents.starts
    if not skus.ships_alone.any():
        return {}
    ends = np.append(starts[1:], len(need_row))
    some_alone = np.logical_or.reduceat(skus.ships_alone[need_row], starts)
    several = np.flatnonzero(some_alone & (np.add.reduceat(need_units, starts) > 1))
    found = {}
    for order, begin, end in zip(several.tolist(), starts[several].tolist(), ends[several].tolist(), strict=True):
        asked = zip(need_row[begin:end].tolist(), need_units[begin:end].tolist(), strict=True)
        found[order] = pieces_of([(skus.row(row, tag_names), units) for row, units in asked])
    return found
