"""What people and other systems may do to a decision: choose, undo, cancel, count stock. One function, one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from django.utils.translation import gettext_lazy as _

from allocation import store
from allocation.batches import PreparedBatch, prepare_batch, record_rows, reserved_stock, shipment_rows
from allocation.core.planner import Plan, plan_choice
from allocation.core.types import Mode, reason_of
from allocation.models import OrderException, Record, Shipment, ShipmentState
from allocation.shelf import Shelf
from allocation.worlds import LoadedWorld, current_world
from inventory.services import Count, count_stock, release_orders
from orders.core.states import OrderState, may_become
from orders.models import Order, QueuedOrder
from orders.services import head_and_lines, queue_orders
from wms.arrays import array_cursor
from wms.errors import DomainError
from wms.tenancy.scope import tenant_scope

type Cursor = store.Cursor


class OrderNotFound(DomainError):
    code = "order_not_found"
    sentence = _("There is no order %(order_id)s.")


class OrderCannotMove(DomainError):
    code = "order_cannot_move"
    sentence = _("Order %(number)s is %(state)s; it can't become %(target)s.")


class WarehouseUnknown(DomainError):
    code = "warehouse_unknown"
    sentence = _("There is no active warehouse %(warehouse_id)s, or it does not ship by channel %(channel_id)s.")


class WarehouseCannotServe(DomainError):
    code = "warehouse_cannot_serve"
    sentence = _("Warehouse %(warehouse)s can't serve order %(number)s: %(reason)s.")


class NothingToUndo(DomainError):
    code = "nothing_to_undo"
    sentence = _("Order %(number)s has no decision by hand to undo.")


def assign_order(
    *, tenant_id: int, order_id: int, warehouse_id: int, channel_id: int | None = None, actor: str, reason: str = "", at: datetime
) -> int:
    """Move an order to the warehouse that a person chose, by its cheapest channel unless one is named; return the record's id.

    The units move with it. Raises WarehouseCannotServe where the warehouse lacks units or has no price; nothing changes then.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = _take_order(order_id, OrderState.ALLOCATED)
        return _assign(cursor, order, warehouse_id, channel_id, Mode.MANUAL, actor, reason, at)


def undo_assignment(*, tenant_id: int, order_id: int, actor: str, at: datetime) -> int:
    """Take back the last decision by hand: the one before it holds again; return the record's id.

    An order that nothing had decided before goes back into the queue.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order = _take_order(order_id, OrderState.ALLOCATED)
        last = _current_record(order)
        if last is None or last.mode != Mode.MANUAL:
            raise NothingToUndo(number=order.external_number)
        before = Record.objects.filter(pk=last.supersedes).first() if last.supersedes else None
        if before is not None and before.warehouse_id is not None:
            return _assign(cursor, order, before.warehouse_id, before.channel_id, Mode.UNDO, actor, "", at)
        _release(order)
        record_id = _append_empty_record(order, Mode.UNDO, actor, at)
        _move(order, OrderState.PENDING)
        queue_orders(tenant_id=tenant_id, order_ids=[order.pk], at=at)
        return record_id


def cancel_order(*, tenant_id: int, order_id: int, actor: str, reason: str = "", at: datetime) -> int:
    """Cancel an order that is not yet with the warehouse and free its units; return the record's id."""
    with tenant_scope(tenant_id=tenant_id):
        order = _take_order(order_id, OrderState.CANCELLED)
        _release(order)
        OrderException.objects.filter(pk=order.pk).delete()
        record_id = _append_empty_record(order, Mode.CANCEL, actor, at, reason)
        _move(order, OrderState.CANCELLED)
        return record_id


def take_stock_count(*, tenant_id: int, counts: Sequence[Count], actor: str, at: datetime) -> tuple[int, ...]:
    """Take warehouses' counts as facts; return the ids of orders that lost their units and wait again.

    A count below what is reserved releases the youngest reservations that are not yet with the warehouse.
    """
    with tenant_scope(tenant_id=tenant_id):
        freed = count_stock(tenant_id=tenant_id, counts=counts, actor=actor, at=at)
        Shipment.objects.filter(order_id__in=freed, state=ShipmentState.PLANNED).update(state=ShipmentState.CANCELLED)
        Order.objects.filter(pk__in=freed, state=OrderState.ALLOCATED).update(state=OrderState.PENDING)
        queue_orders(tenant_id=tenant_id, order_ids=freed, at=at)
    return tuple(freed)


def _take_order(order_id: int, target: OrderState) -> Order:
    """Take the order off the queue and lock it, in the order in which a worker's claim locks them."""
    QueuedOrder.objects.filter(pk=order_id).delete()
    order = Order.objects.select_for_update(of=("self",)).filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound(order_id=order_id)
    if not may_become(state=OrderState(order.state), target=target):
        raise OrderCannotMove(number=order.external_number, state=order.get_state_display(), target=_name_of(target))
    return order


def _name_of(state: OrderState) -> str:
    return str(dict(Order._meta.get_field("state").flatchoices)[state])


def _current_record(order: Order) -> Record | None:
    return Record.objects.filter(order_id=order.pk).order_by("-pk").first()


def _release(order: Order) -> None:
    """Free the units that the order holds and take back its shipments."""
    release_orders(tenant_id=order.tenant_id, order_ids=[order.pk])
    Shipment.objects.filter(order_id=order.pk, state=ShipmentState.PLANNED).update(state=ShipmentState.CANCELLED)


def _move(order: Order, state: OrderState) -> None:
    Order.objects.filter(pk=order.pk).update(state=state)


def _append_empty_record(order: Order, mode: Mode, actor: str, at: datetime, reason: str = "") -> int:
    last = _current_record(order)
    version_id = last.settings_version_id if last else current_world(tenant_id=order.tenant_id, at=at).version_id
    record = Record.objects.create(
        tenant_id=order.tenant_id,
        seller_id=order.seller_id,
        order_id=order.pk,
        settings_version_id=version_id,
        mode=mode,
        candidates=b"",
        supersedes=last.pk if last else None,
        actor=actor,
        reason=reason or None,
        decided_at=at,
    )
    return record.pk


def _assign(
    cursor: Cursor, order: Order, warehouse_id: int, channel_id: int | None, mode: Mode, actor: str, reason: str, at: datetime
) -> int:
    loaded = current_world(tenant_id=order.tenant_id, at=at)
    warehouse, channel = _columns(loaded, warehouse_id, channel_id)
    last = _current_record(order)
    _release(order)
    shelf = Shelf(tenant_id=order.tenant_id, world=loaded.world)
    batch = prepare_batch(cursor, claim=_claim_of(order), shelf=shelf, fresh=True)
    plan = plan_choice(pricer=batch.pricer, batch=batch.batch, available=batch.available, warehouse=warehouse, channel=channel)
    if plan.mode[0] == Mode.EXCEPTION:
        raise WarehouseCannotServe(
            warehouse=loaded.world.settings.warehouses[warehouse].code,
            number=order.external_number,
            reason=reason_of(int(plan.reason[0, warehouse])).slug,
        )
    record_id = _write(cursor, order, loaded, batch, plan, mode, actor, reason, last, at)
    OrderException.objects.filter(pk=order.pk).delete()
    _move(order, OrderState.ALLOCATED)
    return record_id


def _columns(loaded: LoadedWorld, warehouse_id: int, channel_id: int | None) -> tuple[int, int | None]:
    warehouses, channels = loaded.world.warehouse_ids.tolist(), loaded.world.channel_ids.tolist()
    if warehouse_id not in warehouses or (channel_id is not None and (warehouse_id, channel_id) not in loaded.world.settings.lanes):
        raise WarehouseUnknown(warehouse_id=warehouse_id, channel_id=channel_id or "-")
    return warehouses.index(warehouse_id), None if channel_id is None else channels.index(channel_id)


def _claim_of(order: Order) -> store.Claim:
    heads, needs, counts = head_and_lines(order_ids=[order.pk])
    return store.Claim(heads=heads, needs=needs, need_counts=counts)


def _write(
    cursor: Cursor,
    order: Order,
    loaded: LoadedWorld,
    batch: PreparedBatch,
    plan: Plan,
    mode: Mode,
    actor: str,
    reason: str,
    last: Record | None,
    at: datetime,
) -> int:
    supersedes = np.array([last.pk if last else 0], dtype=np.int64)
    rows = record_rows(batch=batch, plan=replace(plan, mode=np.array([mode], dtype=np.int64)), supersedes=supersedes)
    store.write_records(
        cursor, tenant_id=order.tenant_id, version_id=loaded.version_id, rows=rows, at=at, actor=actor, reason=reason or None
    )
    store.write_shipments(cursor, tenant_id=order.tenant_id, rows=shipment_rows(batch=batch, plan=plan), at=at)
    reserved = reserved_stock(batch=batch, plan=plan)
    try:
        store.reserve_stock(cursor, tenant_id=order.tenant_id, stock_ids=reserved.stock_ids, units=reserved.units).check()
    except store.StockMoved:
        raise WarehouseCannotServe(
            warehouse=loaded.world.settings.warehouses[int(plan.warehouse[0])].code,
            number=order.external_number,
            reason="out_of_stock",
        ) from None
    return int(store.last_records(cursor, order_ids=batch.heads["order_id"])[0])
