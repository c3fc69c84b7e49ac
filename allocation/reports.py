"""How a tenant's orders were decided: figures for a summary, each counted by the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connection

from allocation.core.types import AUTOMATIC
from allocation.models import ShipmentState
from orders.core.states import OrderState

SERVED: Final = (OrderState.ALLOCATED, OrderState.RELEASED, OrderState.SHIPPED)
UNDECIDED: Final = (OrderState.PENDING, OrderState.REVIEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseShare:
    """How many orders a warehouse ships, and what that costs in the tenant's minor units."""

    code: str
    name: str
    orders: int
    cost_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonGroup:
    """How many orders nothing could serve for the same set of reasons, by number (allocation.core.types.reason_of)."""

    reasons: tuple[int, ...]
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationReport:
    """How a tenant's orders stand: orders = allocated + exceptions + undecided + cancelled.

    Costs are landed costs of the allocated orders in the tenant's minor units. `nearest_cost_minor` and
    `cheapest_cost_minor` are what they would have cost from the nearest and the cheapest warehouse that had the goods and a price,
    `by_hand_minor` is what choices by hand cost more than the cheapest.
    """

    currency: str
    orders: int
    allocated: int
    exceptions: int
    undecided: int
    cancelled: int
    reason_groups: tuple[ReasonGroup, ...]
    warehouses: tuple[WarehouseShare, ...]
    cost_minor: int
    nearest_cost_minor: int
    cheapest_cost_minor: int
    by_hand_minor: int

    @property
    def average_cost_minor(self) -> int | None:
        """Return the cost of an allocated order, to the nearest minor unit; None where there is none."""
        return None if not self.allocated else (2 * self.cost_minor + self.allocated) // (2 * self.allocated)


STATES: Final = "SELECT state, count(*) FROM orders_order WHERE tenant_id = app_tenant() GROUP BY state"
EXCEPTIONS: Final = """
SELECT e.reasons, count(*) FROM allocation_orderexception e JOIN orders_order o ON o.tenant_id = e.tenant_id AND o.id = e.order_id
WHERE e.tenant_id = app_tenant() AND o.state = %(exception)s GROUP BY e.reasons ORDER BY 2 DESC, 1
"""
WAREHOUSES: Final = """
SELECT w.code, w.name, COALESCE(s.orders, 0), COALESCE(s.cost, 0)
FROM inventory_warehouse w LEFT JOIN (
  SELECT warehouse_id, count(DISTINCT order_id) AS orders, sum(cost_minor)::bigint AS cost FROM allocation_shipment
  WHERE tenant_id = app_tenant() AND state <> %(cancelled)s GROUP BY warehouse_id
) s ON s.warehouse_id = w.id
WHERE w.tenant_id = app_tenant() ORDER BY w.code
"""
# The last record of an order is the one in force.
COSTS: Final = """
SELECT COALESCE(sum(r.cost_minor), 0)::bigint, COALESCE(sum(r.nearest_cost_minor), 0)::bigint,
       COALESCE(sum(r.cheapest_cost_minor), 0)::bigint,
       COALESCE(sum(r.cost_minor - r.cheapest_cost_minor) FILTER (WHERE r.mode <> ALL(%(automatic)s)), 0)::bigint
FROM (
  SELECT DISTINCT ON (order_id) order_id, mode, cost_minor, nearest_cost_minor,
         COALESCE(cheapest_otherwise_minor, cost_minor) AS cheapest_cost_minor FROM allocation_record
  WHERE tenant_id = app_tenant() ORDER BY order_id, id DESC
) r JOIN orders_order o ON o.tenant_id = app_tenant() AND o.id = r.order_id
WHERE o.state = ANY(%(served)s)
"""
CURRENCY: Final = "SELECT currency FROM tenancy_tenant WHERE id = app_tenant()"


def report_allocation() -> AllocationReport:
    """Return the figures of the tenant whose scope is open. Reads every order: for summaries, not for each page."""
    with connection.cursor() as cursor:
        cursor.execute(CURRENCY)
        (currency,) = cursor.fetchone()
        cursor.execute(STATES)
        by_state: dict[int, int] = dict(cursor.fetchall())
        cursor.execute(EXCEPTIONS, {"exception": int(OrderState.EXCEPTION)})
        groups = tuple(ReasonGroup(reasons=tuple(reasons), orders=orders) for reasons, orders in cursor.fetchall())
        cursor.execute(WAREHOUSES, {"cancelled": int(ShipmentState.CANCELLED)})
        warehouses = tuple(
            WarehouseShare(code=code, name=name, orders=orders, cost_minor=cost) for code, name, orders, cost in cursor.fetchall()
        )
        cursor.execute(COSTS, {"served": [int(state) for state in SERVED], "automatic": [int(mode) for mode in AUTOMATIC]})
        cost_minor, nearest_cost_minor, cheapest_cost_minor, by_hand_minor = cursor.fetchone()
    return AllocationReport(
        currency=currency,
        orders=sum(by_state.values()),
        allocated=_count(by_state, SERVED),
        exceptions=_count(by_state, (OrderState.EXCEPTION,)),
        undecided=_count(by_state, UNDECIDED),
        cancelled=_count(by_state, (OrderState.CANCELLED,)),
        reason_groups=groups,
        warehouses=warehouses,
        cost_minor=cost_minor,
        nearest_cost_minor=nearest_cost_minor,
        cheapest_cost_minor=cheapest_cost_minor,
        by_hand_minor=by_hand_minor,
    )


def count_undecided() -> int:
    """Return how many orders of the tenant whose scope is open wait for a decision."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_queuedorder WHERE tenant_id = app_tenant()")
        return int(cursor.fetchone()[0])


def _count(by_state: dict[int, int], states: tuple[OrderState, ...]) -> int:
    return sum(by_state.get(int(state), 0) for state in states)
