"""Accounts of a company with the providers: save them sealed, load them for the gateway, seal them again with a new key."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from carriers.live.addresses import is_allowed
from carriers.live.protocol import Account, Credentials, Provider
from carriers.live.providers import PROVIDERS
from carriers.live_models import LiveAccount, LiveService
from carriers.models import Channel
from wms.errors import DomainError
from wms.sealing import SealBroken, Sealer, installed_sealer
from wms.tenancy.scope import tenant_scope

MOST_CACHE_SECONDS: Final = 86_400
MOST_PER_SECOND: Final = 1_000
LONGEST_FIELD: Final = 2_000


class ProviderUnknown(DomainError):
    code = "provider_unknown"
    sentence = _("There is no provider of live quotes “%(value)s”.")


class LiveAccountUnknown(DomainError):
    code = "live_account_unknown"
    sentence = _("There is no such live quote account.")


class LiveChannelUnknown(DomainError):
    code = "live_channel_unknown"
    sentence = _("There is no such channel.")


class LiveAccountNameTaken(DomainError):
    code = "live_account_name_taken"
    sentence = _("There is already a live quote account “%(value)s”.")


class LiveAddressRefused(DomainError):
    code = "live_address_refused"
    sentence = _("Live quotes may not ask “%(value)s”: it is neither the provider's own address nor one that the platform allows.")


class LiveFieldMissing(DomainError):
    code = "live_field_missing"
    sentence = _("The account needs “%(field)s”.")


class LiveFieldUnknown(DomainError):
    code = "live_field_unknown"
    sentence = _("This provider has no field “%(field)s”.")


class LiveFieldUnreadable(DomainError):
    code = "live_field_unreadable"
    sentence = _("“%(field)s” is too long or holds what cannot be printed.")


class LiveLimitsOutOfBounds(DomainError):
    code = "live_limits_out_of_bounds"
    sentence = _("A quote may stay good for 0 to %(most_cache_seconds)s seconds, and 1 to %(most_per_second)s requests go out per second.")


def add_account(
    *,
    tenant_id: int,
    provider: str,
    name: str,
    fields: Mapping[str, str],
    base_url: str = "",
    cache_seconds: int = 600,
    rate_per_second: int = 10,
) -> LiveAccount:
    """Add an account; without an address it is the provider's own. What is in `fields` is sealed before it is stored."""
    known = _provider(provider)
    account = LiveAccount(
        tenant_id=tenant_id,
        provider=known.code,
        name=name,
        base_url=_checked_address(base_url, known),
        sealed=installed_sealer().seal(_checked_fields(fields, known)),
        cache_seconds=cache_seconds,
        rate_per_second=rate_per_second,
    )
    _refuse_odd_limits(cache_seconds, rate_per_second)
    with tenant_scope(tenant_id=tenant_id):
        try:
            with transaction.atomic():
                account.save(force_insert=True)
        except IntegrityError as taken:
            raise LiveAccountNameTaken(value=name) from taken
    return account


def change_account(
    *, tenant_id: int, account_id: int, name: str, base_url: str, cache_seconds: int, rate_per_second: int, active: bool
) -> None:
    """Change everything of an account but its provider and its credentials; without an address it is the provider's own."""
    _refuse_odd_limits(cache_seconds, rate_per_second)
    with tenant_scope(tenant_id=tenant_id):
        row = _locked(account_id)
        row.base_url = _checked_address(base_url, _provider(row.provider))
        row.name, row.cache_seconds, row.rate_per_second, row.active = name, cache_seconds, rate_per_second, active
        try:
            with transaction.atomic():
                row.save(update_fields=["name", "base_url", "cache_seconds", "rate_per_second", "active"])
        except IntegrityError as taken:
            raise LiveAccountNameTaken(value=name) from taken


def replace_fields(*, tenant_id: int, account_id: int, fields: Mapping[str, str]) -> None:
    """Store other credentials; a secret that is left empty stays what it was."""
    with tenant_scope(tenant_id=tenant_id):
        row = _locked(account_id)
        provider, sealer = _provider(row.provider), installed_sealer()
        secrets = {field.name for field in provider.fields if field.secret}
        kept = {name: value for name, value in _opened(row, sealer).items() if name in secrets}
        row.sealed = sealer.seal(_checked_fields({**kept, **{name: value for name, value in fields.items() if value}}, provider))
        row.save(update_fields=["sealed"])


def load_accounts(*, tenant_id: int, account_ids: Sequence[int] | None = None) -> tuple[Account, ...]:
    """Return the company's active accounts (those that are named, active or not), by id, ready for the gateway."""
    with tenant_scope(tenant_id=tenant_id):
        rows = LiveAccount.objects.order_by("pk")
        chosen = rows.filter(active=True) if account_ids is None else rows.filter(pk__in=account_ids)
        return tuple(map(_ready, chosen))


def seal_again(*, tenant_id: int) -> int:
    """Seal the company's credentials with the newest key; return how many were. Raises SealBroken, and changes none."""
    sealer = installed_sealer()
    with tenant_scope(tenant_id=tenant_id):
        rows = list(LiveAccount.objects.select_for_update().order_by("pk"))
        for row in rows:
            row.sealed = sealer.renewed(row.sealed)
        LiveAccount.objects.bulk_update(rows, ["sealed"])
        return len(rows)


def price_live(*, tenant_id: int, account_id: int, channel_id: int, carrier: str, service: str) -> None:
    """Let a service of an account, in the provider's own codes, say the prices of a channel; one that had another one changes over."""
    named = service.strip()
    if not named or not (named + carrier).isprintable():
        raise LiveFieldUnreadable(field="service")
    with tenant_scope(tenant_id=tenant_id):
        account = _locked(account_id)
        if not Channel.objects.filter(pk=channel_id).exists():
            raise LiveChannelUnknown
        LiveService.objects.update_or_create(
            tenant_id=tenant_id, channel_id=channel_id, defaults={"account": account, "carrier": carrier.strip(), "service": named}
        )


def stop_pricing_live(*, tenant_id: int, account_id: int, channel_id: int) -> None:
    """Leave a channel of the account to its rate card again."""
    with tenant_scope(tenant_id=tenant_id):
        LiveService.objects.filter(account_id=account_id, channel_id=channel_id).delete()


def tenants_with_live_accounts() -> list[int]:
    """Return the companies that have accounts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tenants_with_live_accounts() ORDER BY 1")
        return [tenant_id for (tenant_id,) in cursor.fetchall()]


def _ready(row: LiveAccount) -> Account:
    """Return the account; one whose seal is broken has no credentials, and is rejected when it is asked."""
    provider = PROVIDERS.get(row.provider)
    opened = _opened(row, installed_sealer())
    secrets = {field.name for field in provider.fields if field.secret} if provider else set(opened)
    return Account(
        id=row.pk,
        tenant_id=row.tenant_id,
        provider=row.provider,
        base_url=row.base_url,
        credentials=Credentials({name: value for name, value in opened.items() if name in secrets}),
        options={name: value for name, value in opened.items() if name not in secrets},
        cache_seconds=row.cache_seconds,
        rate_per_second=row.rate_per_second,
        revision=hashlib.sha256(f"{row.base_url} {row.sealed}".encode()).hexdigest()[:16],
    )


def _opened(row: LiveAccount, sealer: Sealer) -> dict[str, str]:
    try:
        return sealer.unseal(row.sealed)
    except SealBroken:
        return {}


def _locked(account_id: int) -> LiveAccount:
    row: LiveAccount | None = LiveAccount.objects.select_for_update().filter(pk=account_id).first()
    if row is None:
        raise LiveAccountUnknown
    return row


def _provider(code: str) -> Provider:
    if code not in PROVIDERS:
        raise ProviderUnknown(value=code)
    return PROVIDERS[code]


def _checked_address(base_url: str, provider: Provider) -> str:
    address = base_url.strip().rstrip("/") or next(iter(provider.base_urls), "")
    if not is_allowed(address, provider=provider, hosts=settings.LIVE_QUOTE_HOSTS):
        raise LiveAddressRefused(value=address)
    return address


def _checked_fields(fields: Mapping[str, str], provider: Provider) -> dict[str, str]:
    known = {field.name for field in provider.fields}
    for name in fields:
        if name not in known:
            raise LiveFieldUnknown(field=name)
    given = {name: value.strip() for name, value in fields.items() if value.strip()}
    for field in provider.fields:
        if field.required and field.name not in given:
            raise LiveFieldMissing(field=field.name)
    for name, value in given.items():
        # A line break in a header would be another header.
        if len(value) > LONGEST_FIELD or not value.isprintable():
            raise LiveFieldUnreadable(field=name)
    return given


def _refuse_odd_limits(cache_seconds: int, rate_per_second: int) -> None:
    if not (0 <= cache_seconds <= MOST_CACHE_SECONDS and 1 <= rate_per_second <= MOST_PER_SECOND):
        raise LiveLimitsOutOfBounds(most_cache_seconds=MOST_CACHE_SECONDS, most_per_second=MOST_PER_SECOND)
