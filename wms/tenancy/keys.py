"""API keys: made once shown once, kept as a fingerprint, revoked for good."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError
from wms.tenancy.access import Seat
from wms.tenancy.models import ApiKey, Role
from wms.tenancy.scope import tenant_scope

BEGINNING: Final = "fc_"
SHOWN_CHARACTERS: Final = 11
SECRET_BYTES: Final = 32
MOST_KEYS: Final = 20
"""So many keys may be in use at once, of a seller or of the company itself."""

USE_NOTED_EVERY: Final = timedelta(minutes=1)
"""A busy key's last use is written down no more often than this."""


class KeyNameMissing(DomainError):
    code = "key_name_missing"
    sentence = _("Give the key a name of at most 80 characters, such as the program that will use it.")


class TooManyKeys(DomainError):
    code = "too_many_keys"
    sentence = _("%(count)s keys are in use already: revoke one first.")


class KeyEndsBeforeItBegins(DomainError):
    code = "key_ends_before_it_begins"
    sentence = _("A key must end in the future.")


class KeyUnknown(DomainError):
    code = "key_unknown"
    sentence = _("There is no such key in use.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshKey:
    """A new key with its secret, which is nowhere else."""

    key: ApiKey
    secret: str = field(repr=False)


def create_api_key(*, seat: Seat, role: str, name: str, created_by: str, at: datetime, expires_at: datetime | None = None) -> FreshKey:
    """Make a key that acts in this seat's company as `role`; a seller's people make keys for their seller only.

    Raises KeyNameMissing, KeyEndsBeforeItBegins, TooManyKeys.
    """
    role = role if seat.seller_id is None else Role.SELLER
    name = name.strip()
    if not 0 < len(name) <= 80:
        raise KeyNameMissing
    if expires_at is not None and expires_at <= at:
        raise KeyEndsBeforeItBegins
    secret = BEGINNING + secrets.token_urlsafe(SECRET_BYTES)
    with tenant_scope(tenant_id=seat.tenant_id, seller_id=seat.seller_id):
        ends_later = Q(expires_at=None) | Q(expires_at__gt=at)
        in_use = ApiKey.objects.filter(ends_later, seller_id=seat.seller_id, revoked_at=None).count()
        if in_use >= MOST_KEYS:
            raise TooManyKeys(count=in_use)
        key = ApiKey.objects.create(
            tenant_id=seat.tenant_id,
            seller_id=seat.seller_id,
            role=role,
            name=name,
            prefix=secret[:SHOWN_CHARACTERS],
            sha256=_fingerprint(secret),
            created_by=created_by,
            created_at=at,
            expires_at=expires_at,
        )
    return FreshKey(key=key, secret=secret)


def revoke_api_key(*, seat: Seat, key_id: int, at: datetime) -> None:
    """End a key's use for good. Raises KeyUnknown where the seat's people see no such key, or it is revoked already."""
    with tenant_scope(tenant_id=seat.tenant_id, seller_id=seat.seller_id):
        if not ApiKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=at):
            raise KeyUnknown


def seat_of_api_key(*, secret: str, at: datetime) -> Seat | None:
    """Return the seat in which a key acts, or None where it is unknown or revoked; note that it was used."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT key_id, tenant_id, role, seller_id FROM api_key_seat(%s)", [_fingerprint(secret)])
        found = cursor.fetchone()
    if found is None:
        return None
    key_id, tenant_id, role, seller_id = found
    with tenant_scope(tenant_id=tenant_id, seller_id=seller_id):
        noted_long_ago = Q(last_used_at=None) | Q(last_used_at__lt=at - USE_NOTED_EVERY)
        ApiKey.objects.filter(noted_long_ago, pk=key_id).update(last_used_at=at)
    return Seat(tenant_id=tenant_id, role=role, seller_id=seller_id)


def _fingerprint(secret: str) -> str:
    """Return what is kept of a key. It has 256 random bits: a slow hash would add nothing to that."""
    return hashlib.sha256(secret.encode()).hexdigest()
