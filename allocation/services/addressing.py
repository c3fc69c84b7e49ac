"""Correct the address of an order that no warehouse has."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from allocation.core.types import Mode
from allocation.errors import AddressNotOpen, AddressUnchanged
from allocation.models import AddressCorrection, OrderQuotes
from allocation.races import again_after_lost_race
from allocation.services import taking
from allocation.services.hands import in_hand, wait_again
from allocation.services.moving import Change, append_undecided, last_record_id
from orders.addresses import NewAddress, correct_address
from orders.core.states import OrderState
from orders.models import Order
from wms.arrays import array_cursor
from wms.tenancy.scope import tenant_scope

OPEN: Final = (OrderState.PENDING, OrderState.EXCEPTION, OrderState.REVIEW)
PARTS: Final = ("country", "state_code", "city", "address", "postcode", "recipient", "lat", "lon", "residential")


@again_after_lost_race
def fix_address(
    *,
    tenant_id: int,
    order_id: int,
    address: NewAddress,
    actor: str,
    reason: str = "",
    seen_record_id: int | None = None,
    at: datetime,
) -> int:
    """Correct where an order goes and have it decided again; return the record's id.

    The address before is kept, for what was decided on it. An order that a person has in hand waits for that person. Raises
    AddressNotOpen once a warehouse has the order, AddressUnchanged, or what is wrong with the new address.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = taking.take_order(order_id, OrderState.CANCELLED, seen_record_id)
        if order.state not in OPEN:
            raise AddressNotOpen(number=order.external_number, state=order.get_state_display())
        if not correct_address(tenant_id=tenant_id, order_id=order_id, address=address):
            raise AddressUnchanged(number=order.external_number)
        OrderQuotes.objects.filter(pk=order_id).delete()
        change = Change(mode=Mode.ADDRESS, actor=actor, at=at, reason=reason)
        append_undecided(cursor, [order], change)
        record_id = last_record_id(cursor, order)
        _keep_the_one_before(order, record_id, change)
        if not in_hand([order_id]):
            wait_again(order, change)
        return record_id


def _keep_the_one_before(order: Order, record_id: int, change: Change) -> None:
    AddressCorrection.objects.create(
        tenant_id=order.tenant_id,
        seller_id=order.seller_id,
        order=order,
        record_id=record_id,
        actor=change.actor,
        corrected_at=change.at,
        **{name: getattr(order, name) for name in PARTS},
    )
