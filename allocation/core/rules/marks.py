"""What rules read of an order's goods beyond their SKU and tags: a record keeps it as bits, since articles change later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from allocation.core.rules.terms import Condition, Field, RuleTerms, Test


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """That an article has one of these tags or categories; with `lacking`, that it has none of them."""

    field: Field
    values: tuple[str, ...]
    lacking: bool = False

    @property
    def is_tag(self) -> bool:
        """Return whether the mark is nothing but one tag, which prices may ask about, too."""
        return self.field == Field.TAG and not self.lacking

    def fits(self, *, tags: Iterable[str], category: str) -> bool:
        """Return whether one article bears the mark."""
        words = set(tags) if self.field == Field.TAG else {category.casefold()}
        return words.isdisjoint(self.values) == self.lacking


def marks_read_by(condition: Condition) -> tuple[Mark, ...]:
    """Return the marks by which a condition on tags or categories is decided; none for the other fields.

    An order bears a mark if any of its articles does: all have one of these tags if none lacks them.
    """
    if condition.field not in (Field.TAG, Field.CATEGORY):
        return ()
    words = tuple(str(value) for value in condition.values)
    if condition.test == Test.ALL:
        return (Mark(condition.field, tuple(sorted(words)), lacking=True),)
    return tuple(Mark(condition.field, (word,)) for word in words)


def marks_of_rules(rules: Iterable[RuleTerms]) -> frozenset[Mark]:
    """Return all marks that these rules read."""
    return frozenset(mark for rule in rules for condition in rule.condition.conditions() for mark in marks_read_by(condition))
