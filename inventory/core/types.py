"""Articles, warehouses and counts as they come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

MOST_UNITS = 1_000_000_000
"""Of one SKU in one warehouse: PostgreSQL counts to twice that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """That a warehouse counted so many units of an article on its shelves."""

    warehouse_id: int
    sku_id: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """That so many units of an article arrived in a warehouse."""

    warehouse_id: int
    sku_id: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSku:
    """An article of a seller's, with the weight and size of one packed unit, and whether each unit is a parcel of its own."""

    code: str
    name: str
    mass_mg: int
    length_um: int
    width_um: int
    height_um: int
    tags: tuple[str, ...] = ()
    category: str = ""
    ships_alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWarehouse:
    """A warehouse and what it charges for handling a parcel."""

    code: str
    name: str
    country: str
    postcode: str
    state: str = ""
    city: str = ""
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    timezone: str = "UTC"
    priority: int = 100
    daily_capacity: int | None = None
    cutoff_time: time | None = None
    active: bool = True
    handling_currency: str = "USD"
    handling_per_order_minor: int = 0
    handling_per_piece_minor: int = 0
    handling_per_kg_minor: int = 0
    handling_per_tag_minor: Mapping[str, int] = field(default_factory=dict)
