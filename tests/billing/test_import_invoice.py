"""Carriers' invoices from files."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError

from billing.errors import InvoiceFormatInvalid
from billing.models import Invoice
from billing.services import save_format
from tests.billing.desk import HEADER, Desk, day, rows, told
from tests.tabular.tables import write_text, write_xlsx
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

WIDE = {
    "columns": {"tracking_number": "运单号", "weight": "计费重(kg)"},
    "defaults": {"currency": "USD"},
    "charges": {"运费": "base", "燃油": "fuel", "住宅": "residential"},
    "options": {"weight_unit": "kg"},
}


def invoices(desk: Desk) -> list[tuple[str, str, str]]:
    with tenant_scope(tenant_id=desk.tenant_id):
        return [(row.number, row.issued_date.isoformat(), row.currency) for row in Invoice.objects.order_by("number")]


def test_takes_a_row_for_each_charge(desk: Desk) -> None:
    assert "Rows in 3 = accepted 3 + repeated 0 + refused 0" in desk.take(rows(tracking="T1", order="1001", weight="1.5", zone="4"))
    parcel = desk.parcel()
    assert invoices(desk) == [("INV-1", "2026-03-09", "USD")]
    assert (parcel.tracking_number, parcel.order_number, parcel.zone, parcel.billed_mg) == ("T1", "1001", "4", 1_500_000)
    assert parcel.charge_words == ["Freight", "Residential", "Fuel Surcharge"]
    assert parcel.charge_codes == ["base", "residential", "fuel"]
    assert (parcel.charges_minor, parcel.billed_minor, parcel.first_line) == ([500, 200, 50], 750, 2)


def test_takes_a_column_for_each_charge_from_a_workbook(desk: Desk, tmp_path: Path) -> None:
    save_format(tenant_id=desk.tenant_id, carrier="USPS", name="Wide", document=WIDE, at=NOON)
    header = ["账单号", "账单日期", "运单号", "计费重(kg)", "运费", "燃油", "住宅"]
    path = write_xlsx(
        tmp_path / "b.xlsx", [header, ["C-1", "2026-03-09", "T1", 2, 6, 0.6, None], ["C-1", "2026-03-09", "T2", 1, 5, 0.5, 2]]
    )
    assert "Saved: 2 billed parcels" in desk.take(path, name="Wide")
    first, second = desk.parcels()
    assert (first.charge_words, first.charges_minor, first.billed_mg) == (["运费", "燃油"], [600, 60], 2_000_000)
    assert (second.charge_codes, second.billed_minor) == (["base", "fuel", "residential"], 750)


PAIRED = {
    "columns": {
        "tracking_number": "Tracking ID",
        "invoice_number": "Invoice Number",
        "invoice_date": "Invoice Date",
        "weight": "Rated Weight",
    },
    "defaults": {"currency": "USD"},
    "charges": {"Transportation Charge": "base"},
    "pairs": {"Charge Description": "Charge Amount"},
    "codes": {"Fuel Surcharge": "fuel", "Residential": "residential", "Discount": "discount"},
    "options": {"weight_unit": "kg"},
}
PAIRED_HEADER = (
    "Invoice Number,Invoice Date,Tracking ID,Rated Weight,Transportation Charge,"
    "Charge Description,Charge Amount,Charge Description,Charge Amount,Charge Description,Charge Amount\n"
)


def test_takes_many_charges_a_row_in_columns_that_repeat_their_headers(desk: Desk) -> None:
    save_format(tenant_id=desk.tenant_id, carrier="USPS", name="Paired", document=PAIRED, at=NOON)
    desk.take(
        "F-1,2026-03-09,T1,1,6.00,Fuel Surcharge,0.50,Residential,2.00,Discount,-1.00\nF-1,2026-03-09,T2,2,7.00,,,Fuel Surcharge,0.70,,\n",
        name="Paired",
        header=PAIRED_HEADER,
    )
    first, second = desk.parcels()
    assert first.charge_words == ["Transportation Charge", "Fuel Surcharge", "Residential", "Discount"]
    assert (first.charge_codes, first.charges_minor) == (["base", "fuel", "residential", "discount"], [600, 50, 200, -100])
    assert (second.charge_codes, second.charges_minor, second.billed_mg) == (["base", "fuel"], [700, 70], 2_000_000)


def test_paired_charges_are_compared_by_cost_line_and_told_as_any_others(desk: Desk) -> None:
    save_format(tenant_id=desk.tenant_id, carrier="USPS", name="Paired", document=PAIRED, at=NOON)
    desk.ship("1001", tracking="T1")
    desk.take("F-1,2026-03-09,T1,1,5.00,Residential,2.35,Fuel Surcharge,0.50,,\n", name="Paired", header=PAIRED_HEADER)
    desk.reconcile()
    assert told(desk.parcel()) == [("residential", "surcharge", 35)]


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ("Dragon tax,1,,,,", "Line 2, Charge Description (1): The invoice format does not say which cost line “Dragon tax” is."),
        (",,,2.00,,", "Line 2, Charge Description (2): A value is needed here."),
        (",,,,Residential,", "Line 2, Charge Amount (3): A value is needed here."),
        (",,Residential,2.005,,", "Line 2, Charge Amount (2): 2.005 has more decimals than USD has."),
        (",,Residential,two,,", "Line 2, Charge Amount (2): “two” is not a number such as 12.50."),
    ],
)
def test_a_bad_cell_of_a_repeated_header_is_named_with_its_number(desk: Desk, cells: str, sentence: str) -> None:
    save_format(tenant_id=desk.tenant_id, carrier="USPS", name="Paired", document=PAIRED, at=NOON)
    assert sentence in desk.refuse(f"F-1,2026-03-09,T1,1,5.00,{cells}\n", name="Paired", header=PAIRED_HEADER)
    assert desk.parcels() == []


def test_charges_and_amounts_that_do_not_pair_are_refused_as_a_whole(desk: Desk) -> None:
    save_format(tenant_id=desk.tenant_id, carrier="USPS", name="Paired", document=PAIRED, at=NOON)
    header = PAIRED_HEADER.replace(",Charge Amount\n", "\n")
    said = desk.refuse("F-1,2026-03-09,T1,1,5.00,,,,,Residential\n", name="Paired", header=header)
    assert "The file has 3 columns “Charge Description”, and 2 “Charge Amount”: each needs its own." in said


def test_rows_that_name_no_parcel_go_on_with_the_one_above_where_the_format_says_so(desk: Desk) -> None:
    lines = (
        "A,2026-03-09,USD,T1,,1,4,Freight,5\n,,,,,,,Residential,2\nA,2026-03-09,USD,,,,,Fuel Surcharge,0.5\n"
        "A,2026-03-09,USD,T2,,1,4,Freight,6\n,,,,,,,Residential,2\n"
    )
    desk.format(name="Headed", options={"weight_unit": "kg", "rows_go_on": "yes"})
    desk.take(lines, name="Headed")
    assert [(parcel.tracking_number, parcel.charges_minor) for parcel in desk.parcels()] == [("T1", [500, 200, 50]), ("T2", [600, 200])]
    said = desk.refuse("B,2026-03-09,USD,T3,,1,4,Freight,5\nC,2026-03-09,USD,,,,,Residential,2\n", name="Headed")
    assert "Line 3, Tracking #: The row has neither a tracking number nor an order number." in said
    assert "Line 3, Invoice: A value is needed here." in desk.refuse(lines)


def test_the_same_file_again_adds_nothing(desk: Desk) -> None:
    twice = rows(("Freight", "5.00"), ("Freight", "5.00"), tracking="T1") + rows(tracking="T2")
    desk.take(twice)
    assert "Nothing new: every row was there already." in desk.take(twice)
    assert "repeated 3" in desk.take(rows(tracking="T2"))
    assert [parcel.billed_minor for parcel in desk.parcels()] == [1000, 750]


def test_an_invoice_never_changes(desk: Desk) -> None:
    desk.take(rows(tracking="T1"))
    said = desk.refuse(rows(("Freight", "9.99"), tracking="T1"))
    assert "Invoice INV-1 is on file and bills this parcel 7.50 USD; an invoice never changes." in said
    assert desk.parcel().billed_minor == 750


def test_a_dry_run_saves_nothing(desk: Desk) -> None:
    assert "Dry run: nothing was saved." in desk.take(rows(tracking="T1"), "--dry-run")
    assert (desk.parcels(), invoices(desk)) == ([], [])


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("INV-1,2026-03-09,USD,T1,,1,4,Freight,5.001", "Line 5, Amount: 5.001 has more decimals than USD has."),
        ("INV-1,2026-03-09,JPY,T1,,1,4,Freight,5.5", "Line 5, Currency: Invoice INV-1 is of 2026-03-09 in USD elsewhere."),
        ("INV-1,2026-03-10,USD,T1,,1,4,Freight,5", "Line 5, Invoice date: Invoice INV-1 is of 2026-03-09 in USD elsewhere."),
        ("INV-1,2026-03-09,USD,T1,,1,4,Dragon tax,5", "Line 5, Charge: The invoice format does not say which cost line “Dragon tax” is."),
        ("INV-1,2026-03-09,USD,T1,,1,4,,5", "Line 5, Charge: A value is needed here."),
        ("INV-1,2026-03-09,USD,T1,,1,4,Freight,", "Line 5, Amount: The row has no amount."),
        ("INV-1,2026-03-09,USD,T1,,1,4,Freight,five", "Line 5, Amount: “five” is not a number such as 12.50."),
        ("INV-1,2026-03-09,USD,T1,,1,4,Freight,=1+1", "Line 5, Amount: The cell holds a formula (=1+1); paste its value instead."),
        ("INV-1,2026-03-09,USD,,,1,4,Freight,5", "Line 5, Tracking #: The row has neither a tracking number nor an order number."),
        ("INV-1,09.03.2026,USD,T1,,1,4,Freight,5", "Line 5, Invoice date: “09.03.2026” is not a date such as 2026-11-22."),
        ("INV-1,2026-03-09,USD,1.2E+15,,1,4,Freight,5", "“1.2E+15” was rounded by a spreadsheet"),
        (",2026-03-09,USD,T1,,1,4,Freight,5", "Line 5, Invoice: A value is needed here."),
        ("INV-1,2026-03-09,USD,T1,,1,4,Freight,5,x", "Line 5, –: The row has 10 cells, the header 9."),
    ],
)
def test_a_bad_cell_is_named_and_nothing_of_the_file_is_saved(desk: Desk, line: str, sentence: str) -> None:
    assert sentence in desk.refuse(rows(tracking="T0") + line + "\n")
    assert (desk.parcels(), invoices(desk)) == ([], [])


def test_a_parcel_stands_or_falls_with_all_its_rows(desk: Desk) -> None:
    bad = rows(("Freight", "5.00"), ("Dragon tax", "1.00"), tracking="T1") + rows(tracking="T2")
    said = desk.take(bad, "--take-good-rows")
    assert "accepted 3 + repeated 0 + refused 2" in said
    assert desk.parcel().tracking_number == "T2"


def test_rows_of_a_parcel_that_disagree_are_refused(desk: Desk) -> None:
    line = "INV-1,2026-03-09,USD,T1,,{weight},{zone},Freight,5\n"
    said = desk.refuse(line.format(weight=1, zone=4) + line.format(weight=2, zone=5))
    assert "Line 3, Zone: Line 2 of the same parcel says “4”." in said


def test_the_heaviest_row_is_the_parcel_s_weight_since_others_state_none(desk: Desk) -> None:
    line = "INV-1,2026-03-09,USD,T1,,{weight},,Freight,{amount}\n"
    desk.take("".join(line.format(weight=weight, amount=amount) for weight, amount in ((0, 1), (2, 2), ("", 3))))
    assert desk.parcel().billed_mg == 2_000_000


@pytest.mark.parametrize(("cell", "minor"), [("$1,234.50", 123450), ("-3.20", -320), ("(3.20)", -320), ("¥8", 800), ("-$1.00", -100)])
def test_amounts_are_read_as_carriers_write_them(desk: Desk, cell: str, minor: int) -> None:
    desk.take(f'INV-1,2026-03-09,USD,T1,,1,4,Freight,"{cell}"\n')
    assert desk.parcel().billed_minor == minor


def test_a_format_may_take_any_other_charge_and_dates_of_its_own(desk: Desk) -> None:
    desk.format(name="US", codes={"Freight": "base", "*": "other"}, options={"weight_unit": "lb", "date_pattern": "%m/%d/%Y"})
    desk.take("INV-1,03/09/2026,USD,T1,,2,4,Dragon tax,5\n", name="US")
    assert (desk.parcel().charge_codes, desk.parcel().billed_mg, invoices(desk)[0][1]) == (["other"], 907_184, "2026-03-09")
    assert "is not a date" in desk.refuse("INV-2,13/09/2026,USD,T1,,2,4,Freight,5\n", name="US")


def test_what_a_file_does_not_say_is_given_by_the_command(desk: Desk) -> None:
    desk.take("T1,Freight,5\n", "--number", "N-7", "--date", "2026-03-09", "--currency", "USD", header="Tracking #,Charge,Amount\n")
    assert invoices(desk) == [("N-7", "2026-03-09", "USD")]


def test_a_map_is_stored_and_used_again(desk: Desk, tmp_path: Path) -> None:
    path = write_text(tmp_path / "map.toml", '[columns]\ntracking_number = "Parcel"\n[codes]\n"Porto" = "base"\n')
    header = HEADER.replace("Tracking #", "Parcel")
    desk.take("A,2026-03-09,USD,T1,,,,Porto,5\n", "--map", str(path), name="German", header=header)
    desk.take("B,2026-03-09,USD,T1,,,,Porto,5\n", name="German", header=header)
    assert [number for number, _day, _currency in invoices(desk)] == ["A", "B"]
    with pytest.raises(CommandError, match="which a dry run does not"):
        desk.take("", "--map", str(path), "--dry-run", name="German", header=header)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"codes": {"Freight": "Base!"}}, r"\[codes\] Freight: a cost line is written like"),
        ({"columns": {"colour": "X"}, "codes": {"F": "base"}}, "colour: there is no such column"),
        ({}, r"\[charges\]: no charge is given a cost line"),
        ({"codes": {"F": "base"}, "options": {"weight_unit": "stone"}}, "the unit is kg, g, lb or oz"),
        ({"codes": {"F": "base"}, "options": {"rows_go_on": "maybe"}}, "the answer is yes or no"),
        ({"pairs": {"Word": "Amount"}}, r"\[codes\]: no charge is given a cost line"),
        ({"pairs": {"A": "B", "C": "B"}, "codes": {"F": "base"}}, r"\[pairs\]: a column stands in two pairs"),
        ({"codes": {"F": "base"}, "options": {"colour": "x"}}, "there is no such option"),
        ({"codes": {"F": "base"}, "colours": {}}, r"\[colours\]: there is no such table"),
        ({"codes": {"F": ["base"]}}, "the value must be a text"),
        ({"codes": {"F": "base"}, "tolerance": {"amount": "much"}}, "“much” is not a number"),
    ],
)
def test_a_format_that_could_not_be_used_is_refused(desk: Desk, document: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvoiceFormatInvalid, match=sentence):
        save_format(tenant_id=desk.tenant_id, carrier="USPS", name="Bad", document=document, at=NOON)


def test_unknown_carriers_and_formats_are_named(desk: Desk) -> None:
    with pytest.raises(CommandError, match="Carrier “USPS” has no invoice format “Daily”"):
        desk.take("", name="Daily")


def test_many_rows_are_taken_in_bounded_chunks(desk: Desk) -> None:
    desk.take("".join(rows(("Freight", "5.00"), tracking=f"T{number}") for number in range(4_500)))
    assert len(desk.parcels()) == 4_500
    assert desk.parcels()[0].invoice.issued_date == day("2026-03-09")
