"""The dashboard: what it counts, for which days, and that it shows one company only."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from allocation.core.types import Mode
from allocation.ledger import keep_ledger
from allocation.models import DayTotal, Strategy, StrategyVersion, WarehouseLoad
from allocation.setting_savings import savings_of_settings
from carriers.live.accounts import add_account
from inventory.models import Warehouse
from tests.console.shop import Shop, add_decided_order, add_shop
from tests.markup import markup_of
from tests.world import NOON, add_member
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope

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
    return markup_of(answer)


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
    assert "1002" in markup_of(client.get(link))


def test_the_bar_of_a_day_leads_to_its_records_under_a_scale_in_money(shop: Shop, client: Client) -> None:
    page = shown(shop, client)
    (day,) = re.findall(r'<a href="([^"]+)" aria-label="2026-03-02: 1 order, \$5.70">', page)
    assert day == f"{reverse('console:records')}?since=2026-03-02&amp;until=2026-03-02"
    assert "1001" in markup_of(client.get(html.unescape(day)))
    assert "<span>$10.00</span><span>$5.00</span><span>$0.00</span>" in page


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


def test_what_is_overdue_leads_to_its_queue(shop: Shop, client: Client) -> None:
    page = shown(shop, client)
    assert f'<a class="fc-link" href="{reverse("console:workbench")}?queue=overdue">1</a>' in page


def test_the_average_a_day_counts_every_day_of_the_span(shop: Shop, client: Client) -> None:
    page = shown(shop, client, "?since=2026-03-01&until=2026-03-03")
    assert "$1.90" in page
    assert "over 3 days" in page


def test_tells_how_full_the_warehouses_are(shop: Shop, client: Client) -> None:
    today = timezone.localdate()
    with tenant_scope(tenant_id=shop.tenant.pk):
        Warehouse.objects.filter(pk=shop.near.pk).update(daily_capacity=4)
        WarehouseLoad.objects.create(tenant=shop.tenant, warehouse=shop.near, ship_date=today, orders=3, lines=9)
        WarehouseLoad.objects.create(tenant=shop.tenant, warehouse=shop.near, ship_date=today - timedelta(days=1), orders=4, lines=9)
    page = shown(shop, client)
    assert "3 / 4" in page
    assert "75 %" in page
    assert "4 / 4" not in page


def test_tells_what_the_present_settings_save_against_those_before(shop: Shop, client: Client) -> None:
    """The day before the change ten orders cost 900 of the nearest's 1,000; the day after ten cost 800: ten per cent of 1,000 saved."""
    with tenant_scope(tenant_id=shop.tenant.pk):
        strategy = Strategy.objects.get()
        StrategyVersion.objects.create(tenant=shop.tenant, strategy=strategy, number=2, document={}, author="Li", saved_at=NOON)
        for day, cost in ((-1, 900), (1, 800)):
            DayTotal.objects.create(
                tenant=shop.tenant,
                seller=shop.seller,
                warehouse=shop.near,
                mode=Mode.SMART.value,
                date=NOON.date() + timedelta(days=day),
                orders=10,
                split_orders=0,
                cost_minor=cost,
                nearest_cost_minor=1000,
                cheapest_cost_minor=cost,
            )
        savings = savings_of_settings()
    assert savings is not None
    assert (savings.changed, savings.orders, savings.saved_minor) == (NOON.date(), 10, 100)
    assert "10 orders since the change of" in shown(shop, client)


def test_without_orders_on_both_sides_of_a_change_nothing_is_claimed(shop: Shop, client: Client) -> None:
    assert "no orders yet on both sides of a change of settings" in shown(shop, client)


def test_live_accounts_are_shown_to_those_who_see_prices(shop: Shop, client: Client) -> None:
    add_account(tenant_id=shop.tenant.pk, provider="shippo", name="Main account", fields={"api_token": "none"})
    assert "Main account" in shown(shop, client, role=Role.ADMIN)
    assert "Main account" not in shown(shop, client, role=Role.OPERATIONS)
