"""One order of a seller's: what it asks for, what ships it, and why from there, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from allocation.core.types import reason_of
from allocation.models import OrderException, Record, Shipment
from allocation.seller_view import SellerView, WarehouseSeen, view_for_seller
from allocation.words import REASONS
from orders.models import Order, OrderLine
from wms.figures import distance, money

MOST_RECORDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseRow:
    name: str
    chosen: bool
    distance: str
    cost: str
    dearer: str
    rejection: str
    units: tuple[str, ...]


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
    warehouses: tuple[WarehouseRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStory:
    order: Order
    lines: QuerySet[OrderLine]
    value: str
    shipments: tuple[ShipmentRow, ...]
    waiting_for: tuple[str, ...]
    decision: DecisionRow | None
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
        earlier=tuple((record, money(record.cost_minor, currency)) for record in records[1:]),
    )


def _waiting_for(order: Order) -> tuple[str, ...]:
    exception = OrderException.objects.filter(pk=order.pk).first()
    return () if exception is None else tuple(_reason(reason_of(number).slug) for number in exception.reasons)


def _decision(view: SellerView, currency: str) -> DecisionRow:
    return DecisionRow(
        view=view,
        cost=money(view.cost_minor, currency),
        steps=tuple(_steps(view, currency)),
        warehouses=tuple(_warehouse(warehouse, view, currency) for warehouse in view.warehouses),
    )


def _steps(view: SellerView, currency: str) -> Iterator[str]:
    """Yield the decision step by step, each a sentence."""
    if view.by_person:
        yield _("A person at the warehouse company decided this by hand.")
    looked_at, able = len(view.warehouses), view.able
    if not looked_at:
        return
    yield ngettext("%(count)d warehouse was looked at.", "%(count)d warehouses were looked at.", looked_at) % {"count": looked_at}
    for code, count in Counter(w.rejection for w in view.warehouses if w.rejection).most_common():
        text = ngettext("%(count)d could not serve: %(reason)s.", "%(count)d could not serve: %(reason)s.", count)
        yield text % {"count": count, "reason": _reason(code)}
    if not able:
        yield _("No warehouse could serve the order as it stood then.")
        return
    if len(able) == 1:
        yield _("One could, at %(cost)s.") % {"cost": money(able[0].cost_minor, currency)}
    else:
        costs = {"count": len(able), "least": money(able[0].cost_minor, currency), "most": money(able[-1].cost_minor, currency)}
        yield _("%(count)d could, for %(least)s to %(most)s.") % costs
    yield from _outcome(view, able, currency)


def _outcome(view: SellerView, able: tuple[WarehouseSeen, ...], currency: str) -> Iterator[str]:
    chosen = next((w for w in view.warehouses if w.chosen), None)
    if chosen is None or view.cost_minor is None:
        return
    others = [w for w in able if not w.chosen]
    if others and others[0].cost_minor is not None:
        difference = others[0].cost_minor - view.cost_minor
        facts = {"warehouse": chosen.name, "other": others[0].name, "difference": money(abs(difference), currency)}
        if difference > 0:
            yield _("%(warehouse)s was taken: it is cheaper than the next, %(other)s, by %(difference)s.") % facts
        elif difference == 0:
            yield _("%(warehouse)s was taken; %(other)s would have cost the same.") % facts
        else:
            yield _("%(warehouse)s was taken, although %(other)s would have cost %(difference)s less.") % facts
    if view.nearest_cost_minor is not None and (saved := view.nearest_cost_minor - view.cost_minor) > 0:
        yield _("The nearest that could serve would have cost %(saved)s more.") % {"saved": money(saved, currency)}


def _warehouse(warehouse: WarehouseSeen, view: SellerView, currency: str) -> WarehouseRow:
    dearer = ""
    if not warehouse.chosen and warehouse.cost_minor is not None and view.cost_minor is not None:
        difference = warehouse.cost_minor - view.cost_minor
        dearer = f"{'+' if difference > 0 else ''}{money(difference, currency)}"
    return WarehouseRow(
        name=f"{warehouse.code} {warehouse.name}",
        chosen=warehouse.chosen,
        distance=distance(warehouse.distance_m),
        cost=money(warehouse.cost_minor, currency),
        dearer=dearer,
        rejection=_reason(warehouse.rejection) if warehouse.rejection else "",
        units=tuple(
            _("%(sku)s: %(available)s of %(needed)s")
            % {"sku": units.sku_code, "available": f"{units.available}{'+' if units.at_least else ''}", "needed": units.needed}
            for units in warehouse.units
        ),
    )


def _reason(code: str | None) -> str:
    return str(REASONS.get(code or "") or (code or "").replace("_", " "))
