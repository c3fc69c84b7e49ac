"""Lists: what they show, how they are narrowed, and that their last page costs what the first costs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.core.states import OrderState
from orders.models import Order
from tests.console.shop import Shop, add_decided_order
from tests.markup import markup_of
from tests.world import NOON, add_sku, add_store
from wms.console import paging
from wms.console.pages.orders import OrderAdmin, numbered
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db

ORDERS = "/console/orders/order/"


def add_orders(shop: Shop, numbers: Sequence[str], state: OrderState = OrderState.PENDING) -> None:
    own = {"tenant": shop.tenant, "seller": shop.seller, "store": shop.store, "country": "US", "placed_at": NOON, "received_at": NOON}
    with tenant_scope(tenant_id=shop.tenant.pk):
        Order.objects.bulk_create(Order(external_number=number, state=state.value, **own) for number in numbers)


def text_of(client: Client, address: str, **query: str) -> str:
    page = client.get(address, query, headers={"Accept-Language": "en"})
    assert page.status_code == 200, page.headers
    return markup_of(page)


def numbers_in(text: str) -> list[str]:
    return re.findall(r"/console/orders/order/\d+/change/[^>]*>\s*(\S+?)\s*</a>", text)


def link(text: str, relation: str) -> dict[str, str] | None:
    found = re.search(rf'href="\?([^"]+)" rel="{relation}"', text)
    return dict(parse_qsl(unescape(found[1]))) if found else None


def test_shows_each_order_with_its_decision(shop: Shop, staff: Client) -> None:
    add_decided_order(shop, number="A-1")
    text = text_of(staff, ORDERS)

    assert numbers_in(text) == ["A-1"]
    for words in ("allocated", "east-NEAR", "east-GROUND", "$5.70", "US NY 10001"):
        assert words in text


def test_turns_pages_both_ways_and_shows_every_order_once(shop: Shop, staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OrderAdmin, "list_per_page", 2)
    add_orders(shop, ["1", "2", "3", "4", "5"])

    first = text_of(staff, ORDERS)
    second = text_of(staff, ORDERS, **link(first, "next") or {})
    last = text_of(staff, ORDERS, **link(second, "next") or {})
    assert [numbers_in(page) for page in (first, second, last)] == [["5", "4"], ["3", "2"], ["1"]]
    assert link(first, "prev") is None
    assert link(last, "next") is None

    back = text_of(staff, ORDERS, **link(last, "prev") or {})
    assert numbers_in(back) == ["3", "2"]
    assert numbers_in(text_of(staff, ORDERS, **link(back, "prev") or {})) == ["5", "4"]


def test_counts_to_a_bound_and_then_says_more_than(shop: Shop, staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNT_BOUND", 3)
    add_orders(shop, ["1", "2", "3"])
    assert "3 orders" in text_of(staff, ORDERS)

    add_orders(shop, ["4", "5"])
    assert "more than 3 orders" in text_of(staff, ORDERS)


def test_the_last_of_many_pages_asks_the_database_for_as_little_as_the_first(shop: Shop, staff: Client) -> None:
    add_orders(shop, [str(number) for number in range(300)])
    with tenant_scope(tenant_id=shop.tenant.pk):
        oldest = Order.objects.order_by("pk").values_list("pk", flat=True)[40]

    with CaptureQueriesContext(connection) as first:
        text_of(staff, ORDERS)
    with CaptureQueriesContext(connection) as last:
        text_of(staff, ORDERS, before=str(oldest))
    assert len(last) == len(first)
    assert not any("OFFSET" in query["sql"] for query in last.captured_queries)


def test_finds_orders_by_the_beginning_of_their_number(shop: Shop, staff: Client) -> None:
    add_orders(shop, ["113-1", "113-2", "1130", "112-9", "114-0", "11"])

    assert numbers_in(text_of(staff, ORDERS, q="113-")) == ["113-2", "113-1"]
    assert numbers_in(text_of(staff, ORDERS, q="  113 ")) == ["1130", "113-2", "113-1"]
    assert numbers_in(text_of(staff, ORDERS, q="%")) == []
    assert numbers_in(text_of(staff, ORDERS, q="_")) == []


def test_the_search_is_a_range_in_the_index_of_store_and_number(shop: Shop) -> None:
    with tenant_scope(tenant_id=shop.tenant.pk), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = numbered(Order.objects.all(), "113-").explain()
    assert re.search(r"Index Cond: .*external_number.* >= '113-'.* < '113\.'", plan), plan


def test_narrows_by_state_and_by_warehouse(shop: Shop, staff: Client) -> None:
    add_decided_order(shop, number="served")
    add_decided_order(shop, number="lacking", units=9)
    add_orders(shop, ["waiting"])

    assert numbers_in(text_of(staff, ORDERS, state__exact=str(OrderState.EXCEPTION.value))) == ["lacking"]
    assert numbers_in(text_of(staff, ORDERS, warehouse=str(shop.near.pk))) == ["served"]
    assert numbers_in(text_of(staff, ORDERS, warehouse=str(shop.far.pk))) == []
    assert staff.get(ORDERS, {"warehouse": "x"}).status_code == 302


def test_a_narrowed_page_stops_at_so_many_rows_looked_at_and_leads_on(shop: Shop, staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "ROWS_LOOKED_AT", 2)
    add_decided_order(shop, number="lacking", units=9)
    add_orders(shop, ["1", "2", "3"])
    exceptions = {"state__exact": str(OrderState.EXCEPTION.value)}

    first = text_of(staff, ORDERS, **exceptions)
    assert numbers_in(first) == []
    assert "among 2 looked at" in first
    second = text_of(staff, ORDERS, **(link(first, "next") or {}))
    assert numbers_in(second) == ["lacking"]
    assert "among" not in second
    assert link(second, "next") is None
    assert numbers_in(text_of(staff, ORDERS)) == ["3", "2", "1", "lacking"]


def test_a_filter_starts_over_at_the_first_page(shop: Shop, staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OrderAdmin, "list_per_page", 1)
    add_orders(shop, ["1", "2", "3"])
    second = text_of(staff, ORDERS, **link(text_of(staff, ORDERS), "next") or {})

    assert "state__exact=1" in second
    assert not re.search(r'href="\?[^"]*before=\d+[^"]*state__exact', second)
    assert 'type="hidden" name="before"' not in second


@pytest.mark.parametrize("query", [{"before": "x"}, {"after": "-1"}, {"before": "9" * 30}, {"p": "7"}, {"o": "3"}, {"after": "99999999"}])
def test_an_odd_address_still_shows_the_list(shop: Shop, staff: Client, query: dict[str, str]) -> None:
    add_orders(shop, ["1"])

    assert numbers_in(text_of(staff, ORDERS, **query)) == ["1"]


def test_an_empty_list_says_so(staff: Client) -> None:
    assert "No results found" in text_of(staff, ORDERS)


def test_finds_articles_and_their_stock_by_the_beginning_of_the_code(shop: Shop, staff: Client) -> None:
    add_sku(seller=shop.seller, code="other")

    assert "other" not in text_of(staff, "/console/inventory/sku/", q="east-")
    assert "east-LAMP" in text_of(staff, "/console/inventory/stock/", q="east-LA")
    assert "east-LAMP" not in text_of(staff, "/console/inventory/stock/", q="LAMP")


def test_the_number_of_queries_does_not_grow_with_the_rows(shop: Shop, staff: Client) -> None:
    add_decided_order(shop, number="1")
    text_of(staff, ORDERS)
    with CaptureQueriesContext(connection) as of_one:
        text_of(staff, ORDERS)
    other = add_store(seller=shop.seller, platform="ebay")
    assert other
    for number in range(2, 5):
        add_decided_order(shop, number=str(number))
    with CaptureQueriesContext(connection) as of_four:
        text_of(staff, ORDERS)

    assert len(of_four) == len(of_one)
