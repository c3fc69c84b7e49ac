"""Files that are written in the background: asked for with the filter that is shown, watched, fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wms.console.audit_export import AUDIT
from wms.console.audit_form import AuditForm
from wms.console.record_export import RECORDS
from wms.console.record_form import RecordForm
from wms.console.site import console, own_page_response
from wms.console.visit import currency_of, seat_inside
from wms.errors import DomainError
from wms.exports.handing_out import end_file, hand_out, list_files
from wms.exports.services import request_export
from wms.tenancy.access import UseCase


@console.own_page("exports/", name="exports", seen_by=UseCase.SEE_ORDERS)
def exports(request: HttpRequest) -> HttpResponse:
    """List one's own files."""
    files = list_files(seat=seat_inside(request), user_id=_person(request))
    unfinished = any(file.unfinished for file in files)
    return own_page_response(request, "console/exports.html", title=_("Exports"), jobs=files, unfinished=unfinished)


@console.own_page("records/export/", name="export_records", seen_by=UseCase.SEE_ORDERS, changed_by=UseCase.SEE_ORDERS)
@require_POST
def export_records(request: HttpRequest) -> HttpResponse:
    """Ask for the records that the posted filter finds."""
    form = RecordForm(request.POST, currency=currency_of(request))
    if not form.is_valid():
        return _refuse_filter(request, "console:records")
    return _ask_for_export(request, selection=RECORDS, parameters=form.wanted().to_document())


@console.own_page("audit/export/", name="export_audit", seen_by=UseCase.SEE_AUDIT, changed_by=UseCase.SEE_AUDIT)
@require_POST
def export_audit(request: HttpRequest) -> HttpResponse:
    """Ask for the entries of the audit log that the posted filter finds."""
    form = AuditForm(request.POST)
    if not form.is_valid():
        return _refuse_filter(request, "console:audit")
    return _ask_for_export(request, selection=AUDIT, parameters=form.asked())


def _refuse_filter(request: HttpRequest, page: str) -> HttpResponse:
    """Lead back to the page whose filter can't be exported."""
    messages.error(request, _("The filter asks for something that the form does not allow."))
    return redirect(page)


def _ask_for_export(request: HttpRequest, *, selection: str, parameters: Mapping[str, Any]) -> HttpResponse:
    """Ask for what a filter finds, and show the list of files."""
    try:
        request_export(
            seat=seat_inside(request),
            user_id=_person(request),
            selection=selection,
            parameters=parameters,
            file_format=request.POST.get("format", ""),
            language=get_language() or "en",
            at=timezone.now(),
        )
    except DomainError as refused:
        messages.error(request, str(refused))
    return redirect("console:exports")


@console.own_page("exports/<int:export_id>/cancel/", name="cancel_export", seen_by=UseCase.SEE_ORDERS, changed_by=UseCase.SEE_ORDERS)
@require_POST
def cancel(request: HttpRequest, export_id: int) -> HttpResponse:
    """End an export; one that is finished or gone stays as it is."""
    end_file(seat=seat_inside(request), user_id=_person(request), job_id=export_id)
    return redirect("console:exports")


@console.own_page("exports/<int:export_id>/file/", name="download_export", seen_by=UseCase.SEE_ORDERS)
@require_safe
def download(request: HttpRequest, export_id: int) -> HttpResponseBase:
    """Hand out a finished file."""
    return hand_out(seat=seat_inside(request), user_id=_person(request), job_id=export_id)


def _person(request: HttpRequest) -> int:
    assert request.user.pk is not None
    return request.user.pk
