"""Price cells (signals, zone, billable weight) of one card by the array.

This is `rating` for one parcel, written over arrays. It fills the tables of `compiled`, and prices
directly what lies outside them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from carriers.core.amounts import NO_AMOUNT, OPEN_MG, ByWeight, Percent, WeightTable
from carriers.core.fuel import PERCENT_UNIT
from carriers.core.rate_card import RateCard
from carriers.core.signals import SignalSet, ZonedSignal
from carriers.core.surcharges import Surcharge
from carriers.core.types import SYSTEM_MAX_MG, RejectionCode
from wms.values.ratio import Int64s, scale_half_up

# A billable weight is at most the system's limit and one rounding step.
HEAVIEST_MG: Final = 2 * SYSTEM_MAX_MG

Bools = NDArray[np.bool_]
Signals = Sequence[Bools | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPricer:
    """Prices of one card on one day of shipping."""

    card: RateCard
    signal_set: SignalSet
    fuel_millis: int

    @classmethod
    def of(cls, card: RateCard, ship_date: date, fuel_millis: int) -> "CellPricer":
        """Return the pricer of a card that is in force on the day."""
        triggers = [rule.trigger for rule in card.restrictions]
        triggers += [surcharge.trigger for surcharge in card.surcharges]
        return cls(card=card, signal_set=SignalSet.of(triggers, ship_date), fuel_millis=fuel_millis)

    def price(self, *, signals: Signals, zones: Int64s, billable_mg: Int64s) -> Int64s:
        """Return totals in minor units, or minus the RejectionCode, in the shape that all three broadcast to.

        `billable_mg` is rounded, but knows of no minimum that a surcharge brings. Whatever depends on one or two of the
        three only is worked out in their shape.
        """
        code, lines = self._rate(signals, zones, billable_mg)
        total = lines[0].amounts
        for line in lines[1:]:
            total = total + line.amounts
        shape = np.broadcast_shapes(zones.shape, billable_mg.shape, *(np.shape(signal) for signal in signals))
        return np.broadcast_to(np.where(code > 0, -code, total), shape)

    def lines(self, *, signals: Signals, zones: Int64s, billable_mg: Int64s) -> tuple[Int64s, Bools]:
        """Return all lines that the card knows, (line, cell), and which of them a quote of the cell has.

        For cells that have a price; the arguments are those of `price`, in one dimension.
        """
        _, lines = self._rate(signals, zones, billable_mg)
        amounts = np.stack([np.broadcast_to(line.amounts, zones.shape) for line in lines])
        stays = np.array([line.stays for line in lines], dtype=np.bool_)
        return amounts, stays[:, None] | (amounts != 0)

    def _rate(self, signals: Signals, zones: Int64s, billable_mg: Int64s) -> "tuple[Int64s, list[_Line]]":
        """Return the RejectionCode of each cell, 0 for none, and the lines in a quote's order."""
        card = self.card
        code = self._restricted(signals, zones)
        charged = self._charged(signals, zones)
        weights = billable_mg
        for surcharge, borne in charged:
            if surcharge.minimum is not None:
                least = card.weighing.rounding.round(surcharge.minimum.mg)
                weights = np.where(borne, np.maximum(weights, least), weights)
        base = card.rates.amounts(zones, weights)
        code = np.where((code == 0) & (base == NO_AMOUNT), RejectionCode.NO_RATE, code)
        net = np.maximum(base, 0)
        lines = [_Line(net, stays=True)]
        if card.discount is not None:
            net = _take_off(lines, net, card.discount.offs_minor(net, weights))
        fuelled = net
        for surcharge, borne in charged:
            amount = _amounts(surcharge, zones, weights, net)
            unknown = borne & (amount == NO_AMOUNT) & (code == 0)
            code = np.where(unknown, RejectionCode.NO_RATE, code)
            due = np.where(borne, np.maximum(amount, 0), 0)
            lines.append(_Line(due))
            if surcharge.discount_millis:
                due = _take_off(lines, due, scale_half_up(due, surcharge.discount_millis, PERCENT_UNIT))
            if surcharge.fuelable:
                fuelled = fuelled + due
        if self.fuel_millis:
            fuel = scale_half_up(fuelled, self.fuel_millis, PERCENT_UNIT)
            lines.append(_Line(fuel, stays=True))
            if card.fuel_discount_millis:
                _take_off(lines, fuel, scale_half_up(fuel, card.fuel_discount_millis, PERCENT_UNIT))
        return code, lines

    def breakpoints(self, most: int) -> Int64s:
        """Return ascending weights between which no price changes, at most so many.

        A weight w of breakpoints[k - 1] < w <= breakpoints[k] is priced like breakpoints[k].
        What is above the last one is not covered; the last one is beyond every billable weight
        unless there are more than `most`.
        """
        amounts = (surcharge.amount for surcharge in self.card.surcharges)
        tables = [self.card.rates, *(a.table for a in amounts if isinstance(a, ByWeight))]
        discounted = self.card.discount.bounds_mg if self.card.discount else ()
        found: set[int] = {HEAVIEST_MG, *(bound for bound in discounted if bound < HEAVIEST_MG)}
        end = HEAVIEST_MG
        for table in tables:
            points = list(islice(_breakpoints(table), most))
            found.update(points)
            if len(points) == most:
                end = min(end, points[-1])
        kept = sorted(point for point in found if point <= end)[:most]
        return np.array(kept, dtype=np.int64)

    def _restricted(self, signals: Signals, zones: Int64s) -> Int64s:
        code = np.zeros(zones.shape, dtype=np.int64)
        for i, restriction in enumerate(self.card.restrictions):
            held = _holds(self.signal_set.triggers[i], signals, zones)
            if held is not None:
                code = np.where((code == 0) & held, restriction.code, code)
        return code

    def _charged(self, signals: Signals, zones: Int64s) -> list[tuple[Surcharge, Bools]]:
        """Return the surcharges that may be charged and where they are, in the card's order."""
        card, first = self.card, len(self.card.restrictions)
        charged: dict[int, Bools] = {}
        for i in card.surcharge_order.positions:
            held = _holds(self.signal_set.triggers[first + i], signals, zones)
            need = card.surcharge_order.needs[i]
            if held is None or (need is not None and need not in charged):
                continue
            if need is not None:
                held = held & charged[need]
            for rival in card.surcharge_order.rivals[i]:
                if rival in charged:
                    held = held & ~charged[rival]
            if held.any():
                charged[i] = held
        return [(card.surcharges[i], charged[i]) for i in sorted(charged)]


@dataclass(frozen=True, slots=True)
class _Line:
    """The amounts of one line of the quotes; one that does not stay is left out where it is nothing."""

    amounts: Int64s
    stays: bool = False


def _take_off(lines: list[_Line], amounts: Int64s, off: Int64s) -> Int64s:
    """Add a line of what is taken off; return what is left."""
    lines.append(_Line(-off))
    return amounts - off


def _holds(zoned: tuple[ZonedSignal, ...], signals: Signals, zones: Int64s) -> Bools | None:
    """Return where a trigger holds, None if nowhere."""
    held: Bools | None = None
    for part in zoned:
        value = np.asarray(True if part.signal is None else signals[part.signal])
        if part.zones:
            value = value & np.isin(zones, np.array(sorted(part.zones)))
        held = value if held is None else held | value
    return held if held is not None and held.any() else None


def _amounts(surcharge: Surcharge, zones: Int64s, weights: Int64s, net: Int64s) -> Int64s:
    if isinstance(surcharge.amount, Percent):
        return surcharge.amount.amounts(net)
    return surcharge.amount.amounts(zones, weights)


def _breakpoints(table: WeightTable) -> Iterator[int]:
    """Yield ascending the weights after which a table's amounts may change."""
    below = -1  # a weight of nothing has begun no step
    for row in table.rows:
        if row.steps is not None:
            steps = row.steps.steps(below + 1)
            while (end := row.steps.end_of_step(steps)) < row.bound_mg:
                if end > below:
                    yield end
                steps += 1
        if row.bound_mg != OPEN_MG:
            yield row.bound_mg
        below = row.bound_mg
