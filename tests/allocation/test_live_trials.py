"""费用试算 with channels whose carriers say their prices over the network: asked, and shown beside the contracts' prices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from carriers.live.accounts import add_account
from carriers.models import LiveAccount, LiveService
from carriers.tiers import save_seller_tier
from tests.carriers.live.stub_apis import SECRETS
from tests.carriers.live.stub_server import StubServer
from tests.world import add_carrier, add_channel, add_lane, add_rate_card, add_seller, add_tenant, add_warehouse, add_zone_chart, flat_card
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

SHIPMENT = ("--to", "US:10001", "--ship-date", "2026-03-02", "--weight", "2kg", "--size", "30x20x10cm")


@pytest.fixture
def stub(settings: Any) -> Iterator[StubServer]:
    with StubServer() as server:
        settings.LIVE_QUOTE_HOSTS = [server.host]
        yield server


@pytest.fixture
def tenant(committed_db: None, stub: StubServer) -> Tenant:
    """Return a company with one warehouse (handling 0.80) and three channels.

    GROUND costs 6.00 by its card. CARDED is live and has a card with the same price; BARE is live and has none. The carrier says
    9.25 USD for both.
    """
    tenant = add_tenant()
    carrier = add_carrier(tenant=tenant)
    edison = add_warehouse(tenant=tenant, code="NJ1", handling_per_order_minor=80, handling_per_piece_minor=0)
    chart = add_zone_chart(carrier=carrier)
    channels = {code: add_channel(carrier=carrier, code=code) for code in ("GROUND", "CARDED", "BARE")}
    for code, channel in channels.items():
        add_lane(warehouse=edison, channel=channel)
        if code != "BARE":
            add_rate_card(channel=channel, zone_chart=chart, document=flat_card() | {"code": code})
    base_url, fields = stub.base_url("easypost"), SECRETS["easypost"]
    account = add_account(tenant_id=tenant.pk, provider="easypost", name="Main", fields=fields, base_url=base_url, cache_seconds=0)
    with tenant_scope(tenant_id=tenant.pk):
        for code in ("CARDED", "BARE"):
            LiveService.objects.create(tenant=tenant, channel=channels[code], account=account, carrier="UPSDAP", service="Ground")
    return tenant


def change_account(tenant: Tenant, **fields: Any) -> None:
    with tenant_scope(tenant_id=tenant.pk):
        LiveAccount.objects.update(**fields)


def told(*more: str) -> str:
    out = StringIO()
    call_command("quote", "--tenant", "eastlake", *SHIPMENT, *more, stdout=out)
    return out.getvalue()


def offers(*more: str) -> dict[str, dict[str, Any]]:
    return {offer["channel"]: offer for offer in json.loads(told("--json", *more))["offers"]}


def test_a_carriers_own_price_counts_and_is_marked_beside_the_contracts_prices(tenant: Tenant, stub: StubServer) -> None:
    found = offers()
    assert {code: offer["cost"] for code, offer in found.items()} == {"GROUND": "6.80", "CARDED": "10.05", "BARE": "10.05"}
    assert found["GROUND"]["live"] is None
    assert found["CARDED"]["live"] == {"state": "live", "age_seconds": None, "cause": None}
    assert (found["CARDED"]["rate_card"], found["GROUND"]["rate_card"]) == (None, "GROUND")
    lines = [(line["code"], line["amount"]) for line in found["BARE"]["lines"]]
    assert lines == [("live", "9.25"), ("handling", "0.80")]
    assert stub.stub.rates_asked("easypost", "ok") == 1  # one account is asked once for both its channels


def test_a_seller_s_tier_counts_on_a_carrier_s_own_price_too(tenant: Tenant, stub: StubServer) -> None:
    seller = add_seller(tenant=tenant, code="lamps")
    save_seller_tier(tenant_id=tenant.pk, code="GOLD", name="Gold", percent=Decimal(-10), seller_ids=[seller.pk])
    found = offers("--seller", "lamps")["BARE"]
    assert [(line["code"], line["amount"]) for line in found["lines"]] == [("live", "9.25"), ("seller_tier", "-0.93"), ("handling", "0.80")]
    assert found["cost"] == "9.12"


def test_a_price_that_was_kept_says_how_old_it_is(tenant: Tenant, stub: StubServer) -> None:
    change_account(tenant, cache_seconds=60)
    offers()
    found = offers()
    assert found["BARE"]["live"]["state"] == "cached"
    assert found["BARE"]["live"]["age_seconds"] >= 0
    assert stub.stub.rates_asked("easypost", "ok") == 1


def test_where_the_carrier_gives_no_price_the_card_stands_in_and_says_why(tenant: Tenant, stub: StubServer) -> None:
    change_account(tenant, base_url=stub.base_url("easypost", "malformed"))
    found = offers()
    assert (found["CARDED"]["cost"], found["CARDED"]["live"]) == ("6.80", {"state": "fallback", "age_seconds": None, "cause": "malformed"})
    assert (found["BARE"]["cost"], found["BARE"]["rejection"], found["BARE"]["detail"]) == (None, "live_quote_failed", "malformed")
    text = told()
    assert "base freight 6.00 · handling 0.80 · rate card, since the carrier gave an answer that cannot be read" in text
    assert "no live quote (the carrier gave an answer that cannot be read)" in text


def test_a_live_price_without_an_exchange_rate_is_compared_with_nothing(tenant: Tenant) -> None:
    with tenant_scope(tenant_id=tenant.pk):
        assert Tenant.objects.filter(pk=tenant.pk).update(currency="CNY")
    found = offers()
    assert (found["BARE"]["cost"], found["BARE"]["rejection"], found["BARE"]["detail"]) == (None, "no_fx", "USD")


def test_nobody_is_asked_for_prices_of_rate_cards_only(tenant: Tenant, stub: StubServer) -> None:
    found = offers("--cards-only")
    assert (found["CARDED"]["cost"], found["BARE"]["rejection"]) == ("6.80", "live_quote_failed")
    assert stub.stub.rates_asked("easypost", "ok") == 0
