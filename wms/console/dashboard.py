"""What the dashboard shows: flat rows of finished words, from the ledger's overview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allocation.core.types import reason_of
from allocation.overview import Overview, Totals
from inventory.models import Warehouse
from orders.core.states import OrderState
from orders.models import STATE_NAMES
from wms.console import words
from wms.console.chart import Chart, bar_chart

MOST_REASONS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure with what it means, where it leads, and whether it asks for attention."""

    name: str
    value: str
    note: str = ""
    link: str = ""
    bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseLoad:
    """What a warehouse was given in the span."""

    name: str
    orders: int
    cost: str
    average: str
    saved: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRow:
    """Why orders are exceptions, and how many."""

    reasons: str
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardPage:
    """The page: orders as they stand, and the costs of the days from `since` to `until`."""

    since: date
    until: date
    kept_at: datetime | None
    states: tuple[Figure, ...]
    costs: tuple[Figure, ...]
    chart: Chart
    reasons: tuple[ReasonRow, ...]
    warehouses: tuple[WarehouseLoad, ...]


def dashboard_page(*, seen: Overview, currency: str) -> DashboardPage:
    """Return the page of an overview. Call it inside the tenant's scope."""
    return DashboardPage(
        since=seen.since,
        until=seen.until,
        kept_at=seen.kept_at,
        states=_states(seen),
        costs=_costs(seen, currency),
        chart=bar_chart([_bar(day, totals, currency) for day, totals in seen.days]),
        reasons=_reasons(seen),
        warehouses=_warehouses(seen, currency),
    )


def _states(seen: Overview) -> tuple[Figure, ...]:
    served, due = seen.allocated_share
    listed = reverse("console:orders_order_changelist")
    share = Figure(name=_("allocation rate"), value=_percent(served, due), note=_("of all orders that were not cancelled"))
    states = tuple(
        Figure(
            name=str(name),
            value=f"{seen.states.get(OrderState(state), 0):,}",
            link=f"{listed}?state__exact={state}",
            bad=state == OrderState.EXCEPTION and seen.states.get(OrderState.EXCEPTION, 0) > 0,
        )
        for state, name in STATE_NAMES
    )
    return (share, *states)


def _costs(seen: Overview, currency: str) -> tuple[Figure, ...]:
    total = seen.total
    return (
        Figure(name=_("orders decided"), value=f"{total.orders:,}"),
        Figure(name=_("estimated cost"), value=words.money(total.cost_minor, currency)),
        Figure(name=_("average an order"), value=words.money(total.average_cost_minor, currency)),
        Figure(
            name=_("saved against nearest"),
            value=words.money(seen.by_automation.saved_minor, currency),
            note=_("by automation, against the nearest warehouse that could serve"),
        ),
        Figure(
            name=_("cost of manual choices"),
            value=words.money(seen.by_hand.above_cheapest_minor, currency),
            note=ngettext("%(orders)d order above the cheapest", "%(orders)d orders above the cheapest", seen.by_hand.orders)
            % {"orders": seen.by_hand.orders},
        ),
        Figure(name=_("split orders"), value=_percent(total.split_orders, total.orders)),
    )


def _bar(day: date, totals: Totals, currency: str) -> tuple[str, int, str]:
    label = date_format(day, "SHORT_DATE_FORMAT")
    title = ngettext("%(day)s: %(orders)d order, %(cost)s", "%(day)s: %(orders)d orders, %(cost)s", totals.orders) % {
        "day": label,
        "orders": totals.orders,
        "cost": words.money(totals.cost_minor, currency),
    }
    return label, totals.cost_minor, title


def _reasons(seen: Overview) -> tuple[ReasonRow, ...]:
    rows = []
    for group in seen.reason_groups[:MOST_REASONS]:
        told = [words.reason(reason_of(number).slug) for number in group.reasons]
        rows.append(ReasonRow(reasons=_("; ").join(told), orders=group.orders))
    return tuple(rows)


def _warehouses(seen: Overview, currency: str) -> tuple[WarehouseLoad, ...]:
    listed = reverse("console:orders_order_changelist")
    named = {warehouse.pk: str(warehouse) for warehouse in Warehouse.objects.filter(pk__in=seen.warehouses)}
    busiest = sorted(seen.warehouses.items(), key=lambda item: (-item[1].orders, item[0]))
    return tuple(
        WarehouseLoad(
            name=named.get(warehouse_id, str(warehouse_id)),
            orders=totals.orders,
            cost=words.money(totals.cost_minor, currency),
            average=words.money(totals.average_cost_minor, currency),
            saved=words.money(totals.saved_minor, currency),
            link=f"{listed}?warehouse={warehouse_id}",
        )
        for warehouse_id, totals in busiest
        if totals.orders
    )


def _percent(part: int, whole: int) -> str:
    """Return a share in per cent to one digit, rounded down so that 99.96 % is not called all."""
    if not whole:
        return "–"
    return f"{part * 1000 // whole / 10:.1f} %"
