"""The carriers of the benchmark's world: twelve channels priced as published tables are, eight zones by up to 150 weights.

The prices are made up by a formula that stays near what United States carriers publish; no company's table is copied.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from benchmarks.content import WAREHOUSES, places
from wms.values.geo import distances_m

type Document = dict[str, Any]

SOURCE = "made up for the benchmark"
EFFECTIVE_FROM = "2026-01-01"
ZONES = ("1", "2", "3", "4", "5", "6", "7", "8")
ZONE_BOUNDS_MILES = (50, 150, 300, 600, 1_000, 1_400, 1_800)
METRES_PER_MILE = 1609.344


@dataclass(frozen=True, slots=True)
class Carrier:
    """A made-up carrier: with a zone chart by three digits, or with zones by distance."""

    code: str
    name: str
    has_chart: bool


CARRIERS = (
    Carrier("POST", "Postal service", has_chart=True),
    Carrier("BROWN", "Brown parcels", has_chart=False),
    Carrier("NIGHT", "Night freight", has_chart=True),
    Carrier("METRIC", "Metric express", has_chart=False),
)

SLOW, MEDIUM, QUICK = (2, 2, 3, 3, 4, 5, 5, 6), (1, 1, 2, 2, 3, 4, 4, 5), (1, 1, 1, 2, 2, 2, 2, 2)


class Weights(NamedTuple):
    """The weight rows of a card: so many steps of a unit."""

    unit: str
    step: str
    steps: int


class Cents(NamedTuple):
    """What the base prices are made of: for the first step, more by zone, by step, and by both."""

    first: int
    by_zone: int
    by_step: int
    by_both: int


@dataclass(frozen=True, slots=True)
class Service:
    """A carrier's service; `residential` and `large` (longest side over 48 in or 122 cm) are surcharges in cents."""

    carrier: int
    code: str
    weights: Weights
    cents: Cents
    days: tuple[int, ...]
    fuel_percent: str = ""
    residential: int = 0
    large: int = 0


SERVICES = (
    Service(0, "POST-GROUND", Weights("lb", "1", 70), Cents(690, 18, 24, 9), SLOW),
    Service(0, "POST-FAST", Weights("lb", "1", 70), Cents(880, 45, 28, 14), QUICK),
    Service(0, "POST-LIGHT", Weights("oz", "2", 40), Cents(430, 8, 11, 2), SLOW),
    Service(1, "BROWN-GROUND", Weights("lb", "1", 150), Cents(960, 30, 31, 7), MEDIUM, "18.25", residential=415, large=2_800),
    Service(1, "BROWN-SAVER", Weights("lb", "1", 20), Cents(860, 28, 38, 8), SLOW, "16.5"),
    Service(1, "BROWN-2DAY", Weights("lb", "1", 150), Cents(1_790, 140, 90, 30), QUICK, "19", residential=465, large=2_800),
    Service(2, "NIGHT-GROUND", Weights("lb", "1", 150), Cents(940, 33, 30, 8), MEDIUM, "17.75", residential=430, large=2_600),
    Service(2, "NIGHT-HOME", Weights("lb", "1", 70), Cents(1_080, 30, 29, 7), MEDIUM, "17.75", large=2_600),
    Service(2, "NIGHT-ECONOMY", Weights("lb", "1", 50), Cents(820, 24, 33, 9), SLOW, "12"),
    Service(3, "METRIC-ECO", Weights("kg", "0.5", 60), Cents(720, 20, 30, 10), SLOW, "9.5", residential=150),
    Service(3, "METRIC-STANDARD", Weights("kg", "0.5", 140), Cents(830, 26, 33, 11), MEDIUM, "9.5", residential=150),
    Service(3, "METRIC-HEAVY", Weights("kg", "1", 100), Cents(1_400, 30, 38, 8), SLOW, large=1_200),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A service at one tenant's prices."""

    service: Service
    document: Document


def offer(tenant: int, channel: int) -> Offer:
    """Return a tenant's channel: every tenant has a discount of its own."""
    service = SERVICES[channel]
    return Offer(service, _rate_card(service, percent_off=5 + (7 * tenant + channel) % 30))


def _rate_card(service: Service, *, percent_off: int) -> Document:
    is_metric = service.weights.unit == "kg"
    return {
        "code": service.code,
        "source": SOURCE,
        "currency": "USD",
        "effective_from": EFFECTIVE_FROM,
        "units": {"weight": service.weights.unit, "length": "cm" if is_metric else "in"},
        "zones": list(ZONES),
        "rates": [_rate_row(service, row) for row in range(service.weights.steps)],
        "rounding": {"step": service.weights.step, "mode": "up"},
        "dimensions": {"step": "1", "mode": "up"},
        "volumetric": _volumetric(service.weights.unit),
        "limits": {"weight": _weight(service, service.weights.steps), "length_and_girth": "400" if is_metric else "165"},
        "discount": {"percent": str(percent_off), "minimum_net": "3.50"},
        "allow_estimated_zone": not CARRIERS[service.carrier].has_chart,
        "fuel": bool(service.fuel_percent),
        "surcharges": _surcharges(service, longest="122" if is_metric else "48"),
        "transit_days": dict(zip(ZONES, service.days, strict=True)),
    }


def _volumetric(unit: str) -> Document:
    if unit == "kg":
        return {"divisor": "5000"}
    # 166 cubic inches a pound; the postal service counts volume above a cubic foot only.
    return {"divisor": "10.375", "above_volume": "1728"} if unit == "oz" else {"divisor": "166", "above_volume": "1728"}


def _rate_row(service: Service, row: int) -> Document:
    first, by_zone, by_step, by_both = service.cents
    amounts = [first + zone * by_zone + row * (by_step + zone * by_both) for zone in range(len(ZONES))]
    return {"not_over": _weight(service, row + 1), "amounts": [_dollars(amount) for amount in amounts]}


def _weight(service: Service, steps: int) -> str:
    return f"{float(service.weights.step) * steps:g}"


def _dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _surcharges(service: Service, *, longest: str) -> list[Document]:
    found: list[Document] = []
    if service.residential:
        found.append({"code": "residential", "amounts": _dollars(service.residential), "fuelable": True, "when": [{"residential": True}]})
    if service.large:
        found.append(
            {"code": "additional_handling", "amounts": _dollars(service.large), "fuelable": True, "when": [{"longest_over": longest}]}
        )
    return found


@cache
def zone_charts() -> tuple[Document, ...]:
    """Return the zone chart of each carrier."""
    return tuple(_chart_by_prefix(carrier) if carrier.has_chart else _chart_by_distance(carrier) for carrier in CARRIERS)


def _chart_by_distance(carrier: Carrier) -> Document:
    bounds = [{"zone": zone, "not_over": str(bound)} for zone, bound in zip(ZONES, ZONE_BOUNDS_MILES, strict=False)]
    return {"code": f"{carrier.code}-2026", "distance_bands": {"unit": "mi", "countries": ["US"], "bands": [*bounds, {"zone": ZONES[-1]}]}}


def _chart_by_prefix(carrier: Carrier) -> Document:
    """Return a chart from each warehouse's postcode to each beginning of three digits, by the distance of their centres."""
    origins = []
    for postcode, _, _, lat, lon in WAREHOUSES:
        by_zone = defaultdict(list)
        for prefix, zone in _zones_by_prefix(lat, lon).items():
            by_zone[zone].append(prefix)
        to = [{"country": "US", "zone": zone, "postcodes": prefixes} for zone, prefixes in sorted(by_zone.items())]
        origins.append({"from": {"country": "US", "postcodes": [postcode]}, "to": to})
    return {"code": f"{carrier.code}-2026", "origins": origins}


def _zones_by_prefix(lat: float, lon: float) -> dict[str, str]:
    inside = defaultdict(list)
    for place in places():
        inside[place.postcode[:3]].append((place.lat, place.lon))
    centres = np.array([np.mean(points, axis=0) for points in inside.values()])
    miles = distances_m(lat, lon, centres[:, 0], centres[:, 1]) / METRES_PER_MILE
    return {prefix: ZONES[band] for prefix, band in zip(inside, np.searchsorted(ZONE_BOUNDS_MILES, miles).tolist(), strict=True)}


def as_text(document: Document) -> str:
    """Return the document as it is stored."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def fingerprint(document: Document) -> str:
    """Return the SHA-256 of the document's text."""
    return hashlib.sha256(as_text(document).encode()).hexdigest()
