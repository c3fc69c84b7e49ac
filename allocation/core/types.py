"""The words of a decision: who decided, why a warehouse was not taken, and the values that go in and come out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from carriers.core.types import Destination, Parcel, RejectionCode


class Mode(IntEnum):
    """Who or what decided (order of authority, ARCHITECTURE §4)."""

    SMART = 1
    DEFAULT = 2
    EXCEPTION = 3
    MANUAL = 4
    UNDO = 5
    CANCEL = 6
    COUNT = 7


AUTOMATIC = frozenset({Mode.SMART, Mode.DEFAULT, Mode.EXCEPTION})
"""The modes in which the engine chose."""


class Reason(IntEnum):
    """Why a warehouse can't serve an order; numbers 1 to 63 are the carriers' (RejectionCode)."""

    OUT_OF_STOCK = 64
    NOT_COVERED = 65
    NO_CHANNEL = 66
    UNDECIDED = 67

    @property
    def slug(self) -> str:
        """Return the stable code that people and other systems see ("out_of_stock")."""
        return self.name.lower()


AnyReason = Reason | RejectionCode


def reason_of(number: int) -> AnyReason:
    """Return the reason that a record stores as `number`."""
    return RejectionCode(number) if number < Reason.OUT_OF_STOCK else Reason(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """So many units of one SKU, all lines of it added up."""

    sku_id: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What a decision reads of an order. `needs` are in the order of their SKU ids, `parcel` holds all of them."""

    order_id: int
    seller_id: int
    platform: str
    destination: Destination
    needs: tuple[Need, ...]
    parcel: Parcel


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """That a warehouse can serve an order, and its best channel: landed cost in the tenant's minor units."""

    channel_id: int
    cost_minor: int
    days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One warehouse's answer: what it had of each need, how far it is, and its best channel or why not."""

    warehouse_id: int
    available: tuple[int, ...]
    distance_m: int | None
    result: Served | AnyReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One order's decision with every candidate, in the order of the settings' warehouses."""

    order_id: int
    mode: Mode
    candidates: tuple[Candidate, ...]
    warehouse_id: int | None = None
    channel_id: int | None = None
    cost_minor: int | None = None
    nearest_cost_minor: int | None = None

    def reasons(self) -> tuple[int, ...]:
        """Return the distinct reasons of the warehouses that could not serve, by number."""
        return tuple(sorted({int(c.result) for c in self.candidates if not isinstance(c.result, Served)}))
