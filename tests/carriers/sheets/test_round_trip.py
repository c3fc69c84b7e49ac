"""What is written as sheets is read again as the same: card, chart, lists and fuel, in XLSX and CSV, in both languages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carriers.core.areas import area_list_from_document, area_list_to_document
from carriers.core.card import card_from_document, card_to_document
from carriers.core.zones import chart_to_document
from carriers.sheets.book import Book, Given, Sheet, begin_book, finish_book, write_book
from carriers.sheets.files import read_grids, write_csv, write_xlsx
from carriers.sheets.grid import Grid
from tests.carriers.core import random_cards as world

some = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
languages = st.sampled_from(["en", "zh-hans"])
CHART: dict[str, Any] = chart_to_document(world.CHART)
FUEL = {date(2026, 10, 5): Decimal("18.25"), date(2026, 10, 12): Decimal(18)}


def read(grids: list[Grid]) -> Book:
    book = finish_book(begin_book(grids), Given())
    assert [str(fault) for fault in book.faults.found] == []
    return book


def as_grids(sheets: list[Sheet]) -> list[Grid]:
    return [Grid(sheet.name, list(enumerate(sheet.rows, start=1))) for sheet in sheets]


@some
@given(world.card_documents(), languages, st.booleans())
def test_every_card_reads_again_as_it_was_written(written: dict[str, Any], language: str, long_rates: bool) -> None:
    document = card_to_document(card_from_document(written))
    sheets = write_book(document=document, about={}, language=language, long_rates=long_rates)
    assert read(as_grids(sheets)).document == document


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(world.card_documents(), languages)
def test_a_workbook_gives_back_card_chart_lists_and_fuel(written: dict[str, Any], language: str) -> None:
    document = card_to_document(card_from_document(written))
    areas = {code: area_list_to_document(areas) for code, areas in world.AREAS.items()}
    about = {"carrier": "UPS", "channel": "GROUND", "zone_chart": CHART["code"]}
    sheets = write_book(document=document, about=about, chart_document=CHART, areas=areas, fuel=FUEL, language=language)
    with TemporaryDirectory() as folder:
        write_xlsx(Path(folder) / "card.xlsx", sheets)
        book = read(read_grids(Path(folder) / "card.xlsx"))
    assert (book.document, book.chart_document, book.areas, book.fuel, book.about) == (document, CHART, areas, FUEL, about)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(world.card_documents(), languages, st.booleans())
def test_csv_files_give_back_the_same_sheets(written: dict[str, Any], language: str, long_rates: bool) -> None:
    document = card_to_document(card_from_document(written))
    about = {"zone_chart": CHART["code"]}
    sheets = write_book(document=document, about=about, chart_document=CHART, fuel=FUEL, language=language, long_rates=long_rates)
    with TemporaryDirectory() as folder:
        grids = []
        for sheet in sheets:
            path = Path(folder) / f"{sheet.name}.csv"
            path.write_bytes(write_csv(sheet))
            grids += read_grids(path)
    book = read(grids)
    assert (book.document, book.chart_document, book.fuel) == (document, CHART, FUEL)


labels = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"], exclude_characters='"=#'), min_size=1, max_size=8)


@some
@given(st.lists(labels.map(lambda text: " ".join(text.split())).filter(bool), min_size=1, max_size=6, unique=True), languages)
def test_zones_of_any_name_are_kept(zones: list[str], language: str) -> None:
    written = {
        "code": "names",
        "currency": "USD",
        "effective_from": "2026-01-01",
        "units": {"weight": "kg", "length": "cm"},
        "zones": zones,
        "rates": [{"not_over": "1", "amounts": "1.00"}],
        "surcharges": [
            {"code": "by zone", "amounts": [f"{n}.00" for n in range(len(zones))]},
            {"code": "in zones", "amounts": "2.00", "when": [{"zones": zones}]},
        ],
        "transit_days": dict.fromkeys(zones, 3),
    }
    document = card_to_document(card_from_document(written))
    assert read(as_grids(write_book(document=document, about={}, language=language))).document == document


postcodes = st.one_of(st.from_regex(r"[0-9]{3,5}", fullmatch=True), st.sampled_from(["00500..00599", "9900..9909"]))


@some
@given(st.dictionaries(st.sampled_from(["remote", "extended"]), st.sets(postcodes, min_size=1, max_size=12), min_size=1), languages)
def test_lists_of_areas_are_kept(tiers: dict[str, set[str]], language: str) -> None:
    entries: dict[str, str] = {}
    for tier, found in tiers.items():
        entries |= dict.fromkeys(found - entries.keys(), tier)
    rows = [{"country": "US", "tier": tier, "postcodes": [text]} for text, tier in entries.items()]
    document = area_list_to_document(area_list_from_document({"code": "far", "entries": rows}))
    sheet = write_book(document=PLAIN, about={}, areas={"far": document}, language=language)
    assert read(as_grids(sheet)).areas == {"far": document}


PLAIN = card_to_document(card_from_document(world.PLAIN_CARD))
