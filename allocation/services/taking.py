"""Take one order into a person's hands: off the queue, locked, and in a state from which it may move."""

from __future__ import annotations

from allocation.errors import OrderCannotMove, OrderNotFound
from orders.core.states import OrderState, may_become
from orders.models import Order, QueuedOrder


def take_order(order_id: int, target: OrderState) -> Order:
    """Take the order off the queue and lock it.

    The queue's row goes first, as in a worker's claim; then once more, in case a sweep queued the order in between.
    """
    queued = QueuedOrder.objects.filter(pk=order_id)
    queued.delete()
    order = lock_order(order_id, target)
    queued.delete()
    return order


def lock_order(order_id: int, target: OrderState) -> Order:
    """Lock an order that may move to `target`; raises OrderNotFound or OrderCannotMove."""
    order: Order | None = Order.objects.select_for_update(of=("self",)).filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound(order_id=order_id)
    if not may_become(state=OrderState(order.state), target=target):
        raise OrderCannotMove(number=order.external_number, state=order.get_state_display(), target=_name_of(target))
    return order


def _name_of(state: OrderState) -> str:
    return Order(state=state.value).get_state_display()
