"""Bringing in orders from a file, with the import's own report by line."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.imports import OrderImport, order_columns
from orders.models import Store
from wms.errors import DomainError
from wms.portal.door import company_of, portal_page, seller_seat, show
from wms.tabular.columns import ColumnMapping
from wms.tabular.imports import Manner, run_import
from wms.tabular.progress import Silent
from wms.tabular.report import Refusal, Report
from wms.tabular.source import open_source
from wms.tenancy.access import Seat, UseCase
from wms.tenancy.scope import tenant_scope

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_SHOWN: Final = 200


class UploadMissing(DomainError):
    code = "upload_missing"
    sentence = _("Choose a CSV or XLSX file.")


class UploadTooLarge(DomainError):
    code = "upload_too_large"
    sentence = _("The file is larger than %(most)s MB: divide it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOutcome:
    """What the page tells of an upload: the import's report, or why there is none."""

    report: Report | None = None
    refusal: str = ""
    check_only: bool = False

    @property
    def shown(self) -> list[Refusal]:
        """Return the first refusals."""
        return self.report.examples[:MOST_SHOWN] if self.report else []


@portal_page(UseCase.BRING_ORDERS, "GET", "HEAD", "POST")
def upload(request: HttpRequest) -> HttpResponse:
    """Offer the form, and take what it sends."""
    seat = seller_seat(request)
    outcome = _take(request, seat) if request.method == "POST" else None
    context = {
        "outcome": outcome,
        "stores": Store.objects.filter(seller_id=seat.seller_id).order_by("code"),
        "columns": order_columns(zone=ZoneInfo(company_of(request).timezone)),
        "most_mb": MOST_BYTES // 1024 // 1024,
    }
    return show(request, "portal/upload.html", context)


def _take(request: HttpRequest, seat: Seat) -> UploadOutcome:
    check_only = "check_only" in request.POST
    try:
        report = import_upload(
            file=request.FILES.get("file"),
            seat=seat,
            store_code=request.POST.get("store", ""),
            take_good_rows="take_good_rows" in request.POST,
            check_only=check_only,
            zone=ZoneInfo(company_of(request).timezone),
        )
    except DomainError as refused:
        return UploadOutcome(refusal=str(refused))
    return UploadOutcome(report=report, check_only=check_only)


def import_upload(
    *, file: UploadedFile[bytes] | None, seat: Seat, store_code: str, take_good_rows: bool, check_only: bool, zone: ZoneInfo
) -> Report:
    """Import a seller's file of orders, within the seller's own scope. Raises a DomainError where the file as a whole can't be taken."""
    if not file:
        raise UploadMissing
    if (file.size or 0) > MOST_BYTES:
        raise UploadTooLarge(most=MOST_BYTES // 1024 // 1024)
    mapping = ColumnMapping(defaults={"store": store_code} if store_code else {})
    importer = OrderImport(tenant_id=seat.tenant_id, seller_id=seat.seller_id or 0, at=timezone.now(), columns=order_columns(zone=zone))
    manner = Manner(
        scope=partial(tenant_scope, tenant_id=seat.tenant_id, seller_id=seat.seller_id),
        file_name=file.name or "",
        mapping=mapping,
        dry_run=check_only,
        take_good_rows=take_good_rows,
    )
    with tempfile.NamedTemporaryFile(suffix=".upload") as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        with open_source(Path(copy.name)) as source:
            return run_import(source=source, importer=importer, manner=manner, progress=Silent())
