"""分仓记录: every decision, found by everything that a person may ask for; filters that are kept, shared, and exported."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from allocation.core.types import Mode
from allocation.models import Record
from allocation.record_search import RecordFilter, filter_from_document, search_records
from wms.console import words
from wms.console.models import SavedFilter
from wms.console.paging import OLDER, key_asked
from wms.console.record_form import RecordForm, query_of
from wms.console.site import console, own_page_response
from wms.console.visit import company_of, currency_of
from wms.tenancy.access import UseCase

ROWS_A_PAGE = 50


@console.own_page("records/", name="records", seen_by=UseCase.SEE_ORDERS)
def records(request: HttpRequest) -> HttpResponse:
    """Show the records that the address asks for, the newest first."""
    currency = currency_of(request)
    form = RecordForm(request.GET, currency=currency)
    wanted = form.wanted() if form.is_valid() else RecordFilter()
    page = search_records(wanted=wanted, timezone=_timezone_of(request), before=key_asked(request, OLDER), limit=ROWS_A_PAGE)
    query = query_of(wanted, currency=currency)
    return own_page_response(
        request,
        "console/records.html",
        title=_("Allocation records"),
        form=form,
        rows=[_row(record, currency) for record in page.records],
        older="" if page.older is None else urlencode({**query, "before": page.older}),
        newest=urlencode(query) if "before" in request.GET else None,
        looked_back_to=page.looked_back_to,
        query=urlencode(query),
        asked=tuple(query.items()),
        saved=_saved(request, currency),
    )


@console.own_page("records/filters/save/", name="save_record_filter", seen_by=UseCase.SEE_ORDERS, changed_by=UseCase.SEE_ORDERS)
@require_POST
def save_filter(request: HttpRequest) -> HttpResponse:
    """Keep the filter that the posted address asks for under a name."""
    currency, form = currency_of(request), RecordForm(request.POST, currency=currency_of(request))
    name = request.POST.get("filter_name", "").strip()[:80]
    if not form.is_valid() or not name:
        messages.error(request, _("Give the filter a name, and ask for something that the form allows."))
        return redirect("console:records")
    wanted = form.wanted()
    try:
        with transaction.atomic():
            SavedFilter.objects.create(
                tenant=company_of(request),
                owner=request.user.get_username(),
                name=name,
                shared="shared" in request.POST,
                document=wanted.to_document(),
            )
    except IntegrityError:
        messages.error(request, _("You have a filter of this name already: %(name)s.") % {"name": name})
    return redirect(f"{reverse('console:records')}?{urlencode(query_of(wanted, currency=currency))}")


@console.own_page("records/filters/forget/", name="forget_record_filter", seen_by=UseCase.SEE_ORDERS, changed_by=UseCase.SEE_ORDERS)
@require_POST
def forget_filter(request: HttpRequest) -> HttpResponse:
    """Forget a filter of one's own."""
    key = request.POST.get("filter", "")
    SavedFilter.objects.filter(owner=request.user.get_username(), pk=int(key) if key.isdecimal() else None).delete()
    return redirect("console:records")


def _saved(request: HttpRequest, currency: str) -> list[dict[str, Any]]:
    own = SavedFilter.objects.filter(owner=request.user.get_username())
    shared = SavedFilter.objects.filter(shared=True).exclude(owner=request.user.get_username())
    return [
        {
            "key": kept.pk,
            "name": kept.name,
            "owner": "" if kept.owner == request.user.get_username() else kept.owner,
            "shared": kept.shared,
            "query": urlencode(query_of(filter_from_document(kept.document), currency=currency)),
        }
        for kept in (*own.order_by("name"), *shared.order_by("name"))
    ]


def _row(record: Record, currency: str) -> dict[str, Any]:
    saved = None
    if record.cost_minor is not None and record.nearest_cost_minor is not None:
        saved = record.nearest_cost_minor - record.cost_minor
    return {
        "link": f"{reverse('console:orders_order_change', args=[record.order_id])}?record={record.pk}",
        "number": record.order.external_number,
        "seller": record.seller.name,
        "decided_at": record.decided_at,
        "mode": record.get_mode_display(),
        "failed": record.mode == Mode.EXCEPTION,
        "warehouse": record.warehouse.code if record.warehouse else "–",
        "channel": record.channel.code if record.channel else "–",
        "cost": words.money(record.cost_minor, currency),
        "saved": words.money(saved, currency),
        "by": words.who(record.actor),
    }


def _timezone_of(request: HttpRequest) -> str:
    company = company_of(request)
    return company.timezone if company else "UTC"
