"""Sheets in files: read from XLSX or CSV, and written to either."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from carriers.sheets.book import Sheet
from carriers.sheets.columns import FIELDS, LONG_RATE_FIELDS
from carriers.sheets.grid import Grid
from carriers.sheets.terms import DAY, MEASURE, NUMBER, PERCENT, TERMS
from carriers.sheets.vocabulary import Kind
from wms.tabular.csv_source import open_csv
from wms.tabular.errors import FileMissing, OldWorkbook
from wms.tabular.source import OLE_MAGIC, ZIP_MAGIC
from wms.tabular.xlsx_source import read_sheets

MOST_ROWS: Final = 2_000_000
# What a spreadsheet keeps of a number: fifteen digits, no zeros in front.
KEPT_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?")
MOST_DIGITS: Final = 15
ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Columns of these sheets are numbers unless they are among the texts.
NUMERIC_SHEETS: Final = frozenset({Kind.RATES, Kind.SURCHARGES, Kind.FUEL, Kind.TRANSIT, Kind.DISTANCE})
TEXT_COLUMNS: Final = frozenset(
    {"zone", "charge", "currency", "code", "per", "active", "group", "depends_on", "fuelable", "residential", "area_list", "tiers"}
    | {"countries", "zones", "tags", "unit"}
)
DAY_COLUMNS: Final = frozenset({"from", "to"})
WIDEST: Final = 48


def read_grids(path: Path, *, encoding: str | None = None, sheet: str | None = None) -> list[Grid]:
    """Return the sheets of an XLSX file (only the named one, if any), or a CSV file as one. Raises FileFault."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as fault:
        raise FileMissing(path=str(path)) from fault
    if magic == OLE_MAGIC:
        raise OldWorkbook
    if magic == ZIP_MAGIC:
        sheets = read_sheets(path, most_rows=MOST_ROWS)
        return [Grid(each.name, each.rows, each.merged) for each in sheets if each.rows and sheet in (None, each.name)]
    with open_csv(path, encoding=encoding) as source:
        rows = [(1, source.header), *source.rows()]
        return [Grid(path.name.split(".")[0], rows)]


def write_csv(sheet: Sheet) -> bytes:
    """Return a sheet as a CSV file that spreadsheets open rightly."""
    text = io.StringIO()
    csv.writer(text).writerows(sheet.rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def write_xlsx(file: Path | BinaryIO, sheets: Sequence[Sheet]) -> None:
    """Write a workbook; numbers and days are such, everything else is text."""
    workbook = Workbook(write_only=True)
    for sheet in sheets:
        _write_sheet(workbook.create_sheet(sheet.name), sheet)
    workbook.save(file)


def _write_sheet(worksheet: Any, sheet: Sheet) -> None:
    worksheet.freeze_panes = "A2"
    for column, width in enumerate(_widths(sheet), start=1):
        worksheet.column_dimensions[get_column_letter(column)].width = width
    worksheet.append([_text_cell(worksheet, text, bold=True) for text in sheet.rows[0]])
    kinds = _columns(sheet)
    for number, row in enumerate(sheet.rows[1:]):
        kind_of_terms = _kind_of_term(number) if sheet.kind is Kind.TERMS else ""
        worksheet.append(
            [_cell(worksheet, text, kind_of_terms if column == 1 and kind_of_terms else kinds[column]) for column, text in enumerate(row)]
        )


def _columns(sheet: Sheet) -> list[str]:
    """Return for each column whether it holds "number", "day" or text ("")."""
    fields = (*FIELDS[sheet.kind], *(LONG_RATE_FIELDS if sheet.kind is Kind.RATES else ()))
    names = {text: column.name for column in fields for text in (column.word.text("en"), column.word.text("zh"))}
    return [_kind_of_column(sheet.kind, names.get(text, "")) for text in sheet.rows[0]]


def _kind_of_column(kind: Kind, name: str) -> str:
    if name in DAY_COLUMNS:
        return "day"
    return "number" if kind in NUMERIC_SHEETS and name not in TEXT_COLUMNS else ""


def _kind_of_term(number: int) -> str:
    """Return what the value of a term is."""
    reads = TERMS[number].read
    if reads is DAY[0]:
        return "day"
    return "number" if reads in (NUMBER[0], PERCENT[0], MEASURE[0]) else ""


def _cell(worksheet: Any, text: str, kind: str) -> Any:
    if not text:
        return None
    if kind == "number" and KEPT_NUMBER.fullmatch(text) and len(text) <= MOST_DIGITS:
        cell = WriteOnlyCell(worksheet, value=float(text) if "." in text else int(text))
        cell.number_format = "0.00####" if "." in text else "General"
        return cell
    if kind == "day" and ISO_DAY.fullmatch(text):
        day: Any = date.fromisoformat(text)
        cell = WriteOnlyCell(worksheet, value=day)
        cell.number_format = "yyyy-mm-dd"
        return cell
    return _text_cell(worksheet, text) if text.startswith("=") else text


def _text_cell(worksheet: Any, text: str, *, bold: bool = False) -> Any:
    """Return a cell of text, even where it looks like a formula."""
    cell = WriteOnlyCell(worksheet, value=text)
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _widths(sheet: Sheet) -> list[int]:
    columns = zip(*((len(cell.encode("utf-8")) for cell in row) for row in sheet.rows[:200]), strict=False)
    return [min(max(9, *column, 0) + 2, WIDEST) for column in columns]
