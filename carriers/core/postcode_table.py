"""Look up what a list of postcodes, beginnings and ranges says, for one address or thousands.

A table has columns (one per origin of a zone chart; one in all for a list of areas). Within a
column the most specific entry wins: a whole postcode over a range, a range over a beginning, a
longer beginning over a shorter one, any of them over the country's default. The order in which
entries were added says nothing.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carriers.core.documents import ANYWHERE
from carriers.core.postcodes import (
    DISTRICT,
    PostcodeArray,
    british_districts,
    entry_level,
    level_key,
    level_keys,
)
from wms.values.postcodes import BRITISH, LONGEST_POSTCODE, POSTAL_PARENT

UNSET: Final = -32_768
RANGE_SIGN: Final = ".."
# One address is asked about from many origins in a row; those asked before are looked up again.
MOST_REMEMBERED_ADDRESSES: Final = 1_024

Values = NDArray[np.int16]
Columns = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """The ranges of one column at one level; they do not overlap."""

    column: int
    firsts: PostcodeArray
    lasts: PostcodeArray
    values: Values


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """All entries of one country at one level, sorted by text."""

    level: int
    texts: PostcodeArray
    values: Values  # one row a text, one column a column of the table
    ranges: tuple[Ranges, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CountryEntries:
    """All that a table says of one country, most specific level first."""

    default: Values
    fallback: Values  # the default, and where there is none that of any country
    levels: tuple[Level, ...]


class Stand(NamedTuple):
    """Where an address stands at a level: its key, and the row of the text that is equal to it, -1 if none is."""

    level: Level
    key: bytes
    row: int


@dataclass(frozen=True, slots=True, eq=False)
class PostcodeTable:
    """Entries by country; about 15 bytes a postcode."""

    columns: int
    countries: dict[str, CountryEntries]
    anywhere: Values
    _stands: dict[tuple[str, str], tuple[tuple[Stand, ...], Values]] = field(default_factory=dict, init=False, repr=False)

    def find(self, *, column: int, country: str, postcode: str) -> int:
        """Return the value of the most specific entry, or UNSET."""
        address = (country, postcode)
        held = self._stands.get(address)
        if held is None:
            held = self._remember(address)
        stands, default = held
        for level, key, row in stands:
            value = level.values.item(row, column) if row >= 0 else UNSET
            if value == UNSET and level.ranges:
                value = _in_ranges(level.ranges, key, column)
            if value != UNSET:
                return value
        return default.item(column)

    def find_batch(self, *, columns: Columns, countries: PostcodeArray, postcodes: PostcodeArray) -> Values:
        """Return what `find` gives, for each address (rows) and each of the columns."""
        found = np.full((len(countries), len(columns)), UNSET, dtype=np.int16)
        for code in np.unique(countries):
            rows = np.flatnonzero(countries == code)
            country = code.decode("ascii")
            entries, own = self._entries_of(country)
            if entries is None:
                continue
            part = np.full((len(rows), len(columns)), UNSET, dtype=np.int16)
            for level in entries.levels:
                keys = level_keys(country, postcodes[rows], level.level)
                _fill_level(part, level, keys, columns)
            if own:
                part = np.where(part == UNSET, entries.default[columns], part)
            found[rows] = part
        return np.where(found == UNSET, self.anywhere[columns], found)

    def find_all(self, *, countries: PostcodeArray, postcodes: PostcodeArray) -> Values:
        """Return what `find` gives for each address, in a table of one column."""
        return self.find_batch(columns=np.zeros(1, dtype=np.intp), countries=countries, postcodes=postcodes)[:, 0]

    @property
    def size(self) -> int:
        """Return how many postcodes, beginnings, ranges and defaults the table has in all columns."""
        return sum(1 for column in range(self.columns) for _entry in self.entries(column))

    def entries(self, column: int) -> Iterator[tuple[str, str, int]]:
        """Yield (country, text, value) of each entry of a column; the text "" is a default."""
        for country, entries in self.countries.items():
            for level in entries.levels:
                yield from _texts_of(country, level, column)
            if entries.default[column] != UNSET:
                yield country, "", int(entries.default[column])
        if self.anywhere[column] != UNSET:
            yield ANYWHERE, "", int(self.anywhere[column])

    def _remember(self, address: tuple[str, str]) -> tuple[tuple[Stand, ...], Values]:
        """Return where an address stands, and what holds for it where no entry does."""
        country, postcode = address
        entries, own = self._entries_of(country)
        stands = () if entries is None else tuple(_stands(entries.levels, country, postcode))
        default = entries.fallback if entries is not None and own else self.anywhere
        if len(self._stands) >= MOST_REMEMBERED_ADDRESSES:
            self._stands.clear()
        self._stands[address] = (stands, default)
        return stands, default

    def _entries_of(self, country: str) -> tuple[CountryEntries | None, bool]:
        """Return the country's entries, or those of the post office that serves it, and if own.

        Puerto Rico's ZIP codes stand in the list of the US; the default of the US is not theirs.
        """
        own = self.countries.get(country)
        if own is not None:
            return own, True
        return self.countries.get(POSTAL_PARENT.get(country, "")), False


def _stands(levels: Sequence[Level], country: str, postcode: str) -> Iterator[Stand]:
    """Yield where an address stands, at the levels that it and the table have in common."""
    for level in levels:
        key = level_key(country, postcode, level.level).encode("ascii")
        if not key:
            continue
        at = int(level.texts.searchsorted(key)) if len(level.texts) else 0
        is_listed = at < len(level.texts) and level.texts[at] == key
        if is_listed or level.ranges:
            yield Stand(level, key, at if is_listed else -1)


def _in_ranges(several: Sequence[Ranges], key: bytes, column: int) -> int:
    for ranges in several:
        if ranges.column != column:
            continue
        at = int(ranges.firsts.searchsorted(key, side="right")) - 1
        if at >= 0 and ranges.lasts[at] >= key:
            return int(ranges.values[at])
    return UNSET


def _fill_level(part: Values, level: Level, keys: PostcodeArray, columns: Columns) -> None:
    """Write the level's values into the cells of `part` that nothing more specific has set."""
    has_key = keys != b""
    if len(level.texts):
        at = np.minimum(np.searchsorted(level.texts, keys), len(level.texts) - 1)
        hit = np.flatnonzero(has_key & (level.texts[at] == keys))
        values = level.values[at[hit][:, None], columns]
        part[hit] = np.where(part[hit] == UNSET, values, part[hit])
    for ranges in level.ranges:
        at = np.searchsorted(ranges.firsts, keys, side="right") - 1
        hit = np.flatnonzero(has_key & (at >= 0) & (ranges.lasts[at] >= keys))
        for column in np.flatnonzero(columns == ranges.column):
            values = ranges.values[at[hit]]
            part[hit, column] = np.where(part[hit, column] == UNSET, values, part[hit, column])


def _texts_of(country: str, level: Level, column: int) -> Iterator[tuple[str, str, int]]:
    for text, value in zip(level.texts, level.values[:, column], strict=True):
        if value != UNSET:
            yield country, text.decode("ascii"), int(value)
    for ranges in level.ranges:
        if ranges.column != column:
            continue
        for first, last, value in zip(ranges.firsts, ranges.lasts, ranges.values, strict=True):
            text = f"{first.decode('ascii')}{RANGE_SIGN}{last.decode('ascii')}"
            yield country, text, int(value)


type Key = tuple[int, bytes]
"""The level and the text of an entry that is no range."""


class PostcodeConflictError(ValueError):
    """Two entries of one specificity say different things of one postcode."""


class PostcodeTableBuilder:
    """Collect entries in any order, then build the table."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._defaults: dict[tuple[str, int], int] = {}
        self._keys: dict[str, dict[str, Key]] = {}
        self._texts: dict[tuple[str, int], dict[Key, int]] = {}
        self._ranges: dict[tuple[str, int], dict[int, list[tuple[bytes, bytes, int]]]] = {}

    def set_default(self, *, column: int, country: str, value: int) -> None:
        """Say what holds for a country (or ANYWHERE) where nothing more specific does."""
        if self._defaults.setdefault((country, column), value) != value:
            raise PostcodeConflictError(country)

    def add(self, *, column: int, country: str, entry: str, value: int) -> None:
        """Add a postcode, a beginning ("240", "SE1") or a range ("09000..09999").

        Raises PostcodeConflictError, or ValueError for what cannot be part of a postcode.
        """
        first, sign, last = entry.partition(RANGE_SIGN)
        level, text = entry_level(country, first)
        if not sign:
            self._add_text(column, country, level, text, value)
            return
        last_level, last_text = entry_level(country, last)
        if country in BRITISH:
            for district in british_districts(text, last_text):
                self._add_text(column, country, DISTRICT, district, value)
            return
        if level != last_level or last_text < text:
            raise ValueError(f"not a range of postcodes: {entry!r}")
        ranges = self._ranges.setdefault((country, level), {}).setdefault(column, [])
        ranges.append((text.encode("ascii"), last_text.encode("ascii"), value))

    def add_all(self, *, column: int, country: str, entries: Iterable[str], value: int) -> None:
        """Do what `add` does for each of the entries."""
        listed = tuple(entries)
        known = self._keys.setdefault(country, {})
        try:
            keys = [known[entry] for entry in listed]
        except KeyError:
            keys = self._read_keys(column, country, listed, value)
        self._add_keys(column, country, keys, value)

    def _read_keys(self, column: int, country: str, entries: Iterable[str], value: int) -> list[Key]:
        """Add the ranges among the entries; return the keys of the others, which are known from then on."""
        known, keys = self._keys[country], []
        for entry in entries:
            if RANGE_SIGN in entry:
                self.add(column=column, country=country, entry=entry, value=value)
            else:
                known[entry] = _entry_key(country, entry)
                keys.append(known[entry])
        return keys

    def _add_keys(self, column: int, country: str, keys: Iterable[Key], value: int) -> None:
        held = self._texts.setdefault((country, column), {})
        new = dict.fromkeys(keys, value)
        if not held.keys().isdisjoint(new):
            for key, other in new.items():
                if held.get(key, value) != other:
                    raise PostcodeConflictError(key[1].decode("ascii"))
        held |= new

    def _add_text(self, column: int, country: str, level: int, text: str, value: int) -> None:
        self._add_keys(column, country, [(level, text.encode("ascii"))], value)

    def build(self) -> PostcodeTable:
        """Return the table; raises PostcodeConflictError for ranges that overlap and differ."""
        named = {country for country, _ in (*self._defaults, *self._texts, *self._ranges)}
        anywhere = self._default_row(ANYWHERE)
        countries = {}
        for country in sorted(named - {ANYWHERE}):
            default = self._default_row(country)
            countries[country] = CountryEntries(default, np.where(default == UNSET, anywhere, default), self._levels(country))
        return PostcodeTable(self._columns, countries, anywhere)

    def _default_row(self, country: str) -> Values:
        row = [self._defaults.get((country, column), UNSET) for column in range(self._columns)]
        return np.array(row, dtype=np.int16)

    def _levels(self, country: str) -> tuple[Level, ...]:
        by_column = {column: held for (code, column), held in self._texts.items() if code == country}
        keys = sorted({key for held in by_column.values() for key in held})
        row = {key: place for place, key in enumerate(keys)}
        values = np.full((len(keys), self._columns), UNSET, dtype=np.int16)
        for column, held in by_column.items():
            values[[row[key] for key in held], column] = list(held.values())
        numbers = {level for level, _ in keys} | {level for code, level in self._ranges if code == country}
        return tuple(self._level(country, level, keys, values) for level in sorted(numbers, reverse=True))

    def _level(self, country: str, level: int, keys: Sequence[Key], values: Values) -> Level:
        """Return one level of the country's keys, which are sorted, and of the values that stand in their rows."""
        rows = slice(bisect_left(keys, (level, b"")), bisect_left(keys, (level + 1, b"")))
        texts = np.array([text for _, text in keys[rows]], dtype=f"S{LONGEST_POSTCODE}")
        by_column = sorted(self._ranges.get((country, level), {}).items())
        ranges = tuple(_merged_ranges(column, ranges) for column, ranges in by_column)
        return Level(level, texts, values[rows], ranges)


@lru_cache(maxsize=1 << 14)
def _entry_key(country: str, entry: str) -> Key:
    """Return the level and text of an entry that is no range; carriers list the same ones for every origin."""
    level, text = entry_level(country, entry)
    return level, text.encode("ascii")


def _merged_ranges(column: int, rows: list[tuple[bytes, bytes, int]]) -> Ranges:
    """Sort the ranges of a column and join those that overlap and say the same."""
    merged: list[tuple[bytes, bytes, int]] = []
    for first, last, value in sorted(rows):
        if not merged or first > merged[-1][1]:
            merged.append((first, last, value))
            continue
        if merged[-1][2] != value:
            raise PostcodeConflictError(f"{first.decode()}{RANGE_SIGN}{last.decode()}")
        merged[-1] = (merged[-1][0], max(last, merged[-1][1]), value)
    texts = f"S{LONGEST_POSTCODE}"
    return Ranges(
        column,
        np.array([first for first, _, _ in merged], dtype=texts),
        np.array([last for _, last, _ in merged], dtype=texts),
        np.array([value for _, _, value in merged], dtype=np.int16),
    )
