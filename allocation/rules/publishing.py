"""Put a draft of the rules in force, or make one from an earlier version."""

from __future__ import annotations

from datetime import datetime

from allocation.rule_models import RuleSetState, RuleSetVersion
from allocation.rules.editing import copy_as_draft, discard_draft, open_draft
from allocation.rules.errors import NothingToPublish, RuleSetUnknown
from allocation.rules.marks import refuse_too_many_marks
from allocation.rules.reading import rows_of, terms_of
from allocation.rules.references import refuse_unknown
from wms.tenancy.scope import tenant_scope

LONGEST_COMMENT = 200


def publish_rules(*, tenant_id: int, comment: str, actor: str, at: datetime) -> int:
    """Put the draft in force and archive what was; return the version's number.

    The settings' revision moves: workers read the rules anew, and exceptions are tried again. Raises NothingToPublish, or what
    is wrong with a rule that is switched on: what it names may have gone since it was saved.
    """
    with tenant_scope(tenant_id=tenant_id):
        if not RuleSetVersion.objects.filter(state=RuleSetState.DRAFT).exists():
            raise NothingToPublish
        draft = open_draft(tenant_id=tenant_id, actor=actor, at=at)
        for row in rows_of(draft):
            if row.enabled:
                refuse_unknown(terms_of(row))
        refuse_too_many_marks(draft, at=at)
        RuleSetVersion.objects.filter(state=RuleSetState.ACTIVE).update(state=RuleSetState.ARCHIVED)
        draft.state, draft.author, draft.comment, draft.published_at = RuleSetState.ACTIVE, actor, comment[:LONGEST_COMMENT], at
        draft.save(update_fields=["state", "author", "comment", "published_at"])
        return draft.number


def restore_rules(*, tenant_id: int, number: int, actor: str, at: datetime) -> int:
    """Make the draft a copy of an earlier version, to be looked at and published; return the draft's number."""
    with tenant_scope(tenant_id=tenant_id):
        open_draft(tenant_id=tenant_id, actor=actor, at=at)
        version = RuleSetVersion.objects.filter(number=number).exclude(state=RuleSetState.DRAFT).first()
        if version is None:
            raise RuleSetUnknown(number=number)
        discard_draft(tenant_id=tenant_id)
        return copy_as_draft(version, tenant_id=tenant_id, actor=actor, at=at).number
