"""What is wrong with a set of rules: rules that can never match, and rules that contradict each other on some order.

Nothing is claimed that does not hold: a rule never matches where its words alone say so, and two rules conflict where an
order that matches both was found. Silence proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import islice, product
from typing import Final

from allocation.core.rules.examples import NOTHING_KNOWN, Catalogue, example_of
from allocation.core.rules.implication import Alternative, alternatives_of, entails, is_impossible
from allocation.core.rules.matching import Traits, matches
from allocation.core.rules.terms import Act, Action, RuleTerms

MOST_FINDINGS: Final = 200
MOST_WAYS: Final = 256


class Trouble(StrEnum):
    """What a finding is about."""

    CONTRADICTS_ITSELF = "contradicts_itself"
    NEVER_IN_FORCE = "never_in_force"
    SHADOWED = "shadowed"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One trouble of a rule; `earlier` is the rule that always comes first, or that says otherwise, `example` an order of both."""

    trouble: Trouble
    rule: RuleTerms
    earlier: RuleTerms | None = None
    example: Traits | None = None


@dataclass(frozen=True, slots=True)
class _Opened:
    """A rule with its possible alternatives; None: too many to be looked at."""

    rule: RuleTerms
    alternatives: tuple[Alternative, ...] | None


def findings_of(rules: Sequence[RuleTerms], *, catalogue: Catalogue = NOTHING_KNOWN, only: int | None = None) -> tuple[Finding, ...]:
    """Return the troubles of a set in the order of its rules, MOST_FINDINGS at most; with `only` those that concern that rule."""
    return tuple(islice(_findings(rules, catalogue, only), MOST_FINDINGS))


def _findings(rules: Sequence[RuleTerms], catalogue: Catalogue, only: int | None) -> Iterator[Finding]:
    opened: list[_Opened] = []
    for rule in rules:
        this = _Opened(rule, _possible(rule))
        own = _own_trouble(this)
        if own is not None:
            if only in (None, rule.id):
                yield Finding(trouble=own, rule=rule)
            continue
        yield from _against_earlier(this, [earlier for earlier in opened if only in (None, rule.id, earlier.rule.id)], catalogue)
        opened.append(this)


def _possible(rule: RuleTerms) -> tuple[Alternative, ...] | None:
    found = alternatives_of(rule.condition)
    return None if found is None else tuple(alternative for alternative in found if not is_impossible(alternative))


def _own_trouble(this: _Opened) -> Trouble | None:
    if this.alternatives == ():
        return Trouble.CONTRADICTS_ITSELF
    begins, ends = this.rule.effective_from, this.rule.effective_to
    return Trouble.NEVER_IN_FORCE if begins and ends and begins >= ends else None


def _against_earlier(this: _Opened, earlier: Sequence[_Opened], catalogue: Catalogue) -> Iterator[Finding]:
    for other in earlier:
        if _shadows(other.rule, this):
            yield Finding(trouble=Trouble.SHADOWED, rule=this.rule, earlier=other.rule)
            return
    for other in earlier:
        if contradict(other.rule.action, this.rule.action) and _days_overlap(other.rule, this.rule):
            example = _of_both(other, this, catalogue)
            if example is not None:
                yield Finding(trouble=Trouble.CONFLICT, rule=this.rule, earlier=other.rule, example=example)


def _shadows(earlier: RuleTerms, later: _Opened) -> bool:
    """Return whether the earlier rule takes every order that the later one could."""
    if earlier.gives_way or (earlier.action.act == Act.REVIEW and later.rule.action.act != Act.REVIEW):
        return False
    if later.alternatives is None or not _days_cover(earlier, later.rule):
        return False
    return all(entails(alternative, earlier.condition) for alternative in later.alternatives)


def _days_cover(earlier: RuleTerms, later: RuleTerms) -> bool:
    begins = earlier.effective_from is None or (later.effective_from is not None and earlier.effective_from <= later.effective_from)
    return begins and (earlier.effective_to is None or (later.effective_to is not None and later.effective_to <= earlier.effective_to))


def _days_overlap(one: RuleTerms, other: RuleTerms) -> bool:
    begins = max(one.effective_from or date.min, other.effective_from or date.min)
    return begins < min(one.effective_to or date.max, other.effective_to or date.max)


def contradict(one: Action, other: Action) -> bool:
    """Return whether nothing that the one action permits is permitted by the other."""
    if Act.REVIEW in (one.act, other.act):
        return one.act != other.act
    return _apart(one, other, one.warehouse_ids, other.warehouse_ids) or _apart(one, other, one.channel_ids, other.channel_ids)


def _apart(one: Action, other: Action, mine: Sequence[int], theirs: Sequence[int]) -> bool:
    if not mine or not theirs or (one.act == other.act == Act.FORBID):
        return False
    if other.act == Act.FORBID:
        return set(mine) <= set(theirs)
    return set(theirs) <= set(mine) if one.act == Act.FORBID else set(mine).isdisjoint(theirs)


def _of_both(one: _Opened, other: _Opened, catalogue: Catalogue) -> Traits | None:
    if one.alternatives is None or other.alternatives is None:
        return None
    for mine, theirs in islice(product(one.alternatives, other.alternatives), MOST_WAYS):
        both = (*mine, *theirs)
        if is_impossible(both):
            continue
        order = example_of(both, catalogue)
        if order is not None and matches(one.rule.condition, order) and matches(other.rule.condition, order):
            return order
    return None
