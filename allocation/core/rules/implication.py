"""What follows from conditions by their words alone: sound, and silent where it is not plain to see.

A rule's condition is taken apart into alternatives, each a row of conditions that must all hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations, product
from typing import Final

from allocation.core.rules.matching import MINUTES_A_DAY
from allocation.core.rules.postcodes import Span, are_apart, is_of, lies_within, spans_of
from allocation.core.rules.terms import GOODS, NUMBERS, WORDS, Condition, Field, Group, Test
from wms.values.postcodes import POSTAL_PARENT

type Alternative = tuple[Condition, ...]

MOST_ALTERNATIVES: Final = 64
"""Conditions that fall into more are not taken apart: nothing is said of them."""

LOCAL: Final = frozenset({Field.STATE, Field.POSTCODE})
_SINGLE_GOODS: Final = frozenset({Field.SKU, Field.CATEGORY})


def alternatives_of(part: Condition | Group) -> tuple[Alternative, ...] | None:
    """Return the alternatives of which one must hold, or None where they are too many."""
    if isinstance(part, Condition):
        return ((part,),)
    inner = [alternatives_of(each) for each in part.parts]
    known = [each for each in inner if each is not None]
    if len(known) < len(inner):
        return None
    if not part.every:
        found = tuple(alternative for each in known for alternative in each)
        return found if len(found) <= MOST_ALTERNATIVES else None
    ways = 1
    for each in known:
        ways *= len(each)
        if ways > MOST_ALTERNATIVES:
            return None
    return tuple(tuple(condition for row in rows for condition in row) for rows in product(*known))


def is_impossible(alternative: Alternative) -> bool:
    """Return whether no order can fit all of these conditions."""
    if any(exclude_each_other(one, other) for one, other in combinations(alternative, 2)):
        return True
    if any(_is_empty(condition) for condition in merged_numbers(alternative)):
        return True
    return any(not words_left(alternative, field) for field in WORDS - LOCAL if _named(alternative, field, Test.IS))


def words_left(alternative: Iterable[Condition], field: Field) -> tuple[int | str, ...]:
    """Return the values of a field that conditions leave of those that they name."""
    held = tuple(alternative)
    named = _named(held, field, Test.IS)
    barred = {value for condition in _named(held, field, Test.IS_NOT) for value in condition.values}
    left = set(named[0].values).intersection(*(condition.values for condition in named[1:])) if named else set()
    return tuple(sorted(left - barred, key=str))


def _named(alternative: Iterable[Condition], field: Field, test: Test) -> list[Condition]:
    return [condition for condition in alternative if condition.field == field and condition.test == test]


def merged_numbers(alternative: Iterable[Condition]) -> tuple[Condition, ...]:
    """Return the numbers' conditions with those of one field (and currency) made one; a week's times stay as they are."""
    merged: dict[tuple[Field, str], Condition] = {}
    for condition in alternative:
        if condition.field in NUMBERS and condition.field != Field.WEEK_TIME:
            key = condition.field, condition.within
            known = merged.get(key)
            merged[key] = condition if known is None else _both(known, condition)
    return tuple(merged.values())


def _both(one: Condition, other: Condition) -> Condition:
    leasts = [bound for bound in (one.least, other.least) if bound is not None]
    mosts = [bound for bound in (one.most, other.most) if bound is not None]
    return Condition(field=one.field, test=one.test, within=one.within, least=max(leasts, default=None), most=min(mosts, default=None))


def _is_empty(condition: Condition) -> bool:
    return condition.least is not None and condition.most is not None and condition.least > condition.most


def exclude_each_other(one: Condition, other: Condition) -> bool:
    """Return whether no order can fit both."""
    if one.field in LOCAL or other.field in LOCAL:
        return _are_elsewhere(one, other)
    if one.field != other.field:
        return False
    if one.field in GOODS:
        return _goods_exclude(one, other) or _goods_exclude(other, one)
    return one.field == Field.VALUE and one.within != other.within


def _are_elsewhere(one: Condition, other: Condition) -> bool:
    if one.field not in LOCAL:
        one, other = other, one
    if one.test == Test.IS_NOT:
        return other.field == one.field and other.test == Test.IS and implies(other, replace(one, test=Test.IS))
    if other.field == one.field and other.test == Test.IS_NOT:
        return implies(one, replace(other, test=Test.IS))
    if other.field == Field.COUNTRY:
        return not any((country in other.values) == (other.test == Test.IS) for country in countries_of(one))
    if other.field not in LOCAL or other.test == Test.IS_NOT:
        return False
    if set(countries_of(one)).isdisjoint(countries_of(other)):
        return True
    if one.field != other.field or one.within != other.within:
        return False
    if one.field == Field.STATE:
        return set(one.values).isdisjoint(other.values)
    return all(are_apart(one.within, span, another) for span in _spans(one) for another in _spans(other))


def countries_of(condition: Condition) -> tuple[str, ...]:
    """Return the countries of the orders that a state or a postcode can be of."""
    if condition.field == Field.STATE:
        return (condition.within,)
    served = (country for country in POSTAL_PARENT if is_of(country=country, listed=condition.within))
    return (condition.within, *sorted(served))


def _spans(condition: Condition) -> list[Span]:
    return [span for entry in condition.values for span in spans_of(condition.within, str(entry))]


def _goods_exclude(one: Condition, other: Condition) -> bool:
    mine, theirs = set(one.values), set(other.values)
    if other.test == Test.NONE:
        return one.test in (Test.ANY, Test.ALL) and mine <= theirs
    # An article has one SKU and one category, but may have several tags.
    return one.field in _SINGLE_GOODS and one.test == Test.ALL and other.test in (Test.ANY, Test.ALL) and mine.isdisjoint(theirs)


def entails(alternative: Alternative, part: Condition | Group) -> bool:
    """Return whether every order that fits the alternative fits the part."""
    if isinstance(part, Group):
        found = (entails(alternative, inner) for inner in part.parts)
        return all(found) if part.every else any(found)
    known = (*alternative, *merged_numbers(alternative))
    if any(implies(condition, part) for condition in known):
        return True
    left = words_left(alternative, part.field) if part.field in WORDS - LOCAL else ()
    return bool(left) and implies(Condition(field=part.field, test=Test.IS, values=left), part)


def implies(one: Condition, other: Condition) -> bool:
    """Return whether every order that fits the one fits the other."""
    if one == other:
        return True
    if one.field in LOCAL and other.field == Field.COUNTRY:
        return one.test == Test.IS and all((c in other.values) == (other.test == Test.IS) for c in countries_of(one))
    if one.field != other.field or (one.within != other.within and other.within):
        return False
    if one.field in GOODS:
        return _goods_imply(one, other)
    if one.field in NUMBERS:
        return _time_implies(one, other) if one.field == Field.WEEK_TIME else _lies_inside(one, other)
    if one.field == Field.POSTCODE:
        return _postcodes_imply(one, other)
    return _words_imply(one, other)


def _words_imply(one: Condition, other: Condition) -> bool:
    mine, theirs = set(one.values), set(other.values)
    if one.test == Test.IS:
        return mine <= theirs if other.test == Test.IS else mine.isdisjoint(theirs)
    return other.test == Test.IS_NOT and theirs <= mine


def _postcodes_imply(one: Condition, other: Condition) -> bool:
    mine, theirs = _spans(one), _spans(other)
    if one.test == Test.IS and other.test == Test.IS:
        return all(any(lies_within(one.within, span, outer) for outer in theirs) for span in mine)
    if one.test == Test.IS:
        return all(are_apart(one.within, span, another) for span in mine for another in theirs)
    return other.test == Test.IS_NOT and all(any(lies_within(one.within, span, outer) for outer in mine) for span in theirs)


def _goods_imply(one: Condition, other: Condition) -> bool:
    mine, theirs = set(one.values), set(other.values)
    if one.test == Test.NONE:
        return other.test == Test.NONE and theirs <= mine
    if other.test == Test.NONE:
        return one.test == Test.ALL and one.field in _SINGLE_GOODS and mine.isdisjoint(theirs)
    return mine <= theirs and (one.test == Test.ALL or other.test == Test.ANY)


def _lies_inside(one: Condition, other: Condition) -> bool:
    low = other.least is None or (one.least is not None and one.least >= other.least)
    return low and (other.most is None or (one.most is not None and one.most <= other.most))


def _time_implies(one: Condition, other: Condition) -> bool:
    if other.values and not (one.values and set(one.values) <= set(other.values)):
        return False
    return set(_minutes(one)) <= set(_minutes(other))


def _minutes(condition: Condition) -> Sequence[int]:
    least = condition.least or 0
    most = MINUTES_A_DAY - 1 if condition.most is None else condition.most
    return range(least, most + 1) if least <= most else (*range(most + 1), *range(least, MINUTES_A_DAY))
