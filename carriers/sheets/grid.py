"""A sheet as rows of text, and the columns that its header names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from carriers.sheets.columns import BESIDE_ZONES
from carriers.sheets.faults import (
    CardFault,
    CellsMerged,
    ColumnNeeded,
    ColumnRepeated,
    ColumnUnknown,
    Faults,
    LabelMissing,
    Spot,
    WordUnknown,
    column_letters,
)
from carriers.sheets.vocabulary import NOTE, Field, Words, says_nothing, truth_of
from wms.errors import DomainError
from wms.tabular.cells import day, refuse_unreadable, shown
from wms.tabular.columns import plain_name
from wms.tabular.errors import CellFault, CellMissing, RowTooWide

EXPLICIT_ZONE: Final = re.compile(r"(?:zone|分区)\s*[:：]\s*(.+)", re.IGNORECASE | re.DOTALL)
PREFIXED_ZONE: Final = re.compile(r"(?:zone|分区|区)[\s_#-]*([^\s_#-].*)", re.IGNORECASE | re.DOTALL)
SUFFIXED_ZONE: Final = re.compile(r"(\S+)\s*区")

type Row = tuple[int, list[str] | CellFault]
type UnitOfHeader = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet as it was read: its name, its numbered rows that are not blank, and which of its cells are merged."""

    name: str
    rows: Sequence[Row]
    merged: tuple[str, ...] = ()


def zone_of(text: str) -> str:
    """Return the zone that a header or a cell names: "5" of "Zone 5", "zone5", "5区" and "5"; all behind "zone:" as it stands."""
    text = text.strip()
    explicit = EXPLICIT_ZONE.fullmatch(text)
    if explicit:
        return explicit[1]
    found = PREFIXED_ZONE.fullmatch(text) or SUFFIXED_ZONE.fullmatch(text)
    return found[1] if found else text


def zone_text(zone: str) -> str:
    """Return what names the zone in a sheet: itself, unless that would be read as something else."""
    is_clear = zone_of(zone) == zone and plain_name(zone) not in BESIDE_ZONES and not says_nothing(zone)
    return zone if is_clear and plain_name(zone) else f"zone: {zone}"


@dataclass(slots=True, eq=False)
class Table:
    """A sheet whose columns were found. A sheet with `zones` has a column for each zone besides its own."""

    grid: Grid
    faults: Faults
    columns: dict[str, int] = field(default_factory=dict)
    headers: list[str] = field(default_factory=list)
    zones: list[str] = field(default_factory=list)
    zone_columns: list[int] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    _header_line: int = 1

    def has(self, name: str) -> bool:
        """Return whether the sheet has the column."""
        return name in self.columns

    def spot(self, line: int, column: int | None = None) -> Spot:
        """Return a place in this sheet."""
        return Spot(sheet=self.grid.name, line=line, column=column)

    def header_spot(self, column: int | None = None) -> Spot:
        """Return a place in the header."""
        return self.spot(self._header_line, column)

    def rows(self) -> Iterator[TableRow]:
        """Yield the rows below the header that can be read."""
        width = len(self.headers)
        for line, cells in self.grid.rows[1:]:
            if isinstance(cells, CellFault):
                self.faults.add(self.spot(line), cells)
            elif len(cells) > width and any(cells[width:]):
                self.faults.add(self.spot(line), RowTooWide(cells=len(cells), columns=width))
            else:
                yield TableRow(self, line, self._readable(line, cells))

    def _readable(self, line: int, cells: Sequence[str]) -> list[str]:
        """Return the cells, blank where one holds a formula or a spreadsheet's error, which is noted."""
        found = [cell.strip() for cell in cells]
        for column, cell in enumerate(found):
            if cell and cell[0] in "=#":
                try:
                    refuse_unreadable(cell)
                except CellFault as fault:
                    self.faults.add(self.spot(line, column), fault)
                    found[column] = ""
        return found


@dataclass(slots=True, eq=False)
class TableRow:
    """One row below the header."""

    table: Table
    line: int
    cells: list[str]

    def at(self, column: int) -> str:
        """Return the text of a cell by its place, "" where it is blank."""
        return self.cells[column] if column < len(self.cells) else ""

    def text(self, name: str) -> str:
        """Return the text of a cell by its column, "" where it is blank or the sheet has no such column."""
        column = self.table.columns.get(name)
        return "" if column is None else self.at(column)

    def needed(self, name: str) -> str:
        """Return the text of a cell that must not be blank; notes it if it is."""
        text = self.text(name)
        if not text and not self.table.faults.has(self.spot(name)):
            self.refuse(name, CellMissing())
        return text

    def spot(self, name: str | None = None) -> Spot:
        """Return where the cell of a column is, or the row."""
        return self.table.spot(self.line, None if name is None else self.table.columns.get(name))

    def refuse(self, name: str | None, error: DomainError) -> None:
        """Note what is wrong with a cell, or with the row."""
        self.table.faults.add(self.spot(name), error)

    def choice(self, name: str, words: Words) -> str:
        """Return the code of one of the words, "" where the cell is blank or wrong."""
        text = self.text(name)
        code = words.code_of(text) if text else ""
        if code is None:
            self.refuse(name, WordUnknown(value=shown(text), known=words.all_in("en") + ", " + words.all_in("zh")))
        return code or ""

    def flag(self, name: str) -> bool | None:
        """Return yes or no, None where the cell is blank or wrong."""
        text = self.text(name)
        truth = truth_of(text) if text else None
        if text and truth is None:
            self.refuse(name, CardFault("not_true_or_false", value=shown(text)))
        return truth

    def day(self, name: str) -> str:
        """Return a date as documents write it, "" where the cell is blank or wrong."""
        text = self.text(name)
        if not text:
            return ""
        try:
            return day(text).isoformat()
        except CellFault as fault:
            self.refuse(name, fault)
            return ""


def read_table(
    grid: Grid, fields: Sequence[Field], faults: Faults, *, zones: bool = False, unit_of: Mapping[str, UnitOfHeader] | None = None
) -> Table | None:
    """Return the sheet with its columns found, None where one that is needed is missing.

    `unit_of` reads the unit that the header of a column may name besides ("Weight (lb)").
    """
    table = Table(grid, faults)
    if not grid.rows:
        return table
    for cells in grid.merged:
        faults.add(_merged_spot(grid.name, cells), CellsMerged(cells=cells))
    line, header = grid.rows[0]
    table._header_line = line
    if isinstance(header, CellFault):
        faults.add(table.spot(line), header)
        return None
    table.headers = [cell.strip() for cell in header]
    names = {name: column.name for column in (*fields, Field(NOTE)) for name in column.word.names()}
    for column, text in enumerate(table.headers):
        _place(table, column, text, names, fields, zones=zones, unit_of=unit_of or {})
    missing = [column for column in fields if column.required and not table.has(column.name)]
    for needed in missing:
        faults.add(table.header_spot(), ColumnNeeded(column=f"{needed.word.text('en')} {needed.word.text('zh')}"))
    return None if missing else table


def _place(
    table: Table,
    column: int,
    text: str,
    names: Mapping[str, str],
    fields: Sequence[Field],
    *,
    zones: bool,
    unit_of: Mapping[str, UnitOfHeader],
) -> None:
    """Find out what one column is."""
    if not text:
        if zones and _is_filled(table.grid, column):
            table.faults.add(table.header_spot(column), LabelMissing())
        return
    name = names.get(plain_name(text)) if not EXPLICIT_ZONE.fullmatch(text) else None
    if name is None:
        name = _named_with_unit(table, text, unit_of)
    if name == NOTE.code:
        return
    if name is not None:
        _settle(table, column, name, table.columns)
    elif zones:
        _settle_zone(table, column, zone_of(text))
    elif _is_filled(table.grid, column):
        known = ", ".join(each.word.text("en") for each in fields)
        table.faults.add(table.header_spot(column), ColumnUnknown(header=shown(text), known=known))


def _named_with_unit(table: Table, text: str, unit_of: Mapping[str, UnitOfHeader]) -> str | None:
    for name, read in unit_of.items():
        unit = read(text)
        if unit and not table.has(name):
            table.units[name] = unit
            return name
    return None


def _settle(table: Table, column: int, name: str, columns: dict[str, int]) -> None:
    if name in columns:
        first = column_letters(columns[name])
        table.faults.add(table.header_spot(column), ColumnRepeated(first=first, column=name.replace("_", " ")))
        return
    columns[name] = column


def _settle_zone(table: Table, column: int, zone: str) -> None:
    if zone in table.zones:
        first = column_letters(table.zone_columns[table.zones.index(zone)])
        table.faults.add(table.header_spot(column), ColumnRepeated(first=first, column=zone))
        return
    table.zones.append(zone)
    table.zone_columns.append(column)


def _is_filled(grid: Grid, column: int) -> bool:
    return any(not isinstance(cells, CellFault) and column < len(cells) and cells[column].strip() for _line, cells in grid.rows[1:])


def _merged_spot(sheet: str, cells: str) -> Spot:
    match = re.match(r"([A-Z]+)([0-9]+)", cells)
    if match is None:
        return Spot(sheet=sheet)
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return Spot(sheet=sheet, line=int(match[2]), column=column - 1)
