from __future__ import annotations

from pathlib import Path

import pytest

from wms.tabular.cells import text, whole_number
from wms.tabular.columns import Column, ColumnMapping, Fault, lay_out, read_mapping
from wms.tabular.errors import (
    CellMissing,
    ColumnsMissing,
    ColumnTwice,
    FormulaRefused,
    MappedColumnMissing,
    MappingNamesUnknown,
    MappingUnreadable,
    NotWholeNumber,
    RowTooWide,
)

COLUMNS = (
    Column(name="number", label="order number", read=text(most=9), required=True, aliases=("order no", "订单号")),
    Column(name="units", label="units", read=whole_number(least=1, most=9), required=True, aliases=("数量",)),
    Column(name="weight", label="weight", read=text(most=9), aliases=("重量",), units={"kg": "kg", "公斤": "kg", "lb": "lb"}),
)
PLAIN = ColumnMapping()


@pytest.mark.parametrize("header", [["Order No.", "UNITS"], ["订单号", "数量"], ["*order_no", " Units: "], ["ＮＵＭＢＥＲ", "units"]])
def test_finds_columns_by_the_names_that_people_use(header: list[str]) -> None:
    values, faults = lay_out(header, COLUMNS, PLAIN).read([" A1 ", "3"])
    assert (values, faults) == ({"number": "A1", "units": 3, "weight": None}, [])


@pytest.mark.parametrize(("name", "unit"), [("Weight (lb)", "lb"), ("重量（公斤）", "kg"), ("weight_kg", "kg"), ("weight", None)])
def test_finds_the_unit_that_a_header_names(name: str, unit: str | None) -> None:
    assert lay_out(["number", "units", name], COLUMNS, PLAIN).units.get("weight") == unit


def test_says_which_columns_are_missing_and_which_are_not_used() -> None:
    with pytest.raises(ColumnsMissing, match=r"units\. Its columns are: number, colour"):
        lay_out(["number", "colour"], COLUMNS, PLAIN)
    assert lay_out(["number", "units", "colour", ""], COLUMNS, PLAIN).extra == ("colour",)


def test_refuses_to_choose_between_two_columns() -> None:
    with pytest.raises(ColumnTwice, match="“订单号” and “Order No”"):
        lay_out(
            ["订单号", "units", "Order No"],
            COLUMNS[:0] + (Column(name="number", label="order number", read=text(most=9), aliases=("订单号", "order no")), *COLUMNS[1:]),
            PLAIN,
        )


def test_a_column_that_repeats_has_a_value_for_each_of_its_places() -> None:
    layout = lay_out(["number", "fee", "x", "Fee"], (COLUMNS[0], Column(name="fee", label="fee", read=text(most=3), repeats=True)), PLAIN)
    first, second = layout.names_of("fee")
    values, faults = layout.read(["A1", "abc", "", "long"])
    assert (values[first], values[second]) == ("abc", None)
    assert [fault.column for fault in faults] == ["Fee (2)"]
    assert layout.extra == ("x",)


def test_a_mapping_says_which_column_is_which_and_what_stands_for_the_missing() -> None:
    mapping = ColumnMapping(headers={"number": "Ref"}, defaults={"units": "2"})
    values, _ = lay_out(["number", "Ref"], COLUMNS, mapping).read(["x", "A1"])
    assert (values["number"], values["units"]) == ("A1", 2)


def test_a_default_stands_for_a_blank_cell_too() -> None:
    layout = lay_out(["number", "units"], COLUMNS, ColumnMapping(defaults={"units": "2"}))
    assert [layout.read(["A", cell])[0]["units"] for cell in ("", "5")] == [2, 5]


def test_a_mapping_that_does_not_fit_is_refused() -> None:
    with pytest.raises(MappedColumnMissing, match="“Ref”"):
        lay_out(["number", "units"], COLUMNS, ColumnMapping(headers={"number": "Ref"}))
    with pytest.raises(MappingNamesUnknown, match="“nummer”"):
        lay_out(["number", "units"], COLUMNS, ColumnMapping(headers={"nummer": "number"}))
    with pytest.raises(NotWholeNumber):
        lay_out(["number", "units"], COLUMNS, ColumnMapping(defaults={"units": "two"}))


def test_reports_every_fault_of_a_row_under_the_files_own_header() -> None:
    layout = lay_out(["订单号", "数量"], COLUMNS, PLAIN)
    _, faults = layout.read(["=A1", "", "", "extra"])
    assert [(fault.column, type(fault.error)) for fault in faults] == [("", RowTooWide), ("订单号", FormulaRefused), ("数量", CellMissing)]


def test_a_short_row_lacks_its_last_cells() -> None:
    _, faults = lay_out(["number", "units"], COLUMNS, PLAIN).read(["A1"])
    assert [(fault.column, type(fault.error)) for fault in faults] == [("units", CellMissing)]
    assert isinstance(faults[0], Fault)


def test_reads_a_mapping_file(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text('[columns]\nnumber = "Ref"\n[defaults]\nunits = 1\n[options]\nencoding = "gbk"\nmoment_pattern = "%d.%m.%Y"\n')
    assert read_mapping(path) == ColumnMapping({"number": "Ref"}, {"units": "1"}, "gbk", None, "%d.%m.%Y")
    assert read_mapping(None) == ColumnMapping()


@pytest.mark.parametrize("document", ["columns = 1", "[colums]\na = 'b'", "[columns]\na = [1]", "[options]\ncolour = 'red'", "no toml"])
def test_a_mapping_file_with_a_slip_is_refused(tmp_path: Path, document: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(document)
    with pytest.raises(MappingUnreadable):
        read_mapping(path)
