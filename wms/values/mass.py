"""Mass in whole milligrams, converted exactly from the units that carriers print."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

from wms.values.decimals import exact_decimal
from wms.values.ratio import half_up

MassUnit = Literal["mg", "g", "kg", "oz", "lb"]

# The pound is 0.45359237 kg by definition (international yard and pound agreement, 1959).
UNIT_MG: Final[dict[MassUnit, Fraction]] = {
    "mg": Fraction(1),
    "g": Fraction(1_000),
    "kg": Fraction(1_000_000),
    "oz": Fraction(45_359_237, 1_600),
    "lb": Fraction(45_359_237, 100),
}


def mass_unit(text: str) -> MassUnit:
    """Return the text as a unit of mass, or raise ValueError."""
    if text not in UNIT_MG:
        raise ValueError(f"not a unit of mass: {text!r}")
    return text


def exact_mass_mg(value: Decimal | str | int, unit: MassUnit) -> Fraction:
    """Return the mass in milligrams, unrounded."""
    number = exact_decimal(value)
    if number < 0:
        raise ValueError(f"a mass is not negative: {value!r}")
    return Fraction(number) * UNIT_MG[unit]


def mass_mg(value: Decimal | str | int, unit: MassUnit) -> int:
    """Return the mass in whole milligrams, rounded down.

    Limits are converted the same way, so that "exactly 3 lb" is not over 3 lb.
    """
    exact = exact_mass_mg(value, unit)
    return exact.numerator // exact.denominator


def mass_in(amount_mg: int, unit: MassUnit, places: int = 3) -> Decimal:
    """Return milligrams in the unit for display, rounded half-up to the places."""
    ratio = amount_mg / UNIT_MG[unit]
    exact = Decimal(ratio.numerator) / Decimal(ratio.denominator)
    return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


@lru_cache(maxsize=1 << 12)
def mass_text(amount_mg: int, unit: MassUnit) -> str:
    """Return milligrams with their unit as people write it ("2.5 lb"), to three decimals."""
    size = UNIT_MG[unit]
    thousandths = half_up(amount_mg * 1_000 * size.denominator, size.numerator)
    whole, rest = divmod(thousandths, 1_000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".") + f" {unit}"


@dataclass(frozen=True, slots=True)
class Mass:
    """A mass as a document states it, with its exact and its whole milligrams."""

    value: Decimal
    unit: MassUnit
    exact_mg: Fraction = field(init=False, repr=False, compare=False)
    mg: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        exact = exact_mass_mg(self.value, self.unit)
        object.__setattr__(self, "exact_mg", exact)
        object.__setattr__(self, "mg", exact.numerator // exact.denominator)
