"""Write tables for spreadsheets: CSV or XLSX, row by row, in which no text can act as a formula.

Numbers are written as numbers and days as days; every other cell is text. In CSV a text that a spreadsheet would run gets an
apostrophe in front, since a CSV file can't say that it is text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

type Cell = str | int | Decimal | date | None

RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell begins with that a spreadsheet runs."""

BYTE_ORDER_MARK: Final = "\ufeff"
# A spreadsheet keeps fifteen digits.
MOST_NUMBER: Final = 10**15


def safe_text(text: str) -> str:
    """Return a text that no spreadsheet runs when it reads it from a CSV file."""
    return f"'{text}" if text.startswith(RUNS) else text


def csv_lines(*, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield a CSV file in pieces: the byte order mark with which spreadsheets know UTF-8, then line by line."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BYTE_ORDER_MARK)
    for row in chain((header,), rows):
        writer.writerow([_csv_cell(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def write_csv(file: BinaryIO, *, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a CSV file in UTF-8."""
    file.writelines(line.encode() for line in csv_lines(header=header, rows=rows))


def write_xlsx(file: Path | BinaryIO, *, title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a workbook of one sheet."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.append([_text_cell(sheet, text, bold=True) for text in header])
    for row in rows:
        sheet.append([_xlsx_cell(sheet, cell) for cell in row])
    workbook.save(file)


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe_text(cell)
    return cell.isoformat() if isinstance(cell, date) else format(cell, "f" if isinstance(cell, Decimal) else "d")


def _xlsx_cell(sheet: Any, cell: Cell) -> Any:
    if isinstance(cell, str):
        return _text_cell(sheet, cell)
    if isinstance(cell, int | Decimal) and not -MOST_NUMBER < cell < MOST_NUMBER:
        return _text_cell(sheet, str(cell))
    if isinstance(cell, Decimal):
        number = WriteOnlyCell(sheet, value=float(cell))
        exponent = cell.as_tuple().exponent
        places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        number.number_format = f"0.{'0' * places}" if places else "0"
        return number
    return cell


def _text_cell(sheet: Any, text: str, *, bold: bool = False) -> Any:
    """Return a cell of text, even where it looks like a formula."""
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
