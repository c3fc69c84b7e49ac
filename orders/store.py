"""The SQL of orders, thousands per statement. Every function takes an `array_cursor` inside the tenant's scope."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import psycopg

from orders.core.packing import (
    HEAD,
    Heads,
    Int64s,
    Needs,
    fit_text,
    pack_heads,
    pack_needs_of_many,
    unpack_needs,
)
from orders.core.states import OrderState
from orders.core.types import NewOrder
from wms.places.services import Place

type Cursor = psycopg.Cursor[Any]

EPOCH: Final = date(1970, 1, 1)
TEXT_COLUMNS: Final = ("country", "state_code", "postcode", "currency", "platform", "service_level")


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A store's seller and platform."""

    seller_id: int
    platform: str


def stores(cursor: Cursor, *, store_ids: Collection[int]) -> dict[int, StoreRow]:
    """Return those of the stores that exist."""
    rows = cursor.execute(
        "SELECT id, seller_id, platform FROM orders_store WHERE tenant_id = app_tenant() AND id = ANY(%s)", [_ids(store_ids)]
    )
    return {store_id: StoreRow(seller_id, platform) for store_id, seller_id, platform in rows}


def sellers_of_skus(cursor: Cursor, *, sku_ids: Collection[int]) -> dict[int, int]:
    """Return the seller of each of those SKUs that exist."""
    return dict(
        cursor.execute(
            "SELECT id, seller_id FROM inventory_sku WHERE tenant_id = app_tenant() AND id = ANY(%s)", [_ids(sku_ids)]
        ).fetchall()
    )


def skus_with_codes(cursor: Cursor, *, seller_id: int, codes: Collection[str]) -> dict[str, int]:
    """Return the ids of the seller's SKUs by code."""
    sql = "SELECT code, id FROM inventory_sku WHERE tenant_id = app_tenant() AND seller_id = %s AND code = ANY(%s::text[])"
    return dict(cursor.execute(sql, [seller_id, list(codes)]).fetchall())


def known_numbers(cursor: Cursor, *, keys: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Return those of the (store, order number) pairs that are stored already."""
    sql = (
        "SELECT store_id, external_number FROM orders_order "
        "JOIN unnest(%s, %s::text[]) AS k(store_id, external_number) USING (store_id, external_number) "
        "WHERE tenant_id = app_tenant()"
    )
    return set(cursor.execute(sql, [_ids(store_id for store_id, _ in keys), [number for _, number in keys]]).fetchall())


INSERT_ORDERS: Final = """
INSERT INTO orders_order (tenant_id, seller_id, store_id, external_number, state, recipient, country, state_code, city, address,
                          postcode, lat, lon, residential, service_level, value_minor, currency, placed_at, promised_date, received_at)
SELECT %(tenant)s, u.seller, u.store, u.number, %(state)s, u.recipient, u.country, u.state_code, u.city, u.address,
       u.postcode, NULLIF(u.lat, 'NaN'), NULLIF(u.lon, 'NaN'), u.residential, u.service_level, u.value, u.currency, u.placed_at,
       u.promised_date, %(at)s
FROM unnest(%(sellers)s, %(stores)s, %(numbers)s::text[], %(recipients)s::text[], %(country)s::text[], %(state_code)s::text[],
            %(cities)s::text[], %(addresses)s::text[], %(postcode)s::text[], %(lat)s, %(lon)s, %(residential)s::boolean[],
            %(service_level)s::text[], %(values)s, %(currency)s::text[], %(placed)s::timestamptz[], %(promised)s::date[])
  AS u(seller, store, number, recipient, country, state_code, city, address, postcode, lat, lon, residential, service_level, value,
       currency, placed_at, promised_date)
ON CONFLICT (tenant_id, store_id, external_number) DO NOTHING
RETURNING id, store_id, external_number
"""
INSERT_LINES: Final = """
INSERT INTO orders_orderline (tenant_id, seller_id, order_id, number, sku_id, units)
SELECT %(tenant)s, u.seller, u.order_id, u.number, u.sku, u.units
FROM unnest(%(sellers)s, %(orders)s, %(numbers)s, %(skus)s, %(units)s) AS u(seller, order_id, number, sku, units)
"""
INSERT_QUEUE: Final = """
INSERT INTO orders_queuedorder (order_id, tenant_id, seller_id, ready, head, lines, queued_at)
SELECT u.order_id, %(tenant)s, u.seller, true, u.head, u.lines, %(at)s
FROM unnest(%(orders)s, %(sellers)s, %(heads)s::bytea[], %(lines)s::bytea[]) AS u(order_id, seller, head, lines)
ON CONFLICT (tenant_id, order_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """A checked order with what was looked up for it."""

    order: NewOrder
    store: StoreRow
    place: Place

    @property
    def key(self) -> tuple[int, str]:
        """Return (store, order number), which no other order has."""
        return self.order.store_id, self.order.external_number

    @property
    def state_code(self) -> str:
        """Return the state as written, or the postcode's."""
        return state_as_kept(self.order.state_code, self.place)


def state_as_kept(written: str, place: Place) -> str:
    """Return the state as written, a code in capitals, or where none is written the postcode's."""
    written = written.strip()
    if written:
        return written.upper() if len(written) <= 3 else written
    return place.state_code if place.state_code.isalpha() else ""


def insert_orders(cursor: Cursor, *, tenant_id: int, rows: Sequence[OrderRow], at: datetime) -> dict[tuple[int, str], int]:
    """Store the orders that are new; return their ids by (store, order number)."""
    orders = [row.order for row in rows]
    parameters = {
        "tenant": tenant_id,
        "state": int(OrderState.PENDING),
        "at": at,
        "sellers": _ids(row.store.seller_id for row in rows),
        "stores": _ids(order.store_id for order in orders),
        "numbers": [order.external_number for order in orders],
        "recipients": [order.recipient for order in orders],
        "country": [row.place.country for row in rows],
        "state_code": [row.state_code for row in rows],
        "cities": [order.city for order in orders],
        "addresses": [order.address for order in orders],
        "postcode": [row.place.postcode for row in rows],
        "lat": _degrees(row.place.lat for row in rows),
        "lon": _degrees(row.place.lon for row in rows),
        "residential": [order.residential for order in orders],
        "service_level": [order.service_level for order in orders],
        "values": _ids(order.value_minor for order in orders),
        "currency": [order.currency for order in orders],
        "placed": [order.placed_at for order in orders],
        "promised": [order.promised_date for order in orders],
    }
    inserted = cursor.execute(INSERT_ORDERS, parameters).fetchall()
    return {(store_id, number): order_id for order_id, store_id, number in inserted}


def insert_lines_and_queue(cursor: Cursor, *, tenant_id: int, rows: Sequence[OrderRow], order_ids: Sequence[int], at: datetime) -> None:
    """Store the lines of new orders, and put the orders on the queue."""
    ids, sellers = _ids(order_ids), _ids(row.store.seller_id for row in rows)
    counts = np.array([len(row.order.lines) for row in rows], dtype=np.int64)
    positions = np.repeat(np.arange(len(rows), dtype=np.int64), counts)
    skus = _ids(line.sku_id for row in rows for line in row.order.lines)
    units = _ids(line.units for row in rows for line in row.order.lines)
    numbers = np.arange(len(positions), dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    lines = {"skus": skus, "units": units.astype(np.int32), "numbers": numbers.astype(np.int16)}
    cursor.execute(INSERT_LINES, {"tenant": tenant_id, "sellers": sellers[positions], "orders": ids[positions], **lines})
    packed = pack_needs_of_many(orders=len(rows), positions=positions, sku_ids=skus, units=units)
    queue_packed(cursor, tenant_id=tenant_id, heads=_heads_of(rows, ids), lines=packed, at=at)


def queue_packed(cursor: Cursor, *, tenant_id: int, heads: Heads, lines: Sequence[bytes], at: datetime) -> None:
    """Put orders on the queue that are not on it."""
    parameters = {
        "tenant": tenant_id,
        "orders": np.ascontiguousarray(heads["order_id"]),
        "sellers": np.ascontiguousarray(heads["seller_id"]),
        "heads": pack_heads(heads),
        "lines": list(lines),
        "at": at,
    }
    cursor.execute(INSERT_QUEUE, parameters)


def _heads_of(rows: Sequence[OrderRow], order_ids: Int64s) -> Heads:
    heads = np.zeros(len(rows), dtype=HEAD)
    heads["order_id"] = order_ids
    heads["seller_id"] = [row.store.seller_id for row in rows]
    heads["store_id"] = [row.order.store_id for row in rows]
    heads["value_minor"] = [row.order.value_minor for row in rows]
    heads["lat"] = _degrees(row.place.lat for row in rows)
    heads["lon"] = _degrees(row.place.lon for row in rows)
    heads["placed_at"] = [int(row.order.placed_at.timestamp()) for row in rows]
    heads["promised_date"] = [_days(row.order.promised_date) for row in rows]
    heads["residential"] = [row.order.residential for row in rows]
    texts = {
        "country": [row.place.country for row in rows],
        "state_code": [row.state_code for row in rows],
        "postcode": [row.place.postcode for row in rows],
        "currency": [row.order.currency for row in rows],
        "platform": [row.store.platform for row in rows],
        "service_level": [row.order.service_level for row in rows],
    }
    for column, values in texts.items():
        heads[column] = [fit_text(value, column) for value in values]
    return heads


STORED_HEADS: Final = """
SELECT o.id, o.seller_id, o.store_id, o.value_minor, coalesce(o.lat, 'NaN'), coalesce(o.lon, 'NaN'),
       floor(extract(epoch FROM o.placed_at))::bigint, coalesce(o.promised_date - date '1970-01-01', 0), o.residential::int, 1,
       o.country, o.state_code, o.postcode, o.currency, s.platform, o.service_level
FROM orders_order o JOIN orders_store s ON s.tenant_id = o.tenant_id AND s.id = o.store_id
WHERE o.tenant_id = app_tenant() AND o.id = ANY(%s) ORDER BY o.id
"""
STORED_LINES: Final = """
SELECT order_id, array_agg(sku_id), array_agg(units) FROM orders_orderline
WHERE tenant_id = app_tenant() AND order_id = ANY(%s) GROUP BY order_id ORDER BY order_id
"""


def stored_heads(cursor: Cursor, *, order_ids: Collection[int]) -> Heads:
    """Return the heads of stored orders in the order of their ids, marked as orders that were decided before."""
    names = HEAD.names or ()
    rows = cursor.execute(STORED_HEADS, [_ids(order_ids)]).fetchall()
    packed = [
        tuple(fit_text(value, name) if name in TEXT_COLUMNS else value for name, value in zip(names, row, strict=True)) for row in rows
    ]
    return np.array(packed, dtype=HEAD)


def stored_lines(cursor: Cursor, *, order_ids: Collection[int]) -> list[bytes]:
    """Return the packed needs of stored orders in the order of their ids."""
    rows = cursor.execute(STORED_LINES, [_ids(order_ids)]).fetchall()
    if not rows:
        return []
    return pack_needs_of_many(
        orders=len(rows),
        positions=np.repeat(np.arange(len(rows), dtype=np.int64), [len(units) for _, _, units in rows]),
        sku_ids=np.concatenate([skus for _, skus, _ in rows]),
        units=np.concatenate([units for _, _, units in rows]).astype(np.int64),
    )


def stored_needs(cursor: Cursor, *, order_ids: Collection[int]) -> tuple[Needs, Int64s]:
    """Return all needs of stored orders in the order of their ids, and how many each order has."""
    return unpack_needs(stored_lines(cursor, order_ids=order_ids))


def _ids(numbers: Any) -> Int64s:
    return np.fromiter(numbers, dtype=np.int64)


def _degrees(values: Any) -> Any:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _days(day: date | None) -> int:
    return (day - EPOCH).days if day else 0
