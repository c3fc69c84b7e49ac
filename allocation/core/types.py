"""The words of a decision: who decided, why a warehouse was not taken, and the values that go in and come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import IntEnum

from allocation.core.live import Answers
from allocation.core.parcels import SkuFacts, one_parcel, pieces_of
from allocation.core.rules.marks import Mark
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
    RULE = 8
    REVIEW = 9
    HOLD = 20
    RESUME = 21
    FORCED = 22
    ADDRESS = 23
    REJECTED = 24


AUTOMATIC = frozenset({Mode.SMART, Mode.DEFAULT, Mode.EXCEPTION, Mode.RULE, Mode.REVIEW})
"""The modes in which the engine chose."""

BY_HAND = frozenset({Mode.MANUAL, Mode.FORCED})
"""The modes in which a person chose."""

RULED = frozenset({Mode.RULE, Mode.REVIEW})
"""The modes in which a rule did."""


class Reason(IntEnum):
    """Why a warehouse can't serve an order; numbers 1 to 63 are the carriers' (RejectionCode)."""

    OUT_OF_STOCK = 64
    NOT_COVERED = 65
    NO_CHANNEL = 66
    UNDECIDED = 67
    TAG_RESTRICTED = 68
    TOO_FAR = 69
    OVER_CHEAPEST = 70
    LATE = 71
    NO_CAPACITY = 72
    AFTER_CUTOFF = 73
    RULED_OUT = 80
    REJECTED_BEFORE = 120
    REJECT_LIMIT = 121

    @property
    def slug(self) -> str:
        """Return the stable code that people and other systems see ("out_of_stock")."""
        return self.name.lower()


AnyReason = Reason | RejectionCode

SOFT = frozenset({Reason.TOO_FAR, Reason.OVER_CHEAPEST, Reason.LATE, Reason.NO_CAPACITY, Reason.AFTER_CUTOFF})
"""The reasons that are somebody's wish, not a fact: the warehouse has the goods and a price for them."""


def is_soft(reason: AnyReason) -> bool:
    """Return whether a person may choose the warehouse all the same."""
    return reason in SOFT


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
    """What a decision reads of an order. `needs` are in the order of their SKU ids, `parcel` holds all of them.

    `goods[i]` is one unit of need i; without goods an order is not split, and ships in one parcel. `value_minor` is in `currency`,
    which is the order's own.
    `answers` are those of carriers that say their prices over the network: they are about the whole order, never about a part.
    `refused_by` are the warehouses that have sent the order back.
    `marks` are those of its goods that some rule asks about; `reviewed` is true of an order that a rule sent to review before.
    """

    order_id: int
    seller_id: int
    store_id: int
    platform: str
    destination: Destination
    needs: tuple[Need, ...]
    parcel: Parcel
    placed_at: datetime
    goods: tuple[SkuFacts, ...] = ()
    state_code: str = ""
    value_minor: int = 0
    currency: str = ""
    service_level: str = ""
    promised_date: date | None = None
    answers: Answers = field(default_factory=dict)
    refused_by: frozenset[int] = frozenset()
    marks: frozenset[Mark] = frozenset()
    reviewed: bool = False

    @property
    def parcels(self) -> tuple[Parcel, ...]:
        """Return the parcels that a warehouse which ships all of it sends."""
        if not any(sku.ships_alone for sku in self.goods):
            return (self.parcel,)
        return pieces_of([(sku, need.units) for sku, need in zip(self.goods, self.needs, strict=True)])

    def part(self, units: Sequence[int]) -> OrderFacts:
        """Return the order as if it asked for so many units of each need only."""
        asked = [(need, sku, count) for need, sku, count in zip(self.needs, self.goods, units, strict=True) if count]
        return replace(
            self,
            needs=tuple(Need(sku_id=need.sku_id, units=count) for need, _, count in asked),
            goods=tuple(sku for _, sku, _ in asked),
            parcel=one_parcel([(sku, count) for _, sku, count in asked]),
            answers={},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """That a warehouse can serve an order, and by which channel: landed cost in the tenant's minor units.

    `days` is None where the channel states none; the order then counts as arriving after the most days, 255.
    """

    channel_id: int
    cost_minor: int
    days: int | None
    arrival_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One warehouse's answer: what it had of each need, how far it is, and its best channel or why not.

    `cheapest` is what it would have cost, whatever was wished of days, distance and price; None where it has no price or no goods.
    """

    warehouse_id: int
    available: tuple[int, ...]
    distance_m: int | None
    result: Served | AnyReason
    cheapest: Served | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """What one warehouse ships of a split order: units of each need, and by which channel at which landed cost."""

    warehouse_id: int
    channel_id: int
    cost_minor: int
    arrival_date: date
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One order's decision with every candidate, in the order of the settings' warehouses.

    `nearest_cost_minor` and `cheapest_cost_minor` are what the order would have cost from the nearest warehouse that had the goods
    and a price for them, and from the cheapest one, whatever was wished of days, distance and price. `split` are the shipments
    of an order that ships from several warehouses; the warehouse and the channel are then those of the most units. `decided_by_id`
    is the strategy or rule that decided.
    """

    order_id: int
    mode: Mode
    candidates: tuple[Candidate, ...]
    warehouse_id: int | None = None
    channel_id: int | None = None
    cost_minor: int | None = None
    nearest_cost_minor: int | None = None
    cheapest_cost_minor: int | None = None
    split: tuple[Shipped, ...] = ()
    decided_by_id: int | None = None

    def reasons(self) -> tuple[int, ...]:
        """Return the distinct reasons of the warehouses that could not serve, by number."""
        return tuple(sorted({int(c.result) for c in self.candidates if not isinstance(c.result, Served)}))
