"""The list of orders, and one order with its decision."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.decorators import display

from allocation.models import Record, Shipment, ShipmentState
from inventory.models import Warehouse
from orders.core.states import OrderState
from orders.models import Order, Store
from wms.console import words
from wms.console.base import ListLink, TenantAdmin
from wms.console.order_page import order_page
from wms.console.pages.inventory import starting_with
from wms.console.paging import BoundedPaginator, KeysetChangeList
from wms.console.site import console
from wms.console.visit import currency_of
from wms.tenancy.access import UseCase

STATE_COLOURS = {
    "pending": "info",
    "review": "warning",
    "allocated": "success",
    "exception": "danger",
    "released": "primary",
    "shipped": "default",
    "cancelled": "default",
}


def numbered(orders: QuerySet[Order], beginning: str) -> QuerySet[Order]:
    """Return the orders whose number starts so; naming the stores lets the unique index of store and number answer."""
    return starting_with(orders.filter(store__in=Store.objects.all()), "external_number", beginning)


class WarehouseFilter(admin.SimpleListFilter):
    """Orders that a warehouse ships, as planned now."""

    title = _("warehouse")
    parameter_name = "warehouse"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(warehouse.pk), str(warehouse)) for warehouse in Warehouse.objects.order_by("code")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        value = self.value()
        if value is None:
            return queryset
        if not value.isdecimal():
            raise IncorrectLookupParameters
        shipped = Shipment.objects.filter(order_id=OuterRef("pk"), warehouse_id=int(value)).exclude(state=ShipmentState.CANCELLED)
        return queryset.filter(Exists(shipped))


class DecidedChangeList(KeysetChangeList):
    """A page of orders, each with its newest record as `decision` (None: not decided yet)."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        newest = (
            Record.objects.filter(order_id__in=[order.pk for order in self.result_list]).order_by("order_id", "-pk").distinct("order_id")
        )
        decisions = {record.order_id: record for record in newest.select_related("warehouse", "channel").defer("candidates")}
        for order in self.result_list:
            order.decision = decisions.get(order.pk)


@admin.register(Order, site=console)
class OrderAdmin(TenantAdmin):
    seen_by = UseCase.SEE_ORDERS
    list_display = ("external_number", "state_label", "seller", "store", "destination", "warehouse", "channel", "cost", "placed_at")
    list_filter = ("state", WarehouseFilter, "seller")
    list_select_related = ("seller", "store")
    list_links = (ListLink(title=_("Import orders"), page="import", use_case=UseCase.BRING_ORDERS, arguments={"kind": "orders"}),)
    search_fields = ("external_number",)
    search_help_text = _("Beginning of the order number")
    paginator = BoundedPaginator
    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[DecidedChangeList]:
        return DecidedChangeList

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Order], search_term: str) -> tuple[QuerySet[Order], bool]:
        return (numbered(queryset, search_term) if search_term.strip() else queryset), False

    @method_decorator(require_safe)
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one order and the story of its decision; ?record=N shows an earlier one."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        order = self.get_object(request, object_id)
        if order is None:
            raise Http404
        record = request.GET.get("record", "")
        page = order_page(order=order, record_id=int(record) if record.isdecimal() else None, currency=currency_of(request))
        request.current_app = self.admin_site.name
        context = {**self.admin_site.each_context(request), "opts": self.opts, "original": order, "title": str(order), "page": page}
        return TemplateResponse(request, "console/order.html", context)

    @display(description=_("state"), label=STATE_COLOURS)
    def state_label(self, order: Order) -> tuple[str, str]:
        return OrderState(order.state).name.lower(), order.get_state_display()

    @display(description=_("destination"))
    def destination(self, order: Order) -> str:
        return " ".join(part for part in (order.country, order.state_code, order.postcode) if part)

    @display(description=_("warehouse"))
    def warehouse(self, order: Order) -> str:
        decision = order.decision  # type: ignore[attr-defined]
        return decision.warehouse.code if decision and decision.warehouse else "–"

    @display(description=_("channel"))
    def channel(self, order: Order) -> str:
        decision = order.decision  # type: ignore[attr-defined]
        return decision.channel.code if decision and decision.channel else "–"

    @display(description=_("estimated cost"))
    def cost(self, order: Order) -> str:
        decision = order.decision  # type: ignore[attr-defined]
        return words.money(decision.cost_minor if decision else None, currency_of(self.request))
