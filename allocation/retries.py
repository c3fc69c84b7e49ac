"""Exception orders go back into the queue when something that can help has changed.

Stock arrived, a setting moved, a new day began, or, where a capacity or a cut-off stood in the way, capacity was freed.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from allocation.races import again_after_lost_race
from allocation.selectors import ship_date_of
from carriers.core.types import RejectionCode
from orders.core.states import OrderState
from orders.models import Order
from orders.services import queue_orders
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

MOST_AT_ONCE = 5000
"""Exceptions of one transaction."""

ASK_AGAIN_AFTER = timedelta(minutes=15)
"""Nothing tells that a carrier answers again: what failed for want of its price is tried after so long."""

# Arrivals that every exception has seen fall out first; usually none is left. Orders are locked, so that two sweeps never queue
# one twice.
WORTH_A_TRY = """
WITH waiting AS MATERIALIZED (
  SELECT order_id, reasons, sku_ids, settings_revision, ship_date, retry_at, seen_snapshot::pg_snapshot AS seen
  FROM allocation_orderexception WHERE tenant_id = %(tenant)s AND NOT held
), arrived AS MATERIALIZED (
  SELECT DISTINCT sku_id, arrived_xid::text::xid8 AS xid FROM inventory_stock
  WHERE tenant_id = %(tenant)s AND arrived_xid >= (SELECT min(pg_snapshot_xmin(seen)::text::bigint) FROM waiting)
), worth AS MATERIALIZED (
  SELECT order_id FROM waiting
  WHERE settings_revision < (SELECT settings_revision FROM tenancy_tenant WHERE id = %(tenant)s) OR ship_date < %(ship_date)s
     OR retry_at <= %(at)s
  UNION
  SELECT order_id FROM waiting WHERE retry_at IS NOT NULL AND EXISTS (
    SELECT FROM allocation_warehouseload l
    WHERE l.tenant_id = %(tenant)s AND l.freed_xid > 0 AND NOT pg_visible_in_snapshot(l.freed_xid::text::xid8, seen)
  )
  UNION
  SELECT w.order_id FROM waiting w CROSS JOIN LATERAL unnest(w.sku_ids) AS k(sku_id) JOIN arrived a USING (sku_id)
  WHERE NOT pg_visible_in_snapshot(a.xid, w.seen)
  UNION
  SELECT w.order_id FROM waiting w WHERE %(live)s = ANY (w.reasons) AND NOT EXISTS (
    SELECT FROM allocation_record r WHERE r.tenant_id = %(tenant)s AND r.order_id = w.order_id AND r.decided_at > %(asked_before)s
  )
)
SELECT o.id FROM worth w JOIN orders_order o ON o.tenant_id = %(tenant)s AND o.id = w.order_id
WHERE o.state = %(exception)s ORDER BY o.id LIMIT %(limit)s FOR UPDATE OF o SKIP LOCKED
"""


def queue_exceptions_worth_a_try(*, tenant_id: int, at: datetime, most_at_once: int = MOST_AT_ONCE) -> int:
    """Put the exceptions back into the queue that a change since their last try may help; return how many."""
    queued = 0
    while True:
        some = _queue_some(tenant_id=tenant_id, at=at, limit=most_at_once)
        queued += some
        if some < most_at_once:
            return queued


@again_after_lost_race
def _queue_some(*, tenant_id: int, at: datetime, limit: int) -> int:
    with tenant_scope(tenant_id=tenant_id):
        order_ids = _worth_a_try(tenant_id, ship_date_of(tenant=Tenant.objects.get(pk=tenant_id), at=at), at, limit)
        Order.objects.filter(pk__in=order_ids).update(state=OrderState.PENDING)
        queue_orders(tenant_id=tenant_id, order_ids=order_ids, at=at)
    return len(order_ids)


def _worth_a_try(tenant_id: int, ship_date: date, at: datetime, limit: int) -> list[int]:
    parameters: dict[str, Any] = {
        "tenant": tenant_id,
        "exception": OrderState.EXCEPTION.value,
        "ship_date": ship_date,
        "at": at,
        "live": RejectionCode.LIVE_QUOTE_FAILED.value,
        "asked_before": at - ASK_AGAIN_AFTER,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(WORTH_A_TRY, parameters)
        return [order_id for (order_id,) in cursor.fetchall()]
