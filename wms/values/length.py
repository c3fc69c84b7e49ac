"""Length in whole micrometres, converted exactly from the units that carriers print."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final, Literal

from wms.values.decimals import exact_decimal

LengthUnit = Literal["um", "mm", "cm", "m", "in"]

# The inch is 25.4 mm by definition, so that every unit here is whole micrometres.
UNIT_UM: Final[dict[LengthUnit, int]] = {
    "um": 1,
    "mm": 1_000,
    "cm": 10_000,
    "m": 1_000_000,
    "in": 25_400,
}


def length_unit(text: str) -> LengthUnit:
    """Return the text as a unit of length, or raise ValueError."""
    if text not in UNIT_UM:
        raise ValueError(f"not a unit of length: {text!r}")
    return text


def exact_length_um(value: Decimal | str | int, unit: LengthUnit) -> Fraction:
    """Return the length in micrometres, unrounded."""
    number = exact_decimal(value)
    if number < 0:
        raise ValueError(f"a length is not negative: {value!r}")
    return Fraction(number) * UNIT_UM[unit]


def length_um(value: Decimal | str | int, unit: LengthUnit) -> int:
    """Return the length in whole micrometres, rounded down like the limits it is held against."""
    exact = exact_length_um(value, unit)
    return exact.numerator // exact.denominator


def length_in(amount_um: int, unit: LengthUnit, places: int = 1) -> Decimal:
    """Return micrometres in the unit for display, rounded half-up to the places."""
    exact = Decimal(amount_um) / UNIT_UM[unit]
    return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Length:
    """A length as a document states it, with its whole micrometres."""

    value: Decimal
    unit: LengthUnit
    um: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "um", length_um(self.value, self.unit))
