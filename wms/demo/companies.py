"""The sample world's companies, as content/companies.toml states them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from inventory.core.types import NewWarehouse

CONTENT = Path(__file__).parent / "content"
COUNTRY = "US"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSeller:
    """A seller, the platforms on which it has a store, and the warehouse that serves it when nothing else decides."""

    code: str
    name: str
    platforms: tuple[str, ...]
    default_warehouse: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleStrategy:
    """A setting of smart allocation; no warehouses, sellers or platforms means all of them.

    What it can't serve goes to the seller's default warehouse, or, where `or_person`, to a person. `live` adds the channel that the
    sandbox carrier prices. A price of a day late weighs it against the cost.
    """

    name: str
    priority: int
    channels: tuple[str, ...]
    warehouses: tuple[str, ...] = ()
    sellers: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    or_person: bool = False
    live: bool = False
    late_day_price_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTier:
    """A price tier: what its sellers pay more, or less, than the contracts' prices, in per cent as decimal text."""

    code: str
    name: str
    percent: str
    sellers: tuple[str, ...]
    channel_percents: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleWarehouse:
    """A warehouse and the channels that it ships by."""

    terms: NewWarehouse
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company that runs warehouses.

    `discounts` are what its contracts take off the published prices of a channel, as a rate card states it; `fx_rates` are
    decimal text: units of its currency for one of the other.
    """

    code: str
    name: str
    short_name: str
    currency: str
    timezone: str
    orders_percent: int
    channels: tuple[str, ...]
    warehouses: tuple[SampleWarehouse, ...]
    sellers: tuple[SampleSeller, ...]
    strategies: tuple[SampleStrategy, ...]
    tiers: tuple[SampleTier, ...]
    discounts: Mapping[str, Mapping[str, str]]
    fx_rates: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedCompany:
    """The ids of a company's rows by their codes."""

    tenant_id: int
    seller_ids: Mapping[str, int]
    warehouse_ids: Mapping[str, int]


@cache
def companies() -> tuple[Company, ...]:
    """Return the sample world's companies."""
    document = tomllib.loads((CONTENT / "companies.toml").read_text())
    return tuple(_company(row) for row in document["companies"])


def _company(row: dict[str, Any]) -> Company:
    nested = {
        "channels": tuple(row["channels"]),
        "warehouses": tuple(_warehouse(warehouse, row["channels"]) for warehouse in row["warehouses"]),
        "sellers": tuple(SampleSeller(**_tuples(seller)) for seller in row["sellers"]),
        "strategies": tuple(SampleStrategy(**_tuples(strategy)) for strategy in row["strategies"]),
        "tiers": tuple(SampleTier(**_tuples(tier)) for tier in row.get("tiers", ())),
        "fx_rates": row.get("fx_rates", {}),
    }
    return Company(**{**row, **nested})


def _warehouse(row: dict[str, Any], all_channels: list[str]) -> SampleWarehouse:
    channels = tuple(row.get("channels", all_channels))
    terms = NewWarehouse(country=COUNTRY, **{key: value for key, value in row.items() if key != "channels"})
    return SampleWarehouse(terms=terms, channels=channels)


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
