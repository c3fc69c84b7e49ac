"""A person chooses where an order ships from, and takes the choice back."""

from __future__ import annotations

from datetime import datetime

from allocation.core.types import BY_HAND, Mode
from allocation.errors import NothingToUndo, ReasonMissing
from allocation.models import Hand, Record
from allocation.races import again_after_lost_race
from allocation.services import taking
from allocation.services.assigning import Lane, assign
from allocation.services.hands import is_excluded, let_go, put_in_hand, wait_again
from allocation.services.moving import Change, Cursor, append_undecided, last_record_id, move, release
from allocation.services.restoring import is_split, restore_split
from orders.core.states import OrderState
from orders.models import Order
from wms.arrays import array_cursor
from wms.tenancy.scope import tenant_scope


@again_after_lost_race
def assign_order(
    *,
    tenant_id: int,
    order_id: int,
    warehouse_id: int,
    channel_id: int | None = None,
    actor: str,
    reason: str = "",
    forced: bool = False,
    seen_record_id: int | None = None,
    seen_cost_minor: int | None = None,
    at: datetime,
) -> int:
    """Move an order to the warehouse that a person chose, by its cheapest channel unless one is named; return the record's id.

    The units move with it, and automation leaves the order alone from then on. `seen_record_id` is the newest record that the
    person saw, `seen_cost_minor` the landed cost. Raises OrderChanged where there is a newer one, PriceChanged where it costs another
    amount by now, and WarehouseCannotServe where the warehouse lacks units, has no price, or a soft limit of the strategy forbids
    it. `forced` overrides such limits for a `reason`, which the record keeps with the limit's name: ReasonMissing without one.
    What carriers said of the order not long ago is its price by live channels (allocation.quoting.asking), else their rate cards.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = taking.take_order(order_id, OrderState.ALLOCATED, seen_record_id)
        change = Change(mode=Mode.MANUAL, actor=actor, at=at, reason=reason)
        if forced and not reason.strip():
            raise ReasonMissing(number=order.external_number)
        record_id = assign(cursor, order, Lane(warehouse_id, channel_id), change, forced=forced, seen_cost_minor=seen_cost_minor)
        put_in_hand(order, Hand.CHOSEN, change)
        return record_id


@again_after_lost_race
def undo_assignment(*, tenant_id: int, order_id: int, actor: str, seen_record_id: int | None = None, at: datetime) -> int:
    """Take back the last decision by hand: the one before it holds again, at today's prices; return the record's id.

    An order that had no warehouse before waits for one again: in review if it was there or is excluded from automation, else
    in the queue.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = taking.take_order(order_id, OrderState.ALLOCATED, seen_record_id)
        return take_back(cursor, order, Change(mode=Mode.UNDO, actor=actor, at=at))


def take_back(cursor: Cursor, order: Order, change: Change) -> int:
    """Let the decision hold again that a person's decision took the place of, for a locked order; return the record's id."""
    before = _before_the_manual_one(order)
    if before is None or before.warehouse_id is None:
        return _unassign(cursor, order, before, change)
    if not _was_by_hand(before):
        let_go(order)
    if is_split(before):
        return restore_split(cursor, order, before, change)
    return assign(cursor, order, Lane(before.warehouse_id, before.channel_id), change, forced=True)


def _before_the_manual_one(order: Order) -> Record | None:
    """Return the decision that a person's decision, the order's current one, took the place of."""
    last = Record.objects.filter(order_id=order.pk).order_by("-pk").first()
    if order.state != OrderState.ALLOCATED or last is None or last.mode not in BY_HAND:
        raise NothingToUndo(number=order.external_number)
    return _superseded_by(last)


def _superseded_by(record: Record) -> Record | None:
    before: Record | None = Record.objects.filter(pk=record.supersedes).first()
    return before


def is_by_hand(order: Order) -> bool:
    """Return whether a person chose where the order lies."""
    return _was_by_hand(Record.objects.filter(order_id=order.pk).defer("candidates").order_by("-pk").first())


def _was_by_hand(record: Record | None) -> bool:
    """Return whether a person chose what a record says; an undo repeats the decision before the one that it took back."""
    while record is not None and record.mode == Mode.UNDO:
        undone = _superseded_by(record)
        record = None if undone is None else _superseded_by(undone)
    return record is not None and record.mode in BY_HAND


def _unassign(cursor: Cursor, order: Order, before: Record | None, change: Change) -> int:
    release(order)
    append_undecided(cursor, [order], change)
    if before is not None and before.mode == Mode.HOLD and not is_excluded(order):
        put_in_hand(order, Hand.HELD, change)
        move(order, OrderState.REVIEW)
    else:
        let_go(order)
        wait_again(order, change)
    return last_record_id(cursor, order)
