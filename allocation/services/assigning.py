"""Put an order into the warehouse that somebody chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from allocation import outcomes, store
from allocation.batches import PreparedBatch, prepare_batch, record_rows, reserved_stock, shipment_rows
from allocation.core.planner import Choice, plan_batch, price_choice
from allocation.core.plans import Capacity, Plan
from allocation.core.types import Mode, Reason, is_soft, reason_of
from allocation.errors import LaneUnknown, PriceChanged, WarehouseCannotServe
from allocation.loads import add_load, capacity_left, load_rows
from allocation.models import OrderException, OrderQuotes, Record
from allocation.quoting.stored import stored_quotes
from allocation.services.moving import Change, Cursor, release, write_by_hand
from allocation.shelf import Shelf
from allocation.words import REASONS
from allocation.worlds import LoadedWorld, current_world
from inventory.models import Warehouse
from orders.core.states import OrderState
from orders.models import Order
from orders.services import head_and_lines
from wms.tenancy.models import Tenant
from wms.values.money import from_minor


@dataclass(frozen=True, slots=True)
class Lane:
    """The warehouse that somebody chose, and the channel, unless its cheapest is wanted."""

    warehouse_id: int
    channel_id: int | None = None


def assign(cursor: Cursor, order: Order, lane: Lane, change: Change, *, forced: bool = False, seen_cost_minor: int | None = None) -> int:
    """Move a locked order and its units to a warehouse, where it is `forced` over the strategy's soft limits; return the record's id.

    Raises PriceChanged where it costs another amount than the person saw.
    """
    for fault in place(cursor, [order], lane, change, forced=forced).values():
        raise fault
    record: Record = Record.objects.only("cost_minor").filter(order_id=order.pk).latest("pk")
    if seen_cost_minor is not None and record.cost_minor != seen_cost_minor:
        raise _price_changed(order, lane, record.cost_minor, seen_cost_minor)
    return record.pk


def _price_changed(order: Order, lane: Lane, now_minor: int | None, seen_minor: int) -> PriceChanged:
    currency = Tenant.objects.values_list("currency", flat=True).get(pk=order.tenant_id)
    now, seen = (f"{from_minor(minor, currency)} {currency}" for minor in (now_minor or 0, seen_minor))
    warehouse = Warehouse.objects.values_list("code", flat=True).get(pk=lane.warehouse_id)
    return PriceChanged(number=order.external_number, warehouse=warehouse, now=now, seen=seen)


def place(cursor: Cursor, orders: Sequence[Order], lane: Lane, change: Change, *, forced: bool = False) -> dict[int, WarehouseCannotServe]:
    """Move locked orders and their units to one warehouse, the first of them first, or return why some can't be.

    What carriers said of the orders not long ago is their price; nobody is asked. Where there is a fault, units were freed and
    nothing was placed: the caller rolls back.
    """
    loaded = current_world(tenant_id=orders[0].tenant_id, at=change.at)
    warehouse, channel = columns_of(loaded, lane)
    release(*orders)
    shelf = Shelf(tenant_id=orders[0].tenant_id, world=loaded.world)
    batch = prepare_batch(cursor, claim=claim_by_hand(cursor, orders, loaded, at=change.at), shelf=shelf, fresh=True, at=change.at)
    batch.read_stock(cursor, fresh=True)
    capacity = capacity_left(cursor, tenant_id=orders[0].tenant_id, batch=batch)
    choice = Choice(warehouse=warehouse)
    plan = _plan(batch, choice, channel, capacity)
    blocked = _blocked(plan, warehouse)
    if forced and blocked and all(is_soft(reason_of(reason)) for reason in blocked.values()):
        limits = sorted({reason_of(reason).slug for reason in blocked.values()})
        mode = Mode.FORCED if change.mode == Mode.MANUAL else change.mode
        change = replace(change, mode=mode, reason=f"{', '.join(limits)}: {change.reason}")
        choice = Choice(warehouse=warehouse, forced=True)
        plan = _plan(batch, choice, channel, capacity)
        blocked = _blocked(plan, warehouse)
    by_id = {order.pk: order for order in orders}
    rows = [by_id[order_id] for order_id in batch.heads["order_id"].tolist()]
    if blocked:
        return {rows[row].pk: cannot_serve(rows[row], loaded, warehouse, reason) for row, reason in blocked.items()}
    try:
        write_plan(cursor, loaded, batch, plan, change, tenant_id=orders[0].tenant_id)
        if capacity is not None:
            load = load_rows(batch=batch, plan=plan)
            add_load(cursor, tenant_id=orders[0].tenant_id, rows=load, forced=choice.forced).check()
    except store.CapacityMoved:
        return {order.pk: cannot_serve(order, loaded, warehouse, Reason.NO_CAPACITY) for order in orders}
    except store.StockMoved:
        return {order.pk: cannot_serve(order, loaded, warehouse, Reason.OUT_OF_STOCK) for order in orders}
    OrderException.objects.filter(pk__in=by_id).delete()
    if loaded.world.live_columns:
        OrderQuotes.objects.filter(pk__in=by_id).delete()
    Order.objects.filter(pk__in=by_id).update(state=OrderState.ALLOCATED)
    return {}


def _plan(batch: PreparedBatch, choice: Choice, channel: int | None, capacity: Capacity | None) -> Plan:
    priced = price_choice(pricer=batch.pricer, batch=batch.batch, choice=choice, channel=channel)
    return plan_batch(priced=priced, available=batch.available, capacity=capacity)


def _blocked(plan: Plan, warehouse: int) -> dict[int, int]:
    """Return why the warehouse can't serve, by the row of each order that it can't."""
    return {row: int(plan.reason[row, warehouse]) for row in np.flatnonzero(plan.mode == Mode.EXCEPTION).tolist()}


def claim_of(orders: Sequence[Order]) -> store.Claim:
    """Return stored orders as a worker would take them off the queue, in the order of their ids."""
    heads, needs, counts = head_and_lines(order_ids=[order.pk for order in orders])
    return store.Claim(heads=heads, needs=needs, need_counts=counts)


def claim_by_hand(cursor: Cursor, orders: Sequence[Order], loaded: LoadedWorld, *, at: datetime) -> store.Claim:
    """Return stored orders as a worker would take them off the queue, with what carriers said of them not long ago."""
    claim = claim_of(orders)
    if not loaded.world.live_columns:
        return claim
    quotes = stored_quotes(cursor, tenant_id=orders[0].tenant_id, order_ids=np.ascontiguousarray(claim.heads["order_id"]), at=at)
    return replace(claim, quotes=quotes)


def columns_of(loaded: LoadedWorld, lane: Lane) -> tuple[int, int | None]:
    """Return the columns of an active warehouse and of one of its channels."""
    warehouse_id, channel_id = lane.warehouse_id, lane.channel_id
    warehouses, channels = loaded.world.warehouse_ids.tolist(), loaded.world.channel_ids.tolist()
    is_lane = channel_id is None or (channel_id in channels and (warehouse_id, channel_id) in loaded.world.settings.lanes)
    if warehouse_id not in warehouses or not is_lane:
        raise LaneUnknown(warehouse_id=warehouse_id, channel_id=channel_id or "–")
    return warehouses.index(warehouse_id), None if channel_id is None else channels.index(channel_id)


def cannot_serve(order: Order, loaded: LoadedWorld, warehouse: int, reason: int) -> WarehouseCannotServe:
    """Return the error that says why a warehouse (a column) can't serve an order."""
    code = loaded.world.settings.warehouses[warehouse].code
    return WarehouseCannotServe(warehouse=code, number=order.external_number, reason=REASONS[reason_of(reason).slug])


def write_plan(cursor: Cursor, loaded: LoadedWorld, batch: PreparedBatch, plan: Plan, change: Change, *, tenant_id: int) -> None:
    """Write a plan that serves every order; StockMoved where somebody else was faster."""
    supersedes = outcomes.last_records(cursor, order_ids=batch.heads["order_id"])
    records = record_rows(batch=batch, plan=replace(plan, mode=np.full(len(plan.mode), change.mode, dtype=np.int64)), supersedes=supersedes)
    write_by_hand(cursor, tenant_id=tenant_id, version_id=loaded.version_id, rows=records, change=change)
    outcomes.write_shipments(cursor, tenant_id=tenant_id, rows=shipment_rows(batch=batch, plan=plan), at=change.at)
    reserved = reserved_stock(batch=batch, plan=plan)
    store.reserve_stock(cursor, tenant_id=tenant_id, stock_ids=reserved.stock_ids, units=reserved.draws.units).check()
