"""What people have in hand: automation leaves these orders alone until they are let go."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from allocation.core.types import Reason
from allocation.models import Hand, OrderException, OrderInHand
from allocation.services.moving import Change, move
from orders.core.states import OrderState
from orders.models import Order
from orders.services import queue_orders


def put_in_hand(order: Order, kind: Hand, change: Change) -> None:
    """Give an order into the hands of the person who changes it; one that is excluded stays so, whatever is chosen for it."""
    fields = {"person": change.actor, "reason": change.reason, "since": change.at}
    own = {"tenant_id": order.tenant_id, "seller_id": order.seller_id, "kind": kind}
    if kind == Hand.CHOSEN and is_excluded(order):
        OrderInHand.objects.filter(pk=order.pk).update(**fields)
    else:
        OrderInHand.objects.update_or_create(order_id=order.pk, defaults={**own, **fields})


def let_go(order: Order) -> None:
    """Give an order back to automation, unless it is excluded from it."""
    OrderInHand.objects.filter(pk=order.pk).exclude(kind=Hand.EXCLUDED).delete()


def is_excluded(order: Order) -> bool:
    """Return whether automation must never decide this order."""
    return bool(OrderInHand.objects.filter(pk=order.pk, kind=Hand.EXCLUDED).exists())


def in_hand(order_ids: Collection[int]) -> frozenset[int]:
    """Return those of the orders that people have in hand."""
    return frozenset(OrderInHand.objects.filter(pk__in=order_ids).values_list("pk", flat=True))


def exception_for_a_person(order: Order, reason: Reason, at: datetime) -> OrderException:
    """Return the exception of an order that is never tried again by itself."""
    return OrderException(
        order_id=order.pk,
        tenant_id=order.tenant_id,
        seller_id=order.seller_id,
        reasons=[reason.value],
        sku_ids=[],
        settings_revision=0,
        ship_date=at.date(),
        seen_snapshot="",
        since=at,
        held=True,
    )


def wait_again(order: Order, change: Change) -> None:
    """Let an order without a warehouse wait for a decision: the workers', or a person's if automation must not decide it."""
    OrderException.objects.filter(pk=order.pk).delete()
    if is_excluded(order):
        move(order, OrderState.REVIEW)
    else:
        move(order, OrderState.PENDING)
        queue_orders(tenant_id=order.tenant_id, order_ids=[order.pk], at=change.at)
