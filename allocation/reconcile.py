"""Whether the orders' books agree: states, queue, exceptions, records and the units that orders hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from inventory.models import ReservationState
from inventory.reconcile import MOST_FAULTS
from orders.core.states import OrderState
from wms.tenancy.scope import tenant_scope

NUMBERS: Final[dict[str, Any]] = {
    "pending": OrderState.PENDING.value,
    "exception": OrderState.EXCEPTION.value,
    "holding": [OrderState.ALLOCATED.value, OrderState.RELEASED.value, OrderState.SHIPPED.value],
    "undecided": [OrderState.PENDING.value, OrderState.REVIEW.value],
    "waiting": [OrderState.EXCEPTION.value, OrderState.PENDING.value],
    "promised": [ReservationState.ACTIVE.value, ReservationState.SHIPPED.value],
    "most": MOST_FAULTS,
}

# Each finds orders by one statement, so as of one instant.
CHECKS: Final = {
    "waits, but is not on the queue": """
        SELECT o.id FROM orders_order o WHERE o.tenant_id = %(tenant)s AND o.state = %(pending)s
          AND NOT EXISTS (SELECT FROM orders_queuedorder q WHERE q.tenant_id = %(tenant)s AND q.order_id = o.id)
    """,
    "is on the queue, but does not wait": """
        SELECT q.order_id FROM orders_queuedorder q JOIN orders_order o ON o.tenant_id = q.tenant_id AND o.id = q.order_id
        WHERE q.tenant_id = %(tenant)s AND o.state <> %(pending)s
    """,
    "does not hold exactly the units that it should": """
        WITH needed AS (
          SELECT l.order_id, l.sku_id, sum(l.units) AS units
          FROM orders_orderline l JOIN orders_order o ON o.tenant_id = l.tenant_id AND o.id = l.order_id
          WHERE l.tenant_id = %(tenant)s AND o.state = ANY(%(holding)s) GROUP BY 1, 2
        ), held AS (
          SELECT r.order_id, u.sku_id, sum(u.units) AS units
          FROM inventory_reservation r, unnest(r.sku_ids, r.units) AS u(sku_id, units)
          WHERE r.tenant_id = %(tenant)s AND r.state = ANY(%(promised)s) GROUP BY 1, 2
        )
        SELECT DISTINCT order_id FROM needed n FULL JOIN held h USING (order_id, sku_id) WHERE n.units IS DISTINCT FROM h.units
    """,
    "is an exception without its reasons": """
        SELECT o.id FROM orders_order o WHERE o.tenant_id = %(tenant)s AND o.state = %(exception)s
          AND NOT EXISTS (SELECT FROM allocation_orderexception e WHERE e.tenant_id = %(tenant)s AND e.order_id = o.id)
    """,
    "has an exception's reasons, but is none": """
        SELECT o.id FROM allocation_orderexception e JOIN orders_order o ON o.tenant_id = e.tenant_id AND o.id = e.order_id
        WHERE e.tenant_id = %(tenant)s AND NOT o.state = ANY(%(waiting)s)
    """,
    "has more than one current record": """
        SELECT DISTINCT order_id FROM (
          SELECT order_id, supersedes, lag(id) OVER (PARTITION BY order_id ORDER BY id) AS before
          FROM allocation_record WHERE tenant_id = %(tenant)s
        ) r WHERE supersedes IS DISTINCT FROM before
    """,
    "is decided without a record": """
        SELECT o.id FROM orders_order o WHERE o.tenant_id = %(tenant)s AND NOT o.state = ANY(%(undecided)s)
          AND NOT EXISTS (SELECT FROM allocation_record r WHERE r.tenant_id = %(tenant)s AND r.order_id = o.id)
    """,
    "does not lie in the warehouse that its record names": """
        SELECT o.id FROM orders_order o
        CROSS JOIN LATERAL (
          SELECT warehouse_id FROM allocation_record r WHERE r.tenant_id = %(tenant)s AND r.order_id = o.id ORDER BY r.id DESC LIMIT 1
        ) last
        WHERE o.tenant_id = %(tenant)s AND o.state = ANY(%(holding)s) AND NOT EXISTS (
          SELECT FROM inventory_reservation v WHERE v.tenant_id = %(tenant)s AND v.order_id = o.id AND v.state = ANY(%(promised)s)
            AND v.warehouse_id = last.warehouse_id
        )
    """,
}


@dataclass(frozen=True, slots=True)
class OrderFault:
    """What is wrong with an order's books."""

    order_id: int
    what: str

    def __str__(self) -> str:
        return f"order {self.order_id} {self.what}"


def order_faults(*, tenant_id: int) -> tuple[OrderFault, ...]:
    """Return the tenant's orders whose state, queue row, exception, records and units disagree; the first thousand of each kind."""
    with tenant_scope(tenant_id=tenant_id):
        return tuple(fault for what, query in CHECKS.items() for fault in _found(tenant_id, what, query))


def _found(tenant_id: int, what: str, query: str) -> list[OrderFault]:
    with connection.cursor() as cursor:
        cursor.execute(f"{query} ORDER BY 1 LIMIT %(most)s", {**NUMBERS, "tenant": tenant_id})
        return [OrderFault(order_id, what) for (order_id,) in cursor.fetchall()]
