"""The savings ledger: what is in force, added up by day, whatever took the place of what."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from allocation.ledger import keep_ledger
from allocation.overview import Overview, Totals, overview
from allocation.services import assign_order, cancel_order
from orders.core.states import OrderState
from tests.allocation.scene import Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


@pytest.fixture
def scene() -> Scene:
    """Return a scene with four lamps at the cheap DAL and two at NJ1, which is nearer to every address."""
    near, far = {"lat": 40.7, "lon": -74.0}, {"lat": 32.8, "lon": -96.8}
    scene = Scene(DAL="5.00", NJ1="7.00", places={"DAL": far, "NJ1": near})
    scene.receive("LAMP", DAL=4, NJ1=2)
    return scene


def kept(scene: Scene) -> Overview:
    keep_ledger(tenant_id=scene.tenant_id, at=NOON)
    with tenant_scope(tenant_id=scene.tenant_id):
        return overview(since=TODAY - timedelta(days=1), until=TODAY)


def test_decisions_are_added_to_their_day(scene: Scene) -> None:
    scene.place_many(2, LAMP=1)
    scene.drain()
    seen = kept(scene)
    assert seen.total == Totals(orders=2, cost_minor=1000, nearest_cost_minor=1400, cheapest_cost_minor=1000)
    assert seen.total.saved_minor == 400
    assert [(day, totals.orders) for day, totals in seen.days] == [(TODAY - timedelta(days=1), 0), (TODAY, 2)]


def test_nothing_is_added_twice(scene: Scene) -> None:
    scene.place(LAMP=1)
    scene.drain()
    assert keep_ledger(tenant_id=scene.tenant_id, at=NOON) == 1
    assert keep_ledger(tenant_id=scene.tenant_id, at=NOON) == 0
    assert kept(scene).total.orders == 1


def test_a_choice_by_hand_takes_the_place_of_what_was_decided_before(scene: Scene) -> None:
    order = scene.place(LAMP=1)
    scene.drain()
    kept(scene)
    assign_order(tenant_id=scene.tenant_id, order_id=order, warehouse_id=scene.warehouse("NJ1").pk, actor="Li", at=NOON)
    seen = kept(scene)
    assert (seen.total.orders, seen.by_automation.orders, seen.by_hand.orders) == (1, 0, 1)
    assert seen.by_hand.above_cheapest_minor == 200
    assert seen.warehouses[scene.warehouse("DAL").pk].orders == 0
    assert seen.warehouses[scene.warehouse("NJ1").pk].cost_minor == 700


def test_a_cancelled_order_costs_nothing_any_more(scene: Scene) -> None:
    order = scene.place(LAMP=1)
    scene.drain()
    kept(scene)
    cancel_order(tenant_id=scene.tenant_id, order_id=order, actor="Li", at=NOON)
    seen = kept(scene)
    assert seen.total == Totals()
    assert seen.states == {OrderState.CANCELLED: 1}


def test_orders_are_counted_by_state(scene: Scene) -> None:
    scene.place_many(7, LAMP=1)
    scene.drain()
    scene.place(LAMP=1)
    seen = kept(scene)
    assert seen.states == {OrderState.PENDING: 1, OrderState.ALLOCATED: 6, OrderState.EXCEPTION: 1}
    assert seen.allocated_share == (6, 8)
    assert [group.orders for group in seen.reason_groups] == [1]


def test_another_company_s_orders_are_not_counted(scene: Scene) -> None:
    other = Scene(code="westlake", DAL="5.00")
    other.receive("LAMP", DAL=1)
    other.place(LAMP=1)
    other.drain()
    kept(other)
    assert kept(scene).total == Totals()
    assert kept(scene).orders == 0
