"""Keep what lies where: counts, receipts, releases, articles and warehouses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import datetime

import psycopg

from inventory import store
from inventory.core.types import MOST_UNITS, Count, NewSku, NewWarehouse, Receipt
from inventory.errors import CountedTwice, ReservedUnexplained, SkuUnknown, StockTooLarge, UnitsOutOfRange, WarehouseUnknown
from inventory.models import Warehouse
from wms.arrays import array_cursor
from wms.tenancy.scope import tenant_scope

type StockKey = tuple[int, int]
"""(warehouse id, SKU id)"""


def count_stock(
    *,
    tenant_id: int,
    counts: Sequence[Count],
    actor: str,
    at: datetime,
    reference: str = "",
    spared_order_ids: Collection[int] = (),
) -> tuple[int, ...]:
    """Take counts as facts: set what is on hand, note each change, and return the orders that lost their units.

    Where a count is below what is reserved, the youngest reservations go; those of `spared_order_ids` only when the others
    don't suffice. What to do with those orders is for a higher room, in the same transaction. A transaction that
    loses a deadlock tries again from its start.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        columns = _checked(cursor, counts, least=0)
        store.ensure_rows(cursor, tenant_id=tenant_id, units=columns)
        # First without the stock's locks, since reservations are locked before stock everywhere; then once more under them.
        freed = list(_release_shortfalls(cursor, tenant_id, columns, spared_order_ids))
        changes = store.lock_changing(cursor, tenant_id=tenant_id, counts=columns)
        freed += _release_shortfalls(cursor, tenant_id, columns, spared_order_ids)
        if still_short := store.shortfalls(cursor, tenant_id=tenant_id, counts=columns):
            warehouse_id, sku_id = next(iter(still_short))
            raise ReservedUnexplained(warehouse=warehouse_id, sku=sku_id)
        if changes:
            entry = store.Entry(actor=actor, reference=reference, at=at)
            store.write_counts(cursor, tenant_id=tenant_id, changes=changes, entry=entry)
        return tuple(sorted(freed))


def receive_stock(*, tenant_id: int, receipts: Sequence[Receipt], actor: str, at: datetime, reference: str = "") -> None:
    """Add units that arrived, and note each receipt. Raises StockTooLarge, and adds none, if a sum can't be held."""
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        columns = _checked(cursor, receipts, least=1)
        store.ensure_rows(cursor, tenant_id=tenant_id, units=columns)
        entry = store.Entry(actor=actor, reference=reference, at=at)
        if store.write_receipts(cursor, tenant_id=tenant_id, receipts=columns, entry=entry) != len(receipts):
            raise StockTooLarge(most=MOST_UNITS)


def keep_safety_stock(*, tenant_id: int, stock_id: int, units: int) -> None:
    """Keep back so many units of an article in a warehouse; what that sets free is an arrival. Raises InventoryRefused."""
    if not 0 <= units <= MOST_UNITS:
        raise UnitsOutOfRange(units=units, least=0, most=MOST_UNITS)
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        if not store.keep_back(cursor, tenant_id=tenant_id, stock_id=stock_id, units=units):
            raise SkuUnknown(sku=stock_id)


def release_orders(*, tenant_id: int, order_ids: Collection[int]) -> tuple[int, ...]:
    """Free all units that these orders hold; return those of them that held any."""
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        return store.release(cursor, tenant_id=tenant_id, order_ids=order_ids)


def ship_reserved(*, tenant_id: int, order_id: int, warehouse_id: int, reference: str, actor: str, at: datetime) -> None:
    """Take the units that an order holds in one warehouse out of its stock: they are on their way to the customer."""
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        entry = store.Entry(actor=actor, reference=reference, at=at)
        store.ship(cursor, tenant_id=tenant_id, order_id=order_id, warehouse_id=warehouse_id, entry=entry)


def release_youngest(*, tenant_id: int, shortfalls: Mapping[StockKey, int], spared_order_ids: Collection[int] = ()) -> tuple[int, ...]:
    """Free the youngest orders that hold units which are short, until none is; return the orders.

    An order loses all that it holds, everywhere. `spared_order_ids` go only when the others don't suffice.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        chosen = _youngest_holders(cursor.connection, tenant_id, shortfalls, frozenset(spared_order_ids))
        return store.release(cursor, tenant_id=tenant_id, order_ids=chosen)


def save_skus(*, tenant_id: int, seller_id: int, skus: Sequence[NewSku]) -> int:
    """Add or change a seller's articles, thousands at a time; return how many are new or differ from before."""
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        return store.write_skus(cursor, tenant_id=tenant_id, seller_id=seller_id, skus=skus)


def save_warehouses(*, tenant_id: int, warehouses: Sequence[NewWarehouse]) -> None:
    """Add or change warehouses by their code.

    Each call that names any moves the tenant's settings revision, so that workers read the settings anew: name only those that
    differ.
    """
    if not warehouses:
        return
    rows = [Warehouse(tenant_id=tenant_id, **asdict(warehouse)) for warehouse in warehouses]
    changed = [name for name in asdict(warehouses[0]) if name != "code"]
    with tenant_scope(tenant_id=tenant_id):
        Warehouse.objects.bulk_create(rows, update_conflicts=True, unique_fields=["tenant_id", "code"], update_fields=changed)


def _checked(cursor: store.Cursor, given: Sequence[Count] | Sequence[Receipt], *, least: int) -> store.StockUnits:
    """Return the units as columns. Raises an InventoryRefused for a pair named twice, a bad number, or what does not exist."""
    seen: set[StockKey] = set()
    for one in given:
        key = (one.warehouse_id, one.sku_id)
        if key in seen:
            raise CountedTwice(warehouse=one.warehouse_id, sku=one.sku_id)
        seen.add(key)
        if not least <= one.units <= MOST_UNITS:
            raise UnitsOutOfRange(units=one.units, least=least, most=MOST_UNITS)
    sku_ids, warehouse_ids = {one.sku_id for one in given}, {one.warehouse_id for one in given}
    if missing := sku_ids - store.sellers_of_skus(cursor, sku_ids=sku_ids).keys():
        raise SkuUnknown(sku=min(missing))
    if missing := warehouse_ids - store.known_warehouses(cursor, warehouse_ids=warehouse_ids):
        raise WarehouseUnknown(warehouse=min(missing))
    return store.StockUnits(
        store.ids(one.warehouse_id for one in given),
        store.ids(one.sku_id for one in given),
        store.ids(one.units for one in given),
    )


def _release_shortfalls(
    cursor: store.Cursor, tenant_id: int, counts: store.StockUnits, spared_order_ids: Collection[int]
) -> tuple[int, ...]:
    short = store.shortfalls(cursor, tenant_id=tenant_id, counts=counts)
    if not short:
        return ()
    chosen = _youngest_holders(cursor.connection, tenant_id, short, frozenset(spared_order_ids))
    return store.release(cursor, tenant_id=tenant_id, order_ids=chosen)


def _youngest_holders(
    raw_connection: psycopg.Connection, tenant_id: int, shortfalls: Mapping[StockKey, int], spared: frozenset[int]
) -> list[int]:
    """Return the youngest orders whose units cover the shortfalls, spared ones last."""
    short = dict(shortfalls)
    chosen: dict[int, None] = {}
    waiting: list[store.Holder] = []
    warehouse_ids, sku_ids = {warehouse_id for warehouse_id, _ in short}, {sku_id for _, sku_id in short}
    youngest_first = store.holders(raw_connection, tenant_id=tenant_id, warehouse_ids=warehouse_ids, sku_ids=sku_ids)
    with closing(youngest_first):
        for holder in youngest_first:
            if not short:
                break
            if holder[0] in spared:
                waiting.append(holder)
            elif _take(holder, short):
                chosen[holder[0]] = None
    for holder in waiting:
        if _take(holder, short):
            chosen[holder[0]] = None
    return list(chosen)


def _take(holder: store.Holder, short: dict[StockKey, int]) -> bool:
    """Take from the shortfalls what the reservation holds of them; return whether it holds any."""
    _order_id, warehouse_id, sku_ids, units = holder
    helps = False
    for sku_id, held in zip(sku_ids, units, strict=True):
        key = (warehouse_id, sku_id)
        if key in short:
            helps = True
            short[key] -= held
            if short[key] <= 0:
                del short[key]
    return helps
