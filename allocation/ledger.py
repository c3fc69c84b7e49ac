"""Keep the savings ledger: read each record once, in the order of ids, and add it to its day.

What a person's choice cost more than the cheapest, and what automation saved against the nearest warehouse, are then sums over a
few hundred rows, whatever the number of records.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import connection

from allocation.settled import settled_record_id
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

RECORDS_AT_ONCE: Final = 100_000

TAKE_MARK: Final = """
INSERT INTO allocation_ledgermark AS m (tenant_id, last_record_id, kept_at) VALUES (%(tenant)s, 0, %(at)s)
ON CONFLICT (tenant_id) DO UPDATE SET kept_at = EXCLUDED.kept_at RETURNING m.last_record_id
"""
NEXT_MARK: Final = """
SELECT max(id) FROM (
  SELECT id FROM allocation_record WHERE tenant_id = %(tenant)s AND id > %(after)s AND id <= %(settled)s ORDER BY id LIMIT %(limit)s
) r
"""
MOVE_MARK: Final = "UPDATE allocation_ledgermark SET last_record_id = %(upto)s WHERE tenant_id = %(tenant)s"

# A record takes what it supersedes off the day on which that was decided: what stays is in force.
ADD_DAYS: Final = """
WITH part AS (
  SELECT r.order_id, r.seller_id, r.warehouse_id, r.mode, r.cost_minor, r.nearest_cost_minor, r.cheapest_otherwise_minor,
         r.decided_at, 1 AS sign
  FROM allocation_record r WHERE r.tenant_id = %(tenant)s AND r.id > %(after)s AND r.id <= %(upto)s AND r.warehouse_id IS NOT NULL
  UNION ALL
  SELECT p.order_id, p.seller_id, p.warehouse_id, p.mode, p.cost_minor, p.nearest_cost_minor, p.cheapest_otherwise_minor,
         p.decided_at, -1
  FROM allocation_record r JOIN allocation_record p ON p.tenant_id = %(tenant)s AND p.id = r.supersedes
  WHERE r.tenant_id = %(tenant)s AND r.id > %(after)s AND r.id <= %(upto)s AND p.warehouse_id IS NOT NULL
)
INSERT INTO allocation_daytotal AS d (tenant_id, date, seller_id, warehouse_id, mode, orders, split_orders, cost_minor,
                                      nearest_cost_minor, cheapest_cost_minor)
SELECT %(tenant)s, (part.decided_at AT TIME ZONE %(timezone)s)::date, part.seller_id, part.warehouse_id, part.mode, sum(sign),
       sum(sign * (SELECT (count(*) > 1)::int FROM allocation_shipment s
                   WHERE s.tenant_id = %(tenant)s AND s.order_id = part.order_id AND s.created_at = part.decided_at)),
       sum(sign * cost_minor), sum(sign * coalesce(nearest_cost_minor, cost_minor)),
       sum(sign * coalesce(cheapest_otherwise_minor, cost_minor))
FROM part GROUP BY 2, 3, 4, 5
ON CONFLICT (tenant_id, date, seller_id, warehouse_id, mode) DO UPDATE SET
  orders = d.orders + EXCLUDED.orders, split_orders = d.split_orders + EXCLUDED.split_orders,
  cost_minor = d.cost_minor + EXCLUDED.cost_minor,
  nearest_cost_minor = d.nearest_cost_minor + EXCLUDED.nearest_cost_minor,
  cheapest_cost_minor = d.cheapest_cost_minor + EXCLUDED.cheapest_cost_minor
"""

FORGET_COUNTS: Final = "DELETE FROM allocation_ordercount WHERE tenant_id = %(tenant)s"
COUNT_ORDERS: Final = """
INSERT INTO allocation_ordercount (tenant_id, state, orders)
SELECT tenant_id, state, count(*) FROM orders_order WHERE tenant_id = %(tenant)s GROUP BY tenant_id, state
"""


def keep_ledger(*, tenant_id: int, at: datetime) -> int:
    """Add the records since the last time to the ledger and count the orders by state; return how many records were added."""
    added = 0
    while True:
        with tenant_scope(tenant_id=tenant_id):
            part = _add_some(tenant_id, at)
        added += part
        if part < RECORDS_AT_ONCE:
            break
    with tenant_scope(tenant_id=tenant_id), connection.cursor() as cursor:
        cursor.execute(TAKE_MARK, {"tenant": tenant_id, "at": at})
        cursor.execute(FORGET_COUNTS, {"tenant": tenant_id})
        cursor.execute(COUNT_ORDERS, {"tenant": tenant_id})
    return added


def _add_some(tenant_id: int, at: datetime) -> int:
    settled = settled_record_id()
    timezone = Tenant.objects.values_list("timezone", flat=True).get(pk=tenant_id)
    with connection.cursor() as cursor:
        cursor.execute(TAKE_MARK, {"tenant": tenant_id, "at": at})
        (after,) = cursor.fetchone()
        bounds = {"tenant": tenant_id, "after": after, "settled": settled, "limit": RECORDS_AT_ONCE, "timezone": timezone}
        cursor.execute(NEXT_MARK, bounds)
        (upto,) = cursor.fetchone()
        if upto is None:
            return 0
        bounds["upto"] = upto
        cursor.execute(ADD_DAYS, bounds)
        cursor.execute(MOVE_MARK, bounds)
        cursor.execute("SELECT count(*) FROM allocation_record WHERE tenant_id = %(tenant)s AND id > %(after)s AND id <= %(upto)s", bounds)
        return int(cursor.fetchone()[0])
