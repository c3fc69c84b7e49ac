"""The SQL of stock, thousands of rows per statement. Every function takes an `array_cursor` inside the tenant's scope.

Locks are taken on reservations first, then on stock, each in the order of their ids, as the allocation's commit does.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import ServerCursor

from inventory.core.types import MOST_UNITS, NewSku
from inventory.models import MovementKind, ReservationState

type Cursor = psycopg.Cursor[Any]
type Int64s = npt.NDArray[np.int64]

THIS_TRANSACTION: Final = "pg_current_xact_id()::text::bigint"


@dataclass(frozen=True, slots=True, eq=False)
class StockUnits:
    """Units by warehouse and SKU, as columns; each pair once."""

    warehouse_ids: Int64s
    sku_ids: Int64s
    units: Int64s

    def parameters(self) -> dict[str, Any]:
        """Return the columns under the names that the statements use."""
        return {"warehouses": self.warehouse_ids, "skus": self.sku_ids, "units": self.units.astype(np.int32)}


def sellers_of_skus(cursor: Cursor, *, sku_ids: Collection[int]) -> dict[int, int]:
    """Return the seller of each of those SKUs that exist."""
    sql = "SELECT id, seller_id FROM inventory_sku WHERE tenant_id = app_tenant() AND id = ANY(%s)"
    return dict(cursor.execute(sql, [ids(sku_ids)]).fetchall())


def known_warehouses(cursor: Cursor, *, warehouse_ids: Collection[int]) -> set[int]:
    """Return those of the warehouses that exist."""
    sql = "SELECT id FROM inventory_warehouse WHERE tenant_id = app_tenant() AND id = ANY(%s)"
    return {warehouse_id for (warehouse_id,) in cursor.execute(sql, [ids(warehouse_ids)])}


ENSURE_ROWS: Final = """
INSERT INTO inventory_stock (tenant_id, seller_id, warehouse_id, sku_id, on_hand, reserved, safety, arrived_xid)
SELECT %(tenant)s, k.seller_id, c.warehouse, c.sku, 0, 0, 0, 0
FROM unnest(%(warehouses)s, %(skus)s) AS c(warehouse, sku) JOIN inventory_sku k ON k.tenant_id = %(tenant)s AND k.id = c.sku
WHERE NOT EXISTS (
  SELECT FROM inventory_stock s WHERE s.tenant_id = %(tenant)s AND s.sku_id = c.sku AND s.warehouse_id = c.warehouse
)
ON CONFLICT (tenant_id, sku_id, warehouse_id) DO NOTHING
"""
SHORTFALLS: Final = """
SELECT s.warehouse_id, s.sku_id, s.reserved - c.units
FROM unnest(%(warehouses)s, %(skus)s, %(units)s) AS c(warehouse, sku, units)
JOIN inventory_stock s ON s.tenant_id = %(tenant)s AND s.sku_id = c.sku AND s.warehouse_id = c.warehouse
WHERE s.reserved > c.units
"""
LOCK_CHANGING: Final = """
SELECT s.id, s.on_hand, c.units
FROM unnest(%(warehouses)s, %(skus)s, %(units)s) AS c(warehouse, sku, units)
JOIN inventory_stock s ON s.tenant_id = %(tenant)s AND s.sku_id = c.sku AND s.warehouse_id = c.warehouse
WHERE s.on_hand <> c.units ORDER BY s.id FOR UPDATE OF s
"""
COUNT: Final = f"""
WITH counted AS (
  UPDATE inventory_stock s SET on_hand = c.units,
    arrived_xid = CASE WHEN c.units > c.before AND c.units > s.reserved + s.safety THEN {THIS_TRANSACTION} ELSE s.arrived_xid END
  FROM unnest(%(ids)s, %(before)s, %(units)s) AS c(id, before, units)
  WHERE s.tenant_id = %(tenant)s AND s.id = c.id
  RETURNING s.seller_id, s.warehouse_id, s.sku_id, s.on_hand, c.before
)
INSERT INTO inventory_stockmovement (tenant_id, seller_id, warehouse_id, sku_id, kind, delta_units, on_hand_after, reference, actor,
                                     created_at)
SELECT %(tenant)s, seller_id, warehouse_id, sku_id, %(kind)s, on_hand - before, on_hand, %(reference)s, %(actor)s, %(at)s FROM counted
"""
RECEIVE: Final = f"""
WITH locked AS (
  SELECT s.id, c.units FROM unnest(%(warehouses)s, %(skus)s, %(units)s) AS c(warehouse, sku, units)
  JOIN inventory_stock s ON s.tenant_id = %(tenant)s AND s.sku_id = c.sku AND s.warehouse_id = c.warehouse
  ORDER BY s.id FOR UPDATE OF s
), received AS (
  UPDATE inventory_stock s SET on_hand = s.on_hand + l.units,
    arrived_xid = CASE WHEN s.on_hand + l.units > s.reserved + s.safety THEN {THIS_TRANSACTION} ELSE s.arrived_xid END
  FROM locked l WHERE s.tenant_id = %(tenant)s AND s.id = l.id AND s.on_hand::bigint + l.units <= {MOST_UNITS}
  RETURNING s.seller_id, s.warehouse_id, s.sku_id, s.on_hand, l.units
)
INSERT INTO inventory_stockmovement (tenant_id, seller_id, warehouse_id, sku_id, kind, delta_units, on_hand_after, reference, actor,
                                     created_at)
SELECT %(tenant)s, seller_id, warehouse_id, sku_id, %(kind)s, units, on_hand, %(reference)s, %(actor)s, %(at)s FROM received
"""
KEEP_BACK: Final = f"""
UPDATE inventory_stock s SET safety = %(units)s,
  arrived_xid = CASE WHEN %(units)s < s.safety AND s.on_hand > s.reserved + %(units)s THEN {THIS_TRANSACTION} ELSE s.arrived_xid END
WHERE s.tenant_id = %(tenant)s AND s.id = %(stock)s
"""
# The stock rows are locked in their order before any is changed; what is read under the lock is the newest there is.
RELEASE: Final = f"""
WITH held AS (
  SELECT id FROM inventory_reservation
  WHERE tenant_id = %(tenant)s AND order_id = ANY(%(orders)s) AND state = {ReservationState.ACTIVE.value} ORDER BY id FOR UPDATE
), released AS (
  UPDATE inventory_reservation r SET state = {ReservationState.RELEASED.value} FROM held h
  WHERE r.tenant_id = %(tenant)s AND r.id = h.id
  RETURNING r.order_id, r.warehouse_id, r.sku_ids, r.units
), freed AS (
  SELECT r.warehouse_id, u.sku_id, sum(u.units)::int AS units
  FROM released r, unnest(r.sku_ids, r.units) AS u(sku_id, units) GROUP BY 1, 2
), locked AS (
  SELECT s.id, f.units FROM inventory_stock s
  JOIN freed f ON s.tenant_id = %(tenant)s AND s.sku_id = f.sku_id AND s.warehouse_id = f.warehouse_id
  ORDER BY s.id FOR UPDATE OF s
), returned AS (
  UPDATE inventory_stock s SET reserved = s.reserved - l.units,
    arrived_xid = CASE WHEN s.on_hand > s.reserved - l.units + s.safety THEN {THIS_TRANSACTION} ELSE s.arrived_xid END
  FROM locked l WHERE s.tenant_id = %(tenant)s AND s.id = l.id
)
SELECT DISTINCT order_id FROM released ORDER BY order_id
"""
SHIP: Final = f"""
WITH held AS (
  SELECT id FROM inventory_reservation
  WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND warehouse_id = %(warehouse)s AND state = {ReservationState.ACTIVE.value}
  ORDER BY id FOR UPDATE
), shipped AS (
  UPDATE inventory_reservation r SET state = {ReservationState.SHIPPED.value} FROM held h
  WHERE r.tenant_id = %(tenant)s AND r.id = h.id RETURNING r.sku_ids, r.units
), gone AS (
  SELECT u.sku_id, sum(u.units)::int AS units FROM shipped r, unnest(r.sku_ids, r.units) AS u(sku_id, units) GROUP BY 1
), locked AS (
  SELECT s.id, g.units FROM inventory_stock s
  JOIN gone g ON s.tenant_id = %(tenant)s AND s.sku_id = g.sku_id AND s.warehouse_id = %(warehouse)s
  ORDER BY s.id FOR UPDATE OF s
), taken AS (
  UPDATE inventory_stock s SET on_hand = s.on_hand - l.units, reserved = s.reserved - l.units
  FROM locked l WHERE s.tenant_id = %(tenant)s AND s.id = l.id
  RETURNING s.seller_id, s.warehouse_id, s.sku_id, s.on_hand, l.units
)
INSERT INTO inventory_stockmovement (tenant_id, seller_id, warehouse_id, sku_id, kind, delta_units, on_hand_after, reference, actor,
                                     created_at)
SELECT %(tenant)s, seller_id, warehouse_id, sku_id, %(kind)s, -units, on_hand, %(reference)s, %(actor)s, %(at)s FROM taken
"""
HOLDERS: Final = f"""
SELECT order_id, warehouse_id, sku_ids, units FROM inventory_reservation
WHERE tenant_id = %(tenant)s AND state = {ReservationState.ACTIVE.value} AND warehouse_id = ANY(%(warehouses)s::bigint[])
  AND sku_ids && %(skus)s::bigint[]
ORDER BY id DESC
"""


def ensure_rows(cursor: Cursor, *, tenant_id: int, units: StockUnits) -> None:
    """Add empty stock rows for the pairs that have none."""
    cursor.execute(ENSURE_ROWS, {"tenant": tenant_id, **units.parameters()})


def shortfalls(cursor: Cursor, *, tenant_id: int, counts: StockUnits) -> dict[tuple[int, int], int]:
    """Return how many more units than counted are reserved, by (warehouse, SKU), where it is more than none."""
    rows = cursor.execute(SHORTFALLS, {"tenant": tenant_id, **counts.parameters()})
    return {(warehouse_id, sku_id): units for warehouse_id, sku_id, units in rows}


def lock_changing(cursor: Cursor, *, tenant_id: int, counts: StockUnits) -> Sequence[tuple[int, int, int]]:
    """Lock the stock rows whose count differs; return (id, on hand before, count)."""
    return cursor.execute(LOCK_CHANGING, {"tenant": tenant_id, **counts.parameters()}).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who changed stock, on what paper, and when."""

    actor: str
    reference: str
    at: datetime

    def parameters(self, kind: MovementKind) -> dict[str, Any]:
        """Return what goes into each movement."""
        return {"kind": kind.value, "actor": self.actor, "reference": self.reference, "at": self.at}


def write_counts(cursor: Cursor, *, tenant_id: int, changes: Sequence[tuple[int, int, int]], entry: Entry) -> None:
    """Set locked stock rows to their counts, and note each change."""
    stock_ids, before, units = np.array(changes, dtype=np.int64).T
    columns = {"ids": np.ascontiguousarray(stock_ids), "before": before.astype(np.int32), "units": units.astype(np.int32)}
    cursor.execute(COUNT, {"tenant": tenant_id, **columns, **entry.parameters(MovementKind.COUNT)})


def write_receipts(cursor: Cursor, *, tenant_id: int, receipts: StockUnits, entry: Entry) -> int:
    """Add units to stock rows, and note each; return how many rows could take them."""
    cursor.execute(RECEIVE, {"tenant": tenant_id, **receipts.parameters(), **entry.parameters(MovementKind.RECEIPT)})
    return cursor.rowcount


def keep_back(cursor: Cursor, *, tenant_id: int, stock_id: int, units: int) -> bool:
    """Set the safety stock of a row; return whether there is such a row."""
    return cursor.execute(KEEP_BACK, {"tenant": tenant_id, "stock": stock_id, "units": units}).rowcount == 1


def release(cursor: Cursor, *, tenant_id: int, order_ids: Collection[int]) -> tuple[int, ...]:
    """Release what these orders hold; return those that held anything."""
    rows = cursor.execute(RELEASE, {"tenant": tenant_id, "orders": ids(order_ids)})
    return tuple(order_id for (order_id,) in rows)


def ship(cursor: Cursor, *, tenant_id: int, order_id: int, warehouse_id: int, entry: Entry) -> None:
    """Take the units that an order holds in a warehouse out of its stock, and note each."""
    parameters = {"tenant": tenant_id, "order": order_id, "warehouse": warehouse_id}
    cursor.execute(SHIP, {**parameters, **entry.parameters(MovementKind.SHIPMENT)})


type Holder = tuple[int, int, list[int], list[int]]


def holders(
    connection: psycopg.Connection[Any], *, tenant_id: int, warehouse_ids: Collection[int], sku_ids: Collection[int]
) -> Generator[Holder]:
    """Yield (order, warehouse, SKUs, units) of active reservations that may hold these SKUs there, youngest first."""
    with ServerCursor(connection, "holders_youngest_first") as cursor:
        parameters = {"tenant": tenant_id, "warehouses": list(warehouse_ids), "skus": list(sku_ids)}
        yield from cursor.execute(HOLDERS, parameters)


SKU_COLUMNS: Final = "code, name, mass_mg, length_um, width_um, height_um, tags, category, ships_alone"
SKUS_WITH_CODES: Final = f"""
SELECT {SKU_COLUMNS.replace("tags", "tags::text[]")} FROM inventory_sku
WHERE tenant_id = %(tenant)s AND seller_id = %(seller)s AND code = ANY(%(codes)s::text[])
"""
SAVE_SKUS: Final = f"""
INSERT INTO inventory_sku AS s (tenant_id, seller_id, {SKU_COLUMNS})
SELECT %(tenant)s, %(seller)s, u.code, u.name, u.mass, u.length, u.width, u.height,
       CASE WHEN u.tags = '' THEN '{{}}' ELSE string_to_array(u.tags, ',') END, u.category, u.alone
FROM unnest(%(codes)s::text[], %(names)s::text[], %(masses)s, %(lengths)s, %(widths)s, %(heights)s, %(tags)s::text[],
            %(categories)s::text[], %(alone)s::boolean[]) AS u(code, name, mass, length, width, height, tags, category, alone)
ON CONFLICT (tenant_id, seller_id, code) DO UPDATE SET name = EXCLUDED.name, mass_mg = EXCLUDED.mass_mg,
  length_um = EXCLUDED.length_um, width_um = EXCLUDED.width_um, height_um = EXCLUDED.height_um, tags = EXCLUDED.tags,
  category = EXCLUDED.category, ships_alone = EXCLUDED.ships_alone
WHERE (s.name, s.mass_mg, s.length_um, s.width_um, s.height_um, s.tags, s.category, s.ships_alone)
  IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.mass_mg, EXCLUDED.length_um, EXCLUDED.width_um, EXCLUDED.height_um, EXCLUDED.tags,
                    EXCLUDED.category, EXCLUDED.ships_alone)
"""


def skus_with_codes(cursor: Cursor, *, tenant_id: int, seller_id: int, codes: Collection[str]) -> dict[str, NewSku]:
    """Return the seller's articles that have these codes, as they are stored."""
    rows = cursor.execute(SKUS_WITH_CODES, {"tenant": tenant_id, "seller": seller_id, "codes": list(codes)})
    names = ("code", "name", "mass_mg", "length_um", "width_um", "height_um", "tags", "category", "ships_alone")
    found = [NewSku(**dict(zip(names, (*row[:6], tuple(row[6]), *row[7:]), strict=True))) for row in rows]
    return {sku.code: sku for sku in found}


def sku_ids_of(cursor: Cursor, *, tenant_id: int, seller_id: int, codes: Collection[str]) -> dict[str, int]:
    """Return the ids of the seller's SKUs by code."""
    sql = "SELECT code, id FROM inventory_sku WHERE tenant_id = %(tenant)s AND seller_id = %(seller)s AND code = ANY(%(codes)s::text[])"
    return dict(cursor.execute(sql, {"tenant": tenant_id, "seller": seller_id, "codes": list(codes)}).fetchall())


def write_skus(cursor: Cursor, *, tenant_id: int, seller_id: int, skus: Sequence[NewSku]) -> int:
    """Add or change articles; return how many are new or differ."""
    parameters = {
        "tenant": tenant_id,
        "seller": seller_id,
        "codes": [sku.code for sku in skus],
        "names": [sku.name for sku in skus],
        "masses": ids(sku.mass_mg for sku in skus),
        "lengths": ids(sku.length_um for sku in skus),
        "widths": ids(sku.width_um for sku in skus),
        "heights": ids(sku.height_um for sku in skus),
        "tags": [",".join(sku.tags) for sku in skus],
        "categories": [sku.category for sku in skus],
        "alone": [sku.ships_alone for sku in skus],
    }
    cursor.execute(SAVE_SKUS, parameters)
    return cursor.rowcount


def ids(numbers: Any) -> Int64s:
    """Return integers as a column."""
    return np.fromiter(numbers, dtype=np.int64)
