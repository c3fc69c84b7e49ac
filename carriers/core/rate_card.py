"""A rate card: all terms of one channel's contract for a span of days, frozen."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from carriers.core.amounts import WeightTable
from carriers.core.calendar import TransitTerms
from carriers.core.surcharges import (
    Restriction,
    Surcharge,
    SurchargeOrder,
    Trigger,
    order_surcharges,
)
from carriers.core.weights import WeighingRules
from wms.values.length import Length, LengthUnit
from wms.values.mass import Mass, MassUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that a piece may weigh (by scale) and measure (rounded); bounds are inclusive."""

    weight: Mass | None = None
    longest: Length | None = None
    second: Length | None = None
    length_and_girth: Length | None = None


class PieceRating(StrEnum):
    """How several pieces of one shipment are rated."""

    EACH = "each"
    SUM_OF_GREATER = "sum_of_greater"
    GREATER_OF_SUMS = "greater_of_sums"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A per cent off the base that leaves at least the minimum net charge."""

    millis: int
    minimum_net_minor: int


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
    transit_days: tuple[int | None, ...]
    transit: TransitTerms
    surcharges: tuple[Surcharge, ...]
    restrictions: tuple[Restriction, ...]
    zone_positions: dict[str, int] = field(init=False, repr=False, compare=False)
    surcharge_order: SurchargeOrder = field(init=False, repr=False, compare=False)
    area_triggers: tuple[Trigger, ...] = field(init=False, repr=False, compare=False)
    _lists: dict[date, frozenset[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        positions = {label: i for i, label in enumerate(self.zones)}
        object.__setattr__(self, "zone_positions", positions)
        object.__setattr__(self, "surcharge_order", order_surcharges(self.surcharges))
        triggers = [surcharge.trigger for surcharge in self.surcharges]
        triggers += [restriction.trigger for restriction in self.restrictions]
        in_areas = tuple(trigger for trigger in triggers if trigger.list_codes())
        object.__setattr__(self, "area_triggers", in_areas)

    def is_effective(self, ship_date: date) -> bool:
        """Return whether the card is in force on the day."""
        if ship_date < self.effective_from:
            return False
        return self.effective_to is None or ship_date < self.effective_to

    @property
    def list_codes(self) -> frozenset[str]:
        """Return the area lists that the card names on any day."""
        return frozenset(code for trigger in self.area_triggers for code in trigger.list_codes())

    def lists_on(self, ship_date: date) -> frozenset[str]:
        """Return the area lists that the card's live triggers name."""
        if not self.area_triggers:
            return frozenset()
        found = self._lists.get(ship_date)
        if found is None:
            live = (trigger for trigger in self.area_triggers if trigger.is_live(ship_date))
            found = self._lists[ship_date] = frozenset(code for trigger in live for code in trigger.list_codes())
        return found
