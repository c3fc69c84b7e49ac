"""One order of a seller's: what it asks for, what ships it, and why from there, in sentences."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from allocation.comparison import Comparison, compare_records
from allocation.core.types import reason_of
from allocation.models import OrderException, Record, Shipment
from allocation.seller_view import SellerView, view_for_seller
from allocation.story import Outcome, WarehouseTold, tell_steps, tell_warehouse
from allocation.words import reason
from orders.models import Order, OrderLine
from wms.figures import money

MOST_RECORDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentRow:
    shipment: Shipment
    cost: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """A record: how it came about step by step, and each warehouse's answer."""

    view: SellerView
    cost: str
    steps: tuple[str, ...]
    warehouses: tuple[WarehouseTold, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStory:
    order: Order
    lines: QuerySet[OrderLine]
    value: str
    shipments: tuple[ShipmentRow, ...]
    waiting_for: tuple[str, ...]
    decision: DecisionRow | None
    comparison: Comparison | None
    earlier: tuple[tuple[Record, str], ...]


def order_story(*, order: Order, currency: str) -> OrderStory:
    """Return what the page of an order shows. Call it inside the seller's scope; `currency` is the company's."""
    records = list(Record.objects.filter(order=order).select_related("warehouse", "channel").order_by("-pk")[:MOST_RECORDS])
    shipments = Shipment.objects.filter(order=order).select_related("warehouse", "channel").order_by("-pk")
    return OrderStory(
        order=order,
        lines=OrderLine.objects.filter(order=order).select_related("sku").order_by("number"),
        value=money(order.value_minor, order.currency),
        shipments=tuple(ShipmentRow(shipment=shipment, cost=money(shipment.cost_minor, currency)) for shipment in shipments),
        waiting_for=_waiting_for(order),
        decision=_decision(view_for_seller(records[0]), currency) if records else None,
        comparison=_comparison(records, currency),
        earlier=tuple((record, money(record.cost_minor, currency)) for record in records[1:]),
    )


def _comparison(records: list[Record], currency: str) -> Comparison | None:
    """Return the decision that holds beside the one that it superseded."""
    superseded = next((record for record in records if record.pk == records[0].supersedes), None)
    return compare_records(record=records[0], superseded=superseded, currency=currency) if superseded else None


def _waiting_for(order: Order) -> tuple[str, ...]:
    exception = OrderException.objects.filter(pk=order.pk).first()
    return () if exception is None else tuple(reason(reason_of(number).slug) for number in exception.reasons)


def _decision(view: SellerView, currency: str) -> DecisionRow:
    outcome = Outcome(currency=currency, cost_minor=view.cost_minor, nearest_cost_minor=view.nearest_cost_minor, by_person=view.by_person)
    return DecisionRow(
        view=view,
        cost=money(view.cost_minor, currency),
        steps=tuple(tell_steps(view.warehouses, outcome)),
        warehouses=tuple(tell_warehouse(warehouse, outcome) for warehouse in view.warehouses),
    )
