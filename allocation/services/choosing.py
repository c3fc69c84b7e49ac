"""A person chooses where an order ships from, and takes the choice back."""

from __future__ import annotations

from datetime import datetime

from allocation.core.types import Mode
from allocation.errors import NothingToUndo
from allocation.models import Record
from allocation.races import again_after_lost_race
from allocation.services import taking
from allocation.services.assigning import assign
from allocation.services.moving import Change, append_undecided, last_record_id, move, release
from orders.core.states import OrderState
from orders.models import Order
from orders.services import queue_orders
from wms.arrays import array_cursor
from wms.tenancy.scope import tenant_scope


@again_after_lost_race
def assign_order(
    *, tenant_id: int, order_id: int, warehouse_id: int, channel_id: int | None = None, actor: str, reason: str = "", at: datetime
) -> int:
    """Move an order to the warehouse that a person chose, by its cheapest channel unless one is named; return the record's id.

    The units move with it. Raises WarehouseCannotServe where the warehouse lacks units or has no price; nothing changes then.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = taking.take_order(order_id, OrderState.ALLOCATED)
        change = Change(mode=Mode.MANUAL, actor=actor, at=at, reason=reason)
        return assign(cursor, order, warehouse_id, channel_id, change)


@again_after_lost_race
def undo_assignment(*, tenant_id: int, order_id: int, actor: str, at: datetime) -> int:
    """Take back the last decision by hand: the one before it holds again, at today's prices; return the record's id.

    An order that had no warehouse before goes back into the queue.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = taking.take_order(order_id, OrderState.ALLOCATED)
        change = Change(mode=Mode.UNDO, actor=actor, at=at)
        before = _before_the_manual_one(order)
        if before is not None and before.warehouse_id is not None:
            return assign(cursor, order, before.warehouse_id, before.channel_id, change)
        release(order)
        append_undecided(cursor, [order], change)
        move(order, OrderState.PENDING)
        queue_orders(tenant_id=tenant_id, order_ids=[order.pk], at=at)
        return last_record_id(cursor, order)


def _before_the_manual_one(order: Order) -> Record | None:
    """Return the decision that a person's decision, the order's current one, took the place of."""
    last = Record.objects.filter(order_id=order.pk).order_by("-pk").first()
    if order.state != OrderState.ALLOCATED or last is None or last.mode != Mode.MANUAL:
        raise NothingToUndo(number=order.external_number)
    before: Record | None = Record.objects.filter(pk=last.supersedes).first()
    return before
