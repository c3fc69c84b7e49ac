"""Bring rows in by file: upload, a dry run with every fault by line and column, then confirmation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from wms.console.import_kinds import KINDS, Bringer, ImportKind
from wms.console.models import Upload
from wms.console.site import console, own_page_response
from wms.console.uploads import SheetField, as_file, find_upload, keep_upload
from wms.console.visit import company_of, covers
from wms.errors import DomainError
from wms.tabular.command import outcome_of
from wms.tabular.imports import Manner, run_import
from wms.tabular.progress import Silent
from wms.tabular.report import Report
from wms.tabular.source import open_source
from wms.tenancy.access import UseCase
from wms.tenancy.scope import tenant_scope

SHOWN_REFUSALS: Final = 200


class FileForm(forms.Form):
    file = SheetField(label=_("file"), help_text=_("CSV or XLSX; encoding, delimiter and columns are found"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a file says: the report of a dry run, or the one sentence why it can't be read."""

    report: Report | None = None
    refusal: str = ""

    @property
    def refused(self) -> int:
        """Return how many rows are refused."""
        return self.report.refused if self.report else 0

    @property
    def may_save(self) -> bool:
        """Return whether there is anything to be saved."""
        return self.report is not None and self.report.accepted > 0


@console.own_page("imports/<slug:kind>/", name="import", seen_by=UseCase.USE_CONSOLE, changed_by=UseCase.USE_CONSOLE)
def upload(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask for a file and keep it for the review."""
    found = _kind(request, kind)
    file_form = FileForm(request.POST or None, request.FILES or None)
    questions = found.questions(request.POST if request.method == "POST" else None)
    if request.method == "POST" and all([file_form.is_valid(), questions.is_valid()]):
        answers = {name: _as_json(value) for name, value in questions.cleaned_data.items()}
        kept = keep_upload(request, kind=kind, file=file_form.cleaned_data["file"], answers=answers)
        return redirect("console:import_review", kind=kind, upload_id=kept.pk)
    columns = _columns_of(found)
    context: dict[str, Any] = {"file_form": file_form, "questions": questions, "columns": columns}
    return own_page_response(request, "console/imports/upload.html", title=str(found.title), **context)


@console.own_page("imports/<slug:kind>/<int:upload_id>/", name="import_review", seen_by=UseCase.USE_CONSOLE, changed_by=UseCase.USE_CONSOLE)
def review(request: HttpRequest, kind: str, upload_id: int) -> HttpResponse:
    """Show what would become of each row, and on POST save them or forget the file."""
    found = _kind(request, kind)
    kept = find_upload(request, kind=kind, upload_id=upload_id)
    if request.method == "POST" and "forget" in request.POST:
        kept.delete()
        return redirect("console:import", kind=kind)
    wanted = request.method == "POST"
    looked = _run(request, found, kept, dry_run=not wanted, take_good_rows="good_rows" in request.POST)
    if wanted and looked.report is not None and looked.report.saved:
        messages.success(request, outcome_of(looked.report, dry_run=False))
        kept.delete()
        return redirect(f"console:{found.then}")
    shown = looked.report.examples[:SHOWN_REFUSALS] if looked.report else []
    return own_page_response(request, "console/imports/review.html", title=str(found.title), kept=kept, review=looked, refusals=shown)


def _kind(request: HttpRequest, slug: str) -> ImportKind:
    found = KINDS.get(slug)
    if found is None:
        raise Http404
    if not covers(request, found.use_case):
        raise PermissionDenied
    return found


def _columns_of(kind: ImportKind) -> list[str]:
    """Return the columns that a file of this kind may have, those that it needs marked by a star."""
    return [f"{column.label}{' *' if column.required else ''}" for column in kind.columns]


def _run(request: HttpRequest, kind: ImportKind, kept: Upload, *, dry_run: bool, take_good_rows: bool) -> Review:
    company = company_of(request)
    assert company is not None
    bringer = Bringer(company=company, actor=request.user.get_username(), file_name=kept.file_name)
    try:
        importer, mapping = kind.takes(bringer, kept.answers)
        manner = Manner(
            scope=partial(tenant_scope, tenant_id=company.pk),
            file_name=kept.file_name,
            mapping=mapping,
            dry_run=dry_run,
            take_good_rows=take_good_rows,
        )
        with as_file(kept) as path, open_source(path, encoding=mapping.encoding, sheet=mapping.sheet) as source:
            return Review(report=run_import(source=source, importer=importer, manner=manner, progress=Silent()))
    except DomainError as fault:
        return Review(refusal=str(fault))


def _as_json(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value
