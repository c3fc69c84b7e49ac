"""docs/pricing.md is executed: its documents are read, and every row of its tables is calculated."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from carriers.core.areas import area_list_from_document
from carriers.core.card import card_from_document
from carriers.core.fuel import FuelTable
from carriers.core.handling import HandlingFee
from carriers.core.rating import quote
from carriers.core.tiers import TierMarkup, markup_millis
from carriers.core.types import Destination, Origin, Parcel, Quote, RejectionCode
from carriers.core.zones import NO_ZONE, NOT_SERVED, chart_from_document
from wms.values.fx import Rate, convert_minor
from wms.values.length import length_um, length_unit
from wms.values.mass import mass_mg, mass_text, mass_unit
from wms.values.money import format_minor, to_minor

PAGE = (Path(__file__).parents[3] / "docs/pricing.md").read_text(encoding="utf-8")
ROANOKE = Origin(key=1, country="US", postcode="24011")
DAY = "2026-08-03"
FUEL = FuelTable.of({date(2026, 8, 3): "18.25", date(2026, 8, 10): "20"})
INPUTS = {"mass", "sides", "tags", "to", "ship date", "billable", "reason", "days", "total"}

Row = dict[str, str]


def documents(kind: str) -> dict[str, dict[str, Any]]:
    """Return the JSON blocks of a kind by name; a card with a second name adds to that card."""
    found: dict[str, dict[str, Any]] = {}
    for name, base, text in re.findall(rf"```json {kind} (\w+)(?: (\w+))?\n(.*?)```", PAGE, re.DOTALL):
        found[name] = found.get(base, {}) | json.loads(text)
    return found


def tables(marker: str) -> Iterator[tuple[str, Row]]:
    """Yield (what the marker names, row) of each table under such a marker."""
    for name, table in re.findall(rf"<!-- {marker}:? ?(.*?) ?-->\n((?:\|.*\n)+)", PAGE):
        head, _, *rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines()]
        for row in rows:
            yield name, dict(zip(head, row, strict=True))


def place(text: str) -> dict[str, Any]:
    """Return the fields of "CA M5V @ 43.64,-79.39"."""
    address, _, position = text.partition(" @ ")
    country, _, postcode = address.partition(" ")
    lat, lon = [float(degrees) for degrees in position.split(",")] if position else (None, None)
    return {"country": country, "postcode": postcode, "lat": lat, "lon": lon}


def parcels(row: Row) -> list[Parcel]:
    sides = {}
    if row.get("sides"):
        *values, unit = row["sides"].replace(" x ", " ").split()
        names = ("length_um", "width_um", "height_um")
        sides = {name: length_um(value, length_unit(unit)) for name, value in zip(names, values, strict=True)}
    tags = frozenset(row.get("tags", "").split())
    masses = [mass.split() for mass in row["mass"].split(" + ")]
    return [Parcel(actual_mg=mass_mg(value, mass_unit(unit)), tags=tags, **sides) for value, unit in masses]


def label(cell: object) -> str:
    """Return a short name for a test case."""
    return cell if isinstance(cell, str) and "{" not in cell else " ".join(map(str, getattr(cell, "values", list)())).strip()


CARDS, CHARTS = documents("card"), documents("chart")
AREAS = {name: area_list_from_document(document) for name, document in documents("areas").items()}


@pytest.mark.parametrize(("name", "row"), list(tables("prices")), ids=label)
def test_prices_as_the_page_says(name: str, row: Row) -> None:
    card = card_from_document(CARDS[name])
    to = row["to"].removesuffix(" home")
    answer = quote(
        card=card,
        chart=chart_from_document(CHARTS["us"]),
        origin=ROANOKE,
        destination=Destination(**place(to), residential=to != row["to"]),
        parcels=parcels(row),
        ship_date=date.fromisoformat(row.get("ship date") or DAY),
        fuel=FUEL,
        areas=AREAS,
    )
    if not isinstance(answer, Quote):
        assert row["total"] == answer.code.slug
        return
    assert row["total"] == format_minor(answer.total_minor, card.currency)
    if "base" in row:
        stated = {code: amount for code, amount in row.items() if code not in INPUTS and amount}
        assert stated == {line.code: format_minor(line.amount_minor, card.currency) for line in answer.lines}
    assert row.get("billable") in (None, mass_text(answer.billable_mg, card.weight_unit))
    assert row.get("reason") in (None, answer.billable_reason)
    assert row.get("days") in (None, "" if answer.transit_days is None else str(answer.transit_days))


@pytest.mark.parametrize(("name", "row"), list(tables("zones")), ids=label)
def test_finds_zones_as_the_page_says(name: str, row: Row) -> None:
    chart = chart_from_document(CHARTS[name])
    match = chart.zone_of(origin=Origin(key=1, **place(row["from"])), destination=Destination(**place(row["to"])))
    refused = {NO_ZONE: "no_zone", NOT_SERVED: "not_served"}
    found = refused.get(match.zone) or chart.zones[match.zone]
    assert row["zone"] == found + (" estimated" if match.estimated else "")


@pytest.mark.parametrize(("terms", "row"), list(tables("handling")), ids=label)
def test_charges_handling_as_the_page_says(terms: str, row: Row) -> None:
    fee = HandlingFee(currency="USD", **json.loads(terms))
    value, unit = row["mass"].split()
    tags = frozenset(row["tags"].split())
    found = fee.amount_minor(units=int(row["pieces"]), mass_mg=mass_mg(value, mass_unit(unit)), tags=tags)
    assert row["fee"] == format_minor(found, "USD")


@pytest.mark.parametrize("row", [row for _, row in tables("tiers")], ids=label)
def test_marks_prices_up_and_down_as_the_page_says(row: Row) -> None:
    amount, currency = row["price"].split()
    price = to_minor(amount, currency)
    line = TierMarkup(tier="A", millis=markup_millis(row["per cent"])).line(price)
    found = (format_minor(line.amount_minor, currency), format_minor(price + line.amount_minor, currency))
    assert (row[line.code], row["total"]) == found


@pytest.mark.parametrize("row", [row for _, row in tables("fx")], ids=label)
def test_converts_as_the_page_says(row: Row) -> None:
    (amount, source), (value, target) = row["amount"].split(), row["rate"].split()
    converted = convert_minor(to_minor(amount, source), Rate.of(source, target, value))
    assert row["converted"] == format_minor(converted, target)


def test_lists_every_code() -> None:
    listed = {row["code"].strip("`"): int(row["number"]) for _, row in tables("codes")}
    assert listed == {code.slug: code.value for code in RejectionCode}


def test_has_tables_of_every_kind() -> None:
    counts = {marker: len(list(tables(marker))) for marker in ("prices", "zones", "tiers", "handling", "fx", "codes")}
    assert counts == {"prices": 59, "zones": 13, "tiers": 4, "handling": 3, "fx": 5, "codes": 12}
    assert set(CARDS) == {name for name, _ in tables("prices")}
