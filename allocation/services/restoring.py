"""Let a split that somebody moved away from hold again."""

from __future__ import annotations

from dataclasses import replace

from allocation import store
from allocation.batches import goods_of, prepare_batch
from allocation.core.packing import unpack_record
from allocation.core.planner import Choice, price_choice
from allocation.core.restoring import Refused, Wish, plan_parts
from allocation.core.types import Reason
from allocation.facts import facts_of
from allocation.loads import add_load, capacity_left, load_rows
from allocation.models import OrderException, Record
from allocation.services.assigning import Lane, cannot_serve, claim_of, columns_of, write_plan
from allocation.services.moving import Change, Cursor, last_record_id, move, release
from allocation.shelf import Shelf
from allocation.worlds import LoadedWorld, current_world
from orders.core.states import OrderState
from orders.models import Order


def is_split(record: Record) -> bool:
    """Return whether the record's order shipped from several warehouses."""
    return bool(record.candidates) and bool(unpack_record(bytes(record.candidates)).parts)


def restore_split(cursor: Cursor, order: Order, before: Record, change: Change) -> int:
    """Ship a locked order in the parts of an earlier record, at today's prices; return the record's id.

    Raises WarehouseCannotServe where a part lacks its units or has no price, LaneUnknown where its channel is gone.
    """
    loaded = current_world(tenant_id=order.tenant_id, at=change.at)
    wishes = _wishes(loaded, before)
    main = next(wish for wish in wishes if loaded.world.settings.warehouses[wish.warehouse].id == before.warehouse_id)
    release(order)
    shelf = Shelf(tenant_id=order.tenant_id, world=loaded.world)
    batch = prepare_batch(cursor, claim=claim_of([order]), shelf=shelf, fresh=True, at=change.at)
    batch.read_stock(cursor, fresh=True)
    capacity = capacity_left(cursor, tenant_id=order.tenant_id, batch=batch)
    asked = replace(batch.batch, goods=goods_of(batch))
    priced = price_choice(pricer=batch.pricer, batch=asked, choice=Choice(warehouse=main.warehouse, forced=True), channel=main.channel)
    plan = plan_parts(priced=priced, available=batch.available, capacity=capacity, wishes=wishes)
    if isinstance(plan, Refused):
        raise cannot_serve(order, loaded, plan.warehouse, plan.reason)
    try:
        write_plan(cursor, loaded, batch, plan, change, tenant_id=order.tenant_id)
        if capacity is not None:
            add_load(cursor, tenant_id=order.tenant_id, rows=load_rows(batch=batch, plan=plan), forced=True)
    except store.StockMoved:
        raise cannot_serve(order, loaded, main.warehouse, Reason.OUT_OF_STOCK) from None
    OrderException.objects.filter(pk=order.pk).delete()
    move(order, OrderState.ALLOCATED)
    return last_record_id(cursor, order)


def _wishes(loaded: LoadedWorld, before: Record) -> list[Wish]:
    wishes = []
    for part in facts_of(before).split:
        warehouse, channel = columns_of(loaded, Lane(part.warehouse.id, part.channel.id))
        assert channel is not None
        wishes.append(Wish(warehouse=warehouse, channel=channel, units=part.units))
    return wishes
