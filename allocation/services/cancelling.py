"""Cancel orders."""

from __future__ import annotations

from datetime import datetime

from allocation.core.types import Mode
from allocation.models import OrderException, OrderInHand
from allocation.races import again_after_lost_race
from allocation.services import taking
from allocation.services.moving import Change, append_undecided, last_record_id, move, release
from orders.core.states import OrderState
from wms.arrays import array_cursor
from wms.tenancy.scope import tenant_scope


@again_after_lost_race
def cancel_order(*, tenant_id: int, order_id: int, actor: str, reason: str = "", seen_record_id: int | None = None, at: datetime) -> int:
    """Cancel an order that is not yet with the warehouse and free its units; return the record's id."""
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = taking.take_order(order_id, OrderState.CANCELLED, seen_record_id)
        release(order)
        OrderException.objects.filter(pk=order.pk).delete()
        OrderInHand.objects.filter(pk=order.pk).delete()
        append_undecided(cursor, [order], Change(mode=Mode.CANCEL, actor=actor, at=at, reason=reason))
        move(order, OrderState.CANCELLED)
        return last_record_id(cursor, order)
