"""After every run: is the world as it has to be? A fast wrong answer is not an answer."""

from __future__ import annotations

from typing import Any

import psycopg

from orders.core.states import OrderState

Connection = psycopg.Connection[Any]

ACTIVE = 1
EXCEPTION_MODE = 3
ALLOCATED, EXCEPTION, SHIPPED = OrderState.ALLOCATED.value, OrderState.EXCEPTION.value, OrderState.SHIPPED.value


class WrongOutcome(Exception):
    """A run left something that must not be."""


ORDERS_WITH_RECORDS = "orders_order o LEFT JOIN allocation_record r ON (r.tenant_id, r.order_id) = (o.tenant_id, o.id)"
HELD = f"""
    (SELECT r.tenant_id, r.warehouse_id, r.order_id, held.sku_id, held.units
     FROM inventory_reservation r, unnest(r.sku_ids, r.units) AS held (sku_id, units) WHERE r.state = {ACTIVE}) held
"""

CHECKS = {
    "units reserved beyond what is on hand": "SELECT count(*) FROM inventory_stock WHERE reserved < 0 OR reserved > on_hand",
    "stock rows whose reserved units are not the sum of their reservations": f"""
        SELECT count(*) FROM (SELECT tenant_id, warehouse_id, sku_id, reserved FROM inventory_stock WHERE reserved <> 0) s
        FULL JOIN (SELECT tenant_id, warehouse_id, sku_id, sum(units) AS reserved FROM {HELD} GROUP BY 1, 2, 3) h
        USING (tenant_id, warehouse_id, sku_id, reserved)
        WHERE s.reserved IS NULL OR h.reserved IS NULL""",
    "orders without exactly one record": f"""
        SELECT count(*) FROM (SELECT o.id FROM {ORDERS_WITH_RECORDS} GROUP BY o.id HAVING count(r.id) <> 1) wrong""",
    "orders whose state is not what their record says": f"""
        SELECT count(*) FROM {ORDERS_WITH_RECORDS}
        WHERE o.state <> {SHIPPED} AND o.state <> CASE r.mode WHEN {EXCEPTION_MODE} THEN {EXCEPTION} ELSE {ALLOCATED} END""",
    "allocated orders whose lines are not reserved exactly once": f"""
        SELECT count(*) FROM (
          SELECT l.tenant_id, l.order_id, l.sku_id, sum(l.units) AS units FROM orders_orderline l
          JOIN orders_order o ON o.id = l.order_id AND o.state = {ALLOCATED} GROUP BY 1, 2, 3
        ) asked
        FULL JOIN (SELECT tenant_id, order_id, sku_id, sum(units) AS units FROM {HELD} GROUP BY 1, 2, 3) h
        USING (tenant_id, order_id, sku_id, units)
        WHERE asked.units IS NULL OR h.units IS NULL""",
    "exceptions that do not say why": f"""
        SELECT count(*) FROM orders_order o LEFT JOIN allocation_orderexception e ON e.order_id = o.id
        WHERE (o.state = {EXCEPTION}) <> (e.order_id IS NOT NULL)""",
    "shipments that are not what the record says": """
        SELECT count(*) FROM allocation_record r
        FULL JOIN allocation_shipment s ON (s.tenant_id, s.order_id) = (r.tenant_id, r.order_id)
        WHERE (r.warehouse_id, r.channel_id, r.cost_minor) IS DISTINCT FROM (s.warehouse_id, s.channel_id, s.cost_minor)""",
    "orders left in the queue": "SELECT count(*) FROM orders_queuedorder",
    "records that the outbox does not name exactly once": """
        SELECT count(*) FROM (
          SELECT id FROM (SELECT unnest(record_ids) AS id, 1 AS times FROM allocation_outboxbatch) told
          FULL JOIN allocation_record r USING (id) GROUP BY id HAVING count(told.times) <> 1 OR count(r.order_id) <> 1
        ) wrong""",
}


def check_outcome(connection: Connection) -> dict[str, int]:
    """Return how many orders were allocated and how many are exceptions, or raise WrongOutcome."""
    wrong = [f"{found} {what}" for what, query in CHECKS.items() if (found := _number(connection, query))]
    if wrong:
        raise WrongOutcome("; ".join(wrong))
    states = "SELECT count(*) FROM orders_order WHERE state = "
    return {
        "allocated": _number(connection, states + str(ALLOCATED)),
        "exceptions": _number(connection, states + str(EXCEPTION)),
    }


def _number(connection: Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])
