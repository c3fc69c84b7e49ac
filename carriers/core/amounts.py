"""How an amount follows from a weight and a zone; amounts in minor units, prices in micros.

Each kind of amount stands twice: for one weight and zone, and for arrays of them.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from math import lcm
from typing import Final

import numpy as np
from numpy.typing import NDArray

from carriers.core.fuel import PERCENT_UNIT
from wms.values.mass import Mass
from wms.values.money import MOST_MINOR
from wms.values.ratio import Int64s, ceiling, half_up, scale_half_up

# "No amount here", in arrays that hold amounts; no amount is below -MOST_MINOR.
NO_AMOUNT: Final = -(1 << 60)
# A bound above every weight that is ever looked up.
OPEN_MG: Final = 1 << 60

Zones = NDArray[np.int64]


class PriceBasis(StrEnum):
    """What a stepwise price is stated for."""

    STEP = "per_step"
    UNIT = "per_unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPrice:
    """A price for each begun step of weight beyond a free weight, by zone.

    `scale` turns a price in micros into minor units a step. A whole-weight multiplier is a free
    weight of nothing; a continuation (续重) is a free weight of the first weight (首重).
    """

    step: Mass
    beyond: Mass
    basis: PriceBasis
    prices_micros: tuple[int | None, ...]
    scale: Fraction
    _clock: tuple[int, int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        step, beyond = self.step.exact_mg, self.beyond.exact_mg
        common = lcm(step.denominator, beyond.denominator)
        clock = (common, int(beyond * common), int(step * common))
        object.__setattr__(self, "_clock", clock)

    def steps(self, weight_mg: int) -> int:
        """Return how many steps a weight has begun beyond the free weight."""
        common, beyond, step = self._clock
        return max(0, ceiling(weight_mg * common - beyond, step))

    def steps_batch(self, weights_mg: Int64s) -> Int64s:
        """Return what `steps` gives for each weight."""
        common, beyond, step = self._clock
        steps: Int64s = -((beyond - weights_mg * np.int64(common)) // np.int64(step))
        return np.maximum(steps, 0)

    def end_of_step(self, steps: int) -> int:
        """Return the heaviest whole milligram that begins no further step."""
        common, beyond, step = self._clock
        return (beyond + steps * step) // common

    def amount(self, zone: int, weight_mg: int) -> int | None:
        """Return the price of a weight, None where the zone has none."""
        price = self.prices_micros[zone]
        if price is None:
            return None
        steps = self.steps(weight_mg)
        return half_up(steps * price * self.scale.numerator, self.scale.denominator)

    def amounts(self, zones: Zones, weights_mg: Int64s) -> Int64s:
        """Return what `amount` gives for each pair, NO_AMOUNT for None."""
        prices = np.array([-1 if price is None else price for price in self.prices_micros])
        by_zone = prices[zones]
        steps = self.steps_batch(weights_mg)
        product = steps * np.maximum(by_zone, 0)
        found = scale_half_up(product, self.scale.numerator, self.scale.denominator)
        return np.where(by_zone < 0, NO_AMOUNT, found)

    def most(self, weight_mg: int) -> int:
        """Return the dearest zone's price of a weight."""
        return max((self.amount(zone, weight_mg) or 0) for zone in range(len(self.prices_micros)))


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRow:
    """What holds up to an inclusive weight: fixed amounts by zone, which the table holds, and a price by step on top if any."""

    not_over: Mass | None
    steps: StepPrice | None = None

    @property
    def bound_mg(self) -> int:
        """Return the inclusive upper bound."""
        return self.not_over.mg if self.not_over else OPEN_MG


@dataclass(frozen=True, slots=True, eq=False)
class WeightTable:
    """Rows by ascending "not over" weight, and the fixed amounts by row and zone, NO_AMOUNT where there is none."""

    rows: tuple[WeightRow, ...]
    fixed_minor: Int64s
    bounds_mg: tuple[int, ...] = field(init=False, repr=False)
    _bounds: Int64s = field(init=False, repr=False)

    def __post_init__(self) -> None:
        bounds_mg = tuple([row.bound_mg for row in self.rows])
        object.__setattr__(self, "bounds_mg", bounds_mg)
        object.__setattr__(self, "_bounds", np.array(bounds_mg, dtype=np.int64))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WeightTable) and self.rows == other.rows and np.array_equal(self.fixed_minor, other.fixed_minor)

    __hash__ = None  # type: ignore[assignment]

    def amount(self, zone: int, weight_mg: int) -> int | None:
        """Return the amount of a zone at a weight, None where the table has none."""
        at = bisect_left(self.bounds_mg, weight_mg)
        if at == len(self.rows):
            return None
        fixed, steps = self.fixed_minor.item(at, zone), self.rows[at].steps
        if fixed == NO_AMOUNT or steps is None:
            return None if fixed == NO_AMOUNT else fixed
        stepped = steps.amount(zone, weight_mg)
        return None if stepped is None else fixed + stepped

    def amounts(self, zones: Zones, weights_mg: Int64s) -> Int64s:
        """Return what `amount` gives for each pair (broadcast), NO_AMOUNT for None.

        Where all weights have the same amounts, only the zones' shape is returned.
        """
        if len(self.rows) == 1 and self.rows[0].steps is None and self.bounds_mg[0] == OPEN_MG:
            same: Int64s = self.fixed_minor[0][zones]
            return same
        at = np.searchsorted(self._bounds, weights_mg)
        found = self.fixed_minor[np.minimum(at, len(self.rows) - 1), zones]
        if self.bounds_mg[-1] != OPEN_MG:
            found = np.where(at == len(self.rows), NO_AMOUNT, found)
        for i, row in enumerate(self.rows):
            if row.steps is not None:
                found = np.where(at == i, _on_top(found, row.steps.amounts(zones, weights_mg)), found)
        return found


def _on_top(fixed: Int64s, stepped: Int64s) -> Int64s:
    """Return the sums, NO_AMOUNT where one of the two is missing."""
    return np.where((fixed == NO_AMOUNT) | (stepped == NO_AMOUNT), NO_AMOUNT, fixed + stepped)


@dataclass(frozen=True, slots=True, kw_only=True)
class Percent:
    """A per cent of the net base, at least and at most so much."""

    millis: int
    minimum_minor: int = 0
    maximum_minor: int = MOST_MINOR

    def amount(self, net_base_minor: int) -> int:
        """Return the amount, rounded half-up to the minor unit."""
        found = half_up(net_base_minor * self.millis, PERCENT_UNIT)
        return min(max(found, self.minimum_minor), self.maximum_minor)

    def amounts(self, net_base_minor: Int64s) -> Int64s:
        """Return what `amount` gives for each base."""
        found = scale_half_up(net_base_minor, self.millis, PERCENT_UNIT)
        return np.clip(found, self.minimum_minor, self.maximum_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByWeight:
    """An amount from a table of weights and zones, at least and at most so much."""

    table: WeightTable
    minimum_minor: int = 0
    maximum_minor: int = MOST_MINOR

    def amount(self, zone: int, weight_mg: int) -> int | None:
        """Return the amount, None where the table has none."""
        found = self.table.amount(zone, weight_mg)
        return None if found is None else min(max(found, self.minimum_minor), self.maximum_minor)

    def amounts(self, zones: Zones, weights_mg: Int64s) -> Int64s:
        """Return what `amount` gives for each pair, NO_AMOUNT for None."""
        found = self.table.amounts(zones, weights_mg)
        clipped = np.clip(found, self.minimum_minor, self.maximum_minor)
        return np.where(found == NO_AMOUNT, NO_AMOUNT, clipped)
