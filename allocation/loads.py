"""What warehouses with a daily capacity still ship on their ship day, and what a batch takes of it.

A row per warehouse and day is changed by a condition, as stock is: no two transactions together give a warehouse more than it
ships. Load is counted from when a capacity is set; without one there are no rows.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.db import connection

from allocation import store
from allocation.batches import PreparedBatch
from allocation.core.permissions import NO_LIMIT
from allocation.core.plans import Capacity, Plan, draws_on
from allocation.core.timetable import day_number
from allocation.core.world import World
from allocation.models import ShipmentState
from wms.arrays import another_cursor

Int64s = npt.NDArray[np.int64]

LOADS = """
SELECT array_agg(l.warehouse_id), array_agg(l.orders::bigint), array_agg(l.lines::bigint)
FROM allocation_warehouseload l JOIN unnest(%(warehouses)s, %(days)s) AS u(warehouse, day)
  ON l.warehouse_id = u.warehouse AND l.ship_date = date '1970-01-01' + u.day
WHERE l.tenant_id = %(tenant)s
"""


def capacity_left(cursor: store.Cursor, *, tenant_id: int, batch: PreparedBatch) -> Capacity | None:
    """Return what the warehouses still ship on the ship day of the batch's instant, None where none has a capacity."""
    world = batch.pricer.world
    if not world.has_capacity:
        return None
    return capacity_beside(world, loads_on(cursor, tenant_id=tenant_id, world=world, days=ship_days_of(batch)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loads:
    """The orders and lines that warehouses (columns) were given to ship on a day each."""

    orders: Int64s
    lines: Int64s


def ship_days_of(batch: PreparedBatch) -> Int64s:
    """Return each warehouse's ship day at a batch's instant, in days since 1970-01-01."""
    days = batch.pricer.world.timetable.ship_dates(batch.pricer.wanted.at)
    return np.array([day_number(day) for day in days], dtype=np.int64)


def loads_on(cursor: store.Cursor, *, tenant_id: int, world: World, days: Int64s) -> Loads:
    """Return the loads of the warehouses, each on its own day."""
    parameters = {"tenant": tenant_id, "warehouses": world.warehouse_ids, "days": days.astype(np.int32)}
    row = cursor.execute(LOADS, parameters).fetchone()
    assert row is not None
    warehouses, orders, lines = (np.empty(0, dtype=np.int64) if column is None else column for column in row)
    by_id = {key: (taken, held) for key, taken, held in zip(warehouses.tolist(), orders.tolist(), lines.tolist(), strict=True)}
    loads = np.array([by_id.get(key, (0, 0)) for key in world.warehouse_ids.tolist()], dtype=np.int64).reshape(-1, 2)
    return Loads(orders=loads[:, 0], lines=loads[:, 1])


def capacity_beside(world: World, loads: Loads) -> Capacity:
    """Return what the warehouses still ship beside these loads."""
    terms = world.settings.warehouses
    return Capacity(
        orders=_left([each.daily_orders for each in terms], loads.orders),
        lines=_left([each.daily_lines for each in terms], loads.lines),
    )


def _left(daily: list[int | None], loads: Int64s) -> Int64s:
    left = [NO_LIMIT if most is None else max(0, most - load) for most, load in zip(daily, loads.tolist(), strict=True)]
    return np.array(left, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRows:
    """What a plan gives warehouses to ship, a row each in the order of their ids; days since 1970-01-01."""

    warehouse_ids: Int64s
    ship_days: Int64s
    orders: Int64s
    lines: Int64s


def load_rows(*, batch: PreparedBatch, plan: Plan) -> LoadRows:
    """Return the load that a plan, made with a capacity, puts on the warehouses that have one."""
    world = batch.pricer.world
    limited = np.array([terms.has_capacity for terms in world.settings.warehouses], dtype=np.bool_)
    draws = draws_on(batch=plan.batch, warehouse=plan.warehouse, splits=plan.splits, has_capacity=True)
    # The capacity's rows follow the SKUs': one of orders, one of lines.
    row = plan.batch.need_row[draws.needs] - len(batch.sku_ids)
    orders, lines = np.zeros(len(limited), dtype=np.int64), np.zeros(len(limited), dtype=np.int64)
    np.add.at(orders, draws.columns[row == 0], draws.units[row == 0])
    np.add.at(lines, draws.columns[row == 1], draws.units[row == 1])
    columns = np.flatnonzero(limited & (orders > 0))
    columns = columns[np.argsort(world.warehouse_ids[columns])]
    ship_days = ship_days_of(batch)
    return LoadRows(warehouse_ids=world.warehouse_ids[columns], ship_days=ship_days[columns], orders=orders[columns], lines=lines[columns])


# The first row of a day is held to the capacity as further ones are: a batch that looked before it was lowered must look again.
FIRST_WITHIN = """
WHERE %(forced)s OR (u.orders <= coalesce(w.daily_capacity, 2147483647) AND u.lines <= coalesce(w.daily_lines, 2147483647))"""
WITHIN = """
 WHERE %(forced)s OR EXISTS (
  SELECT FROM inventory_warehouse w WHERE w.tenant_id = l.tenant_id AND w.id = l.warehouse_id
    AND l.orders + EXCLUDED.orders <= coalesce(w.daily_capacity, 2147483647)
    AND l.lines + EXCLUDED.lines <= coalesce(w.daily_lines, 2147483647)
)"""
ADD = f"""
INSERT INTO allocation_warehouseload AS l (tenant_id, warehouse_id, ship_date, orders, lines)
SELECT w.tenant_id, w.id, date '1970-01-01' + u.day, u.orders, u.lines
FROM unnest(%(warehouses)s, %(days)s, %(orders)s, %(lines)s) WITH ORDINALITY AS u(warehouse, day, orders, lines, place)
JOIN inventory_warehouse w ON w.tenant_id = %(tenant)s AND w.id = u.warehouse
{FIRST_WITHIN}
ORDER BY u.place
ON CONFLICT (tenant_id, warehouse_id, ship_date) DO UPDATE SET orders = l.orders + EXCLUDED.orders, lines = l.lines + EXCLUDED.lines
{WITHIN}
"""


def add_load(cursor: store.Cursor, *, tenant_id: int, rows: LoadRows, forced: bool = False) -> store.Guard:
    """Give warehouses this much more to ship; the guard raises CapacityMoved where one has no capacity for it and it is not forced."""
    own = another_cursor(cursor.connection)
    own.execute(
        ADD,
        {
            "tenant": tenant_id,
            "warehouses": rows.warehouse_ids,
            "days": rows.ship_days.astype(np.int32),
            "orders": rows.orders.astype(np.int32),
            "lines": rows.lines.astype(np.int32),
            "forced": forced,
        },
    )
    return store.Guard(own, len(rows.warehouse_ids), store.CapacityMoved)


# The units of a shipment are those of the order's newest reservation in its warehouse, whatever has become of that.
FREE = """
WITH freed AS (
  SELECT s.warehouse_id, s.ship_date, count(*) AS orders, sum(r.lines) AS lines
  FROM allocation_shipment s CROSS JOIN LATERAL (
    SELECT cardinality(r.sku_ids) AS lines FROM inventory_reservation r
    WHERE r.tenant_id = %(tenant)s AND r.order_id = s.order_id AND r.warehouse_id = s.warehouse_id ORDER BY r.id DESC LIMIT 1
  ) r
  WHERE s.tenant_id = %(tenant)s AND s.order_id = ANY(%(orders)s) AND s.state = %(planned)s GROUP BY 1, 2 ORDER BY 1, 2
)
UPDATE allocation_warehouseload l SET orders = greatest(l.orders - f.orders, 0), lines = greatest(l.lines - f.lines, 0),
  freed_xid = pg_current_xact_id()::text::bigint
FROM freed f WHERE l.tenant_id = %(tenant)s AND l.warehouse_id = f.warehouse_id AND l.ship_date = f.ship_date
"""


def free_load(*, tenant_id: int, order_ids: Collection[int]) -> None:
    """Take the planned shipments of these orders off the warehouses' loads; call it before they are cancelled."""
    with connection.cursor() as cursor:
        cursor.execute(FREE, {"tenant": tenant_id, "orders": list(order_ids), "planned": ShipmentState.PLANNED.value})
