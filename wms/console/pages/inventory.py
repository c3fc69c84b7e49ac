"""Warehouses, SKUs and stock: lists, forms that go through the services, and imports."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from allocation.services import take_stock_count
from inventory.core.types import Count
from inventory.models import Sku, Stock, Warehouse
from inventory.services import keep_safety_stock, save_skus, save_warehouses
from wms.console import words
from wms.console.base import KeptAdmin, ListLink
from wms.console.pages.inventory_forms import SkuForm, StockForm, WarehouseForm
from wms.console.paging import BoundedPaginator, KeysetChangeList
from wms.console.site import console
from wms.console.visit import tenant_of
from wms.tenancy.access import UseCase
from wms.tenancy.prefixes import prefix_range


@admin.register(Warehouse, site=console)
class WarehouseAdmin(KeptAdmin):
    seen_by = UseCase.SEE_SETTINGS
    changed_by = UseCase.CONFIGURE
    form = WarehouseForm
    list_links = (ListLink(title=_("Import warehouses"), page="import", use_case=UseCase.CONFIGURE, arguments={"kind": "warehouses"}),)
    list_display = ("code", "name", "country", "region", "city", "postcode", "priority", "daily_capacity", "cutoff_time", "active")
    list_filter = ("active",)
    ordering = ("code",)
    fields = (
        *("code", "name", "active", "priority", "country", "state", "city", "address", "postcode", "lat", "lon", "timezone"),
        *("daily_capacity", "cutoff_time", "handling_currency", "handling_per_order", "handling_per_piece", "handling_per_kg"),
        "handling_per_tag",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Warehouse | None = None) -> tuple[str, ...]:
        """Return the code once there is one: files and other systems know the warehouse by it."""
        return ("code",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Warehouse, form: WarehouseForm, change: Any) -> None:
        save_warehouses(tenant_id=tenant_of(request), warehouses=[form.warehouse()])
        obj.pk = Warehouse.objects.values_list("pk", flat=True).get(code=obj.code)

    @display(description=_("state or province"), ordering="state")
    def region(self, warehouse: Warehouse) -> str:
        return warehouse.state or "–"


@admin.register(Sku, site=console)
class SkuAdmin(KeptAdmin):
    seen_by = UseCase.SEE_GOODS
    changed_by = UseCase.BRING_ORDERS
    form = SkuForm
    fields = ("seller", "code", "name", "weight", "size", "tag_names", "category", "ships_alone")
    list_links = (ListLink(title=_("Import SKUs"), page="import", use_case=UseCase.BRING_ORDERS, arguments={"kind": "skus"}),)
    list_display = ("code", "name", "seller", "weight_text", "size_text", "tag_list", "ships_alone")
    list_filter = ("seller",)
    list_select_related = ("seller",)
    search_fields = ("code",)
    search_help_text = _("Beginning of the SKU code")
    paginator = BoundedPaginator

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[KeysetChangeList]:
        return KeysetChangeList

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Sku], search_term: str) -> tuple[QuerySet[Sku], bool]:
        return starting_with(queryset, "code", search_term), False

    def get_readonly_fields(self, request: HttpRequest, obj: Sku | None = None) -> tuple[str, ...]:
        """Return what others know the article by, once there is one."""
        return ("seller", "code") if obj else ()

    def save_model(self, request: HttpRequest, obj: Sku, form: SkuForm, change: Any) -> None:
        save_skus(tenant_id=tenant_of(request), seller_id=obj.seller_id, skus=[form.sku()])
        obj.pk = Sku.objects.values_list("pk", flat=True).get(seller_id=obj.seller_id, code=obj.code)

    @display(description=_("weight"))
    def weight_text(self, sku: Sku) -> str:
        return words.mass(sku.mass_mg)

    @display(description=_("size"))
    def size_text(self, sku: Sku) -> str:
        return words.sides((sku.length_um, sku.width_um, sku.height_um))

    @display(description=_("tags"))
    def tag_list(self, sku: Sku) -> str:
        return ", ".join(sku.tags) or "–"


@admin.register(Stock, site=console)
class StockAdmin(KeptAdmin):
    """What lies where. A count is a fact: orders that lose their units by it wait again."""

    seen_by = UseCase.SEE_GOODS
    changed_by = UseCase.COUNT_STOCK
    form = StockForm
    fields = ("sku", "seller", "warehouse", "on_hand", "reserved", "safety", "available")
    readonly_fields = ("sku", "seller", "warehouse", "reserved", "available")
    list_links = (ListLink(title=_("Import stock counts"), page="import", use_case=UseCase.COUNT_STOCK, arguments={"kind": "stock"}),)
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

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: stock begins with a receipt or a count."""
        return False

    def save_model(self, request: HttpRequest, obj: Stock, form: StockForm, change: Any) -> None:
        tenant_id = tenant_of(request)
        if "on_hand" in form.changed_data:
            count = Count(warehouse_id=obj.warehouse_id, sku_id=obj.sku_id, units=obj.on_hand)
            take_stock_count(
                tenant_id=tenant_id, counts=[count], actor=request.user.get_username(), at=timezone.now(), reference=str(_("console"))
            )
        if "safety" in form.changed_data:
            keep_safety_stock(tenant_id=tenant_id, stock_id=obj.pk, units=obj.safety)

    @display(description=_("available"))
    def available(self, stock: Stock) -> int:
        return max(0, stock.on_hand - stock.reserved - stock.safety)


def starting_with[Row: Model](queryset: QuerySet[Row], field: str, beginning: str) -> QuerySet[Row]:
    """Return the rows whose field starts with what a person typed, read from the field's index."""
    low, high = prefix_range(beginning.strip())
    bounds = {f"{field}__gte": low} | ({} if high is None else {f"{field}__lt": high})
    return queryset.filter(**bounds) if low else queryset
