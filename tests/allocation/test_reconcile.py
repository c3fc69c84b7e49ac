"""Reconciling finds each way in which the books can disagree. The tests of decisions, races and chaos lean on it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from allocation.models import OrderException, Record
from inventory.models import Reservation, ReservationState, Stock
from orders.core.states import OrderState
from orders.models import Order, QueuedOrder
from tests.allocation.scene import Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


@pytest.fixture
def scene(build: Build) -> Scene:
    """Return a scene with an allocated order, one that waits, and an exception."""
    scene = build(checked=False, DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=5)
    scene.place(LAMP=2)
    scene.place(CUP=1)
    scene.drain()
    scene.place(LAMP=1)
    assert scene.faults() == []
    return scene


def lose_reservation(scene: Scene) -> None:
    Reservation.objects.update(state=ReservationState.RELEASED)


def double_reservation(scene: Scene) -> None:
    held = Reservation.objects.get()
    held.pk = None
    held.save(force_insert=True)


def lose_reserved_units(scene: Scene) -> None:
    Stock.objects.update(reserved=1)


def lose_queue_row(scene: Scene) -> None:
    QueuedOrder.objects.all().delete()


def forget_to_queue_off(scene: Scene) -> None:
    Order.objects.filter(state=OrderState.PENDING).update(state=OrderState.REVIEW)


def forget_the_reasons(scene: Scene) -> None:
    OrderException.objects.all().delete()


def leave_the_reasons(scene: Scene) -> None:
    Order.objects.filter(state=OrderState.EXCEPTION).update(state=OrderState.CANCELLED)


def decide_beside(scene: Scene) -> None:
    (record,) = scene.records(scene.placed[0])
    record.pk = None
    record.save(force_insert=True)


def decide_without_a_record(scene: Scene) -> None:
    waiting = scene.placed[2]
    QueuedOrder.objects.all().delete()
    Order.objects.filter(pk=waiting).update(state=OrderState.CANCELLED)


def lie_elsewhere(scene: Scene) -> None:
    (record,) = scene.records(scene.placed[0])
    beside = {"candidates": b"", "mode": record.mode, "decided_at": NOON, "settings_version_id": record.settings_version_id}
    owned = {"tenant_id": record.tenant_id, "seller_id": record.seller_id, "order_id": record.order_id}
    Record.objects.create(**owned, **beside, warehouse=scene.warehouse("NJ1"), supersedes=record.pk)


BROKEN = [
    (lose_reservation, {"2 units reserved, 0 held by orders", "does not hold exactly", "does not lie in the warehouse"}),
    (double_reservation, {"2 units reserved, 4 held by orders", "does not hold exactly"}),
    (lose_reserved_units, {"1 units reserved, 2 held by orders"}),
    (lose_queue_row, {"waits, but is not on the queue"}),
    (forget_to_queue_off, {"is on the queue, but does not wait"}),
    (forget_the_reasons, {"is an exception without its reasons"}),
    (leave_the_reasons, {"has an exception's reasons, but is none"}),
    (decide_beside, {"has more than one current record"}),
    (decide_without_a_record, {"is decided without a record"}),
    (lie_elsewhere, {"does not lie in the warehouse that its record names"}),
]


@pytest.mark.parametrize(("break_it", "told"), BROKEN, ids=[break_it.__name__ for break_it, _ in BROKEN])
def test_says_what_disagrees(scene: Scene, break_it: Callable[[Scene], None], told: set[str]) -> None:
    with tenant_scope(tenant_id=scene.tenant_id):
        break_it(scene)
    faults = scene.faults()
    assert len(faults) == len(told)
    assert all(any(part in fault for fault in faults) for part in told)


def test_the_command_fails_where_the_books_disagree(scene: Scene, build: Build, capsys: pytest.CaptureFixture[str]) -> None:
    build(code="westlake")
    with tenant_scope(tenant_id=scene.tenant_id):
        lose_queue_row(scene)
    with pytest.raises(CommandError, match="1 differences"):
        call_command("reconcile")
    assert capsys.readouterr().out == f"eastlake: order {scene.placed[2]} waits, but is not on the queue\nwestlake: the books agree.\n"
    call_command("reconcile", tenant="westlake")
