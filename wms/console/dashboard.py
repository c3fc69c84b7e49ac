"""What the dashboard shows: flat rows of finished words, from the ledger's overview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allocation.core.types import Mode, reason_of
from allocation.overview import Overview, Totals
from allocation.queues import MOST_COUNTED, Queue, queue_sizes
from allocation.setting_savings import savings_of_settings
from inventory.models import Warehouse
from orders.core.states import OrderState
from orders.models import STATE_NAMES
from wms.console import words
from wms.console.chart import Chart, Measured, bar_chart
from wms.console.dashboard_now import LiveRow, LoadRow, live_rows, load_rows

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
class WarehouseTotal:
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
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardPage:
    """The page: orders as they stand, and the costs of the days from `since` to `until`.

    `live` is None for people who may not see prices.
    """

    since: date
    until: date
    kept_at: datetime | None
    states: tuple[Figure, ...]
    costs: tuple[Figure, ...]
    chart: Chart
    reasons: tuple[ReasonRow, ...]
    warehouses: tuple[WarehouseTotal, ...]
    loads: tuple[LoadRow, ...]
    live: tuple[LiveRow, ...] | None


def dashboard_page(*, seen: Overview, currency: str, person: str, sees_prices: bool, at: datetime) -> DashboardPage:
    """Return the page of an overview. Call it inside the tenant's scope; `person` is who looks."""
    overdue = queue_sizes(person=person, at=at)[Queue.OVERDUE]
    return DashboardPage(
        since=seen.since,
        until=seen.until,
        kept_at=seen.kept_at,
        states=_states(seen, overdue),
        costs=_costs(seen, currency),
        chart=bar_chart(
            [_day_measured(day, totals, currency) for day, totals in seen.days], tell=lambda minor: words.money(minor, currency)
        ),
        reasons=_reasons(seen),
        warehouses=_warehouses(seen, currency),
        loads=load_rows(today=localdate(at)),
        live=live_rows(at=at) if sees_prices else None,
    )


def _states(seen: Overview, overdue: int) -> tuple[Figure, ...]:
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
    late = Figure(
        name=_("overdue"),
        value=f"{overdue:,}" if overdue <= MOST_COUNTED else f"{MOST_COUNTED:,}+",
        note=_("promised for a day that has passed, or waiting for too long"),
        link=f"{reverse('console:workbench')}?queue={Queue.OVERDUE}",
        bad=overdue > 0,
    )
    return (share, *states, late)


def _costs(seen: Overview, currency: str) -> tuple[Figure, ...]:
    total, days = seen.total, len(seen.days)
    return (
        Figure(name=_("orders decided"), value=f"{total.orders:,}", link=_records(seen)),
        Figure(name=_("estimated cost"), value=words.money(total.cost_minor, currency)),
        Figure(name=_("average an order"), value=words.money(total.average_cost_minor, currency)),
        Figure(
            name=_("average a day"),
            value=words.money((2 * total.cost_minor + days) // (2 * days), currency),
            note=ngettext("over %(days)d day", "over %(days)d days", days) % {"days": days},
        ),
        Figure(
            name=_("saved against nearest"),
            value=words.money(seen.by_automation.saved_minor, currency),
            note=_("by automation, against the nearest warehouse that could serve"),
        ),
        _against_previous(currency),
        Figure(
            name=_("cost of manual choices"),
            value=words.money(seen.by_hand.above_cheapest_minor, currency),
            note=ngettext("%(orders)d order above the cheapest", "%(orders)d orders above the cheapest", seen.by_hand.orders)
            % {"orders": seen.by_hand.orders},
            link=_records(seen, mode=Mode.MANUAL.value),
        ),
        Figure(name=_("split orders"), value=_percent(total.split_orders, total.orders)),
    )


def _against_previous(currency: str) -> Figure:
    """Return what the settings in force save against those before them, whatever the days shown."""
    name, link, savings = _("saved against the previous setting"), reverse("console:strategies"), savings_of_settings()
    if savings is None:
        return Figure(name=name, value="–", note=_("no orders yet on both sides of a change of settings"), link=link)
    told = {"orders": savings.orders, "changed": date_format(savings.changed, "SHORT_DATE_FORMAT")}
    note = ngettext(
        "%(orders)d order since the change of %(changed)s, against the share of the nearest warehouse's cost before it",
        "%(orders)d orders since the change of %(changed)s, against the share of the nearest warehouse's cost before it",
        savings.orders,
    )
    return Figure(name=name, value=words.money(savings.saved_minor, currency), note=note % told, link=link, bad=savings.saved_minor < 0)


def _records(seen: Overview, **asked: int) -> str:
    return f"{reverse('console:records')}?{urlencode({**asked, 'since': seen.since, 'until': seen.until})}"


def _day_measured(day: date, totals: Totals, currency: str) -> Measured:
    """Return what the orders of a day cost, which leads to their records."""
    label = date_format(day, "SHORT_DATE_FORMAT")
    title = ngettext("%(day)s: %(orders)d order, %(cost)s", "%(day)s: %(orders)d orders, %(cost)s", totals.orders) % {
        "day": label,
        "orders": totals.orders,
        "cost": words.money(totals.cost_minor, currency),
    }
    link = f"{reverse('console:records')}?{urlencode({'since': day, 'until': day})}" if totals.orders else ""
    return Measured(label=label, value=totals.cost_minor, title=title, link=link)


def _reasons(seen: Overview) -> tuple[ReasonRow, ...]:
    rows = []
    for group in seen.reason_groups[:MOST_REASONS]:
        told = [words.reason(reason_of(number).slug) for number in group.reasons]
        asked = {"mode": Mode.EXCEPTION.value} | ({"reason": group.reasons[0]} if group.reasons else {})
        link = f"{reverse('console:records')}?{urlencode(asked)}"
        rows.append(ReasonRow(reasons=_("; ").join(told), orders=group.orders, link=link))
    return tuple(rows)


def _warehouses(seen: Overview, currency: str) -> tuple[WarehouseTotal, ...]:
    listed = reverse("console:orders_order_changelist")
    named = {warehouse.pk: str(warehouse) for warehouse in Warehouse.objects.filter(pk__in=seen.warehouses)}
    busiest = sorted(seen.warehouses.items(), key=lambda item: (-item[1].orders, item[0]))
    return tuple(
        WarehouseTotal(
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
