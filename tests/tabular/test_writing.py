"""Tables written for spreadsheets: nothing in them acts."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from wms.tabular.writing import Cell, safe_text, write_csv
from wms.tabular.xlsx_writing import write_xlsx

HEADER = ("name", "amount", "day")
ROWS: list[tuple[Cell, ...]] = [
    ("=1+1", Decimal("-3.20"), date(2026, 3, 9)),
    ("@SUM(A1)", 7, None),
    ('灯, "lamp"', Decimal("1.00"), None),
]


def test_csv_has_a_byte_order_mark_and_no_text_that_runs() -> None:
    file = BytesIO()
    write_csv(file, header=HEADER, rows=iter(ROWS))
    text = file.getvalue().decode("utf-8")
    assert text.startswith("\ufeffname,amount,day\r\n")
    assert list(csv.reader(text.splitlines()[1:])) == [["'=1+1", "-3.20", "2026-03-09"], ["'@SUM(A1)", "7", ""], ['灯, "lamp"', "1.00", ""]]


@pytest.mark.parametrize("text", ["=x", "+x", "-x", "@x", "\tx", "\rx", "\nx"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert safe_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "x=1", "'=1", "1Z999", "订单"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text


def test_a_workbook_holds_numbers_days_and_plain_text() -> None:
    file = BytesIO()
    write_xlsx(file, title="Table", header=HEADER, rows=ROWS)
    sheet = load_workbook(file)["Table"]
    first = sheet[2]
    assert [(cell.value, cell.data_type) for cell in first[:2]] == [("=1+1", "s"), (-3.2, "n")]
    assert first[1].number_format == "0.00"
    assert str(first[2].value) == "2026-03-09 00:00:00"


def test_a_number_of_more_digits_than_a_spreadsheet_keeps_is_text() -> None:
    file = BytesIO()
    write_xlsx(file, title="Table", header=("number",), rows=[(10**17 + 1,)])
    assert load_workbook(file)["Table"]["A2"].value == "100000000000000001"


def test_a_workbook_keeps_instants_spaces_and_what_xml_reserves() -> None:
    file = BytesIO()
    row: tuple[Cell, ...] = (" <b> & \"'", datetime(2026, 3, 9, 13, 5, 59), "a\x00b", Decimal("0.12345"), Decimal(3), "")  # noqa: DTZ001
    write_xlsx(file, title='A "title" & more', header=("a", "b", "c", "d", "e", "f"), rows=[row])
    book = load_workbook(file)
    assert book.sheetnames == ['A "title" & more']
    sheet = book.active
    assert sheet is not None
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.bold
    assert [cell.value for cell in sheet[2]] == [row[0], row[1], "a\ufffdb", 0.12345, 3, ""]
