"""A seller's exports: asked for, written in the background, fetched."""

from __future__ import annotations

import contextlib

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language

from wms.errors import DomainError
from wms.exports.errors import ExportGone
from wms.exports.models import ExportFormat, ExportJob, ExportState
from wms.exports.services import UNFINISHED, cancel_export, exports_of, open_export, request_export
from wms.portal.door import person_id, portal_page, seller_seat, show
from wms.portal.order_list import OrderFilter
from wms.portal.selections import OFFERED
from wms.tenancy.access import UseCase


@portal_page(UseCase.SEE_ORDERS, "GET", "HEAD", "POST")
def exports(request: HttpRequest) -> HttpResponse:
    """List one's exports; take the wish for another."""
    refusal = ""
    if request.method == "POST":
        try:
            _request(request)
            return redirect("portal:exports")
        except DomainError as refused:
            refusal = str(refused)
    context = {"jobs": _jobs(request), "offered": OFFERED, "formats": ExportFormat.choices, "refusal": refusal}
    return show(request, "portal/exports.html", context)


@portal_page(UseCase.SEE_ORDERS)
def progress(request: HttpRequest) -> HttpResponse:
    """Show the list alone, for the page to put in place of the one that it has."""
    return render(request, "portal/export_list.html", {"jobs": _jobs(request)})


@portal_page(UseCase.SEE_ORDERS, "POST")
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """End an export; one that is finished or gone stays as it is."""
    with contextlib.suppress(ExportGone):
        cancel_export(seat=seller_seat(request), user_id=person_id(request), job_id=job_id, at=timezone.now())
    return redirect("portal:exports")


@portal_page(UseCase.SEE_ORDERS)
def download(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Hand out a finished file."""
    try:
        file = open_export(seat=seller_seat(request), user_id=person_id(request), job_id=job_id, at=timezone.now())
    except ExportGone as gone:
        raise Http404(str(gone)) from gone
    answer = StreamingHttpResponse(file.pieces, content_type=file.content_type)
    answer["Content-Disposition"] = f'attachment; filename="{file.file_name}"'
    answer["Content-Length"] = str(file.size_bytes)
    return answer


def _request(request: HttpRequest) -> None:
    said = request.POST
    request_export(
        seat=seller_seat(request),
        user_id=person_id(request),
        selection=said.get("selection", "") if said.get("selection") in OFFERED else "",
        parameters=OrderFilter.of(said).said(),
        file_format=said.get("format", ""),
        language=get_language() or "en",
        at=timezone.now(),
    )


def _jobs(request: HttpRequest) -> list[dict[str, object]]:
    jobs = exports_of(seat=seller_seat(request), user_id=person_id(request), at=timezone.now())
    return [_shown(job) for job in jobs]


def _shown(job: ExportJob) -> dict[str, object]:
    return {
        "job": job,
        "name": OFFERED.get(job.selection, job.selection),
        "unfinished": job.state in UNFINISHED,
        "ready": job.state == ExportState.DONE,
    }
