"""Postcodes in rules: one code ("10001"), a beginning ("100*", "SE1*") or a range of either ("10001..10099", "100*..102*").

Codes are read as orders' are (wms.values.postcodes), so zeros that a spreadsheet dropped come back and ZIP+4 is cut; beginnings
stand at the levels that zone charts use (carriers.core.postcodes), so "SE1*" holds SE1 2AB and not SE10 0AA.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from carriers.core.postcodes import UNIT, british_districts, entry_level, level_key
from wms.values.postcodes import BRITISH, POSTAL_PARENT, normalise_postcode

BEGINNING: Final = "*"
RANGE: Final = ".."
WHOLE: Final = 0
"""The level of a whole code: nothing that only begins so."""


@dataclass(frozen=True, slots=True)
class Span:
    """The codes whose part at the level lies between the two texts, both included."""

    level: int
    first: str
    last: str


def read_entry(country: str, text: str) -> str:
    """Return the canonical form of an entry. Raises ValueError for what can't be one in that country."""
    first, sign, last = text.strip().partition(RANGE)
    if not sign:
        return _read_end(country, first)
    entry = f"{_read_end(country, first)}{RANGE}{_read_end(country, last)}"
    if not spans_of(country, entry):
        raise ValueError(f"the range holds nothing: {text!r}")
    return entry


def _read_end(country: str, text: str) -> str:
    beginning = text.strip().removesuffix(BEGINNING)
    if beginning != text.strip():
        return entry_level(country, beginning)[1] + BEGINNING
    code = normalise_postcode(country, beginning)
    if code is None:
        raise ValueError(f"not a postcode: {text!r}")
    # An outward code is no address: it can only mean its district.
    return code + BEGINNING if country in BRITISH and " " not in code else code


@lru_cache(maxsize=65_536)
def spans_of(country: str, entry: str) -> tuple[Span, ...]:
    """Return the spans of a canonical entry; none where a range runs backwards or from one kind to another."""
    first, sign, last = entry.partition(RANGE)
    if not sign:
        span = _span(country, first)
        return (span,)
    begin, end = _span(country, first), _span(country, last)
    if country in BRITISH:
        return _british_range(country, begin, end)
    if begin.level != end.level or len(begin.first) != len(end.first) or begin.first > end.first:
        return ()
    return (Span(len(begin.first), begin.first, end.first),)


def _span(country: str, end: str) -> Span:
    if not end.endswith(BEGINNING):
        return Span(UNIT if country in BRITISH else WHOLE, end, end)
    level, text = entry_level(country, end.removesuffix(BEGINNING))
    return Span(level, text, text)


def _british_range(country: str, begin: Span, end: Span) -> tuple[Span, ...]:
    try:
        districts = british_districts(begin.first, end.first)
    except ValueError:
        return ()
    return tuple(_span(country, district + BEGINNING) for district in districts)


def part_at(country: str, postcode: str, level: int) -> str:
    """Return the part of a canonical postcode at a level, "" if it has none."""
    return postcode if level == WHOLE else level_key(country, postcode, level)


def holds(span: Span, *, country: str, postcode: str) -> bool:
    """Return whether a canonical postcode of the country lies in the span."""
    part = part_at(country, postcode, span.level)
    return bool(part) and span.first <= part <= span.last


def is_of(*, country: str, listed: str) -> bool:
    """Return whether codes of `country` stand in the lists of `listed`: Puerto Rico's are in those of the US."""
    return country == listed or POSTAL_PARENT.get(country) == listed


def lies_within(country: str, inner: Span, outer: Span) -> bool:
    """Return whether every code in the inner span is in the outer one; False also where that is not plain to see."""
    if outer.level == WHOLE:
        return inner == outer
    first, last = part_at(country, inner.first, outer.level), part_at(country, inner.last, outer.level)
    return bool(first and last) and outer.first <= first and last <= outer.last


def are_apart(country: str, one: Span, other: Span) -> bool:
    """Return whether no code can lie in both spans; False also where that is not plain to see."""
    coarse, fine = sorted((one, other), key=lambda span: span.level)
    if coarse.level == WHOLE:
        return fine != coarse if fine.level == WHOLE else not holds(fine, country=country, postcode=coarse.first)
    first, last = part_at(country, fine.first, coarse.level), part_at(country, fine.last, coarse.level)
    return bool(first and last) and (last < coarse.first or coarse.last < first)
