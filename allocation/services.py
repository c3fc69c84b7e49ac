"""What people and other systems may do to a decision: choose, undo, cancel, count stock. One function, one transaction.

Each appends a record that names the one it supersedes. Locks are taken as a worker takes them: queue, order, reservation,
stock; where another order of locks ends in a deadlock, the use case is tried again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from allocation import store
from allocation.batches import PreparedBatch, prepare_batch, record_rows, reserved_stock, shipment_rows, undecided_rows
from allocation.core.planner import Plan, plan_choice
from allocation.core.types import Mode, Reason, reason_of
from allocation.errors import LaneUnknown, NothingToUndo, OrderCannotMove, OrderNotFound, WarehouseCannotServe
from allocation.models import OrderException, Record, SettingsVersion, Shipment, ShipmentState
from allocation.races import again_after_lost_race
from allocation.shelf import Shelf
from allocation.words import REASONS
from allocation.worlds import LoadedWorld, current_world
from inventory.core.types import Count
from inventory.services import count_stock, release_orders
from orders.core.states import OrderState, may_become
from orders.models import Order, QueuedOrder
from orders.services import head_and_lines, queue_orders
from wms.arrays import array_cursor
from wms.tenancy.scope import tenant_scope

type Cursor = store.Cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What is done to a decision, by whom, why and when."""

    mode: Mode
    actor: str
    at: datetime
    reason: str = ""


@again_after_lost_race
def assign_order(
    *, tenant_id: int, order_id: int, warehouse_id: int, channel_id: int | None = None, actor: str, reason: str = "", at: datetime
) -> int:
    """Move an order to the warehouse that a person chose, by its cheapest channel unless one is named; return the record's id.

    The units move with it. Raises WarehouseCannotServe where the warehouse lacks units or has no price; nothing changes then.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = _take_order(order_id, OrderState.ALLOCATED)
        change = _Change(mode=Mode.MANUAL, actor=actor, at=at, reason=reason)
        return _assign(cursor, order, warehouse_id, channel_id, change)


@again_after_lost_race
def undo_assignment(*, tenant_id: int, order_id: int, actor: str, at: datetime) -> int:
    """Take back the last decision by hand: the one before it holds again, at today's prices; return the record's id.

    An order that had no warehouse before goes back into the queue.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = _take_order(order_id, OrderState.ALLOCATED)
        change = _Change(mode=Mode.UNDO, actor=actor, at=at)
        before = _before_the_manual_one(order)
        if before is not None and before.warehouse_id is not None:
            return _assign(cursor, order, before.warehouse_id, before.channel_id, change)
        _release(order)
        _append_undecided(cursor, [order], change)
        _move(order, OrderState.PENDING)
        queue_orders(tenant_id=tenant_id, order_ids=[order.pk], at=at)
        return _last_record_id(cursor, order)


@again_after_lost_race
def cancel_order(*, tenant_id: int, order_id: int, actor: str, reason: str = "", at: datetime) -> int:
    """Cancel an order that is not yet with the warehouse and free its units; return the record's id."""
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = _take_order(order_id, OrderState.CANCELLED)
        _release(order)
        OrderException.objects.filter(pk=order.pk).delete()
        _append_undecided(cursor, [order], _Change(mode=Mode.CANCEL, actor=actor, at=at, reason=reason))
        _move(order, OrderState.CANCELLED)
        return _last_record_id(cursor, order)


@again_after_lost_race
def take_stock_count(*, tenant_id: int, counts: Sequence[Count], actor: str, at: datetime, reference: str = "") -> tuple[int, ...]:
    """Take warehouses' counts as facts; return the ids of the orders that lost their units.

    A count below what is reserved releases the youngest orders, which wait for a decision again. Those that are with the
    warehouse already go last, and become exceptions that only a person ends.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        spared = store.released_holders(cursor, tenant_id=tenant_id, counts=counts)
        freed = count_stock(tenant_id=tenant_id, counts=counts, actor=actor, at=at, reference=reference, spared_order_ids=spared)
        if freed:
            _send_back(cursor, freed, _Change(mode=Mode.COUNT, actor=actor, at=at, reason=reference))
    return freed


def _take_order(order_id: int, target: OrderState) -> Order:
    """Take the order off the queue and lock it.

    The queue's row goes first, as in a worker's claim; then once more, in case a sweep queued the order in between.
    """
    queued = QueuedOrder.objects.filter(pk=order_id)
    queued.delete()
    order = _lock_order(order_id, target)
    queued.delete()
    return order


def _lock_order(order_id: int, target: OrderState) -> Order:
    order: Order | None = Order.objects.select_for_update(of=("self",)).filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound(order_id=order_id)
    if not may_become(state=OrderState(order.state), target=target):
        raise OrderCannotMove(number=order.external_number, state=order.get_state_display(), target=_name_of(target))
    return order


def _name_of(state: OrderState) -> str:
    return Order(state=state.value).get_state_display()


def _before_the_manual_one(order: Order) -> Record | None:
    """Return the decision that a person's decision, the order's current one, took the place of."""
    last = Record.objects.filter(order_id=order.pk).order_by("-pk").first()
    if order.state != OrderState.ALLOCATED or last is None or last.mode != Mode.MANUAL:
        raise NothingToUndo(number=order.external_number)
    before: Record | None = Record.objects.filter(pk=last.supersedes).first()
    return before


def _release(order: Order) -> None:
    """Free the units that the order holds and take back its shipments."""
    release_orders(tenant_id=order.tenant_id, order_ids=[order.pk])
    Shipment.objects.filter(order_id=order.pk, state=ShipmentState.PLANNED).update(state=ShipmentState.CANCELLED)


def _move(order: Order, state: OrderState) -> None:
    Order.objects.filter(pk=order.pk).update(state=state)


def _last_record_id(cursor: Cursor, order: Order) -> int:
    return int(store.last_records(cursor, order_ids=np.array([order.pk]))[0])


def _append_undecided(cursor: Cursor, orders: Sequence[Order], change: _Change) -> None:
    """Append a record without a warehouse to each of these orders."""
    order_ids = np.array([order.pk for order in orders])
    rows = undecided_rows(
        mode=change.mode,
        order_ids=order_ids,
        seller_ids=np.array([order.seller_id for order in orders]),
        supersedes=store.last_records(cursor, order_ids=order_ids),
    )
    tenant_id = orders[0].tenant_id
    version_id = _any_version(tenant_id, change.at)
    store.write_records(
        cursor, tenant_id=tenant_id, version_id=version_id, rows=rows, at=change.at, actor=change.actor, reason=change.reason or None
    )


def _any_version(tenant_id: int, at: datetime) -> int:
    """Return the newest settings version: a record that decides nothing reads none, and needs not have one compiled."""
    newest: int | None = SettingsVersion.objects.order_by("-pk").values_list("pk", flat=True).first()
    return newest or current_world(tenant_id=tenant_id, at=at).version_id


def _send_back(cursor: Cursor, order_ids: Sequence[int], change: _Change) -> None:
    """Let orders that lost their units wait again; what is with the warehouse already is for a person to sort out."""
    orders = list(Order.objects.select_for_update(of=("self",)).filter(pk__in=order_ids).order_by("pk"))
    live = (ShipmentState.PLANNED, ShipmentState.RELEASED)
    Shipment.objects.filter(order_id__in=order_ids, state__in=live).update(state=ShipmentState.CANCELLED)
    _append_undecided(cursor, orders, change)
    gone = [order for order in orders if order.state == OrderState.RELEASED]
    OrderException.objects.bulk_create(_for_a_person(order, change.at) for order in gone)
    Order.objects.filter(pk__in=[order.pk for order in gone]).update(state=OrderState.EXCEPTION)
    again = [order.pk for order in orders if order.state == OrderState.ALLOCATED]
    Order.objects.filter(pk__in=again).update(state=OrderState.PENDING)
    queue_orders(tenant_id=orders[0].tenant_id, order_ids=again, at=change.at)


def _for_a_person(order: Order, at: datetime) -> OrderException:
    return OrderException(
        order_id=order.pk,
        tenant_id=order.tenant_id,
        seller_id=order.seller_id,
        reasons=[Reason.OUT_OF_STOCK.value],
        sku_ids=[],
        settings_revision=0,
        ship_date=at.date(),
        seen_snapshot="",
        since=at,
        held=True,
    )


def _assign(cursor: Cursor, order: Order, warehouse_id: int, channel_id: int | None, change: _Change) -> int:
    loaded = current_world(tenant_id=order.tenant_id, at=change.at)
    warehouse, channel = _columns(loaded, warehouse_id, channel_id)
    _release(order)
    shelf = Shelf(tenant_id=order.tenant_id, world=loaded.world)
    batch = prepare_batch(cursor, claim=_claim_of(order), shelf=shelf, fresh=True)
    plan = plan_choice(pricer=batch.pricer, batch=batch.batch, available=batch.available, warehouse=warehouse, channel=channel)
    if plan.mode[0] == Mode.EXCEPTION:
        raise _cannot_serve(order, loaded, warehouse, reason_of(int(plan.reason[0, warehouse])).slug)
    try:
        _write(cursor, order, loaded, batch, plan, change)
    except store.StockMoved:
        raise _cannot_serve(order, loaded, warehouse, Reason.OUT_OF_STOCK.slug) from None
    OrderException.objects.filter(pk=order.pk).delete()
    _move(order, OrderState.ALLOCATED)
    return _last_record_id(cursor, order)


def _columns(loaded: LoadedWorld, warehouse_id: int, channel_id: int | None) -> tuple[int, int | None]:
    """Return the columns of an active warehouse and of one of its channels."""
    warehouses, channels = loaded.world.warehouse_ids.tolist(), loaded.world.channel_ids.tolist()
    is_lane = channel_id is None or (channel_id in channels and (warehouse_id, channel_id) in loaded.world.settings.lanes)
    if warehouse_id not in warehouses or not is_lane:
        raise LaneUnknown(warehouse_id=warehouse_id, channel_id=channel_id or "–")
    return warehouses.index(warehouse_id), None if channel_id is None else channels.index(channel_id)


def _claim_of(order: Order) -> store.Claim:
    heads, needs, counts = head_and_lines(order_ids=[order.pk])
    return store.Claim(heads=heads, needs=needs, need_counts=counts)


def _cannot_serve(order: Order, loaded: LoadedWorld, warehouse: int, slug: str) -> WarehouseCannotServe:
    code = loaded.world.settings.warehouses[warehouse].code
    return WarehouseCannotServe(warehouse=code, number=order.external_number, reason=REASONS[slug])


def _write(cursor: Cursor, order: Order, loaded: LoadedWorld, batch: PreparedBatch, plan: Plan, change: _Change) -> None:
    """Write the plan of one order; StockMoved where somebody else was faster."""
    tenant_id, at = order.tenant_id, change.at
    supersedes = store.last_records(cursor, order_ids=batch.heads["order_id"])
    records = record_rows(batch=batch, plan=replace(plan, mode=np.array([change.mode], dtype=np.int64)), supersedes=supersedes)
    store.write_records(
        cursor, tenant_id=tenant_id, version_id=loaded.version_id, rows=records, at=at, actor=change.actor, reason=change.reason or None
    )
    store.write_shipments(cursor, tenant_id=tenant_id, rows=shipment_rows(batch=batch, plan=plan), at=at)
    reserved = reserved_stock(batch=batch, plan=plan)
    store.reserve_stock(cursor, tenant_id=tenant_id, stock_ids=reserved.stock_ids, units=reserved.units).check()
