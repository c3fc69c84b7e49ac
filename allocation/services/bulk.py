"""Move many orders to one warehouse at once, after a look at what that would do to each, and take such a move back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction

from allocation.core.types import Mode
from allocation.errors import BulkReasonMissing, TooManyOrders, WarehouseCannotServe
from allocation.models import Hand, Record
from allocation.races import again_after_lost_race
from allocation.services import taking
from allocation.services.assigning import Lane, place
from allocation.services.choosing import take_back
from allocation.services.hands import put_in_hand
from allocation.services.moving import Change, Cursor
from orders.core.states import OrderState
from orders.models import Order
from wms.arrays import array_cursor
from wms.errors import DomainError
from wms.tenancy.scope import tenant_scope

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Chosen:
    """An order that somebody chose, and the newest record that they saw of it (None: they did not look)."""

    order_id: int
    seen_record_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the move does to one order: the costs before and after (None: no warehouse), or the fault that stops it.

    `record_id` is the record that the move appended, by which it can be taken back; None where nothing was moved.
    """

    order_id: int
    number: str
    warehouse_before: str
    cost_before_minor: int | None
    cost_after_minor: int | None
    record_id: int | None
    fault: DomainError | None

    @property
    def dearer_minor(self) -> int | None:
        """Return how much more the order costs after the move, None where one of the costs is unknown."""
        if self.cost_before_minor is None or self.cost_after_minor is None:
            return None
        return self.cost_after_minor - self.cost_before_minor


@dataclass(frozen=True, slots=True)
class Moves:
    """The outcomes in the order of the orders' ids, and whether anything was moved."""

    outcomes: tuple[Outcome, ...]
    done: bool

    @property
    def faults(self) -> int:
        """Return how many orders can't be moved."""
        return sum(outcome.fault is not None for outcome in self.outcomes)

    @property
    def dearer_minor(self) -> int:
        """Return how much more all the moves cost together, orders without a cost before or after left out."""
        return sum(outcome.dearer_minor or 0 for outcome in self.outcomes)


type Faults = dict[int, DomainError]
type Deed = Callable[[Cursor, list[Order], Faults], list[Order]]
"""Does something to locked orders, adds to the faults those to which it can't be done, and returns the others."""


def preview_assignments(
    *,
    tenant_id: int,
    chosen: Sequence[Chosen],
    warehouse_id: int,
    channel_id: int | None = None,
    actor: str,
    forced: bool = False,
    at: datetime,
) -> Moves:
    """Return what moving these orders would cost and which can't be moved, changing nothing.

    It is the move itself, rolled back: orders that share the last units are seen to.
    """
    change = Change(mode=Mode.MANUAL, actor=actor, at=at)
    deed = partial(_place_all, lane=Lane(warehouse_id, channel_id), change=change, forced=forced)
    return _do_to_all(tenant_id, chosen, deed, dry=True, partly=True)


def assign_orders(
    *,
    tenant_id: int,
    chosen: Sequence[Chosen],
    warehouse_id: int,
    channel_id: int | None = None,
    actor: str,
    reason: str = "",
    forced: bool = False,
    partly: bool = False,
    at: datetime,
) -> Moves:
    """Move these orders to the warehouse that a person chose: all of them, or else none, and the outcomes say which can't be.

    With `partly` those that can be moved are. `forced` overrides the strategy's soft limits for a `reason`, which the records of
    the orders that needed it keep with the limits' names: BulkReasonMissing without one. Orders that need no force get the last
    units first. Raises TooManyOrders beyond MOST_AT_ONCE.
    """
    if forced and not reason.strip():
        raise BulkReasonMissing
    change = Change(mode=Mode.MANUAL, actor=actor, at=at, reason=reason)
    deed = partial(_place_all, lane=Lane(warehouse_id, channel_id), change=change, forced=forced)
    return _do_to_all(tenant_id, chosen, deed, dry=False, partly=partly)


def undo_assignments(*, tenant_id: int, chosen: Sequence[Chosen], actor: str, partly: bool = False, at: datetime) -> Moves:
    """Take back the last decision by hand of each of these orders, all of them, or else none; with `partly` those that it can be of.

    Named with the records of their outcomes, the orders of one move are taken back as a whole, and none that was changed since.
    """
    deed = partial(_take_all_back, change=Change(mode=Mode.UNDO, actor=actor, at=at))
    return _do_to_all(tenant_id, chosen, deed, dry=False, partly=partly)


@again_after_lost_race
def _do_to_all(tenant_id: int, chosen: Sequence[Chosen], deed: Deed, *, dry: bool, partly: bool) -> Moves:
    if len(chosen) > MOST_AT_ONCE:
        raise TooManyOrders(orders=len(chosen), most=MOST_AT_ONCE)
    order_ids = sorted({one.order_id for one in chosen})
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        before = _newest_records(order_ids)
        with transaction.atomic():
            orders, faults = _take_all(chosen)
            changed = deed(cursor, orders, faults)
            after = _newest_records([order.pk for order in changed])
            done = bool(changed) and not dry and (partly or not faults)
            if not done:
                transaction.set_rollback(True)
        numbers = dict(Order.objects.filter(pk__in=order_ids).values_list("pk", "external_number"))
    return Moves(tuple(_outcome(order_id, numbers, before, after, faults, done=done) for order_id in order_ids), done)


def _take_all(chosen: Sequence[Chosen]) -> tuple[list[Order], Faults]:
    orders: list[Order] = []
    faults: Faults = {}
    for one in sorted(chosen, key=lambda one: one.order_id):
        try:
            with transaction.atomic():
                orders.append(taking.take_order(one.order_id, OrderState.ALLOCATED, one.seen_record_id))
        except DomainError as fault:
            faults[one.order_id] = fault
    return orders, faults


def _place_all(cursor: Cursor, orders: list[Order], faults: Faults, *, lane: Lane, change: Change, forced: bool) -> list[Order]:
    """Place the orders that can be placed, at first without force."""
    everyone, placed = orders, orders
    while placed:
        with transaction.atomic():
            blocked = place(cursor, placed, lane, change)
            if blocked:
                transaction.set_rollback(True)
        if not blocked:
            break
        faults.update(blocked)
        placed = [order for order in placed if order.pk not in blocked]
    if forced:
        refused = [order for order in everyone if isinstance(faults.get(order.pk), WarehouseCannotServe)]
        placed = [*placed, *(order for order in refused if _forced(cursor, order, faults, lane, change))]
    for order in placed:
        put_in_hand(order, Hand.CHOSEN, change)
    return placed


def _forced(cursor: Cursor, order: Order, faults: Faults, lane: Lane, change: Change) -> bool:
    """Place an order over the soft limits that stand in its way; return whether nothing else did."""
    with transaction.atomic():
        blocked = place(cursor, [order], lane, change, forced=True)
        if blocked:
            transaction.set_rollback(True)
            return False
    del faults[order.pk]
    return True


def _take_all_back(cursor: Cursor, orders: list[Order], faults: Faults, *, change: Change) -> list[Order]:
    taken = []
    for order in orders:
        try:
            with transaction.atomic():
                take_back(cursor, order, change)
                taken.append(order)
        except DomainError as fault:
            faults[order.pk] = fault
    return taken


def _newest_records(order_ids: Collection[int]) -> dict[int, Record]:
    newest = Record.objects.filter(order_id__in=order_ids).order_by("order_id", "-pk").distinct("order_id")
    return {record.order_id: record for record in newest.select_related("warehouse").defer("candidates")}


def _outcome(
    order_id: int,
    numbers: Mapping[int, str],
    before: Mapping[int, Record],
    after: Mapping[int, Record],
    faults: Mapping[int, DomainError],
    *,
    done: bool,
) -> Outcome:
    old, new = before.get(order_id), after.get(order_id)
    return Outcome(
        order_id=order_id,
        number=numbers.get(order_id, str(order_id)),
        warehouse_before=old.warehouse.code if old and old.warehouse else "",
        cost_before_minor=old.cost_minor if old else None,
        cost_after_minor=new.cost_minor if new else None,
        record_id=new.pk if new and done else None,
        fault=faults.get(order_id),
    )
