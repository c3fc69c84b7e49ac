"""Write a workbook of one sheet row by row, as XML straight into the zip: no row is kept, and no cell becomes an object.

Numbers are written as numbers and instants as days; every text is text, even where it looks like a formula.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Final
from xml.sax.saxutils import escape, quoteattr

from openpyxl.utils import get_column_letter

from wms.tabular.writing import Cell

ROWS_AT_ONCE: Final = 1_000
# A spreadsheet keeps fifteen digits.
MOST_NUMBER: Final = 10**15
MOST_CHARACTERS: Final = 32_767
MOST_PLACES: Final = 4
FIRST_DAY: Final = date(1899, 12, 30)
"""Of a spreadsheet's calendar."""
DAY_SECONDS: Final = 86_400
UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML can't say."""

PLAIN, BOLD, DAY, INSTANT, WHOLE = range(5)
"""Styles by their places in STYLES; those of numbers with decimals follow WHOLE, one for each number of places."""

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SHEETS: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
KIND: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"

FORMATS: Final = ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "0", *(f"0.{'0' * places}" for places in range(1, MOST_PLACES + 1)))
FIRST_FORMAT: Final = 164
"""Numbers below are the spreadsheet's own formats."""

CONTENT_TYPES: Final = (
    f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/></Types>'
)
ROOT_LINKS: Final = (
    f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
BOOK_LINKS: Final = (
    f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
)
STYLES: Final = (
    f'{DECLARATION}<styleSheet xmlns="{SHEETS}"><numFmts count="{len(FORMATS)}">'
    + "".join(f'<numFmt numFmtId="{FIRST_FORMAT + n}" formatCode="{code}"/>' for n, code in enumerate(FORMATS))
    + '</numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
    f'<cellXfs count="{2 + len(FORMATS)}"><xf/><xf fontId="1" applyFont="1"/>'
    + "".join(f'<xf numFmtId="{FIRST_FORMAT + n}" applyNumberFormat="1"/>' for n in range(len(FORMATS)))
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
SHEET_HEAD: Final = (
    f'{DECLARATION}<worksheet xmlns="{SHEETS}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
SHEET_END: Final = "</sheetData></worksheet>"


def write_xlsx(file: Path | BinaryIO, *, title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a workbook of one sheet, its first row bold and frozen."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", ROOT_LINKS)
        archive.writestr("xl/workbook.xml", _workbook(title))
        archive.writestr("xl/_rels/workbook.xml.rels", BOOK_LINKS)
        archive.writestr("xl/styles.xml", STYLES)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(SHEET_HEAD.encode())
            lines = _lines(header, rows)
            while part := "".join(islice(lines, ROWS_AT_ONCE)):
                sheet.write(part.encode())
            sheet.write(SHEET_END.encode())


def _workbook(title: str) -> str:
    return (
        f'{DECLARATION}<workbook xmlns="{SHEETS}" xmlns:r="{OFFICE}"><sheets>'
        f'<sheet name={quoteattr(_writable(title))} sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


def _lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    letters = [get_column_letter(column) for column in range(1, len(header) + 1)]
    head = "".join(_text(f"{letter}1", text, BOLD) for letter, text in zip(letters, header, strict=True))
    body = (
        f'<row r="{number}">{"".join(_cell(f"{letter}{number}", cell) for letter, cell in zip(letters, row, strict=False))}</row>'
        for number, row in enumerate(rows, 2)
    )
    return chain((f'<row r="1">{head}</row>',), body)


def _cell(place: str, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return _text(place, cell, PLAIN)
    if isinstance(cell, date):
        return _day(place, cell)
    if not -MOST_NUMBER < cell < MOST_NUMBER:
        return _text(place, str(cell), PLAIN)
    if isinstance(cell, Decimal):
        exponent = cell.as_tuple().exponent
        places = min(max(0, -exponent), MOST_PLACES) if isinstance(exponent, int) else 0
        return f'<c r="{place}" s="{WHOLE + places}"><v>{cell:f}</v></c>'
    return f'<c r="{place}"><v>{cell:d}</v></c>'


def _day(place: str, cell: date) -> str:
    if not isinstance(cell, datetime):
        return f'<c r="{place}" s="{DAY}"><v>{(cell - FIRST_DAY).days}</v></c>'
    passed = cell - datetime.combine(FIRST_DAY, time())
    return f'<c r="{place}" s="{INSTANT}"><v>{passed.days + (passed.seconds / DAY_SECONDS):.9f}</v></c>'


def _text(place: str, text: str, style: int) -> str:
    styled = f' s="{style}"' if style else ""
    return f'<c r="{place}"{styled} t="inlineStr"><is><t xml:space="preserve">{escape(_writable(text))}</t></is></c>'


def _writable(text: str) -> str:
    return UNWRITABLE.sub("\ufffd", text[:MOST_CHARACTERS])
