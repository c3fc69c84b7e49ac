"""Write CSV tables for spreadsheets, row by row, in which no text can act as a formula.

A text that a spreadsheet would run gets an apostrophe in front, since a CSV file can't say that it is text. XLSX, which can, is
written by wms.tabular.xlsx_writing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import BinaryIO, Final

type Cell = str | int | Decimal | date | None

RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell begins with that a spreadsheet runs."""

BYTE_ORDER_MARK: Final = "\ufeff"


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


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe_text(cell)
    return cell.isoformat() if isinstance(cell, date) else format(cell, "f" if isinstance(cell, Decimal) else "d")
