"""对账: invoices, why they differ from the estimates, totals, and what is disputed."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from billing.core.comparing import Reason
from billing.disputes import dispute_header, dispute_rows
from billing.errors import NothingDisputed
from billing.models import BilledParcel, BillState, Invoice
from billing.reconciling import reconcile_invoices
from billing.selectors import By, Selection, latest_invoices, totals, variances_by_reason
from billing.services import judge_parcels
from billing.words import REASONS
from carriers.models import Carrier
from wms.console.bills import invoice_rows, parcel_rows, reason_rows, total_rows
from wms.console.site import console, own_page_response
from wms.console.visit import covers, currency_of, tenant_of
from wms.errors import DomainError
from wms.tabular.writing import write_csv
from wms.tabular.xlsx_writing import write_xlsx
from wms.tenancy.access import UseCase

MOST_INVOICES: Final = 100
PARCELS_PER_PAGE: Final = 50
FORMATS: Final = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
BY_NAMES: Final = {By.CARRIER: _("carrier"), By.WAREHOUSE: _("warehouse"), By.SELLER: _("seller"), By.MONTH: _("month")}


class OverviewForm(forms.Form):
    """Which bills are meant, and what the totals are made by."""

    by = forms.ChoiceField(label=_("totals by"), choices=[(by.value, name) for by, name in BY_NAMES.items()], initial=By.CARRIER.value)
    carrier = forms.ChoiceField(label=_("carrier"), required=False)
    since = forms.DateField(label=_("invoices from"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("invoices before"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["carrier"]
        chosen.choices = [("", _("all")), *((str(carrier.pk), str(carrier)) for carrier in Carrier.objects.order_by("code"))]


class ParcelFilter(forms.Form):
    """Which parcels of an invoice are shown."""

    state = forms.ChoiceField(label=_("state"), required=False, choices=[("", _("all")), *BillState.choices])
    reason = forms.ChoiceField(
        label=_("reason"), required=False, choices=[("", _("all")), *((str(int(number)), name) for number, name in REASONS.items())]
    )


@console.own_page("reconciling/", name="reconciling", seen_by=UseCase.SEE_PRICES)
def overview(request: HttpRequest) -> HttpResponse:
    """Show totals, reasons and the newest invoices."""
    form = OverviewForm({"by": By.CARRIER.value, **request.GET.dict()})
    given: dict[str, Any] = form.cleaned_data if form.is_valid() else {"by": By.CARRIER.value}
    carrier_id = int(given["carrier"]) if given.get("carrier") else None
    selection = Selection(carrier_id=carrier_id, since=given.get("since"), until=given.get("until"))
    own = currency_of(request)
    context: dict[str, Any] = {
        "form": form,
        "by_name": BY_NAMES[By(given["by"])],
        "totals": list(total_rows(totals(by=By(given["by"]), of=selection), own_currency=own, unnamed=gettext("no shipment of ours"))),
        "reasons": list(reason_rows(variances_by_reason(of=selection))),
        "invoices": list(invoice_rows(latest_invoices(most=MOST_INVOICES, carrier_id=carrier_id))),
        "may_change": covers(request, UseCase.RECONCILE),
    }
    return own_page_response(request, "console/reconciling/overview.html", title=gettext("Reconciliation"), **context)


@console.own_page("reconciling/run/", name="reconcile", seen_by=UseCase.RECONCILE, changed_by=UseCase.RECONCILE)
@require_POST
def reconcile(request: HttpRequest) -> HttpResponse:
    """Look at every open parcel again."""
    done = reconcile_invoices(tenant_id=tenant_of(request), at=timezone.now())
    told = gettext("Looked at %(parcels)s open parcels: %(matched)s are shipments of ours, %(agreed)s agree.")
    messages.success(request, told % {"parcels": f"{done.parcels:,}", "matched": f"{done.matched:,}", "agreed": f"{done.agreed:,}"})
    return redirect("console:reconciling")


@console.own_page("reconciling/disputes/", name="disputes", seen_by=UseCase.RECONCILE, changed_by=UseCase.RECONCILE)
@require_POST
def disputes(request: HttpRequest) -> HttpResponse:
    """Send what is disputed as a file."""
    kind = request.POST.get("format", "csv")
    if kind not in FORMATS:
        raise Http404
    if not BilledParcel.objects.filter(state=BillState.DISPUTED).exists():
        messages.error(request, str(NothingDisputed()))
        return redirect("console:reconciling")
    file = BytesIO()
    if kind == "csv":
        write_csv(file, header=dispute_header(), rows=dispute_rows())
    else:
        write_xlsx(file, title=gettext("Disputed"), header=dispute_header(), rows=dispute_rows())
    name = f"disputes-{timezone.localdate().isoformat()}.{kind}"
    return HttpResponse(file.getvalue(), content_type=FORMATS[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'})


@console.own_page("reconciling/invoices/<int:invoice_id>/", name="invoice", seen_by=UseCase.SEE_PRICES, changed_by=UseCase.RECONCILE)
def invoice_page(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """Show an invoice's parcels, and on POST accept or dispute those that are chosen."""
    invoice: Invoice | None = Invoice.objects.select_related("carrier").filter(pk=invoice_id).first()
    if invoice is None:
        raise Http404
    if request.method == "POST":
        _judge(request, invoice)
        return redirect(request.get_full_path())
    asked = ParcelFilter(request.GET)
    parcels = _chosen(BilledParcel.objects.filter(invoice=invoice), asked)
    after = request.GET.get("after", "")
    if after.isdecimal() and len(after) < len(str(2**63)):
        parcels = parcels.filter(pk__gt=int(after))
    page = list(parcels.select_related("shipment").order_by("pk")[: PARCELS_PER_PAGE + 1])
    shown = page[:PARCELS_PER_PAGE]
    selection = Selection(invoice_id=invoice.pk)
    context: dict[str, Any] = {
        "invoice": invoice,
        "form": asked,
        "by_name": BY_NAMES[By.CARRIER],
        "parcels": list(parcel_rows(shown, currency=invoice.currency)),
        "next": _with(request, after=str(shown[-1].pk)) if len(page) > PARCELS_PER_PAGE else "",
        "totals": list(total_rows(totals(by=By.CARRIER, of=selection), own_currency=currency_of(request), unnamed="")),
        "reasons": list(reason_rows(variances_by_reason(of=selection))),
        "may_change": covers(request, UseCase.RECONCILE),
    }
    title = gettext("Invoice %(number)s") % {"number": invoice.number}
    return own_page_response(request, "console/reconciling/invoice.html", title=title, **context)


def _chosen(parcels: QuerySet[BilledParcel], asked: ParcelFilter) -> QuerySet[BilledParcel]:
    if not asked.is_valid():
        return parcels
    if asked.cleaned_data["state"]:
        parcels = parcels.filter(state=int(asked.cleaned_data["state"]))
    if asked.cleaned_data["reason"]:
        parcels = parcels.filter(variance_reasons__contains=[Reason(int(asked.cleaned_data["reason"]))])
    return parcels


def _judge(request: HttpRequest, invoice: Invoice) -> None:
    """Accept or dispute the chosen parcels of this invoice, as the button says."""
    states = {"accept": BillState.ACCEPTED, "dispute": BillState.DISPUTED, "reopen": BillState.OPEN}
    state = states.get(request.POST.get("judge", ""))
    chosen = [int(text) for text in request.POST.getlist("parcel") if text.isdecimal() and len(text) < len(str(2**63))]
    if state is None or not chosen:
        messages.error(request, gettext("Choose parcels first."))
        return
    own = list(BilledParcel.objects.filter(invoice=invoice, pk__in=chosen).values_list("pk", flat=True))
    try:
        changed = judge_parcels(
            tenant_id=tenant_of(request),
            parcel_ids=own,
            state=state,
            actor=request.user.get_username(),
            at=timezone.now(),
            note=request.POST.get("note", "")[:200],
        )
    except DomainError as fault:
        messages.error(request, str(fault))
        return
    told = ngettext("%(count)s parcel is now %(state)s.", "%(count)s parcels are now %(state)s.", changed)
    messages.success(request, told % {"count": changed, "state": state.label})


def _with(request: HttpRequest, **changes: str) -> str:
    """Return the query of the address with these parameters."""
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = value
    return f"?{query.urlencode()}"
