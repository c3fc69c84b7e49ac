"""Exports in the background: progress, cancellation, who may fetch a file, and for how long."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils.translation import gettext
from openpyxl import load_workbook

from tests.world import NOON, add_member, add_seller, add_tenant
from wms.exports import runner, selections
from wms.exports.errors import ExportGone, FormatUnknown, SelectionUnknown, TooManyExports
from wms.exports.models import ExportJob, ExportPart, ExportState
from wms.exports.runner import DEAD_AFTER, remove_expired, run_export, tenants_with_exports, unwritten_exports
from wms.exports.selections import Page, Parameters, Selection, register
from wms.exports.services import KEPT_FOR, MOST_UNFINISHED, cancel_export, exports_of, open_export, request_export
from wms.exports.tasks import run
from wms.tabular.writing import Cell
from wms.tenancy.access import AccessDenied, Seat, UseCase
from wms.tenancy.models import Role
from wms.tenancy.scope import current_scope, tenant_scope

pytestmark = pytest.mark.django_db

ROWS: list[list[Cell]] = [["1001", 5], ["=HYPERLINK(1)", -7], ["+49 30", None]]


@pytest.fixture(autouse=True)
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer a table of three rows, one a page."""
    monkeypatch.setattr(selections, "_registered", {})
    register(numbers())


def numbers(*, page: Any = None) -> Selection:
    return Selection(
        code="numbers",
        name="numbers",
        use_case=UseCase.SEE_ORDERS,
        header=lambda parameters: [gettext("order number"), "units"],
        count=lambda parameters: len(ROWS),
        page=page or one_by_one,
    )


def one_by_one(parameters: Parameters, after: Any) -> Page:
    place = after or 0
    return Page([ROWS[place]], place + 1 if place + 1 < len(ROWS) else None)


@pytest.fixture
def seat() -> Seat:
    return Seat(tenant_id=add_tenant().pk, role=Role.OPERATIONS)


@pytest.fixture
def ann() -> int:
    return add_member(tenant=add_tenant(code="elsewhere"), role=Role.ADMIN, username="ann").pk


def now() -> datetime:
    return NOON


def wish(seat: Seat, user_id: int, **other: Any) -> ExportJob:
    asked = {"selection": "numbers", "parameters": {}, "file_format": "csv", "language": "en", "at": NOON}
    return request_export(seat=seat, user_id=user_id, **{**asked, **other})


def written(seat: Seat, user_id: int, job: ExportJob) -> bytes:
    with tenant_scope(tenant_id=seat.tenant_id, seller_id=seat.seller_id):
        return b"".join(open_export(seat=seat, user_id=user_id, job_id=job.pk, at=NOON).pieces)


def stored(job: ExportJob) -> ExportJob:
    with tenant_scope(tenant_id=job.tenant_id):
        found: ExportJob = ExportJob.objects.get(pk=job.pk)
        return found


def test_a_csv_file_holds_every_row_and_no_formula(seat: Seat, ann: int) -> None:
    job = wish(seat, ann)
    run_export(tenant_id=seat.tenant_id, job_id=job.pk, now=now)

    rows = list(csv.reader(io.StringIO(written(seat, ann, job).decode("utf-8-sig"))))
    assert rows == [["order number", "units"], ["1001", "5"], ["'=HYPERLINK(1)", "-7"], ["'+49 30", ""]]
    assert (stored(job).state, stored(job).rows_done, stored(job).rows_total) == (ExportState.DONE, 3, 3)


def test_a_workbook_holds_texts_that_look_like_formulas_as_texts(seat: Seat, ann: int) -> None:
    job = wish(seat, ann, file_format="xlsx")
    run_export(tenant_id=seat.tenant_id, job_id=job.pk, now=now)

    sheet = load_workbook(io.BytesIO(written(seat, ann, job))).active
    assert sheet is not None
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == ROWS
    assert sheet["A3"].data_type == "s"


def test_the_header_is_in_the_language_that_was_asked_for(seat: Seat, ann: int) -> None:
    job = wish(seat, ann, language="zh-hans")
    run_export(tenant_id=seat.tenant_id, job_id=job.pk, now=now)

    assert written(seat, ann, job).decode("utf-8-sig").startswith("订单号,units")


def test_large_files_are_stored_in_pieces_and_come_out_whole(seat: Seat, ann: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "PART_BYTES", 10)
    job = wish(seat, ann)
    run_export(tenant_id=seat.tenant_id, job_id=job.pk, now=now)

    file = written(seat, ann, job)
    assert len(file) == stored(job).size_bytes > 30
    assert file.decode("utf-8-sig").endswith("\r\n")


def test_progress_is_seen_while_pages_are_read(seat: Seat, ann: int) -> None:
    seen: list[tuple[int, int | None]] = []

    def watched(parameters: Parameters, after: Any) -> Page:
        seen.append((stored(job).rows_done, stored(job).rows_total))
        return one_by_one(parameters, after)

    register(numbers(page=watched))
    job = wish(seat, ann)
    run_export(tenant_id=seat.tenant_id, job_id=job.pk, now=now)

    assert seen == [(0, 3), (1, 3), (2, 3)]


def test_a_cancelled_export_stops_at_its_next_page_and_leaves_no_file(seat: Seat, ann: int) -> None:
    read: list[Any] = []

    def cancelling(parameters: Parameters, after: Any) -> Page:
        read.append(after)
        cancel_export(seat=seat, user_id=ann, job_id=job.pk, at=NOON)
        return one_by_one(parameters, after)

    register(numbers(page=cancelling))
    job = wish(seat, ann)
    run_export(tenant_id=seat.tenant_id, job_id=job.pk, now=now)

    assert read == [None]
    assert stored(job).state == ExportState.CANCELLED
    with tenant_scope(tenant_id=seat.tenant_id):
        assert not ExportPart.objects.exists()
    with pytest.raises(ExportGone):
        open_export(seat=seat, user_id=ann, job_id=job.pk, at=NOON)


def test_what_is_finished_is_not_cancelled_any_more(seat: Seat, ann: int) -> None:
    job = wish(seat, ann)
    run_export(tenant_id=seat.tenant_id, job_id=job.pk, now=now)

    with pytest.raises(ExportGone):
        cancel_export(seat=seat, user_id=ann, job_id=job.pk, at=NOON)
    assert stored(job).state == ExportState.DONE


def test_a_fault_ends_the_export_with_a_sentence_that_gives_nothing_away(seat: Seat, ann: int) -> None:
    def broken(parameters: Parameters, after: Any) -> Page:
        raise RuntimeError("password=hunter2")

    register(numbers(page=broken))
    job = wish(seat, ann)
    run_export(tenant_id=seat.tenant_id, job_id=job.pk, now=now)

    assert stored(job).state == ExportState.FAILED
    assert stored(job).fault == "The file could not be written; the fault is in the log."


def test_more_rows_than_a_sheet_holds_are_refused_before_they_are_read(seat: Seat, ann: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "MOST_SHEET_ROWS", 2)
    job, as_csv = wish(seat, ann, file_format="xlsx"), wish(seat, ann)
    for one in (job, as_csv):
        run_export(tenant_id=seat.tenant_id, job_id=one.pk, now=now)

    assert stored(job).fault == "3 rows do not fit into a sheet of XLSX, which ends at 2: take CSV."
    assert stored(as_csv).state == ExportState.DONE


def test_rows_are_read_within_the_scope_of_who_asked(ann: int) -> None:
    tenant = add_tenant()
    seller = add_seller(tenant=tenant)
    scopes: list[Any] = []

    def noting(parameters: Parameters, after: Any) -> Page:
        scopes.append(current_scope())
        return Page([])

    register(numbers(page=noting))
    seat = Seat(tenant_id=tenant.pk, role=Role.SELLER, seller_id=seller.pk)
    run_export(tenant_id=tenant.pk, job_id=wish(seat, ann).pk, now=now)

    assert [(scope.tenant_id, scope.seller_id) for scope in scopes] == [(tenant.pk, seller.pk)]


def test_a_file_opens_to_nobody_else_not_even_in_the_same_company(seat: Seat, ann: int) -> None:
    bob = add_member(tenant=add_tenant(code="other"), role=Role.ADMIN, username="bob").pk
    job = wish(seat, ann)
    run_export(tenant_id=seat.tenant_id, job_id=job.pk, now=now)

    with tenant_scope(tenant_id=seat.tenant_id):
        seller = add_seller(tenant=add_tenant(code="third"))
    for other_seat, user_id in (
        (seat, bob),
        (Seat(tenant_id=seller.tenant_id, role=Role.ADMIN), ann),
        (Seat(tenant_id=seat.tenant_id, role=Role.SELLER, seller_id=seller.pk), ann),
    ):
        assert exports_of(seat=other_seat, user_id=user_id, at=NOON) == []
        with pytest.raises(ExportGone):
            open_export(seat=other_seat, user_id=user_id, job_id=job.pk, at=NOON)


def test_a_file_is_gone_after_its_time(seat: Seat, ann: int) -> None:
    job = wish(seat, ann)
    run_export(tenant_id=seat.tenant_id, job_id=job.pk, now=now)
    late = NOON + KEPT_FOR

    assert exports_of(seat=seat, user_id=ann, at=late) == []
    with pytest.raises(ExportGone):
        open_export(seat=seat, user_id=ann, job_id=job.pk, at=late)
    assert tenants_with_exports() == [seat.tenant_id]
    assert remove_expired(tenant_id=seat.tenant_id, at=late - timedelta(seconds=1)) == 0
    assert remove_expired(tenant_id=seat.tenant_id, at=late) == 1
    assert tenants_with_exports() == []


def test_a_job_is_written_once_and_taken_over_when_its_worker_died(seat: Seat, ann: int) -> None:
    job, reads = wish(seat, ann), []

    def noting(parameters: Parameters, after: Any) -> Page:
        reads.append(after)
        return Page([])

    register(numbers(page=noting))
    with tenant_scope(tenant_id=seat.tenant_id):
        ExportJob.objects.filter(pk=job.pk).update(state=ExportState.RUNNING)
    assert unwritten_exports(tenant_id=seat.tenant_id, at=NOON) == []
    run_export(tenant_id=seat.tenant_id, job_id=job.pk, now=now)
    assert reads == []

    after_death = NOON + DEAD_AFTER + timedelta(seconds=1)
    assert unwritten_exports(tenant_id=seat.tenant_id, at=after_death) == [job.pk]
    run_export(tenant_id=seat.tenant_id, job_id=job.pk, now=lambda: after_death)
    run_export(tenant_id=seat.tenant_id, job_id=job.pk, now=lambda: after_death)
    assert reads == [None]


def test_what_may_not_be_seen_may_not_be_exported(ann: int) -> None:
    tenant = add_tenant()
    register(
        Selection(
            code="prices",
            name="prices",
            use_case=UseCase.SEE_PRICES,
            header=lambda parameters: [],
            count=lambda parameters: 0,
            page=one_by_one,
        )
    )
    seat = Seat(tenant_id=tenant.pk, role=Role.OPERATIONS)
    with pytest.raises(AccessDenied):
        wish(seat, ann, selection="prices")


def test_wishes_that_make_no_sense_are_refused(seat: Seat, ann: int) -> None:
    with pytest.raises(SelectionUnknown):
        wish(seat, ann, selection="everything")
    with pytest.raises(FormatUnknown):
        wish(seat, ann, file_format="exe")
    for _ in range(MOST_UNFINISHED):
        wish(seat, ann)
    with pytest.raises(TooManyExports):
        wish(seat, ann)


def test_the_worker_is_told_by_name(seat: Seat, ann: int, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        job = wish(seat, ann)
    assert len(callbacks) == 1
    assert run.name == "exports.run"
    run(tenant_id=seat.tenant_id, job_id=job.pk)
    assert stored(job).state == ExportState.DONE
