"""Split an order by hand: say how many units ship from where, look at what the parts cost, ship it so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.candidates import Candidates, candidates_of
from allocation.errors import OrderChanged
from allocation.explain import Explanation
from allocation.services import preview_split, split_order
from orders.models import Order
from wms.console import words
from wms.console.order_page import PartRow, part_row
from wms.console.site import console
from wms.console.visit import seat_inside, tenant_of
from wms.console.workbench.rows import may_choose
from wms.console.workbench.showing import CONFLICT, UNPROCESSABLE, answer, number, order_response, person_of, rights_of
from wms.console.workbench.split_form import SplitForm, read_split
from wms.errors import DomainError
from wms.tenancy.access import UseCase, require

MOST_REASON: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a split would cost, part by part, against the cheapest warehouse that can ship all of it (empty: there is none)."""

    parts: tuple[PartRow, ...]
    total: str
    whole_from: str
    whole_cost: str
    difference: str


@console.own_page("workbench/<int:order_id>/split/", name="workbench_split", seen_by=UseCase.ASSIGN, changed_by=UseCase.ASSIGN)
def workbench_split(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show how an order can be split; a POST shows what the typed parts would cost, or ships the order so."""
    order = Order.objects.filter(pk=order_id).select_related("seller", "store").first()
    if order is None or (request.method != "POST" and not may_choose(order)):
        return order_response(request, order_id)
    found = candidates_of(tenant_id=tenant_of(request), order_id=order_id, at=timezone.now())
    form = read_split(found=found, typed=request.POST)
    shown: dict[str, Any] = {"order": order, "seen": found.record_id, "form": form, "tried": request.method == "POST"}
    if request.method != "POST" or not form.is_sound:
        return _answer(request, status=UNPROCESSABLE if shown["tried"] else 200, **shown)
    try:
        if request.POST.get("step") == "split" and request.POST.get("looked_at") == form.stated:
            return _split(request, order_id, form)
        return _answer(request, preview=_preview(request, form, found), changed=request.POST.get("step") == "split", **shown)
    except OrderChanged as changed:
        return _refused(request, shown, status=CONFLICT, conflict=str(changed))
    except DomainError as fault:
        return _refused(request, shown, status=UNPROCESSABLE, fault=str(fault))


def _refused(request: HttpRequest, shown: dict[str, Any], *, status: int, **said: str) -> HttpResponse:
    """Return what was typed under why it was refused, or the order alone where nobody may choose for it any more."""
    if may_choose(shown["order"]):
        return _answer(request, status=status, **said, **shown)
    return order_response(request, shown["order"].pk, status=status, **said)


def _answer(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    typed = {"reason": request.POST.get("reason", "")[:MOST_REASON], "forced": "forced" in request.POST}
    return answer(request, "order", status=status, split=True, **typed, **context, **rights_of(request))


def _named(request: HttpRequest, order_id: int, form: SplitForm) -> dict[str, Any]:
    """Return what the services ask for. Raises AccessDenied where the visitor may not override limits but wants to."""
    forced = "forced" in request.POST
    if forced:
        require(seat=seat_inside(request), use_case=UseCase.OVERRIDE_LIMITS)
    return {
        "tenant_id": tenant_of(request),
        "order_id": order_id,
        "parts": form.parts,
        "actor": person_of(request),
        "forced": forced,
        "seen_record_id": number(request.POST.get("seen", "")),
        "at": timezone.now(),
    }


def _split(request: HttpRequest, order_id: int, form: SplitForm) -> HttpResponse:
    split_order(**_named(request, order_id, form), reason=request.POST.get("reason", "")[:MOST_REASON])
    response = order_response(request, order_id, said=_("The order ships in parts now. Press u to undo."))
    response["HX-Replace-Url"] = reverse("console:workbench_order", args=[order_id])
    return response


def _preview(request: HttpRequest, form: SplitForm, found: Candidates) -> Preview:
    told: Explanation = preview_split(**_named(request, found.order_id, form))
    whole = next((one for one in found.warehouses if one.blocked is None), None)
    dearer = None if whole is None or whole.cost_minor is None or told.cost_minor is None else told.cost_minor - whole.cost_minor
    return Preview(
        parts=tuple(part_row(part, told.currency) for part in told.parts),
        total=words.money(told.cost_minor, told.currency),
        whole_from=f"{whole.code} {whole.name}" if whole else "",
        whole_cost=words.money(whole.cost_minor, told.currency) if whole else "",
        difference="" if dearer is None else words.signed_money(dearer, told.currency),
    )
