"""Rate cards of the published tariffs, as documents. The rules beside the tables are those of the carriers' guides."""

import csv
import gzip
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from carriers.core.types import Destination, Origin
from carriers.core.zones import ZoneChart, chart_from_document

TARIFFS = Path(__file__).parents[4] / "shared/data/tariffs"

ROANOKE = Origin(key=1, country="US", postcode="24011", lat=37.27, lon=-79.94)
INCHES = {"weight": "lb", "length": "in"}
TO_THE_POUND = {"step": "1", "mode": "up"}
NEAREST_INCH = {"mode": "nearest", "step": "1"}


@cache
def table(name: str) -> list[list[str]]:
    """Return the rows of a tariff file, or skip the test where the files are not at hand."""
    path = TARIFFS / name
    if not path.exists():
        pytest.skip(f"no published tariffs at {TARIFFS}")
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.reader(lines))


def zone_matrix(name: str, *, first_column: int = 0) -> tuple[list[str], list[list[str]]]:
    """Return the zones of a matrix and its rows from the weight column on."""
    head, *rows = table(name)
    zones = [label.removeprefix("zone") for label in head[first_column + 1 :]]
    return zones, [row[first_column:] for row in rows]


def in_zone(zone: str) -> Destination:
    """Return an address in the zone of `DIGITS`."""
    return Destination(country="US", postcode=zone * 5)


# An address whose postcode is 55555 lies in zone 5: for tests of prices, where the zone is given.
DIGITS: ZoneChart = chart_from_document(
    {
        "code": "zone by digit",
        "origins": [{"from": {}, "to": [{"country": "US", "zone": z, "postcodes": [z]} for z in "123456789"]}],
    }
)


@cache
def roanoke_zones() -> ZoneChart:
    """Return the USPS chart of origin 240 with its 5-digit exceptions."""
    to = [
        {"country": "US", "zone": zone, "postcodes": [prefix]} for _, prefix, zone in table("usps_zone_chart_origin240_2026-10-01.csv")[1:]
    ]
    to += [
        {"country": "US", "zone": zone, "postcodes": [f"{first}..{last}"]}
        for _, first, last, zone in table("usps_zone_exceptions_origin240_2026-10-01.csv")[1:]
    ]
    origin = {"country": "US", "postcodes": ["240"]}
    return chart_from_document({"code": "usps 240", "origins": [{"from": origin, "to": to}]})


@cache
def usps_distance_zones() -> ZoneChart:
    """Return the distance bands of USPS."""
    rows = [row for row in table("zone_distance_bands.csv")[1:] if row[0] == "USPS" and row[2]]
    bands = [{"zone": zone, "not_over": most or None} for _, zone, _, most, _ in rows]
    return chart_from_document({"code": "usps bands", "distance_bands": {"unit": "mi", "countries": ["US"], "bands": bands}})


@cache
def centroids_by_prefix() -> dict[str, tuple[float, float]]:
    """Return the middle of each US prefix of three digits: the mean of its postcodes."""
    path = TARIFFS.parent / "postcodes_geonames/postcode_centroids.csv.gz"
    if not path.exists():
        pytest.skip(f"no postcode data at {path.parent}")
    points: dict[str, list[tuple[float, float]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["country"] == "US" and row["lat"]:
                points.setdefault(row["postcode"][:3], []).append((float(row["lat"]), float(row["lon"])))
    return {
        prefix: (sum(lat for lat, _ in found) / len(found), sum(lon for _, lon in found) / len(found))
        for prefix, found in sorted(points.items())
    }


def usps(name: str, *, effective_from: str, holiday: str = "", **fields: Any) -> dict[str, Any]:
    """Return a USPS card: up to 15.999 oz by the printed rows, then by the pound; size counts above a cubic foot."""
    zones, rows = zone_matrix(name)
    ounces = {"0.5": "8", "0.999": "15.999"}
    rates = [
        {"not_over": {"value": ounces[weight], "unit": "oz"} if weight in ounces else weight, "amounts": amounts}
        for weight, *amounts in rows
    ]
    return {
        "code": name,
        "currency": "USD",
        "effective_from": effective_from,
        "units": INCHES,
        "zones": zones,
        "rates": rates,
        "rounding": TO_THE_POUND | {"below": {"limit": "1", "mode": "none"}},
        "dimensions": NEAREST_INCH,
        "volumetric": {"divisor": "139", "above_volume": "1728"},
        "limits": {"weight": "70", "length_and_girth": "130"},
        "surcharges": [usps_holiday(holiday, zones)] if holiday else [],
    } | fields


def usps_holiday(service: str, zones: list[str]) -> dict[str, Any]:
    """Return the temporary increase of 2026-10-04 to 2027-01-17, both included."""
    rows = [row for row in table("usps_holiday_surcharge_2026-10-04_2027-01-17.csv")[1:] if row[0] == service]
    bands: dict[str, dict[str, str]] = {}
    for _, _, most, first, last, amount in rows:
        bands.setdefault(most, {}).update({zone: amount for zone in zones if first <= zone <= last})
    return {
        "code": "holiday",
        "from": "2026-10-04",
        "to": "2027-01-18",
        "bands": [{"not_over": most, "amounts": amounts} for most, amounts in bands.items()],
    }


def usps_flat_rate_box(product: str) -> dict[str, Any]:
    """Return a flat-rate product: one price to 70 lb, for all zones."""
    prices = {row[0]: row[1] for row in table("usps_flat_rate_commercial_2026-07-12.csv")[1:]}
    return {
        "code": product,
        "currency": "USD",
        "effective_from": "2026-07-12",
        "units": INCHES,
        "zones": list("123456789"),
        "rates": [{"not_over": "70", "amounts": prices[product]}],
    }


def fedex_ground(**fields: Any) -> dict[str, Any]:
    """Return FedEx Ground list rates with additional handling, oversize and home delivery."""
    zones, rows = zone_matrix("fedex_ground_list_2025-01-06.csv")
    prices = table("fedex_us_surcharges_2025.csv")[1:]

    def by_zone(name: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for surcharge, which, amount, _ in prices:
            if surcharge == name:
                first, last = {"7+": ("7", "8")}.get(which, (which[0], which[-1]))
                found |= {zone: amount for zone in zones if first <= zone <= last}
        return found

    handling = {"group": "handling", "fuelable": True}
    return {
        "code": "fedex ground",
        "currency": "USD",
        "effective_from": "2025-01-06",
        "units": INCHES,
        "zones": zones,
        "rates": [{"not_over": weight, "amounts": amounts} for weight, *amounts in rows],
        "rounding": TO_THE_POUND,
        "dimensions": NEAREST_INCH,
        "volumetric": {"divisor": "139"},
        "limits": {"weight": "150", "longest": "108", "length_and_girth": "165"},
        "surcharges": [
            handling
            | {
                "code": "oversize",
                "priority": 1,
                "when": [{"longest_over": "96"}, {"length_and_girth_over": "130"}],
                "amounts": by_zone("oversize"),
                "minimum_billable": "90",
            },
            handling
            | {
                "code": "additional_handling_weight",
                "priority": 2,
                "when": [{"actual_over": "50"}],
                "amounts": by_zone("additional_handling_weight"),
            },
            handling
            | {
                "code": "additional_handling_dimension",
                "priority": 3,
                "when": [{"longest_over": "48"}, {"second_over": "30"}, {"length_and_girth_over": "105"}],
                "amounts": by_zone("additional_handling_dimension"),
                "minimum_billable": "40",
            },
            {"code": "residential", "when": [{"residential": True}], "amounts": {"*": "5.95"}, "fuelable": True},
        ],
    } | fields


# The countries of the cases below, as the guide spells them.
DHL_COUNTRIES = {
    "Algeria": "DZ",
    "Australia": "AU",
    "Brazil": "BR",
    "Canada": "CA",
    "Germany": "DE",
    "Hong Kong SAR China": "HK",
    "Japan": "JP",
    "Mexico": "MX",
    "United Kingdom": "GB",
}


@cache
def dhl_zones() -> ZoneChart:
    """Return the export zones of the countries above."""
    zones = {DHL_COUNTRIES[row[0]]: row[1] for row in table("dhl_express_us_export_zones_2025.csv")[1:] if row[0] in DHL_COUNTRIES}
    to = [{"country": country, "zone": zone} for country, zone in zones.items()]
    return chart_from_document({"code": "dhl export", "origins": [{"from": {"country": "US"}, "to": to}]})


def dhl_express(content: str = "nondoc", **fields: Any) -> dict[str, Any]:
    """Return DHL Express Worldwide from the US: to 150 lb by row, above by a price per pound of the whole weight."""
    zones, rows = zone_matrix("dhl_express_us_export_list_2025.csv", first_column=1)
    contents = [row[0] for row in table("dhl_express_us_export_list_2025.csv")[1:]]
    rates: list[dict[str, Any]] = [
        {"not_over": weight, "amounts": amounts} for kind, (weight, *amounts) in zip(contents, rows, strict=True) if kind == content
    ]
    if content == "nondoc":
        per_pound = table("dhl_express_us_export_per_lb_over_150_2025.csv")[1:]
        rates += [{"not_over": most, "step": "1", "per_unit": prices} for _, most, *prices in per_pound[:-1]]
        rates.append({"step": "1", "per_unit": per_pound[-1][2:]})
    remote = {"code": "remote", "per": "shipment", "per_unit": "0.50", "step": "1", "minimum": "50.00"}
    heavy = {"code": "overweight", "amounts": "100.00", "when": [{"actual_over": "150"}, {"billable_over": "150"}]}
    return {
        "code": f"dhl express {content}",
        "currency": "USD",
        "effective_from": "2025-01-01",
        "units": INCHES,
        "zones": zones,
        "rates": rates,
        "rounding": TO_THE_POUND,
        "volumetric": {"divisor": "139"},
        "pieces": {"rated": "sum_of_greater"},
        "surcharges": [
            {"code": "residential", "per": "shipment", "amounts": "6.55", "when": [{"residential": True}]},
            remote | {"when": [{"area": {"list": "remote"}}]},
            heavy,
        ],
    } | fields


def ups_ground_saver() -> dict[str, Any]:
    """Return UPS Ground Saver daily rates before fuel."""
    zones, rows = zone_matrix("ups_ground_saver_daily_2025-12-22.csv")
    return {
        "code": "ups ground saver",
        "currency": "USD",
        "effective_from": "2025-12-22",
        "units": INCHES,
        "zones": zones,
        "rates": [{"not_over": weight, "amounts": amounts} for weight, *amounts in rows],
        "rounding": TO_THE_POUND,
        "limits": {"weight": "20"},
    }


def royal_mail(service: str) -> dict[str, Any]:
    """Return a counter price list of Royal Mail or Parcelforce."""
    rows = [row for row in table("royalmail_postoffice_uk_2026-04.csv")[1:] if row[0] == service]
    return {
        "code": service,
        "currency": "GBP",
        "effective_from": "2026-04-06",
        "effective_to": "2027-04-06",
        "units": {"weight": "kg", "length": "cm"},
        "zones": ["UK"],
        "rates": [{"not_over": weight, "amounts": amount} for _, weight, amount in rows],
    }


UK: ZoneChart = chart_from_document({"code": "uk", "origins": [{"from": {"country": "GB"}, "to": [{"country": "GB", "zone": "UK"}]}]})
