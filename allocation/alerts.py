"""Note the orders whose promised date has passed before they were shipped (超期), once for each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import connection

from allocation.selectors import ship_date_of
from orders.core.states import OrderState
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

LOOK_BACK_DAYS: Final = 60
"""Promises older than this are no longer looked for."""

NOTE: Final = """
INSERT INTO allocation_overdueorder (order_id, tenant_id, seller_id, promised_date, noted_at)
SELECT id, tenant_id, seller_id, promised_date, %(at)s FROM orders_order
WHERE tenant_id = %(tenant)s AND promised_date >= %(earliest)s AND promised_date < %(today)s AND NOT state = ANY(%(over)s)
ON CONFLICT (tenant_id, order_id) DO NOTHING
"""
FORGET: Final = """
DELETE FROM allocation_overdueorder d USING orders_order o
WHERE d.tenant_id = %(tenant)s AND o.tenant_id = d.tenant_id AND o.id = d.order_id AND o.state = ANY(%(over)s)
"""

log = structlog.get_logger(__name__)


def note_overdue_orders(*, tenant_id: int, at: datetime) -> int:
    """Note the orders that are late since the last look and forget those that are over; return how many are new."""
    with tenant_scope(tenant_id=tenant_id), connection.cursor() as cursor:
        today = ship_date_of(tenant=Tenant.objects.get(pk=tenant_id), at=at)
        parameters: dict[str, Any] = {
            "tenant": tenant_id,
            "today": today,
            "earliest": today - timedelta(days=LOOK_BACK_DAYS),
            "over": [OrderState.SHIPPED.value, OrderState.CANCELLED.value],
            "at": at,
        }
        cursor.execute(FORGET, parameters)
        cursor.execute(NOTE, parameters)
        noted = int(cursor.rowcount)
    if noted:
        log.warning("orders_overdue", tenant_id=tenant_id, orders=noted)
    return noted
