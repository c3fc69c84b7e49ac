"""An order as it comes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

MOST_LINES = 1_000
MOST_UNITS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """So many units of one article; the line's number is its place in the order."""

    sku_id: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """What a store's customer wants, as it is written there; `value_minor` in the currency's minor unit.

    The seller is the store's. The country may be a name, the postcode in any spelling.
    """

    store_id: int
    external_number: str
    country: str
    placed_at: datetime
    lines: tuple[NewLine, ...]
    postcode: str = ""
    recipient: str = ""
    state_code: str = ""
    city: str = ""
    address: str = ""
    residential: bool = True
    service_level: str = ""
    value_minor: int = 0
    currency: str = "USD"
    promised_date: date | None = None

    def __post_init__(self) -> None:
        if self.placed_at.tzinfo is None:
            raise ValueError("placed_at is an instant: it needs a time zone")
