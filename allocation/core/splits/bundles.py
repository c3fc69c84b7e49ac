"""What is counted as one when an order has too many different parcels to look at them all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from allocation.core.splits.lattice import contents_of, sums_of
from allocation.core.splits.types import SplitOrder

Int64s = npt.NDArray[np.int64]

MOST_CONTENTS = 2**16
MOST_BUNDLES = 12
MOST_HARDEST_SUMS = 2**20

MOST_CONTENTS_IN_PIECES = 2**6
MOST_BUNDLES_IN_PIECES = 6
"""Several parcels are priced one shipment at a time, a thousand times slower than one parcel by the table."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bundles:
    """Goods that stay together: `counts[b]` times the units `goods[b, need]`."""

    counts: tuple[int, ...]
    goods: Int64s


def single_units(units: tuple[int, ...]) -> Bundles:
    """Return every unit by itself: the order as it is."""
    return Bundles(counts=units, goods=np.eye(len(units), dtype=np.int64))


def fits(units: tuple[int, ...], *, in_pieces: bool = False) -> bool:
    """Return whether all that a warehouse may ship of such an order can be looked at."""
    return contents_of(units) <= (MOST_CONTENTS_IN_PIECES if in_pieces else MOST_CONTENTS)


def hardest_needs(order: SplitOrder) -> Bundles:
    """Return units of as many needs as can be tabled, those first that the fewest warehouses hold; the others are left out.

    Where not even one need can, one unit of it.
    """
    holders = (order.stock >= np.array(order.units)[:, None]).sum(axis=1)
    scarce_first = np.argsort(holders, kind="stable").tolist()
    chosen: list[int] = []
    for need in scarce_first:
        units = tuple(order.units[each] for each in (*chosen, need))
        if sums_of(units) <= MOST_HARDEST_SUMS and (not order.in_pieces or fits(units, in_pieces=True)):
            chosen.append(need)
    rows = np.eye(len(order.units), dtype=np.int64)
    if not chosen:
        return Bundles(counts=(1,), goods=rows[scarce_first[:1]])
    return Bundles(counts=tuple(order.units[need] for need in chosen), goods=rows[chosen])


def coarse_bundles(order: SplitOrder) -> Bundles:
    """Return at most MOST_BUNDLES bundles that make up the order, or as many as its parcels allow.

    A line that some warehouse holds stays whole, another one falls apart as its largest stocks say; what the same warehouses
    hold stays together.
    """
    by_holders: dict[tuple[bool, ...], Int64s] = {}
    for part in _parts(order):
        held = tuple((order.stock >= part[:, None]).all(axis=0).tolist())
        by_holders[held] = by_holders.get(held, 0) + part
    most = MOST_BUNDLES_IN_PIECES if order.in_pieces else MOST_BUNDLES
    scarce_first = sorted(by_holders.items(), key=lambda entry: (sum(entry[0]), entry[0]))
    goods = [part for _, part in scarce_first[:most]]
    holders = np.array([held for held, _ in scarce_first[:most]], dtype=np.int64)
    for held, part in scarce_first[most:]:
        goods[int(np.argmax(holders @ np.array(held, dtype=np.int64)))] += part
    return Bundles(counts=(1,) * len(goods), goods=np.stack(goods))


def _parts(order: SplitOrder) -> list[Int64s]:
    """Return the lines, or their parts, each as units by need."""
    rows = np.eye(len(order.units), dtype=np.int64)
    parts = []
    for need, units in enumerate(order.units):
        left = units
        for stock in sorted(order.stock[need].tolist(), reverse=True)[: order.limits.most_shipments]:
            if left and stock:
                parts.append(rows[need] * min(left, stock))
                left -= min(left, stock)
        if left:
            parts.append(rows[need] * left)
    return parts
