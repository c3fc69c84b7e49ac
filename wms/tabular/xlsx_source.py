"""Read the sheets of an XLSX file as rows of text, in bounded memory.

A formula comes out as its text with "=" in front, a date in ISO form, a per cent with its sign, another number in at most 15
digits as Excel shows it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Final

from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from wms.tabular.errors import (
    CellFault,
    FileEmpty,
    FileNotTable,
    RowTooWide,
    WorkbookDamaged,
    WorkbookUnpacksTooLarge,
    WorkbookUnsafe,
)
from wms.tabular.workbook import (
    MOST_TEXT_CHARACTERS,
    NumberStyles,
    SharedTexts,
    Workbook,
    read_number_styles,
    read_shared_texts,
    read_workbook,
)
from wms.tabular.workbook_parts import check_sizes, parse_part

MOST_ROWS: Final = 1_048_576
MOST_COLUMNS: Final = 1_024
EXACT_DIGITS: Final = 15
HALF_A_SECOND: Final = timedelta(milliseconds=500)

type NumberedRow = tuple[int, list[str] | CellFault]


@dataclass(eq=False)
class XlsxSource:
    """A sheet whose header has been read."""

    description: str
    header: list[str]
    _rows: Iterator[NumberedRow]
    _progress: _Progress

    def share_read(self) -> float:
        """Return how much of the sheet has been read, 0 to 1."""
        return min(self._progress.read / self._progress.size, 1.0) if self._progress.size else 1.0

    def rows(self) -> Iterator[NumberedRow]:
        """Yield the rows below the header."""
        yield from self._rows


@dataclass(slots=True)
class _Progress:
    size: int
    read: int = 0


@contextmanager
def open_xlsx(path: Path, *, sheet: str | None = None) -> Iterator[XlsxSource]:
    """Open a sheet of a workbook: the named one or the first that is shown. Raises FileFault."""
    with _opened(path) as book:
        chosen = book.workbook.sheet(sheet)
        handler = book.handler(chosen.part)
        progress = _Progress(_size_of(book.archive, chosen.part))
        rows = _rows_of(book.archive, handler, progress)
        header = next(rows, None)
        if header is None or isinstance(header[1], CellFault):
            raise FileEmpty
        yield XlsxSource(f"XLSX, {chosen.name}", [name.strip() for name in header[1]], rows, progress)


@dataclass(frozen=True, slots=True)
class SheetRows:
    """A whole sheet: its rows that are not blank, and the cells that are merged ("B2:C2")."""

    name: str
    rows: list[NumberedRow]
    merged: tuple[str, ...]


def read_sheets(path: Path, *, most_rows: int) -> list[SheetRows]:
    """Return the sheets that are shown, with at most so many rows in all. Raises FileFault."""
    found: list[SheetRows] = []
    with _opened(path) as book:
        for sheet in book.workbook.sheets:
            if not sheet.visible:
                continue
            handler = book.handler(sheet.part)
            left = most_rows - sum(len(each.rows) for each in found)
            rows = list(islice(_rows_of(book.archive, handler, _Progress(0)), left + 1))
            if len(rows) > left:
                raise WorkbookUnpacksTooLarge(part=sheet.name, megabytes=_size_of(book.archive, sheet.part) >> 20)
            found.append(SheetRows(sheet.name, rows, tuple(handler.merged)))
    return found


@dataclass(frozen=True, slots=True)
class _Opened:
    archive: zipfile.ZipFile
    workbook: Workbook
    texts: SharedTexts
    styles: NumberStyles

    def handler(self, part: str) -> _SheetHandler:
        return _SheetHandler(part, self.texts, self.styles, self.workbook.from_1904)


@contextmanager
def _opened(path: Path) -> Iterator[_Opened]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as fault:
        raise FileNotTable from fault
    with archive:
        check_sizes(archive)
        workbook = read_workbook(archive)
        texts = read_shared_texts(archive, workbook)
        try:
            yield _Opened(archive, workbook, texts, read_number_styles(archive, workbook))
        finally:
            texts.close()


def _size_of(archive: zipfile.ZipFile, part: str) -> int:
    try:
        return archive.getinfo(part).file_size
    except KeyError as fault:
        raise WorkbookDamaged(part=part) from fault


def _rows_of(archive: zipfile.ZipFile, handler: _SheetHandler, progress: _Progress) -> Iterator[NumberedRow]:
    for read in parse_part(archive, handler.part, handler):
        progress.read = read
        rows, handler.rows = handler.rows, []
        yield from rows


@dataclass(eq=False)
class _SheetHandler:
    """Turn the elements of a sheet into rows."""

    part: str
    texts: SharedTexts
    styles: NumberStyles
    from_1904: bool
    rows: list[NumberedRow] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    _number: int = 0
    _column: int = -1
    _cells: list[str] = field(default_factory=list)
    _too_wide: bool = False
    _kind: str = "n"
    _style: int = 0
    _listening: str = ""
    _value: str = ""
    _formula: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            reference = attributes.get("r")
            self._column = _column_of(reference) if reference else self._column + 1
            self._kind = attributes.get("t", "n")
            self._style = int(attributes.get("s", "0"))
            self._value, self._formula = "", None
        elif name in ("v", "t"):
            self._listening = "v"
        elif name == "f":
            self._listening, self._formula = "f", ""
        elif name == "rPh":
            self._listening = ""
        elif name == "mergeCell" and len(self.merged) < MOST_COLUMNS:
            self.merged.append(attributes.get("ref", ""))
        elif name == "row":
            self._number = int(attributes.get("r", self._number + 1))
            self._column, self._cells, self._too_wide = -1, [], False
            if self._number > MOST_ROWS:
                raise WorkbookUnsafe(part=self.part)

    def text(self, data: str) -> None:
        if self._listening == "v":
            self._value += data
            if len(self._value) > MOST_TEXT_CHARACTERS:
                raise WorkbookUnsafe(part=self.part)
        elif self._listening == "f" and self._formula is not None:
            self._formula = (self._formula + data)[:80]

    def end(self, name: str) -> None:
        if name in ("v", "t", "f"):
            self._listening = ""
        elif name == "c":
            self._put(self._cell())
        elif name == "row":
            self._finish_row()

    def _finish_row(self) -> None:
        if self._too_wide:
            self.rows.append((self._number, RowTooWide(cells=self._column + 1, columns=MOST_COLUMNS)))
        elif any(cell and not cell.isspace() for cell in self._cells):
            self.rows.append((self._number, self._cells))
        self._cells = []

    def _put(self, cell: str) -> None:
        if not cell:
            return
        if not 0 <= self._column < MOST_COLUMNS:
            self._too_wide = True
            return
        self._cells += [""] * (self._column + 1 - len(self._cells))
        self._cells[self._column] = cell

    def _cell(self) -> str:
        if self._formula is not None:
            return f"={self._formula}"
        if self._kind == "s":
            return self.texts[int(self._value)] if self._value else ""
        if self._kind == "b":
            return "TRUE" if self._value == "1" else "FALSE"
        if self._kind != "n" or not self._value:
            return self._value
        if self._style in self.styles.percents:
            return f"{plain_number(str(float(self._value) * 100))}%"
        return self._date() if self._style in self.styles.dates else plain_number(self._value)

    def _date(self) -> str:
        try:
            moment = from_excel(float(self._value), MAC_EPOCH if self.from_1904 else WINDOWS_EPOCH)
        except (OverflowError, ValueError):
            return plain_number(self._value)
        return _iso(moment)


def _iso(moment: datetime | date | time | timedelta | None) -> str:
    if isinstance(moment, datetime):
        # Excel counts in days, so that seconds come out a hair off.
        rounded = (moment + HALF_A_SECOND).replace(microsecond=0)
        return rounded.date().isoformat() if rounded.time() == time() else rounded.isoformat(sep=" ")
    if isinstance(moment, time):
        return moment.isoformat(timespec="seconds")
    return str(moment)


def _column_of(reference: str) -> int:
    """Return the column of "C7" counted from 0: 2."""
    column = 0
    for letter in reference.rstrip("0123456789"):
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def plain_number(text: str) -> str:
    """Return a number as a person reads it; what Excel itself rounded stays in scientific notation."""
    if text.isdigit() and len(text) <= EXACT_DIGITS:
        return text
    short = format(float(text), f".{EXACT_DIGITS}g")
    return format(Decimal(short), "f") if "e-" in short else short.upper()
