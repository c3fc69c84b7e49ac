"""Races for baskets whose stock is locked in opposite order. Each guard has a control that takes it away and shows what would happen.

The interleavings are made, not hoped for: a thread stops in the middle of its transaction, and another is watched until it waits
for the first one's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Barrier
from typing import Any

import psycopg
import pytest
from psycopg.errors import DeadlockDetected

from allocation import runner
from allocation.batches import prepare_batch
from allocation.runner import Drained
from allocation.services import assign_order
from tests.allocation.races.steps import assign, blocked
from tests.allocation.scene import Scene
from tests.allocation.threads import Thread, in_thread, wait_until
from tests.world import NOON


@pytest.fixture
def patient_deadlocks(admin_connection: psycopg.Connection) -> Iterator[None]:
    """Let whoever connects from now on look for a deadlock late, so that the other side has time to make one."""
    (database,) = admin_connection.execute("SELECT quote_ident(current_database())").fetchone() or ("",)
    admin_connection.execute(f"ALTER DATABASE {database} SET deadlock_timeout = '3s'")
    yield
    admin_connection.execute(f"ALTER DATABASE {database} RESET deadlock_timeout")


def deadlock_with_a_storekeeper(scene: Scene, admin: psycopg.Connection, worker: Thread) -> Drained:
    """Let a worker reserve a lamp and then a cup, while somebody holds the cup and then wants the lamp."""
    scene.receive("LAMP", DAL=1)
    scene.receive("CUP", DAL=1)
    scene.place(LAMP=1, CUP=1)
    lock = "SELECT FROM inventory_stock WHERE sku_id = %s FOR UPDATE"
    with psycopg.connect(admin.info.dsn, options="-c deadlock_timeout=1min") as storekeeper:
        storekeeper.execute(lock, [scene.sku("CUP").pk])
        deciding = blocked(worker, scene.drain)
        storekeeper.execute(lock, [scene.sku("LAMP").pk])
        wait_until(lambda: deciding.done() or worker.is_blocked())
        storekeeper.rollback()
        result: Drained = deciding.result(timeout=30)
    return result


def test_a_deadlock_over_a_basket_is_tried_again(scene: Scene, patient_deadlocks: None, admin_connection: psycopg.Connection) -> None:
    with in_thread() as worker:
        drained = deadlock_with_a_storekeeper(scene, admin_connection, worker)
    assert (drained.lost_races, drained.allocated) == (1, 1)


def test_without_trying_again_the_deadlock_is_the_worker_s_end(
    scene: Scene, patient_deadlocks: None, admin_connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "is_lost_race", lambda error: False)
    with in_thread() as worker, pytest.raises(DeadlockDetected):
        deadlock_with_a_storekeeper(scene, admin_connection, worker)


def cross(scene: Scene, one: Thread, other: Thread, monkeypatch: pytest.MonkeyPatch, use_case: Callable[..., int]) -> list[Any]:
    """Move an order from DAL to NJ1 and one from NJ1 to DAL at once: each has locked what the other wants next."""
    scene.receive("LAMP", DAL=2, NJ1=2)
    east, west = scene.place(LAMP=1), scene.place(LAMP=1)
    scene.drain()
    assign(scene, west, "NJ1")
    both_have_released, tries = Barrier(2), iter(range(2))

    def prepare_together(*args: Any, **options: Any) -> Any:
        if next(tries, None) is not None:
            both_have_released.wait(timeout=30)
        return prepare_batch(*args, **options)

    monkeypatch.setattr("allocation.services.assigning.prepare_batch", prepare_together)
    named = {"tenant_id": scene.tenant_id, "actor": "Li", "at": NOON}
    moves = [
        one.start(lambda: use_case(order_id=east, warehouse_id=scene.warehouse("NJ1").pk, **named)),
        other.start(lambda: use_case(order_id=west, warehouse_id=scene.warehouse("DAL").pk, **named)),
    ]
    return [move.exception(timeout=30) for move in moves]


def test_two_orders_that_change_places_both_arrive(scene: Scene, one: Thread, other: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cross(scene, one, other, monkeypatch, assign_order) == [None, None]
    east, west = scene.placed
    assert (scene.held(east), scene.held(west)) == ({("LAMP", "NJ1"): 1}, {("LAMP", "DAL"): 1})


def test_without_trying_again_one_of_them_fails(scene: Scene, one: Thread, other: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = cross(scene, one, other, monkeypatch, assign_order.__wrapped__)  # type: ignore[attr-defined]
    assert [type(failure) for failure in failures if failure is not None] == [DeadlockDetected]
