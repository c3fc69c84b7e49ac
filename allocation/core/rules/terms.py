"""What a rule says: which orders it is for, what may ship them, and what happens where that can't."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Field(StrEnum):
    """What a condition reads of an order."""

    SELLER = "seller"
    STORE = "store"
    PLATFORM = "platform"
    COUNTRY = "country"
    STATE = "state"
    POSTCODE = "postcode"
    SERVICE_LEVEL = "service_level"
    SKU = "sku"
    TAG = "tag"
    CATEGORY = "category"
    UNITS = "units"
    WEIGHT = "weight"
    VALUE = "value"
    PLACED = "placed"
    WEEK_TIME = "week_time"


class Test(StrEnum):
    """How a condition compares: an order's own word, the words of its goods, or a number."""

    __test__ = False  # pytest takes every class with such a name for its own

    IS = "is"
    IS_NOT = "is_not"
    ANY = "any"
    ALL = "all"
    NONE = "none"
    BETWEEN = "between"


WORDS = frozenset({Field.SELLER, Field.STORE, Field.PLATFORM, Field.COUNTRY, Field.STATE, Field.POSTCODE, Field.SERVICE_LEVEL})
GOODS = frozenset({Field.SKU, Field.TAG, Field.CATEGORY})
NUMBERS = frozenset({Field.UNITS, Field.WEIGHT, Field.VALUE, Field.PLACED, Field.WEEK_TIME})

TESTS_OF: dict[Field, tuple[Test, ...]] = {
    **dict.fromkeys(WORDS, (Test.IS, Test.IS_NOT)),
    **dict.fromkeys(GOODS, (Test.ANY, Test.ALL, Test.NONE)),
    **dict.fromkeys(NUMBERS, (Test.BETWEEN,)),
}

IDS = frozenset({Field.SELLER, Field.STORE, Field.SKU})
"""The fields whose values are ids; those of a week's days are numbers too, all others text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One line of a rule. Words stand in `values`, numbers between `least` and `most`, both included (None: open).

    `within` is what the values are read in: the country of states and postcodes, the currency of a value, the time zone of a
    week's time. Numbers are units, milligrams, minor units, seconds since 1970-01-01 UTC; a week's time is a minute of the
    day, on the days in `values` (0 is Monday; none named: every day), past midnight where `least` is after `most`.
    States, platforms, service levels, tags and categories are casefolded, postcodes as `postcodes.read_entry` gives them.
    """

    field: Field
    test: Test
    values: tuple[int | str, ...] = ()
    least: int | None = None
    most: int | None = None
    within: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Conditions of which all must hold, or with `every` False at least one."""

    every: bool
    parts: tuple[Condition | Group, ...]

    def conditions(self) -> Iterator[Condition]:
        """Yield the conditions in their order, whatever groups they stand in."""
        for part in self.parts:
            if isinstance(part, Group):
                yield from part.conditions()
            else:
                yield part


class Act(StrEnum):
    """What a rule does with an order that matches."""

    RESTRICT = "restrict"
    FORBID = "forbid"
    PIN = "pin"
    REVIEW = "review"


class Unserved(StrEnum):
    """What happens to an order that what the rule permits can't serve."""

    NEXT_RULE = "next_rule"
    SMART = "smart"
    EXCEPTION = "exception"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What may ship the order: only what is named (RESTRICT, PIN to one warehouse), or all but that (FORBID).

    Where no warehouse or no channel is named, those of the strategy that covers the order hold, of all that are active where
    none does.
    """

    act: Act
    warehouse_ids: tuple[int, ...] = ()
    channel_ids: tuple[int, ...] = ()

    def permits_warehouse(self, warehouse_id: int, *, otherwise: bool) -> bool:
        """Return whether the order may ship from here; `otherwise` is what holds without the rule."""
        return self._permits(warehouse_id, self.warehouse_ids, otherwise)

    def permits_channel(self, channel_id: int, *, otherwise: bool) -> bool:
        """Return whether the order may ship by this channel; `otherwise` is what holds without the rule."""
        return self._permits(channel_id, self.channel_ids, otherwise)

    def _permits(self, wanted: int, named: tuple[int, ...], otherwise: bool) -> bool:
        if not named:
            return otherwise
        return otherwise and wanted not in named if self.act == Act.FORBID else wanted in named


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTerms:
    """One rule of a set; the set's order is the priority. In force on the days [effective_from, effective_to).

    A rule that sends to review passes over an order that a person has reviewed.
    """

    id: int
    name: str
    condition: Group
    action: Action
    unserved: Unserved
    effective_from: date | None = None
    effective_to: date | None = None

    @property
    def gives_way(self) -> bool:
        """Return whether the next matching rule is asked where this one can't serve; a review always can."""
        return self.unserved == Unserved.NEXT_RULE and self.action.act != Act.REVIEW

    def in_force(self, day: date) -> bool:
        """Return whether the rule holds on a day."""
        return (self.effective_from is None or self.effective_from <= day) and (self.effective_to is None or day < self.effective_to)
