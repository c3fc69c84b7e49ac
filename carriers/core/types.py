"""What goes into a price and what comes out of it."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

# Beyond these no carrier's parcel service goes; within them all arithmetic fits 64 bits.
SYSTEM_MAX_MG: Final = 10_000_000_000  # 10 t
SYSTEM_MAX_UM: Final = 10_000_000  # 10 m


class RejectionCode(IntEnum):
    """Why a channel has no price: a closed list, stored in records as a number of 1 to 63."""

    NOT_EFFECTIVE = 1
    NO_ZONE = 2
    NO_RATE = 3
    TOO_HEAVY = 4
    TOO_LARGE = 5
    NOT_SERVED = 6
    NO_FX = 7
    RESTRICTED = 8
    TOO_MANY_PIECES = 9
    LIVE_QUOTE_FAILED = 10
    NO_FUEL = 11
    NO_AREA_LIST = 12

    @property
    def slug(self) -> str:
        """Return the stable code that people and other systems see ("no_zone")."""
        return self.name.lower()


class BillableReason(StrEnum):
    """Why the billable weight is what it is."""

    ACTUAL = "actual"
    VOLUMETRIC = "volumetric"
    MINIMUM = "minimum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One piece: its mass, its sides in any order, and the tags of what is inside.

    A side of 0 is unknown and adds no volumetric weight.
    """

    actual_mg: int
    length_um: int = 0
    width_um: int = 0
    height_um: int = 0
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a parcel goes; the postcode is normalised (`normalise_postcode`), "" if unknown."""

    country: str
    postcode: str = ""
    lat: float | None = None
    lon: float | None = None
    residential: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A warehouse as carriers see it; the postcode is normalised, "" if unknown."""

    key: int
    country: str
    postcode: str = ""
    lat: float | None = None
    lon: float | None = None
    code: str = ""


class CostLine(NamedTuple):
    """One line of a quote; the detail is neutral of language ("15 lb", "18.25 %")."""

    code: str
    amount_minor: int
    detail: str = ""


class PieceWeight(NamedTuple):
    """What one piece weighs, by scale and by size, and what is billed for it."""

    actual_mg: int
    volumetric_mg: int
    billable_mg: int
    reason: BillableReason


class Quote(NamedTuple):
    """A price with its reasons; the lines sum to the total."""

    total_minor: int
    currency: str
    lines: tuple[CostLine, ...]
    zone: str
    zone_estimated: bool
    billable_mg: int
    billable_reason: BillableReason
    transit_days: int | None
    card_code: str
    pieces: tuple[PieceWeight, ...]


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why there is no price; the detail names the surcharge, zone or list it is about."""

    code: RejectionCode
    detail: str = ""
