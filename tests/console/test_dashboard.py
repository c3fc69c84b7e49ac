"""The dashboard: what it counts, for which days, and that it shows one company only."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from allocation.ledger import keep_ledger
from tests.console.shop import Shop, add_decided_order, add_shop
from tests.world import NOON, add_member
from wms.tenancy.models import Role

pytestmark = pytest.mark.django_db
SPAN = "?since=2026-03-01&until=2026-03-03"


@pytest.fixture
def shop() -> Shop:
    shop = add_shop(code="eastlake")
    add_decided_order(shop)
    add_decided_order(shop, number="1002", units=9)
    keep_ledger(tenant_id=shop.tenant.pk, at=NOON)
    return shop


def shown(shop: Shop, client: Client, query: str = SPAN, *, role: Role = Role.OPERATIONS) -> str:
    client.force_login(add_member(tenant=shop.tenant, role=role))
    answer = client.get(reverse("console:dashboard") + query, headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_tells_what_was_decided_and_what_it_costs(shop: Shop, client: Client) -> None:
    page = shown(shop, client)
    assert "$5.70" in page
    assert "50.0 %" in page
    assert "not enough stock" in page
    assert "eastlake-NEAR" in page


def test_a_figure_leads_to_its_orders(shop: Shop, client: Client) -> None:
    page = shown(shop, client)
    link = reverse("console:orders_order_changelist") + "?state__exact=4"
    assert link in page
    assert "1002" in client.get(link).content.decode()


def test_days_outside_the_span_are_not_counted(shop: Shop, client: Client) -> None:
    page = shown(shop, client, "?since=2026-03-03&until=2026-03-04")
    assert "$5.70" not in page
    assert "No order was given a warehouse in these days." in page


def test_a_span_that_ends_before_it_begins_is_refused_with_a_sentence(shop: Shop, client: Client) -> None:
    page = shown(shop, client, "?since=2026-03-03&until=2026-03-01")
    assert "The last day must follow the first, by no more than a year." in page


def test_the_other_company_s_orders_are_nowhere(shop: Shop, client: Client) -> None:
    other = add_shop(code="westlake")
    page = shown(other, client)
    assert "eastlake" not in page
    assert "$5.70" not in page
