"""What people and workers do in a race, and how a test stops them in the middle."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from allocation.runner import Drained
from allocation.services import assign_order, cancel_order
from allocation.worlds import current_world
from orders.models import QueuedOrder
from tests.allocation.scene import Scene
from tests.allocation.threads import Thread
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


def known(scene: Scene) -> Scene:
    """Let the workers know the settings: the first to meet new ones makes the others wait while it stores them."""
    with tenant_scope(tenant_id=scene.tenant_id):
        current_world(tenant_id=scene.tenant_id, at=NOON)
    return scene


def hold(thread: Thread, scene: Scene, step: Callable[[], Any]) -> Any:
    """Do a step in a transaction of the thread that stays open."""
    thread.run(lambda: thread.open_scope(scene.tenant_id))
    return thread.run(step)


def blocked(thread: Thread, step: Callable[[], Any]) -> Future[Any]:
    """Begin a step, and return when it waits for somebody's lock."""
    begun = thread.start(step)
    thread.wait_until_blocked()
    return begun


def decide_one(scene: Scene) -> Drained:
    return scene.drain(batch_orders=1, most_batches=1)


def assign(scene: Scene, order: int, warehouse: str) -> int:
    return assign_order(tenant_id=scene.tenant_id, order_id=order, warehouse_id=scene.warehouse(warehouse).pk, actor="Li", at=NOON)


def cancel(scene: Scene, order: int) -> int:
    return cancel_order(tenant_id=scene.tenant_id, order_id=order, actor="Li", at=NOON)


def queued(scene: Scene) -> set[int]:
    with tenant_scope(tenant_id=scene.tenant_id):
        return set(QueuedOrder.objects.values_list("pk", flat=True))
