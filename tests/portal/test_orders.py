"""The list of a seller's orders, and the page of one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from allocation.models import Record
from allocation.seller_view import view_for_seller
from allocation.services import assign_order
from inventory.models import Sku
from orders.core.states import OrderState
from orders.models import Order
from tests.console.shop import Shop, add_decided_order, add_shop
from tests.markup import markup_of
from tests.world import NOON, add_member, add_order
from wms.portal import order_list
from wms.portal.order_list import Key, OrderFilter
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return add_shop(code="east")


@pytest.fixture
def seller(shop: Shop) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(add_member(tenant=shop.tenant, role=Role.SELLER, seller=shop.seller))
    return client


def numbers_of(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/portal/orders/\d+/">([^<]+)</a>', page)


def walked(client: Client, address: str) -> list[list[str]]:
    """Return the order numbers of each page from an address to the last."""
    pages = []
    while address:
        page = markup_of(client.get(address))
        pages.append(numbers_of(page))
        onward = re.search(r'href="(\?[^"]+)" rel="next"', page)
        address = f"/portal/{onward[1].replace('&amp;', '&')}" if onward else ""
    return pages


def page_by_page(monkeypatch: pytest.MonkeyPatch, *, size: int, stretch: int = 20_000) -> None:
    monkeypatch.setattr(order_list, "PAGE", size)
    monkeypatch.setattr(order_list, "STRETCH", stretch)


def test_orders_come_newest_first_page_by_page_each_once(shop: Shop, seller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page_by_page(monkeypatch, size=2)
    for number, hours in (("a", 0), ("b", 2), ("c", 2), ("d", 2), ("e", 1)):
        add_order(store=shop.store, number=number, placed_at=NOON + timedelta(hours=hours))

    assert walked(seller, "/portal/") == [["d", "c"], ["b", "e"], ["a"]]


def test_orders_are_found_by_number_state_and_day(shop: Shop, seller: Client) -> None:
    for day, number in enumerate(("A-1", "A-2", "B-1")):
        add_order(store=shop.store, number=number, placed_at=NOON + timedelta(days=day))
    with tenant_scope(tenant_id=shop.tenant.pk):
        Order.objects.filter(external_number="A-2").update(state=OrderState.SHIPPED)

    assert walked(seller, "/portal/?number=A-") == [["A-2", "A-1"]]
    assert walked(seller, f"/portal/?state={OrderState.SHIPPED.value}") == [["A-2"]]
    assert walked(seller, "/portal/?since=2026-03-03&until=2026-03-03") == [["A-2"]]
    assert walked(seller, f"/portal/?number=A-&state={OrderState.PENDING.value}") == [["A-1"]]


def test_what_an_address_says_wrongly_is_left_out(shop: Shop, seller: Client) -> None:
    add_order(store=shop.store, number="a")

    assert walked(seller, "/portal/?state=x&since=2026-13-40&until=never&before=2026~x") == [["a"]]
    assert walked(seller, "/portal/?state=99&before=9999999~1") == [["a"]]
    assert OrderFilter.of({"state": "99", "since": "2026-02-30"}) == OrderFilter()


def test_a_rare_state_is_looked_for_stretch_by_stretch(shop: Shop, seller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page_by_page(monkeypatch, size=2, stretch=3)
    for day in range(7):
        add_order(store=shop.store, number=f"n{day}", placed_at=NOON + timedelta(days=day))
    with tenant_scope(tenant_id=shop.tenant.pk):
        Order.objects.filter(external_number__in=["n0", "n5"]).update(state=OrderState.SHIPPED)

    address = f"/portal/?state={OrderState.SHIPPED.value}"
    assert walked(seller, address) == [["n5"], [], ["n0"]]
    assert "Looked back as far as 2026-03-06." in markup_of(seller.get(address))


def test_a_page_s_key_survives_its_address() -> None:
    key = Key(NOON, 7)

    assert Key.read(str(key)) == key
    assert [Key.read(text) for text in ("", "2026-03-02~7", f"{NOON.isoformat()}~-1", f"{NOON.isoformat()}~{'9' * 30}")] == [None] * 4


def test_an_order_s_page_says_why_it_ships_from_there(shop: Shop, seller: Client) -> None:
    order = add_decided_order(shop)
    page = markup_of(seller.get(f"/portal/orders/{order.pk}/"))

    assert "2 warehouses were looked at." in page
    assert "2 could, for $5.70 to $5.90." in page
    assert "Warehouse east-NEAR was taken: it is cheaper than the next, Warehouse east-FAR, by $0.20." in page
    assert "+$0.20" in page
    assert "east-LAMP: 1 of 1" in page


def test_a_decision_stands_beside_the_one_that_it_superseded_without_what_is_the_company_s(shop: Shop, seller: Client) -> None:
    order = add_decided_order(shop)
    assert "What changed" not in markup_of(seller.get(f"/portal/orders/{order.pk}/"))
    assign_order(tenant_id=shop.tenant.pk, order_id=order.pk, warehouse_id=shop.far.pk, actor="Ann", reason="closer to the port", at=NOON)
    page = markup_of(seller.get(f"/portal/orders/{order.pk}/"))

    compared = page[page.index("What changed") : page.index("</section>", page.index("What changed"))]
    assert "+$0.20" in compared
    assert "<td>east-NEAR Warehouse east-NEAR</td><td><strong>east-FAR Warehouse east-FAR</strong>" in compared
    assert "<td>$5.70</td><td><strong>$5.90</strong>" in compared
    assert "Ann" not in page
    assert "closer to the port" not in page


def test_an_order_that_nothing_serves_says_what_it_waits_for(shop: Shop, seller: Client) -> None:
    order = add_decided_order(shop, units=9)
    page = markup_of(seller.get(f"/portal/orders/{order.pk}/"))

    assert "Why no warehouse" in page
    assert "2 could not serve: not enough stock (east-FAR, east-NEAR)." in page
    assert "It waits, because:" in page


def test_one_that_could_serve_is_told_as_the_only_one(shop: Shop, seller: Client) -> None:
    order = add_decided_order(shop, units=3)

    assert "One could, at $7.70." in markup_of(seller.get(f"/portal/orders/{order.pk}/"))


def test_a_shipment_in_several_parcels_says_so(shop: Shop, seller: Client) -> None:
    one = add_decided_order(shop, number="1001")
    with tenant_scope(tenant_id=shop.tenant.pk):
        Sku.objects.filter(pk=shop.lamp.pk).update(ships_alone=True)
    two = add_decided_order(shop, number="1002", units=2)

    assert "<dt>parcels</dt><dd>2</dd>" in markup_of(seller.get(f"/portal/orders/{two.pk}/"))
    assert "<dt>parcels</dt>" not in markup_of(seller.get(f"/portal/orders/{one.pk}/"))


def test_an_undecided_order_has_a_page(shop: Shop, seller: Client) -> None:
    order = add_order(store=shop.store, number="a", lines=[(shop.lamp, 1)])

    assert "Nothing ships yet." in markup_of(seller.get(f"/portal/orders/{order.pk}/"))


def test_the_story_is_told_in_chinese(shop: Shop) -> None:
    order = add_decided_order(shop)
    client = Client(headers={"Accept-Language": "zh-CN"})
    client.force_login(add_member(tenant=shop.tenant, role=Role.SELLER, seller=shop.seller))

    page = markup_of(client.get(f"/portal/orders/{order.pk}/"))
    assert "比较了 2 个仓库。" in page
    assert "比次低的 Warehouse east-FAR 便宜 US$0.20。" in page


def test_a_record_is_read_within_the_seller_s_own_scope(shop: Shop) -> None:
    order = add_decided_order(shop)
    with tenant_scope(tenant_id=shop.tenant.pk, seller_id=shop.seller.pk):
        view = view_for_seller(Record.objects.get(order=order))

    assert [(seen.code, seen.cost_minor, seen.chosen) for seen in view.warehouses] == [("east-NEAR", 570, True), ("east-FAR", 590, False)]


def test_the_page_shows_the_company_s_own_time(shop: Shop) -> None:
    order = add_order(store=shop.store, number="a")
    with tenant_scope(tenant_id=shop.tenant.pk):
        shop.tenant.timezone = "Asia/Shanghai"
        shop.tenant.save()
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(add_member(tenant=shop.tenant, role=Role.SELLER, seller=shop.seller))

    assert "2026-03-02 20:00" in markup_of(client.get(f"/portal/orders/{order.pk}/"))
    assert timezone.get_current_timezone_name() == "UTC"
    assert translation.get_language() == "en"
