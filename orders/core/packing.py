"""How an order travels in the queue: two byte strings that numpy reads without a loop.

The head has one fixed layout, so that the heads of a batch joined together are one structured array; the lines of an order
are its needs, one entry per SKU in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

HEAD = np.dtype(
    [
        ("order_id", "<i8"),
        ("seller_id", "<i8"),
        ("store_id", "<i8"),
        ("value_minor", "<i8"),
        ("lat", "<f8"),
        ("lon", "<f8"),
        ("placed_at", "<i8"),
        ("promised_date", "<i4"),
        ("residential", "u1"),
        ("retried", "u1"),
        ("country", "S2"),
        ("state_code", "S40"),
        ("postcode", "S10"),
        ("currency", "S3"),
        ("platform", "S32"),
        ("service_level", "S32"),
    ]
)
"""`placed_at` in seconds and `promised_date` in days since 1970-01-01 UTC (0: none promised); unknown coordinates are NaN;
`retried` is 1 for an order that was an exception before."""

NEED = np.dtype([("sku_id", "<i8"), ("units", "<i4")])

Int64s = npt.NDArray[np.int64]
Heads = npt.NDArray[Any]
Needs = npt.NDArray[Any]


def merge_needs(lines: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return (sku_id, units) with the lines of one SKU added up, in the order of the SKU ids."""
    units_of: dict[int, int] = {}
    for sku_id, units in lines:
        units_of[sku_id] = units_of.get(sku_id, 0) + units
    return sorted(units_of.items())


def pack_needs(lines: Iterable[tuple[int, int]]) -> bytes:
    """Return the packed needs of one order from its (sku_id, units) lines."""
    return np.array(merge_needs(lines), dtype=NEED).tobytes()


def unpack_heads(packed: Sequence[bytes]) -> Heads:
    """Return a structured array of one HEAD per order."""
    return np.frombuffer(b"".join(packed), dtype=HEAD)


def unpack_needs(packed: Sequence[bytes]) -> tuple[Needs, npt.NDArray[np.int64]]:
    """Return all needs in one structured array, and the number of needs of each order."""
    counts = np.fromiter((len(lines) for lines in packed), dtype=np.int64, count=len(packed)) // NEED.itemsize
    return np.frombuffer(b"".join(packed), dtype=NEED), counts


def pack_needs_of_many(*, orders: int, positions: Int64s, sku_ids: Int64s, units: Int64s) -> list[bytes]:
    """Return the packed needs of each of `orders` orders; line i belongs to the order at `positions[i]`."""
    sequence = np.lexsort((sku_ids, positions))
    positions, sku_ids, units = positions[sequence], sku_ids[sequence], units[sequence]
    starts = np.flatnonzero(np.diff(positions, prepend=-1) | np.diff(sku_ids, prepend=-1))
    needs = np.empty(len(starts), dtype=NEED)
    needs["sku_id"] = sku_ids[starts]
    needs["units"] = np.add.reduceat(units, starts) if len(starts) else 0
    ends = np.cumsum(np.bincount(positions[starts], minlength=orders)) * NEED.itemsize
    packed = needs.tobytes()
    return [packed[begin:end] for begin, end in pairwise([0, *ends.tolist()])]


def pack_heads(heads: Heads) -> list[bytes]:
    """Return one byte string per head."""
    packed, size = heads.tobytes(), HEAD.itemsize
    return [packed[begin : begin + size] for begin in range(0, len(packed), size)]


def fit_text(text: str, column: str) -> bytes:
    """Return the text in UTF-8, cut between characters to what the column of HEAD holds."""
    packed = text.encode()
    most = HEAD[column].itemsize
    return packed if len(packed) <= most else packed[:most].decode(errors="ignore").encode()
