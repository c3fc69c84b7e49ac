"""Surcharges and restrictions: when they hold, which of them exclude each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    billable weight of a piece that bears the charge.
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


class Journey(NamedTuple):
    """What triggers ask of a shipment: its zone, its destination and the tiers it stands in."""

    zone: int
    destination: Destination
    tiers: Mapping[str, str | None]


def holds(trigger: Trigger, *, piece: Piece, journey: Journey) -> bool:
    """Return whether a live trigger holds for a piece."""
    if not trigger.conditions:
        return True
    for condition in trigger.conditions:  # noqa: SIM110
        if _holds(condition, piece, journey):
            return True
    return False


def _holds(condition: Condition, piece: Piece, journey: Journey) -> bool:
    destination = journey.destination
    for over in condition.over:
        if piece.measures[over.measure] <= over.limit:
            return False
    if condition.residential is not None and condition.residential != destination.residential:
        return False
    if condition.zones and journey.zone not in condition.zones:
        return False
    if condition.countries and destination.country not in condition.countries:
        return False
    if condition.tags and not condition.tags & piece.tags:
        return False
    return condition.area is None or _in_area(condition.area, journey)


def _in_area(area: InArea, journey: Journey) -> bool:
    tier = journey.tiers[area.list_code]
    return tier is not None and (not area.tiers or tier in area.tiers)


def charged_pieces(
    surcharges: Sequence[Surcharge],
    order: SurchargeOrder,
    *,
    ship_date: date,
    pieces: Sequence[Piece],
    journey: Journey,
) -> dict[int, list[bool]]:
    """Return for each surcharge that is charged which pieces bear it.

    A charge per shipment is borne by all pieces if any of them triggers it.
    """
    charged: dict[int, list[bool]] = {}
    for i in order.positions:
        surcharge = surcharges[i]
        need = order.needs[i]
        if not surcharge.trigger.is_live(ship_date) or (need is not None and need not in charged):
            continue
        trigger = surcharge.trigger
        borne = [holds(trigger, piece=piece, journey=journey) for piece in pieces] if trigger.conditions else [True] * len(pieces)
        if need is not None:
            borne = [a and b for a, b in zip(borne, charged[need], strict=True)]
        for rival in order.rivals[i]:
            if rival in charged:
                borne = [a and not b for a, b in zip(borne, charged[rival], strict=True)]
        if not any(borne):
            continue
        charged[i] = [True] * len(pieces) if surcharge.per is Per.SHIPMENT else borne
    return charged
