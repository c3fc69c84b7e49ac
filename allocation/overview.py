"""The dashboard's figures for a span of days, from the savings ledger and the small tables: no page reads every record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection

from allocation.core.types import Mode
from allocation.ledger_models import LedgerMark, OrderCount
from allocation.reports import EXCEPTIONS, ReasonGroup
from orders.core.states import OrderState

AUTOMATIC_MODES: Final = (Mode.SMART, Mode.DEFAULT, Mode.RULE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Decisions in force: how many orders, of which split, and landed costs in the tenant's minor units."""

    orders: int = 0
    split_orders: int = 0
    cost_minor: int = 0
    nearest_cost_minor: int = 0
    cheapest_cost_minor: int = 0

    @property
    def average_cost_minor(self) -> int | None:
        """Return the cost of an order, to the nearest minor unit; None where there is none."""
        return None if not self.orders else (2 * self.cost_minor + self.orders) // (2 * self.orders)

    @property
    def saved_minor(self) -> int:
        """Return what the same orders would have cost more from the nearest warehouses that could serve."""
        return self.nearest_cost_minor - self.cost_minor

    @property
    def above_cheapest_minor(self) -> int:
        """Return what they cost more than from the cheapest."""
        return self.cost_minor - self.cheapest_cost_minor

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            orders=self.orders + other.orders,
            split_orders=self.split_orders + other.split_orders,
            cost_minor=self.cost_minor + other.cost_minor,
            nearest_cost_minor=self.nearest_cost_minor + other.nearest_cost_minor,
            cheapest_cost_minor=self.cheapest_cost_minor + other.cheapest_cost_minor,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How a tenant's orders stand, and what the decisions of the days from `since` to `until` cost.

    `states` are all orders by state as of `kept_at` (None: not counted yet). `days` has every day of the span; `warehouses` are by id.
    """

    since: date
    until: date
    states: dict[OrderState, int]
    kept_at: datetime | None
    reason_groups: tuple[ReasonGroup, ...]
    total: Totals
    by_automation: Totals
    by_hand: Totals
    days: tuple[tuple[date, Totals], ...]
    warehouses: dict[int, Totals]

    @property
    def orders(self) -> int:
        """Return how many orders there are in all."""
        return sum(self.states.values())

    @property
    def allocated_share(self) -> tuple[int, int]:
        """Return how many orders have a warehouse, and how many should: all but the cancelled."""
        served = sum(self.states.get(state, 0) for state in (OrderState.ALLOCATED, OrderState.RELEASED, OrderState.SHIPPED))
        return served, self.orders - self.states.get(OrderState.CANCELLED, 0)


SPAN: Final = """
SELECT date, warehouse_id, mode, sum(orders)::bigint, sum(split_orders)::bigint, sum(cost_minor)::bigint,
       sum(nearest_cost_minor)::bigint, sum(cheapest_cost_minor)::bigint
FROM allocation_daytotal WHERE tenant_id = app_tenant() AND date BETWEEN %(since)s AND %(until)s GROUP BY date, warehouse_id, mode
"""


def overview(*, since: date, until: date) -> Overview:
    """Return the figures of the tenant whose scope is open for the days from `since` to `until`, both included."""
    rows = _span(since, until)
    days = {since + timedelta(days=number): Totals() for number in range((until - since).days + 1)}
    warehouses: dict[int, Totals] = {}
    for day, warehouse_id, _mode, totals in rows:
        days[day] += totals
        warehouses[warehouse_id] = warehouses.get(warehouse_id, Totals()) + totals
    mark = LedgerMark.objects.first()
    return Overview(
        since=since,
        until=until,
        states={OrderState(state): orders for state, orders in OrderCount.objects.values_list("state", "orders")},
        kept_at=mark.kept_at if mark else None,
        reason_groups=_reason_groups(),
        total=_sum(totals for *_, totals in rows),
        by_automation=_sum(totals for *_, mode, totals in rows if mode in AUTOMATIC_MODES),
        by_hand=_sum(totals for *_, mode, totals in rows if mode not in AUTOMATIC_MODES),
        days=tuple(days.items()),
        warehouses=warehouses,
    )


def _span(since: date, until: date) -> list[tuple[date, int, int, Totals]]:
    with connection.cursor() as cursor:
        cursor.execute(SPAN, {"since": since, "until": until})
        return [(day, warehouse_id, mode, _totals(figures)) for day, warehouse_id, mode, *figures in cursor.fetchall()]


def _totals(figures: Any) -> Totals:
    orders, split_orders, cost, nearest, cheapest = figures
    return Totals(orders=orders, split_orders=split_orders, cost_minor=cost, nearest_cost_minor=nearest, cheapest_cost_minor=cheapest)


def _sum(parts: Iterable[Totals]) -> Totals:
    return sum(parts, Totals())


def _reason_groups() -> tuple[ReasonGroup, ...]:
    with connection.cursor() as cursor:
        cursor.execute(EXCEPTIONS, {"exception": int(OrderState.EXCEPTION)})
        return tuple(ReasonGroup(reasons=tuple(reasons), orders=orders) for reasons, orders in cursor.fetchall())
