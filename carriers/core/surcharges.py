"""Surcharges and restrictions: when they hold, which of them exclude each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from carriers.core.amounts import ByWeight, Percent
from carriers.core.types import Destination, RejectionCode
from carriers.core.weights import Measure, Piece
from wms.values.length import Length
from wms.values.mass import Mass


@dataclass(frozen=True, slots=True, kw_only=True)
class InArea:
    """The destination stands in one of the tiers of a list; no tiers means any of them."""

    list_code: str
    tiers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Over:
    """A measure is above a limit: micrometres, milligrams, or cubic steps of the side rounding."""

    measure: Measure
    limit: int
    stated: Length | Mass | Decimal  # as the document writes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What must all be true; what is None or empty is not asked."""

    residential: bool | None = None
    area: InArea | None = None
    countries: frozenset[str] = frozenset()
    zones: frozenset[int] = frozenset()
    tags: frozenset[str] = frozenset()
    over: tuple[Over, ...] = ()
    asks_journey: bool = field(init=False, repr=False, compare=False)
    asks_piece: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        asks_journey = self.residential is not None or self.area is not None or bool(self.countries or self.zones)
        object.__setattr__(self, "asks_journey", asks_journey)
        object.__setattr__(self, "asks_piece", bool(self.tags or self.over))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Any of the conditions (none: always), on days within [from_date, to_date)."""

    conditions: tuple[Condition, ...] = ()
    active: bool = True
    from_date: date | None = None
    to_date: date | None = None

    def is_live(self, ship_date: date) -> bool:
        """Return whether the trigger can hold at all on the day."""
        if not self.active or (self.from_date and ship_date < self.from_date):
            return False
        return self.to_date is None or ship_date < self.to_date

    def list_codes(self) -> set[str]:
        """Return the area lists that the conditions name."""
        return {condition.area.list_code for condition in self.conditions if condition.area}


class Per(StrEnum):
    """How often an amount is due."""

    PIECE = "piece"
    SHIPMENT = "shipment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surcharge:
    """One charge on top of the base.

    Of a group only the one with the lowest priority number is charged. `minimum` is the least
    billable weight of a piece that bears the charge. The discount is a per cent of the amount, in thousandths.
    """

    code: str
    trigger: Trigger
    amount: ByWeight | Percent
    per: Per = Per.PIECE
    group: str = ""
    priority: int = 0
    minimum: Mass | None = None
    fuelable: bool = False
    depends_on: str = ""
    discount_millis: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """What a channel refuses to carry, and the code that says so."""

    name: str
    trigger: Trigger
    code: RejectionCode


@dataclass(frozen=True, slots=True, kw_only=True)
class SurchargeOrder:
    """In which order to decide what is charged, and what each surcharge must look at.

    All numbers are positions in the card's surcharges.
    """

    positions: tuple[int, ...]
    rivals: tuple[tuple[int, ...], ...]  # those of the group that go first
    needs: tuple[int | None, ...]


def order_surcharges(surcharges: Sequence[Surcharge]) -> SurchargeOrder:
    """Return the order; raises ValueError where surcharges wait for each other or for nobody."""
    position = {surcharge.code: i for i, surcharge in enumerate(surcharges)}
    rivals = tuple(
        tuple(
            i
            for i, other in enumerate(surcharges)
            if surcharge.group and other.group == surcharge.group and other.priority < surcharge.priority
        )
        for surcharge in surcharges
    )
    needs = tuple(position[surcharge.depends_on] if surcharge.depends_on else None for surcharge in surcharges)
    graph: dict[int, set[int]] = {}
    for i, need in enumerate(needs):
        graph[i] = {*rivals[i]} | (set() if need is None else {need})
    try:
        positions = tuple(TopologicalSorter(graph).static_order())
    except CycleError as cycle:
        raise ValueError("surcharges depend on each other") from cycle
    return SurchargeOrder(positions=positions, rivals=rivals, needs=needs)


class Charge(NamedTuple):
    """A surcharge that is live on a day, at its position in the card, with what it must look at (`SurchargeOrder`)."""

    position: int
    surcharge: Surcharge
    rivals: tuple[int, ...]
    need: int | None


def live_charges(surcharges: Sequence[Surcharge], order: SurchargeOrder, ship_date: date) -> tuple[Charge, ...]:
    """Return the surcharges that can be charged on the day, in the order in which they are decided."""
    return tuple(
        Charge(i, surcharges[i], order.rivals[i], order.needs[i]) for i in order.positions if surcharges[i].trigger.is_live(ship_date)
    )


class Journey(NamedTuple):
    """What triggers ask of a shipment: its zone, its destination and the tiers it stands in."""

    zone: int
    destination: Destination
    tiers: Mapping[str, str | None]


type Charged = dict[int, int]
"""By the position of each surcharge that is charged, which pieces bear it: bit i for piece i."""


def charged_pieces(charges: Sequence[Charge], pieces: Sequence[Piece], journey: Journey) -> Charged:
    """Return which surcharges are charged, and for which pieces.

    A charge per shipment is borne by all pieces if any of them triggers it.
    """
    every_piece = (1 << len(pieces)) - 1
    charged: Charged = {}
    for position, surcharge, rivals, need in charges:
        borne = every_piece if need is None else charged.get(need, 0)
        for rival in rivals:
            borne &= ~charged.get(rival, 0)
        if borne and surcharge.trigger.conditions:
            borne &= pieces_that_trigger(surcharge.trigger, pieces, journey)
        if borne:
            charged[position] = every_piece if surcharge.per is Per.SHIPMENT else borne
    return charged


def pieces_that_trigger(trigger: Trigger, pieces: Sequence[Piece], journey: Journey) -> int:
    """Return for which pieces a live trigger holds, bit i for piece i."""
    every_piece = (1 << len(pieces)) - 1
    if not trigger.conditions:
        return every_piece
    held = 0
    for condition in trigger.conditions:
        if condition.asks_journey and not _fits_journey(condition, journey):
            continue
        if not condition.asks_piece:
            return every_piece
        for i, piece in enumerate(pieces):
            if _fits_piece(condition, piece):
                held |= 1 << i
    return held


def _fits_journey(condition: Condition, journey: Journey) -> bool:
    zone, destination, tiers = journey
    if condition.residential is not None and condition.residential != destination.residential:
        return False
    if condition.zones and zone not in condition.zones:
        return False
    if condition.countries and destination.country not in condition.countries:
        return False
    return condition.area is None or _in_area(condition.area, tiers)


def _in_area(area: InArea, tiers: Mapping[str, str | None]) -> bool:
    tier = tiers[area.list_code]
    return tier is not None and (not area.tiers or tier in area.tiers)


def _fits_piece(condition: Condition, piece: Piece) -> bool:
    for over in condition.over:
        if piece.measures[over.measure] <= over.limit:
            return False
    return not condition.tags or not condition.tags.isdisjoint(piece.tags)
