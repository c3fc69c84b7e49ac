"""What a piece weighs for the bill: by scale, by size, rounded as the card says.

Each rule stands twice: for one piece, and for arrays; both give the same whole milligrams.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

import numpy as np

from carriers.core.types import SYSTEM_MAX_MG, SYSTEM_MAX_UM, BillableReason, Parcel, PieceWeight, RejectionCode
from wms.values.length import Length
from wms.values.mass import Mass
from wms.values.ratio import Int64s, scale_floor

# Sides that a card does not round are taken to a tenth of a millimetre, downwards.
UNROUNDED_STEP_UM: Final = 100


class Rounding(StrEnum):
    """How a measure is brought onto its step."""

    UP = "up"
    NEAREST = "nearest"
    NONE = "none"


class Measure(IntEnum):
    """What a limit or a trigger looks at, as a position in a piece's measures."""

    LONGEST = 0
    SECOND = 1
    GIRTH = 2
    LENGTH_AND_GIRTH = 3
    VOLUME = 4
    ACTUAL = 5
    BILLABLE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRounding:
    """Rounding of a mass onto multiples of a step."""

    step: Mass
    mode: Rounding
    _grid: tuple[int, int, int] = field(init=False, repr=False, compare=False)  # the step's milligrams as a fraction, and what rounds up

    def __post_init__(self) -> None:
        numerator, denominator = (1, 1) if self.mode is Rounding.NONE else self.step.exact_mg.as_integer_ratio()
        object.__setattr__(self, "_grid", (numerator, denominator, _lift(self.mode, numerator)))

    def round(self, mass_mg: int) -> int:
        """Return the rounded mass; a multiple of the step is rounded down to whole milligrams."""
        numerator, denominator, lift = self._grid
        return (mass_mg * denominator + lift) // numerator * numerator // denominator

    def round_batch(self, masses_mg: Int64s) -> Int64s:
        """Return what `round` gives for each mass."""
        numerator, denominator, lift = (np.int64(part) for part in self._grid)
        rounded: Int64s = (masses_mg * denominator + lift) // numerator * numerator // denominator
        return rounded


def _lift(mode: Rounding, step: int) -> int:
    """Return what to add to a whole number before it is divided by the step and rounded down."""
    return {Rounding.UP: step - 1, Rounding.NEAREST: step // 2, Rounding.NONE: 0}[mode]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRounding:
    """Rounding of the billable weight, with finer steps up to a limit where the card has them.

    What is rounded below the limit stays within it, and what is above stays above, so that a
    heavier piece is never rounded to less.
    """

    above: StepRounding
    limit: Mass | None = None
    below: StepRounding | None = None

    def round(self, mass_mg: int) -> int:
        """Return the rounded mass in milligrams."""
        if self.limit is None or self.below is None:
            return self.above.round(mass_mg)
        if mass_mg <= self.limit.mg:
            return min(self.below.round(mass_mg), self.limit.mg)
        return max(self.above.round(mass_mg), self.limit.mg)

    def round_batch(self, masses_mg: Int64s) -> Int64s:
        """Return what `round` gives for each mass."""
        if self.limit is None or self.below is None:
            return self.above.round_batch(masses_mg)
        low = np.minimum(self.below.round_batch(masses_mg), self.limit.mg)
        high = np.maximum(self.above.round_batch(masses_mg), self.limit.mg)
        return np.where(masses_mg <= self.limit.mg, low, high)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideRounding:
    """Rounding of each side before limits, triggers and volume look at it."""

    step: Length
    mode: Rounding
    step_um: int = field(init=False, repr=False, compare=False)  # what sides are counted in
    _lift_um: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        step_um = UNROUNDED_STEP_UM if self.mode is Rounding.NONE else self.step.um
        object.__setattr__(self, "step_um", step_um)
        object.__setattr__(self, "_lift_um", _lift(self.mode, step_um))

    def steps(self, side_um: int) -> int:
        """Return how many steps long a side is."""
        return (side_um + self._lift_um) // self.step_um

    def steps_batch(self, sides_um: Int64s) -> Int64s:
        """Return what `steps` gives for each side."""
        steps: Int64s = (sides_um + np.int64(self._lift_um)) // np.int64(self.step_um)
        return steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumetric:
    """How size becomes weight.

    `numerator / denominator` is milligrams per cubic step of the side rounding; a volume counts
    only above `above_steps` cubic steps. `counted_millis` is the share of the excess over the
    actual weight that is billed, in thousandths of a per cent (100,000 is all of it).
    `divisor` and `above_volume` are the contract's, in the card's units.
    """

    divisor: Decimal
    above_volume: Decimal
    numerator: int
    denominator: int
    above_steps: int
    counted_millis: int

    def mass_mg(self, volume_steps: int) -> int:
        """Return the volumetric weight of a volume, 0 where it does not count."""
        if volume_steps <= self.above_steps:
            return 0
        return volume_steps * self.numerator // self.denominator

    def mass_batch(self, volumes_steps: Int64s) -> Int64s:
        """Return what `mass_mg` gives for each volume."""
        masses = scale_floor(volumes_steps, self.numerator, self.denominator)
        return np.where(volumes_steps > self.above_steps, masses, 0)

    def greater(self, actual_mg: int, volumetric_mg: int) -> int:
        """Return what is billed of the two weights, before minimum and rounding."""
        excess = max(0, volumetric_mg - actual_mg)
        return actual_mg + excess * self.counted_millis // 100_000

    def greater_batch(self, actual_mg: Int64s, volumetric_mg: Int64s) -> Int64s:
        """Return what `greater` gives for each pair."""
        excess = np.maximum(volumetric_mg - actual_mg, 0)
        counted: Int64s = excess * np.int64(self.counted_millis) // 100_000
        return actual_mg + counted


class Piece(NamedTuple):
    """One measured piece: its measures by `Measure`, what it weighs for the bill unless a charge raises it, and its tags."""

    measures: tuple[int, ...]
    weight: PieceWeight
    greater_mg: int
    tags: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighingRules:
    """All that a card says of weighing and measuring one piece."""

    sides: SideRounding
    volumetric: Volumetric | None
    rounding: WeightRounding
    minimum: Mass | None
    minimum_mg: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "minimum_mg", self.minimum.mg if self.minimum else 0)

    def weigh(self, parcel: Parcel) -> Piece | RejectionCode:
        """Return the piece as the card sees it, or why no card could carry it."""
        third_um, second_um, longest_um = sorted((parcel.length_um, parcel.width_um, parcel.height_um))
        if parcel.actual_mg > SYSTEM_MAX_MG:
            return RejectionCode.TOO_HEAVY
        if longest_um > SYSTEM_MAX_UM:
            return RejectionCode.TOO_LARGE
        sides = self.sides
        longest, second, third = (
            sides.steps(longest_um),
            sides.steps(second_um),
            sides.steps(third_um),
        )
        volume = longest * second * third
        volumetric_mg, greater_mg = 0, parcel.actual_mg
        if self.volumetric is not None:
            volumetric_mg = self.volumetric.mass_mg(volume)
            greater_mg = self.volumetric.greater(parcel.actual_mg, volumetric_mg)
        if greater_mg > SYSTEM_MAX_MG:
            return RejectionCode.TOO_LARGE
        step_um = sides.step_um
        girth_um = 2 * (second + third) * step_um
        weight = self.weight(actual_mg=parcel.actual_mg, volumetric_mg=volumetric_mg, least_mg=self.minimum_mg)
        measures = (
            longest * step_um,
            second * step_um,
            girth_um,
            longest * step_um + girth_um,
            volume,
            parcel.actual_mg,
            weight.billable_mg,
        )
        return Piece(measures, weight, greater_mg, parcel.tags)

    def weight(self, *, actual_mg: int, volumetric_mg: int, least_mg: int) -> PieceWeight:
        """Return what is billed for the two weights, at least the third, and why it is that."""
        mass_mg, reason = actual_mg, BillableReason.ACTUAL
        if self.volumetric is not None and volumetric_mg > actual_mg:
            mass_mg = self.volumetric.greater(actual_mg, volumetric_mg)
            reason = BillableReason.VOLUMETRIC
        if least_mg > mass_mg:
            mass_mg, reason = least_mg, BillableReason.MINIMUM
        return PieceWeight(actual_mg, volumetric_mg, self.rounding.round(mass_mg), reason)


class WeighedBatch(NamedTuple):
    """What `weigh` gives, for arrays; the code is 0 where the piece can be carried."""

    measures: tuple[Int64s, ...]
    greater_mg: Int64s
    code: Int64s


def weigh_batch(rules: WeighingRules, *, actual_mg: Int64s, sides_um: tuple[Int64s, Int64s, Int64s]) -> WeighedBatch:
    """Weigh many single pieces; the sides are sorted, longest first."""
    code = np.zeros(len(actual_mg), dtype=np.int64)
    code[sides_um[0] > SYSTEM_MAX_UM] = RejectionCode.TOO_LARGE
    code[actual_mg > SYSTEM_MAX_MG] = RejectionCode.TOO_HEAVY
    actual = np.minimum(actual_mg, SYSTEM_MAX_MG)
    longest, second, third = (rules.sides.steps_batch(np.minimum(side, SYSTEM_MAX_UM)) for side in sides_um)
    volume = longest * second * third
    greater = actual
    if rules.volumetric is not None:
        greater = rules.volumetric.greater_batch(actual, rules.volumetric.mass_batch(volume))
        over = greater > SYSTEM_MAX_MG
        if over.any():
            code[over & (code == 0)] = RejectionCode.TOO_LARGE
            greater = np.minimum(greater, SYSTEM_MAX_MG)
    step_um = np.int64(rules.sides.step_um)
    girth = 2 * (second + third) * step_um
    billable = rules.rounding.round_batch(np.maximum(greater, rules.minimum_mg))
    measures = (
        longest * step_um,
        second * step_um,
        girth,
        longest * step_um + girth,
        volume,
        actual,
        billable,
    )
    return WeighedBatch(measures, greater, code)
