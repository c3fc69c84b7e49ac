"""The audit log (操作日志): what people did, in the transaction in which they did it.

Changes of settings, people and keys are written down by the database itself, beside each row of a table that is `audited` (see
wms.tenancy.rls), so that no way around it is left. What changes no such row is noted here. What workers decide by themselves is in
the allocation records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from wms.tenancy.access import UseCase
from wms.tenancy.models import AuditEntry, AuditVerb, Role
from wms.tenancy.scope import acting_person, current_scope, tenant_scope
from wms.tenancy.selectors import seats_of

type Changes = Mapping[str, tuple[Any, Any]]
"""What was and what is, by column."""

SESSION = "session"
"""The subject of entries about signing in."""

SECOND_FACTOR = "second_factor"
"""The subject of entries about a person's second factor, which is a row of no company."""


def note(
    *,
    use_case: UseCase,
    verb: AuditVerb,
    subject: str,
    key: int | None = None,
    name: str = "",
    rows: int = 1,
    changes: Changes | None = None,
    actor: str | None = None,
) -> None:
    """Write down what is being done in the scope that is open, by `actor` or else by the person who acts in it."""
    scope = current_scope()
    assert scope is not None
    AuditEntry.objects.create(
        tenant_id=scope.tenant_id,
        seller_id=scope.seller_id,
        actor=acting_person() if actor is None else actor,
        use_case=use_case.value,
        verb=verb,
        subject=subject,
        subject_key=key,
        subject_name=name[:150],
        rows=rows,
        changes={column: list(pair) for column, pair in (changes or {}).items()},
    )


def note_sign_in(*, username: str, verb: AuditVerb) -> None:
    """Write down in every company of a person that they signed in, or that somebody tried a wrong password for them."""
    person = User.objects.filter(username=username).first()
    if person is not None:
        note_everywhere(person=person, verb=verb, subject=SESSION, actor=username)


def note_everywhere(*, person: User, verb: AuditVerb, subject: str, actor: str, changes: Changes | None = None) -> None:
    """Write down in every company of a person what concerns the person and no company alone."""
    for seat in seats_of(user_id=person.pk):
        with tenant_scope(tenant_id=seat.tenant_id, seller_id=seat.seller_id):
            door = UseCase.USE_PORTAL if seat.role == Role.SELLER else UseCase.USE_CONSOLE
            name = "" if subject == SESSION else person.username
            note(use_case=door, verb=verb, subject=subject, name=name, actor=actor, changes=changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are wanted; None and "" ask for any. `since` and `until` are instants, the latter not included."""

    actor: str = ""
    use_case: str = ""
    verb: str = ""
    subject: str = ""
    name: str = ""
    since: datetime | None = None
    until: datetime | None = None


def search_audit(*, wanted: AuditFilter, before: int | None = None, limit: int) -> tuple[list[AuditEntry], int | None]:
    """Return the newest entries that are like that, and the key before which the next page begins (None: this is the last)."""
    rows = list(_like(wanted, before)[: limit + 1])
    return rows[:limit], rows[limit - 1].pk if len(rows) > limit else None


def _like(wanted: AuditFilter, before: int | None) -> QuerySet[AuditEntry]:
    asked = Q()
    for name in ("actor", "use_case", "verb", "subject"):
        if value := getattr(wanted, name):
            asked &= Q(**{name: value})
    if wanted.name:
        asked &= Q(subject_name__icontains=wanted.name)
    if wanted.since is not None:
        asked &= Q(at__gte=wanted.since)
    if wanted.until is not None:
        asked &= Q(at__lt=wanted.until)
    if before is not None:
        asked &= Q(pk__lt=before)
    found: QuerySet[AuditEntry] = AuditEntry.objects.filter(asked).order_by("-pk")
    return found
