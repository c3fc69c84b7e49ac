"""Ask for an export, look at one's own, end one, fetch one. Each belongs to one person in one seat, and nobody else sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from celery import current_app
from django.db import transaction
from django.db.models import QuerySet

from wms.exports.errors import ExportGone, FormatUnknown, TooManyExports
from wms.exports.models import ExportFormat, ExportJob, ExportPart, ExportState
from wms.exports.selections import selection_named
from wms.tenancy.access import Seat, require
from wms.tenancy.audit import note
from wms.tenancy.models import AuditVerb
from wms.tenancy.scope import tenant_scope

RUN: Final = "exports.run"
KEPT_FOR: Final = timedelta(days=2)
MOST_UNFINISHED: Final = 3
MOST_LISTED: Final = 50
UNFINISHED: Final = (ExportState.WAITING, ExportState.RUNNING)
CONTENT_TYPES: Final = {
    ExportFormat.CSV.value: "text/csv; charset=utf-8",
    ExportFormat.XLSX.value: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A finished file. `pieces` reads the database: use it up within the seat's scope."""

    file_name: str
    content_type: str
    size_bytes: int
    pieces: Iterator[bytes]


def request_export(
    *, seat: Seat, user_id: int, selection: str, parameters: Mapping[str, Any], file_format: str, language: str, at: datetime
) -> ExportJob:
    """Note that a person wants a table, and tell the workers once that is committed.

    Raises AccessDenied, SelectionUnknown, FormatUnknown, TooManyExports.
    """
    use_case = selection_named(selection).use_case
    require(seat=seat, use_case=use_case)
    if file_format not in ExportFormat.values:
        raise FormatUnknown(value=file_format)
    with _scope_of(seat):
        unfinished = _own(seat, user_id).filter(state__in=UNFINISHED).count()
        if unfinished >= MOST_UNFINISHED:
            raise TooManyExports(count=unfinished)
        job: ExportJob = ExportJob.objects.create(
            tenant_id=seat.tenant_id,
            seller_id=seat.seller_id,
            user_id=user_id,
            selection=selection,
            parameters=dict(parameters),
            format=file_format,
            language=language,
            requested_at=at,
            touched_at=at,
            expires_at=at + KEPT_FOR,
        )
        note(use_case=use_case, verb=AuditVerb.EXPORTED, subject=ExportJob._meta.db_table, key=job.pk, name=selection)
        transaction.on_commit(partial(_hint, seat.tenant_id, job.pk))
        return job


def exports_of(*, seat: Seat, user_id: int, at: datetime) -> Sequence[ExportJob]:
    """Return a person's exports that are still kept, the newest first."""
    with _scope_of(seat):
        return list(_own(seat, user_id).filter(expires_at__gt=at).order_by("-pk")[:MOST_LISTED])


def cancel_export(*, seat: Seat, user_id: int, job_id: int, at: datetime) -> None:
    """End an export that is not finished; a worker that is at it stops at its next page. Raises ExportGone."""
    with _scope_of(seat):
        if not _own(seat, user_id).filter(pk=job_id, state__in=UNFINISHED).update(state=ExportState.CANCELLED, touched_at=at):
            raise ExportGone


def open_export(*, seat: Seat, user_id: int, job_id: int, at: datetime) -> Download:
    """Return a finished file of one's own, as long as one may still see what it holds. Raises ExportGone, AccessDenied."""
    with _scope_of(seat):
        job = _own(seat, user_id).filter(pk=job_id, state=ExportState.DONE, expires_at__gt=at).first()
    if job is None:
        raise ExportGone
    require(seat=seat, use_case=selection_named(job.selection).use_case)
    return Download(file_name=str(job), content_type=CONTENT_TYPES[job.format], size_bytes=job.size_bytes, pieces=_pieces(job.pk))


def _own(seat: Seat, user_id: int) -> QuerySet[ExportJob]:
    return ExportJob.objects.filter(user_id=user_id, seller_id=seat.seller_id)


def _pieces(job_id: int) -> Iterator[bytes]:
    numbers = list(ExportPart.objects.filter(job_id=job_id).order_by("number").values_list("number", flat=True))
    for number in numbers:
        yield bytes(ExportPart.objects.values_list("content", flat=True).get(job_id=job_id, number=number))


def _scope_of(seat: Seat) -> Any:
    return tenant_scope(tenant_id=seat.tenant_id, seller_id=seat.seller_id)


def _hint(tenant_id: int, job_id: int) -> None:
    try:
        current_app.send_task(RUN, kwargs={"tenant_id": tenant_id, "job_id": job_id}, retry=False, ignore_result=True)
    except Exception as fault:  # whatever a broker's client raises: the job is stored, the sweep finds it
        log.warning("hint_not_published", tenant_id=tenant_id, cause=str(fault))
