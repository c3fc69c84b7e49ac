"""The console's sidebar and account menu, by what the seat opens."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wms.console.visit import company_of, covers
from wms.tenancy.access import UseCase

type Entry = tuple[Promise, str, str, UseCase]
"""(title, icon, name of the page, who sees it)"""

ENTRIES: tuple[tuple[Promise, tuple[Entry, ...]], ...] = (
    (
        _("Orders"),
        (
            (_("Dashboard"), "monitoring", "dashboard", UseCase.SEE_ORDERS),
            (_("Workbench"), "touch_app", "workbench", UseCase.SEE_ORDERS),
            (_("Exceptions"), "error", "exceptions", UseCase.SEE_ORDERS),
            (_("Orders"), "receipt_long", "orders_order_changelist", UseCase.SEE_ORDERS),
            (_("Allocation records"), "alt_route", "records", UseCase.SEE_ORDERS),
        ),
    ),
    (
        _("Goods"),
        (
            (_("Stock"), "inventory_2", "inventory_stock_changelist", UseCase.SEE_GOODS),
            (_("SKUs"), "sell", "inventory_sku_changelist", UseCase.SEE_GOODS),
            (_("Warehouses"), "warehouse", "inventory_warehouse_changelist", UseCase.SEE_SETTINGS),
        ),
    ),
    (
        _("Shipping costs"),
        (
            (_("Quote"), "calculate", "quote", UseCase.SEE_PRICES),
            (_("Carriers"), "local_shipping", "carriers_carrier_changelist", UseCase.SEE_SETTINGS),
            (_("Channels"), "route", "carriers_channel_changelist", UseCase.SEE_SETTINGS),
            (_("Channels of warehouses"), "grid_on", "lanes", UseCase.SEE_SETTINGS),
            (_("Rate cards"), "request_quote", "carriers_ratecard_changelist", UseCase.SEE_PRICES),
            (_("Zone charts"), "map", "carriers_zonechart_changelist", UseCase.SEE_PRICES),
            (_("Lists of areas"), "pin_drop", "carriers_arealist_changelist", UseCase.SEE_PRICES),
            (_("Fuel surcharges"), "local_gas_station", "carriers_fuelrate_changelist", UseCase.SEE_PRICES),
            (_("Exchange rates"), "currency_exchange", "carriers_fxrate_changelist", UseCase.SEE_PRICES),
            (_("Seller tiers"), "sell", "carriers_sellertier_changelist", UseCase.SEE_PRICES),
            (_("Holidays"), "event", "carriers_holiday_changelist", UseCase.SEE_SETTINGS),
            (_("Live quotes"), "bolt", "live_accounts", UseCase.SEE_PRICES),
            (_("Reconciliation"), "fact_check", "reconciling", UseCase.SEE_PRICES),
        ),
    ),
    (
        _("Allocation"),
        (
            (_("Smart allocation"), "auto_awesome", "strategies", UseCase.SEE_SETTINGS),
            (_("Allocation rules"), "rule", "rules", UseCase.SEE_SETTINGS),
            (_("Simulations"), "science", "simulations", UseCase.SEE_SETTINGS),
            (_("Settings of decisions"), "tune", "allocation_settings", UseCase.SEE_SETTINGS),
        ),
    ),
    (
        _("Company"),
        (
            (_("Sellers"), "storefront", "tenancy_seller_changelist", UseCase.SEE_SETTINGS),
            (_("Stores"), "shopping_bag", "orders_store_changelist", UseCase.SEE_SETTINGS),
            (_("People and roles"), "group", "people", UseCase.MANAGE_PEOPLE),
            (_("API keys"), "key", "api_keys", UseCase.MANAGE_PEOPLE),
            (_("Audit log"), "history", "audit", UseCase.SEE_AUDIT),
        ),
    ),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups that hold something which the person may see."""
    groups = [{"title": title, "items": [_item(*entry) for entry in entries if covers(request, entry[3])]} for title, entries in ENTRIES]
    return [group for group in groups if group["items"]]


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the links of the menu under the person's name."""
    return [
        {"title": _("Change company"), "link": reverse("console:choose_company")},
        {"title": _("Change password"), "link": reverse("console:password_change")},
        {"title": _("Security"), "link": reverse("console:security")},
    ]


def company_name(request: HttpRequest) -> str:
    """Return the name of the company in whose seat the person sits."""
    company = company_of(request)
    return company.name if company else ""


def _item(title: Promise, icon: str, page: str, use_case: UseCase) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse(f"console:{page}")}
