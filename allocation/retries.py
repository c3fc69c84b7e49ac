"""Exception orders go back into the queue when something that can help has changed: stock arrived, or a setting moved."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection

from allocation.races import again_after_lost_race
from allocation.selectors import ship_date_of
from orders.core.states import OrderState
from orders.models import Order
from orders.services import queue_orders
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

MOST_AT_ONCE = 5000
"""Exceptions of one transaction."""

# Rows of orders_order are locked, so that two sweeps never queue one order twice.
WORTH_A_TRY = """
SELECT o.id FROM allocation_orderexception e JOIN orders_order o ON o.tenant_id = e.tenant_id AND o.id = e.order_id
WHERE e.tenant_id = %(tenant)s AND NOT e.held AND o.state = %(exception)s AND (
  e.settings_revision < (SELECT settings_revision FROM tenancy_tenant WHERE id = %(tenant)s)
  OR e.ship_date < %(ship_date)s
  OR EXISTS (
    SELECT 1 FROM inventory_stock s WHERE s.tenant_id = %(tenant)s AND s.sku_id = ANY(e.sku_ids) AND s.arrived_xid > 0
    AND NOT pg_visible_in_snapshot(s.arrived_xid::text::xid8, e.seen_snapshot::pg_snapshot)
  )
)
ORDER BY o.id LIMIT %(limit)s FOR UPDATE OF o SKIP LOCKED
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
        order_ids = _worth_a_try(tenant_id, ship_date_of(tenant=Tenant.objects.get(pk=tenant_id), at=at), limit)
        Order.objects.filter(pk__in=order_ids).update(state=OrderState.PENDING)
        queue_orders(tenant_id=tenant_id, order_ids=order_ids, at=at)
    return len(order_ids)


def _worth_a_try(tenant_id: int, ship_date: date, limit: int) -> list[int]:
    parameters: dict[str, Any] = {"tenant": tenant_id, "exception": OrderState.EXCEPTION.value, "ship_date": ship_date, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(WORTH_A_TRY, parameters)
        return [order_id for (order_id,) in cursor.fetchall()]
