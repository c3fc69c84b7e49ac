"""Put an order into the warehouse that somebody chose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocation import store
from allocation.batches import PreparedBatch, prepare_batch, record_rows, reserved_stock, shipment_rows
from allocation.core.planner import Choice, plan_batch, price_choice
from allocation.core.plans import Plan
from allocation.core.types import Mode, Reason, reason_of
from allocation.errors import LaneUnknown, WarehouseCannotServe
from allocation.models import OrderException
from allocation.services.moving import Change, Cursor, last_record_id, move, release
from allocation.shelf import Shelf
from allocation.words import REASONS
from allocation.worlds import LoadedWorld, current_world
from orders.core.states import OrderState
from orders.models import Order
from orders.services import head_and_lines


def assign(cursor: Cursor, order: Order, warehouse_id: int, channel_id: int | None, change: Change) -> int:
    """Move a locked order and its units to a warehouse; return the record's id."""
    loaded = current_world(tenant_id=order.tenant_id, at=change.at)
    warehouse, channel = _columns(loaded, warehouse_id, channel_id)
    release(order)
    shelf = Shelf(tenant_id=order.tenant_id, world=loaded.world)
    batch = prepare_batch(cursor, claim=_claim_of(order), shelf=shelf, fresh=True, at=change.at)
    batch.read_stock(cursor, fresh=True)
    priced = price_choice(pricer=batch.pricer, batch=batch.batch, choice=Choice(warehouse=warehouse), channel=channel)
    plan = plan_batch(priced=priced, available=batch.available)
    if plan.mode[0] == Mode.EXCEPTION:
        raise _cannot_serve(order, loaded, warehouse, reason_of(int(plan.reason[0, warehouse])).slug)
    try:
        _write(cursor, order, loaded, batch, plan, change)
    except store.StockMoved:
        raise _cannot_serve(order, loaded, warehouse, Reason.OUT_OF_STOCK.slug) from None
    OrderException.objects.filter(pk=order.pk).delete()
    move(order, OrderState.ALLOCATED)
    return last_record_id(cursor, order)


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


def _write(cursor: Cursor, order: Order, loaded: LoadedWorld, batch: PreparedBatch, plan: Plan, change: Change) -> None:
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
