"""One order with the story of its decision."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client

from allocation.models import Record, Strategy
from allocation.rules.editing import StatedRule, save_rule
from allocation.rules.publishing import publish_rules
from allocation.services import assign_order
from inventory.models import Sku
from orders.models import Order
from tests.console.shop import Shop, add_decided_order
from tests.markup import markup_of
from tests.world import NOON, add_member, add_order
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(shop: Shop, client: Client) -> Client:
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATIONS))
    return client


def page_of(client: Client, order: Order, query: str = "", language: str = "en") -> str:
    """Return the page's text, with white space made one."""
    page = client.get(f"/console/orders/order/{order.pk}/change/{query}", headers={"Accept-Language": language})
    assert page.status_code == 200
    return " ".join(unescape(markup_of(page)).split())


def test_shows_where_the_order_goes_and_where_it_ships_from(shop: Shop, staff: Client) -> None:
    page = page_of(staff, add_decided_order(shop))

    assert "New York NY 10001" in page
    assert "east-NEAR Warehouse east-NEAR" in page
    assert "smart allocation" in page
    assert "the system" in page


def test_the_cost_lines_of_the_chosen_channel_add_up(shop: Shop, staff: Client) -> None:
    page = page_of(staff, add_decided_order(shop))

    assert "base freight" in page
    assert "handling" in page
    assert [amount in page for amount in ("$5.00", "$0.70", "$5.70")] == [True, True, True]


def test_tells_every_parcel(shop: Shop, staff: Client) -> None:
    with tenant_scope(tenant_id=shop.tenant.pk):
        Sku.objects.filter(pk=shop.lamp.pk).update(ships_alone=True)
    page = page_of(staff, add_decided_order(shop, units=2))
    assert "2 × (1 kg · 10 × 10 × 10 cm)" in page
    assert '<td class="fc-number">2</td>' in page
    assert "<dd>1 kg · 10 × 10 × 10 cm</dd>" in page_of(staff, add_decided_order(shop, number="1002"))


def test_says_why_a_warehouse_was_not_taken_and_what_it_had(shop: Shop, staff: Client) -> None:
    page = page_of(staff, add_decided_order(shop, units=2))

    assert "not enough stock" in page
    assert "east-LAMP: 2 needed, 1 available" in page
    assert "east-LAMP: 2 needed, 5 available" in page


def test_says_what_an_exception_waits_for(shop: Shop, staff: Client) -> None:
    page = page_of(staff, add_decided_order(shop, units=6))

    assert "No warehouse can serve this order: not enough stock" in page


def test_an_order_that_waits_says_so(shop: Shop, staff: Client) -> None:
    page = page_of(staff, add_order(store=shop.store, number="2002"))

    assert "Not decided yet." in page
    assert "No record yet." in page


def test_names_the_person_who_decided_and_keeps_the_earlier_record(shop: Shop, staff: Client) -> None:
    order = add_decided_order(shop)
    assign_order(tenant_id=shop.tenant.pk, order_id=order.pk, warehouse_id=shop.far.pk, actor="Ann", reason="closer to the port", at=NOON)
    with tenant_scope(tenant_id=shop.tenant.pk):
        first, second = Record.objects.filter(order=order).order_by("pk").values_list("pk", flat=True)

    now, before = page_of(staff, order), page_of(staff, order, f"?record={first}")
    assert "closer to the port" in now
    assert "manual allocation" in now
    assert f'href="?record={first}"' in now
    assert f'href="?record={second}"' in before
    assert "closer to the port" not in before


def test_tells_step_by_step_who_won_and_by_how_much(shop: Shop, staff: Client) -> None:
    page = page_of(staff, add_decided_order(shop))

    steps = page[page.index('<ol class="fc-steps">') : page.index("</ol>", page.index('<ol class="fc-steps">'))]
    assert "The smart allocation setting east lowest cost decided." in steps
    assert "2 warehouses were looked at." in steps
    assert "2 could, for $5.70 to $5.90." in steps
    assert "Warehouse east-NEAR was taken: it is cheaper than the next, Warehouse east-FAR, by $0.20." in steps


def test_tells_which_rules_were_looked_at_and_who_was_refused(shop: Shop, staff: Client) -> None:
    for name, platform in (("Shopify from far", "shopify"), ("Amazon from far", "amazon")):
        condition = {"every": True, "parts": [{"field": "platform", "test": "is", "values": [platform]}]}
        stated = StatedRule(name=name, condition=condition, action={"act": "pin", "warehouse_ids": [shop.far.pk]})
        save_rule(tenant_id=shop.tenant.pk, stated=stated, actor="Li", at=NOON)
    publish_rules(tenant_id=shop.tenant.pk, comment="", actor="Li", at=NOON)
    page = page_of(staff, add_decided_order(shop, units=2))

    assert "Rule Amazon from far: " in page
    assert "Rule Shopify from far: " in page
    assert "1 could not serve: not enough stock (east-FAR)." in page


def test_compares_a_record_with_the_one_that_it_supersedes(shop: Shop, staff: Client) -> None:
    order = add_decided_order(shop)
    assert "What changed" not in page_of(staff, order)
    assign_order(tenant_id=shop.tenant.pk, order_id=order.pk, warehouse_id=shop.far.pk, actor="Ann", reason="closer to the port", at=NOON)
    page = page_of(staff, order)

    compared = page[page.index("What changed") : page.index("</section>", page.index("What changed"))]
    assert "+$0.20" in compared
    assert "<td>east-NEAR Warehouse east-NEAR</td><td><strong>east-FAR Warehouse east-FAR</strong>" in compared
    assert '<th scope="row">channel</th><td>east-GROUND Channel east-GROUND</td><td><span class="fc-muted">unchanged</span>' in compared
    assert "<td>the system</td><td><strong>Ann</strong>" in compared
    assert "<td>–</td><td><strong>closer to the port</strong>" in compared


def test_speaks_chinese(shop: Shop, staff: Client) -> None:
    page = page_of(staff, add_decided_order(shop, units=2), language="zh-hans")

    for words in ("已分仓", "智能分仓", "为什么选这个仓库", "库存不足", "落地成本", "库内操作费", "计费重", "US$6.70"):
        assert words in page


@pytest.mark.parametrize("query", ["?record=999999999", "?record=1"])
def test_a_record_of_no_or_another_order_is_not_found(shop: Shop, staff: Client, query: str) -> None:
    order = add_order(store=shop.store, number="2002")
    add_decided_order(shop)

    assert staff.get(f"/console/orders/order/{order.pk}/change/{query}").status_code == 404


@pytest.mark.parametrize("key", ["0", "999999999", "x", "1%00"])
def test_an_order_that_is_not_there_is_not_found(staff: Client, key: str) -> None:
    assert staff.get(f"/console/orders/order/{key}/change/").status_code == 404


def test_the_page_is_only_to_be_looked_at(shop: Shop, staff: Client) -> None:
    order = add_decided_order(shop)

    assert staff.post(f"/console/orders/order/{order.pk}/change/", {"state": "7"}).status_code == 405


def test_hostile_text_is_shown_as_text(shop: Shop, staff: Client) -> None:
    order = add_order(store=shop.store, number="3003", recipient="<script>alert(1)</script>")
    raw = markup_of(staff.get(f"/console/orders/order/{order.pk}/change/"))

    assert "<script>alert(1)" not in raw
    assert "&lt;script&gt;alert(1)" in raw


def test_a_split_order_shows_each_shipment_with_its_lines(shop: Shop, staff: Client) -> None:
    """Six lamps: five from near for 9.00 and 0.70, one from far for 5.00 and 0.90."""
    with tenant_scope(tenant_id=shop.tenant.pk):
        Strategy.objects.update(most_shipments=2)
    page = page_of(staff, add_decided_order(shop, units=6))

    assert "Split over 2 warehouses" in page
    assert [text in page for text in ("5 × east-LAMP", "1 × east-LAMP", "$9.70", "$5.90", "$15.60")] == [True] * 5
