"""Rate cards as files in the console: the template, the version in force, and a new version by upload, review and confirmation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from allocation.selectors import ship_date_of
from carriers.errors import DocumentRefused
from carriers.models import Channel
from carriers.rate_files import Proposal, RateFile, channel_sheets, check_publication, propose, publish
from carriers.rate_words import tell_published, tell_warnings
from carriers.sheets.book import Sheet
from carriers.sheets.files import write_xlsx
from carriers.sheets.telling import tell_difference, tell_ignored
from carriers.sheets.template import template_sheets
from wms.console.models import Upload
from wms.console.site import console, own_page_response
from wms.console.uploads import SheetField, as_file, find_upload, keep_upload
from wms.console.visit import company_of, tenant_of
from wms.errors import DomainError
from wms.tenancy.access import UseCase

KIND: Final = "rates"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN_FAULTS: Final = 200


class RatesForm(forms.Form):
    """A workbook of prices, and what it need not say itself."""

    file = SheetField(label=_("file"), help_text=_("workbook (XLSX), or one sheet of it as CSV"))
    channel = forms.ChoiceField(label=_("channel"), required=False, help_text=_("none chosen: the one that the file names"))
    effective_from = forms.DateField(
        label=_("in force from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("empty: the day that the file names, else today"),
    )
    source = forms.CharField(label=_("source"), max_length=200, required=False, help_text=_("where the prices come from"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["channel"]
        channels = Channel.objects.order_by("code")
        chosen.choices = [("", "–"), *((channel.code, str(channel)) for channel in channels)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """One thing that is wrong, and in which cell."""

    sheet: str
    cell: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a file says: its faults, or what it would change from which day on, or the one sentence why it can't be read."""

    proposal: Proposal | None = None
    refusal: str = ""
    faults: tuple[FaultRow, ...] = ()
    fault_count: int = 0
    difference: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def may_publish(self) -> bool:
        """Return whether the file can be put in force."""
        return self.proposal is not None and not self.fault_count and not self.refusal


@console.own_page("rate-files/", name="rate_upload", seen_by=UseCase.CONFIGURE, changed_by=UseCase.CONFIGURE)
def upload(request: HttpRequest) -> HttpResponse:
    """Ask for a file and keep it for the review."""
    form = RatesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        day: date | None = given["effective_from"]
        answers = {"channel": given["channel"], "effective_from": day.isoformat() if day else "", "source": given["source"]}
        kept = keep_upload(request, kind=KIND, file=given["file"], answers=answers)
        return redirect("console:rate_review", upload_id=kept.pk)
    channels = Channel.objects.order_by("code")
    return own_page_response(request, "console/rates/upload.html", title=str(_("Upload a rate card")), form=form, channels=channels)


@console.own_page("rate-files/<int:upload_id>/", name="rate_review", seen_by=UseCase.CONFIGURE, changed_by=UseCase.CONFIGURE)
def review(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Show what a file would change, and on POST put it in force or forget it."""
    kept = find_upload(request, kind=KIND, upload_id=upload_id)
    if request.method == "POST" and "forget" in request.POST:
        kept.delete()
        return redirect("console:rate_upload")
    found = _review(request, kept)
    if request.method == "POST" and found.may_publish and found.proposal is not None:
        try:
            messages.success(request, _publish(request, kept, found.proposal))
        except DomainError as fault:
            found = Review(refusal=str(fault))
        else:
            return redirect("console:carriers_ratecard_changelist")
    title = str(_("What the file would change"))
    channel = Channel.objects.filter(pk=found.proposal.channel_id).first() if found.proposal else None
    return own_page_response(request, "console/rates/review.html", title=title, kept=kept, review=found, channel=channel)


@console.own_page("rate-files/template.xlsx", name="rate_template", seen_by=UseCase.SEE_PRICES)
def template(request: HttpRequest) -> HttpResponse:
    """Send an example to fill in."""
    return _workbook(template_sheets(get_language() or "en"), "rate-card-template.xlsx")


@console.own_page("rate-files/channels/<int:channel_id>.xlsx", name="rate_export", seen_by=UseCase.SEE_PRICES)
def export(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Send the version that a channel has in force today, as the workbook that can be uploaded again."""
    channel = Channel.objects.filter(pk=channel_id).first()
    try:
        sheets = channel_sheets(
            tenant_id=tenant_of(request), channel=channel.code if channel else "–", day=_today(request), language=get_language() or "en"
        )
    except DomainError as fault:
        messages.error(request, str(fault))
        return redirect("console:rate_upload")
    return _workbook(sheets, f"rate-card-{channel_id}.xlsx")


def _review(request: HttpRequest, kept: Upload) -> Review:
    day = kept.answers["effective_from"]
    try:
        with as_file(kept) as path:
            file = RateFile(
                path=path,
                channel=kept.answers["channel"],
                effective_from=date.fromisoformat(day) if day else None,
                country="US",
            )
            proposal = propose(tenant_id=tenant_of(request), file=file, today=_today(request))
        if not proposal.faults:
            check_publication(tenant_id=tenant_of(request), proposal=proposal, at=timezone.now())
    except DocumentRefused as refused:
        rows = tuple(FaultRow(sheet="", cell=path, sentence=f"{code} {text}".strip()) for path, code, text in refused.faults)
        return Review(refusal=str(refused), faults=rows, fault_count=len(rows))
    except DomainError as fault:
        return Review(refusal=str(fault))
    faults = proposal.book.faults
    return Review(
        proposal=proposal,
        faults=tuple(
            FaultRow(sheet=fault.spot.sheet, cell=fault.spot.address, sentence=str(fault.error)) for fault in faults.found[:SHOWN_FAULTS]
        ),
        fault_count=faults.count,
        difference=() if faults.count else tuple(tell_difference(proposal.difference)),
        remarks=(*tell_ignored(proposal.book.ignored), *(() if faults.count else tell_warnings(proposal))),
    )


def _publish(request: HttpRequest, kept: Upload, proposal: Proposal) -> str:
    source = kept.answers["source"] or kept.file_name
    said = tell_published(publish(tenant_id=tenant_of(request), proposal=proposal, at=timezone.now(), source=source))
    kept.delete()
    return said


def _today(request: HttpRequest) -> date:
    company = company_of(request)
    assert company is not None
    return ship_date_of(tenant=company, at=timezone.now())


def _workbook(sheets: list[Sheet], name: str) -> HttpResponse:
    file = BytesIO()
    write_xlsx(file, sheets)
    return HttpResponse(file.getvalue(), content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
