"""智能分仓设置: smart allocation in three steps, its versions, and a preview on today's orders before anything is saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from allocation.core.strategies import Scope, StrategyDraft
from allocation.models import SimulationRun, StockBasis, Strategy
from allocation.simulation.scenarios import NEW, Scenario, scenario_from_document
from allocation.simulation.services import Asked, request_simulation
from allocation.strategies.reading import draft_of, read_drafts, strategy_versions
from allocation.strategies.saving import SavedStrategy, overlaps_of, restore_strategy, save_strategy, set_strategy_active
from allocation.strategy_models import OBJECTIVE_NAMES
from wms.console.site import console, own_page_response
from wms.console.strategy_form import FALLBACKS, StrategyForm, fallback_name, values_of
from wms.console.visit import covers, currency_of, tenant_of
from wms.errors import DomainError
from wms.tenancy.access import UseCase
from wms.tenancy.models import Seller

PAGE: dict[str, Any] = {"seen_by": UseCase.SEE_SETTINGS, "changed_by": UseCase.CONFIGURE}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the set-up: what everybody fills in, and under a heading of its own what few need."""

    title: Any
    fields: tuple[str, ...]
    hint: Any = ""
    more: Any = ""
    more_fields: tuple[str, ...] = ()


STEPS = (
    Step(
        gettext_lazy("Switch on"),
        ("active", "name", "objective"),
        more=gettext_lazy("Prices of a day late and of a split"),
        more_fields=("late_day_price", "split_price"),
    ),
    Step(
        gettext_lazy("Choose warehouses and channels"),
        ("warehouses", "channels"),
        more=gettext_lazy("Splits and limits"),
        more_fields=(
            *("most_shipments", "least_split_value", "most_distance_km", "most_over_cheapest"),
            *("promise_is_hard", "same_day", "keep_back_units", "restrictions"),
        ),
    ),
    Step(
        gettext_lazy("Choose the orders that it covers"),
        ("sellers", "platforms", "stores", "countries"),
        hint=gettext_lazy("Choose nothing, and it covers all orders."),
        more=gettext_lazy("Priority, and what to try when nothing serves"),
        more_fields=("priority", *(fallback_name(place) for place in range(1, FALLBACKS + 1)), "comment"),
    ),
)


@console.own_page("strategies/", name="strategies", **PAGE)
def strategies(request: HttpRequest) -> HttpResponse:
    """List the settings in the order of their priority."""
    sellers = dict(Seller.objects.values_list("pk", "name"))
    versions = dict(Strategy.objects.values_list("pk", "version"))
    rows = [
        {
            "key": key,
            "name": draft.name,
            "active": draft.active,
            "objective": dict(OBJECTIVE_NAMES)[draft.terms.objective.value],
            "covers": _covers(draft.scope, sellers),
            "warehouses": len(draft.warehouse_ids),
            "channels": len(draft.channel_ids),
            "version": versions[key],
            "overlaps": overlaps_of(strategy_id=key),
        }
        for key, draft in sorted(read_drafts().items(), key=lambda item: (item[1].scope.breadth, item[1].priority, item[0]))
    ]
    return own_page_response(request, "console/strategies.html", title=_("Smart allocation"), rows=rows, may_change=_may_change(request))


@console.own_page("strategies/new/", name="new_strategy", **PAGE)
def new_strategy(request: HttpRequest) -> HttpResponse:
    """Set up a new one."""
    return _edit(request, None)


@console.own_page("strategies/<int:strategy_id>/", name="strategy", **PAGE)
def strategy(request: HttpRequest, strategy_id: int) -> HttpResponse:
    """Change one, look at its versions."""
    return _edit(request, strategy_id)


@console.own_page("strategies/<int:strategy_id>/switch/", name="switch_strategy", **PAGE)
@require_POST
def switch_strategy(request: HttpRequest, strategy_id: int) -> HttpResponse:
    """Switch one on or off."""
    try:
        saved = set_strategy_active(
            tenant_id=tenant_of(request),
            strategy_id=strategy_id,
            active="on" in request.POST,
            author=_author(request),
            at=timezone.now(),
        )
    except DomainError as refused:
        messages.error(request, str(refused))
    else:
        _warn(request, saved)
    return redirect("console:strategies")


@console.own_page("strategies/<int:strategy_id>/restore/", name="restore_strategy", **PAGE)
@require_POST
def restore(request: HttpRequest, strategy_id: int) -> HttpResponse:
    """Let an earlier version be the newest."""
    number = request.POST.get("version", "")
    try:
        saved = restore_strategy(
            tenant_id=tenant_of(request),
            strategy_id=strategy_id,
            number=int(number) if number.isdecimal() else 0,
            author=_author(request),
            at=timezone.now(),
        )
    except DomainError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, _("Version %(number)s is in force again, as version %(version)s.") % {"number": number, "version": saved.version}
        )
    return redirect("console:strategy", strategy_id=strategy_id)


def _edit(request: HttpRequest, key: int | None) -> HttpResponse:
    currency = currency_of(request)
    if request.method == "POST":
        form = StrategyForm(request.POST, currency=currency, strategy_id=key)
        answer = _submit(request, form, key) if form.is_valid() else None
        if answer is not None:
            return answer
    else:
        form = StrategyForm(initial=_initial(request, key, currency), currency=currency, strategy_id=key)
    return own_page_response(
        request,
        "console/strategy.html",
        title=_("Smart allocation"),
        form=form,
        steps=[_shown(step, form) for step in STEPS],
        key=key,
        versions=strategy_versions(strategy_id=key) if key else (),
        version=Strategy.objects.values_list("version", flat=True).get(pk=key) if key else 0,
        may_change=_may_change(request),
    )


def _shown(step: Step, form: StrategyForm) -> dict[str, Any]:
    """Return a step with its fields; what few need lies open where something in it was refused."""
    fields, more = ([form[name] for name in names] for names in (step.fields, step.more_fields))
    return {"step": step, "fields": fields, "more": more, "open": any(field.errors for field in more)}


def _initial(request: HttpRequest, key: int | None, currency: str) -> dict[str, Any]:
    """Return what the form begins with: what a preview tried, else what is saved, else nothing."""
    preview = request.GET.get("preview", "")
    if preview.isdecimal():
        return values_of(_draft_tried(int(preview), key), currency=currency)
    if key is None:
        return values_of(StrategyDraft(name="", warehouse_ids=(), channel_ids=()), currency=currency)
    try:
        return values_of(draft_of(strategy_id=key), currency=currency)
    except DomainError as unknown:
        raise Http404 from unknown


def _draft_tried(run_id: int, key: int | None) -> StrategyDraft:
    run = SimulationRun.objects.filter(pk=run_id).first()
    tried = scenario_from_document(run.scenario).strategies if run else {}
    if (key or NEW) not in tried:
        raise Http404
    return tried[key or NEW]


def _submit(request: HttpRequest, form: StrategyForm, key: int | None) -> HttpResponse | None:
    """Save the form's draft, or try it on today's orders; None where that was refused, with the sentence on the form."""
    draft, at = form.draft(), timezone.now()
    try:
        if "preview" in request.POST:
            run_id = _preview(request, draft, key, at)
            return redirect("console:simulation", simulation_id=run_id)
        expected = request.POST.get("version", "")
        saved = save_strategy(
            tenant_id=tenant_of(request),
            draft=draft,
            author=_author(request),
            comment=form.cleaned_data["comment"],
            at=at,
            strategy_id=key,
            expected_version=int(expected) if key and expected.isdecimal() else None,
        )
    except DomainError as refused:
        form.add_error(None, str(refused))
        return None
    _warn(request, saved)
    messages.success(request, _("Saved as version %(version)s.") % {"version": saved.version})
    return redirect("console:strategies")


def _preview(request: HttpRequest, draft: StrategyDraft, key: int | None, at: datetime) -> int:
    today = timezone.localdate(at)
    return request_simulation(
        tenant_id=tenant_of(request),
        name=_("Preview: %(name)s") % {"name": draft.name},
        author=_author(request),
        scenario=Scenario(strategies={key or NEW: draft}),
        asked=Asked(since=today, until=today, stock_basis=StockBasis.BEFORE),
        at=at,
    )


def _warn(request: HttpRequest, saved: SavedStrategy) -> None:
    if saved.overlaps:
        sentence = _("As specific as this one, and covering some of the same orders: %(names)s. Between them the priority decides.")
        messages.warning(request, sentence % {"names": _(", ").join(saved.overlaps)})


def _covers(scope: Scope, sellers: dict[int, str]) -> str:
    parts = [
        _(", ").join(sellers.get(key, str(key)) for key in scope.seller_ids),
        _("%(count)d stores") % {"count": len(scope.store_ids)} if scope.store_ids else "",
        _(", ").join(scope.platforms),
        _(", ").join(scope.countries),
    ]
    return " · ".join(part for part in parts if part) or _("all orders")


def _may_change(request: HttpRequest) -> bool:
    return covers(request, UseCase.CONFIGURE)


def _author(request: HttpRequest) -> str:
    return request.user.get_username()
