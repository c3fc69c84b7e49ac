"""Figures in the reader's words: money, weight, size, distance, time."""

from __future__ import annotations

from functools import lru_cache

from babel.numbers import format_currency, format_decimal
from django.utils.translation import get_language, ngettext, to_locale

from wms.values.mass import mass_in
from wms.values.money import from_minor


def money(amount_minor: int | None, currency: str) -> str:
    """Return an amount with its currency, a dash where there is none."""
    if amount_minor is None:
        return "–"
    return _money(amount_minor, currency, _locale())


def signed_money(amount_minor: int, currency: str) -> str:
    """Return a difference with its sign; none has no sign."""
    return f"{'+' if amount_minor > 0 else ''}{money(amount_minor, currency)}"


def mass(amount_mg: int | None) -> str:
    """Return a weight in kilograms to the gram, a dash where there is none."""
    return "–" if amount_mg is None else f"{format_decimal(mass_in(amount_mg, 'kg'), locale=_locale())} kg"


def sides(sides_um: tuple[int, int, int]) -> str:
    """Return three sides in centimetres, a dash where none is known."""
    if not any(sides_um):
        return "–"
    return " × ".join(format_decimal(side / 10_000, format="#,##0.#", locale=_locale()) for side in sides_um) + " cm"


def distance(metres: int | None) -> str:
    """Return a distance in whole kilometres, a dash where it is unknown."""
    return "–" if metres is None else f"{format_decimal(round(metres / 1000), locale=_locale())} km"


def days(count: int | None) -> str:
    """Return a transit time, a dash where it is unknown."""
    return "–" if count is None else ngettext("%(count)d day", "%(count)d days", count) % {"count": count}


# A page of prices says the same amounts many times over.
@lru_cache(maxsize=16_384)
def _money(amount_minor: int, currency: str, locale: str) -> str:
    return str(format_currency(from_minor(amount_minor, currency), currency, locale=locale))


def _locale() -> str:
    return to_locale(get_language() or "en")
