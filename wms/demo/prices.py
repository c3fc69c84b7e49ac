"""Published prices as rate cards, and zones as charts: what content/tariffs and content/zones state, with their sources."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from wms.demo.companies import CONTENT, COUNTRY

type Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A carrier's zones."""

    carrier: str
    carrier_name: str
    source: str
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """One channel's published prices; `chart` names a file of content/zones."""

    channel: str
    name: str
    chart: str
    source: str
    effective_from: date
    currency: str
    document: Document


@cache
def charts() -> dict[str, Chart]:
    """Return the zone charts by the names of their files."""
    return {path.stem: _chart(path) for path in sorted((CONTENT / "zones").glob("*.toml"))}


@cache
def tariffs() -> dict[str, Tariff]:
    """Return the tariffs by the codes of their channels."""
    found = (_tariff(path) for path in sorted((CONTENT / "tariffs").glob("*.toml")))
    return {tariff.channel: tariff for tariff in found}


def _chart(path: Path) -> Chart:
    stated = tomllib.loads(path.read_text())
    document: Document = stated["chart"]
    if "not_served" in stated:
        nowhere = {"country": COUNTRY, "zone": None, "postcodes": stated["not_served"]}
        document = {**document, "origins": [{"from": {}, "to": [nowhere]}]}
    return Chart(carrier=stated["carrier"], carrier_name=stated["name"], source=stated["source"].strip(), document=document)


def _tariff(path: Path) -> Tariff:
    stated = tomllib.loads(path.read_text())
    source = stated["source"].strip()
    document = {**stated["card"], "source": source, "rates": [_rate_row(line) for line in stated["rates"].strip().splitlines()]}
    return Tariff(
        channel=stated["channel"],
        name=stated["name"],
        chart=stated["chart"],
        source=source,
        effective_from=date.fromisoformat(document["effective_from"]),
        currency=document["currency"],
        document=document,
    )


def _rate_row(line: str) -> Document:
    """Return the row of a line such as "3 lb | 8.64 8.66 9.14"."""
    weight, amounts = line.split("|")
    value, unit = weight.split()
    return {"not_over": {"value": value, "unit": unit}, "amounts": amounts.split()}


def discounted(tariff: Tariff, discount: Mapping[str, str] | None) -> Tariff:
    """Return the tariff as a made-up contract has it: its base prices less a per cent."""
    if discount is None:
        return tariff
    source = f"{tariff.source} Less {discount['percent']} % by this demo's made-up contract."
    document = {**tariff.document, "code": f"{tariff.document['code']}-LESS-{discount['percent']}", "source": source, "discount": discount}
    return replace(tariff, source=source, document=document)
