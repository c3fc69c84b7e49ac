"""The compiled card and chart answer exactly what the scalar rating answers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from carriers.core.batch import DestinationBatch, ParcelBatch
from carriers.core.card import card_from_document
from carriers.core.compiled import MOST_CELLS, UNPRICED, CompiledCard, CompiledChart, compile_card
from carriers.core.fuel import FuelTable
from carriers.core.rate_card import RateCard
from carriers.core.rating import quote
from carriers.core.signals import MOST_MASK_BITS
from carriers.core.tables import MOST_TABLES
from carriers.core.types import Destination, Origin, Parcel, Quote, Rejection
from tests.carriers.core import random_cards as world

FUEL = FuelTable.of({date(2026, 9, 28): "18.25", date(2026, 10, 5): "17.875"})


Shipment = tuple[Parcel, Destination]


def batches(shipments: list[Shipment]) -> tuple[DestinationBatch, ParcelBatch]:
    destinations = DestinationBatch.of([destination for _, destination in shipments])
    return destinations, ParcelBatch.of([parcel for parcel, _ in shipments], range(len(shipments)))


def scalar(card: RateCard, parcel: Parcel, destination: Destination, origin: Origin, day: date) -> Quote | Rejection:
    return quote(
        card=card,
        chart=world.CHART,
        origin=origin,
        destination=destination,
        parcels=[parcel],
        ship_date=day,
        fuel=FUEL,
        areas=world.AREAS,
    )


def assert_agrees(compiled: CompiledCard, shipments: list[Shipment], ship_date: date) -> None:
    """Price all shipments from all origins both ways."""
    destinations, parcels = batches(shipments)
    zones, estimated = CompiledChart(world.CHART).zones(world.ORIGINS, destinations)
    prices = compiled.price(parcels, destinations, zones, estimated)
    for row, (parcel, destination) in enumerate(shipments):
        for column, origin in enumerate(world.ORIGINS):
            answer = scalar(compiled.card, parcel, destination, origin, ship_date)
            total = int(prices.total_minor[row, column])
            rejection = int(prices.rejection[row, column])
            days = int(prices.days[row, column])
            if isinstance(answer, Quote):
                expected_days = -1 if answer.transit_days is None else answer.transit_days
                assert (total, rejection, days) == (answer.total_minor, 0, expected_days)
                assert sum(line.amount_minor for line in answer.lines) == answer.total_minor
            else:
                assert (total, rejection, days) == (UNPRICED, answer.code, -1)


shipment_lists = st.lists(st.tuples(world.parcels, world.destinations), min_size=1, max_size=12)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(world.card_documents(), shipment_lists, st.sampled_from([1, 40, MOST_CELLS]))
def test_prices_a_batch_exactly_as_the_scalar_rating_does(document: dict[str, object], shipments: list[Shipment], most_cells: int) -> None:
    card = card_from_document(document)
    compiled = compile_card(card, world.CHART, world.SHIP_DATE, FUEL, world.AREAS, most_cells=most_cells)
    assert_agrees(compiled, shipments, world.SHIP_DATE)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(world.card_documents(), shipment_lists)
def test_the_lines_of_a_batch_are_those_of_the_scalar_rating(document: dict[str, object], shipments: list[Shipment]) -> None:
    compiled = compile_card(card_from_document(document), world.CHART, world.SHIP_DATE, FUEL, world.AREAS)
    answers = [scalar(compiled.card, parcel, destination, world.ORIGINS[0], world.SHIP_DATE) for parcel, destination in shipments]
    priced = [row for row, answer in enumerate(answers) if isinstance(answer, Quote)]
    destinations, parcels = batches(shipments)
    zones, _ = CompiledChart(world.CHART).zones(world.ORIGINS[:1], destinations)
    assume(priced)
    amounts, shown = compiled.lines(parcels.rows(np.array(priced)), destinations, zones[priced, 0])
    for i, row in enumerate(priced):
        answer = answers[row]
        assert isinstance(answer, Quote)
        assert amounts[shown[:, i], i].tolist() == [line.amount_minor for line in answer.lines]


@pytest.mark.parametrize("ship_date", [date(2025, 12, 31), date(2026, 9, 27), date(2026, 10, 5)])
def test_agrees_on_why_a_whole_card_has_no_prices(ship_date: date) -> None:
    document = {**world.PLAIN_CARD, "fuel": True, "surcharges": [world.UNKNOWN_LIST_SURCHARGE]}
    compiled = compile_card(card_from_document(document), world.CHART, ship_date, FUEL, world.AREAS)
    assert_agrees(compiled, [(Parcel(actual_mg=1), Destination(country="US", postcode="24011"))], ship_date)


def test_prices_directly_where_a_card_has_more_signals_than_a_mask_holds() -> None:
    surcharges = [{"code": f"s{i}", "amounts": "0.01", "when": [{"longest_over": str(i)}]} for i in range(1, MOST_MASK_BITS + 5)]
    card = card_from_document({**world.PLAIN_CARD, "surcharges": surcharges})
    home = Destination(country="US", postcode="24011")
    shipments = [(Parcel(actual_mg=1, length_um=side * 25_400), home) for side in (0, 3, 40, 80)]
    assert_agrees(compile_card(card, world.CHART, world.SHIP_DATE), shipments, world.SHIP_DATE)


def test_prices_directly_once_there_are_as_many_tables_as_may_be() -> None:
    surcharges = [{"code": f"s{i}", "amounts": "0.01", "when": [{"longest_over": str(i)}]} for i in range(1, MOST_TABLES)]
    surcharges.append({"code": "home", "amounts": "0.50", "when": [{"residential": True}]})
    card = card_from_document({**world.PLAIN_CARD, "surcharges": surcharges})
    homes = [Destination(country="US", postcode="24011", residential=residential) for residential in (False, True)]
    shipments = [(Parcel(actual_mg=1, length_um=side * 25_400), home) for side in range(70) for home in homes]
    assert_agrees(compile_card(card, world.CHART, world.SHIP_DATE), shipments, world.SHIP_DATE)


def test_prices_directly_once_the_tables_are_as_large_as_may_be() -> None:
    # 253 zones and 3 kinds of rejection by 64 steps make 16,384 cells a table: eight fit.
    zones = [*world.ZONES, *(f"far {i}" for i in range(249))]
    rates = [{"not_over": "150", "amounts": "5.00", "step": {"value": "1", "unit": "g"}, "per_step": "0.0123"}]
    surcharges = [{"code": f"s{i}", "amounts": "0.01", "when": [{"longest_over": str(i)}]} for i in range(1, 20)]
    card = card_from_document({**world.PLAIN_CARD, "zones": zones, "rates": rates, "surcharges": surcharges})
    home = Destination(country="US", postcode="24011")
    shipments = [(Parcel(actual_mg=1_000 * side, length_um=side * 25_400), home) for side in range(25)]
    compiled = compile_card(card, world.CHART, world.SHIP_DATE)
    assert_agrees(compiled, shipments, world.SHIP_DATE)
    assert compiled.filled_tables == 8


def test_answers_an_empty_batch() -> None:
    compiled = compile_card(card_from_document(world.PLAIN_CARD), world.CHART, world.SHIP_DATE)
    destinations, parcels = batches([])
    zones, estimated = CompiledChart(world.CHART).zones(world.ORIGINS, destinations)
    assert compiled.price(parcels, destinations, zones, estimated).total_minor.shape == (0, len(world.ORIGINS))


def test_a_shared_card_gives_each_mask_one_table_for_good() -> None:
    surcharges = [{"code": f"s{i}", "amounts": "1", "when": [{"longest_over": str(i)}]} for i in range(1, 40)]
    card = card_from_document({**world.PLAIN_CARD, "surcharges": surcharges})
    home = Destination(country="US", postcode="24011")
    shipments = [(Parcel(actual_mg=1, length_um=side * 25_400), home) for side in range(41)]
    compiled = compile_card(card, world.CHART, world.SHIP_DATE)
    destinations, parcels = batches(shipments)
    zones, estimated = CompiledChart(world.CHART).zones(world.ORIGINS[:1], destinations)

    def totals(which: int) -> list[int]:
        rows = np.roll(np.arange(41), which)
        found = compiled.price(parcels.rows(rows), destinations, zones, estimated).total_minor[:, 0]
        by_row = dict(zip(rows.tolist(), found.tolist(), strict=True))
        return [by_row[row] for row in range(41)]

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(totals, range(8)))
    assert all(one == seen[0] for one in seen)
    assert compiled.filled_tables == 40  # sides of 0 and 1 inch are over nothing
