"""Sets of a batch's orders as the bits of one number, by what the orders are: bit k stands for the order in row k.

A thousand orders are 125 bytes, so that a condition is looked up, and a rule decided by a few ANDs and ORs of machine words,
whatever the number of orders. Each index is built when the first condition asks for it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import or_

import numpy as np
import numpy.typing as npt

from allocation.core.rules.marks import Mark
from allocation.core.rules.matching import week_time
from allocation.core.rules.postcodes import WHOLE
from carriers.core.postcodes import level_keys
from orders.core.packing import Heads

Int64s = npt.NDArray[np.int64]
type Bits = int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderColumns:
    """What rules read of a batch: `heads` one row an order; need i asks for SKU sku_id[i] and belongs to order owner[i].

    `reviewed` says which orders a person has reviewed; `mark_mask` has the bits of what an order's goods bear, `mark_bits`
    says which mark is which bit.
    """

    heads: Heads
    sku_id: Int64s
    owner: Int64s
    units: Int64s
    weight_mg: Int64s
    reviewed: npt.NDArray[np.bool_]
    mark_mask: Int64s
    mark_bits: Mapping[Mark, int]


class Ordered:
    """Orders sorted by something, so that those between two bounds are the difference of two prefixes."""

    def __init__(self, keys: Iterable[tuple[int | str, int]]) -> None:
        held = sorted(keys)
        self._keys = [key for key, _ in held]
        self._upto = list(accumulate((1 << row for _, row in held), or_, initial=0))

    def between(self, least: int | str | None, most: int | str | None) -> Bits:
        """Return the orders from `least` to `most`, both included; None is open."""
        begin = 0 if least is None else bisect_left(self._keys, least)
        end = len(self._keys) if most is None else bisect_right(self._keys, most)
        return self._upto[end] & ~self._upto[begin] if begin < end else 0


class OrderSets:
    """The orders of one batch, by every trait that rules read."""

    def __init__(self, columns: OrderColumns) -> None:
        self._columns = columns
        self._orders = len(columns.heads)
        self._words: dict[str, dict[int | str, Bits]] = {}
        self._levels: dict[tuple[str, int], Ordered] = {}
        self._values: dict[str, Ordered] = {}
        self._weeks: dict[str, tuple[dict[int | str, Bits], Ordered]] = {}

    @property
    def everyone(self) -> Bits:
        """Return all orders."""
        return (1 << self._orders) - 1

    def by_id(self, column: str) -> Mapping[int | str, Bits]:
        """Return the orders by a number of their heads."""
        return self._grouped(column, self._columns.heads[column].tolist)

    def by_word(self, column: str) -> Mapping[int | str, Bits]:
        """Return the orders by a casefolded text of their heads."""
        return self._grouped(column, lambda: (text.decode().casefold() for text in self._columns.heads[column].tolist()))

    def by_code(self, column: str) -> Mapping[int | str, Bits]:
        """Return the orders by a text of their heads as it stands."""
        return self._grouped(column, lambda: (text.decode() for text in self._columns.heads[column].tolist()))

    def _grouped(self, column: str, read: Callable[[], Iterable[int | str]]) -> dict[int | str, Bits]:
        if column not in self._words:
            self._words[column] = _by_value(enumerate(read()))
        return self._words[column]

    @cached_property
    def by_sku(self) -> Mapping[int | str, Bits]:
        """Return the orders by each SKU that they need."""
        return _by_value(zip(self._columns.owner.tolist(), self._columns.sku_id.tolist(), strict=True))

    @cached_property
    def by_units(self) -> Ordered:
        """Return the orders by the number of their units."""
        return self._sorted(self._columns.units)

    @cached_property
    def by_weight(self) -> Ordered:
        """Return the orders by their weight."""
        return self._sorted(self._columns.weight_mg)

    @cached_property
    def by_placing(self) -> Ordered:
        """Return the orders by the second in which they were placed."""
        return self._sorted(self._columns.heads["placed_at"])

    def by_value(self, currency: str) -> Ordered:
        """Return the orders of one currency by their value."""
        if currency not in self._values:
            rows = np.flatnonzero(self._columns.heads["currency"] == currency.encode())
            values = self._columns.heads["value_minor"][rows]
            self._values[currency] = Ordered(zip(values.tolist(), rows.tolist(), strict=True))
        return self._values[currency]

    def by_week(self, timezone: str) -> tuple[Mapping[int | str, Bits], Ordered]:
        """Return the orders by the day of the week, and by the minute of the day, of their placing."""
        if timezone not in self._weeks:
            times = [week_time(placed_at, timezone) for placed_at in self._columns.heads["placed_at"].tolist()]
            days = _by_value((row, day) for row, (day, _) in enumerate(times))
            self._weeks[timezone] = days, Ordered((minute, row) for row, (_, minute) in enumerate(times))
        return self._weeks[timezone]

    def by_postcode(self, country: str, level: int) -> Ordered:
        """Return the orders of one country by the part of their postcode at a level."""
        if (country, level) not in self._levels:
            self._levels[country, level] = Ordered(self._parts(country, level))
        return self._levels[country, level]

    def _parts(self, country: str, level: int) -> Iterator[tuple[str, int]]:
        rows = np.flatnonzero(self._columns.heads["country"] == country.encode())
        postcodes = self._columns.heads["postcode"][rows]
        parts = postcodes if level == WHOLE else level_keys(country, postcodes, level)
        return ((part.decode(), row) for part, row in zip(parts.tolist(), rows.tolist(), strict=True) if part)

    def bearing(self, mark: Mark) -> Bits:
        """Return the orders whose goods bear the mark."""
        return self._bearing.get(mark, 0)

    @cached_property
    def _bearing(self) -> dict[Mark, Bits]:
        masks = self._columns.mark_mask
        return {mark: bits_of(masks >> bit & 1) for mark, bit in self._columns.mark_bits.items()}

    def _sorted(self, numbers: Int64s) -> Ordered:
        return Ordered(zip(numbers.tolist(), range(self._orders), strict=True))


def rows_of(bits: Bits) -> Iterator[int]:
    """Yield the rows whose bits are set, from the lowest."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def union(sets: Mapping[int | str, Bits], values: Iterable[int | str]) -> Bits:
    """Return the orders that have any of the values."""
    found = 0
    for value in values:
        found |= sets.get(value, 0)
    return found


def _by_value(pairs: Iterable[tuple[int, int | str]]) -> dict[int | str, Bits]:
    found: dict[int | str, Bits] = {}
    for row, value in pairs:
        found[value] = found.get(value, 0) | 1 << row
    return found


def bits_of(flags: Int64s | npt.NDArray[np.bool_]) -> Bits:
    """Return the rows whose flag is set."""
    return int.from_bytes(np.packbits(flags.astype(np.bool_), bitorder="little").tobytes(), "little")
