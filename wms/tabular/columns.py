"""Which column of a file is which: by the names that people use, or by a mapping of theirs."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.utils.functional import Promise

from wms.tabular.cells import Reader, refuse_unreadable
from wms.tabular.errors import (
    CellFault,
    CellMissing,
    ColumnsMissing,
    ColumnTwice,
    MappedColumnMissing,
    MappingNamesUnknown,
    MappingUnreadable,
    RowTooWide,
)

# Countries, days and quantities repeat from row to row.
REMEMBERED_CELLS: Final = 1_024
NOT_LETTERS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column that an import knows: its name in mappings, its other names, and how its cells are read.

    `units` are words that may follow the name in a header ("Weight (lb)"), each with the unit it stands for. A column that
    repeats may stand in a file any number of times: each place has a value of its own (`Layout.names_of`).
    """

    name: str
    label: str | Promise
    read: Reader
    aliases: tuple[str, ...] = ()
    required: bool = False
    repeats: bool = False
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What a mapping file says: headers by column name, constant values, and how the file is to be opened.

    Where rows go on, a row that names nothing of its own belongs to the row above it.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    sheet: str | None = None
    moment_pattern: str | None = None
    rows_go_on: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell's fault, under the header as the file writes it ("" for the row as a whole)."""

    column: str
    error: CellFault


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column stands in the file, the name that its values go by, and what a blank cell of it means."""

    column: Column
    name: str
    index: int | None
    header: str
    default: Any
    read: Reader


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where in this file each column stands."""

    names: tuple[str, ...]
    filled: tuple[Place, ...]
    units: Mapping[str, str]
    extra: tuple[str, ...]
    width: int

    def header_of(self, name: str) -> str:
        """Return the file's own header of a column, or the column's name."""
        return next((place.header for place in self.filled if place.name == name), name)

    def names_of(self, column: str) -> tuple[str, ...]:
        """Return the names that the values of a column go by, in the file's order: several where it repeats."""
        return tuple(place.name for place in self.filled if place.column.name == column)

    def has(self, name: str) -> bool:
        """Return whether the file (or the mapping) gives values for the column."""
        return any(place.column.name == name for place in self.filled)

    def read(self, cells: Sequence[str]) -> tuple[dict[str, Any], list[Fault]]:
        """Return the values by column name (None where a cell is blank), and what is wrong with the row."""
        values = dict.fromkeys(self.names)
        faults: list[Fault] = []
        if len(cells) > self.width and any(cells[self.width :]):
            faults.append(Fault("", RowTooWide(cells=len(cells), columns=self.width)))
        for place in self.filled:
            try:
                values[place.name] = _read_cell(place, cells)
            except CellFault as fault:
                faults.append(Fault(place.header, fault))
        return values, faults


def _read_cell(place: Place, cells: Sequence[str]) -> Any:
    index = place.index
    cell = cells[index].strip() if index is not None and index < len(cells) else ""
    if cell:
        return place.read(cell)
    if place.default is None and place.column.required:
        raise CellMissing
    return place.default


def read_mapping(path: Path | None) -> ColumnMapping:
    """Return what the TOML file says: tables [columns], [defaults] and [options]. Raises MappingUnreadable."""
    if path is None:
        return ColumnMapping()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise MappingUnreadable(path=str(path), cause=str(fault)) from fault
    tables = {name: document.pop(name, {}) for name in ("columns", "defaults", "options")}
    for name, table in (*tables.items(), *((name, None) for name in document)):
        if not isinstance(table, dict) or not all(isinstance(value, str | int | bool) for value in table.values()):
            raise MappingUnreadable(path=str(path), cause=f"[{name}]")
    options = {name: str(value) for name, value in tables["options"].items()}
    if unknown := options.keys() - {"encoding", "sheet", "moment_pattern"}:
        raise MappingUnreadable(path=str(path), cause=f"[options] {', '.join(sorted(unknown))}")
    return ColumnMapping(
        {name: str(value) for name, value in tables["columns"].items()},
        {name: str(value) for name, value in tables["defaults"].items()},
        options.get("encoding"),
        options.get("sheet"),
        options.get("moment_pattern"),
    )


def lay_out(header: Sequence[str], columns: Sequence[Column], mapping: ColumnMapping) -> Layout:
    """Find each column in the header. Raises a FileFault that names what is missing or there twice."""
    _refuse_unknown_names(columns, mapping)
    by_header: dict[str, list[int]] = {}
    for index, name in enumerate(header):
        by_header.setdefault(plain_name(name), []).append(index)
    units: dict[str, str] = {}
    places = tuple(place for column in columns for place in _places_of(column, header, by_header, mapping, units))
    missing = [str(place.column.label) for place in places if place.column.required and place.index is None and place.default is None]
    if missing:
        raise ColumnsMissing(missing=", ".join(missing), found=_listed(header))
    taken = {place.index for place in places}
    extra = tuple(name for index, name in enumerate(header) if index not in taken and name)
    filled = tuple(place for place in places if place.index is not None or place.default is not None)
    return Layout(tuple(place.name for place in places), filled, units, extra, len(header))


def plain_name(header: str) -> str:
    """Return a header without case, blanks, punctuation and full-width forms."""
    return NOT_LETTERS.sub("", unicodedata.normalize("NFKC", header).casefold())


def _refuse_unknown_names(columns: Sequence[Column], mapping: ColumnMapping) -> None:
    known = [column.name for column in columns]
    for name in (*mapping.headers, *mapping.defaults):
        if name not in known:
            raise MappingNamesUnknown(name=name, known=", ".join(known))


def _places_of(
    column: Column,
    header: Sequence[str],
    by_header: dict[str, list[int]],
    mapping: ColumnMapping,
    units: dict[str, str],
) -> list[Place]:
    default = mapping.defaults.get(column.name)
    value = None if default is None else column.read(default)
    mapped = mapping.headers.get(column.name)
    if mapped is not None:
        indices = by_header.get(plain_name(mapped), [])
        if not indices:
            raise MappedColumnMissing(header=mapped, found=_listed(header))
        names: Iterable[tuple[str, str | None]] = [(plain_name(mapped), None)]
    else:
        given = {plain_name(header) for header in mapping.headers.values()}
        names = [(name, unit) for name, unit in _known_names(column) if name not in given]
    found = [(index, unit) for name, unit in names for index in by_header.get(name, [])]
    if not found:
        return [Place(column, column.name, None, column.name, value, column.read)]
    if column.repeats:
        read = _remembering(column.read)
        return [
            Place(column, f"{column.name}#{number}", index, f"{header[index]} ({number})" if len(found) > 1 else header[index], value, read)
            for number, (index, _unit) in enumerate(found, start=1)
        ]
    if len(found) > 1:
        raise ColumnTwice(first=header[found[0][0]], second=header[found[1][0]], column=str(column.label))
    index, unit = found[0]
    if unit:
        units[column.name] = unit
    return [Place(column, column.name, index, header[index], value, _remembering(column.read))]


def _remembering(read: Reader) -> Reader:
    """Return a reader that also refuses what is no value, and knows the cells it has read lately."""

    @lru_cache(maxsize=REMEMBERED_CELLS)
    def read_once(cell: str) -> Any:
        refuse_unreadable(cell)
        return read(cell)

    return read_once


def _known_names(column: Column) -> list[tuple[str, str | None]]:
    names = dict.fromkeys(plain_name(name) for name in (column.name, *column.aliases))
    plain: list[tuple[str, str | None]] = [(name, None) for name in names]
    return plain + [(name + plain_name(word), unit) for name in names for word, unit in column.units.items() if plain_name(word)]


def _listed(header: Sequence[str]) -> str:
    return ", ".join(name or "–" for name in header[:30])
