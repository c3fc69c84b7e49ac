"""A warehouse that sends an order back, the hand-over to it, and what it ships."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from allocation.core.types import Mode
from allocation.errors import NotWithWarehouse, OrderCannotMove, TrackingNumberInvalid
from allocation.explain import explain_record
from allocation.hand_models import RejectionCause
from allocation.models import ExceptionPolicy, OrderException, OrderInHand, Shipment, WarehouseRejection
from allocation.replay import replay_record
from allocation.services import assign_order, cancel_order, reject_order, release_to_warehouse, resume_order, ship_order
from inventory.models import StockMovement
from orders.models import QueuedOrder
from tests.allocation.scene import LATER, Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


@pytest.fixture
def scene(build: Build) -> Scene:
    """Return a scene where DAL is cheap, NJ1 dear, both hold five lamps, and one order for two of them lies in DAL."""
    scene = build(DAL="5.00", NJ1="7.00", CA1="9.00")
    scene.receive("LAMP", DAL=5, NJ1=5, CA1=5)
    scene.place(LAMP=2)
    scene.drain()
    return scene


def assign(scene: Scene, order: int, warehouse: str) -> int:
    return assign_order(tenant_id=scene.tenant_id, order_id=order, warehouse_id=scene.warehouse(warehouse).pk, actor="Li", at=NOON)


def release(scene: Scene, order: int) -> None:
    release_to_warehouse(tenant_id=scene.tenant_id, order_id=order)


def reject(scene: Scene, order: int, warehouse: str, cause: RejectionCause = RejectionCause.SHORT_PICK) -> int:
    return reject_order(
        tenant_id=scene.tenant_id,
        order_id=order,
        warehouse_id=scene.warehouse(warehouse).pk,
        cause=cause,
        note="bin 7",
        actor="DAL floor",
        at=NOON,
    )


def ship(scene: Scene, order: int, warehouse: str = "DAL", number: str = "1Z999") -> None:
    ship_order(
        tenant_id=scene.tenant_id,
        order_id=order,
        warehouse_id=scene.warehouse(warehouse).pk,
        tracking_number=number,
        actor="DAL floor",
        at=NOON,
    )


def waits(scene: Scene, order: int) -> bool:
    with tenant_scope(tenant_id=scene.tenant_id):
        return QueuedOrder.objects.filter(pk=order).exists()


# Handing over


def test_what_is_handed_over_is_with_the_warehouse_and_can_not_be_assigned_or_cancelled(scene: Scene) -> None:
    (order,) = scene.placed
    release(scene, order)
    assert (scene.state(order), scene.shipments(order)) == ("released", [("DAL", "released")])
    with pytest.raises(OrderCannotMove):
        assign(scene, order, "NJ1")
    with pytest.raises(OrderCannotMove):
        cancel_order(tenant_id=scene.tenant_id, order_id=order, actor="Li", at=NOON)


def test_what_has_no_warehouse_can_not_be_handed_over(scene: Scene) -> None:
    waiting = scene.place(LAMP=1)
    with pytest.raises(OrderCannotMove):
        release(scene, waiting)


# Shipping


def test_what_is_shipped_leaves_the_stock_and_carries_its_tracking_number(scene: Scene) -> None:
    (order,) = scene.placed
    release(scene, order)
    ship(scene, order, number=" 1Z999 ")
    assert (scene.state(order), scene.stock("LAMP", "DAL"), scene.shipments(order)) == ("shipped", (3, 0), [("DAL", "shipped")])
    with tenant_scope(tenant_id=scene.tenant_id):
        assert Shipment.objects.get().tracking_number == "1Z999"
        movement = StockMovement.objects.get(kind="shipment")
        assert (movement.delta_units, movement.on_hand_after, movement.reference, movement.actor) == (-2, 3, "1001", "DAL floor")


def test_what_is_shipped_is_in_nobody_s_hands(scene: Scene) -> None:
    (order,) = scene.placed
    assign(scene, order, "DAL")
    release(scene, order)
    ship(scene, order)
    with tenant_scope(tenant_id=scene.tenant_id):
        assert not OrderInHand.objects.exists()


def test_a_warehouse_ships_only_what_was_handed_over_to_it(scene: Scene) -> None:
    (order,) = scene.placed
    with pytest.raises(OrderCannotMove):
        ship(scene, order)
    release(scene, order)
    with pytest.raises(NotWithWarehouse):
        ship(scene, order, "NJ1")
    assert scene.stock("LAMP", "NJ1") == (5, 0)


@pytest.mark.parametrize("number", ["", " ", "x" * 65, "1Z\n999"])
def test_a_tracking_number_is_one_line_of_text(scene: Scene, number: str) -> None:
    (order,) = scene.placed
    release(scene, order)
    with pytest.raises(TrackingNumberInvalid):
        ship(scene, order, number=number)


# Sending back


def test_what_is_sent_back_frees_its_units_and_waits_again(scene: Scene) -> None:
    (order,) = scene.placed
    release(scene, order)
    record_id = reject(scene, order, "DAL")
    assert (scene.state(order), waits(scene, order), scene.held(order)) == ("pending", True, {})
    assert scene.shipments(order) == [("DAL", "cancelled")]
    last = scene.records(order)[-1]
    assert (last.pk, last.mode, last.reason, last.actor) == (record_id, Mode.REJECTED, "short_pick: bin 7", "DAL floor")


def test_an_order_that_was_not_handed_over_yet_can_be_sent_back_too(scene: Scene) -> None:
    (order,) = scene.placed
    reject(scene, order, "DAL")
    assert scene.state(order) == "pending"


def test_only_the_warehouse_that_has_an_order_sends_it_back(scene: Scene) -> None:
    (order,) = scene.placed
    with pytest.raises(NotWithWarehouse):
        reject(scene, order, "NJ1")
    ship_first(scene, order)
    with pytest.raises(OrderCannotMove):
        reject(scene, order, "DAL")


def ship_first(scene: Scene, order: int) -> None:
    release(scene, order)
    ship(scene, order)


def test_the_company_sets_how_many(scene: Scene) -> None:
    (order,) = scene.placed
    with tenant_scope(tenant_id=scene.tenant_id):
        ExceptionPolicy.objects.create(tenant=scene.tenant, most_rejections=1)
    reject(scene, order, "DAL")
    assert scene.reasons(order) == {"reject_limit"}


def test_a_choice_by_hand_that_is_sent_back_is_for_the_person_and_not_for_a_worker(scene: Scene) -> None:
    (order,) = scene.placed
    assign(scene, order, "NJ1")
    reject(scene, order, "NJ1")
    assert (scene.state(order), scene.reasons(order), waits(scene, order)) == ("exception", {"rejected_before"}, False)
    with tenant_scope(tenant_id=scene.tenant_id):
        assert OrderException.objects.get(pk=order).held
        assert OrderInHand.objects.get(pk=order).person == "Li"
        assert WarehouseRejection.objects.get().cause == "short_pick"


def test_it_is_decided_again_without_the_warehouse_that_sent_it_back(scene: Scene) -> None:
    (order,) = scene.placed
    reject(scene, order, "DAL")
    scene.drain()
    assert scene.decision(order) == ("smart", "NJ1", 700)
    with tenant_scope(tenant_id=scene.tenant_id):
        records = scene.records(order)
        assert [replay_record(record).differences for record in records] == [(), (), ()]
        told = {warehouse.code: warehouse.rejection for warehouse in explain_record(records[-1]).warehouses}
    assert told == {"DAL": "rejected_before", "NJ1": None, "CA1": None}


def test_another_order_is_decided_with_it(scene: Scene) -> None:
    reject(scene, scene.placed[0], "DAL")
    other = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(other) == ("smart", "DAL", 500)


def test_after_as_many_rejections_as_the_company_accepts_a_person_must_decide(scene: Scene) -> None:
    (order,) = scene.placed
    reject(scene, order, "DAL")
    scene.drain()
    reject(scene, order, "NJ1", RejectionCause.DAMAGED)
    assert (scene.state(order), scene.reasons(order), waits(scene, order)) == ("exception", {"reject_limit"}, False)
    scene.receive("LAMP", DAL=5)
    assert (scene.retry(at=LATER), scene.drain().decided) == (0, 0)
    assign(scene, order, "CA1")
    assert scene.decision(order) == ("manual", "CA1", 900)


def test_a_person_may_give_it_back_to_automation(scene: Scene) -> None:
    (order,) = scene.placed
    with tenant_scope(tenant_id=scene.tenant_id):
        ExceptionPolicy.objects.create(tenant=scene.tenant, most_rejections=1)
    reject(scene, order, "DAL")
    resume_order(tenant_id=scene.tenant_id, order_id=order, actor="Li", at=NOON)
    scene.drain()
    assert scene.decision(order) == ("smart", "NJ1", 700)
