"""Exception orders go back into the queue when something that can help has changed: stock arrived, or a setting moved."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from orders.core.states import OrderState
from orders.models import Order
from orders.services import queue_orders
from wms.tenancy.scope import tenant_scope

MOST_AT_ONCE = 5000

# Rows of orders_order are locked, so that two sweeps never queue one order twice.
WORTH_A_TRY = """
SELECT o.id FROM allocation_orderexception e JOIN orders_order o ON o.id = e.order_id
WHERE e.tenant_id = %(tenant)s AND o.tenant_id = %(tenant)s AND o.state = %(exception)s AND (
  e.settings_revision < (SELECT settings_revision FROM tenancy_tenant WHERE id = %(tenant)s)
  OR EXISTS (
    SELECT 1 FROM inventory_stock s WHERE s.tenant_id = %(tenant)s AND s.sku_id = ANY(e.sku_ids) AND s.arrived_xid > 0
    AND NOT pg_visible_in_snapshot(s.arrived_xid::text::xid8, e.seen_snapshot::pg_snapshot)
  )
)
ORDER BY o.id LIMIT %(limit)s FOR UPDATE OF o SKIP LOCKED
"""


def queue_exceptions_worth_a_try(*, tenant_id: int, at: datetime) -> int:
    """Put the exceptions back into the queue that a change since their last try may help; return how many."""
    with tenant_scope(tenant_id=tenant_id):
        with connection.cursor() as cursor:
            cursor.execute(WORTH_A_TRY, {"tenant": tenant_id, "exception": int(OrderState.EXCEPTION), "limit": MOST_AT_ONCE})
            order_ids = [order_id for (order_id,) in cursor.fetchall()]
        if order_ids:
            Order.objects.filter(pk__in=order_ids).update(state=OrderState.PENDING)
            queue_orders(tenant_id=tenant_id, order_ids=order_ids, at=at)
    return len(order_ids)
