"""Allocation records and the settings of smart allocation, to be looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.decorators import display

from allocation.core.types import Mode
from allocation.models import Record, Strategy
from orders.models import Order
from wms.console import words
from wms.console.base import TenantAdmin
from wms.console.pages.orders import numbered
from wms.console.paging import BoundedPaginator, KeysetChangeList
from wms.console.site import console
from wms.console.visit import currency_of
from wms.tenancy.access import UseCase

MODE_COLOURS = {
    "smart": "success",
    "default": "info",
    "exception": "danger",
    "manual": "primary",
    "undo": "warning",
    "cancel": "default",
}


@admin.register(Record, site=console)
class RecordAdmin(TenantAdmin):
    """Every decision, newest first; one is shown on the page of its order."""

    seen_by = UseCase.SEE_ORDERS
    list_display = ("decided_at", "order_number", "decided_by", "warehouse_code", "channel_code", "cost", "saved", "by")
    list_filter = ("mode", "warehouse", "channel")
    list_select_related = ("order", "warehouse", "channel")
    search_fields = ("order__external_number",)
    search_help_text = _("Beginning of the order number")
    paginator = BoundedPaginator
    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[KeysetChangeList]:
        return KeysetChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        return super().get_queryset(request).defer("candidates")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Record], search_term: str) -> tuple[QuerySet[Record], bool]:
        found = queryset.filter(order__in=numbered(Order.objects.all(), search_term)) if search_term.strip() else queryset
        return found, False

    @method_decorator(require_safe)
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        record = self.get_object(request, object_id)
        if record is None:
            return redirect("console:allocation_record_changelist")
        return redirect(order_address(order_id=record.order_id, record_id=record.pk))

    @display(description=_("order number"))
    def order_number(self, record: Record) -> SafeString:
        return format_html(
            '<a class="fc-link" href="{}">{}</a>', order_address(order_id=record.order_id, record_id=record.pk), record.order
        )

    @display(description=_("decided by"), label=MODE_COLOURS)
    def decided_by(self, record: Record) -> tuple[str, str]:
        return Mode(record.mode).name.lower(), record.get_mode_display()

    @display(description=_("warehouse"))
    def warehouse_code(self, record: Record) -> str:
        return record.warehouse.code if record.warehouse else "–"

    @display(description=_("channel"))
    def channel_code(self, record: Record) -> str:
        return record.channel.code if record.channel else "–"

    @display(description=_("cost"))
    def cost(self, record: Record) -> str:
        return words.money(record.cost_minor, currency_of(self.request))

    @display(description=_("saved against nearest"))
    def saved(self, record: Record) -> str:
        if record.cost_minor is None or record.nearest_cost_minor is None:
            return "–"
        return words.money(record.nearest_cost_minor - record.cost_minor, currency_of(self.request))

    @display(description=_("by"))
    def by(self, record: Record) -> str:
        return words.who(record.actor)


@admin.register(Strategy, site=console)
class StrategyAdmin(TenantAdmin):
    seen_by = UseCase.SEE_SETTINGS
    list_display = ("name", "priority", "active", "platform_names", "country_names")
    list_filter = ("active",)
    ordering = ("priority", "name")
    fields = ("name", "priority", "active", "platform_names", "country_names", "seller_names", "warehouse_names", "channel_names")
    readonly_fields = ("platform_names", "country_names", "seller_names", "warehouse_names", "channel_names")

    @display(description=_("platforms"))
    def platform_names(self, strategy: Strategy) -> str:
        return ", ".join(strategy.platforms) or str(_("all"))

    @display(description=_("countries"))
    def country_names(self, strategy: Strategy) -> str:
        return ", ".join(strategy.countries) or str(_("all"))

    @display(description=_("sellers"))
    def seller_names(self, strategy: Strategy) -> str:
        return ", ".join(strategy.sellers.values_list("seller__name", flat=True)) or str(_("all"))

    @display(description=_("warehouses"))
    def warehouse_names(self, strategy: Strategy) -> str:
        return ", ".join(strategy.warehouses.order_by("warehouse__code").values_list("warehouse__name", flat=True)) or "–"

    @display(description=_("channels"))
    def channel_names(self, strategy: Strategy) -> str:
        return ", ".join(strategy.channels.order_by("channel__code").values_list("channel__name", flat=True)) or "–"


def order_address(*, order_id: int, record_id: int) -> str:
    """Return the address of an order's page that shows this record."""
    return f"{reverse('console:orders_order_change', args=[order_id])}?record={record_id}"
