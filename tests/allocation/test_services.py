"""What people do to a decision: assign, undo, cancel, count."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from allocation.errors import LaneUnknown, NothingToUndo, OrderCannotMove, OrderNotFound, WarehouseCannotServe
from allocation.models import OrderException, OutboxBatch, Shipment, ShipmentState
from allocation.services import assign_order, cancel_order, undo_assignment
from carriers.models import Channel
from inventory.models import StockMovement, Warehouse
from orders.core.states import OrderState
from orders.models import Order, QueuedOrder
from tests.allocation.scene import Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


@pytest.fixture
def scene(build: Build) -> Scene:
    """Return a scene where DAL is cheap, NJ1 dear, both hold five lamps, and one order for two of them lies in DAL."""
    scene = build(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=5, NJ1=5)
    scene.place(LAMP=2)
    scene.drain()
    return scene


def assign(scene: Scene, order: int, warehouse: str, *, channel: Channel | None = None, reason: str = "") -> int:
    return assign_order(
        tenant_id=scene.tenant_id,
        order_id=order,
        warehouse_id=scene.warehouse(warehouse).pk,
        channel_id=channel.pk if channel else None,
        actor="Li",
        reason=reason,
        at=NOON,
    )


def undo(scene: Scene, order: int) -> int:
    return undo_assignment(tenant_id=scene.tenant_id, order_id=order, actor="Wu", at=NOON)


def cancel(scene: Scene, order: int) -> int:
    return cancel_order(tenant_id=scene.tenant_id, order_id=order, actor="Li", reason="customer", at=NOON)


def chain(scene: Scene, order: int) -> list[tuple[str, str | None]]:
    """Return (mode, warehouse) of an order's records, having seen that each supersedes the one before."""
    records = scene.records(order)
    assert [record.supersedes for record in records] == [None, *(record.pk for record in records[:-1])]
    return [(record.get_mode_display(), record.warehouse.code if record.warehouse_id else None) for record in records]


def queued(scene: Scene) -> set[int]:
    with tenant_scope(tenant_id=scene.tenant_id):
        return set(QueuedOrder.objects.values_list("pk", flat=True))


def set_state(scene: Scene, order: int, state: OrderState) -> None:
    with tenant_scope(tenant_id=scene.tenant_id):
        Order.objects.filter(pk=order).update(state=state)


# Assigning by hand


def test_assigning_moves_the_units_and_appends_a_record(scene: Scene) -> None:
    (order,) = scene.placed
    record_id = assign(scene, order, "NJ1", reason="DAL is flooded")

    assert scene.stock("LAMP", "DAL") == (5, 0)
    assert scene.stock("LAMP", "NJ1") == (5, 2)
    assert scene.held(order) == {("LAMP", "NJ1"): 2}
    assert scene.shipments(order) == [("DAL", "cancelled"), ("NJ1", "planned")]
    assert scene.state(order) == "allocated"
    assert chain(scene, order) == [("smart allocation", "DAL"), ("manual allocation", "NJ1")]
    last = scene.records(order)[-1]
    assert (last.pk, last.actor, last.reason, last.cost_minor) == (record_id, "Li", "DAL is flooded", 700)


def test_assigning_takes_an_order_that_waits_off_the_queue(scene: Scene) -> None:
    waiting = scene.place(LAMP=1)
    assign(scene, waiting, "NJ1")
    assert queued(scene) == set()
    assert scene.drain().decided == 0
    assert scene.decision(waiting) == ("manual", "NJ1", 700)


def test_assigning_ends_an_exception(scene: Scene) -> None:
    order = scene.place(LAMP=6)
    scene.drain()
    scene.receive("LAMP", NJ1=1)
    assign(scene, order, "NJ1")
    assert scene.reasons(order) is None
    assert scene.held(order) == {("LAMP", "NJ1"): 6}


def test_a_person_may_choose_what_no_strategy_covers(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="7.00", covered=("DAL",))
    scene.receive("LAMP", NJ1=1)
    order = scene.place(LAMP=1)
    scene.drain()
    assign(scene, order, "NJ1")
    assert scene.decision(order) == ("manual", "NJ1", 700)


def test_assigning_to_the_same_warehouse_keeps_the_units_there(scene: Scene) -> None:
    (order,) = scene.placed
    scene.place(LAMP=3)
    scene.drain()
    assign(scene, order, "DAL")
    assert scene.stock("LAMP", "DAL") == (5, 5)
    assert scene.held(order) == {("LAMP", "DAL"): 2}


def test_a_person_may_name_the_channel(scene: Scene) -> None:
    (order,) = scene.placed
    air = scene.add_channel("AIR", DAL="12.00")
    assign(scene, order, "DAL", channel=air)
    assert scene.decision(order) == ("manual", "DAL", 1200)
    assign(scene, order, "DAL")
    assert scene.decision(order) == ("manual", "DAL", 500)


def test_a_warehouse_without_the_units_can_not_be_assigned_and_nothing_changes(scene: Scene) -> None:
    order = scene.place(LAMP=3)
    scene.place(LAMP=3)
    scene.drain()
    with pytest.raises(WarehouseCannotServe, match="Warehouse NJ1 can't serve order 1002: not enough stock"):
        assign(scene, order, "NJ1")
    assert scene.held(order) == {("LAMP", "DAL"): 3}
    assert len(scene.records(order)) == 1
    assert scene.shipments(order) == [("DAL", "planned")]


def test_safety_stock_is_kept_from_people_too(scene: Scene) -> None:
    (order,) = scene.placed
    scene.keep_back("LAMP", "NJ1", 4)
    with pytest.raises(WarehouseCannotServe):
        assign(scene, order, "NJ1")


def test_refuses_a_warehouse_that_does_not_ship_by_the_channel(scene: Scene) -> None:
    (order,) = scene.placed
    air = scene.add_channel("AIR", DAL="12.00")
    with pytest.raises(LaneUnknown):
        assign(scene, order, "NJ1", channel=air)
    with tenant_scope(tenant_id=scene.tenant_id):
        Warehouse.objects.filter(code="NJ1").update(active=False)
    with pytest.raises(LaneUnknown):
        assign(scene, order, "NJ1")


def test_refuses_a_channel_that_is_no_longer_active(scene: Scene) -> None:
    (order,) = scene.placed
    with tenant_scope(tenant_id=scene.tenant_id):
        Channel.objects.update(active=False)
    with pytest.raises(LaneUnknown):
        assign(scene, order, "NJ1", channel=scene.ground)


def test_what_is_with_the_warehouse_can_not_be_assigned(scene: Scene) -> None:
    (order,) = scene.placed
    set_state(scene, order, OrderState.RELEASED)
    with pytest.raises(OrderCannotMove, match="Order 1001 is “with the warehouse”; it can't become “allocated”"):
        assign(scene, order, "NJ1")


def test_another_tenant_s_order_is_not_found(scene: Scene, build: Build) -> None:
    other = build(code="westlake", DAL="5.00")
    with pytest.raises(OrderNotFound):
        assign(other, scene.placed[0], "DAL")


# Undoing


def test_undoing_restores_the_decision_before(scene: Scene) -> None:
    (order,) = scene.placed
    assign(scene, order, "NJ1")
    undo(scene, order)
    assert scene.held(order) == {("LAMP", "DAL"): 2}
    assert scene.stock("LAMP", "NJ1") == (5, 0)
    assert chain(scene, order) == [("smart allocation", "DAL"), ("manual allocation", "NJ1"), ("undone", "DAL")]
    assert scene.records(order)[-1].actor == "Wu"


def test_undoing_what_was_waiting_before_lets_it_wait_again(scene: Scene) -> None:
    waiting = scene.place(LAMP=1)
    assign(scene, waiting, "NJ1")
    undo(scene, waiting)
    assert scene.state(waiting) == "pending"
    assert queued(scene) == {waiting}
    assert scene.stock("LAMP", "NJ1") == (5, 0)
    scene.drain()
    assert chain(scene, waiting) == [("manual allocation", "NJ1"), ("undone", None), ("smart allocation", "DAL")]


def test_undoing_restores_the_channel_too(scene: Scene) -> None:
    (order,) = scene.placed
    air = scene.add_channel("AIR", DAL="12.00")
    assign(scene, order, "DAL", channel=air)
    assign(scene, order, "NJ1")
    undo(scene, order)
    assert scene.decision(order) == ("undo", "DAL", 1200)


def test_undoing_is_refused_where_the_units_are_gone_and_nothing_changes(scene: Scene) -> None:
    (order,) = scene.placed
    assign(scene, order, "NJ1")
    scene.place(LAMP=4)
    scene.drain()
    with pytest.raises(WarehouseCannotServe, match="DAL"):
        undo(scene, order)
    assert scene.held(order) == {("LAMP", "NJ1"): 2}


@pytest.mark.parametrize("steps", [[], ["assign", "undo"], ["assign", "count"]], ids=["never assigned", "undone", "freed by a count"])
def test_there_is_nothing_to_undo(scene: Scene, steps: list[str]) -> None:
    (order,) = scene.placed
    for step in steps:
        if step == "assign":
            assign(scene, order, "NJ1")
        elif step == "undo":
            undo(scene, order)
        else:
            scene.count("LAMP", NJ1=0)
    with pytest.raises(NothingToUndo, match="Order 1001"):
        undo(scene, order)


# Cancelling


def test_cancelling_an_allocated_order_frees_its_units(scene: Scene) -> None:
    (order,) = scene.placed
    cancel(scene, order)
    assert scene.state(order) == "cancelled"
    assert scene.stock("LAMP", "DAL") == (5, 0)
    assert scene.shipments(order) == [("DAL", "cancelled")]
    assert chain(scene, order) == [("smart allocation", "DAL"), ("cancelled", None)]


def test_cancelling_an_order_that_waits_takes_it_off_the_queue(scene: Scene) -> None:
    waiting = scene.place(LAMP=1)
    cancel(scene, waiting)
    assert queued(scene) == set()
    assert scene.drain().decided == 0
    assert chain(scene, waiting) == [("cancelled", None)]


def test_the_first_thing_that_ever_happens_may_be_a_cancellation(build: Build) -> None:
    scene = build(DAL="5.00")
    order = scene.place(LAMP=1)
    cancel(scene, order)
    assert chain(scene, order) == [("cancelled", None)]


def test_cancelling_an_exception_ends_it(scene: Scene) -> None:
    order = scene.place(LAMP=9)
    scene.drain()
    cancel(scene, order)
    assert scene.reasons(order) is None
    scene.receive("LAMP", DAL=9)
    assert scene.retry() == 0


def test_what_is_cancelled_or_shipped_stays_so(scene: Scene) -> None:
    (order,) = scene.placed
    cancel(scene, order)
    with pytest.raises(OrderCannotMove, match="Order 1001 is “cancelled”; it can't become “cancelled”"):
        cancel(scene, order)
    with pytest.raises(OrderCannotMove):
        assign(scene, order, "NJ1")


def test_the_outbox_tells_of_everything_that_is_done(scene: Scene) -> None:
    (order,) = scene.placed
    assign(scene, order, "NJ1")
    undo(scene, order)
    cancel(scene, order)
    with tenant_scope(tenant_id=scene.tenant_id):
        told = [record_id for batch in OutboxBatch.objects.order_by("pk") for record_id in batch.record_ids]
    assert told == [record.pk for record in scene.records(order)]


# Counting


def test_a_count_below_what_is_reserved_sends_the_youngest_order_back(scene: Scene) -> None:
    younger = scene.place(LAMP=3)
    scene.drain()
    assert scene.count("LAMP", DAL=4) == (younger,)
    assert scene.stock("LAMP", "DAL") == (4, 2)
    assert scene.state(younger) == "pending"
    assert scene.shipments(younger) == [("DAL", "cancelled")]
    scene.drain()
    assert chain(scene, younger) == [("smart allocation", "DAL"), ("released by a stock count", None), ("smart allocation", "NJ1")]
    assert scene.records(younger)[1].reason == "cycle 7"


def test_a_count_that_covers_what_is_reserved_disturbs_no_order(scene: Scene) -> None:
    assert scene.count("LAMP", DAL=2) == ()
    assert scene.stock("LAMP", "DAL") == (2, 2)
    assert queued(scene) == set()


def test_a_count_is_noted_in_the_ledger(scene: Scene) -> None:
    scene.count("LAMP", DAL=1, NJ1=5)
    with tenant_scope(tenant_id=scene.tenant_id):
        rows = StockMovement.objects.filter(kind="count").values_list("delta_units", "on_hand_after", "reference", "actor")
        assert list(rows) == [(-4, 1, "cycle 7", "Li")]


def release_to_warehouse(scene: Scene, order: int) -> None:
    set_state(scene, order, OrderState.RELEASED)
    with tenant_scope(tenant_id=scene.tenant_id):
        Shipment.objects.filter(order_id=order).update(state=ShipmentState.RELEASED)


def test_what_is_with_the_warehouse_loses_its_units_last(scene: Scene) -> None:
    older = scene.placed[0]
    younger = scene.place(LAMP=3)
    scene.drain()
    release_to_warehouse(scene, younger)
    assert scene.count("LAMP", DAL=3) == (older,)
    assert scene.state(younger) == "released"


def test_what_is_with_the_warehouse_and_loses_its_units_waits_for_a_person(scene: Scene) -> None:
    (order,) = scene.placed
    release_to_warehouse(scene, order)
    assert scene.count("LAMP", DAL=1) == (order,)
    assert scene.state(order) == "exception"
    assert scene.reasons(order) == {"out_of_stock"}
    assert scene.shipments(order) == [("DAL", "cancelled")]
    assert queued(scene) == set()
    with tenant_scope(tenant_id=scene.tenant_id):
        assert OrderException.objects.get(pk=order).held
    assert scene.retry() == 0
    assign(scene, order, "NJ1")
    assert scene.decision(order) == ("manual", "NJ1", 700)


def test_assigning_finds_the_cheapest_of_several_channels_that_a_strategy_does_not_name(scene: Scene) -> None:
    (order,) = scene.placed
    scene.add_channel("SLOW", NJ1="3.00")
    assign(scene, order, "NJ1")
    assert scene.decision(order) == ("manual", "NJ1", 300)
