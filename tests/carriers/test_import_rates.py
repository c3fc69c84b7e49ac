"""Rate cards and zone charts from files."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from carriers.core.card import card_from_document
from carriers.core.rating import quote
from carriers.core.types import Destination, Origin, Parcel, Quote
from carriers.core.zones import chart_from_document
from carriers.models import RateCard, ZoneChart
from tests.tabular.tables import write_text, write_xlsx
from tests.world import add_carrier, add_channel, add_tenant
from wms.tenancy.scope import tenant_scope
from wms.values.length import length_um
from wms.values.mass import mass_mg

PRICES = "max_weight_lb,zone1,Zone 5,分区8\n15.999 oz,7.00,8,9.00\n1,8.00,9.00,10.00\n3,9.00,12.00,–\n15,15,21.15,33\n"
PAIRS = "origin_zip3,dest_zip3,zone\n240,240,1\n240,331,5\n240,5,8\n"
TERMS = ("--effective-from", "2026-07-12", "--divisor", "166", "--volume-above", "1728")


class Desk:
    """A tenant with one channel, and what importing says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tenant = add_tenant()
        self.channel = add_channel(carrier=add_carrier(tenant=self.tenant), code="GROUND")
        self.chart = write_text(folder / "chart.csv", PAIRS)

    def take(self, content: str | Path, *options: str, terms: tuple[str, ...] = TERMS) -> str:
        path = content if isinstance(content, Path) else write_text(self.folder / "prices.csv", content)
        arguments = [str(path), "--tenant", "eastlake", "--channel", "GROUND", *terms, *options]
        self.said = StringIO()
        with translation.override("en"):
            call_command("import_rates", *arguments, stdout=self.said)
        return self.said.getvalue()

    def refuse(self, content: str | Path, *options: str) -> str:
        before = self.validity()
        with pytest.raises(CommandError) as caught:
            self.take(content, "--chart", str(self.chart), *options)
        assert self.validity() == before
        return f"{self.said.getvalue()}{caught.value}"

    def validity(self) -> list[tuple[date, date | None]]:
        with tenant_scope(tenant_id=self.tenant.pk):
            return list(RateCard.objects.order_by("pk").values_list("effective_from", "effective_to"))

    def price(self, pounds: str, *, to: str, sides: tuple[int, int, int] = (0, 0, 0)) -> tuple[int, str]:
        """Return the price in cents of a parcel from Roanoke by the newest card, and its zone."""
        with tenant_scope(tenant_id=self.tenant.pk):
            row = RateCard.objects.order_by("-pk")[0]
            chart = chart_from_document(ZoneChart.objects.get(pk=row.zone_chart_id).document)
        length, width, height = (length_um(side, "in") for side in sides)
        answer: Any = quote(
            card=card_from_document(row.document),
            chart=chart,
            origin=Origin(key=1, country="US", postcode="24011"),
            destination=Destination(country="US", postcode=to),
            parcels=[Parcel(actual_mg=mass_mg(pounds, "lb"), length_um=length, width_um=width, height_um=height)],
            ship_date=date(2026, 8, 3),
        )
        assert isinstance(answer, Quote), answer
        return answer.total_minor, answer.zone


@pytest.fixture
def desk(db: None, tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_prices_come_in_force_and_price_parcels(desk: Desk) -> None:
    said = desk.take(PRICES, "--chart", str(desk.chart))
    assert "No version is in force: everything is new." in said
    assert "prices: 11" in said
    assert "Saved: a version of the rate card, a zone chart" in said
    assert desk.price("0.5", to="33101") == (800, "5")
    assert desk.price("3", to="33101") == (1200, "5")
    assert desk.price("3.01", to="33101") == (2115, "5")
    assert desk.price("2.5", to="33101", sides=(16, 16, 8)) == (2115, "5")  # 2,048 in³ / 166 = 12.3 lb
    assert desk.price("1", to="00501") == (1000, "8")  # the chart's 5 had lost its zeros
    with tenant_scope(tenant_id=desk.tenant.pk):
        card = RateCard.objects.get()
    assert (card.effective_from, card.effective_to, card.currency) == (date(2026, 7, 12), None, "USD")


def test_the_same_prices_again_change_nothing(desk: Desk) -> None:
    desk.take(PRICES, "--chart", str(desk.chart))
    said = desk.take(PRICES, "--chart", str(desk.chart))
    assert said.endswith("  nothing\nNothing new.\n")
    assert len(desk.validity()) == 1


def test_a_later_version_ends_the_one_before(desk: Desk) -> None:
    desk.take(PRICES, "--chart", str(desk.chart))
    said = desk.take(PRICES.replace("12.00", "13.00"), terms=("--effective-from", "2026-08-01"))
    assert "prices: 1 of 11 changed" in said
    assert "least: zone 5 up to 3: 12.00 → 13.00 (+8.3 %)" in said
    assert desk.validity() == [(date(2026, 7, 12), date(2026, 8, 1)), (date(2026, 8, 1), None)]
    assert desk.price("3", to="33101") == (1300, "5")


def test_what_the_file_does_not_say_is_taken_from_the_version_in_force(desk: Desk) -> None:
    desk.take(PRICES, "--chart", str(desk.chart))
    desk.take(PRICES, terms=("--effective-from", "2026-08-01"))
    assert desk.price("2.5", to="33101", sides=(16, 16, 8)) == (2115, "5")  # by the divisor of the first import


def test_a_version_in_between_ends_where_the_next_begins(desk: Desk) -> None:
    desk.take(PRICES, "--chart", str(desk.chart))
    for day in ("2026-09-01", "2026-08-01"):
        desk.take(PRICES, terms=("--effective-from", day))
    assert sorted(desk.validity(), key=lambda span: span[0]) == [
        (date(2026, 7, 12), date(2026, 8, 1)),
        (date(2026, 8, 1), date(2026, 9, 1)),
        (date(2026, 9, 1), None),
    ]


def test_of_two_versions_of_one_day_the_later_published_holds(desk: Desk) -> None:
    desk.take(PRICES, "--chart", str(desk.chart))
    desk.take(PRICES.replace("12.00", "12.50"))
    assert desk.validity() == [(date(2026, 7, 12), date(2026, 7, 12)), (date(2026, 7, 12), None)]


def test_a_dry_run_publishes_nothing(desk: Desk) -> None:
    assert "Dry run" in desk.take(PRICES, "--chart", str(desk.chart), "--dry-run")
    assert desk.validity() == []
    with tenant_scope(tenant_id=desk.tenant.pk):
        assert not ZoneChart.objects.exists()


def test_workbooks_and_further_details_are_taken(desk: Desk) -> None:
    details = desk.folder / "details.json"
    details.write_text(json.dumps({"limits": {"weight": "15"}, "surcharges": [{"code": "label", "amounts": "1.00"}]}))
    rows: list[list[Any]] = [["Weight (lb)", "1", "5", 8], [1, 8, 9, 10.5], [15, 15.25, 21.15, 33]]
    desk.take(write_xlsx(desk.folder / "prices.xlsx", rows), "--chart", str(desk.chart), "--details", str(details))
    assert desk.price("1", to="33101") == (1000, "5")


def test_a_chart_may_be_given_in_parts(desk: Desk) -> None:
    exceptions = write_text(desk.folder / "exceptions.csv", "origin_zip3,dest_from,dest_to,zone\n240,33101,33119,8\n")
    bands = write_text(desk.folder / "bands.csv", "zone,min_miles,max_miles\n1,0,50\n5,51,1000\n8,1001,\n")
    desk.take(PRICES, "--chart", str(desk.chart), "--chart", str(exceptions), "--chart", str(bands), "--chart-code", "parts")
    assert desk.price("1", to="33110")[1] == "8"
    assert desk.price("1", to="33125")[1] == "5"
    with tenant_scope(tenant_id=desk.tenant.pk):
        chart = chart_from_document(ZoneChart.objects.get(code="parts").document)
    assert chart.bands is not None
    assert [chart.zones[zone] for zone in chart.bands.zones] == ["1", "5", "8"]


def test_zones_may_go_by_country(desk: Desk) -> None:
    chart = write_text(desk.folder / "countries.csv", "国家,分区\n德国,5\nJP,8\n美国,1\n")
    desk.take(PRICES, "--chart", str(chart))
    assert desk.price("1", to="90210") == (800, "1")


@pytest.mark.parametrize(
    ("change", "cell", "sentence"),
    [
        (("12.00", "12.005"), "C4", "“12.005” is not an amount"),
        (("12.00", "-12"), "C4", "“-12” is below zero"),
        (("12.00", "a lot"), "C4", "“a lot” is not a number such as 12.50"),
        (("12.00", "１２"), "C4", "“１２” is not a number such as 12.50"),
        (("12.00", "12.00 EUR"), "C4", "“12.00 EUR” is not in USD"),
        (("12.00", "=6*2"), "C4", "The cell holds a formula (=6*2)"),
        (("12.00", "#REF!"), "C4", "The cell holds a spreadsheet's error #REF!"),
        (("12.00", ""), "C4", "Zone 5 has prices above and below this row, but none in it"),
        (("\n3,", "\n0.5,"), "A4", "The weight is not above that of the row before it"),
        (("\n3,", "\n1,"), "A4", "The row before it is about the same weight"),
        (("\n3,", "\n3 stone,"), "A4", "“3 stone” is not a number, nor one with a unit"),
        (("\n3,", "\nheavy,"), "A4", "“heavy” is not a number, nor one with a unit"),
        (("\n3,", "\n1e3,"), "A4", "“1e3” is not a number, nor one with a unit"),
        (("\n3,", "\n,"), "A5", "The weight is not above that of the row before it"),
        (("12.00,", "12.00,1,1"), "4", "The row has 5 cells, the header 4"),
    ],
)
def test_a_bad_cell_is_named_and_nothing_is_published(desk: Desk, change: tuple[str, str], cell: str, sentence: str) -> None:
    said = desk.refuse(PRICES.replace(*change))
    assert f"  prices!{cell}: {sentence}" in said


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("weight,1,5\n1,2,3\n", "prices: The file has no sheet of terms"),
        ("weight lb,zone1,1\n1,2,3\n", "prices!C1: Column B is for “1” already."),
        ("weight lb,1,,5\n1,2,3,4\n", "prices!C1: The column has prices, but its header names no zone."),
        ("weight lb,91,92\n1,2,3\n", "have nothing in common"),
        ("weight lb,1,5\n", "prices!1: There is nothing here that could be read."),
        ("colour,1,5\nred,2,3\n", "prices: The file has no sheet of terms"),
    ],
)
def test_a_header_that_cannot_be_prices_is_refused(desk: Desk, content: str, sentence: str) -> None:
    assert sentence in desk.refuse(content)


def test_a_file_that_could_be_about_anything_is_refused(desk: Desk) -> None:
    path = write_text(desk.folder / "thing.csv", "colour,1,5\nred,2,3\n")
    assert "can't be told from its name or its columns: colour, 1, 5." in desk.refuse(path)


@pytest.mark.parametrize(
    ("chart", "sentence"),
    [
        ("origin,dest,zone\n240,330,5\n240,330,6\n", "chart!C3: Line chart 2 gives zone 5 for the same journey"),
        ("origin,dest,zone\n240,33!,5\n", "chart!B2: “33!” is no postcode of US"),
        ("origin,dest,zone\n240,330,\n", "chart!C2: A value is needed here"),
        ("country,zone\nNarnia,1\n", "chart!A2: There is no country “Narnia”"),
        ("colour,zone\nred,1\n", "chart!A1: There is no column “colour” in this sheet"),
        ("zone,max_miles\n1,150\n5,50\n", "chart!1: The weight is not above that of the row before it"),
        ("origin,dest from,dest to,zone\n240,33119,33101,5\n", "chart!B2: “33119..33101” is no postcode of US"),
        ("origin,dest from,dest to,zone\n240,33101,33119,5\n240,33110,33130,6\n", "chart!D3: The range 33110..33130 overlaps"),
    ],
)
def test_a_bad_chart_is_refused_with_its_prices(desk: Desk, chart: str, sentence: str) -> None:
    write_text(desk.chart, chart)
    assert sentence in desk.refuse(PRICES)


def test_a_chart_never_changes_under_its_name(desk: Desk) -> None:
    desk.take(PRICES, "--chart", str(desk.chart), "--chart-code", "2026")
    write_text(desk.chart, PAIRS.replace("331,5", "331,8"))
    assert "another zone chart called “2026”" in desk.refuse(PRICES, "--chart-code", "2026")


def test_the_words_of_a_details_file_are_checked(desk: Desk) -> None:
    details = desk.folder / "details.json"
    details.write_text(json.dumps({"limit": {"weight": "15"}}))
    assert "prices: “limit” is not known here." in desk.refuse(PRICES, "--details", str(details))
    details.write_text("[")
    assert "is not a JSON object" in desk.refuse(PRICES, "--details", str(details))


def test_an_unknown_channel_or_chart_is_named(desk: Desk) -> None:
    with pytest.raises(CommandError, match="no zone chart"):
        desk.take(PRICES)
    with pytest.raises(CommandError, match="no zone chart “2019”"):
        desk.take(PRICES, "--chart-code", "2019")
    with translation.override("en"), pytest.raises(CommandError, match="no channel “AIR”"):
        call_command("import_rates", "x.csv", "--tenant", "eastlake", "--channel", "AIR", "--effective-from", "2026-01-01")
