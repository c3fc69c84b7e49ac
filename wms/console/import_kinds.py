"""What can be brought in by file in the console: for each kind the questions beside the file, and what takes its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from allocation.services import take_stock_count
from billing.formats import format_of
from billing.imports import InvoiceImport
from billing.models import InvoiceFormat
from carriers.holiday_imports import COLUMNS as HOLIDAY_COLUMNS
from carriers.holiday_imports import HolidayImport
from inventory.core.types import Count
from inventory.imports import SKU_COLUMNS, STOCK_COLUMNS, SkuImport, StockImport
from inventory.warehouse_imports import WAREHOUSE_COLUMNS, WarehouseImport
from orders.imports import OrderImport, order_columns
from wms.tabular.columns import Column, ColumnMapping
from wms.tabular.imports import Importer
from wms.tenancy.access import UseCase
from wms.tenancy.models import Seller, Tenant

type Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bringer:
    """Who brings a file: for which company, under which name, and what the file is called."""

    company: Tenant
    actor: str
    file_name: str


class Takes(Protocol):
    def __call__(self, bringer: Bringer, answers: Answers) -> tuple[Importer, ColumnMapping]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportKind:
    """A kind of file. `questions` are asked beside it, `then` is the page to go to, by name; `columns` are what it may hold."""

    slug: str
    title: Promise
    use_case: UseCase
    takes: Takes
    then: str
    questions: type[forms.Form] = forms.Form
    columns: Sequence[Column] = ()


class SellerQuestion(forms.Form):
    seller = forms.ChoiceField(label=_("seller"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["seller"]
        chosen.choices = [(str(seller.pk), seller.name) for seller in Seller.objects.order_by("code")]


class OrderQuestions(SellerQuestion):
    store = forms.CharField(
        label=_("store code"), max_length=64, required=False, help_text=_("for files without a column of stores: the seller's store")
    )


class InvoiceQuestions(forms.Form):
    invoice_format = forms.ChoiceField(label=_("carrier and invoice format"))
    number = forms.CharField(label=_("invoice number"), max_length=64, required=False, help_text=_("for files that do not say it"))
    date = forms.DateField(
        label=_("invoice date"), required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text=_("for files that do not say it")
    )
    currency = forms.RegexField(
        r"^[A-Z]{3}$", label=_("currency"), required=False, max_length=3, help_text=_("for files that do not say it")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["invoice_format"]
        formats = InvoiceFormat.objects.select_related("carrier").order_by("carrier__code", "name")
        chosen.choices = [(str(each.pk), f"{each.carrier}: {each.name}") for each in formats]


def _orders(bringer: Bringer, answers: Answers) -> tuple[Importer, ColumnMapping]:
    company = bringer.company
    columns = order_columns(zone=ZoneInfo(company.timezone))
    importer = OrderImport(tenant_id=company.pk, seller_id=int(answers["seller"]), at=timezone.now(), columns=columns)
    return importer, ColumnMapping(defaults={"store": answers["store"]} if answers["store"] else {})


def _skus(bringer: Bringer, answers: Answers) -> tuple[Importer, ColumnMapping]:
    return SkuImport(tenant_id=bringer.company.pk, seller_id=int(answers["seller"])), ColumnMapping()


def _stock(bringer: Bringer, answers: Answers) -> tuple[Importer, ColumnMapping]:
    tenant_id, at = bringer.company.pk, timezone.now()

    def take_counts(counts: Sequence[Count]) -> object:
        return take_stock_count(tenant_id=tenant_id, counts=counts, actor=bringer.actor, reference=bringer.file_name, at=at)

    return StockImport(tenant_id=tenant_id, seller_id=int(answers["seller"]), take_counts=take_counts), ColumnMapping()


def _warehouses(bringer: Bringer, answers: Answers) -> tuple[Importer, ColumnMapping]:
    company = bringer.company
    importer = WarehouseImport(tenant_id=company.pk, default_timezone=company.timezone, default_currency=company.currency)
    return importer, ColumnMapping()


def _holidays(bringer: Bringer, answers: Answers) -> tuple[Importer, ColumnMapping]:
    return HolidayImport(tenant_id=bringer.company.pk), ColumnMapping()


def _invoice(bringer: Bringer, answers: Answers) -> tuple[Importer, ColumnMapping]:
    stored = InvoiceFormat.objects.get(pk=int(answers["invoice_format"]))
    read = format_of(stored.document)
    given = {"invoice_number": answers["number"], "invoice_date": answers["date"], "currency": answers["currency"]}
    importer = InvoiceImport(
        tenant_id=bringer.company.pk, carrier_id=stored.carrier_id, format_id=stored.pk, invoice_format=read, at=timezone.now()
    )
    defaults = {**read.mapping.defaults, **{name: value for name, value in given.items() if value}}
    return importer, replace(read.mapping, defaults=defaults)


KINDS: Mapping[str, ImportKind] = {
    kind.slug: kind
    for kind in (
        ImportKind(
            slug="orders",
            title=_("Import orders"),
            use_case=UseCase.BRING_ORDERS,
            takes=_orders,
            then="orders_order_changelist",
            questions=OrderQuestions,
            columns=order_columns(zone=UTC),
        ),
        ImportKind(
            slug="skus",
            title=_("Import SKUs"),
            use_case=UseCase.BRING_ORDERS,
            takes=_skus,
            then="inventory_sku_changelist",
            questions=SellerQuestion,
            columns=SKU_COLUMNS,
        ),
        ImportKind(
            slug="stock",
            title=_("Import stock counts"),
            use_case=UseCase.COUNT_STOCK,
            takes=_stock,
            then="inventory_stock_changelist",
            questions=SellerQuestion,
            columns=STOCK_COLUMNS,
        ),
        ImportKind(
            slug="warehouses",
            title=_("Import warehouses"),
            use_case=UseCase.CONFIGURE,
            takes=_warehouses,
            then="inventory_warehouse_changelist",
            columns=WAREHOUSE_COLUMNS,
        ),
        ImportKind(
            slug="holidays",
            title=_("Import holidays"),
            use_case=UseCase.CONFIGURE,
            takes=_holidays,
            then="carriers_holiday_changelist",
            columns=HOLIDAY_COLUMNS,
        ),
        ImportKind(
            slug="invoices",
            title=_("Import an invoice"),
            use_case=UseCase.RECONCILE,
            takes=_invoice,
            then="reconciling",
            questions=InvoiceQuestions,
        ),
    )
}
"""By the word in their address."""
