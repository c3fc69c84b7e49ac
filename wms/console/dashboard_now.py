"""What the dashboard shows of this moment: what is late, how full the warehouses are, and how carriers answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from allocation.live_shares import Came, live_shares, percentages
from allocation.models import WarehouseLoad
from carriers.live.gateway import gateway
from carriers.models import LiveAccount
from inventory.models import Warehouse
from wms.console.live_words import alone_until, health_text

MOST_DAYS = 3
"""Of a warehouse's ship days, from today on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRow:
    """One ship day of a warehouse with a daily capacity: what it was given of what it ships."""

    warehouse: str
    day: str
    orders: str
    lines: str
    share: int
    full: bool
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRow:
    """One account for live quotes: how it answered last, whether it is left alone, and how its answers came about."""

    account: str
    health: str
    works: bool | None
    alone_until: datetime | None
    shares: str
    link: str


def load_rows(*, today: date) -> tuple[LoadRow, ...]:
    """Return the load of the warehouses that have a daily capacity. Call it inside the tenant's scope."""
    warehouses = Warehouse.objects.filter(active=True).order_by("code")
    limited = [each for each in warehouses if each.daily_capacity is not None or each.daily_lines is not None]
    loads: dict[int, list[WarehouseLoad]] = {}
    for load in WarehouseLoad.objects.filter(warehouse__in=limited, ship_date__gte=today).order_by("ship_date"):
        loads.setdefault(load.warehouse_id, []).append(load)
    return tuple(row for warehouse in limited for row in _loads(warehouse, loads.get(warehouse.pk, [])[:MOST_DAYS], today))


def _loads(warehouse: Warehouse, loads: list[WarehouseLoad], today: date) -> Iterator[LoadRow]:
    for load in loads or [WarehouseLoad(ship_date=today, orders=0, lines=0)]:
        share = max(_percent(load.orders, warehouse.daily_capacity), _percent(load.lines, warehouse.daily_lines))
        yield LoadRow(
            warehouse=str(warehouse),
            day=date_format(load.ship_date, "SHORT_DATE_FORMAT"),
            orders=_of(load.orders, warehouse.daily_capacity),
            lines=_of(load.lines, warehouse.daily_lines),
            share=share,
            full=share >= 100,
            link=f"{reverse('console:orders_order_changelist')}?warehouse={warehouse.pk}&state__exact=3",
        )


def _of(given: int, most: int | None) -> str:
    return f"{given:,}" if most is None else f"{given:,} / {most:,}"


def _percent(given: int, most: int | None) -> int:
    if most is None:
        return 0
    return min(100, given * 100 // most) if most else 100


def live_rows(*, at: datetime) -> tuple[LiveRow, ...]:
    """Return how the company's live accounts answer. Call it inside the tenant's scope."""
    accounts = list(LiveAccount.objects.filter(active=True).order_by("name"))
    if not accounts:
        return ()
    told, shares = gateway().health([f"{account.tenant_id}:{account.pk}" for account in accounts]), live_shares()
    return tuple(
        LiveRow(
            account=account.name,
            health=health_text(health),
            works=health.works if health else None,
            alone_until=alone_until(health, at),
            shares=" · ".join(f"{_NAMES[came]()} {percent} %" for came, percent in percentages(shares[account.pk]))
            if account.pk in shares
            else "",
            link=reverse("console:live_account", args=[account.pk]),
        )
        for account, health in zip(accounts, told, strict=True)
    )


_NAMES = {
    Came.LIVE: lambda: _("said for the order"),
    Came.CACHED: lambda: _("kept from before"),
    Came.FALLBACK: lambda: _("no price"),
}
