"""What every page of exports does, whoever's it is: list one's own files, end one, hand a finished one out."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404, StreamingHttpResponse
from django.utils import timezone

from wms.exports.errors import ExportGone
from wms.exports.models import ExportJob, ExportState
from wms.exports.selections import selection_named
from wms.exports.services import UNFINISHED, cancel_export, exports_of, open_export
from wms.tenancy.access import AccessDenied, Seat, may


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One export: what it holds, and whether it is still being written or can be fetched by whoever looks."""

    job: ExportJob
    name: str
    unfinished: bool
    ready: bool


def list_files(*, seat: Seat, user_id: int) -> list[FileRow]:
    """Return a person's exports, the newest first."""
    return [_row(job, seat) for job in exports_of(seat=seat, user_id=user_id, at=timezone.now())]


def _row(job: ExportJob, seat: Seat) -> FileRow:
    selection = selection_named(job.selection)
    return FileRow(
        job=job,
        name=str(selection.name),
        unfinished=job.state in UNFINISHED,
        ready=job.state == ExportState.DONE and may(role=seat.role, use_case=selection.use_case),
    )


def end_file(*, seat: Seat, user_id: int, job_id: int) -> None:
    """End an export; one that is finished or gone stays as it is."""
    with contextlib.suppress(ExportGone):
        cancel_export(seat=seat, user_id=user_id, job_id=job_id, at=timezone.now())


def hand_out(*, seat: Seat, user_id: int, job_id: int) -> StreamingHttpResponse:
    """Answer with a finished file. Raises Http404 where there is none of the person's own, PermissionDenied where the role was lowered."""
    try:
        file = open_export(seat=seat, user_id=user_id, job_id=job_id, at=timezone.now())
    except ExportGone as gone:
        raise Http404(str(gone)) from gone
    except AccessDenied as denied:
        raise PermissionDenied(str(denied)) from denied
    answer = StreamingHttpResponse(file.pieces, content_type=file.content_type)
    answer["Content-Disposition"] = f'attachment; filename="{file.file_name}"'
    answer["Content-Length"] = str(file.size_bytes)
    return answer
