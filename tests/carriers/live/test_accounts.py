"""Accounts are stored sealed, keys rotate, and a connection is tried outside any transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from carriers.live.accounts import (
    LiveAccountNameTaken,
    LiveAccountUnknown,
    LiveAddressRefused,
    LiveFieldMissing,
    LiveFieldUnknown,
    LiveFieldUnreadable,
    LiveLimitsOutOfBounds,
    ProviderUnknown,
    add_account,
    load_accounts,
    replace_fields,
    seal_again,
)
from carriers.live.addresses import is_allowed
from carriers.live.connection import try_connection
from carriers.live.gateway import Gateway
from carriers.live.protocol import CredentialMissing
from carriers.live.providers import PROVIDERS
from carriers.models import LiveAccount, LiveService
from tests.carriers.live.accounts import PROVIDER_CODES, new_gateway
from tests.carriers.live.stub_apis import OPTIONS, SECRETS
from tests.carriers.live.stub_server import StubServer
from tests.world import add_carrier, add_channel, add_tenant
from wms.sealing import SealBroken, Sealer
from wms.tenancy.scope import tenant_scope

SHIP_DATE = date(2026, 3, 2)


@pytest.fixture
def tenant(db):
    return add_tenant()


def add(tenant, provider: str = "ups", name: str = "Main", **changes) -> LiveAccount:
    fields = {**SECRETS.get(provider, {}), **OPTIONS.get(provider, {})}
    return add_account(tenant_id=tenant.pk, provider=provider, name=name, **{"fields": fields, **changes})


def stored(account: LiveAccount) -> str:
    with tenant_scope(tenant_id=account.tenant_id), connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(a)::text FROM carriers_liveaccount a WHERE id = %s", [account.pk])
        [(row,)] = cursor.fetchall()
        return row


def test_credentials_are_stored_sealed_and_come_back_whole(tenant):
    account = add(tenant)

    [loaded] = load_accounts(tenant_id=tenant.pk)

    assert (loaded.id, loaded.provider, loaded.base_url) == (account.pk, "ups", "https://onlinetools.ups.com")
    assert dict(loaded.credentials) == SECRETS["ups"]
    assert loaded.options == OPTIONS["ups"]
    for secret in (*SECRETS["ups"].values(), *OPTIONS["ups"].values()):
        assert secret not in stored(account)
        assert secret not in f"{account!r} {account} {loaded.credentials!r}"


def test_the_same_credentials_are_never_sealed_alike(tenant):
    assert add(tenant, name="One").sealed != add(tenant, name="Two").sealed


def test_a_new_key_seals_while_the_old_one_still_opens_until_all_is_sealed_again(tenant, settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.CREDENTIAL_KEYS = [old]
    add(tenant)

    settings.CREDENTIAL_KEYS = [new, old]
    before = load_accounts(tenant_id=tenant.pk)
    call_command("rotate_credential_keys")
    settings.CREDENTIAL_KEYS = [new]
    after = load_accounts(tenant_id=tenant.pk)

    assert dict(before[0].credentials) == dict(after[0].credentials) == SECRETS["ups"]
    assert before[0].revision != after[0].revision


def test_credentials_that_no_key_opens_are_named_and_kept_and_do_not_hinder_the_others(settings, db):
    lost, well = add_tenant(code="lost"), add_tenant(code="well")
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    account = add(lost)
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    other = add(well)
    sealed = other.sealed

    with pytest.raises(CommandError, match=str(lost.pk)):
        call_command("rotate_credential_keys")

    assert account.sealed in stored(account)
    assert sealed not in stored(other)
    [loaded] = load_accounts(tenant_id=lost.pk)
    with pytest.raises(CredentialMissing):
        loaded.credentials["client_secret"]
    with pytest.raises(SealBroken):
        seal_again(tenant_id=lost.pk)


def test_a_damaged_seal_is_noticed():
    sealer = Sealer([Fernet.generate_key().decode()])
    sealed = sealer.seal({"api_key": "hunter2"})

    with pytest.raises(SealBroken):
        sealer.unseal(sealed[:-3] + "AA=")


def test_other_credentials_replace_the_old_and_an_empty_secret_stays(tenant):
    account = add(tenant)

    replace_fields(tenant_id=tenant.pk, account_id=account.pk, fields={"client_secret": "fresh", "client_id": "", "account_number": "999"})

    [loaded] = load_accounts(tenant_id=tenant.pk)
    assert dict(loaded.credentials) == {"client_id": SECRETS["ups"]["client_id"], "client_secret": "fresh"}
    assert loaded.options == {"account_number": "999"}


def test_only_active_accounts_are_asked_unless_named(tenant):
    account = add(tenant)
    with tenant_scope(tenant_id=tenant.pk):
        LiveAccount.objects.filter(pk=account.pk).update(active=False)

    assert load_accounts(tenant_id=tenant.pk) == ()
    assert len(load_accounts(tenant_id=tenant.pk, account_ids=[account.pk])) == 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"provider": "pigeon"}, ProviderUnknown),
        ({"fields": {"client_id": "x", "client_secret": "y"}}, LiveFieldMissing),
        ({"fields": {**SECRETS["ups"], **OPTIONS["ups"], "api_key": "z"}}, LiveFieldUnknown),
        ({"fields": {**SECRETS["ups"], "account_number": "1\r\nX-Other: 2"}}, LiveFieldUnreadable),
        ({"base_url": "https://169.254.169.254/latest"}, LiveAddressRefused),
        ({"base_url": "https://ups.example"}, LiveAddressRefused),
        ({"provider": "karrio", "fields": SECRETS["karrio"]}, LiveAddressRefused),
        ({"cache_seconds": 86_401}, LiveLimitsOutOfBounds),
        ({"rate_per_second": 0}, LiveLimitsOutOfBounds),
    ],
)
def test_an_account_that_cannot_be_used_is_refused(tenant, changes, refusal):
    with pytest.raises(refusal) as refused:
        add(tenant, **changes)

    assert not any(secret in str(refused.value) for secret in SECRETS["ups"].values())
    with tenant_scope(tenant_id=tenant.pk):
        assert not LiveAccount.objects.exists()


def test_a_name_is_taken_once_in_a_company(tenant):
    add(tenant)

    with pytest.raises(LiveAccountNameTaken):
        add(tenant)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://karrio.internal", True),
        ("http://karrio.internal/api", True),
        ("https://karrio.internal:8443", True),
        ("https://sandbox:9000", True),
        ("https://sandbox", False),
        ("https://sandbox:9001", False),
        ("https://karrio.internal.evil.example", False),
        ("https://user:pw@karrio.internal", False),
        ("https://evil.example/?@karrio.internal", False),
        ("https://evil.example#karrio.internal", False),
        ("ftp://karrio.internal", False),
        ("//karrio.internal", False),
        ("https://karrio.internal:port", False),
        ("", False),
    ],
)
def test_further_addresses_are_those_of_hosts_that_the_platform_names(address, allowed):
    assert is_allowed(address, provider=PROVIDERS["karrio"], hosts=["karrio.internal", "sandbox:9000"]) == allowed


@pytest.mark.parametrize("code", PROVIDER_CODES)
def test_each_provider_s_own_addresses_may_be_asked(code):
    assert all(is_allowed(address, provider=PROVIDERS[code], hosts=()) for address in PROVIDERS[code].base_urls)


def test_a_company_cannot_use_another_s_account(db):
    ours, theirs = add_tenant(code="ours"), add_tenant(code="theirs")
    account = add(theirs)

    assert load_accounts(tenant_id=ours.pk, account_ids=[account.pk]) == ()
    with pytest.raises(LiveAccountUnknown):
        replace_fields(tenant_id=ours.pk, account_id=account.pk, fields={"client_secret": "x"})


def test_a_channel_is_priced_by_one_live_service(tenant):
    account, channel = add(tenant), add_channel(carrier=add_carrier(tenant=tenant))
    with tenant_scope(tenant_id=tenant.pk):
        common = {"tenant": tenant, "channel": channel, "account": account}
        LiveService.objects.create(**common, service="03")
        with pytest.raises(IntegrityError), transaction.atomic():
            LiveService.objects.create(**common, service="02")


@pytest.fixture
def stub() -> Iterator[StubServer]:
    with StubServer() as server:
        yield server


@pytest.fixture
def gateway(stub: StubServer) -> Iterator[Gateway]:
    opened = new_gateway(stub)
    yield opened
    opened.close()


def tried(stub, settings, gateway, provider: str, fault: str, patience_seconds: float = 20):
    settings.LIVE_QUOTE_HOSTS = [stub.host]
    tenant = add_tenant()
    account = add(tenant, provider, base_url=stub.base_url(provider, fault))
    return try_connection(
        tenant_id=tenant.pk, account_id=account.pk, ship_date=SHIP_DATE, through=gateway, patience_seconds=patience_seconds
    )


@pytest.mark.parametrize("code", PROVIDER_CODES)
def test_a_connection_that_works_says_so_with_a_price(committed_db, stub, settings, gateway, code):
    outcome = tried(stub, settings, gateway, code, "ok")

    assert outcome.works
    assert outcome.sentence.startswith("Connected: ")


def test_a_connection_that_is_refused_says_why_without_the_secret(committed_db, stub, settings, gateway):
    outcome = tried(stub, settings, gateway, "easypost", "unauthorized")

    assert not outcome.works
    assert outcome.sentence.startswith("Not connected: it did not accept the credentials. (HTTP 401: the [redacted]")
    assert SECRETS["easypost"]["api_key"] not in outcome.sentence


def test_a_connection_that_hangs_says_so(committed_db, stub, settings, gateway):
    outcome = tried(stub, settings, gateway, "dhl", "hang", patience_seconds=0.3)

    assert outcome.sentence == "Not connected: it did not answer in time. (no answer by the deadline)"


def test_an_account_that_is_not_there_cannot_be_tried(committed_db, gateway):
    with pytest.raises(LiveAccountUnknown):
        try_connection(tenant_id=add_tenant().pk, account_id=1, ship_date=SHIP_DATE, through=gateway)
