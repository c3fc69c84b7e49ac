"""Which rules the orders of a batch match: the fast twin of allocation.core.rules.matching.

Every distinct condition is looked up once a batch, as a set of orders (allocation.core.rules.bitsets), and only if a rule
that still has open orders asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from allocation.core.rules.bitsets import Bits, OrderColumns, OrderSets, bits_of, rows_of, union
from allocation.core.rules.marks import marks_read_by
from allocation.core.rules.matching import MINUTES_A_DAY, MOST_TRIED
from allocation.core.rules.postcodes import spans_of
from allocation.core.rules.terms import GOODS, Act, Condition, Field, Group, RuleTerms, Test
from wms.values.postcodes import POSTAL_PARENT

type Part = int | Branch


@dataclass(frozen=True, slots=True)
class Branch:
    """A group whose conditions are places in CompiledRules.conditions; the open orders pass through its parts in turn."""

    every: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule's place in the set, its compiled condition, and whether the next rule follows where it can't serve."""

    place: int
    branch: Branch
    gives_way: bool
    reviews: bool


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """The rules of a set that are in force on one day, in the order of the set; equal conditions are held once."""

    rules: tuple[RuleTerms, ...]
    in_force: tuple[CompiledRule, ...]
    conditions: tuple[Condition, ...]

    @property
    def may_review(self) -> bool:
        """Return whether some rule sends orders to review."""
        return any(rule.reviews for rule in self.in_force)

    def first_matches(self, columns: OrderColumns) -> list[int]:
        """Return each order's first matching rule by its place in `rules`, -1 where none matches."""
        return [row[0] if row else -1 for row in self.matches(columns)]

    def matches(self, columns: OrderColumns) -> list[tuple[int, ...]]:
        """Return for each order the places of the rules that may decide it, as matching.rules_matching gives them."""
        found: list[tuple[int, ...]] = [()] * len(columns.heads)
        if self.in_force:
            look = _Look(OrderSets(columns), self.conditions)
            waiting, fresh = look.everyone, look.everyone & ~bits_of(columns.reviewed)
            for rule in self.in_force:
                matched = look.within(rule.branch, waiting & fresh if rule.reviews else waiting)
                waiting &= ~_note(found, rule, matched)
                if not waiting:
                    break
        return found


def _note(found: list[tuple[int, ...]], rule: CompiledRule, matched: Bits) -> Bits:
    """Add the rule to what its orders have found; return those that are done."""
    done = 0 if rule.gives_way else matched
    for row in rows_of(matched):
        found[row] += (rule.place,)
        if len(found[row]) == MOST_TRIED:
            done |= 1 << row
    return done


def compile_rules(rules: Sequence[RuleTerms], *, day: date) -> CompiledRules:
    """Return the rules as they are matched on a day."""
    place_of: dict[Condition, int] = {}
    in_force = tuple(
        CompiledRule(place, _branch(rule.condition, place_of), rule.gives_way, rule.action.act == Act.REVIEW)
        for place, rule in enumerate(rules)
        if rule.in_force(day)
    )
    return CompiledRules(tuple(rules), in_force, tuple(place_of))


def _branch(group: Group, place_of: dict[Condition, int]) -> Branch:
    parts = (_branch(part, place_of) if isinstance(part, Group) else place_of.setdefault(part, len(place_of)) for part in group.parts)
    return Branch(group.every, tuple(parts))


class _Look:
    """One pass over a batch, remembering the orders of each condition."""

    def __init__(self, sets: OrderSets, conditions: Sequence[Condition]) -> None:
        self._sets = sets
        self._conditions = conditions
        self._found: list[Bits | None] = [None] * len(conditions)
        self.everyone = sets.everyone

    def within(self, part: Part, orders: Bits) -> Bits:
        """Return those of the orders that fit."""
        if isinstance(part, int):
            return self._orders_of(part) & orders
        if part.every:
            for inner in part.parts:
                orders = self.within(inner, orders)
                if not orders:
                    return 0
            return orders
        found = 0
        for inner in part.parts:
            found |= self.within(inner, orders & ~found)
        return found

    def _orders_of(self, place: int) -> Bits:
        found = self._found[place]
        if found is None:
            condition = self._conditions[place]
            found = LOOK_UP[condition.field](condition, self._sets)
            if condition.test in (Test.IS_NOT, Test.NONE):
                found ^= self.everyone
            self._found[place] = found
        return found


def _goods(condition: Condition, sets: OrderSets) -> Bits:
    """Return the orders of which any article fits, or every one; Test.NONE is turned around by the caller."""
    if condition.field == Field.SKU:
        if condition.test == Test.ALL:
            return sets.everyone & ~union(sets.by_sku, sets.by_sku.keys() - set(condition.values))
        return union(sets.by_sku, condition.values)
    borne = 0
    for mark in marks_read_by(condition):
        borne |= sets.bearing(mark)
    return borne ^ sets.everyone if condition.test == Test.ALL else borne


def _state(condition: Condition, sets: OrderSets) -> Bits:
    return sets.by_code("country").get(condition.within, 0) & union(sets.by_word("state_code"), condition.values)


def _postcode(condition: Condition, sets: OrderSets) -> Bits:
    found = 0
    listed = condition.within
    countries = [country for country in sets.by_code("country") if country == listed or POSTAL_PARENT.get(str(country)) == listed]
    for entry in condition.values:
        for span in spans_of(listed, str(entry)):
            for country in countries:
                found |= sets.by_postcode(str(country), span.level).between(span.first, span.last)
    return found


def _value(condition: Condition, sets: OrderSets) -> Bits:
    return sets.by_value(condition.within).between(condition.least, condition.most)


def _week_time(condition: Condition, sets: OrderSets) -> Bits:
    days, minutes = sets.by_week(condition.within)
    on_days = union(days, condition.values) if condition.values else sets.everyone
    least, most = condition.least or 0, MINUTES_A_DAY - 1 if condition.most is None else condition.most
    in_time = minutes.between(least, most) if least <= most else minutes.between(least, None) | minutes.between(None, most)
    return on_days & in_time


LOOK_UP: Final[dict[Field, Callable[[Condition, OrderSets], Bits]]] = {
    Field.SELLER: lambda condition, sets: union(sets.by_id("seller_id"), condition.values),
    Field.STORE: lambda condition, sets: union(sets.by_id("store_id"), condition.values),
    Field.PLATFORM: lambda condition, sets: union(sets.by_word("platform"), condition.values),
    Field.COUNTRY: lambda condition, sets: union(sets.by_code("country"), condition.values),
    Field.SERVICE_LEVEL: lambda condition, sets: union(sets.by_word("service_level"), condition.values),
    Field.STATE: _state,
    Field.POSTCODE: _postcode,
    Field.UNITS: lambda condition, sets: sets.by_units.between(condition.least, condition.most),
    Field.WEIGHT: lambda condition, sets: sets.by_weight.between(condition.least, condition.most),
    Field.PLACED: lambda condition, sets: sets.by_placing.between(condition.least, condition.most),
    Field.VALUE: _value,
    Field.WEEK_TIME: _week_time,
    **dict.fromkeys(GOODS, _goods),
}
