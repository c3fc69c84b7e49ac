from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from celery import current_app

from orders.core.packing import unpack_heads, unpack_needs
from orders.core.states import OrderState
from orders.core.types import NewLine, NewOrder
from orders.errors import OrdersRefused
from orders.models import Order, OrderLine, QueuedOrder, Store
from orders.services import head_and_lines, place_orders, queue_orders
from tests.world import NOON, add_seller, add_sku, add_store, add_tenant
from wms.embedded import EmbeddedBroker
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

RECEIVED = NOON + timedelta(hours=1)


class Shop:
    """A tenant with one store that sells two articles."""

    def __init__(self) -> None:
        self.tenant: Tenant = add_tenant()
        self.seller = add_seller(tenant=self.tenant)
        self.store: Store = add_store(seller=self.seller, platform="amazon")
        self.lamp = add_sku(seller=self.seller, code="LAMP").pk
        self.cup = add_sku(seller=self.seller, code="CUP").pk

    def order(self, number: str = "1001", **fields: Any) -> NewOrder:
        fields = {"lines": (NewLine(sku_id=self.lamp, units=2),), "country": "US", "postcode": "10001", "placed_at": NOON, **fields}
        return NewOrder(store_id=self.store.pk, external_number=number, **fields)

    def place(self, *orders: NewOrder) -> tuple[int, ...]:
        return place_orders(tenant_id=self.tenant.pk, orders=orders, at=RECEIVED).order_ids

    def codes(self, *orders: NewOrder) -> list[tuple[int, str, str]]:
        with pytest.raises(OrdersRefused) as caught:
            self.place(*orders)
        assert str(caught.value)
        return [(fault.position, fault.field, fault.error.code) for fault in caught.value.faults]

    def counts(self) -> tuple[int, int, int]:
        with tenant_scope(tenant_id=self.tenant.pk):
            return Order.objects.count(), OrderLine.objects.count(), QueuedOrder.objects.count()


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop()


def test_an_order_is_stored_with_its_lines_and_waits(shop: Shop) -> None:
    lines = (NewLine(sku_id=shop.lamp, units=2), NewLine(sku_id=shop.cup, units=1), NewLine(sku_id=shop.lamp, units=3))
    (order_id,) = shop.place(
        shop.order(lines=lines, recipient="Ada Ng", country="USA", state_code="ny", postcode="10001-0001", value_minor=1299, currency="USD")
    )
    with tenant_scope(tenant_id=shop.tenant.pk):
        order = Order.objects.get(pk=order_id)
        stored = list(order.lines.order_by("number").values_list("number", "sku_id", "units"))
    assert (order.state, order.country, order.state_code, order.postcode) == (OrderState.PENDING, "US", "NY", "10001")
    assert (order.placed_at, order.received_at, order.value_minor) == (NOON, RECEIVED, 1299)
    assert (round(order.lat or 0), round(order.lon or 0)) == (41, -74)
    assert stored == [(1, shop.lamp, 2), (2, shop.cup, 1), (3, shop.lamp, 3)]


def test_the_queue_carries_all_that_a_decision_reads(shop: Shop) -> None:
    promised = date(2026, 3, 9)
    lines = (NewLine(sku_id=shop.cup, units=1), NewLine(sku_id=shop.lamp, units=2), NewLine(sku_id=shop.lamp, units=3))
    (order_id,) = shop.place(shop.order(lines=lines, promised_date=promised, service_level="同日达", residential=False, value_minor=7))
    with tenant_scope(tenant_id=shop.tenant.pk):
        queued = QueuedOrder.objects.get()
    (head,) = unpack_heads([queued.head])
    needs, counts = unpack_needs([queued.lines])
    assert head["order_id"] == order_id == queued.order_id
    assert (head["seller_id"], head["store_id"], head["value_minor"]) == (shop.seller.pk, shop.store.pk, 7)
    assert head["placed_at"] == int(NOON.timestamp())
    assert head["promised_date"] == (promised - date(1970, 1, 1)).days
    assert (head["residential"], head["retried"]) == (0, 0)
    assert [head[name] for name in ("country", "state_code", "postcode", "currency", "platform")] == [
        b"US",
        b"NY",
        b"10001",
        b"USD",
        b"amazon",
    ]
    assert head["service_level"].decode() == "同日达"
    assert (round(float(head["lat"])), round(float(head["lon"]))) == (41, -74)
    assert needs.tolist() == sorted([(shop.lamp, 5), (shop.cup, 1)])
    assert counts.tolist() == [2]


def test_an_unknown_place_is_not_a_number_and_never_zero(shop: Shop) -> None:
    shop.place(shop.order(country="DE", postcode="80331"))
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert Order.objects.get().lat is None
        (head,) = unpack_heads([QueuedOrder.objects.get().head])
    assert np.isnan(head["lat"])
    assert np.isnan(head["lon"])


def test_a_number_that_the_store_has_is_not_a_second_order(shop: Shop) -> None:
    first = shop.place(shop.order("1"), shop.order("2"))
    again = place_orders(tenant_id=shop.tenant.pk, orders=[shop.order("2"), shop.order("3")], at=RECEIVED)
    assert len(first) == 2
    assert again.repeated == ((shop.store.pk, "2"),)
    assert len(again.order_ids) == 1
    assert shop.counts() == (3, 3, 3)


def test_a_number_twice_in_one_call_is_one_order(shop: Shop) -> None:
    placement = place_orders(tenant_id=shop.tenant.pk, orders=[shop.order("1"), shop.order("1")], at=RECEIVED)
    assert (len(placement.order_ids), placement.repeated) == (1, ((shop.store.pk, "1"),))
    assert shop.counts() == (1, 1, 1)


def test_two_stores_may_have_the_same_number(shop: Shop) -> None:
    other = add_store(seller=shop.seller, code="second")
    shop.place(shop.order("1"), replace(shop.order("1"), store_id=other.pk))
    assert shop.counts()[0] == 2


def test_ids_come_in_the_order_of_the_call(shop: Shop) -> None:
    ids = shop.place(*(shop.order(f"{number}") for number in range(50)))
    with tenant_scope(tenant_id=shop.tenant.pk):
        numbers = dict(Order.objects.values_list("pk", "external_number"))
    assert [numbers[order_id] for order_id in ids] == [f"{number}" for number in range(50)]


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"number": " "}, "external_number", "order_number_missing"),
        ({"number": "x" * 65}, "external_number", "text_too_long"),
        ({"recipient": "a\0b"}, "recipient", "text_unprintable"),
        ({"country": "XX"}, "country", "country_unknown"),
        ({"postcode": "99999"}, "postcode", "postcode_unknown"),
        ({"postcode": "1000A"}, "postcode", "postcode_malformed"),
        ({"postcode": ""}, "postcode", "postcode_missing"),
        ({"value_minor": -1}, "value_minor", "order_value_out_of_range"),
        ({"value_minor": 10**30}, "value_minor", "order_value_out_of_range"),
        ({"currency": "usd"}, "currency", "currency_unknown"),
        ({"lines": ()}, "lines", "order_without_lines"),
    ],
)
def test_one_wrong_order_keeps_out_all(shop: Shop, fields: dict[str, Any], field: str, code: str) -> None:
    assert shop.codes(shop.order("fine"), shop.order(**fields)) == [(1, field, code)]
    assert shop.counts() == (0, 0, 0)


@pytest.mark.parametrize("units", [0, -1, 1_000_001, 10**30])
def test_units_are_between_one_and_a_million(shop: Shop, units: int) -> None:
    assert shop.codes(shop.order(lines=(NewLine(sku_id=shop.lamp, units=units),))) == [(0, "units", "units_out_of_range")]


def test_a_sku_of_another_seller_is_unknown(shop: Shop) -> None:
    theirs = add_sku(seller=add_seller(tenant=shop.tenant, code="other")).pk
    assert shop.codes(shop.order(lines=(NewLine(sku_id=theirs, units=1),))) == [(0, "sku", "sku_unknown")]


def test_a_store_of_another_tenant_is_unknown(shop: Shop) -> None:
    theirs = add_store(seller=add_seller(tenant=add_tenant(code="other")))
    assert shop.codes(replace(shop.order(), store_id=theirs.pk)) == [(0, "store", "store_unknown")]


def test_in_a_sellers_own_scope_other_stores_do_not_exist(shop: Shop) -> None:
    other = add_seller(tenant=shop.tenant, code="other")
    with pytest.raises(OrdersRefused):
        place_orders(tenant_id=shop.tenant.pk, orders=[shop.order()], at=RECEIVED, seller_id=other.pk)
    assert len(place_orders(tenant_id=shop.tenant.pk, orders=[shop.order()], at=RECEIVED, seller_id=shop.seller.pk).order_ids) == 1


def test_an_instant_without_a_zone_is_a_mistake_of_the_caller(shop: Shop) -> None:
    with pytest.raises(ValueError, match="time zone"):
        shop.order(placed_at=datetime(2026, 3, 2, 12))  # noqa: DTZ001


def test_stored_orders_go_back_on_the_queue_as_they_were_but_marked(shop: Shop) -> None:
    lines = (NewLine(sku_id=shop.cup, units=1), NewLine(sku_id=shop.lamp, units=2), NewLine(sku_id=shop.lamp, units=3))
    ids = shop.place(shop.order("1", lines=lines, promised_date=date(2026, 3, 9)), shop.order("2", country="DE", postcode="80331"))
    with tenant_scope(tenant_id=shop.tenant.pk):
        before = list(QueuedOrder.objects.order_by("order_id"))
        QueuedOrder.objects.all().delete()
        queue_orders(tenant_id=shop.tenant.pk, order_ids=ids, at=RECEIVED)
        queue_orders(tenant_id=shop.tenant.pk, order_ids=ids, at=RECEIVED)
        after = list(QueuedOrder.objects.order_by("order_id"))
        heads, needs, counts = head_and_lines(order_ids=ids)
    expected = unpack_heads([row.head for row in before]).copy()
    expected["retried"] = 1
    assert unpack_heads([row.head for row in after]).tobytes() == expected.tobytes() == heads.tobytes()
    assert [row.lines for row in after] == [row.lines for row in before]
    assert (needs.tobytes(), counts.tolist()) == (b"".join(row.lines for row in before), [2, 1])


def test_the_workers_are_told_after_the_commit(committed_db: None, broker: EmbeddedBroker) -> None:
    shop = Shop()
    with tenant_scope(tenant_id=shop.tenant.pk):
        shop.place(shop.order())
        with broker.client() as client:
            assert client.llen("celery") == 0
    with broker.client() as client:
        assert client.llen("celery") == 1
        assert b"allocation.drain" in client.lindex("celery", 0)


def test_orders_are_taken_although_the_broker_is_down(committed_db: None, broker: EmbeddedBroker) -> None:
    shop = Shop()
    current_app.pool.force_close_all()
    broker.stop()
    assert len(shop.place(shop.order())) == 1
    assert shop.counts() == (1, 1, 1)
