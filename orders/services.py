"""Take orders in, and put them on the queue for a decision."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from orders import store
from orders.checking import Surroundings, faults_of, look_around
from orders.core.packing import Heads, Int64s, Needs
from orders.core.types import NewOrder
from orders.errors import OrdersRefused
from orders.hints import hint_when_committed
from wms.arrays import array_cursor
from wms.places.services import Place
from wms.tenancy.scope import tenant_scope


@dataclass(frozen=True, slots=True)
class Placement:
    """The ids of the orders that are new, and (store, order number) of those that were there already."""

    order_ids: tuple[int, ...]
    repeated: tuple[tuple[int, str], ...]


def place_orders(*, tenant_id: int, orders: Sequence[NewOrder], at: datetime, seller_id: int | None = None) -> Placement:
    """Store new orders and put them on the queue, all in one transaction; several thousand at a time.

    An order whose store has its number already is not a second order: it is left as it is and named in the answer. With
    `seller_id` only that seller's stores and SKUs exist. Raises OrdersRefused, and takes none, if any is wrong.
    """
    with tenant_scope(tenant_id=tenant_id, seller_id=seller_id), array_cursor() as cursor:
        around = look_around(cursor, orders=orders)
        if faults := faults_of(orders=orders, around=around):
            raise OrdersRefused(faults)
        placement = store_checked_orders(cursor, tenant_id=tenant_id, orders=orders, around=around, at=at)
        if placement.order_ids:
            hint_when_committed(tenant_id=tenant_id)
        return placement


def store_checked_orders(
    cursor: store.Cursor, *, tenant_id: int, orders: Sequence[NewOrder], around: Surroundings, at: datetime
) -> Placement:
    """Store orders that `faults_of` found nothing wrong with, within the transaction that is open; nobody is told."""
    rows = [_row(order, around) for order in orders]
    ids = store.insert_orders(cursor, tenant_id=tenant_id, rows=rows, at=at)
    new, repeated = _told_apart(rows, ids)
    if new:
        order_ids = [ids[row.key] for row in new]
        store.insert_lines_and_queue(cursor, tenant_id=tenant_id, rows=new, order_ids=order_ids, at=at)
    return Placement(tuple(ids[row.key] for row in new), tuple(repeated))


def queue_orders(*, tenant_id: int, order_ids: Collection[int], at: datetime) -> None:
    """Put stored orders back on the queue; those that are on it stay where they are."""
    if not order_ids:
        return
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        heads = store.stored_heads(cursor, order_ids=order_ids)
        lines = store.stored_lines(cursor, order_ids=order_ids)
        store.queue_packed(cursor, tenant_id=tenant_id, heads=heads, lines=lines, at=at)
        hint_when_committed(tenant_id=tenant_id)


def head_and_lines(*, order_ids: Collection[int]) -> tuple[Heads, Needs, Int64s]:
    """Return what a decision reads of stored orders, in the order of their ids: heads, needs, and needs per order."""
    with array_cursor() as cursor:
        return (store.stored_heads(cursor, order_ids=order_ids), *store.stored_needs(cursor, order_ids=order_ids))


def _row(order: NewOrder, around: Surroundings) -> store.OrderRow:
    place = around.places[order.country, order.postcode]
    if not isinstance(place, Place):
        raise TypeError("the order was not checked")
    return store.OrderRow(order=order, store=around.stores[order.store_id], place=place)


def _told_apart(rows: Sequence[store.OrderRow], ids: dict[tuple[int, str], int]) -> tuple[list[store.OrderRow], list[tuple[int, str]]]:
    """Return the rows that were stored, and the keys of the others; a number given twice in one call is new once."""
    new: dict[tuple[int, str], store.OrderRow] = {}
    repeated = []
    for row in rows:
        if row.key in ids and row.key not in new:
            new[row.key] = row
        else:
            repeated.append(row.key)
    return list(new.values()), repeated
