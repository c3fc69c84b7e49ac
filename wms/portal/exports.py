"""A seller's exports: asked for, written in the background, fetched."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language

from wms.errors import DomainError
from wms.exports.handing_out import FileRow, end_file, hand_out, list_files
from wms.exports.models import ExportFormat
from wms.exports.services import request_export
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
    context = {"jobs": _files(request), "offered": OFFERED, "formats": ExportFormat.choices, "refusal": refusal}
    return show(request, "portal/exports.html", context)


@portal_page(UseCase.SEE_ORDERS)
def progress(request: HttpRequest) -> HttpResponse:
    """Show the list alone, for the page to put in place of the one that it has."""
    return render(request, "portal/export_list.html", {"jobs": _files(request)})


@portal_page(UseCase.SEE_ORDERS, "POST")
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """End an export; one that is finished or gone stays as it is."""
    end_file(seat=seller_seat(request), user_id=person_id(request), job_id=job_id)
    return redirect("portal:exports")


@portal_page(UseCase.SEE_ORDERS)
def download(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Hand out a finished file."""
    return hand_out(seat=seller_seat(request), user_id=person_id(request), job_id=job_id)


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


def _files(request: HttpRequest) -> list[FileRow]:
    return list_files(seat=seller_seat(request), user_id=person_id(request))
