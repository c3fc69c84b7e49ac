"""The compiled card and chart answer exactly what the scalar rating answers."""

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carriers.core import compiled
from carriers.core.batch import DestinationBatch, ParcelBatch
from carriers.core.card import card_from_document
from carriers.core.compiled import UNPRICED, CompiledCard, CompiledChart, compile_card
from carriers.core.fuel import FuelTable
from carriers.core.rating import quote
from carriers.core.types import Destination, Parcel, Quote
from tests.carriers.core import random_cards as world

FUEL = FuelTable.of({date(2026, 9, 28): "18.25", date(2026, 10, 5): "17.875"})


def assert_agrees(compiled_card: CompiledCard, shipments: list[tuple[Parcel, Destination]], ship_date: date) -> None:
    """Price all shipments from all origins both ways."""
    batch = DestinationBatch.of([destination for _, destination in shipments])
    parcels = ParcelBatch.of([parcel for parcel, _ in shipments], range(len(shipments)))
    zones, estimated = CompiledChart(world.CHART).zones(world.ORIGINS, batch)
    prices = compiled_card.price(parcels, batch, zones, estimated)
    for row, (parcel, destination) in enumerate(shipments):
        for column, origin in enumerate(world.ORIGINS):
            answer = quote(
                card=compiled_card.card,
                chart=world.CHART,
                origin=origin,
                destination=destination,
                parcels=[parcel],
                ship_date=ship_date,
                fuel=FUEL,
                areas=world.AREAS,
            )
            total = int(prices.total_minor[row, column])
            rejection = int(prices.rejection[row, column])
            days = int(prices.days[row, column])
            if isinstance(answer, Quote):
                expected_days = -1 if answer.transit_days is None else answer.transit_days
                assert (total, rejection, days) == (answer.total_minor, 0, expected_days)
            else:
                assert (total, rejection, days) == (UNPRICED, answer.code, -1)


shipment_lists = st.lists(st.tuples(world.parcels, world.destinations), min_size=1, max_size=12)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(world.card_documents(), shipment_lists, st.sampled_from([1, 40, 1 << 15]))
def test_prices_a_batch_exactly_as_the_scalar_rating_does(document, shipments, most_cells):
    card = card_from_document(document)
    held = compiled.MOST_CELLS
    compiled.MOST_CELLS = most_cells
    try:
        compiled_card = compile_card(card, world.CHART, world.SHIP_DATE, FUEL, world.AREAS)
    finally:
        compiled.MOST_CELLS = held
    assert_agrees(compiled_card, shipments, world.SHIP_DATE)
