"""Write an export: page by page, each in a transaction of its own, so that progress is seen and a cancellation is heard."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final

import structlog
from django.db import connection
from django.db.models import Q
from django.utils import translation

from wms.errors import DomainError
from wms.exports.errors import ExportBroke, SheetTooShort
from wms.exports.models import ExportFormat, ExportJob, ExportPart, ExportState
from wms.exports.selections import Selection, selection_named
from wms.tabular.writing import Cell, write_csv
from wms.tabular.xlsx_writing import write_xlsx
from wms.tenancy.scope import tenant_scope

type Clock = Callable[[], datetime]

DEAD_AFTER: Final = timedelta(minutes=2)
"""A worker that has not written a page for so long has died: another takes its job over."""

PART_BYTES: Final = 1_000_000
MOST_SHEET_ROWS: Final = 1_048_575
TITLE_CHARACTERS: Final = 31

log = structlog.get_logger(__name__)


class _Cancelled(Exception):
    """The way out of an export that its person has ended."""


def run_export(*, tenant_id: int, job_id: int, now: Clock) -> None:
    """Write an export that waits, or whose worker died. One that is done, ended or in good hands is left alone."""
    job = _claim(tenant_id, job_id, now())
    if job is None:
        return
    with tempfile.TemporaryFile() as file, translation.override(job.language):
        try:
            _write(job, file, now)
            _keep(job, file, now())
        except _Cancelled:
            return
        except DomainError as fault:
            _fail(job, fault, now())
        except Exception:
            log.exception("export_broke", tenant_id=tenant_id, job_id=job_id)
            _fail(job, ExportBroke(), now())


def _claim(tenant_id: int, job_id: int, at: datetime) -> ExportJob | None:
    free = Q(state=ExportState.WAITING) | Q(state=ExportState.RUNNING, touched_at__lt=at - DEAD_AFTER)
    with tenant_scope(tenant_id=tenant_id):
        if not ExportJob.objects.filter(free, pk=job_id).update(state=ExportState.RUNNING, touched_at=at, rows_done=0):
            return None
        job: ExportJob = ExportJob.objects.get(pk=job_id)
        return job


def _write(job: ExportJob, file: BinaryIO, now: Clock) -> None:
    selection = selection_named(job.selection)
    with _scope_of(job):
        header, total = selection.header(job.parameters), selection.count(job.parameters)
    if job.format == ExportFormat.XLSX and total > MOST_SHEET_ROWS:
        raise SheetTooShort(rows=total, most=MOST_SHEET_ROWS)
    _progress(job, now(), rows_total=total)
    rows = _rows(job, selection, now)
    if job.format == ExportFormat.XLSX:
        write_xlsx(file, title=str(selection.name)[:TITLE_CHARACTERS], header=header, rows=rows)
    else:
        write_csv(file, header=header, rows=rows)


def _rows(job: ExportJob, selection: Selection, now: Clock) -> Iterator[Sequence[Cell]]:
    after, done = None, 0
    while True:
        with _scope_of(job):
            page = selection.page(job.parameters, after)
        yield from page.rows
        done += len(page.rows)
        _progress(job, now(), rows_done=done)
        if page.next_key is None:
            return
        after = page.next_key


def _progress(job: ExportJob, at: datetime, **changes: Any) -> None:
    """Write down how far the export is. Raises _Cancelled if it is not ours to write any more."""
    ours = Q(pk=job.pk, state=ExportState.RUNNING)
    with tenant_scope(tenant_id=job.tenant_id):
        if not ExportJob.objects.filter(ours).update(touched_at=at, **changes):
            raise _Cancelled


def _keep(job: ExportJob, file: BinaryIO, at: datetime) -> None:
    """Store the file and the word that it is ready in one transaction."""
    size, number = file.seek(0, os.SEEK_END), 0
    file.seek(0)
    with tenant_scope(tenant_id=job.tenant_id):
        ExportPart.objects.filter(job=job).delete()
        while piece := file.read(PART_BYTES):
            ExportPart.objects.create(tenant_id=job.tenant_id, seller_id=job.seller_id, job=job, number=number, content=piece)
            number += 1
        _progress(job, at, state=ExportState.DONE, size_bytes=size)


def _fail(job: ExportJob, fault: DomainError, at: datetime) -> None:
    with tenant_scope(tenant_id=job.tenant_id):
        running = ExportJob.objects.filter(pk=job.pk, state=ExportState.RUNNING)
        running.update(state=ExportState.FAILED, fault=str(fault), touched_at=at)


def _scope_of(job: ExportJob) -> Any:
    return tenant_scope(tenant_id=job.tenant_id, seller_id=job.seller_id)


def remove_expired(*, tenant_id: int, at: datetime) -> int:
    """Remove a tenant's exports whose time is over, with their files; return how many."""
    with tenant_scope(tenant_id=tenant_id):
        expired = list(ExportJob.objects.filter(expires_at__lte=at).values_list("pk", flat=True))
        ExportPart.objects.filter(job_id__in=expired).delete()
        ExportJob.objects.filter(pk__in=expired).delete()
        return len(expired)


def tenants_with_exports() -> list[int]:
    """Return the tenants that have exports to write, to keep or to remove."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenants_with_exports()")
        return [tenant_id for (tenant_id,) in cursor.fetchall()]


def unwritten_exports(*, tenant_id: int, at: datetime) -> list[int]:
    """Return the jobs that wait, or whose worker died."""
    free = Q(state=ExportState.WAITING) | Q(state=ExportState.RUNNING, touched_at__lt=at - DEAD_AFTER)
    with tenant_scope(tenant_id=tenant_id):
        return list(ExportJob.objects.filter(free).order_by("pk").values_list("pk", flat=True))
