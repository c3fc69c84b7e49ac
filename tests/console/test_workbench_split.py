"""An order is split by hand in the workbench: what is offered, what the parts would cost, and what is wrong with what was typed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from allocation.core.types import Mode
from allocation.models import Record, Strategy, StrategyChannel
from allocation.runner import drain_tenant
from allocation.services import assign_order, release_to_warehouse
from inventory.models import Warehouse
from orders.models import Order
from tests.console.shop import Shop, add_decided_order, add_shop
from tests.console.test_workbench import PART, newest, text_of
from tests.world import (
    NOON,
    add_channel,
    add_lane,
    add_member,
    add_order,
    add_rate_card,
    add_sku,
    add_warehouse,
    flat_card,
    queue_order,
    set_stock,
)
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(shop: Shop, client: Client) -> Client:
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATIONS, username="li"))
    return client


@pytest.fixture
def order(shop: Shop) -> Order:
    """Return an order for three lamps, which ships from near: with what it holds, 5 lamps are free there and 1 is at far."""
    return add_decided_order(shop, units=3)


def units(shop: Shop, *, near: str = "", far: str = "") -> dict[str, Any]:
    return {f"units-{shop.lamp.pk}-{shop.near.pk}": near, f"units-{shop.lamp.pk}-{shop.far.pk}": far}


def post(staff: Client, shop: Shop, order: Order, step: str, *, language: str = "en", seen: int | None = None, **data: Any):
    data = {"seen": str(newest(shop, order).pk if seen is None else seen), "reason": "", "step": step, **data}
    return staff.post(f"/console/workbench/{order.pk}/split/", data, headers={**PART, "Accept-Language": language})


def looked_at(page: str) -> str:
    return page.partition('name="looked_at" value="')[2].partition('"')[0]


def held(shop: Shop, order: Order) -> tuple[str, str, int]:
    """Return the newest decision of an order by its mode and warehouse, and how many there were."""
    record = newest(shop, order)
    with tenant_scope(tenant_id=shop.tenant.pk):
        return Mode(record.mode).name.lower(), record.warehouse.code, Record.objects.filter(order=order).count()


def test_only_warehouses_with_free_stock_are_offered_with_it(shop: Shop, staff: Client, order: Order) -> None:
    add_lane(warehouse=add_warehouse(tenant=shop.tenant, code="east-BARE"), channel=shop.channel)

    page = text_of(staff.get(f"/console/workbench/{order.pk}/split/", headers=PART))
    assert "3 × east-LAMP" in page
    assert 'east-NEAR <span class="fc-help">5 free' in page
    assert 'east-FAR <span class="fc-help">1 free' in page
    assert "east-BARE" not in page
    assert "fc-errors" not in page
    assert "Split by hand" in text_of(staff.get(f"/console/workbench/{order.pk}/", headers=PART))


def test_parts_are_looked_at_then_shipped_then_taken_back(shop: Shop, staff: Client, order: Order) -> None:
    typed = units(shop, near="2", far="1")
    page = text_of(post(staff, shop, order, "preview", **typed))
    for words in ("$6.70", "$5.90", "All parts together", "$12.60", "In one parcel from east-NEAR", "$7.70", "+$4.90"):
        assert words in page
    assert held(shop, order) == ("smart", "east-NEAR", 1)

    done = post(staff, shop, order, "split", looked_at=looked_at(page), **typed)
    assert "The order ships in parts now" in text_of(done)
    assert done.headers["HX-Replace-Url"] == f"/console/workbench/{order.pk}/"
    assert held(shop, order) == ("manual", "east-NEAR", 2)
    assert newest(shop, order).cost_minor == 1260
    staff.post(f"/console/workbench/{order.pk}/", {"seen": newest(shop, order).pk, "act": "undo"}, headers=PART)
    assert newest(shop, order).cost_minor == 770


def test_parts_that_nobody_looked_at_are_shown_first(shop: Shop, staff: Client, order: Order) -> None:
    page = text_of(post(staff, shop, order, "preview", **units(shop, near="2", far="1")))
    changed = text_of(post(staff, shop, order, "split", looked_at=looked_at(page), **units(shop, near="3", far="")))
    assert "names two warehouses or more" in changed
    assert held(shop, order)[2] == 1
    by_name: dict[str, Any] = {f"channel-{shop.near.pk}": str(shop.channel.pk)}
    again = text_of(post(staff, shop, order, "split", looked_at=looked_at(page), **units(shop, near="2", far="1"), **by_name))
    assert "The parts were changed since you looked at their prices" in again
    assert held(shop, order)[2] == 1


@pytest.mark.parametrize(
    ("near", "far", "english", "chinese"),
    [
        ("2", "", "The order asks for 3 units of it, the parts have 2.", "订单需要 3 件，各部分合计 2 件。"),
        ("0", "0", "The order asks for 3 units of it, the parts have 0.", "订单需要 3 件，各部分合计 0 件。"),
        ("1", "2", "east-FAR has 1 free unit of it, not 2.", "east-FAR 只有 1 件可用，不足 2 件。"),
        ("two", "1", "“two” for east-NEAR is no whole number of units.", "east-NEAR 填写的“two”不是整数件数。"),
        ("-2", "5", "“-2” for east-NEAR is no whole number of units.", "east-NEAR 填写的“-2”不是整数件数。"),
    ],
)
def test_what_is_wrong_stands_by_its_line_and_what_was_typed_stays(
    shop: Shop, staff: Client, order: Order, near: str, far: str, english: str, chinese: str
) -> None:
    for language, sentence in (("en", english), ("zh-hans", chinese)):
        for step in ("preview", "split"):
            answer = post(staff, shop, order, step, language=language, **units(shop, near=near, far=far), reason="a gift")
            assert answer.status_code == 422
            page = text_of(answer)
            assert sentence in page
            assert f'value="{near}"' in page
            assert 'value="a gift"' in page
    assert held(shop, order) == ("smart", "east-NEAR", 1)


def test_a_warehouse_that_is_not_offered_is_refused_by_name(shop: Shop, staff: Client, order: Order) -> None:
    bare = add_warehouse(tenant=shop.tenant, code="east-BARE")
    typed = {**units(shop, near="2"), f"units-{shop.lamp.pk}-{bare.pk}": "1"}
    answer = post(staff, shop, order, "preview", **typed)
    assert answer.status_code == 422
    assert "east-BARE has no free unit of it, so it is not offered; 1 were typed." in text_of(answer)


def test_each_article_has_a_line_and_each_warehouse_its_channel(shop: Shop, staff: Client) -> None:
    rug = add_sku(seller=shop.seller, code="east-RUG")
    set_stock(sku=rug, warehouse=shop.far, on_hand=4)
    air = add_channel(carrier=shop.channel.carrier, code="east-AIR")
    add_rate_card(channel=air, zone_chart=shop.card.zone_chart, document=flat_card(first_kg="9.00"), source="air")
    add_lane(warehouse=shop.far, channel=air)
    with tenant_scope(tenant_id=shop.tenant.pk):
        StrategyChannel.objects.create(tenant=shop.tenant, strategy=Strategy.objects.get(), channel=air)
    order = add_order(store=shop.store, number="2001", lines=[(shop.lamp, 2), (rug, 1)])
    queue_order(order=order)
    drain_tenant(tenant_id=shop.tenant.pk, at=NOON)

    typed = {**units(shop, near="2"), f"units-{rug.pk}-{shop.far.pk}": "1", f"channel-{shop.far.pk}": str(air.pk)}
    page = text_of(post(staff, shop, order, "preview", **typed))
    assert "No warehouse can ship the whole order." in page
    assert "$9.90" in page
    assert f'<option value="{air.pk}" selected>' in page


def test_who_was_slower_reads_who_was_faster_and_keeps_what_they_typed(shop: Shop, staff: Client, order: Order) -> None:
    typed, seen = units(shop, near="2", far="1"), newest(shop, order).pk
    page = text_of(post(staff, shop, order, "preview", **typed))
    assign_order(tenant_id=shop.tenant.pk, order_id=order.pk, warehouse_id=shop.near.pk, actor="Wu", at=NOON)

    answer = post(staff, shop, order, "split", seen=seen, looked_at=looked_at(page), **typed)
    assert answer.status_code == 409
    told = text_of(answer)
    assert "changed meanwhile by Wu" in told
    assert 'value="2"' in told
    assert f'name="seen" value="{newest(shop, order).pk}"' in told
    assert held(shop, order) == ("manual", "east-NEAR", 2)


def test_an_order_with_the_warehouse_is_no_longer_split(shop: Shop, staff: Client, order: Order) -> None:
    release_to_warehouse(tenant_id=shop.tenant.pk, order_id=order.pk)
    assert "wb-split" not in text_of(staff.get(f"/console/workbench/{order.pk}/split/", headers=PART))
    answer = post(staff, shop, order, "preview", **units(shop, near="2", far="1"))
    assert answer.status_code == 422
    assert "wb-split" not in text_of(answer)


def test_limits_are_overridden_only_by_who_may_and_with_a_reason(shop: Shop, staff: Client, order: Order, client: Client) -> None:
    with tenant_scope(tenant_id=shop.tenant.pk):
        Warehouse.objects.filter(pk=shop.far.pk).update(daily_capacity=0)
    typed = {**units(shop, near="2", far="1"), "forced": "1"}
    assert "can't serve order" in text_of(post(staff, shop, order, "preview", **units(shop, near="2", far="1")))
    assert "Your role does not let you override" in text_of(post(staff, shop, order, "preview", **typed))
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATOR, username="chief"))
    page = text_of(post(client, shop, order, "preview", **typed))
    missing = post(client, shop, order, "split", looked_at=looked_at(page), **typed)
    assert "Say why a limit may be overridden" in text_of(missing)
    post(client, shop, order, "split", looked_at=looked_at(page), **{**typed, "reason": "they stay late"})
    assert held(shop, order)[0] == "forced"


def test_who_may_not_assign_and_other_companies_find_no_form(shop: Shop, staff: Client, order: Order, client: Client) -> None:
    theirs = add_decided_order(add_shop(code="west"), units=2)
    assert staff.get(f"/console/workbench/{theirs.pk}/split/").status_code == 404
    assert post(staff, shop, theirs, "split", seen=0, **units(shop, near="1", far="1")).status_code == 404
    client.force_login(add_member(tenant=shop.tenant, role=Role.READ_ONLY))
    assert client.get(f"/console/workbench/{order.pk}/split/").status_code == 403
    assert client.post(f"/console/workbench/{order.pk}/split/", {}).status_code == 403


def test_it_works_without_a_script(shop: Shop, staff: Client, order: Order) -> None:
    data = {"seen": newest(shop, order).pk, "step": "preview", **units(shop, near="2", far="1")}
    page = text_of(staff.post(f"/console/workbench/{order.pk}/split/?q=1001", data, headers={"Accept-Language": "en"}))
    assert "<html" in page
    assert f'action="/console/workbench/{order.pk}/split/?q=1001"' in page
    assert "$12.60" in page
