"""A warehouse sends an order back: it could not pick the units, or found them damaged."""

from __future__ import annotations

from datetime import datetime

from allocation.core.types import Mode, Reason
from allocation.errors import NotWithWarehouse
from allocation.hand_models import RejectionCause
from allocation.models import Shipment, ShipmentState, WarehouseRejection
from allocation.policies import policy_of_company
from allocation.races import again_after_lost_race
from allocation.services import taking
from allocation.services.hands import exception_for_a_person, in_hand, wait_again
from allocation.services.moving import Change, append_undecided, last_record_id, move, release
from orders.core.states import OrderState
from orders.models import Order
from wms.arrays import array_cursor
from wms.tenancy.scope import tenant_scope

LIVE = (ShipmentState.PLANNED, ShipmentState.RELEASED)


@again_after_lost_race
def reject_order(
    *, tenant_id: int, order_id: int, warehouse_id: int, cause: RejectionCause, note: str = "", actor: str, at: datetime
) -> int:
    """Take an order back from a warehouse that can't ship it, free its units, and have it decided again without that warehouse.

    A person decides instead where one had chosen the warehouse, where a part of the order is on its way already, and after as many
    rejections as the company's exception settings say. Return the record's id. Raises NotWithWarehouse. What the warehouse
    found on its shelf is told by a stock count.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = taking.lock_order(order_id, OrderState.EXCEPTION)
        if not Shipment.objects.filter(order_id=order_id, warehouse_id=warehouse_id, state__in=LIVE).exists():
            raise NotWithWarehouse(warehouse=warehouse_id, number=order.external_number)
        change = Change(mode=Mode.REJECTED, actor=actor, at=at, reason=": ".join(filter(None, (cause.value, note))))
        release(order)
        append_undecided(cursor, [order], change)
        record_id = last_record_id(cursor, order)
        _note(order, warehouse_id, cause, note, record_id, change)
        reason = _reason_for_a_person(order)
        if reason is None:
            wait_again(order, change)
        else:
            exception_for_a_person(order, reason, at).save(force_insert=True)
            move(order, OrderState.EXCEPTION)
        return record_id


def _note(order: Order, warehouse_id: int, cause: RejectionCause, note: str, record_id: int, change: Change) -> None:
    WarehouseRejection.objects.create(
        tenant_id=order.tenant_id,
        seller_id=order.seller_id,
        order=order,
        warehouse_id=warehouse_id,
        cause=cause,
        note=note,
        record_id=record_id,
        actor=change.actor,
        rejected_at=change.at,
    )


def _reason_for_a_person(order: Order) -> Reason | None:
    """Return why a person must decide a rejected order, or None where a worker may."""
    if in_hand([order.pk]) or Shipment.objects.filter(order_id=order.pk, state=ShipmentState.SHIPPED).exists():
        return Reason.REJECTED_BEFORE
    if WarehouseRejection.objects.filter(order_id=order.pk).count() >= policy_of_company().most_rejections:
        return Reason.REJECT_LIMIT
    return None
