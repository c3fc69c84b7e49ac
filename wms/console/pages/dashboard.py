"""总览: how the company's orders stand, and what they cost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allocation.overview import overview
from wms.console.dashboard import dashboard_page
from wms.console.site import console, own_page_response
from wms.console.visit import covers, currency_of
from wms.tenancy.access import UseCase

DAYS_SHOWN = 30
MOST_DAYS = 366
SPANS = (7, 30, 90)


class SpanForm(forms.Form):
    """The days that the page counts."""

    since = forms.DateField(label=gettext_lazy("from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=gettext_lazy("to"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and not 0 <= (until - since).days < MOST_DAYS:
            raise forms.ValidationError(_("The last day must follow the first, by no more than a year."))
        return cleaned


@console.own_page("dashboard/", name="dashboard", seen_by=UseCase.SEE_ORDERS)
def dashboard(request: HttpRequest) -> TemplateResponse:
    """Show the figures of a span of days, by default the last thirty."""
    today = timezone.localdate()
    usual = {"since": today - timedelta(days=DAYS_SHOWN - 1), "until": today}
    form = SpanForm(request.GET if {"since", "until"} & set(request.GET) else None, initial=usual)
    span: dict[str, date] = form.cleaned_data if form.is_bound and form.is_valid() else usual
    page = dashboard_page(
        seen=overview(since=span["since"], until=span["until"]),
        currency=currency_of(request),
        person=request.user.get_username(),
        sees_prices=covers(request, UseCase.SEE_PRICES),
        at=timezone.now(),
    )
    spans = [(days, (today - timedelta(days=days - 1)).isoformat(), today.isoformat()) for days in SPANS]
    return own_page_response(request, "console/dashboard.html", title=_("Dashboard"), form=form, page=page, spans=spans)
