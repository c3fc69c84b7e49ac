"""The workbench by its addresses: what is found, what may be chosen, what a button does, who may press it."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from allocation.models import OrderInHand, Record, Strategy
from allocation.services import assign_order
from inventory.models import Warehouse
from orders.models import Order
from tests.carriers.live.stub_server import StubServer
from tests.console.shop import Shop, add_decided_order, add_live_service, add_shop
from tests.markup import markup_of
from tests.world import NOON, add_channel, add_lane, add_member
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db

PART = {"HX-Request": "true", "Accept-Language": "en"}


@pytest.fixture
def staff(shop: Shop, client: Client) -> Client:
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATIONS, username="li"))
    return client


def text_of(response) -> str:
    return re.sub(r"\s+", " ", html.unescape(markup_of(response)))


def newest(shop: Shop, order: Order) -> Record:
    with tenant_scope(tenant_id=shop.tenant.pk):
        record: Record = Record.objects.filter(order=order).select_related("warehouse").order_by("-pk")[0]
        return record


def act(staff: Client, shop: Shop, order: Order, *, seen: int | None = None, **pressed: Any):
    data = {"seen": str(newest(shop, order).pk if seen is None else seen), "reason": "", **pressed}
    return staff.post(f"/console/workbench/{order.pk}/", data, headers=PART)


def test_finds_orders_and_shows_queues_with_their_sizes(shop: Shop, staff: Client) -> None:
    add_decided_order(shop, number="A-1001")
    add_decided_order(shop, number="A-1002", units=9)

    found = text_of(staff.get("/console/workbench/", {"q": "1001"}, headers=PART))
    assert "A-1001" in found
    assert "A-1002" not in found
    queue = text_of(staff.get("/console/workbench/?queue=exceptions", headers={"Accept-Language": "en"}))
    assert re.search(r"Exceptions\s<span>1</span>", queue)
    assert "not enough stock" in queue
    assert staff.get("/console/exceptions/").headers["Location"] == "/console/workbench/?queue=exceptions"


def test_shows_every_warehouse_with_its_cost_and_the_difference(shop: Shop, staff: Client) -> None:
    page = text_of(staff.get(f"/console/workbench/{add_decided_order(shop).pk}/", headers=PART))

    assert re.search(r"<kbd>1</kbd> east-NEAR.*here now.*\$5\.70.*<kbd>2</kbd> east-FAR.*\$5\.90.*\+\$0\.20", page)
    assert "<svg" in page
    assert "<html" not in page


def test_a_blocked_warehouse_says_why_and_what_would_help(shop: Shop, staff: Client) -> None:
    page = text_of(staff.get(f"/console/workbench/{add_decided_order(shop, units=6).pk}/", headers=PART))

    assert "east-LAMP 5/6" in page
    assert "Transfer to east-NEAR" in page
    assert "1 × east-LAMP ← east-FAR" in page
    assert "Split it: east-NEAR, east-FAR hold all of it together." in page


def test_choosing_assigns_and_undoing_takes_it_back(shop: Shop, staff: Client) -> None:
    order = add_decided_order(shop)

    answer = act(staff, shop, order, choose=str(shop.far.pk), reason="the customer asked")
    assert answer.status_code == 200
    assert "Assigned to east-FAR" in text_of(answer)
    record = newest(shop, order)
    assert (record.warehouse.code, record.actor, record.reason) == ("east-FAR", "li", "the customer asked")
    assert "The assignment was undone." in text_of(act(staff, shop, order, act="undo"))
    assert newest(shop, order).warehouse.code == "east-NEAR"


def test_a_conflict_says_who_changed_it_and_shows_the_order_as_it_stands(shop: Shop, staff: Client) -> None:
    order = add_decided_order(shop)
    seen = newest(shop, order).pk
    assign_order(tenant_id=shop.tenant.pk, order_id=order.pk, warehouse_id=shop.far.pk, actor="Wu", at=NOON)

    answer = act(staff, shop, order, seen=seen, choose=str(shop.near.pk))
    assert answer.status_code == 409
    page = text_of(answer)
    assert "changed meanwhile by Wu: it is now “allocated”, warehouse east-FAR" in page
    assert re.search(r"east-FAR Warehouse east-FAR <span class=\"fc-badge fc-good\">here now", page)
    assert f'name="seen" value="{newest(shop, order).pk}"' in page
    assert newest(shop, order).actor == "Wu"


def test_a_refusal_is_shown_and_nothing_changes(shop: Shop, staff: Client) -> None:
    order = add_decided_order(shop, units=2)

    answer = act(staff, shop, order, choose=str(shop.far.pk))
    assert answer.status_code == 422
    assert "Warehouse east-FAR can't serve order 1001: not enough stock" in text_of(answer)
    assert newest(shop, order).warehouse.code == "east-NEAR"


@pytest.mark.parametrize(
    ("pressed", "said", "state"),
    [
        ("hold", "held for review", "in review"),
        ("exclude", "Automation leaves this order alone", "allocated"),
    ],
)
def test_buttons_hold_and_exclude(shop: Shop, staff: Client, pressed: str, said: str, state: str) -> None:
    order = add_decided_order(shop)

    page = text_of(act(staff, shop, order, act=pressed))
    assert said in page
    assert state in page
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert OrderInHand.objects.get(pk=order.pk).person == "li"
    back = "resume" if pressed == "hold" else "include"
    assert act(staff, shop, order, act=back).status_code == 200
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert not OrderInHand.objects.exists()


def test_an_address_is_corrected(shop: Shop, staff: Client) -> None:
    order = add_decided_order(shop, units=9)

    address: dict[str, Any] = {
        "country": "US",
        "postcode": "75201",
        "city": "Dallas",
        "address": "1 Main St",
        "recipient": "Ada",
        "state_code": "",
    }
    assert "The address was corrected." in text_of(act(staff, shop, order, act="fix", **address))
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert Order.objects.get(pk=order.pk).city == "Dallas"
    assert act(staff, shop, order, act="fix", **{**address, "postcode": "nowhere"}).status_code == 422


def test_many_are_looked_at_and_moved(shop: Shop, staff: Client) -> None:
    first, second = add_decided_order(shop, number="1001"), add_decided_order(shop, number="1002")
    data = {"ticked": [f"{order.pk}:{newest(shop, order).pk}" for order in (first, second)], "warehouse": str(shop.far.pk)}

    look = text_of(staff.post("/console/workbench/bulk/", {**data, "step": "preview"}, headers=PART))
    assert "What the move would do" in look
    assert "Move those that can be moved" in look
    assert newest(shop, first).warehouse.code == "east-NEAR"
    done = text_of(staff.post("/console/workbench/bulk/", {**data, "step": "move", "partly": "1"}, headers=PART))
    assert "1 order was moved" in done
    assert (newest(shop, first).warehouse.code, newest(shop, second).warehouse.code) == ("east-FAR", "east-NEAR")
    assert "Tick some orders" in text_of(staff.post("/console/workbench/bulk/", {"step": "preview"}, headers=PART))


def test_a_move_is_taken_back_as_a_whole(shop: Shop, staff: Client) -> None:
    order = add_decided_order(shop)
    data = {"ticked": [f"{order.pk}:{newest(shop, order).pk}"], "warehouse": str(shop.far.pk)}
    done = text_of(staff.post("/console/workbench/bulk/", {**data, "step": "move"}, headers=PART))
    undo = f"{order.pk}:{newest(shop, order).pk}"
    assert f'value="{undo}"' in done
    again = text_of(staff.post("/console/workbench/bulk/", {"ticked": [undo], "step": "undo"}, headers=PART))
    assert "1 order was taken back" in again
    assert newest(shop, order).warehouse.code == "east-NEAR"
    stale = text_of(staff.post("/console/workbench/bulk/", {"ticked": [undo], "step": "undo"}, headers=PART))
    assert "Nothing was taken back" in stale
    assert "was changed meanwhile" in stale


def test_only_who_may_override_limits_moves_many_over_them(shop: Shop, staff: Client, client: Client) -> None:
    order = add_decided_order(shop)
    with tenant_scope(tenant_id=shop.tenant.pk):
        Strategy.objects.update(most_over_cheapest_minor=10)
    data = {"ticked": [f"{order.pk}:{newest(shop, order).pk}"], "warehouse": str(shop.far.pk), "forced": "1", "reason": "flood"}
    assert 'name="forced"' not in text_of(staff.get("/console/workbench/?q=1001", headers=PART))
    refused = text_of(staff.post("/console/workbench/bulk/", {**data, "step": "move"}, headers=PART))
    assert "Your role does not let you override the limits of smart allocation" in refused
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATOR, username="chief"))
    assert 'name="forced"' in text_of(client.post("/console/workbench/bulk/", {**data, "step": "preview"}, headers=PART))
    client.post("/console/workbench/bulk/", {**data, "step": "move"}, headers=PART)
    assert (newest(shop, order).warehouse.code, newest(shop, order).reason) == ("east-FAR", "over_cheapest: flood")


def test_a_move_over_limits_without_a_reason_keeps_what_was_chosen(shop: Shop, staff: Client, client: Client) -> None:
    order = add_decided_order(shop)
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATOR, username="chief"))
    ticked = f"{order.pk}:{newest(shop, order).pk}"
    data = {"ticked": [ticked], "warehouse": str(shop.near.pk), "forced": "1", "reason": " ", "step": "move"}
    page = text_of(client.post("/console/workbench/bulk/?q=1001", data, headers={"Accept-Language": "en"}))
    assert "Say why limits may be overridden" in page
    assert "What the move would do" in page
    assert f'name="ticked" value="{ticked}" checked' in page
    assert f'<option value="{shop.near.pk}" selected>' in page
    assert 'name="forced" value="1" checked' in page
    assert f'<input type="hidden" name="ticked" value="{ticked}">' in page
    assert newest(shop, order).actor is None


def test_a_whole_page_comes_without_htmx_and_weighs_little(shop: Shop, staff: Client) -> None:
    with tenant_scope(tenant_id=shop.tenant.pk):
        Warehouse.objects.filter(code="east-FAR").update(name="Far <b>away</b>")
    for number in range(1001, 1051):
        add_decided_order(shop, number=str(number), units=9)
    answer = staff.get(f"/console/workbench/{add_decided_order(shop, number='2001').pk}/", headers={"Accept-Language": "en"})

    assert answer.content.startswith(b"\n") or b"<html" in answer.content
    assert answer.content.count(b"data-row") == 50
    assert b"<b>away" not in answer.content
    assert len(answer.content) <= 80_000


def test_who_may_only_look_finds_no_button_and_no_way_around_it(shop: Shop, client: Client) -> None:
    order = add_decided_order(shop)
    client.force_login(add_member(tenant=shop.tenant, role=Role.READ_ONLY))

    page = markup_of(client.get(f"/console/workbench/{order.pk}/", headers=PART))
    assert 'name="choose"' not in page
    for address in (f"/console/workbench/{order.pk}/", "/console/workbench/bulk/"):
        assert client.post(address, {"choose": shop.far.pk}).status_code == 403
    assert newest(shop, order).warehouse.code == "east-NEAR"


def test_operations_staff_override_no_limit(shop: Shop, staff: Client) -> None:
    order = add_decided_order(shop)

    answer = act(staff, shop, order, force=str(shop.far.pk), reason="because")
    assert answer.status_code == 422
    assert "Your role does not let you override the limits of smart allocation" in text_of(answer)


def test_another_company_s_order_is_not_found(shop: Shop, staff: Client) -> None:
    theirs = add_decided_order(add_shop(code="west"))

    assert staff.get(f"/console/workbench/{theirs.pk}/").status_code == 404
    assert act(staff, shop, add_decided_order(shop), choose="x").status_code == 200
    assert staff.post(f"/console/workbench/{theirs.pk}/", {"act": "hold"}).status_code == 404


def test_speaks_chinese(shop: Shop, staff: Client) -> None:
    order = add_decided_order(shop)
    page = text_of(staff.get(f"/console/workbench/{order.pk}/", headers={"Accept-Language": "zh-hans"}))

    for words in ("手动分仓", "异常订单", "超期", "当前候选仓库", "落地成本", "分配"):
        assert words in page


def test_live_prices_are_asked_for_by_a_button_and_a_choice_commits_what_was_seen(
    committed_db: None, client: Client, settings: Any
) -> None:
    shop = add_shop(code="east")
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATIONS, username="li"))
    order = add_decided_order(shop, number="A-1001")
    channel = add_channel(carrier=shop.channel.carrier, code="LIVE", name="Live post")
    add_lane(warehouse=shop.near, channel=channel)
    address = f"/console/workbench/{order.pk}/"
    assert "Ask live prices" not in text_of(client.get(address, headers=PART))
    with StubServer() as stub:
        settings.LIVE_QUOTE_HOSTS = [stub.host]
        add_live_service(shop, channel, stub)
        assert "Ask live prices" in text_of(client.get(address, headers=PART))
        assert client.get(f"{address}?act=ask", headers=PART).status_code == 200
        assert stub.stub.rates_asked("easypost", "ok") == 0
        page = client.post(address, {"act": "ask"}, headers=PART)
        assert "Carriers were asked: 1 of 1 gave a price." in text_of(page)
        assert "live price" in text_of(page)
    seen = re.search(rf'value="{channel.pk}:(\d+)"', page.content.decode())
    assert seen is not None
    cost, picked = int(seen[1]), f"channel-{shop.near.pk}"
    cheaper: dict[str, Any] = {picked: f"{channel.pk}:{cost - 1}"}
    refused = act(client, shop, order, choose=shop.near.pk, **cheaper)
    assert (refused.status_code, "Look again, then choose." in text_of(refused)) == (409, True)
    as_seen: dict[str, Any] = {picked: f"{channel.pk}:{cost}"}
    assert act(client, shop, order, choose=shop.near.pk, **as_seen).status_code == 200
    assert (newest(shop, order).channel_id, newest(shop, order).cost_minor) == (channel.pk, cost)
