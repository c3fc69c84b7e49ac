"""What waits for people, the oldest first; what is late is noted once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from allocation.alerts import note_overdue_orders
from allocation.core.types import Reason
from allocation.models import ExceptionPolicy, OverdueOrder
from allocation.queues import Queue, queue_of, queue_sizes
from allocation.services import assign_order, cancel_order, hold_order, release_to_warehouse, ship_order
from orders.models import Order
from tests.allocation.scene import Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]

TOMORROW = NOON + timedelta(hours=25)


@pytest.fixture
def scene(build: Build) -> Scene:
    """Return a scene with two allocated orders and two exceptions."""
    scene = build(DAL="5.00")
    scene.receive("LAMP", DAL=5)
    scene.place_many(2, LAMP=1)
    scene.place_many(2, LAMP=9)
    scene.drain()
    return scene


def queue(scene: Scene, name: Queue, *, person: str = "Li", at: datetime = NOON, reason: int | None = None) -> list[int]:
    with tenant_scope(tenant_id=scene.tenant_id):
        found = [one.order_id for one in queue_of(queue=name, person=person, at=at, reason=reason)]
        assert queue_sizes(person=person, at=at)[name] == len(found) or reason is not None
    return found


def promise(scene: Scene, order: int, day: date) -> None:
    with tenant_scope(tenant_id=scene.tenant_id):
        Order.objects.filter(pk=order).update(promised_date=day)


def note(scene: Scene, at: datetime = NOON) -> int:
    return note_overdue_orders(tenant_id=scene.tenant_id, at=at)


def test_exceptions_are_listed_and_narrowed_down_by_reason(scene: Scene) -> None:
    assert queue(scene, Queue.EXCEPTIONS) == list(scene.placed[2:])
    assert queue(scene, Queue.EXCEPTIONS, reason=Reason.OUT_OF_STOCK) == list(scene.placed[2:])
    assert queue(scene, Queue.EXCEPTIONS, reason=Reason.NO_CHANNEL) == []


def test_a_queue_is_turned_by_its_last_order(scene: Scene) -> None:
    with tenant_scope(tenant_id=scene.tenant_id):
        (first,) = queue_of(queue=Queue.EXCEPTIONS, person="Li", at=NOON, most=1)
        (second,) = queue_of(queue=Queue.EXCEPTIONS, person="Li", at=NOON, most=1, after=first)
        assert queue_of(queue=Queue.EXCEPTIONS, person="Li", at=NOON, after=second) == ()
    assert [first.order_id, second.order_id] == list(scene.placed[2:])


def test_review_lists_what_anybody_holds_and_mine_what_i_have_in_hand(scene: Scene) -> None:
    chosen, held = scene.placed[0], scene.placed[2]
    assign_order(tenant_id=scene.tenant_id, order_id=chosen, warehouse_id=scene.warehouse("DAL").pk, actor="Li", at=NOON)
    hold_order(tenant_id=scene.tenant_id, order_id=held, actor="Wu", at=NOON)
    assert queue(scene, Queue.REVIEW) == [held]
    assert queue(scene, Queue.MINE) == [chosen]
    assert queue(scene, Queue.MINE, person="Wu") == [held]
    assert queue(scene, Queue.EXCEPTIONS) == [scene.placed[3]]


def test_what_waits_for_longer_than_the_company_accepts_is_overdue(scene: Scene) -> None:
    waiting = scene.place(LAMP=1)
    assert queue(scene, Queue.OVERDUE) == []
    assert queue(scene, Queue.OVERDUE, at=TOMORROW) == [*scene.placed[2:4], waiting]
    with tenant_scope(tenant_id=scene.tenant_id):
        ExceptionPolicy.objects.create(tenant=scene.tenant, overdue_hours=26)
    assert queue(scene, Queue.OVERDUE, at=TOMORROW) == []


def test_what_is_in_review_for_long_is_overdue_too(scene: Scene) -> None:
    hold_order(tenant_id=scene.tenant_id, order_id=scene.placed[0], actor="Wu", at=NOON)
    assert scene.placed[0] in queue(scene, Queue.OVERDUE, at=TOMORROW)


def test_a_promise_that_has_passed_is_noted_once(scene: Scene) -> None:
    late, today, unpromised = scene.placed[0], scene.placed[1], scene.placed[2]
    promise(scene, late, date(2026, 3, 1))
    promise(scene, today, date(2026, 3, 2))
    assert (note(scene), note(scene)) == (1, 0)
    assert queue(scene, Queue.OVERDUE) == [late]
    assert unpromised not in queue(scene, Queue.OVERDUE)
    assert note(scene, TOMORROW) == 1


def test_what_is_shipped_or_cancelled_is_late_no_more(scene: Scene) -> None:
    shipped, cancelled = scene.placed[:2]
    for order in (shipped, cancelled):
        promise(scene, order, date(2026, 3, 1))
    note(scene)
    release_to_warehouse(tenant_id=scene.tenant_id, order_id=shipped)
    dallas = scene.warehouse("DAL").pk
    ship_order(tenant_id=scene.tenant_id, order_id=shipped, warehouse_id=dallas, tracking_number="1Z", actor="DAL", at=NOON)
    cancel_order(tenant_id=scene.tenant_id, order_id=cancelled, actor="Li", at=NOON)
    assert queue(scene, Queue.OVERDUE) == []
    note(scene)
    with tenant_scope(tenant_id=scene.tenant_id):
        assert not OverdueOrder.objects.exists()


def test_another_company_sees_nothing_of_it(scene: Scene, build: Build) -> None:
    other = build(code="westlake", DAL="5.00")
    assert [queue(other, name, at=TOMORROW) for name in Queue] == [[], [], [], []]
