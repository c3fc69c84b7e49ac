"""Workbooks in and out of the database: template, import, difference, export, lists and fuel."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from openpyxl import load_workbook

from carriers.core.types import Destination, Origin, Parcel, Quote, Rejection
from carriers.models import AreaList, FuelRate, RateCard, ZoneChart
from carriers.quoting import quote_channels
from tests.tabular.tables import write_text
from tests.world import add_carrier, add_channel, add_tenant
from wms.tenancy.scope import tenant_scope

DAY = "2027-03-01"
EDISON = Origin(key=1, country="US", postcode="08817")
ANCHORAGE = Destination(country="US", postcode="99501")


class Office:
    """A company with a channel GROUND and another, AIR; and what the commands say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tenant = add_tenant()
        carrier = add_carrier(tenant=self.tenant)
        for code in ("GROUND", "AIR"):
            add_channel(carrier=carrier, code=code)

    def template(self, language: str = "en") -> Path:
        path = self.folder / f"template-{language}.xlsx"
        call_command("export_rates", str(path), "--template", "--language", language, stdout=StringIO())
        return path

    def take(self, path: Path, *options: str) -> str:
        said = StringIO()
        try:
            call_command("import_rates", str(path), "--tenant", "eastlake", *options, stdout=said)
        except CommandError as refused:
            return f"{said.getvalue()}{refused}"
        return said.getvalue()

    def export(self, name: str = "export.xlsx", *options: str) -> Path:
        path = self.folder / name
        call_command("export_rates", str(path), "--tenant", "eastlake", "--channel", "GROUND", "--day", DAY, *options, stdout=StringIO())
        return path

    def edit(self, path: Path, change: Callable[[Any], None], *, name: str = "edited.xlsx") -> Path:
        book = load_workbook(path)
        change(book)
        book.save(self.folder / name)
        return self.folder / name

    def rows(self, model: Any) -> list[Any]:
        with tenant_scope(tenant_id=self.tenant.pk):
            return list(model.objects.order_by("pk"))

    def answer(self, pounds: int, *, to: Destination, channel: str = "GROUND") -> Quote | Rejection:
        parcel = Parcel(actual_mg=pounds * 453_592)
        found = quote_channels(
            tenant_id=self.tenant.pk, parcels=[parcel], origins=[EDISON], destination=to, ship_date=date.fromisoformat(DAY)
        )
        (one,) = (quote for quote in found if quote.channel_code == channel)
        return one.answer

    def cents(self, pounds: int, *, to: Destination, channel: str = "GROUND") -> int | str | None:
        answer = self.answer(pounds, to=to, channel=channel)
        return answer.total_minor if isinstance(answer, Quote) else answer.code.slug

    def days(self, *, to: Destination) -> int | None:
        answer = self.answer(1, to=to)
        assert isinstance(answer, Quote)
        return answer.transit_days


@pytest.fixture
def office(db: None, tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_template_is_a_card_that_prices(office: Office, language: str) -> None:
    said = office.take(office.template(language))
    assert said.splitlines()[0] == "No version is in force: everything is new."
    assert said.splitlines()[-1] == "Saved: a version of the rate card, a zone chart, 1 lists of areas, 2 fuel surcharges"
    # 3 lb to zone 3: 12.50 less 20 %, remote area 3.50, fuel 18 % of the net base 1.80 less 10 %
    assert office.cents(3, to=ANCHORAGE) == 1512


def test_what_was_exported_is_nothing_new(office: Office) -> None:
    office.take(office.template())
    assert office.take(office.export()).endswith("  nothing\nNothing new.\n")
    assert office.take(office.export("zh.xlsx", "--language", "zh-hans", "--long")).endswith("Nothing new.\n")
    assert [len(office.rows(model)) for model in (RateCard, ZoneChart, AreaList, FuelRate)] == [1, 1, 1, 2]


def test_a_dry_run_shows_the_difference_and_saves_nothing(office: Office) -> None:
    office.take(office.template())

    def raise_prices(book: Any) -> None:
        rates = book["rates"]
        assert [cell.value for cell in rates[1]] == ["not over", "charge", "step", "beyond", "1", "2", "3"]
        rates["E2"], rates["F3"] = 6.71, 7.03
        rates.append([150, "amount", None, None, 30, 40, 50])
        book["terms"]["B7"] = date(2027, 2, 1)

    said = office.take(office.edit(office.export(), raise_prices), "--dry-run")
    lines = [line.strip() for line in said.splitlines()]
    assert lines[0] == "Compared with the version in force since 2027-01-01:"
    assert "prices: 2 of 23 changed" in lines
    assert "least: zone 2 up to 1: 7.40 → 7.03 (-5.0 %)" in lines
    assert "most: zone 1 up to 15.999 oz: 6.10 → 6.71 (+10.0 %)" in lines
    assert "weights: 1 added (150)" in lines
    assert lines[-1] == "Dry run: nothing was saved."
    assert len(office.rows(RateCard)) == 1


def test_a_new_version_ends_the_one_before(office: Office) -> None:
    office.take(office.template())

    def from_february(book: Any) -> None:
        book["terms"]["B7"] = "2027-02-01"
        book["rates"]["G5"] = 13.5  # 5 lb to zone 3

    office.take(office.edit(office.export(), from_february))
    spans = [(card.effective_from, card.effective_to) for card in office.rows(RateCard)]
    assert spans == [(date(2027, 1, 1), date(2027, 2, 1)), (date(2027, 2, 1), None)]
    assert office.cents(3, to=ANCHORAGE) == 1605  # 10.80 + 3.50 + 1.94 - 0.19
    assert len(office.rows(ZoneChart)) == 1


def test_one_sheet_as_csv_changes_that_part_only(office: Office) -> None:
    office.take(office.template())
    fewer = write_text(office.folder / "surcharges.csv", "code,amount,area list,tiers\nremote_area,5.00,delivery,remote\n")
    said = office.take(fewer, "--channel", "GROUND", "--effective-from", "2027-02-01")
    assert "surcharges: 4 removed (residential, oversize, additional_handling, peak)" in said
    assert "surcharges: 1 changed (remote_area)" in said
    assert office.cents(3, to=ANCHORAGE) == 1662


def test_a_sheet_of_discounts_replaces_the_discount_in_force(office: Office) -> None:
    office.take(office.template())
    less = write_text(office.folder / "discounts.csv", "not over,percent\n4,30%\n8 kg,10\n")
    said = office.take(less, "--channel", "GROUND", "--effective-from", "2027-02-01")
    assert "discount by weight: 2 added (4, 8 kg)" in said
    assert "discount by weight: 2 removed (5, 70)" in said
    assert office.cents(3, to=ANCHORAGE) == 1367  # 12.50 less 3.75, 3.50, fuel 1.58 less 0.16


def test_a_discount_that_makes_a_heavier_parcel_cheaper_is_pointed_out_and_may_be_published(office: Office) -> None:
    assert "heavier parcel" not in office.take(office.template())
    less = write_text(office.folder / "discounts.csv", "not over,percent\n1,0\n70,60%\n")
    said = office.take(less, "--channel", "GROUND", "--effective-from", "2027-02-01", "--dry-run")
    assert "A heavier parcel is cheaper in" in said
    assert "zone 1, above 1 lb, 5.80 USD after 6.90 USD" in said
    assert len(office.rows(RateCard)) == 1
    office.take(less, "--channel", "GROUND", "--effective-from", "2027-02-01")
    assert len(office.rows(RateCard)) == 2


def test_days_by_postcode_keep_their_zeros_and_are_compared(office: Office) -> None:
    office.take(office.template())
    days = write_text(office.folder / "transit.csv", "zone,country,postcodes,postcodes to,days\n3,,,,5\n,US,1001,,7\n,US,99500,99999,8\n")
    said = office.take(days, "--channel", "GROUND", "--effective-from", "2027-02-01")
    assert "transit days: 2 added (US 01001, US 99500..99999)" in said
    assert "transit days: 5 removed (1, 2, US 967, US 968, US 995..999)" in said
    assert [office.days(to=Destination(country="US", postcode=code)) for code in ("99501", "01001", "01002")] == [8, 7, None]


def test_days_for_a_postcode_that_contradict_each_other_are_refused(office: Office) -> None:
    office.take(office.template())
    days = write_text(office.folder / "transit.csv", "country,postcode,days\nUS,99501,7\nUS,99501,8\nAtlantis,1,2\n")
    said = office.take(days, "--channel", "GROUND", "--effective-from", "2027-02-01")
    assert "transit!A4" in said
    assert len(office.rows(RateCard)) == 1


def test_a_discount_is_one_per_cent_or_one_by_weight(office: Office) -> None:
    def state_both(book: Any) -> None:
        next(row for row in book["terms"].iter_rows() if row[0].value == "discount percent")[1].value = "5 %"

    said = office.take(office.edit(office.template(), state_both))
    assert "A discount is one per cent, or one for each band of weights, not both." in said
    assert office.rows(RateCard) == []


def test_a_part_without_a_version_is_refused(office: Office) -> None:
    path = write_text(office.folder / "surcharges.csv", "code,amount\nlabel,5.00\n")
    assert "no rate card is in force on 2027-02-01" in office.take(path, "--channel", "GROUND", "--effective-from", "2027-02-01")


def test_a_workbook_may_be_taken_for_another_channel(office: Office) -> None:
    office.take(office.template())
    office.take(office.export(), "--channel", "AIR")
    assert office.cents(3, to=ANCHORAGE, channel="AIR") == 1512


def test_a_list_of_postcodes_comes_by_itself(office: Office) -> None:
    office.take(office.template())
    path = write_text(office.folder / "delivery.csv", "postcode,tier,country\n99950..99999,remote,US\n1001,extended,US\n")
    said = office.take(path, "--carrier", "USPS", "--list", "delivery", "--effective-from", "2027-02-15")
    assert "list delivery: 1 added (US 01001)" in said
    assert "list delivery: 3 removed (US 04003, US 59001, US 99501)" in said
    assert "Saved: 1 lists of areas" in said
    assert office.cents(3, to=ANCHORAGE) == 1162
    assert office.take(path, "--carrier", "USPS", "--list", "delivery", "--effective-from", "2027-02-15").endswith("Nothing new.\n")


def test_fuel_comes_by_itself(office: Office) -> None:
    office.take(office.template())
    path = write_text(office.folder / "fuel.csv", "生效日期,燃油附加费\n2027-02-22,20%\n2027-01-11,18\n")
    assert "fuel surcharge: 1 added (2027-02-22)" in office.take(path, "--channel", "GROUND")
    with tenant_scope(tenant_id=office.tenant.pk):
        assert FuelRate.objects.order_by("-effective_from")[0].percent == Decimal(20)


def test_a_chart_never_changes_under_its_name(office: Office) -> None:
    office.take(office.template())

    def move_a_zone(book: Any) -> None:
        book["zones"]["E2"] = "3"

    changed = office.edit(office.export(), move_a_zone)
    assert "The carrier has another zone chart called “ground zones 2027”" in office.take(changed)
    said = office.take(changed, "--chart-code", "ground zones, corrected", "--effective-from", "2027-02-01")
    assert "zone chart: " in said
    assert len(office.rows(ZoneChart)) == 2


def break_price(book: Any) -> None:
    book["rates"]["F4"] = "eight"


def break_with_formula(book: Any) -> None:
    book["rates"]["F4"] = "=F3*1.1"


def break_by_merging(book: Any) -> None:
    book["rates"].merge_cells("F4:G4")


def leave_a_gap(book: Any) -> None:
    book["rates"]["F4"] = None


def repeat_a_row(book: Any) -> None:
    book["rates"]["A5"] = 2


def price_in_euros(book: Any) -> None:
    book["rates"]["F4"] = "8.30 EUR"


def forget_a_zone_of_a_surcharge(book: Any) -> None:
    sheet = book["surcharges"]
    column = [cell.value for cell in sheet[1]].index("2") + 1
    row = [cell.value for cell in sheet["A"]].index("oversize") + 1
    sheet.cell(row, column).value = None


def misspell_a_column(book: Any) -> None:
    sheet = book["surcharges"]
    sheet.cell(1, [cell.value for cell in sheet[1]].index("residential") + 1).value = "residental"


def name_a_zone_that_is_not_there(book: Any) -> None:
    book["transit"]["A2"] = "17"


def contradict_a_row_of_the_chart(book: Any) -> None:
    zones = book["zones"]
    zones.append([cell.value for cell in zones[2]][:-1] + ["3"])


def misspell_a_term(book: Any) -> None:
    book["terms"]["A6"] = "curency"


def forget_the_currency(book: Any) -> None:
    book["terms"]["B6"] = None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (break_price, "rates!F4: “eight” is not a number such as 12.50."),
        (break_with_formula, "rates!F4: The cell holds a formula (=F3*1.1); paste its value instead."),
        (break_by_merging, "rates!F4: The cells F4:G4 are merged; unmerge them and fill in each."),
        (leave_a_gap, "rates!F4: Zone 2 has prices above and below this row, but none in it. Write – if there is none."),
        (repeat_a_row, "rates!A5: The row before it is about the same weight."),
        (price_in_euros, "rates!F4: “8.30 EUR” is not in USD, the currency of this rate card."),
        (forget_a_zone_of_a_surcharge, "The surcharge has no amount for some of the zones."),
        (misspell_a_column, "surcharges!"),
        (name_a_zone_that_is_not_there, "transit!A2: Zone 17 has no column of prices."),
        (contradict_a_row_of_the_chart, "gives zone "),
        (misspell_a_term, "terms!A6: “curency” is no term of a rate card."),
        (forget_the_currency, "terms!B6: A value is needed here."),
    ],
)
def test_a_fault_is_shown_by_its_cell_and_nothing_is_saved(office: Office, change: Callable[[Any], None], fault: str) -> None:
    said = office.take(office.edit(office.template(), change))
    assert fault in said
    assert said.endswith("Nothing was saved.")
    assert [len(office.rows(model)) for model in (RateCard, ZoneChart, AreaList, FuelRate)] == [0, 0, 0, 0]


def test_faults_are_told_in_chinese_too(office: Office) -> None:
    with translation.override("zh-hans"):
        said = office.take(office.edit(office.template(), break_price))
    assert "rates!F4: " in said


def test_an_export_names_what_it_lacks(office: Office) -> None:
    with pytest.raises(CommandError, match="has no rate card in force on 2027-03-01"):
        office.export()
    with pytest.raises(CommandError, match="Name a company"):
        call_command("export_rates", "x.xlsx")
    with pytest.raises(CommandError, match="name it with --sheet"):
        call_command("export_rates", "x.csv", "--template")
