"""Change the draft of a company's rules. The first change of a published set makes a draft of it; nothing decides by a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Max

from allocation.core.rules.documents import (
    Document,
    RuleFault,
    action_from_document,
    action_to_document,
    group_from_document,
    group_to_document,
)
from allocation.core.rules.findings import Finding
from allocation.core.rules.terms import RuleTerms, Unserved
from allocation.rule_models import Rule, RuleSetState, RuleSetVersion
from allocation.rules.errors import (
    RuleDaysReversed,
    RuleInvalid,
    RuleNameMissing,
    RuleNameTaken,
    RuleOrderStale,
    RuleUnknown,
    TooManyRules,
)
from allocation.rules.marks import refuse_too_many_marks
from allocation.rules.reading import check_rules, rows_of
from allocation.rules.references import refuse_unknown
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

MOST_RULES: Final = 1_000
LONGEST_NAME: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedRule:
    """A rule as somebody states it; condition and action as documents of allocation.core.rules.documents."""

    name: str
    condition: Document
    action: Document
    unserved: str = Unserved.SMART.value
    enabled: bool = True
    effective_from: date | None = None
    effective_to: date | None = None


@dataclass(frozen=True, slots=True)
class SavedRule:
    """The key of a saved rule, and the troubles of the draft that concern it."""

    key: int
    findings: tuple[Finding, ...]


def save_rule(*, tenant_id: int, stated: StatedRule, key: int | None = None, actor: str, at: datetime) -> SavedRule:
    """Store a rule in the draft: a new one last, one with a key in the place that it has. Raises the sentence of what is wrong."""
    terms = read_stated(stated, key=key or 0)
    with tenant_scope(tenant_id=tenant_id):
        draft = open_draft(tenant_id=tenant_id, actor=actor, at=at)
        row = _new_row(draft) if key is None else _row(draft, key)
        _refuse_taken(draft, terms.name, row.key)
        refuse_unknown(terms)
        _fill(row, terms, enabled=stated.enabled, actor=actor, at=at)
        row.save()
        refuse_too_many_marks(draft, at=at)
        return SavedRule(row.key, check_rules(tenant_id=tenant_id, only=row.key))


def read_stated(stated: StatedRule, *, key: int = 0) -> RuleTerms:
    """Return a stated rule as the core reads it. Raises RuleInvalid, RuleNameMissing or RuleDaysReversed."""
    name, begin, until = stated.name.strip(), stated.effective_from, stated.effective_to
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise RuleNameMissing
    if begin is not None and until is not None and until <= begin:
        raise RuleDaysReversed(begin=begin, until=until)
    try:
        return RuleTerms(
            id=key,
            name=name,
            condition=group_from_document(stated.condition),
            action=action_from_document(stated.action),
            unserved=Unserved(stated.unserved),
            effective_from=begin,
            effective_to=until,
        )
    except RuleFault as fault:
        raise RuleInvalid(fault) from fault


def reorder_rules(*, tenant_id: int, keys: Sequence[int], actor: str, at: datetime) -> None:
    """Put the draft's rules into the order of these keys, which must name each of them once. Raises RuleOrderStale."""
    with tenant_scope(tenant_id=tenant_id):
        draft = open_draft(tenant_id=tenant_id, actor=actor, at=at)
        rows = {row.key: row for row in rows_of(draft)}
        if sorted(keys) != sorted(rows):
            raise RuleOrderStale
        for position, key in enumerate(keys, start=1):
            rows[key].position = position
        Rule.objects.bulk_update(rows.values(), ["position"])


def set_rule_enabled(*, tenant_id: int, key: int, enabled: bool, actor: str, at: datetime) -> SavedRule:
    """Switch a rule of the draft on or off."""
    with tenant_scope(tenant_id=tenant_id):
        draft = open_draft(tenant_id=tenant_id, actor=actor, at=at)
        row = _row(draft, key)
        row.enabled, row.author, row.changed_at = enabled, actor, at
        row.save()
        refuse_too_many_marks(draft, at=at)
        return SavedRule(key, check_rules(tenant_id=tenant_id, only=key))


def archive_rule(*, tenant_id: int, key: int, actor: str, at: datetime) -> None:
    """Take a rule out of the draft; the versions that have it keep it."""
    with tenant_scope(tenant_id=tenant_id):
        _row(open_draft(tenant_id=tenant_id, actor=actor, at=at), key).delete()


def duplicate_rule(*, tenant_id: int, key: int, name: str, actor: str, at: datetime) -> SavedRule:
    """Put a copy of a rule, switched off, right behind it in the draft."""
    with tenant_scope(tenant_id=tenant_id):
        draft = open_draft(tenant_id=tenant_id, actor=actor, at=at)
        row = _row(draft, key)
        stated = StatedRule(
            name=name,
            condition=row.condition,
            action=row.action,
            unserved=row.unserved,
            enabled=False,
            effective_from=row.effective_from,
            effective_to=row.effective_to,
        )
        saved = save_rule(tenant_id=tenant_id, stated=stated, actor=actor, at=at)
        keys = [each.key for each in rows_of(draft) if each.key != saved.key]
        keys.insert(keys.index(key) + 1, saved.key)
        reorder_rules(tenant_id=tenant_id, keys=keys, actor=actor, at=at)
        return saved


def discard_draft(*, tenant_id: int) -> None:
    """Forget the draft; what is in force stays."""
    with tenant_scope(tenant_id=tenant_id):
        RuleSetVersion.objects.filter(state=RuleSetState.DRAFT).delete()


def open_draft(*, tenant_id: int, actor: str, at: datetime) -> RuleSetVersion:
    """Return the draft, locked; where there is none, a copy of what is in force."""
    # People who change the rules of one company wait for each other, also where there is no draft yet to lock.
    Tenant.objects.select_for_update(of=("self",)).get(pk=tenant_id)
    draft: RuleSetVersion | None = RuleSetVersion.objects.filter(state=RuleSetState.DRAFT).first()
    if draft is not None:
        return draft
    return copy_as_draft(RuleSetVersion.objects.filter(state=RuleSetState.ACTIVE).first(), tenant_id=tenant_id, actor=actor, at=at)


def copy_as_draft(version: RuleSetVersion | None, *, tenant_id: int, actor: str, at: datetime) -> RuleSetVersion:
    """Return a new draft with the rules of a version (None: no rules)."""
    last = RuleSetVersion.objects.aggregate(last=Max("number"))["last"] or 0
    draft: RuleSetVersion = RuleSetVersion.objects.create(
        tenant_id=tenant_id, number=last + 1, based_on=version.number if version else None, author=actor, created_at=at
    )
    copies = rows_of(version)
    for row in copies:
        row.pk, row.version = None, draft
    Rule.objects.bulk_create(copies)
    return draft


def _new_row(draft: RuleSetVersion) -> Rule:
    rows = Rule.objects.filter(version=draft)
    if rows.count() >= MOST_RULES:
        raise TooManyRules(most=MOST_RULES)
    last_key = Rule.objects.aggregate(last=Max("key"))["last"] or 0
    last_position = rows.aggregate(last=Max("position"))["last"] or 0
    return Rule(tenant_id=draft.tenant_id, version=draft, key=last_key + 1, position=last_position + 1)


def _row(draft: RuleSetVersion, key: int) -> Rule:
    row: Rule | None = Rule.objects.filter(version=draft, key=key).first()
    if row is None:
        raise RuleUnknown
    return row


def _refuse_taken(draft: RuleSetVersion, name: str, key: int) -> None:
    if Rule.objects.filter(version=draft, name=name).exclude(key=key).exists():
        raise RuleNameTaken(name=name)


def _fill(row: Rule, terms: RuleTerms, *, enabled: bool, actor: str, at: datetime) -> None:
    stated: dict[str, Any] = {
        "name": terms.name,
        "condition": group_to_document(terms.condition),
        "action": action_to_document(terms.action),
        "unserved": terms.unserved.value,
        "enabled": enabled,
        "effective_from": terms.effective_from,
        "effective_to": terms.effective_to,
        "author": actor,
        "changed_at": at,
    }
    for field, value in stated.items():
        setattr(row, field, value)
