"""Hold orders for review, let them go again, and keep automation's hands off single orders."""

from __future__ import annotations

from datetime import datetime

from allocation.core.types import Mode
from allocation.errors import NotExcluded, NotInReview
from allocation.models import Hand, OrderException, OrderInHand
from allocation.races import again_after_lost_race
from allocation.services import taking
from allocation.services.choosing import is_by_hand
from allocation.services.hands import is_excluded, let_go, put_in_hand, wait_again
from allocation.services.moving import Change, Cursor, append_undecided, last_record_id, move, note_hand, release
from orders.core.states import OrderState
from orders.models import Order
from wms.arrays import array_cursor
from wms.tenancy.scope import tenant_scope

UNDECIDED = (OrderState.PENDING, OrderState.EXCEPTION)
FOR_A_PERSON = (OrderState.REVIEW, OrderState.EXCEPTION)


@again_after_lost_race
def hold_order(*, tenant_id: int, order_id: int, actor: str, reason: str = "", seen_record_id: int | None = None, at: datetime) -> int:
    """Hold an order for review; what it had reserved is free again. Return the record's id.

    Nobody but a person decides it until it is resumed or assigned by hand.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = taking.take_order(order_id, OrderState.REVIEW, seen_record_id)
        change = Change(mode=Mode.HOLD, actor=actor, at=at, reason=reason)
        return _hold(cursor, order, Hand.HELD, change)


@again_after_lost_race
def resume_order(*, tenant_id: int, order_id: int, actor: str, reason: str = "", seen_record_id: int | None = None, at: datetime) -> int:
    """Give an order in review, or an exception, back to automation: it waits for a decision again. Return the record's id.

    Raises NotInReview, also for an order that is excluded from automation: it would wait in vain.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = taking.lock_order(order_id, OrderState.PENDING, seen_record_id)
        if order.state not in FOR_A_PERSON or is_excluded(order):
            raise NotInReview(number=order.external_number, state=order.get_state_display())
        return _resume(cursor, order, Change(mode=Mode.RESUME, actor=actor, at=at, reason=reason))


@again_after_lost_race
def exclude_order(*, tenant_id: int, order_id: int, actor: str, reason: str = "", at: datetime) -> None:
    """Keep automation away from an order until it is included again.

    One that waits goes into review; one that has a warehouse keeps it, and loses it to no worker.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = taking.take_order(order_id, OrderState.REVIEW)
        change = Change(mode=Mode.HOLD, actor=actor, at=at, reason=reason)
        if order.state in UNDECIDED:
            _hold(cursor, order, Hand.EXCLUDED, change)
        else:
            put_in_hand(order, Hand.EXCLUDED, change)
            note_hand(order, change, before=None, after=Hand.EXCLUDED)


@again_after_lost_race
def include_order(*, tenant_id: int, order_id: int, actor: str, at: datetime) -> None:
    """Let automation decide an order again that was excluded. Raises NotExcluded.

    One in review waits for a decision then; one with a warehouse keeps it.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = taking.take_order(order_id, OrderState.REVIEW)
        removed, _ = OrderInHand.objects.filter(pk=order_id, kind=Hand.EXCLUDED).delete()
        if not removed:
            raise NotExcluded(number=order.external_number)
        change = Change(mode=Mode.RESUME, actor=actor, at=at)
        if order.state != OrderState.ALLOCATED:
            _resume(cursor, order, change)
            return
        if is_by_hand(order):
            put_in_hand(order, Hand.CHOSEN, change)
        note_hand(order, change, before=Hand.EXCLUDED, after=None)


def _hold(cursor: Cursor, order: Order, kind: Hand, change: Change) -> int:
    release(order)
    OrderException.objects.filter(pk=order.pk).delete()
    append_undecided(cursor, [order], change)
    put_in_hand(order, kind, change)
    move(order, OrderState.REVIEW)
    return last_record_id(cursor, order)


def _resume(cursor: Cursor, order: Order, change: Change) -> int:
    let_go(order)
    append_undecided(cursor, [order], change)
    wait_again(order, change)
    return last_record_id(cursor, order)
