"""What sellers export: their orders with what each costs, and their stock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allocation.models import Shipment, ShipmentState
from inventory.models import Stock
from orders.models import Order
from wms.exports.selections import Page, Parameters, Selection, register
from wms.portal.order_list import Key, OrderFilter, orders_along
from wms.tabular.writing import Cell
from wms.tenancy.access import UseCase
from wms.tenancy.models import Tenant
from wms.tenancy.scope import current_scope
from wms.values.money import from_minor

ROWS_A_PAGE: Final = 2_000
ORDERS: Final = "seller_orders"
STOCK: Final = "seller_stock"
OFFERED: Final = {ORDERS: gettext_lazy("orders with their costs"), STOCK: gettext_lazy("stock")}


def order_header(parameters: Parameters) -> Sequence[str]:
    """Return the columns of the orders."""
    of_order = [_("store"), _("order number"), _("state"), _("placed"), _("promised"), _("recipient"), _("country"), _("state or province")]
    of_shipment = [_("city"), _("postcode"), _("warehouse"), _("channel"), _("tracking number"), _("cost"), _("currency")]
    return [*of_order, *of_shipment]


def count_orders(parameters: Parameters) -> int:
    """Return how many orders the filter lets through."""
    return _wanted(parameters, None).count()


def page_of_orders(parameters: Parameters, after: Any) -> Page:
    """Return the next orders, one row per shipment, one for an order without any."""
    orders = list(_wanted(parameters, Key.read(after or "")).select_related("store")[:ROWS_A_PAGE])
    currency = Tenant.objects.get().currency
    shipped: dict[int, list[Shipment]] = {}
    ids = [order.pk for order in orders]
    for shipment in Shipment.objects.filter(order_id__in=ids).exclude(state=ShipmentState.CANCELLED).select_related("warehouse", "channel"):
        shipped.setdefault(shipment.order_id, []).append(shipment)
    rows = [row for order in orders for row in _order_rows(order, shipped.get(order.pk, []), currency)]
    full = len(orders) == ROWS_A_PAGE
    return Page(rows, str(Key(orders[-1].placed_at, orders[-1].pk)) if full else None)


def stock_header(parameters: Parameters) -> Sequence[str]:
    """Return the columns of the stock."""
    return [_("SKU"), _("name"), _("warehouse"), _("on hand"), _("reserved"), _("safety stock"), _("available")]


def count_stock(parameters: Parameters) -> int:
    """Return how many rows of stock there are."""
    return Stock.objects.count()


def page_of_stock(parameters: Parameters, after: Any) -> Page:
    """Return the next rows of stock."""
    rows = list(Stock.objects.filter(pk__gt=after or 0).select_related("sku", "warehouse").order_by("pk")[:ROWS_A_PAGE])
    told: list[list[Cell]] = [
        [
            row.sku.code,
            row.sku.name,
            row.warehouse.code,
            row.on_hand,
            row.reserved,
            row.safety,
            max(0, row.on_hand - row.reserved - row.safety),
        ]
        for row in rows
    ]
    return Page(told, rows[-1].pk if len(rows) == ROWS_A_PAGE else None)


def register_selections() -> None:
    """Offer the seller's tables to the background exports."""
    register(
        Selection(
            code=ORDERS,
            name=OFFERED[ORDERS],
            use_case=UseCase.SEE_ORDERS,
            header=order_header,
            count=count_orders,
            page=page_of_orders,
        )
    )
    register(
        Selection(code=STOCK, name=OFFERED[STOCK], use_case=UseCase.SEE_GOODS, header=stock_header, count=count_stock, page=page_of_stock)
    )


def _wanted(parameters: Parameters, before: Key | None) -> Any:
    scope = current_scope()
    assert scope is not None
    assert scope.seller_id is not None
    wanted = OrderFilter.of(parameters)
    orders = orders_along(seller_id=scope.seller_id, wanted=wanted, before=before)
    return orders if wanted.state is None else orders.filter(state=wanted.state)


def _order_rows(order: Order, shipments: list[Shipment], currency: str) -> list[list[Cell]]:
    common: list[Cell] = [
        order.store.code,
        order.external_number,
        order.get_state_display(),
        order.placed_at.isoformat(timespec="seconds"),
        order.promised_date,
        order.recipient,
        order.country,
        order.state_code,
        order.city,
        order.postcode,
    ]
    if not shipments:
        return [[*common, "", "", "", None, ""]]
    return [
        [
            *common,
            shipment.warehouse.code,
            shipment.channel.code,
            shipment.tracking_number or "",
            from_minor(shipment.cost_minor, currency),
            currency,
        ]
        for shipment in shipments
    ]
