"""A seller's orders, the newest first, page by page: the last page costs what the first costs.

The list is walked along an index of the seller and the instant of placing. A state is looked for within a bounded stretch of that
walk, so that one that is rare does not read everything: the page then says how far it looked and offers to go on from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from allocation.models import Shipment, ShipmentState
from orders.models import STATE_NAMES, Order, Store
from wms.figures import money
from wms.tenancy.prefixes import prefix_range

PAGE: Final = 50
STRETCH: Final = 20_000
STATES: Final = frozenset(number for number, _ in STATE_NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """What the address of the list asks for; what it says wrongly is left out."""

    state: int | None = None
    number: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> OrderFilter:
        """Return the filter of an address or of an export's parameters."""
        state = str(said.get("state", ""))
        return cls(
            state=int(state) if state.isdecimal() and int(state) in STATES else None,
            number=str(said.get("number", "")).strip()[:64],
            since=_day(said.get("since")),
            until=_day(said.get("until")),
        )

    def said(self) -> dict[str, str]:
        """Return the filter as an address says it."""
        words = {"state": self.state, "number": self.number, "since": self.since, "until": self.until}
        return {name: str(value) for name, value in words.items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class Key:
    """Where a page begins: after the order with this instant and number."""

    placed_at: datetime
    order_id: int

    @classmethod
    def read(cls, text: str) -> Key | None:
        """Return the key that `str` wrote, None for anything else."""
        instant, _, number = text.partition("~")
        try:
            placed_at = parse_datetime(instant)
        except ValueError:
            return None
        if placed_at is None or timezone.is_naive(placed_at) or not number.isdecimal() or len(number) > 18:
            return None
        return cls(placed_at, int(number))

    def __str__(self) -> str:
        return f"{self.placed_at.isoformat()}~{self.order_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    order: Order
    ships_from: str
    channel: str
    cost: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """`older` is the key of the next page; `looked_until` is set where the walk ended before the page was full."""

    rows: tuple[OrderRow, ...]
    older: str
    looked_until: datetime | None


def order_page(*, seller_id: int, wanted: OrderFilter, before: Key | None, currency: str) -> OrderPage:
    """Return one page of a seller's orders. Call it inside the seller's scope."""
    walk = orders_along(seller_id=seller_id, wanted=wanted, before=before)
    looked_until: Key | None = None
    if wanted.state is None:
        found = list(walk.select_related("store")[: PAGE + 1])
    else:
        found, looked_until = _in_state(walk, wanted.state)
    last = found[PAGE - 1] if len(found) > PAGE else None
    older = Key(last.placed_at, last.pk) if last else looked_until
    return OrderPage(
        rows=rows_of(found[:PAGE], currency=currency),
        older=str(older or ""),
        looked_until=looked_until.placed_at if looked_until and not last else None,
    )


def orders_along(*, seller_id: int, wanted: OrderFilter, before: Key | None) -> QuerySet[Order]:
    """Return the orders of all but the filter's state in the order of the walk."""
    orders = Order.objects.filter(seller_id=seller_id)
    if wanted.number:
        low, high = prefix_range(wanted.number)
        # Naming the stores lets the unique index of store and number answer.
        orders = orders.filter(store__in=Store.objects.filter(seller_id=seller_id), external_number__gte=low)
        orders = orders.filter(external_number__lt=high) if high else orders
    if wanted.since:
        orders = orders.filter(placed_at__gte=_midnight(wanted.since))
    if wanted.until:
        orders = orders.filter(placed_at__lt=_midnight(wanted.until + timedelta(days=1)))
    if before:
        orders = orders.filter(placed_at__lte=before.placed_at).exclude(Q(placed_at=before.placed_at) & Q(pk__gte=before.order_id))
    return orders.order_by("-placed_at", "-pk")


def rows_of(orders: list[Order], *, currency: str) -> tuple[OrderRow, ...]:
    """Return the orders with what ships them now."""
    shipped = Shipment.objects.filter(order_id__in=[order.pk for order in orders]).exclude(state=ShipmentState.CANCELLED)
    by_order: dict[int, list[Shipment]] = {}
    for shipment in shipped.select_related("warehouse", "channel").order_by("pk"):
        by_order.setdefault(shipment.order_id, []).append(shipment)
    return tuple(_row(order, by_order.get(order.pk, []), currency) for order in orders)


def _row(order: Order, shipments: list[Shipment], currency: str) -> OrderRow:
    total = sum(shipment.cost_minor for shipment in shipments) if shipments else None
    return OrderRow(
        order=order,
        ships_from=" + ".join(dict.fromkeys(shipment.warehouse.code for shipment in shipments)) or "–",
        channel=" + ".join(dict.fromkeys(shipment.channel.name for shipment in shipments)) or "–",
        cost=money(total, currency),
    )


def _in_state(walk: QuerySet[Order], state: int) -> tuple[list[Order], Key | None]:
    """Return the orders of a state within the stretch, and where the stretch ended if it ended before the page was full."""
    stretch, parameters = walk.values_list("pk", "state", "placed_at")[:STRETCH].query.sql_with_params()
    found = f"SELECT w.pk FROM ({stretch}) w WHERE w.state = %s ORDER BY w.placed_at DESC, w.pk DESC LIMIT {PAGE + 1}"
    with connection.cursor() as cursor:
        cursor.execute(found, [*parameters, state])
        ids = [order_id for (order_id,) in cursor.fetchall()]
    orders = list(Order.objects.filter(pk__in=ids).select_related("store").order_by("-placed_at", "-pk"))
    if len(ids) > PAGE:
        return orders, None
    end = walk.values_list("placed_at", "pk")[STRETCH - 1 : STRETCH].first()
    return orders, Key(*end) if end else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def _day(text: Any) -> date | None:
    try:
        return parse_date(str(text or ""))
    except ValueError:
        return None
