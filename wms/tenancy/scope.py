"""Whose rows a transaction may see.

PostgreSQL's row security reads three settings that live as long as the transaction: `app.tenant`, `app.scope` (the persona:
`tenant` or `seller`) and `app.seller`. Unset means no rows. The audit log reads a fourth, `app.actor`: the person who acts.
Everything that touches a tenant's rows runs inside `tenant_scope`, which opens the transaction and sets them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connections, transaction
from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError


@dataclass(frozen=True, slots=True)
class Scope:
    """The tenant, and for a seller's persona the seller, whose rows are visible."""

    tenant_id: int
    seller_id: int | None = None

    def settings(self) -> tuple[str, str, str]:
        """Return the values of app.tenant, app.scope and app.seller."""
        if self.seller_id is None:
            return str(self.tenant_id), "tenant", ""
        return str(self.tenant_id), "seller", str(self.seller_id)


class ScopeMissing(DomainError):
    code = "scope_missing"
    sentence = _("%(model)s belongs to a tenant: open a tenant scope before reading or writing it.")


_current: ContextVar[Scope | None] = ContextVar("tenant_scope", default=None)
_actor: ContextVar[str] = ContextVar("actor", default="")
_SET = (
    "SELECT set_config('app.tenant', %s, true), set_config('app.scope', %s, true), set_config('app.seller', %s, true), "
    "set_config('app.actor', %s, true)"
)
_NOBODY = ("", "", "")


def current_scope() -> Scope | None:
    """Return the scope that is open here, or None."""
    return _current.get()


def acting_person() -> str:
    """Return the name of the person who acts here, "" where none is named."""
    return _actor.get()


@contextmanager
def acting_as(person: str) -> Iterator[None]:
    """Name the person for whom the scopes that are opened within act; the audit log writes the name down."""
    token = _actor.set(person)
    try:
        yield
    finally:
        _actor.reset(token)


@contextmanager
def tenant_scope(*, tenant_id: int, seller_id: int | None = None, using: str = "default") -> Iterator[Scope]:
    """Open a transaction in which only this tenant's rows (only this seller's, when given) exist.

    Nested scopes restore the outer one on the way out.
    """
    scope = Scope(tenant_id, seller_id)
    outer = _current.get()
    with transaction.atomic(using=using):
        _apply(scope.settings(), using)
        token = _current.set(scope)
        try:
            yield scope
        finally:
            _current.reset(token)
        _apply(outer.settings() if outer else _NOBODY, using)


def _apply(settings: tuple[str, str, str], using: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(_SET, (*settings, _actor.get()))
