"""Tags of articles as bits: only the tags that a rate card or a setting asks about count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carriers.core.rate_card import RateCard


@dataclass(frozen=True, slots=True)
class TagBits:
    """The tags that are asked about, in the order of their bits."""

    tags: tuple[str, ...]

    @classmethod
    def of(cls, cards: Iterable[RateCard], further: Iterable[str] = ()) -> TagBits:
        """Return the tags of all triggers of the cards, and further ones."""
        held = tuple(cards)
        triggers = [rule.trigger for card in held for rule in card.surcharges]
        triggers += [rule.trigger for card in held for rule in card.restrictions]
        asked = {tag for trigger in triggers for condition in trigger.conditions for tag in condition.tags}
        return cls(tuple(sorted(asked.union(further))))

    @property
    def bits(self) -> Mapping[str, int]:
        """Return each tag's bit."""
        return {tag: bit for bit, tag in enumerate(self.tags)}

    def mask(self, tags: Iterable[str]) -> int:
        """Return the bits of those tags that count."""
        held = frozenset(tags)
        return sum(1 << bit for bit, tag in enumerate(self.tags) if tag in held)

    def names(self, mask: int) -> frozenset[str]:
        """Return the tags of a mask."""
        return frozenset(tag for bit, tag in enumerate(self.tags) if mask >> bit & 1)
