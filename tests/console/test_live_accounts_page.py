"""Accounts of live quotes in the console: credentials go in and never come out, and a connection is tried by POST."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from carriers.live.accounts import add_account, load_accounts
from carriers.models import LiveAccount, LiveService
from tests.carriers.live.stub_apis import SECRETS
from tests.carriers.live.stub_server import StubServer
from tests.console.shop import Shop, add_shop
from tests.markup import markup_of
from tests.world import add_member
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope

LIST = "/console/live-accounts/"
TERMS = {"name": "Main", "base_url": "", "cache_seconds": "60", "rate_per_second": "5", "active": "on", "account": "1"}
SECRET = SECRETS["easypost"]["api_key"]


@pytest.fixture
def stub(settings) -> Iterator[StubServer]:
    with StubServer() as server:
        settings.LIVE_QUOTE_HOSTS = [server.host]
        yield server


@pytest.fixture
def admin(shop: Shop, client: Client) -> Client:
    client.force_login(add_member(tenant=shop.tenant, role=Role.ADMIN))
    return client


def stored(shop: Shop, *, name: str = "Main", base_url: str = "") -> LiveAccount:
    return add_account(tenant_id=shop.tenant.pk, provider="easypost", name=name, fields=SECRETS["easypost"], base_url=base_url)


def page(client: Client, address: str, **posted: str) -> str:
    """Return the page at an address, or the one that a form leads to."""
    language = {"Accept-Language": "en"}
    answer = client.post(address, posted, headers=language, follow=True) if posted else client.get(address, headers=language)
    assert answer.status_code == 200
    text: str = markup_of(answer)
    return text


def test_an_account_is_added_with_sealed_credentials(admin: Client, shop: Shop) -> None:
    told = page(admin, f"{LIST}add/easypost/", **TERMS, api_key=SECRET)

    assert "The account was added" in told
    assert SECRET not in told
    [account] = load_accounts(tenant_id=shop.tenant.pk)
    assert (account.base_url, account.cache_seconds, dict(account.credentials)) == ("https://api.easypost.com", 60, SECRETS["easypost"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"api_key": ""}, "This field is required."),
        ({"base_url": "https://evil.example"}, "Live quotes may not ask"),
        ({"cache_seconds": "99999999"}, "less than or equal to 86400"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_not_repeated(admin: Client, changes: dict[str, str], said: str) -> None:
    told = page(admin, f"{LIST}add/easypost/", **{**TERMS, "api_key": SECRET, **changes})

    assert said in told
    assert SECRET not in told


def test_an_empty_secret_stays_and_no_page_shows_it(admin: Client, shop: Shop) -> None:
    account = stored(shop)

    assert SECRET not in page(admin, f"{LIST}{account.pk}/") + page(admin, LIST)
    assert "The account was changed." in page(admin, f"{LIST}{account.pk}/", **{**TERMS, "name": "Renamed"}, api_key="")
    [kept] = load_accounts(tenant_id=shop.tenant.pk)
    page(admin, f"{LIST}{account.pk}/", **TERMS, api_key="EZTK-another")
    [changed] = load_accounts(tenant_id=shop.tenant.pk)

    assert (dict(kept.credentials), dict(changed.credentials)) == (SECRETS["easypost"], {"api_key": "EZTK-another"})


def test_an_account_that_is_switched_off_is_not_asked(admin: Client, shop: Shop) -> None:
    account = stored(shop)

    page(admin, f"{LIST}{account.pk}/", **{name: value for name, value in TERMS.items() if name != "active"}, api_key="")

    assert load_accounts(tenant_id=shop.tenant.pk) == ()
    assert "switched off" in page(admin, LIST)


def test_a_name_is_taken_once(admin: Client, shop: Shop) -> None:
    stored(shop, name="Other")
    account = stored(shop)

    assert "There is already a live quote account “Other”." in page(admin, f"{LIST}{account.pk}/", **{**TERMS, "name": "Other"}, api_key="")


def test_a_channel_gets_live_prices_and_goes_back_to_its_rate_card(admin: Client, shop: Shop) -> None:
    account = stored(shop)
    linked = page(admin, f"{LIST}{account.pk}/", channel=str(shop.channel.pk), carrier="USPS", service="Priority")
    with tenant_scope(tenant_id=shop.tenant.pk):
        [service] = LiveService.objects.all()
    page(admin, f"{LIST}{account.pk}/", stop=str(shop.channel.pk))

    assert "The channel has live prices from now on." in linked
    assert (service.channel_id, service.carrier, service.service) == (shop.channel.pk, "USPS", "Priority")
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert not LiveService.objects.exists()


def test_a_connection_is_tried_outside_the_request_s_transaction(committed_db: None, client: Client, stub: StubServer) -> None:
    shop = add_shop(code="east")
    client.force_login(add_member(tenant=shop.tenant, role=Role.ADMIN))
    good = stored(shop, base_url=stub.base_url("easypost"))
    bad = stored(shop, name="Bad", base_url=stub.base_url("easypost", "unauthorized"))

    works = page(client, f"{LIST}{good.pk}/try/", now="1")
    fails = page(client, f"{LIST}{bad.pk}/try/", now="1")

    assert "Main: Connected: 2 prices for the sample" in works
    assert "Bad: Not connected: it did not accept the credentials" in fails
    assert SECRET not in works + fails
    assert "answered with prices" in fails  # the good one's health, beside the bad one's


def test_looking_at_the_address_of_a_trial_asks_nobody(admin: Client, shop: Shop, stub: StubServer) -> None:
    account = stored(shop, base_url=stub.base_url("easypost"))

    assert admin.get(f"{LIST}{account.pk}/try/").status_code == 302
    assert stub.stub.rates_asked("easypost", "ok") == 0


@pytest.mark.parametrize(
    ("role", "listed", "changed"), [(Role.OPERATOR, 200, 200), (Role.READ_ONLY, 200, 403), (Role.OPERATIONS, 403, 403)]
)
def test_only_who_configures_changes_accounts(shop: Shop, client: Client, role: Role, listed: int, changed: int) -> None:
    account = stored(shop)
    client.force_login(add_member(tenant=shop.tenant, role=role))

    assert client.get(LIST).status_code == listed
    assert client.get(f"{LIST}{account.pk}/").status_code == changed
    assert client.get(f"{LIST}add/ups/").status_code == changed
    if changed == 403:
        assert client.post(f"{LIST}{account.pk}/try/").status_code == 403


def test_another_company_s_account_does_not_exist(admin: Client) -> None:
    other = stored(add_shop(code="west"))

    assert admin.get(f"{LIST}{other.pk}/").status_code == 404
    assert admin.post(f"{LIST}{other.pk}/try/").status_code == 404
    assert admin.get(f"{LIST}add/nobody/").status_code == 404
