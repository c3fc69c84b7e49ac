"""Hand decided orders over to their warehouses, and note what they shipped."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from allocation.errors import NotWithWarehouse, TrackingNumberInvalid
from allocation.models import OrderInHand, OverdueOrder, Shipment, ShipmentState
from allocation.races import again_after_lost_race
from allocation.services import taking
from allocation.services.moving import move
from inventory.services import ship_reserved
from orders.core.states import OrderState
from wms.tenancy.scope import tenant_scope

LONGEST_TRACKING_NUMBER: Final = 64


@again_after_lost_race
def release_to_warehouse(*, tenant_id: int, order_id: int, seen_record_id: int | None = None) -> None:
    """Hand an allocated order over to its warehouse, which picks it from now on: nobody assigns or cancels it any more."""
    with tenant_scope(tenant_id=tenant_id):
        order = taking.lock_order(order_id, OrderState.RELEASED, seen_record_id)
        Shipment.objects.filter(order_id=order_id, state=ShipmentState.PLANNED).update(state=ShipmentState.RELEASED)
        move(order, OrderState.RELEASED)


@again_after_lost_race
def ship_order(*, tenant_id: int, order_id: int, warehouse_id: int, tracking_number: str, actor: str, at: datetime) -> None:
    """Note that a warehouse shipped its part of an order: the units leave its stock.

    The order is shipped once all its warehouses have shipped. Raises NotWithWarehouse where this one has nothing of it to ship.
    """
    tracking_number = tracking_number.strip()
    if not 0 < len(tracking_number) <= LONGEST_TRACKING_NUMBER or not tracking_number.isprintable():
        raise TrackingNumberInvalid(value=tracking_number, most=LONGEST_TRACKING_NUMBER)
    with tenant_scope(tenant_id=tenant_id):
        order = taking.lock_order(order_id, OrderState.SHIPPED)
        waiting = Shipment.objects.filter(order_id=order_id, state=ShipmentState.RELEASED)
        shipped = waiting.filter(warehouse_id=warehouse_id).update(state=ShipmentState.SHIPPED, tracking_number=tracking_number)
        if not shipped:
            raise NotWithWarehouse(warehouse=warehouse_id, number=order.external_number)
        ship_reserved(
            tenant_id=tenant_id, order_id=order_id, warehouse_id=warehouse_id, reference=order.external_number, actor=actor, at=at
        )
        if not waiting.exists():
            move(order, OrderState.SHIPPED)
            OrderInHand.objects.filter(pk=order_id).delete()
            OverdueOrder.objects.filter(pk=order_id).delete()
