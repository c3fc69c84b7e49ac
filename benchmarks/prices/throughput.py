"""How many prices a core gives: one by one through the scalar reference, and by the array through compiled cards."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from benchmarks.prices.contract import AREA_LIST, FUEL, ORIGINS, SHIP_DATE, area_list, rate_card, shipments, zone_chart
from carriers.core.card import card_from_document
from carriers.core.compiled import CompiledChart, compile_card
from carriers.core.rating import quote, quotes
from carriers.core.types import Quote
from carriers.core.zones import chart_from_document

ZONES: Final = 8
STEPS: Final = 150
CHANNELS: Final = 12
SCALAR_QUOTES: Final = 5_000
BATCH: Final = 1_000
BATCHES: Final = 10


def scalar_quotes_per_s(samples: int) -> list[float]:
    """Return quotes with all their lines per second of processor time, by one card of five surcharges.

    Each shipment is quoted from 20 warehouses, as a trial does.
    """
    card = card_from_document(rate_card(number=1, zones=ZONES, steps=STEPS))
    chart = chart_from_document(zone_chart(number=1, zones=ZONES))
    drawn, areas = shipments(SCALAR_QUOTES // len(ORIGINS)), {AREA_LIST: area_list()}

    def work() -> None:
        for parcel, destination in zip(drawn.parcels, drawn.destinations, strict=True):
            found = quotes(
                card=card,
                chart=chart,
                origins=ORIGINS,
                destination=destination,
                parcels=(parcel,),
                ship_date=SHIP_DATE,
                fuel=FUEL,
                areas=areas,
            )
            assert all(isinstance(answer, Quote) for answer in found), found

    return _rates(work, count=len(drawn.parcels) * len(ORIGINS), samples=samples)


def lone_quotes_per_s(samples: int) -> list[float]:
    """Return the same where each quote is asked for by itself, as where a decision meets a cell of a card for the first time."""
    card = card_from_document(rate_card(number=1, zones=ZONES, steps=STEPS))
    chart = chart_from_document(zone_chart(number=1, zones=ZONES))
    drawn, areas = shipments(SCALAR_QUOTES), {AREA_LIST: area_list()}

    def work() -> None:
        for number, (parcel, destination) in enumerate(zip(drawn.parcels, drawn.destinations, strict=True)):
            answer = quote(
                card=card,
                chart=chart,
                origin=ORIGINS[number % len(ORIGINS)],
                destination=destination,
                parcels=(parcel,),
                ship_date=SHIP_DATE,
                fuel=FUEL,
                areas=areas,
            )
            assert isinstance(answer, Quote), answer

    return _rates(work, count=len(drawn.parcels), samples=samples)


def compiled_prices_per_s(samples: int) -> list[float]:
    """Return channel prices per second of processor time: batches of parcels by 20 warehouses and 12 channels, zones included.

    Each batch is new parcels and addresses; the tables were filled by other ones, as in a worker that has run for a while.
    """
    areas = {AREA_LIST: area_list()}
    charts = [CompiledChart(chart_from_document(zone_chart(number=number, zones=ZONES))) for number in range(4)]
    cards = [
        compile_card(
            card_from_document(rate_card(number=number, zones=ZONES, steps=STEPS)), charts[number % 4].chart, SHIP_DATE, FUEL, areas
        )
        for number in range(CHANNELS)
    ]
    drawn = [shipments(BATCH + number) for number in range(BATCHES + 1)]

    def work() -> None:
        for some in drawn[1:]:
            parcels, destinations = some.as_batches()
            zones = [chart.zones(ORIGINS, destinations) for chart in charts]
            for number, card in enumerate(cards):
                priced = card.price(parcels, destinations, *zones[number % 4])
                assert not priced.rejection.any()

    prices = sum(len(some.parcels) for some in drawn[1:]) * len(ORIGINS) * CHANNELS
    return _rates(work, count=prices, samples=samples)


def _rates(work: Callable[[], None], *, count: int, samples: int) -> list[float]:
    """Return how many a second each sample did, after one that is not counted."""
    work()
    rates = []
    for _ in range(samples):
        begun = time.process_time()
        work()
        rates.append(count / (time.process_time() - begun))
    return rates
