"""The parcels that can be made of an order's goods, numbered: so many units of each need in one parcel.

A need of u units gives u + 1 choices, so the contents of a parcel are the digits of a number in a mixed base. The digits of
two parcels that together stay within the order add up without a carry: numbers of contents are added and subtracted as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lattice:
    """`contents[i]` are the units of each need in parcel number i: 0 is the empty parcel, the last one is the whole order."""

    units: tuple[int, ...]
    contents: Int64s

    def __len__(self) -> int:
        return len(self.contents)

    def within(self, number: int) -> Int64s:
        """Return the numbers of the contents that are part of these."""
        return np.flatnonzero((self.contents <= self.contents[number]).all(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sums:
    """Every way in which two contents add up to a third: `first` + `second`; those of one sum stand together from `starts` on."""

    first: Int32s
    second: Int32s
    starts: Int64s


def contents_of(units: tuple[int, ...]) -> int:
    """Return how many different contents such an order has."""
    return prod(most + 1 for most in units)


def sums_of(units: tuple[int, ...]) -> int:
    """Return in how many ways two contents of such an order add up to a third."""
    return prod((most + 1) * (most + 2) // 2 for most in units)


@lru_cache(maxsize=16)
def lattice_of(units: tuple[int, ...]) -> Lattice:
    """Return the contents of an order of so many units of each need, in the order of their numbers."""
    contents = np.indices([most + 1 for most in units]).reshape(len(units), -1).T
    return Lattice(units=units, contents=np.ascontiguousarray(contents, dtype=np.int64))


@lru_cache(maxsize=8)
def all_sums(units: tuple[int, ...]) -> Sums:
    """Return the sums of such an order's contents, in the order of the sum's number."""
    first = second = np.zeros(1, dtype=np.int64)
    for most in units:
        a, b = np.nonzero(np.add.outer(np.arange(most + 1), np.arange(most + 1)) <= most)
        first = (first[:, None] * (most + 1) + a).ravel()
        second = (second[:, None] * (most + 1) + b).ravel()
    order = np.lexsort((first, first + second))
    total = (first + second)[order]
    # In four bytes: a few of the largest stay in memory.
    return Sums(
        first=first[order].astype(np.int32), second=second[order].astype(np.int32), starts=np.flatnonzero(np.diff(total, prepend=-1))
    )
