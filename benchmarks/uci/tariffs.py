"""Published tariffs and real zones as rate cards and charts, read from the files beside the invoices.

The rules beside the tables (rounding, volumetric divisor, limits) are those of the carriers' guides.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

type Document = dict[str, Any]

INCHES_AND_POUNDS = {"weight": "lb", "length": "in"}
TO_THE_POUND = {"step": "1", "mode": "up"}
NEAREST_INCH = {"step": "1", "mode": "nearest"}
ABOVE_A_CUBIC_FOOT = {"divisor": "139", "above_volume": "1728"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """One channel: its carrier, its card, and where the figures come from."""

    carrier: str
    code: str
    source: str
    card: Document


def published_tariffs(directory: Path) -> tuple[Tariff, ...]:
    """Return four services of three carriers. Fuel is left out: its weekly tables are not among the files."""
    usps = {
        "rounding": TO_THE_POUND | {"below": {"limit": "1", "mode": "none"}},
        "dimensions": NEAREST_INCH,
        "volumetric": ABOVE_A_CUBIC_FOOT,
        "limits": {"weight": "70", "length_and_girth": "130"},
    }
    fedex = {
        "rounding": TO_THE_POUND,
        "dimensions": NEAREST_INCH,
        "volumetric": {"divisor": "139"},
        "limits": {"weight": "150", "longest": "108", "length_and_girth": "165"},
        "surcharges": [{"code": "residential", "amounts": "5.95", "when": [{"residential": True}]}],
    }
    ups = {"rounding": TO_THE_POUND, "limits": {"weight": "20"}}
    return (
        _tariff(directory / "usps_ground_advantage_commercial_2026-07-12.csv", "USPS", "GROUND-ADVANTAGE", "2026-07-12", usps),
        _tariff(directory / "usps_priority_mail_commercial_2026-07-12.csv", "USPS", "PRIORITY", "2026-07-12", usps),
        _tariff(directory / "ups_ground_saver_daily_2025-12-22.csv", "UPS", "GROUND-SAVER", "2025-12-22", ups),
        _tariff(directory / "fedex_ground_list_2025-01-06.csv", "FEDEX", "GROUND", "2025-01-06", fedex),
    )


def _tariff(path: Path, carrier: str, code: str, effective_from: str, rules: Document) -> Tariff:
    head, *rows = _rows(path)
    card = {
        "code": code,
        "source": path.name,
        "currency": "USD",
        "effective_from": effective_from,
        "units": INCHES_AND_POUNDS,
        "zones": [label.removeprefix("zone") for label in head[1:]],
        "rates": [{"not_over": _weight(weight), "amounts": amounts} for weight, *amounts in rows],
        "allow_estimated_zone": True,
        **rules,
    }
    return Tariff(carrier=carrier, code=code, source=path.name, card=card)


def _weight(printed: str) -> Any:
    """Return a row's bound: 0.999 lb is how the files write 15.999 oz."""
    return {"value": "15.999", "unit": "oz"} if printed == "0.999" else printed


def _rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.reader(lines))


def zone_charts(data: Path, origin_prefixes: Sequence[str]) -> dict[str, Document]:
    """Return each carrier's chart: USPS by its own pairs of three-digit prefixes, all else by the published distance bands."""
    bands = [(zone, most) for carrier, zone, _, most, _ in _rows(data / "tariffs" / "zone_distance_bands.csv")[1:] if carrier == "USPS"]
    return {
        "USPS": {
            "code": "USPS-2019",
            "origins": _usps_origins(data / "usps_zones_2019" / "zip3_zone_pairs.csv.gz", origin_prefixes),
            "distance_bands": _bands(bands),
        },
        "UPS": {"code": "UPS-BANDS", "distance_bands": _bands(bands)},
        # FedEx has no zone 1: what lies nearer is zone 2.
        "FEDEX": {"code": "FEDEX-BANDS", "distance_bands": _bands(bands[1:])},
    }


def _bands(bands: Sequence[tuple[str, str]]) -> Document:
    rows = [{"zone": zone, "not_over": most} if most else {"zone": zone} for zone, most in bands if zone != "9"]
    return {"unit": "mi", "countries": ["US"], "bands": rows}


def _usps_origins(path: Path, origin_prefixes: Sequence[str]) -> list[Document]:
    """Return the chart's columns; a pair holds in both directions."""
    zones: dict[str, dict[str, str]] = {prefix: {} for prefix in origin_prefixes}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            for origin, destination in ((row["origin_zip3"], row["dest_zip3"]), (row["dest_zip3"], row["origin_zip3"])):
                if origin in zones:
                    zones[origin].setdefault(destination, row["zone"])
    return [{"from": {"country": "US", "postcodes": [prefix]}, "to": _destinations(found)} for prefix, found in sorted(zones.items())]


def _destinations(zone_of: dict[str, str]) -> list[Document]:
    by_zone = defaultdict(list)
    for prefix, zone in sorted(zone_of.items()):
        by_zone[zone].append(prefix)
    return [{"country": "US", "zone": zone, "postcodes": prefixes} for zone, prefixes in sorted(by_zone.items())]
