"""Which rules an order matches, in plain words: slow, readable, and the measure for allocation.core.rules.compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from allocation.core.rules.marks import Mark, marks_read_by
from allocation.core.rules.postcodes import holds, is_of, spans_of
from allocation.core.rules.terms import GOODS, Act, Condition, Field, Group, RuleTerms, Test

MINUTES_A_DAY: Final = 1440
MOST_TRIED: Final = 16
"""So many rules at most give way to each other for one order; then smart allocation decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What rules read of one order; numbers as in Condition, `marks` those of its goods that some rule asks about."""

    seller_id: int
    store_id: int
    platform: str
    country: str
    state_code: str
    postcode: str
    service_level: str
    sku_ids: tuple[int, ...]
    units: int
    weight_mg: int
    value_minor: int
    currency: str
    placed_at: int
    marks: frozenset[Mark] = frozenset()
    reviewed: bool = False


def matches(part: Condition | Group, order: Traits) -> bool:
    """Return whether an order fits a condition, or the conditions of a group."""
    if isinstance(part, Group):
        found = (matches(inner, order) for inner in part.parts)
        return all(found) if part.every else any(found)
    if part.field in GOODS:
        return _goods_match(part, order)
    return TESTS[part.field](part, order) != (part.test == Test.IS_NOT)


def _goods_match(condition: Condition, order: Traits) -> bool:
    if condition.field == Field.SKU:
        wanted = set(condition.values)
        if condition.test == Test.ALL:
            return wanted.issuperset(order.sku_ids)
        return wanted.isdisjoint(order.sku_ids) == (condition.test == Test.NONE)
    borne = not order.marks.isdisjoint(marks_read_by(condition))
    return borne == (condition.test == Test.ANY)


def _is_one_of(read: Callable[[Traits], int | str]) -> Callable[[Condition, Traits], bool]:
    return lambda condition, order: read(order) in condition.values


def _state(condition: Condition, order: Traits) -> bool:
    return order.country == condition.within and order.state_code.casefold() in condition.values


def holds_postcode(condition: Condition, *, country: str, postcode: str) -> bool:
    """Return whether a condition's entries hold a canonical postcode of the country."""
    listed = condition.within
    return is_of(country=country, listed=listed) and any(
        holds(span, country=listed, postcode=postcode) for entry in condition.values for span in spans_of(listed, str(entry))
    )


def lies_between(condition: Condition, number: int) -> bool:
    """Return whether a number lies within a condition's bounds."""
    return (condition.least is None or condition.least <= number) and (condition.most is None or number <= condition.most)


def _between(read: Callable[[Traits], int]) -> Callable[[Condition, Traits], bool]:
    return lambda condition, order: lies_between(condition, read(order))


def _value(condition: Condition, order: Traits) -> bool:
    return order.currency == condition.within and lies_between(condition, order.value_minor)


def week_time(placed_at: int, timezone: str) -> tuple[int, int]:
    """Return the day of the week (0: Monday) and the minute of the day of an instant in a time zone."""
    local = datetime.fromtimestamp(placed_at, UTC).astimezone(ZoneInfo(timezone))
    return local.weekday(), local.hour * 60 + local.minute


def _week_time(condition: Condition, order: Traits) -> bool:
    day, minute = week_time(order.placed_at, condition.within)
    least = 0 if condition.least is None else condition.least
    most = MINUTES_A_DAY - 1 if condition.most is None else condition.most
    in_time = least <= minute <= most if least <= most else minute >= least or minute <= most
    return in_time and (not condition.values or day in condition.values)


TESTS: Final[dict[Field, Callable[[Condition, Traits], bool]]] = {
    Field.SELLER: _is_one_of(lambda order: order.seller_id),
    Field.STORE: _is_one_of(lambda order: order.store_id),
    Field.PLATFORM: _is_one_of(lambda order: order.platform.casefold()),
    Field.COUNTRY: _is_one_of(lambda order: order.country),
    Field.SERVICE_LEVEL: _is_one_of(lambda order: order.service_level.casefold()),
    Field.STATE: _state,
    Field.POSTCODE: lambda condition, order: holds_postcode(condition, country=order.country, postcode=order.postcode),
    Field.UNITS: _between(lambda order: order.units),
    Field.WEIGHT: _between(lambda order: order.weight_mg),
    Field.PLACED: _between(lambda order: order.placed_at),
    Field.VALUE: _value,
    Field.WEEK_TIME: _week_time,
}


def rules_matching(rules: Sequence[RuleTerms], order: Traits, *, day: date) -> tuple[RuleTerms, ...]:
    """Return the rules that may decide an order, one after the other: the first that matches, and what follows it.

    A rule that gives way to the next one is followed by the next that matches; any other ends the row.
    """
    found = []
    for rule in rules:
        if rule.in_force(day) and not _passes_over(rule, order) and matches(rule.condition, order):
            found.append(rule)
            if not rule.gives_way or len(found) == MOST_TRIED:
                break
    return tuple(found)


def _passes_over(rule: RuleTerms, order: Traits) -> bool:
    return order.reviewed and rule.action.act == Act.REVIEW


class Seen(StrEnum):
    """What became of a rule when an order was decided."""

    DECIDED = "decided"
    MATCHED_AND_COULD_NOT_SERVE = "could_not_serve"
    DID_NOT_MATCH = "did_not_match"
    NOT_IN_FORCE = "not_in_force"
    REVIEWED_ALREADY = "reviewed_already"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """One rule that was looked at, and the first of its conditions that did not hold (a group: none of its conditions)."""

    rule: RuleTerms
    seen: Seen
    failed: Condition | Group | None = None


def trace(rules: Sequence[RuleTerms], order: Traits, *, day: date, decided_by: int | None) -> tuple[LookedAt, ...]:
    """Return the rules that were looked at for an order, up to the one that decided it (None: no rule did)."""
    told, tried = [], 0
    for rule in rules:
        looked = _look_at(rule, order, day, decided_by)
        told.append(looked)
        tried += looked.seen == Seen.MATCHED_AND_COULD_NOT_SERVE
        gave_up = looked.seen == Seen.MATCHED_AND_COULD_NOT_SERVE and (not rule.gives_way or tried == MOST_TRIED)
        if looked.seen == Seen.DECIDED or gave_up:
            break
    return tuple(told)


def _look_at(rule: RuleTerms, order: Traits, day: date, decided_by: int | None) -> LookedAt:
    if not rule.in_force(day):
        return LookedAt(rule=rule, seen=Seen.NOT_IN_FORCE)
    if _passes_over(rule, order):
        return LookedAt(rule=rule, seen=Seen.REVIEWED_ALREADY)
    failed = first_failing(rule.condition, order)
    if failed is not None:
        return LookedAt(rule=rule, seen=Seen.DID_NOT_MATCH, failed=failed)
    return LookedAt(rule=rule, seen=Seen.DECIDED if rule.id == decided_by else Seen.MATCHED_AND_COULD_NOT_SERVE)


def first_failing(part: Condition | Group, order: Traits) -> Condition | Group | None:
    """Return the first condition that an order does not fit, None where it fits.

    Of conditions of which one would do there is no first: their group is returned whole, unless it has only one.
    """
    if matches(part, order):
        return None
    if isinstance(part, Condition):
        return part
    if not part.every and len(part.parts) != 1:
        return part
    return next(failed for inner in part.parts if (failed := first_failing(inner, order)) is not None)


def marks_of_goods(marks: Iterable[Mark], goods: Iterable[tuple[Iterable[str], str]]) -> frozenset[Mark]:
    """Return those of the marks that an order bears, whose articles have these (tags, category)."""
    articles = [(frozenset(tags), category) for tags, category in goods]
    return frozenset(mark for mark in marks if any(mark.fits(tags=tags, category=category) for tags, category in articles))
