"""docs/decisions.md is executed: every row of its tables is decided."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from allocation.core.parcels import SkuFacts, one_parcel
from allocation.core.price_book import PriceBook
from allocation.core.reference import Supply, days_late, decide_order
from allocation.core.settings import ChannelTerms, Settings, WarehouseTerms
from allocation.core.strategies import StrategyTerms, terms_from_document
from allocation.core.timetable import arrival_date
from allocation.core.types import Need, OrderFacts, Served
from carriers.core.calendar import TransitTerms
from carriers.core.card import card_from_document
from carriers.core.types import Destination, Parcel
from carriers.core.zones import chart_from_document
from tests.allocation.scene import price_card, zone_by_warehouse
from wms.values.money import to_minor

PAGE = (Path(__file__).parents[3] / "docs" / "decisions.md").read_text(encoding="utf-8")
PLACES = {"NJ1": (40.52, -74.39), "DAL": (32.79, -96.80), "SEA": (47.61, -122.33)}
UNITS = {"NJ1": 3, "DAL": 3, "SEA": 9}
MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

Row = dict[str, str]


def table(marker: str) -> list[Row]:
    """Return the rows of the table under a marker."""
    (found,) = re.findall(rf"<!-- {marker} -->\n((?:\|.*\n)+)", PAGE)
    head, _, *rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in found.splitlines()]
    return [dict(zip(head, row, strict=True)) for row in rows]


def warehouse(number: int, code: str, **fields: object) -> WarehouseTerms:
    lat, lon = PLACES[code]
    plain = {"id": number, "code": code, "name": code, "country": "US", "postcode": "", "lat": lat, "lon": lon, "priority": 1}
    free = {"handling_currency": "USD", "per_order_minor": 0, "per_piece_minor": 0, "per_kg_minor": 0}
    return WarehouseTerms(**{**plain, **free, **fields})  # type: ignore[arg-type]


OFFERS = table("offers")
CHANNELS = ("GROUND", "AIR")
WAREHOUSES = tuple(warehouse(number, code) for number, code in enumerate(PLACES, start=1))
LANES = tuple(
    (each.id, 11 + place)
    for each in WAREHOUSES
    for place, channel in enumerate(CHANNELS)
    if any((row["warehouse"], row["channel"]) == (each.code, channel) for row in OFFERS)
)
ORDER = OrderFacts(
    order_id=1,
    seller_id=21,
    store_id=31,
    platform="amazon",
    destination=Destination(country="US", postcode="10001", lat=40.75, lon=-73.99, residential=True),
    needs=(Need(sku_id=501, units=1),),
    parcel=Parcel(actual_mg=1_000_000, length_um=100_000, width_um=100_000, height_um=100_000, tags=frozenset()),
    placed_at=MONDAY_NOON,
    promised_date=date(2026, 3, 5),
)


def book(terms: str) -> PriceBook:
    """Return the page's prices, with one strategy of these terms over everything."""
    cards = {}
    for place, channel in enumerate(CHANNELS):
        rows = {row["warehouse"]: row for row in OFFERS if row["channel"] == channel}
        prices = {code: row["cost"] for code, row in rows.items()}
        cards[11 + place] = card_from_document(price_card(prices, {code: int(row["days"]) for code, row in rows.items()}))
    charts = {channel_id: chart_from_document(zone_by_warehouse(list(card.zones))) for channel_id, card in cards.items()}
    strategy = StrategyTerms(
        id=1,
        name="the page's",
        warehouse_ids=tuple(each.id for each in WAREHOUSES),
        channel_ids=tuple(cards),
        terms=terms_from_document(json.loads(terms)),
    )
    channels = tuple(
        ChannelTerms(id=11 + place, code=code, name=code, rate_card_id=11 + place, zone_chart_id=11 + place, fuel_percent=None)
        for place, code in enumerate(CHANNELS)
    )
    settings = Settings(
        ship_date=MONDAY_NOON.date(),
        currency="USD",
        warehouses=WAREHOUSES,
        channels=channels,
        lanes=LANES,
        strategies=(strategy,),
        default_warehouses=(),
        fx_rates=(),
    )
    return PriceBook(settings=settings, cards=cards, charts=charts, areas={})


@pytest.mark.parametrize("row", OFFERS, ids=lambda row: f"{row['warehouse']} {row['channel']}")
def test_an_offer_costs_and_arrives_as_the_page_says(row: Row) -> None:
    prices = book("{}")
    (origin,) = [each for each in WAREHOUSES if each.code == row["warehouse"]]
    (channel,) = [each for each in prices.settings.channels if each.code == row["channel"]]
    served = prices.landed(order=ORDER, warehouse=origin, channel=channel, at=MONDAY_NOON)
    assert isinstance(served, Served)
    told = (served.cost_minor, served.arrival_date.isoformat(), days_late(served, ORDER))
    assert told == (to_minor(row["cost"], "USD"), row["arrives"], int(row["days late"]))


@pytest.mark.parametrize("row", table("decisions"), ids=lambda row: row["terms"])
def test_terms_choose_as_the_page_says(row: Row) -> None:
    units = {(501, each.id): UNITS[each.code] for each in WAREHOUSES}
    prices = book(row["terms"])
    decision = decide_order(book=prices, order=ORDER, supply=Supply(at=MONDAY_NOON, units=units))
    code_of = {each.id: each.code for each in WAREHOUSES} | {each.id: each.code for each in prices.settings.channels}
    chosen = f"{code_of[decision.warehouse_id or 0]} {code_of[decision.channel_id or 0]}"
    assert chosen == row["chosen"]
    costs = (decision.cost_minor, decision.nearest_cost_minor, decision.cheapest_cost_minor)
    assert costs == tuple(to_minor(row[name], "USD") for name in ("cost", "nearest", "cheapest"))


LAMP = SkuFacts(mass_mg=1_000_000, sides_um=(300_000, 200_000, 100_000))
KAYAK = SkuFacts(mass_mg=24_000_000, sides_um=(3_000_000, 800_000, 400_000), ships_alone=True)


@pytest.mark.parametrize("row", table("pieces"), ids=lambda row: f"{row['lamps']} {row['kayaks']} {row['pieces of the card']}")
def test_an_order_ships_in_the_parcels_that_the_page_says(row: Row) -> None:
    rates = [{"not_over": kilograms, "amounts": [amount]} for kilograms, amount in (("2", "5.00"), ("10", "9.00"), ("30", "20.00"))]
    card = card_from_document(price_card({"NJ1": "0"}, {}, rates=rates, pieces=json.loads(row["pieces of the card"])))
    prices = book("{}")
    needs = [(501, LAMP, int(row["lamps"])), (502, KAYAK, int(row["kayaks"]))]
    asked = [(sku_id, sku, units) for sku_id, sku, units in needs if units]
    order = replace(
        ORDER,
        needs=tuple(Need(sku_id=sku_id, units=units) for sku_id, _, units in asked),
        goods=tuple(sku for _, sku, _ in asked),
        parcel=one_parcel([(sku, units) for _, sku, units in asked]),
    )
    assert " + ".join(str(parcel.actual_mg // 1_000_000) for parcel in order.parcels) == row["parcels, kg"]
    prices = replace(prices, cards={**prices.cards, 11: card})
    landed = prices.landed(order=order, warehouse=WAREHOUSES[0], channel=prices.settings.channels[0], at=MONDAY_NOON)
    assert (landed.cost_minor if isinstance(landed, Served) else landed.slug) == (
        to_minor(row["cost"], "USD") if row["cost"][0].isdigit() else row["cost"]
    )


@pytest.mark.parametrize("row", table("days"), ids=lambda row: row["decided (UTC)"])
def test_a_parcel_leaves_and_arrives_as_the_page_says(row: Row) -> None:
    settings = Settings(
        ship_date=MONDAY_NOON.date(),
        currency="USD",
        warehouses=(warehouse(1, "NJ1", timezone="America/New_York", cutoff="15:00"),),
        channels=(),
        lanes=(),
        strategies=(),
        default_warehouses=(),
        fx_rates=(),
        holidays=(("US", "2026-03-10"),),
    )
    at = datetime.fromisoformat(row["decided (UTC)"]).replace(tzinfo=UTC)
    ships = settings.ship_date_of(settings.warehouses[0], at=at)
    arrives = arrival_date(ship_date=ships, days=2, transit=TransitTerms(), calendar=settings.calendar_of(country="US"))
    assert (ships.isoformat(), arrives.isoformat()) == (row["ships"], row["arrives"])
