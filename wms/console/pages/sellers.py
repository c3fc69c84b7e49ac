"""卖家与店铺: the owners of goods and their accounts on sales platforms. A company begins with them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminSelectWidget

from allocation.models import DefaultWarehouse
from allocation.services.default_warehouses import set_default_warehouse
from inventory.models import Warehouse
from orders.models import Store
from orders.stores import open_store, rename_store
from wms.console.base import KeptAdmin, ListLink
from wms.console.forms import free_code
from wms.console.site import console
from wms.console.visit import tenant_of
from wms.tenancy.access import UseCase
from wms.tenancy.models import Seller
from wms.tenancy.services import create_seller, rename_seller


class SellerForm(forms.ModelForm):  # type: ignore[type-arg]
    """A seller, and the warehouse that serves its orders when nothing else decides."""

    default_warehouse: forms.ModelChoiceField[Warehouse] = forms.ModelChoiceField(
        label=_("default warehouse"),
        queryset=None,
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("It ships what no rule and no smart allocation decides. Without one, such an order is an exception."),
    )

    class Meta:
        model = Seller
        fields = ("code", "name")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kept = DefaultWarehouse.objects.filter(seller_id=self.instance.pk).values_list("warehouse_id", flat=True).first()
        offered = self.fields["default_warehouse"]
        assert isinstance(offered, forms.ModelChoiceField)
        offered.queryset = Warehouse.objects.filter(Q(active=True) | Q(pk=kept)).order_by("code")
        self.initial["default_warehouse"] = kept

    def clean_code(self) -> str:
        return free_code(self, Seller.objects.all())


class SellersShown(ChangeList):
    """A page of sellers, each with its `default_warehouse_code` and the names of its `stores`."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        shown = [seller.pk for seller in self.result_list]
        defaults = DefaultWarehouse.objects.filter(seller_id__in=shown).values_list("seller_id", "warehouse__code")
        codes, stores = dict(defaults), defaultdict(list)
        for seller_id, name in Store.objects.filter(seller_id__in=shown).order_by("name").values_list("seller_id", "name"):
            stores[seller_id].append(name)
        for seller in self.result_list:
            seller.default_warehouse_code, seller.stores = codes.get(seller.pk, "–"), stores[seller.pk]


@admin.register(Seller, site=console)
class SellerAdmin(KeptAdmin):
    seen_by = UseCase.SEE_SETTINGS
    changed_by = UseCase.MANAGE_PEOPLE
    form = SellerForm
    fields = ("code", "name", "default_warehouse")
    list_display = ("code", "name", "default_warehouse", "stores")
    list_links = (
        ListLink(title=_("Stores"), page="orders_store_changelist", use_case=UseCase.SEE_SETTINGS),
        ListLink(title=_("Open a store"), page="orders_store_add", use_case=UseCase.MANAGE_PEOPLE),
    )
    ordering = ("code",)
    sortable_by = ("code", "name")

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[SellersShown]:
        return SellersShown

    def get_readonly_fields(self, request: HttpRequest, obj: Seller | None = None) -> tuple[str, ...]:
        """Return the code once there is one: files and other systems know the seller by it."""
        return ("code",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Seller, form: SellerForm, change: Any) -> None:
        tenant_id, warehouse = tenant_of(request), form.cleaned_data["default_warehouse"]
        if change:
            rename_seller(tenant_id=tenant_id, seller_id=obj.pk, name=obj.name)
        else:
            obj.pk = create_seller(tenant_id=tenant_id, code=obj.code, name=obj.name).pk
        set_default_warehouse(tenant_id=tenant_id, seller_id=obj.pk, warehouse_id=warehouse.pk if warehouse else None)

    @display(description=_("default warehouse"))
    def default_warehouse(self, seller: Seller) -> str:
        return seller.default_warehouse_code  # type: ignore[attr-defined]

    @display(description=_("stores"))
    def stores(self, seller: Seller) -> str:
        return ", ".join(seller.stores) or "–"  # type: ignore[attr-defined]


class StoreForm(forms.ModelForm):  # type: ignore[type-arg]
    """A store; its seller is left to the page, which makes its form for each request: the choices are one company's."""

    class Meta:
        model = Store
        fields = ("code", "platform", "name")
        help_texts = {
            "code": _("Files of orders name the store by it."),
            "platform": _("Such as amazon or shopify: rules and smart allocation go by it."),
        }

    def clean_platform(self) -> str:
        """Return the platform as rules compare it: there is no Amazon beside amazon."""
        platform: str = self.cleaned_data["platform"]
        return platform.casefold()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if Store.objects.filter(seller=cleaned.get("seller"), code=cleaned.get("code")).exclude(pk=self.instance.pk).exists():
            self.add_error("code", _("This code is taken."))
        return cleaned


@admin.register(Store, site=console)
class StoreAdmin(KeptAdmin):
    seen_by = UseCase.SEE_SETTINGS
    changed_by = UseCase.MANAGE_PEOPLE
    form = StoreForm
    fields = ("seller", "code", "platform", "name")
    list_display = ("code", "name", "platform", "seller")
    list_filter = ("seller",)
    list_select_related = ("seller",)
    ordering = ("seller__code", "code")

    def get_readonly_fields(self, request: HttpRequest, obj: Store | None = None) -> tuple[str, ...]:
        """Return all but the name once there is a store: its orders were brought in and decided by them."""
        return ("seller", "code", "platform") if obj else ()

    def save_model(self, request: HttpRequest, obj: Store, form: StoreForm, change: Any) -> None:
        tenant_id = tenant_of(request)
        if change:
            rename_store(tenant_id=tenant_id, store_id=obj.pk, name=obj.name)
        else:
            opened = open_store(tenant_id=tenant_id, seller_id=obj.seller_id, code=obj.code, platform=obj.platform, name=obj.name)
            obj.pk = opened.pk
