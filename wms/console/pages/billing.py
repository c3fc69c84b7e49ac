"""How carriers' invoices are read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import InvoiceFormat
from billing.services import save_format
from wms.console.base import KeptAdmin, ListLink
from wms.console.pages.carriers_forms import InvoiceFormatForm
from wms.console.site import console
from wms.console.visit import tenant_of
from wms.tenancy.access import UseCase


@admin.register(InvoiceFormat, site=console)
class InvoiceFormatAdmin(KeptAdmin):
    seen_by = UseCase.SEE_PRICES
    changed_by = UseCase.RECONCILE
    form = InvoiceFormatForm
    fields = ("carrier", "name", "content")
    list_display = ("name", "carrier", "changed_at")
    list_filter = ("carrier",)
    list_select_related = ("carrier",)
    list_links = (ListLink(title=_("Import an invoice"), page="import", use_case=UseCase.RECONCILE, arguments={"kind": "invoices"}),)
    ordering = ("carrier__code", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: InvoiceFormat | None = None) -> tuple[str, ...]:
        return ("carrier", "name") if obj else ()

    def save_model(self, request: HttpRequest, obj: InvoiceFormat, form: InvoiceFormatForm, change: Any) -> None:
        stored = save_format(
            tenant_id=tenant_of(request),
            carrier=obj.carrier.code,
            name=obj.name,
            document=form.cleaned_data["content"],
            at=timezone.now(),
        )
        obj.pk = stored.pk
