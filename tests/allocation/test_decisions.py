"""What the runner decides, commits and writes down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from allocation.core.types import Mode
from allocation.models import OutboxBatch, Shipment, Strategy
from inventory.models import Warehouse
from orders.core.states import OrderState
from orders.models import Order, QueuedOrder
from orders.services import place_orders
from tests.allocation.scene import Scene
from tests.world import NOON, add_strategy
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]

CHICAGO = {"postcode": "60601", "lat": 41.89, "lon": -87.62}
DALLAS = {"postcode": "75201", "lat": 32.79, "lon": -96.80}


def test_ships_from_the_cheapest_warehouse_that_has_the_goods(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=5, NJ1=5)
    order = scene.place(LAMP=2)

    drained = scene.drain()

    assert (drained.allocated, drained.exceptions) == (1, 0)
    assert scene.decision(order) == ("smart", "DAL", 500)
    assert scene.state(order) == "allocated"
    assert scene.held(order) == {("LAMP", "DAL"): 2}
    assert scene.stock("LAMP", "DAL") == (5, 2)
    assert scene.shipments(order) == [("DAL", "planned")]


def test_goes_to_the_next_cheapest_where_the_cheapest_lacks_one_article(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=5, NJ1=5)
    scene.receive("CUP", NJ1=5)
    order = scene.place(LAMP=1, CUP=1)
    scene.drain()
    assert scene.decision(order) == ("smart", "NJ1", 700)
    assert scene.held(order) == {("LAMP", "NJ1"): 1, ("CUP", "NJ1"): 1}


@pytest.mark.parametrize(
    ("apart", "winner"),
    [
        ({"days": {"AAA": 4, "BBB": 3}}, "BBB"),
        ({"places": {"AAA": DALLAS, "BBB": CHICAGO}}, "BBB"),
        ({"places": {"AAA": {"priority": 2}, "BBB": {"priority": 1}}}, "BBB"),
        ({}, "AAA"),
        ({"days": {"AAA": 4, "BBB": 3}, "places": {"AAA": {"priority": 1}, "BBB": {**DALLAS, "priority": 2}}}, "BBB"),
        ({"places": {"AAA": {**DALLAS, "priority": 1}, "BBB": {**CHICAGO, "priority": 2}}}, "BBB"),
    ],
    ids=["fewer days", "shorter way", "priority", "code", "days before way and priority", "way before priority"],
)
def test_equal_costs_are_told_apart(build: Build, apart: dict[str, object], winner: str) -> None:
    scene = build(AAA="5.00", BBB="5.00", **apart)
    scene.receive("LAMP", AAA=5, BBB=5)
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(order) == ("smart", winner, 500)


def test_a_cent_counts_more_than_days_way_and_priority(build: Build) -> None:
    scene = build(AAA="5.00", BBB="4.99", days={"AAA": 1, "BBB": 9}, places={"BBB": {**DALLAS, "priority": 999}})
    scene.receive("LAMP", AAA=5, BBB=5)
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(order) == ("smart", "BBB", 499)


def test_what_no_warehouse_has_becomes_an_exception_with_its_reasons(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="7.00", SEA="1.00", covered=("DAL", "NJ1"))
    scene.receive("LAMP", DAL=1, SEA=9)
    order = scene.place(LAMP=2)

    drained = scene.drain()

    assert (drained.allocated, drained.exceptions) == (0, 1)
    assert scene.state(order) == "exception"
    assert scene.reasons(order) == {"out_of_stock", "not_covered"}
    assert scene.decision(order) == ("exception", None, None)
    assert scene.held(order) == {}
    assert scene.stock("LAMP", "DAL") == (1, 0)


def test_two_lines_of_one_article_are_one_need(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=3, NJ1=4)
    order = scene.place(lines=[("LAMP", 2), ("LAMP", 2)])
    scene.drain()
    assert scene.decision(order) == ("smart", "NJ1", 700)
    assert scene.held(order) == {("LAMP", "NJ1"): 4}


def test_safety_stock_is_kept(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=3, NJ1=3)
    scene.keep_back("LAMP", "DAL", 2)
    first, second = scene.place(LAMP=1), scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(first)[1] == "DAL"
    assert scene.decision(second)[1] == "NJ1"
    assert scene.stock("LAMP", "DAL") == (3, 1)


def test_the_last_units_go_to_the_orders_that_came_first(build: Build) -> None:
    scene = build(DAL="5.00")
    scene.receive("LAMP", DAL=5)
    orders = [scene.place(LAMP=2) for _ in range(3)]
    drained = scene.drain()
    assert (drained.allocated, drained.exceptions) == (2, 1)
    assert [scene.state(order) for order in orders] == ["allocated", "allocated", "exception"]
    assert scene.stock("LAMP", "DAL") == (5, 4)


def test_later_batches_see_what_earlier_ones_took(build: Build) -> None:
    scene = build(DAL="5.00")
    scene.receive("LAMP", DAL=7)
    orders = scene.place_many(10, LAMP=1)
    drained = scene.drain(batch_orders=2)
    assert (drained.allocated, drained.exceptions, drained.batches) == (7, 3, 5)
    assert [scene.state(order) for order in orders] == ["allocated"] * 7 + ["exception"] * 3


def test_the_default_warehouse_serves_what_the_strategy_cannot(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="7.00", covered=("DAL",))
    scene.default_warehouse("NJ1")
    scene.receive("LAMP", NJ1=5)
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(order) == ("default", "NJ1", 700)


def test_the_strategy_comes_before_the_default_warehouse(build: Build) -> None:
    scene = build(DAL="9.00", NJ1="7.00", covered=("DAL",))
    scene.default_warehouse("NJ1")
    scene.receive("LAMP", DAL=5, NJ1=5)
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(order) == ("smart", "DAL", 900)


def test_of_two_strategies_the_one_with_the_smaller_priority_decides(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="7.00", covered=("DAL",))
    add_strategy(tenant=scene.tenant, warehouses=[scene.warehouse("NJ1")], channels=[scene.ground], name="First", priority=1)
    scene.receive("LAMP", DAL=5, NJ1=5)
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(order) == ("smart", "NJ1", 700)


def test_a_strategy_for_other_platforms_does_not_decide(build: Build) -> None:
    scene = build(DAL="5.00")
    with tenant_scope(tenant_id=scene.tenant_id):
        Strategy.objects.update(platforms=["temu"])
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.reasons(order) == {"not_covered"}


def test_an_inactive_warehouse_is_no_candidate(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=5, NJ1=5)
    with tenant_scope(tenant_id=scene.tenant_id):
        Warehouse.objects.filter(code="DAL").update(active=False)
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(order) == ("smart", "NJ1", 700)


def test_a_company_without_an_active_warehouse_gets_exceptions(build: Build) -> None:
    scene = build(DAL="5.00")
    with tenant_scope(tenant_id=scene.tenant_id):
        Warehouse.objects.update(active=False)
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.state(order) == "exception"
    assert scene.reasons(order) == set()


def test_prices_in_yuan_compete_in_dollars(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="5.20")
    yuan = scene.add_channel("YUAN", NJ1="40.00", card={"currency": "CNY"})
    add_strategy(tenant=scene.tenant, warehouses=list(scene.warehouses.values()), channels=[scene.ground, yuan], name="First", priority=1)
    scene.receive("LAMP", DAL=5, NJ1=5)

    scene.add_rate(CNY="0.12", since=date(2026, 1, 1))
    cheap = scene.place(LAMP=1)  # 40 yuan are 4.80 dollars
    scene.drain()
    scene.add_rate(CNY="0.15", since=date(2026, 3, 1))
    dear = scene.place(LAMP=1)  # and 6.00 from March on
    scene.drain()

    assert scene.decision(cheap) == ("smart", "NJ1", 480)
    assert scene.decision(dear) == ("smart", "DAL", 500)


def test_handling_in_yuan_is_part_of_the_landed_cost(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="5.60", places={"DAL": {"handling_currency": "CNY", "handling_per_piece_minor": 400}})
    scene.add_rate(CNY="0.125")
    scene.receive("LAMP", DAL=5, NJ1=5)
    one, two = scene.place(LAMP=1), scene.place(LAMP=2)
    scene.drain()
    assert scene.decision(one) == ("smart", "DAL", 550)  # 5.00 and 4 yuan
    assert scene.decision(two) == ("smart", "NJ1", 560)  # DAL: 5.00 and 8 yuan


def test_without_an_exchange_rate_a_price_does_not_compete(build: Build) -> None:
    scene = build(DAL="5.00", currency="CNY")
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.reasons(order) == {"no_fx"}


def test_a_repeated_order_is_not_a_second_one(build: Build) -> None:
    scene = build(DAL="5.00")
    scene.receive("LAMP", DAL=5)
    order = scene.place("A-1", LAMP=1)
    scene.drain()

    again = place_orders(tenant_id=scene.tenant_id, orders=[scene.new_order("A-1", lines=[("LAMP", 1)])], at=NOON)

    assert again.order_ids == ()
    assert again.repeated == ((scene.store.pk, "A-1"),)
    assert scene.drain().decided == 0
    assert len(scene.records(order)) == 1
    assert scene.stock("LAMP", "DAL") == (5, 1)


def test_a_batch_leaves_the_queue_and_tells_the_outbox(build: Build) -> None:
    scene = build(DAL="5.00")
    scene.receive("LAMP", DAL=1)
    orders = [scene.place(LAMP=1), scene.place(LAMP=1)]
    scene.drain()
    with tenant_scope(tenant_id=scene.tenant_id):
        assert not QueuedOrder.objects.exists()
        assert OutboxBatch.objects.get().record_ids == [scene.records(order)[-1].pk for order in orders]


def test_a_queue_row_left_of_an_order_that_waits_no_more_stops_nobody(build: Build) -> None:
    scene = build(DAL="5.00")
    scene.receive("LAMP", DAL=5)
    stale, waiting = scene.place(LAMP=1), scene.place(LAMP=1)
    with tenant_scope(tenant_id=scene.tenant_id):
        Order.objects.filter(pk=stale).update(state=OrderState.REVIEW)

    scene.drain()

    assert scene.state(waiting) == "allocated"
    assert scene.records(stale) == []


def test_what_the_shipment_costs_line_by_line_adds_up_to_its_total(build: Build) -> None:
    scene = build(DAL="5.00", places={"DAL": {"handling_per_order_minor": 30, "handling_per_piece_minor": 20}})
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=2)
    scene.drain()
    with tenant_scope(tenant_id=scene.tenant_id):
        shipment = Shipment.objects.get(order_id=order)
    assert shipment.cost_lines == [500, 70]
    assert scene.decision(order) == ("smart", "DAL", 570)


def test_handling_per_tag_is_due_once_an_order_and_can_send_it_elsewhere(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="6.00", places={"DAL": {"handling_per_tag_minor": {"fragile": 150, "liquid": 90}}})
    scene.add_sku("VASE", tags=["fragile", "gift"])
    scene.receive("LAMP", DAL=9, NJ1=9)
    scene.receive("VASE", DAL=9, NJ1=1)
    plain, fragile, only_there = scene.place(LAMP=1), scene.place(VASE=1, LAMP=1), scene.place(VASE=2)
    scene.drain()
    assert scene.decision(plain) == ("smart", "DAL", 500)
    assert scene.decision(fragile) == ("smart", "NJ1", 600)
    assert scene.decision(only_there) == ("smart", "DAL", 650)


def test_a_record_says_what_the_nearest_would_have_cost(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="7.00", places={"DAL": DALLAS})
    scene.receive("LAMP", DAL=5, NJ1=5)
    order = scene.place(LAMP=1)
    scene.drain()
    record = scene.records(order)[-1]
    assert (record.mode, record.cost_minor, record.nearest_cost_minor) == (Mode.SMART, 500, 700)
