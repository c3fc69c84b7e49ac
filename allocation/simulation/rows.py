"""What a what-if run reads and writes: its orders, the units that they hold, and the differences that it finds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from allocation import store
from allocation.core.plans import Plan
from allocation.core.world import World
from allocation.loads import LoadRows
from allocation.models import ShipmentState
from inventory.models import ReservationState
from orders.core.states import OrderState
from orders.models import Order

Int64s = npt.NDArray[np.int64]

PENDING: Final = (OrderState.PENDING, OrderState.EXCEPTION)
GONE: Final = (OrderState.CANCELLED,)


def orders_received(*, since: datetime, until: datetime) -> QuerySet[Order]:
    """Return the orders received in [since, until) that were not cancelled."""
    found: QuerySet[Order] = Order.objects.filter(received_at__gte=since, received_at__lt=until).exclude(state__in=GONE)
    return found


def orders_waiting() -> QuerySet[Order]:
    """Return the orders that wait for a warehouse."""
    found: QuerySet[Order] = Order.objects.filter(state__in=PENDING)
    return found


HELD: Final = """
SELECT array_agg(sku), array_agg(warehouse_id), array_agg(units) FROM (
  SELECT k.sku, r.warehouse_id, sum(k.units)::bigint AS units
  FROM inventory_reservation r CROSS JOIN LATERAL unnest(r.sku_ids, r.units) AS k(sku, units)
  WHERE r.tenant_id = %(tenant)s AND r.order_id = ANY(%(orders)s) AND r.state <> %(released)s GROUP BY 1, 2
) held
"""


def units_held(cursor: store.Cursor, *, tenant_id: int, order_ids: Int64s) -> store.Draws | None:
    """Return the units that these orders hold or were shipped, None where it is nothing."""
    parameters = {"tenant": tenant_id, "orders": order_ids, "released": ReservationState.RELEASED.value}
    row = cursor.execute(HELD, parameters).fetchone()
    if row is None or row[0] is None:
        return None
    skus, warehouses, units = row
    return store.Draws(sku_ids=skus, warehouse_ids=warehouses, units=units)


# The units of a shipment are those of the order's newest reservation in its warehouse, as allocation.loads counts them.
GIVEN: Final = """
SELECT array_agg(warehouse_id), array_agg(day), array_agg(orders), array_agg(lines) FROM (
  SELECT s.warehouse_id, (s.ship_date - date '1970-01-01')::bigint AS day, count(*) AS orders, sum(r.lines)::bigint AS lines
  FROM allocation_shipment s CROSS JOIN LATERAL (
    SELECT cardinality(r.sku_ids) AS lines FROM inventory_reservation r
    WHERE r.tenant_id = %(tenant)s AND r.order_id = s.order_id AND r.warehouse_id = s.warehouse_id ORDER BY r.id DESC LIMIT 1
  ) r
  WHERE s.tenant_id = %(tenant)s AND s.order_id = ANY(%(orders)s) AND s.state <> %(cancelled)s AND s.ship_date IS NOT NULL GROUP BY 1, 2
) given
"""


def loads_given(cursor: store.Cursor, *, tenant_id: int, order_ids: Int64s) -> LoadRows | None:
    """Return what these orders give warehouses to ship by day, None where it is nothing."""
    parameters = {"tenant": tenant_id, "orders": order_ids, "cancelled": ShipmentState.CANCELLED.value}
    row = cursor.execute(GIVEN, parameters).fetchone()
    if row is None or row[0] is None:
        return None
    warehouses, days, orders, lines = row
    return LoadRows(warehouse_ids=warehouses, ship_days=days, orders=orders, lines=lines)


SKUS: Final = """
SELECT array_agg(DISTINCT sku_id) FROM orders_orderline WHERE tenant_id = %(tenant)s AND order_id = ANY(%(orders)s)
"""


def skus_of(cursor: store.Cursor, *, tenant_id: int, order_ids: Int64s) -> Int64s:
    """Return the SKUs that these orders ask for, each once."""
    row = cursor.execute(SKUS, {"tenant": tenant_id, "orders": order_ids}).fetchone()
    return np.empty(0, dtype=np.int64) if row is None or row[0] is None else row[0]


DIFFERENCES: Final = """
INSERT INTO allocation_simulationdifference (tenant_id, run_id, order_id, before_warehouse_id, before_channel_id, before_cost_minor,
                                             after_warehouse_id, after_channel_id, after_cost_minor)
SELECT %(tenant)s, %(run)s, d.order_id, NULLIF(bw, 0), NULLIF(bc, 0), NULLIF(bm, -1), NULLIF(aw, 0), NULLIF(ac, 0), NULLIF(am, -1)
FROM unnest(%(orders)s, %(bw)s, %(bc)s, %(bm)s, %(aw)s, %(ac)s, %(am)s) AS d(order_id, bw, bc, bm, aw, ac, am)
"""


def write_differences(
    cursor: store.Cursor, *, tenant_id: int, run_id: int, order_ids: Int64s, plans: Sequence[tuple[Plan, World]], most: int
) -> int:
    """Write the orders that two plans of one batch, before and after, decide otherwise, at most so many; return how many there are."""
    before, after = plans
    bw, bc, bm = _choice(*before)
    aw, ac, am = _choice(*after)
    differs = np.flatnonzero((bw != aw) | (bc != ac) | (bm != am))
    written = differs[: max(most, 0)]
    if len(written):
        columns = {"orders": order_ids, "bw": bw, "bc": bc, "bm": bm, "aw": aw, "ac": ac, "am": am}
        parameters = {name: values[written] for name, values in columns.items()}
        cursor.execute(DIFFERENCES, {"tenant": tenant_id, "run": run_id, **parameters})
    return len(differs)


def _choice(plan: Plan, world: World) -> tuple[Int64s, Int64s, Int64s]:
    """Return the ids of warehouse and channel (0: none), and the cost (-1: none), of each order."""
    served = plan.warehouse >= 0
    warehouse, channel = np.zeros_like(plan.warehouse), np.zeros_like(plan.channel)
    warehouse[served] = world.warehouse_ids[plan.warehouse[served]]
    channel[served] = world.channel_ids[plan.channel[served]]
    return warehouse, channel, np.where(served, plan.cost, -1)
