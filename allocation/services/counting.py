"""Take warehouses' counts, and look after the orders that lost their units by them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from allocation.core.types import Mode, Reason
from allocation.loads import free_load
from allocation.models import OrderException, Shipment, ShipmentState
from allocation.races import again_after_lost_race
from allocation.services.hands import exception_for_a_person, in_hand
from allocation.services.holders import spared_holders
from allocation.services.moving import Change, Cursor, append_undecided
from inventory.core.types import Count
from inventory.services import count_stock
from orders.core.states import OrderState
from orders.models import Order
from orders.services import queue_orders
from wms.arrays import array_cursor
from wms.tenancy.scope import tenant_scope


@again_after_lost_race
def take_stock_count(*, tenant_id: int, counts: Sequence[Count], actor: str, at: datetime, reference: str = "") -> tuple[int, ...]:
    """Take warehouses' counts as facts; return the ids of the orders that lost their units.

    A count below what is reserved releases the youngest orders, which wait for a decision again. Those that are with the
    warehouse already or were chosen by hand go last, and become exceptions that only a person ends.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        spared = spared_holders(cursor, tenant_id=tenant_id, counts=counts)
        freed = count_stock(tenant_id=tenant_id, counts=counts, actor=actor, at=at, reference=reference, spared_order_ids=spared)
        if freed:
            _send_back(cursor, freed, Change(mode=Mode.COUNT, actor=actor, at=at, reason=reference))
    return freed


def _send_back(cursor: Cursor, order_ids: Sequence[int], change: Change) -> None:
    """Let orders that lost their units wait again; what is with the warehouse or in somebody's hands is for a person."""
    orders = list(Order.objects.select_for_update(of=("self",)).filter(pk__in=order_ids).order_by("pk"))
    free_load(tenant_id=orders[0].tenant_id, order_ids=order_ids)
    live = (ShipmentState.PLANNED, ShipmentState.RELEASED)
    Shipment.objects.filter(order_id__in=order_ids, state__in=live).update(state=ShipmentState.CANCELLED)
    append_undecided(cursor, orders, change)
    by_hand = in_hand(order_ids)
    for_a_person = [order for order in orders if order.state == OrderState.RELEASED or order.pk in by_hand]
    OrderException.objects.bulk_create(exception_for_a_person(order, Reason.OUT_OF_STOCK, change.at) for order in for_a_person)
    Order.objects.filter(pk__in=[order.pk for order in for_a_person]).update(state=OrderState.EXCEPTION)
    again = [order.pk for order in orders if order.state == OrderState.ALLOCATED and order.pk not in by_hand]
    Order.objects.filter(pk__in=again).update(state=OrderState.PENDING)
    queue_orders(tenant_id=orders[0].tenant_id, order_ids=again, at=change.at)
