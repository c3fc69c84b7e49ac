"""Take one order into a person's hands: off the queue, locked, unchanged since they looked, and in a state from which it may move."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from allocation.errors import OrderCannotMove, OrderChanged, OrderNotFound
from allocation.models import Record
from allocation.quoting.stored import leave_queue
from orders.core.states import OrderState, may_become
from orders.models import Order

NO_RECORD = 0
"""What somebody saw who looked at an order without a record."""


def take_order(order_id: int, target: OrderState, seen_record_id: int | None = None) -> Order:
    """Take the order off the queue and lock it.

    The queue's row goes first, as in a worker's claim; then once more, in case a sweep queued the order in between.
    """
    leave_queue(order_id)
    order = lock_order(order_id, target, seen_record_id)
    leave_queue(order_id)
    return order


def lock_order(order_id: int, target: OrderState, seen_record_id: int | None = None) -> Order:
    """Lock an order that may move to `target`; raises OrderNotFound, OrderChanged or OrderCannotMove.

    `seen_record_id` is the newest record that the person saw (NO_RECORD: there was none; None: they did not look).
    """
    order: Order | None = Order.objects.select_for_update(of=("self",)).filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound(order_id=order_id)
    if seen_record_id is not None:
        _check_unchanged(order, seen_record_id)
    if not may_become(state=OrderState(order.state), target=target):
        raise OrderCannotMove(number=order.external_number, state=order.get_state_display(), target=_name_of(target))
    return order


def _check_unchanged(order: Order, seen_record_id: int) -> None:
    newest: Record | None = Record.objects.filter(order_id=order.pk).select_related("warehouse").defer("candidates").order_by("-pk").first()
    if (newest.pk if newest else NO_RECORD) == seen_record_id:
        return
    raise OrderChanged(
        number=order.external_number,
        state=order.get_state_display(),
        warehouse=newest.warehouse.code if newest and newest.warehouse else "–",
        by=(newest and newest.actor) or _("the system"),
        at=newest.decided_at if newest else None,
        order_id=order.pk,
        record_id=newest.pk if newest else NO_RECORD,
    )


def _name_of(state: OrderState) -> str:
    return Order(state=state.value).get_state_display()
