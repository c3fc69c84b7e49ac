"""The contracts and shipments that the pricing benchmark prices: drawn from a fixed seed, like no company's own.

Every card has five surcharges: residential, delivery area by postcode list, additional handling, oversize (of one group) and a
peak charge in per cent, with fuel on top and a discount with a least net charge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from benchmarks.content import SEED, WAREHOUSES, places
from carriers.core.areas import AreaList, area_list_from_document
from carriers.core.batch import DestinationBatch, ParcelBatch
from carriers.core.fuel import FuelTable
from carriers.core.types import Destination, Origin, Parcel

type Document = dict[str, Any]

SHIP_DATE: Final = date(2026, 11, 2)
FUEL: Final = FuelTable.of({date(2026, 10, 26): "18.25"})
ORIGINS: Final = tuple(
    Origin(key=number, country="US", postcode=postcode, lat=lat, lon=lon, code=postcode)
    for number, (postcode, _, _, lat, lon) in enumerate(WAREHOUSES, start=1)
)
AREA_LIST: Final = "DAS"
POUND_MG: Final = 453_592.37
INCH_UM: Final = 25_400


def rate_card(*, number: int, zones: int, steps: int) -> Document:
    """Return a contract of so many zones by so many weights of one pound."""
    return {
        "code": f"CONTRACT-{number}",
        "source": "made up for the benchmark",
        "currency": "USD",
        "effective_from": "2026-01-01",
        "units": {"weight": "lb", "length": "in"},
        "zones": [str(zone) for zone in range(1, zones + 1)],
        "rates": [{"not_over": str(row), "amounts": [_dollars(number, zone, row) for zone in range(zones)]} for row in range(1, steps + 1)],
        "rounding": {"step": "1", "mode": "up"},
        "dimensions": {"step": "1", "mode": "up"},
        "volumetric": {"divisor": "166", "above_volume": "1728"},
        "limits": {"weight": str(steps), "length_and_girth": "165"},
        "discount": {"percent": str(5 + number % 30), "minimum_net": "3.50"},
        "fuel": True,
        "surcharges": SURCHARGES,
        "transit_days": {str(zone): 1 + zone % 7 for zone in range(1, zones + 1)},
    }


SURCHARGES: Final[list[Document]] = [
    {"code": "residential", "amounts": "4.15", "fuelable": True, "when": [{"residential": True}]},
    {"code": "delivery_area", "amounts": "3.60", "fuelable": True, "when": [{"area": {"list": AREA_LIST, "tiers": ["normal"]}}]},
    {
        "code": "oversize",
        "amounts": "110.00",
        "fuelable": True,
        "group": "size",
        "priority": 1,
        "minimum_billable": "90",
        "when": [{"length_and_girth_over": "130"}, {"longest_over": "96"}],
    },
    {
        "code": "additional_handling",
        "amounts": "28.00",
        "fuelable": True,
        "group": "size",
        "priority": 2,
        "minimum_billable": "40",
        "when": [{"longest_over": "48"}, {"second_over": "30"}, {"actual_over": "50"}],
    },
    {"code": "peak", "percent": "4.5", "from": "2026-10-01", "to": "2027-01-18"},
]


def _dollars(number: int, zone: int, row: int) -> str:
    cents = 640 + 7 * number + 31 * zone + row * (24 + 3 * zone)
    return f"{cents // 100}.{cents % 100:02}"


def zone_chart(*, number: int, zones: int) -> Document:
    """Return a carrier's chart: from each warehouse's postcode, a zone for every three digits that a postcode begins with."""
    prefixes = sorted({place.postcode[:3] for place in places()})
    origins = []
    for at, (postcode, *_) in enumerate(WAREHOUSES):
        drawn = np.random.default_rng([SEED, number, at]).integers(zones, size=len(prefixes)) + 1
        to = [
            {"country": "US", "zone": str(zone), "postcodes": [prefixes[i] for i in np.flatnonzero(drawn == zone)]}
            for zone in range(1, zones + 1)
            if (drawn == zone).any()
        ]
        origins.append({"from": {"country": "US", "postcodes": [postcode]}, "to": to})
    return {"code": f"CHART-{number}", "origins": origins}


def area_list() -> AreaList:
    """Return a list in which every ninth postcode is a delivery area."""
    codes = [place.postcode for place in places()][::9]
    return area_list_from_document({"code": AREA_LIST, "entries": [{"country": "US", "tier": "normal", "postcodes": codes}]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipments:
    """Single parcels and where they go, one each."""

    parcels: Sequence[Parcel]
    destinations: Sequence[Destination]

    def as_batches(self) -> tuple[ParcelBatch, DestinationBatch]:
        """Return them as arrays."""
        return ParcelBatch.of(self.parcels, range(len(self.parcels))), DestinationBatch.of(self.destinations)


def shipments(count: int) -> Shipments:
    """Return parcels of up to 40 lb, one in twelve long enough for additional handling, to homes and shops all over."""
    draw = np.random.default_rng([SEED, count])
    reachable = places()
    masses = np.minimum(draw.gamma(1.6, 4.0, count) + 0.2, 40.0)
    sides = draw.integers(4, 20, (count, 3))
    sides[draw.random(count) < 1 / 12, 0] += 36
    chosen = draw.integers(len(reachable), size=count)
    residential = draw.random(count) < 0.7
    return Shipments(
        parcels=[
            Parcel(actual_mg=int(mass * POUND_MG), length_um=a * INCH_UM, width_um=b * INCH_UM, height_um=c * INCH_UM)
            for mass, (a, b, c) in zip(masses.tolist(), sides.tolist(), strict=True)
        ],
        destinations=[
            Destination(country="US", postcode=place.postcode, lat=place.lat, lon=place.lon, residential=bool(home))
            for place, home in ((reachable[i], home) for i, home in zip(chosen.tolist(), residential.tolist(), strict=True))
        ],
    )
