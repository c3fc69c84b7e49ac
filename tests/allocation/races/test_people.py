"""Races of people with workers. Each guard has a control that takes it away and shows what would happen.

The interleavings are made, not hoped for: a thread stops in the middle of its transaction, and another is watched until it waits
for the first one's lock.
"""

from __future__ import annotations

import pytest

from allocation.services import taking
from inventory.errors import ReservedUnexplained
from inventory.models import StockMovement
from orders.core.states import OrderState
from orders.models import Order
from tests.allocation.races.steps import assign, blocked, cancel, hold, queued
from tests.allocation.scene import Scene
from tests.allocation.threads import Thread
from wms.tenancy.scope import tenant_scope

# Cancelling against deciding


def test_cancelling_what_a_worker_is_deciding_comes_after_it(scene: Scene, one: Thread, other: Thread) -> None:
    scene.receive("LAMP", DAL=1)
    order = scene.place(LAMP=1)
    hold(one, scene, scene.drain)
    cancelling = blocked(other, lambda: cancel(scene, order))
    one.run(one.commit)
    cancelling.result(timeout=30)
    assert scene.state(order) == "cancelled"
    assert scene.stock("LAMP", "DAL") == (1, 0)
    assert [record.get_mode_display() for record in scene.records(order)] == ["smart allocation", "cancelled"]


def test_deciding_leaves_alone_what_is_being_cancelled(scene: Scene, one: Thread) -> None:
    scene.receive("LAMP", DAL=1)
    order = scene.place(LAMP=1)
    hold(one, scene, lambda: cancel(scene, order))
    assert scene.drain().decided == 0
    one.run(one.commit)
    assert scene.drain().decided == 0
    assert scene.state(order) == "cancelled"
    assert scene.stock("LAMP", "DAL") == (1, 0)


def test_without_waiting_for_the_worker_a_cancelled_order_keeps_its_units(unchecked: Scene, one: Thread, other: Thread) -> None:
    """The control: whoever only looks at the state, and then sets it."""
    unchecked.receive("LAMP", DAL=1)
    order = unchecked.place(LAMP=1)

    def set_cancelled() -> None:
        with tenant_scope(tenant_id=unchecked.tenant_id):
            assert Order.objects.get(pk=order).state == OrderState.PENDING
            Order.objects.filter(pk=order).update(state=OrderState.CANCELLED)

    hold(one, unchecked, unchecked.drain)
    cancelling = blocked(other, set_cancelled)
    one.run(one.commit)
    cancelling.result(timeout=30)
    assert unchecked.faults() == [f"order {order} does not hold exactly the units that it should"]


def cancel_what_a_sweep_is_queueing(scene: Scene, one: Thread, other: Thread) -> int:
    """Let the sweep put an exception back on the queue after the cancellation has looked there."""
    order = scene.place(LAMP=1)
    scene.drain()
    scene.receive("LAMP", DAL=1)
    assert hold(one, scene, scene.retry) == 1
    cancelling = blocked(other, lambda: cancel(scene, order))
    one.run(one.commit)
    cancelling.result(timeout=30)
    assert scene.state(order) == "cancelled"
    return order


def test_cancelling_what_a_sweep_is_queueing_takes_it_off_again(scene: Scene, one: Thread, other: Thread) -> None:
    cancel_what_a_sweep_is_queueing(scene, one, other)
    assert queued(scene) == set()


def test_without_a_second_look_the_cancelled_order_stays_queued(
    scene: Scene, one: Thread, other: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "take_order", taking.lock_order)
    order = cancel_what_a_sweep_is_queueing(scene, one, other)
    assert queued(scene) == {order}
    scene.drain()
    assert queued(scene) == set()


# Assigning against deciding


def test_assigning_what_a_worker_is_deciding_moves_the_units_that_it_took(scene: Scene, one: Thread, other: Thread) -> None:
    scene.receive("LAMP", DAL=1, NJ1=1)
    order = scene.place(LAMP=1)
    hold(one, scene, scene.drain)
    assigning = blocked(other, lambda: assign(scene, order, "NJ1"))
    one.run(one.commit)
    assigning.result(timeout=30)
    assert scene.held(order) == {("LAMP", "NJ1"): 1}
    assert scene.stock("LAMP", "DAL") == (1, 0)
    assert scene.shipments(order) == [("DAL", "cancelled"), ("NJ1", "planned")]


def test_deciding_leaves_alone_what_is_being_assigned(scene: Scene, one: Thread) -> None:
    scene.receive("LAMP", DAL=1, NJ1=1)
    order = scene.place(LAMP=1)
    hold(one, scene, lambda: assign(scene, order, "NJ1"))
    assert scene.drain().decided == 0
    one.run(one.commit)
    assert scene.drain().decided == 0
    assert scene.decision(order) == ("manual", "NJ1", 700)


def test_without_waiting_for_the_worker_an_order_is_reserved_twice(
    unchecked: Scene, one: Thread, other: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    unchecked.receive("LAMP", DAL=1, NJ1=1)
    order = unchecked.place(LAMP=1)
    monkeypatch.setattr(taking, "take_order", lambda order_id, target, seen: Order.objects.get(pk=order_id))
    hold(one, unchecked, unchecked.drain)
    assigning = blocked(other, lambda: assign(unchecked, order, "NJ1"))
    one.run(one.commit)
    assigning.result(timeout=30)
    assert unchecked.held(order) == {("LAMP", "DAL"): 1, ("LAMP", "NJ1"): 1}
    assert f"order {order} does not hold exactly the units that it should" in unchecked.faults()


# Counts


def test_two_counts_of_one_shelf_release_no_order_twice(scene: Scene, one: Thread, other: Thread) -> None:
    scene.receive("LAMP", DAL=6)
    first, second, third = scene.place_many(3, LAMP=2)
    scene.drain()
    assert hold(one, scene, lambda: scene.count("LAMP", DAL=4)) == (third,)
    counting = blocked(other, lambda: scene.count("LAMP", DAL=2))
    one.run(one.commit)
    assert counting.result(timeout=30) == (second,)
    assert scene.stock("LAMP", "DAL") == (2, 2)
    assert [scene.state(order) for order in (first, second, third)] == ["allocated", "pending", "pending"]
    with tenant_scope(tenant_id=scene.tenant_id):
        ledger = StockMovement.objects.filter(kind="count").order_by("pk").values_list("delta_units", "on_hand_after")
        assert list(ledger) == [(-2, 4), (-2, 2)]


def count_while_a_worker_reserves(scene: Scene, one: Thread, other: Thread) -> tuple[int, ...]:
    """Let a worker reserve four of five units, not yet committed, while somebody counts two."""
    scene.receive("LAMP", DAL=5)
    scene.place(LAMP=4)
    hold(one, scene, scene.drain)
    counting = blocked(other, lambda: scene.count("LAMP", DAL=2))
    one.run(one.commit)
    result: tuple[int, ...] = counting.result(timeout=30)
    return result


def test_a_count_sees_what_was_reserved_while_it_waited(scene: Scene, one: Thread, other: Thread) -> None:
    assert count_while_a_worker_reserves(scene, one, other) == tuple(scene.placed)
    assert scene.stock("LAMP", "DAL") == (2, 0)
    assert scene.state(scene.placed[0]) == "pending"


def test_without_a_second_look_the_count_would_be_refused(
    scene: Scene, one: Thread, other: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inventory.services._release_shortfalls", lambda *args: ())
    with pytest.raises(ReservedUnexplained):
        count_while_a_worker_reserves(scene, one, other)
