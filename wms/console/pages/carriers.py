"""Carriers, their channels and rate cards, to be looked at."""

from __future__ import annotations

import json

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from carriers.models import Carrier, Channel, RateCard
from wms.console.base import TenantAdmin
from wms.console.site import console
from wms.tenancy.access import UseCase


@admin.register(Carrier, site=console)
class CarrierAdmin(TenantAdmin):
    seen_by = UseCase.SEE_SETTINGS
    list_display = ("code", "name")
    ordering = ("code",)


@admin.register(Channel, site=console)
class ChannelAdmin(TenantAdmin):
    seen_by = UseCase.SEE_SETTINGS
    list_display = ("code", "name", "carrier", "active")
    list_filter = ("carrier", "active")
    list_select_related = ("carrier",)
    ordering = ("code",)


@admin.register(RateCard, site=console)
class RateCardAdmin(TenantAdmin):
    seen_by = UseCase.SEE_PRICES
    list_display = ("channel", "effective_from", "effective_to", "currency", "zone_chart", "created_at")
    list_filter = ("channel", "currency")
    list_select_related = ("channel", "zone_chart")
    ordering = ("channel__code", "-effective_from")
    fields = ("channel", "zone_chart", "effective_from", "effective_to", "currency", "source", "sha256", "created_at", "content")
    readonly_fields = ("content",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RateCard]:
        cards = super().get_queryset(request)
        return cards if request.resolver_match and request.resolver_match.kwargs else cards.defer("document")

    @display(description=_("content"))
    def content(self, card: RateCard) -> SafeString:
        return format_html('<pre class="fc-document">{}</pre>', json.dumps(card.document, indent=2, ensure_ascii=False))
