from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from tests.tabular.tables import read_all, write_xlsx
from wms.tabular.errors import (
    FileEmpty,
    FileNotTable,
    RowTooWide,
    SheetMissing,
    WorkbookDamaged,
    WorkbookUnpacksTooLarge,
    WorkbookUnsafe,
)
from wms.tabular.source import open_source
from wms.tabular.xlsx_source import read_sheets

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = '<sheet name="S" sheetId="1" r:id="r0"/>'
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def parts_of(sheet: str, *, texts: str = "<si><t>a</t></si><si><t>b</t></si>", styles: str = "") -> dict[str, str]:
    """Return the parts of a workbook whose sheet has these rows."""

    def relations(*targets: tuple[str, str]) -> str:
        rows = "".join(
            f'<Relationship Id="r{number}" Type="{RELATIONS}/{kind}" Target="{target}"/>' for number, (kind, target) in enumerate(targets)
        )
        return f'<Relationships xmlns="{PACKAGE}">{rows}</Relationships>'

    targets = [("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "/xl/sharedStrings.xml"), ("styles", "styles.xml")]
    return {
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/_rels/workbook.xml.rels": relations(*targets),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{SHEET}</sheets></workbook>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{texts}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>',
    }


HEADER = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'


def write_parts(path: Path, parts: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def test_reads_cells_as_a_person_sees_them(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "book.xlsx",
        [
            ["text", "whole", "decimal", "tenths", "yes", "day", "instant", "time", "padded"],
            ["王 & Söhne", 2116, 12.5, 0.1 + 0.2, True, date(2026, 11, 22), datetime(2026, 11, 22, 14, 30), time(9, 5), " x "],  # noqa: DTZ001
            [None, None, None, 1e-7, None, None, None, None, None],
            ["", None, None, None, None, None, None, None, None],
            [None, 1e21, -3, 123456789012345678, False, None, None, None, "end"],
        ],
    )
    description, header, rows = read_all(path)
    assert description == "XLSX, Sheet"
    assert header[:3] == ["text", "whole", "decimal"]
    assert rows == [
        (2, ["王 & Söhne", "2116", "12.5", "0.3", "TRUE", "2026-11-22", "2026-11-22 14:30:00", "09:05:00", " x "]),
        (3, ["", "", "", "0.0000001"]),
        (5, ["", "1E+21", "-3", "1.23456789012346E+17", "FALSE", "", "", "", "end"]),
    ]


def test_a_formula_comes_out_as_one_and_never_as_a_value(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "book.xlsx", [["a", "b"], ["=1+1", 2]])
    assert read_all(path)[2] == [(2, ["=1+1", "2"])]
    cached = f'{HEADER}<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f t="shared" si="0"/><v>x</v></c></row>'
    assert read_all(write_parts(tmp_path / "cached.xlsx", parts_of(cached)))[2] == [(2, ["=1+1", "="])]


def test_reads_rich_inline_and_phonetic_texts(tmp_path: Path) -> None:
    texts = "<si><t>a</t></si><si><r><t>b</t></r><r><t xml:space='preserve'> c</t></r><rPh sb='0' eb='1'><t>ka</t></rPh></si>"
    sheet = f'{HEADER}<row r="2"><c r="A2" t="inlineStr"><is><r><t>x</t></r><r><t>y</t></r></is></c><c r="B2" t="e"><v>#N/A</v></c></row>'
    _, header, rows = read_all(write_parts(tmp_path / "book.xlsx", parts_of(sheet, texts=texts)))
    assert header == ["a", "b c"]
    assert rows == [(2, ["xy", "#N/A"])]


def test_rows_and_cells_without_a_reference_follow_one_another(tmp_path: Path) -> None:
    sheet = "<row><c t='s'><v>0</v></c><c t='s'><v>1</v></c></row><row><c><v>1</v></c><c><v>2</v></c></row>"
    assert read_all(write_parts(tmp_path / "book.xlsx", parts_of(sheet)))[2] == [(2, ["1", "2"])]


def test_takes_the_sheet_that_is_named_or_the_first_that_is_shown(tmp_path: Path) -> None:
    book = Workbook()
    hidden = book.active
    assert hidden is not None
    hidden.title, hidden.sheet_state = "Hidden", "hidden"
    for title in ("One", "Two"):
        book.create_sheet(title).append([title, "b"])
    book.save(tmp_path / "book.xlsx")
    assert read_all(tmp_path / "book.xlsx")[1] == ["One", "b"]
    assert read_all(tmp_path / "book.xlsx", sheet="Two")[1] == ["Two", "b"]
    with pytest.raises(SheetMissing, match="Hidden, One, Two"):
        read_all(tmp_path / "book.xlsx", sheet="Three")


def test_a_per_cent_comes_out_with_its_sign(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["a", "b"])
    for value, style in ((0.1825, "0.00%"), (0.183, "0%"), (18.25, "General"), (5, '0"%"')):
        sheet.append([value, "x"])
        sheet.cell(sheet.max_row, 1).number_format = style
    book.save(tmp_path / "book.xlsx")
    assert [cells[0] for _line, cells in read_all(tmp_path / "book.xlsx")[2]] == ["18.25%", "18.3%", "18.25", "5"]


def test_reads_all_sheets_that_are_shown_and_tells_of_merged_cells(tmp_path: Path) -> None:
    book = Workbook()
    first = book.active
    assert first is not None
    first.append(["a", None])
    first.append([1, 2])
    first.merge_cells("A1:B1")
    book.create_sheet("hidden").sheet_state = "hidden"
    book.create_sheet("空").append([None])
    book.save(tmp_path / "book.xlsx")
    sheets = read_sheets(tmp_path / "book.xlsx", most_rows=10)
    assert [(sheet.name, sheet.rows, sheet.merged) for sheet in sheets] == [
        ("Sheet", [(1, ["a"]), (2, ["1", "2"])], ("A1:B1",)),
        ("空", [], ()),
    ]
    with pytest.raises(WorkbookUnpacksTooLarge):
        read_sheets(tmp_path / "book.xlsx", most_rows=1)


def test_a_sheet_without_rows_is_empty(tmp_path: Path) -> None:
    with pytest.raises(FileEmpty):
        read_all(write_parts(tmp_path / "book.xlsx", parts_of("")))


def test_a_cell_beyond_every_column_makes_its_row_too_wide(tmp_path: Path) -> None:
    sheet = f'{HEADER}<row r="2"><c r="XFD2"><v>1</v></c></row><row r="3"><c r="A3"><v>1</v></c></row>'
    rows = read_all(write_parts(tmp_path / "book.xlsx", parts_of(sheet)))[2]
    assert isinstance(rows[0][1], RowTooWide)
    assert rows[1] == (3, ["1"])


@pytest.mark.parametrize(
    "damage",
    [
        {"xl/worksheets/sheet1.xml": "<worksheet><sheetData><row>"},
        {"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData><row r="x"/></sheetData></worksheet>'},
        {"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><row><c t="s"><v>9</v></c></row></worksheet>'},
        {"xl/workbook.xml": "no xml"},
        {"_rels/.rels": f'<Relationships xmlns="{PACKAGE}"/>'},
    ],
)
def test_a_damaged_workbook_is_refused(tmp_path: Path, damage: dict[str, str]) -> None:
    with pytest.raises(WorkbookDamaged):
        read_all(write_parts(tmp_path / "book.xlsx", {**parts_of(HEADER), **damage}))


def test_a_zip_that_is_cut_or_no_workbook_is_refused(tmp_path: Path) -> None:
    whole = write_parts(tmp_path / "book.xlsx", parts_of(HEADER)).read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileNotTable):
        read_all(tmp_path / "cut.xlsx")
    with pytest.raises(WorkbookDamaged):
        read_all(write_parts(tmp_path / "other.zip", {"readme.txt": "hello"}))


def bomb(path: Path, megabytes: int) -> Path:
    """Write a workbook whose sheet unpacks to so many megabytes of nothing."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts_of("").items():
            if name != "xl/worksheets/sheet1.xml":
                archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            part.write(f'<worksheet xmlns="{MAIN}"><sheetData>{HEADER}'.encode())
            for _ in range(megabytes):
                part.write(b"<row/>" * ((1 << 20) // 6))
            part.write(b"</sheetData></worksheet>")
    return path


def test_a_zip_bomb_is_refused_by_what_it_announces(tmp_path: Path) -> None:
    path = bomb(tmp_path / "bomb.xlsx", 40)
    assert path.stat().st_size < 200_000
    tracemalloc.start()
    with pytest.raises(WorkbookUnpacksTooLarge, match="unpacks to"):
        read_all(path)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def lie_about_the_size(path: Path, part: str, size: int) -> Path:
    """Make both of the part's headers announce another size than it unpacks to."""
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(part)
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, entry.header_offset + 22, size)
    central = content.index(b"PK\x01\x02")
    while content[central + 46 : central + 46 + len(part)] != part.encode():
        central = content.index(b"PK\x01\x02", central + 4)
    struct.pack_into("<I", content, central + 24, size)
    path.write_bytes(content)
    return path


def test_a_bomb_that_lies_about_its_size_ends_where_it_said_it_would(tmp_path: Path) -> None:
    parts = parts_of(HEADER + "<row/>" * 4_000_000)
    path = lie_about_the_size(write_parts(tmp_path / "bomb.xlsx", parts), "xl/worksheets/sheet1.xml", 100_000)
    with pytest.raises(WorkbookDamaged, match=r"sheet1\.xml"):
        read_all(path)


ENTITIES = '<!DOCTYPE lol [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "sheet",
    [
        f'{ENTITIES}<worksheet xmlns="{MAIN}"><sheetData>{HEADER}<row><c><v>&b;</v></c></row></sheetData></worksheet>',
        f'<!--x--><worksheet xmlns="{MAIN}"><sheetData>{HEADER}</sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}">{"<a>" * 100}{"</a>" * 100}</worksheet>',
        f'<worksheet xmlns="{MAIN}">{"".join(f"<a{number}/>" for number in range(5_000))}</worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData>{HEADER}<row r="2000000"/></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData>{HEADER}<row><c t="str"><v>{"x" * 40_000}</v></c></row></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><c r="{"A" * 3_000_000}"/></worksheet>',
    ],
    ids=["entities", "comment", "nesting", "names", "row number", "long cell", "long token"],
)
def test_what_no_spreadsheet_program_writes_is_refused(tmp_path: Path, sheet: str) -> None:
    with pytest.raises(WorkbookUnsafe):
        read_all(write_parts(tmp_path / "book.xlsx", {**parts_of(""), "xl/worksheets/sheet1.xml": sheet}))


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def rows() -> Iterator[str]:
        for number in range(2, 60_000):
            checksum = zlib.crc32(str(number).encode())
            yield f'<row r="{number}"><c><v>{checksum}</v></c><c t="inlineStr"><is><t>N{checksum}</t></is></c></row>'

    path = write_parts(tmp_path / "book.xlsx", parts_of(HEADER + "".join(rows())))
    tracemalloc.start()
    with open_source(path) as source:
        assert sum(1 for _ in source.rows()) == 59_998
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()


def test_openpyxl_and_we_read_the_same(tmp_path: Path) -> None:
    """A second opinion on a sheet of dates in both of Excel's calendars."""
    for epoch in (WINDOWS_EPOCH, MAC_EPOCH):
        book = Workbook()
        book.epoch = epoch
        sheet = book.active
        assert sheet is not None
        moments = [datetime(2026, month, 28, 23, 59, second, tzinfo=UTC).replace(tzinfo=None) for month in (1, 6, 12) for second in (0, 59)]
        sheet.append(["when", "b"])
        for moment in moments:
            sheet.append([moment, 1])
        content = io.BytesIO()
        book.save(content)
        path = tmp_path / "book.xlsx"
        path.write_bytes(content.getvalue())
        theirs = load_workbook(path).active
        assert theirs is not None
        expected = [str(row[0]) for row in theirs.iter_rows(min_row=2, values_only=True)]
        assert [cells[0] for _, cells in read_all(path)[2]] == expected == [str(moment) for moment in moments]
