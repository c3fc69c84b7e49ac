"""Masses and lengths as carriers want them: rounded up to the step that is sent, so that no parcel is declared too small.

What was typed as 3 lb is kept as 1,360,777 whole milligrams, rounded down; rounding up to hundredths gives 3 lb again.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from carriers.core.types import Parcel
from carriers.live.protocol import QuoteRequest, QuoteUnsupported
from wms.values.length import UNIT_UM, LengthUnit
from wms.values.mass import UNIT_MG, MassUnit
from wms.values.ratio import ceiling

# Countries that weigh in pounds: carriers want their parcels in pounds and inches.
POUND_COUNTRIES: Final = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})
PLACES: Final = 2


def mass(parcel: Parcel, unit: MassUnit, places: int = PLACES) -> Decimal:
    """Return the parcel's mass in the unit, rounded up."""
    return _up(parcel.actual_mg * UNIT_MG[unit].denominator, UNIT_MG[unit].numerator, places)


def sides(parcel: Parcel, unit: LengthUnit, places: int = PLACES) -> tuple[Decimal, Decimal, Decimal] | None:
    """Return the sides in the unit, rounded up, longest first; None if one is unknown."""
    lengths = sorted((parcel.length_um, parcel.width_um, parcel.height_um), reverse=True)
    if not all(lengths):
        return None
    longest, second, third = (_up(length, UNIT_UM[unit], places) for length in lengths)
    return longest, second, third


def known_sides(parcel: Parcel, unit: LengthUnit, places: int = PLACES) -> tuple[Decimal, Decimal, Decimal]:
    """Return the sides for a provider that will not price without them."""
    known = sides(parcel, unit, places)
    if known is None:
        raise QuoteUnsupported("the parcel's size is unknown")
    return known


def in_pounds(request: QuoteRequest) -> bool:
    """Return whether the shipment starts where pounds and inches are the measures."""
    return request.origin.country in POUND_COUNTRIES


def one_parcel(request: QuoteRequest) -> Parcel:
    """Return the only parcel, for a provider that prices one at a time."""
    if len(request.parcels) != 1:
        raise QuoteUnsupported("prices one parcel at a time")
    return request.parcels[0]


def total(masses: Sequence[Decimal]) -> Decimal:
    """Return the sum of what is declared."""
    return sum(masses, Decimal())


def _up(numerator: int, denominator: int, places: int) -> Decimal:
    return Decimal(ceiling(numerator * 10**places, denominator)).scaleb(-places)
