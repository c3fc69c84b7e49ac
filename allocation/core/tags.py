"""What is asked about goods as bits: tags, and what rules read of tags and categories besides. Nothing else counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from allocation.core.rules.marks import Mark
from allocation.core.rules.terms import Field
from carriers.core.rate_card import RateCard

MOST_BITS: Final = 63
"""A record keeps the bits in one signed number."""


@dataclass(frozen=True, slots=True)
class TagBits:
    """The tags that are asked about, in the order of their bits, and the marks whose bits follow them."""

    tags: tuple[str, ...]
    marks: tuple[Mark, ...] = ()

    @classmethod
    def of(cls, cards: Iterable[RateCard], further: Iterable[str] = (), marks: Iterable[Mark] = ()) -> TagBits:
        """Return the tags of all triggers of the cards, further ones, and marks."""
        held = tuple(cards)
        triggers = [rule.trigger for card in held for rule in card.surcharges]
        triggers += [rule.trigger for card in held for rule in card.restrictions]
        asked = {tag for trigger in triggers for condition in trigger.conditions for tag in condition.tags}
        return cls(tuple(sorted(asked.union(further))), tuple(sorted(marks)))

    @property
    def count(self) -> int:
        """Return how many bits there are; more than MOST_BITS fit into no record."""
        return len(self.tags) + len(self.marks)

    @property
    def bits(self) -> Mapping[str, int]:
        """Return each tag's bit."""
        return {tag: bit for bit, tag in enumerate(self.tags)}

    @property
    def mark_bits(self) -> Mapping[Mark, int]:
        """Return the bit of each mark, and of each tag as the mark of goods that have it."""
        tags = [Mark(Field.TAG, (tag,)) for tag in self.tags]
        return {mark: bit for bit, mark in enumerate((*tags, *self.marks))}

    def mask(self, tags: Iterable[str], category: str = "") -> int:
        """Return the bits of what counts of an article with these tags and of this category."""
        held = frozenset(tags)
        found = sum(1 << bit for bit, tag in enumerate(self.tags) if tag in held)
        borne = (bit for bit, mark in enumerate(self.marks, start=len(self.tags)) if mark.fits(tags=held, category=category))
        return found + sum(1 << bit for bit in borne)

    def names(self, mask: int) -> frozenset[str]:
        """Return the tags of a mask."""
        return frozenset(tag for bit, tag in enumerate(self.tags) if mask >> bit & 1)

    def marks_in(self, mask: int) -> frozenset[Mark]:
        """Return the marks of a mask, tags among them."""
        return frozenset(mark for mark, bit in self.mark_bits.items() if mask >> bit & 1)
