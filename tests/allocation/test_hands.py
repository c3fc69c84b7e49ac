"""What a person has decided or holds, automation leaves alone: sweeps, recounts and re-runs included."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from allocation.core.types import Mode
from allocation.errors import NotExcluded, NothingToUndo, NotInReview, OrderCannotMove, OrderChanged
from allocation.models import Hand, OrderException, OrderInHand, Strategy
from allocation.services import (
    assign_order,
    cancel_order,
    exclude_order,
    hold_order,
    include_order,
    resume_order,
    undo_assignment,
)
from allocation.services.taking import NO_RECORD
from orders.models import QueuedOrder
from tests.allocation.scene import Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]

TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def scene(build: Build) -> Scene:
    """Return a scene where DAL is cheap, NJ1 dear, both hold five lamps, and one order for two of them lies in DAL."""
    scene = build(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=5, NJ1=5)
    scene.place(LAMP=2)
    scene.drain()
    return scene


def named(scene: Scene, order: int, **fields: Any) -> dict[str, Any]:
    return {"tenant_id": scene.tenant_id, "order_id": order, "actor": "Li", "at": NOON, **fields}


def assign(scene: Scene, order: int, warehouse: str, **fields: Any) -> int:
    return assign_order(**named(scene, order, warehouse_id=scene.warehouse(warehouse).pk, **fields))


def hand(scene: Scene, order: int) -> tuple[str, str] | None:
    """Return (why, person) where somebody has the order in hand."""
    with tenant_scope(tenant_id=scene.tenant_id):
        row = OrderInHand.objects.filter(pk=order).first()
    return (Hand(row.kind).name.lower(), row.person) if row else None


def queued(scene: Scene) -> set[int]:
    with tenant_scope(tenant_id=scene.tenant_id):
        return set(QueuedOrder.objects.values_list("pk", flat=True))


def modes(scene: Scene, order: int) -> list[str]:
    records = scene.records(order)
    assert [record.supersedes for record in records] == [None, *(record.pk for record in records[:-1])]
    return [Mode(record.mode).name.lower() for record in records]


# A choice by hand stays


def test_a_choice_by_hand_is_in_the_hands_of_who_made_it_until_it_is_undone(scene: Scene) -> None:
    (order,) = scene.placed
    assert hand(scene, order) is None
    assign(scene, order, "NJ1")
    assert hand(scene, order) == ("chosen", "Li")
    undo_assignment(**named(scene, order))
    assert hand(scene, order) is None


def test_undoing_down_to_an_earlier_choice_by_hand_leaves_that_one_in_hand(scene: Scene) -> None:
    (order,) = scene.placed
    assign(scene, order, "NJ1")
    assign(scene, order, "DAL")
    undo_assignment(**named(scene, order))
    assert scene.decision(order) == ("undo", "NJ1", 700)
    assert hand(scene, order) == ("chosen", "Li")


def test_sweeps_and_drains_leave_a_choice_by_hand_alone(scene: Scene) -> None:
    (order,) = scene.placed
    assign(scene, order, "NJ1")
    with tenant_scope(tenant_id=scene.tenant_id):
        Strategy.objects.update(priority=7)
    scene.receive("LAMP", DAL=5)
    assert scene.retry(at=TOMORROW) == 0
    assert scene.drain(at=TOMORROW).decided == 0
    assert scene.decision(order) == ("manual", "NJ1", 700)


def test_a_recount_takes_units_from_automatic_decisions_first_however_old(scene: Scene) -> None:
    chosen = scene.place(LAMP=2)
    assign(scene, chosen, "DAL")
    assert scene.count("LAMP", DAL=2) == (scene.placed[0],)
    assert scene.decision(chosen) == ("manual", "DAL", 500)


def test_a_recount_that_takes_the_units_of_a_choice_by_hand_asks_a_person_and_not_a_worker(scene: Scene) -> None:
    (order,) = scene.placed
    assign(scene, order, "DAL")
    assert scene.count("LAMP", DAL=1) == (order,)
    assert (scene.state(order), scene.reasons(order), queued(scene)) == ("exception", {"out_of_stock"}, set())
    scene.receive("LAMP", DAL=9)
    assert scene.retry(at=TOMORROW) == 0
    assert scene.drain(at=TOMORROW).decided == 0
    assert hand(scene, order) == ("chosen", "Li")
    assign(scene, order, "NJ1")
    assert scene.decision(order) == ("manual", "NJ1", 700)


def test_without_a_hand_on_it_the_recount_lets_a_worker_decide(scene: Scene) -> None:
    """The control: the same story with a decision of a worker's."""
    (order,) = scene.placed
    assert scene.count("LAMP", DAL=1) == (order,)
    assert queued(scene) == {order}


def test_what_is_cancelled_is_in_nobody_s_hands(scene: Scene) -> None:
    (order,) = scene.placed
    assign(scene, order, "NJ1")
    cancel_order(**named(scene, order))
    assert hand(scene, order) is None


# Holding


def test_holding_what_waits_takes_it_off_the_queue_until_it_is_resumed(scene: Scene) -> None:
    waiting = scene.place(LAMP=1)
    hold_order(**named(scene, waiting, reason="asks for a gift card"))
    assert (scene.state(waiting), queued(scene), hand(scene, waiting)) == ("review", set(), ("held", "Li"))
    assert scene.drain().decided == 0
    resume_order(**named(scene, waiting))
    assert (scene.state(waiting), queued(scene), hand(scene, waiting)) == ("pending", {waiting}, None)
    scene.drain()
    assert modes(scene, waiting) == ["hold", "resume", "smart"]
    assert scene.records(waiting)[0].reason == "asks for a gift card"


def test_holding_what_is_allocated_frees_its_units(scene: Scene) -> None:
    (order,) = scene.placed
    hold_order(**named(scene, order))
    assert scene.held(order) == {}
    assert scene.shipments(order) == [("DAL", "cancelled")]
    assert scene.state(order) == "review"


def test_holding_an_exception_ends_it(scene: Scene) -> None:
    order = scene.place(LAMP=9)
    scene.drain()
    hold_order(**named(scene, order))
    assert scene.reasons(order) is None
    scene.receive("LAMP", DAL=9)
    assert scene.retry() == 0


def test_another_person_may_take_over_what_is_held(scene: Scene) -> None:
    (order,) = scene.placed
    hold_order(**named(scene, order))
    hold_order(**named(scene, order, actor="Wu"))
    assert hand(scene, order) == ("held", "Wu")


def test_what_is_held_may_be_assigned_and_undoing_that_holds_it_again(scene: Scene) -> None:
    waiting = scene.place(LAMP=1)
    hold_order(**named(scene, waiting))
    assign(scene, waiting, "NJ1")
    assert (scene.state(waiting), hand(scene, waiting)) == ("allocated", ("chosen", "Li"))
    undo_assignment(**named(scene, waiting, actor="Wu"))
    assert (scene.state(waiting), hand(scene, waiting), queued(scene)) == ("review", ("held", "Wu"), set())


def test_what_nobody_holds_can_not_be_resumed(scene: Scene) -> None:
    with pytest.raises(NotInReview, match="Order 1001 is “allocated”; nobody holds it back"):
        resume_order(**named(scene, scene.placed[0]))


def test_what_is_cancelled_can_not_be_held(scene: Scene) -> None:
    (order,) = scene.placed
    cancel_order(**named(scene, order))
    with pytest.raises(OrderCannotMove):
        hold_order(**named(scene, order))


# Excluding from automation


def test_an_excluded_order_that_waits_is_for_people_only(scene: Scene) -> None:
    waiting = scene.place(LAMP=1)
    exclude_order(**named(scene, waiting, reason="a VIP"))
    assert (scene.state(waiting), hand(scene, waiting), queued(scene)) == ("review", ("excluded", "Li"), set())
    with pytest.raises(NotInReview):
        resume_order(**named(scene, waiting))
    assign(scene, waiting, "NJ1", actor="Wu")
    assert hand(scene, waiting) == ("excluded", "Wu")
    undo_assignment(**named(scene, waiting))
    assert (scene.state(waiting), queued(scene)) == ("review", set())
    include_order(**named(scene, waiting))
    assert (scene.state(waiting), hand(scene, waiting), queued(scene)) == ("pending", None, {waiting})


def test_an_excluded_order_with_a_warehouse_keeps_it_and_is_not_decided_again_when_it_loses_its_units(scene: Scene) -> None:
    (order,) = scene.placed
    exclude_order(**named(scene, order))
    assert (scene.state(order), scene.held(order)) == ("allocated", {("LAMP", "DAL"): 2})
    scene.count("LAMP", DAL=0)
    assert (scene.state(order), queued(scene)) == ("exception", set())
    assert scene.retry(at=TOMORROW) == 0
    include_order(**named(scene, order))
    scene.drain()
    assert scene.decision(order) == ("smart", "NJ1", 700)


def test_including_an_order_that_was_assigned_by_hand_leaves_it_in_hand(scene: Scene) -> None:
    (order,) = scene.placed
    assign(scene, order, "NJ1")
    exclude_order(**named(scene, order))
    include_order(**named(scene, order))
    assert (scene.state(order), hand(scene, order)) == ("allocated", ("chosen", "Li"))


def test_only_what_is_excluded_can_be_included(scene: Scene) -> None:
    with pytest.raises(NotExcluded, match="Order 1001"):
        include_order(**named(scene, scene.placed[0]))


def test_an_exception_that_is_excluded_is_not_tried_again(scene: Scene) -> None:
    order = scene.place(LAMP=9)
    scene.drain()
    exclude_order(**named(scene, order))
    scene.receive("LAMP", DAL=9)
    assert (scene.retry(), scene.drain().decided) == (0, 0)
    with tenant_scope(tenant_id=scene.tenant_id):
        assert not OrderException.objects.filter(pk=order).exists()


# Two people


def test_who_looked_before_somebody_else_changed_the_order_is_told_how_it_stands_now(scene: Scene) -> None:
    (order,) = scene.placed
    seen = scene.records(order)[-1].pk
    newest = assign(scene, order, "NJ1", actor="Wu", seen_record_id=seen)
    with pytest.raises(OrderChanged, match="changed meanwhile by Wu: it is now “allocated”, warehouse NJ1") as conflict:
        assign(scene, order, "DAL", seen_record_id=seen)
    assert conflict.value.fields["record_id"] == newest
    assert scene.decision(order) == ("manual", "NJ1", 700)
    assert len(scene.records(order)) == 2


@pytest.mark.parametrize("use_case", [undo_assignment, hold_order, cancel_order, resume_order])
def test_every_change_minds_what_the_person_saw(scene: Scene, use_case: Callable[..., int]) -> None:
    (order,) = scene.placed
    assign(scene, order, "NJ1", actor="Wu")
    with pytest.raises(OrderChanged):
        use_case(**named(scene, order, seen_record_id=scene.records(order)[0].pk))


def test_an_order_without_a_record_is_seen_as_such(scene: Scene) -> None:
    waiting = scene.place(LAMP=1)
    with pytest.raises(OrderChanged):
        assign(scene, scene.placed[0], "NJ1", seen_record_id=NO_RECORD)
    assign(scene, waiting, "NJ1", seen_record_id=NO_RECORD)
    assert scene.decision(waiting) == ("manual", "NJ1", 700)


def test_a_conflict_leaves_a_waiting_order_on_the_queue(scene: Scene) -> None:
    waiting = scene.place(LAMP=1)
    with pytest.raises(OrderChanged):
        assign(scene, waiting, "NJ1", seen_record_id=1)
    assert queued(scene) == {waiting}


def test_there_is_nothing_to_undo_of_what_is_held(scene: Scene) -> None:
    (order,) = scene.placed
    hold_order(**named(scene, order))
    with pytest.raises(NothingToUndo):
        undo_assignment(**named(scene, order))
