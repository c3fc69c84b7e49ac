"""An order that can't be decided does not stop the others."""

from __future__ import annotations

from collections.abc import Callable

from inventory.models import Warehouse
from orders.models import QueuedOrder
from tests.allocation.scene import Scene
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


def test_an_unreadable_order_becomes_an_exception_and_the_others_are_served(build: Build) -> None:
    scene = build(DAL="5.00")
    scene.receive("LAMP", DAL=9)
    orders = [scene.place(LAMP=1) for _ in range(5)]
    with tenant_scope(tenant_id=scene.tenant_id):
        QueuedOrder.objects.filter(pk=orders[2]).update(lines=b"")
    drained = scene.drain()
    assert (drained.allocated, drained.exceptions) == (4, 1)
    assert [scene.state(order) for order in orders] == ["allocated", "allocated", "exception", "allocated", "allocated"]
    assert scene.reasons(orders[2]) == {"undecided"}


def test_it_is_tried_again_when_a_setting_moves(build: Build) -> None:
    scene = build(DAL="5.00")
    scene.receive("LAMP", DAL=9)
    order = scene.place(LAMP=1)
    with tenant_scope(tenant_id=scene.tenant_id):
        QueuedOrder.objects.filter(pk=order).update(lines=b"")
    scene.drain()
    assert scene.state(order) == "exception"
    with tenant_scope(tenant_id=scene.tenant_id):
        Warehouse.objects.update(priority=7)
    assert scene.retry() == 1
    scene.drain()
    assert scene.state(order) == "allocated"
