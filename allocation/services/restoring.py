"""Ship an order in parts that are given: those of a split that somebody moved away from, or those that a person states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from allocation import store
from allocation.batches import PreparedBatch, goods_of, prepare_batch
from allocation.core.packing import unpack_record
from allocation.core.planner import Choice, PricedBatch, price_choice
from allocation.core.plans import Capacity
from allocation.core.restoring import Refused, Wish, plan_parts
from allocation.core.types import Reason
from allocation.facts import facts_of
from allocation.loads import add_load, capacity_left, load_rows
from allocation.models import OrderException, Record
from allocation.services.assigning import Lane, cannot_serve, claim_by_hand, columns_of, write_plan
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
    table = lay_out(cursor, order, loaded, change)
    return ship_parts(cursor, order, table, wishes, main, change)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An order without its units, laid out to be shipped in parts: the world and the stock of now."""

    loaded: LoadedWorld
    batch: PreparedBatch
    capacity: Capacity | None

    def priced(self, *, warehouse: int, channel: int | None) -> PricedBatch:
        """Return the order priced as if it shipped whole from a warehouse, whatever is wished of that."""
        asked = replace(self.batch.batch, goods=goods_of(self.batch))
        return price_choice(pricer=self.batch.pricer, batch=asked, choice=Choice(warehouse=warehouse, forced=True), channel=channel)

    def without_capacity(self, wishes: Sequence[Wish]) -> int | None:
        """Return the first warehouse (a column) that ships no more today of what is wished, None where all do."""
        if self.capacity is None:
            return None
        orders, lines = self.capacity.orders, self.capacity.lines
        asked = ((wish.warehouse, sum(units > 0 for units in wish.units)) for wish in wishes)
        return next((column for column, wanted in asked if orders[column] < 1 or lines[column] < wanted), None)


def lay_out(cursor: Cursor, order: Order, loaded: LoadedWorld, change: Change) -> Table:
    """Free what a locked order holds, and return it ready to be shipped in parts."""
    release(order)
    shelf = Shelf(tenant_id=order.tenant_id, world=loaded.world)
    batch = prepare_batch(cursor, claim=claim_by_hand(cursor, [order], loaded, at=change.at), shelf=shelf, fresh=True, at=change.at)
    batch.read_stock(cursor, fresh=True)
    return Table(loaded=loaded, batch=batch, capacity=capacity_left(cursor, tenant_id=order.tenant_id, batch=batch))


def ship_parts(
    cursor: Cursor, order: Order, table: Table, wishes: Sequence[Wish], main: Wish, change: Change, *, heeds_capacity: bool = False
) -> int:
    """Ship a locked order in these parts, of which `main` stands for the order; return the record's id."""
    loaded, batch = table.loaded, table.batch
    full = table.without_capacity(wishes) if heeds_capacity else None
    if full is not None:
        raise cannot_serve(order, loaded, full, Reason.NO_CAPACITY)
    priced = table.priced(warehouse=main.warehouse, channel=main.channel)
    plan = plan_parts(priced=priced, available=batch.available, capacity=table.capacity, wishes=wishes)
    if isinstance(plan, Refused):
        raise cannot_serve(order, loaded, plan.warehouse, plan.reason)
    try:
        write_plan(cursor, loaded, batch, plan, change, tenant_id=order.tenant_id)
        if table.capacity is not None:
            load = load_rows(batch=batch, plan=plan)
            added = add_load(cursor, tenant_id=order.tenant_id, rows=load, forced=not heeds_capacity)
            if heeds_capacity:
                added.check()
    except store.CapacityMoved:
        raise cannot_serve(order, loaded, main.warehouse, Reason.NO_CAPACITY) from None
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
