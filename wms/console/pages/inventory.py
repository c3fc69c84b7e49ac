"""Warehouses, SKUs and stock, to be looked at."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from inventory.models import Sku, Stock, Warehouse
from wms.console import words
from wms.console.base import TenantAdmin
from wms.console.paging import BoundedPaginator, KeysetChangeList
from wms.console.site import console
from wms.tenancy.access import UseCase
from wms.tenancy.prefixes import prefix_range


@admin.register(Warehouse, site=console)
class WarehouseAdmin(TenantAdmin):
    seen_by = UseCase.SEE_SETTINGS
    list_display = ("code", "name", "country", "region", "city", "postcode", "priority", "daily_capacity", "cutoff_time", "active")
    list_filter = ("active",)
    ordering = ("code",)
    fields = (
        *("code", "name", "active", "priority", "country", "region", "city", "address", "postcode", "lat", "lon", "timezone"),
        *("daily_capacity", "cutoff_time", "handling_currency"),
        *("handling_per_order_minor", "handling_per_piece_minor", "handling_per_kg_minor"),
    )
    readonly_fields = ("region",)

    @display(description=_("state or province"), ordering="state")
    def region(self, warehouse: Warehouse) -> str:
        return warehouse.state or "–"


@admin.register(Sku, site=console)
class SkuAdmin(TenantAdmin):
    seen_by = UseCase.SEE_GOODS
    list_display = ("code", "name", "seller", "weight", "size", "tag_names")
    list_filter = ("seller",)
    list_select_related = ("seller",)
    search_fields = ("code",)
    search_help_text = _("Beginning of the SKU code")
    paginator = BoundedPaginator

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[KeysetChangeList]:
        return KeysetChangeList

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Sku], search_term: str) -> tuple[QuerySet[Sku], bool]:
        return starting_with(queryset, "code", search_term), False

    @display(description=_("weight"))
    def weight(self, sku: Sku) -> str:
        return words.mass(sku.mass_mg)

    @display(description=_("size"))
    def size(self, sku: Sku) -> str:
        return words.sides((sku.length_um, sku.width_um, sku.height_um))

    @display(description=_("tags"))
    def tag_names(self, sku: Sku) -> str:
        return ", ".join(sku.tags) or "–"


@admin.register(Stock, site=console)
class StockAdmin(TenantAdmin):
    seen_by = UseCase.SEE_GOODS
    list_display = ("sku", "seller", "warehouse", "on_hand", "reserved", "safety", "available")
    list_filter = ("warehouse", "seller")
    list_select_related = ("sku", "seller", "warehouse")
    search_fields = ("sku__code",)
    search_help_text = _("Beginning of the SKU code")
    paginator = BoundedPaginator

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[KeysetChangeList]:
        return KeysetChangeList

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Stock], search_term: str) -> tuple[QuerySet[Stock], bool]:
        return starting_with(queryset, "sku__code", search_term), False

    @display(description=_("available"))
    def available(self, stock: Stock) -> int:
        return max(0, stock.on_hand - stock.reserved - stock.safety)


def starting_with[Row: Model](queryset: QuerySet[Row], field: str, beginning: str) -> QuerySet[Row]:
    """Return the rows whose field starts with what a person typed, read from the field's index."""
    low, high = prefix_range(beginning.strip())
    bounds = {f"{field}__gte": low} | ({} if high is None else {f"{field}__lt": high})
    return queryset.filter(**bounds) if low else queryset
