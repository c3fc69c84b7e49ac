"""模拟: what-if runs of drafts, with their progress, and what they would change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from allocation.models import SimulationRun, SimulationState, StockBasis
from allocation.simulation.scenarios import Scenario, scenario_from_document
from allocation.simulation.services import UNFINISHED, Asked, cancel_simulation, publish_simulation, request_simulation
from allocation.stock_pricing import MOST_DAYS
from wms.console import simulation_page
from wms.console.site import console, own_page_response
from wms.console.visit import covers, currency_of, tenant_of
from wms.errors import DomainError
from wms.tenancy.access import UseCase

PAGE: dict[str, Any] = {"seen_by": UseCase.SEE_SETTINGS, "changed_by": UseCase.CONFIGURE}
MOST_LISTED = 50
ROWS_A_PAGE = 100
DAY = {"type": "date"}


class RunForm(forms.Form):
    """What is tried, the draft of the rules or other prices of scarce stock, and on which orders."""

    since = forms.DateField(label=gettext_lazy("orders from"), required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    until = forms.DateField(label=gettext_lazy("to"), required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    stock_basis = forms.ChoiceField(label=gettext_lazy("stock"), choices=StockBasis)
    stock_price_days = forms.IntegerField(
        label=gettext_lazy("price scarce stock by the orders of so many days"),
        help_text=gettext_lazy("0: only costs count. Empty: the draft of the rules is tried."),
        required=False,
        min_value=0,
        max_value=MOST_DAYS,
    )

    def scenario(self) -> tuple[str, Scenario]:
        """Return the name of what a valid form tries, and what it is."""
        days = self.cleaned_data["stock_price_days"]
        if days is None:
            return _("Draft of the rules"), Scenario(strategies={}, rules_draft=True)
        name = _("Scarce stock priced by %(days)s days") % {"days": days} if days else _("Only costs count")
        return name, Scenario(strategies={}, stock_price_days=days)

    def asked(self) -> Asked:
        """Return the orders of a valid form; without both days, those that wait."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        basis = StockBasis(self.cleaned_data["stock_basis"])
        return Asked(since=since, until=until, stock_basis=basis) if since and until else Asked(stock_basis=basis)


@console.own_page("simulations/", name="simulations", **PAGE)
def simulations(request: HttpRequest) -> HttpResponse:
    """List the runs, and begin one of the rules' draft or of other prices of stock."""
    today = timezone.localdate()
    usual = {"since": today - timedelta(days=6), "until": today, "stock_basis": StockBasis.BEFORE}
    form = RunForm(request.POST or None, initial=usual)
    if request.method == "POST" and form.is_valid():
        name, scenario = form.scenario()
        try:
            simulation_id = request_simulation(
                tenant_id=tenant_of(request),
                name=name,
                author=request.user.get_username(),
                scenario=scenario,
                asked=form.asked(),
                at=timezone.now(),
            )
            return redirect("console:simulation", simulation_id=simulation_id)
        except DomainError as refused:
            form.add_error(None, str(refused))
    runs = SimulationRun.objects.order_by("-pk").defer("scenario", "result")[:MOST_LISTED]
    may_change = covers(request, UseCase.CONFIGURE)
    return own_page_response(request, "console/simulations.html", title=_("Simulations"), form=form, runs=runs, may_change=may_change)


@console.own_page("simulations/<int:simulation_id>/", name="simulation", **PAGE)
def simulation(request: HttpRequest, simulation_id: int) -> HttpResponse:
    """Show one: its progress while it runs, then both sides."""
    run, currency = _run(simulation_id), currency_of(request)
    after = request.GET.get("after", "")
    may_change = covers(request, UseCase.CONFIGURE)
    context: dict[str, Any] = {"run": run, "unfinished": run.state in UNFINISHED, "may_change": may_change, "edits": _edits(run)}
    if run.result:
        rows, older = simulation_page.differences(
            run, currency=currency, after_id=int(after) if after.isdecimal() else 0, limit=ROWS_A_PAGE
        )
        context |= {
            "figures": simulation_page.figures(run.result, currency=currency),
            "warehouses": simulation_page.by_warehouse(run.result, currency=currency),
            "reasons": simulation_page.by_reason(run.result),
            "differences": rows,
            "more": older,
            "done": run.state == SimulationState.DONE,
        }
    return own_page_response(request, "console/simulation.html", title=run.name, **context)


@console.own_page("simulations/<int:simulation_id>/cancel/", name="cancel_simulation", **PAGE)
@require_POST
def cancel(request: HttpRequest, simulation_id: int) -> HttpResponse:
    """End a run."""
    try:
        cancel_simulation(tenant_id=tenant_of(request), run_id=simulation_id, at=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused))
    return redirect("console:simulation", simulation_id=simulation_id)


@console.own_page("simulations/<int:simulation_id>/publish/", name="publish_simulation", **PAGE)
@require_POST
def publish(request: HttpRequest, simulation_id: int) -> HttpResponse:
    """Put in force what was tried."""
    try:
        publish_simulation(tenant_id=tenant_of(request), run_id=simulation_id, author=request.user.get_username(), at=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("What was tried is in force."))
    return redirect("console:simulation", simulation_id=simulation_id)


def _edits(run: SimulationRun) -> list[tuple[str, str]]:
    """Return the name of each setting that a run tried, and where its form goes on with what was tried."""
    tried = scenario_from_document(run.scenario).strategies
    forms_of = {key: reverse("console:strategy", args=[key]) if key > 0 else reverse("console:new_strategy") for key in tried}
    return [(draft.name, f"{forms_of[key]}?preview={run.pk}") for key, draft in tried.items()]


def _run(key: int) -> SimulationRun:
    run: SimulationRun | None = SimulationRun.objects.filter(pk=key).first()
    if run is None:
        raise Http404
    return run
