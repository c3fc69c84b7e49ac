"""A rate card: all terms of one channel's contract for a span of days, frozen."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from carriers.core.amounts import WeightTable
from carriers.core.calendar import TransitTerms
from carriers.core.discounts import Discount
from carriers.core.surcharges import Charge, Restriction, Surcharge, SurchargeOrder, live_charges, order_surcharges
from carriers.core.transit import DaysByPostcode
from carriers.core.types import Destination
from carriers.core.weights import Measure, WeighingRules
from wms.values.length import Length, LengthUnit
from wms.values.mass import Mass, MassUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that a piece may weigh (by scale) and measure (rounded); bounds are inclusive."""

    weight: Mass | None = None
    longest: Length | None = None
    second: Length | None = None
    length_and_girth: Length | None = None
    of_sides: tuple[tuple[Measure, Length], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        limits = ((Measure.LONGEST, self.longest), (Measure.SECOND, self.second), (Measure.LENGTH_AND_GIRTH, self.length_and_girth))
        object.__setattr__(self, "of_sides", tuple((measure, limit) for measure, limit in limits if limit is not None))


class PieceRating(StrEnum):
    """How several pieces of one shipment are rated."""

    EACH = "each"
    SUM_OF_GREATER = "sum_of_greater"
    GREATER_OF_SUMS = "greater_of_sums"


class TermsOfDay(NamedTuple):
    """What of a card holds on one day of shipping: whether it does at all, and what it may charge, refuses, and asks of area lists."""

    is_effective: bool
    charges: tuple[Charge, ...]
    restrictions: tuple[Restriction, ...]
    lists: frozenset[str]
    asks_zone: bool  # whether what is charged depends on the zone


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class RateCard:
    """One version of a channel's prices, in force on the days [effective_from, effective_to)."""

    code: str
    source: str
    currency: str
    effective_from: date
    effective_to: date | None
    weight_unit: MassUnit
    length_unit: LengthUnit
    zones: tuple[str, ...]
    rates: WeightTable
    weighing: WeighingRules
    limits: Limits
    most_pieces: int
    piece_rating: PieceRating
    allow_estimated_zone: bool
    has_fuel: bool
    discount: Discount | None
    fuel_discount_millis: int
    transit_days: tuple[int | None, ...]
    transit_postcodes: DaysByPostcode | None
    transit: TransitTerms
    surcharges: tuple[Surcharge, ...]
    restrictions: tuple[Restriction, ...]
    zone_positions: dict[str, int] = field(init=False, repr=False, compare=False)
    surcharge_order: SurchargeOrder = field(init=False, repr=False, compare=False)
    _days: dict[date, TermsOfDay] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        positions = {label: i for i, label in enumerate(self.zones)}
        object.__setattr__(self, "zone_positions", positions)
        object.__setattr__(self, "surcharge_order", order_surcharges(self.surcharges))

    def is_effective(self, ship_date: date) -> bool:
        """Return whether the card is in force on the day."""
        if ship_date < self.effective_from:
            return False
        return self.effective_to is None or ship_date < self.effective_to

    def days_to(self, zone: int, destination: Destination) -> int | None:
        """Return the transit days to an address in a zone: those of its postcode, else those of the zone."""
        own = self.transit_postcodes.days_to(destination) if self.transit_postcodes else None
        return self.transit_days[zone] if own is None else own

    @property
    def list_codes(self) -> frozenset[str]:
        """Return the area lists that the card names on any day."""
        triggers = [surcharge.trigger for surcharge in self.surcharges] + [restriction.trigger for restriction in self.restrictions]
        return frozenset(code for trigger in triggers for code in trigger.list_codes())

    def on(self, ship_date: date) -> TermsOfDay:
        """Return what holds on the day: worked out once, however many parcels ship on it."""
        found = self._days.get(ship_date)
        if found is None:
            found = self._days[ship_date] = self._terms_on(ship_date)
        return found

    def _terms_on(self, ship_date: date) -> TermsOfDay:
        charges = live_charges(self.surcharges, self.surcharge_order, ship_date)
        restrictions = tuple(restriction for restriction in self.restrictions if restriction.trigger.is_live(ship_date))
        triggers = [charge.surcharge.trigger for charge in charges] + [restriction.trigger for restriction in restrictions]
        lists = frozenset(code for trigger in triggers for code in trigger.list_codes())
        asks_zone = any(condition.zones for charge in charges for condition in charge.surcharge.trigger.conditions)
        return TermsOfDay(self.is_effective(ship_date), charges, restrictions, lists, asks_zone)
