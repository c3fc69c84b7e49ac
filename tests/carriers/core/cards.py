"""A plain card and shipment for tests: one zone, figures that add up in the head."""

from datetime import date
from typing import Any

from carriers.core.areas import NO_AREAS, Areas
from carriers.core.batch import UNPRICED, DestinationBatch, ParcelBatch
from carriers.core.card import card_from_document
from carriers.core.compiled import CompiledChart, compile_card
from carriers.core.fuel import NO_FUEL, FuelTable
from carriers.core.rating import quote
from carriers.core.types import Destination, Origin, Parcel, Quote, Rejection
from carriers.core.zones import ZoneChart, chart_from_document
from wms.values.length import LengthUnit, length_um
from wms.values.mass import MassUnit, mass_mg

DAY = date(2026, 8, 3)
ORIGIN = Origin(key=1, country="US", postcode="24011")
HOME = Destination(country="US", postcode="90210", residential=True)
SHOP = Destination(country="US", postcode="90210")

CHART: ZoneChart = chart_from_document(
    {
        "code": "by country",
        "origins": [
            {
                "from": {},
                "to": [
                    {"country": "US", "zone": "1"},
                    {"country": "CA", "zone": "2"},
                    {"country": "MX", "zone": "no such column"},
                    {"country": "CU", "zone": None},
                ],
            }
        ],
    }
)

# 10.00 to 1 kg, 20.00 to 2 kg ... 200.00 to 20 kg in zone 1; twice that in zone 2.
RATES = [{"not_over": str(kg), "amounts": [f"{10 * kg}.00", f"{20 * kg}.00"]} for kg in range(1, 21)]


def document(**fields: Any) -> dict[str, Any]:
    """Return a card's document: kg and cm, zones 1 and 2, no extras but those given."""
    return {
        "code": "plain",
        "currency": "USD",
        "effective_from": "2026-01-01",
        "units": {"weight": "kg", "length": "cm"},
        "zones": ["1", "2"],
        "rates": RATES,
    } | fields


def parcel(
    mass: str,
    unit: MassUnit = "kg",
    *,
    sides: tuple[str | int, str | int, str | int] = (0, 0, 0),
    side_unit: LengthUnit = "cm",
    tags: frozenset[str] | set[str] = frozenset(),
) -> Parcel:
    length, width, height = (length_um(side, side_unit) for side in sides)
    return Parcel(actual_mg=mass_mg(mass, unit), length_um=length, width_um=width, height_um=height, tags=frozenset(tags))


def price(
    card: dict[str, Any],
    *parcels: Parcel,
    to: Destination = SHOP,
    day: date = DAY,
    fuel: FuelTable = NO_FUEL,
    areas: Areas = NO_AREAS,
    chart: ZoneChart = CHART,
    origin: Origin = ORIGIN,
) -> Quote | Rejection:
    """Return the answer of the scalar rating; for one parcel the compiled card must say the same."""
    rate_card = card_from_document(card)
    answer = quote(
        card=rate_card,
        chart=chart,
        origin=origin,
        destination=to,
        parcels=parcels,
        ship_date=day,
        fuel=fuel,
        areas=areas,
    )
    if len(parcels) == 1:
        destinations, batch = DestinationBatch.of([to]), ParcelBatch.of(parcels, [0])
        zones, estimated = CompiledChart(chart).zones([origin], destinations)
        prices = compile_card(rate_card, chart, day, fuel, areas).price(batch, destinations, zones, estimated)
        expected = (answer.total_minor, 0) if isinstance(answer, Quote) else (UNPRICED, answer.code)
        assert (int(prices.total_minor[0, 0]), int(prices.rejection[0, 0])) == expected
    return answer


def lines(answer: Quote | Rejection) -> dict[str, int]:
    """Return the amounts of a quote by their code; the total is checked on the way."""
    assert isinstance(answer, Quote), answer
    assert sum(line.amount_minor for line in answer.lines) == answer.total_minor
    return {line.code: line.amount_minor for line in answer.lines}


def total(answer: Quote | Rejection) -> int | str:
    """Return the total, or the slug of the rejection."""
    return answer.total_minor if isinstance(answer, Quote) else answer.code.slug
