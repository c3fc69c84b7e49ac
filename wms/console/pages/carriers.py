"""Carriers, channels and what their prices are made of: lists, forms that go through the services, and imports.

Versions are never changed here: a new rate card, chart or list comes by file, a new fuel surcharge or exchange rate holds from
its own day on.
"""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from carriers.models import AreaList, Carrier, Channel, FuelRate, FxRate, Holiday, RateCard, SellerTier, ZoneChart
from carriers.services import save_carrier, save_channel, set_fuel_rates, set_fx_rates
from carriers.tiers import channel_percents_text, save_seller_tier
from wms.console.base import KeptAdmin, ListLink, TenantAdmin, VersionAdmin
from wms.console.pages.carriers_forms import CarrierForm, ChannelForm, FxRateForm, HolidayForm, SellerTierForm
from wms.console.site import console
from wms.console.visit import tenant_of
from wms.tenancy.access import UseCase

UPLOAD = ListLink(title=_("Upload a rate card"), page="rate_upload", use_case=UseCase.CONFIGURE)
SHOWN_LETTERS = 200_000


@admin.register(Carrier, site=console)
class CarrierAdmin(KeptAdmin):
    seen_by = UseCase.SEE_SETTINGS
    changed_by = UseCase.CONFIGURE
    form = CarrierForm
    list_display = ("code", "name")
    ordering = ("code",)

    def get_readonly_fields(self, request: HttpRequest, obj: Carrier | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Carrier, form: CarrierForm, change: Any) -> None:
        obj.pk = save_carrier(tenant_id=tenant_of(request), code=obj.code, name=obj.name)


@admin.register(Channel, site=console)
class ChannelAdmin(KeptAdmin):
    seen_by = UseCase.SEE_SETTINGS
    changed_by = UseCase.CONFIGURE
    form = ChannelForm
    fields = ("carrier", "code", "name", "active")
    list_display = ("code", "name", "carrier", "active")
    list_filter = ("carrier", "active")
    list_select_related = ("carrier",)
    list_links = (UPLOAD,)
    ordering = ("code",)

    def get_readonly_fields(self, request: HttpRequest, obj: Channel | None = None) -> tuple[str, ...]:
        return ("carrier", "code") if obj else ()

    def save_model(self, request: HttpRequest, obj: Channel, form: ChannelForm, change: Any) -> None:
        obj.pk = save_channel(tenant_id=tenant_of(request), carrier_id=obj.carrier_id, code=obj.code, name=obj.name, active=obj.active)


class _Document(TenantAdmin):
    """A stored document; lists leave it where it is, since it may be long."""

    readonly_fields = ("content",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows if request.resolver_match and request.resolver_match.kwargs else rows.defer("document")

    @display(description=_("content"))
    def content(self, row: Model) -> SafeString:
        text = json.dumps(row.document, indent=2, ensure_ascii=False)  # type: ignore[attr-defined]
        cut = f"{text[:SHOWN_LETTERS]}\n…" if len(text) > SHOWN_LETTERS else text
        return format_html('<pre class="fc-document" tabindex="0">{}</pre>', cut)


@admin.register(RateCard, site=console)
class RateCardAdmin(_Document):
    seen_by = UseCase.SEE_PRICES
    list_display = ("channel", "effective_from", "effective_to", "currency", "zone_chart", "workbook", "created_at")
    list_filter = ("channel", "currency")
    list_select_related = ("channel", "zone_chart")
    list_links = (UPLOAD, ListLink(title=_("Download the template"), page="rate_template", use_case=UseCase.SEE_PRICES))
    ordering = ("channel__code", "-effective_from")
    fields = ("channel", "zone_chart", "effective_from", "effective_to", "currency", "source", "sha256", "created_at", "content")

    @display(description=_("version in force"))
    def workbook(self, card: RateCard) -> SafeString:
        address = reverse("console:rate_export", kwargs={"channel_id": card.channel_id})
        return format_html('<a class="fc-link" href="{}">{}</a>', address, "XLSX")


@admin.register(ZoneChart, site=console)
class ZoneChartAdmin(_Document):
    seen_by = UseCase.SEE_PRICES
    list_display = ("code", "carrier", "source", "created_at")
    list_filter = ("carrier",)
    list_select_related = ("carrier",)
    list_links = (UPLOAD,)
    ordering = ("carrier__code", "-created_at")
    fields = ("carrier", "code", "source", "sha256", "created_at", "content")


@admin.register(AreaList, site=console)
class AreaListAdmin(_Document):
    seen_by = UseCase.SEE_PRICES
    list_display = ("code", "carrier", "effective_from", "entries", "source")
    list_filter = ("carrier",)
    list_select_related = ("carrier",)
    list_links = (UPLOAD,)
    ordering = ("carrier__code", "code", "-effective_from")
    fields = ("carrier", "code", "effective_from", "entries", "source", "sha256", "created_at", "content")


@admin.register(FuelRate, site=console)
class FuelRateAdmin(VersionAdmin):
    seen_by = UseCase.SEE_PRICES
    changed_by = UseCase.CONFIGURE
    list_display = ("channel", "effective_from", "percent")
    list_filter = ("channel",)
    list_select_related = ("channel",)
    list_links = (UPLOAD,)
    ordering = ("channel__code", "-effective_from")

    def save_model(self, request: HttpRequest, obj: FuelRate, form: Any, change: Any) -> None:
        set_fuel_rates(tenant_id=tenant_of(request), channel_id=obj.channel_id, percents={obj.effective_from: obj.percent})
        obj.pk = FuelRate.objects.values_list("pk", flat=True).get(channel=obj.channel_id, effective_from=obj.effective_from)


@admin.register(FxRate, site=console)
class FxRateAdmin(VersionAdmin):
    seen_by = UseCase.SEE_PRICES
    changed_by = UseCase.CONFIGURE
    form = FxRateForm
    list_display = ("source", "target", "effective_from", "rate")
    list_filter = ("source", "target")
    ordering = ("source", "target", "-effective_from")

    def save_model(self, request: HttpRequest, obj: FxRate, form: FxRateForm, change: Any) -> None:
        set_fx_rates(tenant_id=tenant_of(request), rates=[form.quote(form.cleaned_data)])
        same = {"source": obj.source, "target": obj.target, "effective_from": obj.effective_from}
        obj.pk = FxRate.objects.values_list("pk", flat=True).get(**same)


@admin.register(Holiday, site=console)
class HolidayAdmin(TenantAdmin):
    seen_by = UseCase.SEE_SETTINGS
    changed_by = UseCase.CONFIGURE
    form = HolidayForm
    list_display = ("date", "country", "name")
    list_filter = ("country",)
    list_links = (ListLink(title=_("Import holidays"), page="import", use_case=UseCase.CONFIGURE, arguments={"kind": "holidays"}),)
    ordering = ("country", "date")


@admin.register(SellerTier, site=console)
class SellerTierAdmin(KeptAdmin):
    """What sellers pay above or below the channels' prices. Who is in a tier is chosen on its page."""

    seen_by = UseCase.SEE_PRICES
    changed_by = UseCase.CONFIGURE
    form = SellerTierForm
    fields = ("code", "name", "percent", "channels", "sellers")
    list_display = ("code", "name", "percent", "by_channel")
    ordering = ("code",)

    def get_readonly_fields(self, request: HttpRequest, obj: SellerTier | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def save_model(self, request: HttpRequest, obj: SellerTier, form: SellerTierForm, change: Any) -> None:
        obj.pk = save_seller_tier(
            tenant_id=tenant_of(request),
            code=obj.code,
            name=obj.name,
            percent=obj.percent,
            channel_percents=form.cleaned_data["channels"],
            seller_ids=[seller.pk for seller in form.cleaned_data["sellers"]],
        )

    @display(description=_("other per cents by channel"))
    def by_channel(self, tier: SellerTier) -> str:
        return channel_percents_text(tier.channel_percents) or "–"
