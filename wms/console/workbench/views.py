"""The addresses of the workbench: the page, one order, and many at once. Parts of it are fetched by htmx, all works without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.core.live import LiveAnswer
from allocation.errors import BulkReasonMissing, OrderChanged, PriceChanged
from allocation.queues import Queue
from allocation.quoting.asking import ask_about_order
from allocation.services import (
    Chosen,
    Moves,
    assign_order,
    assign_orders,
    exclude_order,
    fix_address,
    hold_order,
    include_order,
    preview_assignments,
    resume_order,
    undo_assignment,
    undo_assignments,
)
from inventory.models import Warehouse
from orders.addresses import NewAddress
from orders.models import Order
from wms.console import words
from wms.console.site import after_transaction, console
from wms.console.visit import currency_of, seat_inside, tenant_of
from wms.console.workbench.showing import CONFLICT, UNPROCESSABLE, answer, number, order_response, person_of
from wms.errors import DomainError
from wms.tenancy.access import UseCase, require


@console.own_page("workbench/", name="workbench", seen_by=UseCase.SEE_ORDERS)
def workbench(request: HttpRequest) -> HttpResponse:
    """Show a queue or what a search finds, and nothing opened."""
    return answer(request, "list")


@console.own_page("exceptions/", name="exceptions", seen_by=UseCase.SEE_ORDERS)
def exceptions(request: HttpRequest) -> HttpResponse:
    """Lead to the queue of exceptions in the workbench."""
    return redirect(f"{reverse('console:workbench')}?queue={Queue.EXCEPTIONS}")


@console.own_page("workbench/<int:order_id>/", name="workbench_order", seen_by=UseCase.SEE_ORDERS, changed_by=UseCase.ASSIGN)
def workbench_order(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show one order with its candidates; a POST does to it what the pressed button says and shows how it stands then.

    Carriers are asked once the request's transaction has ended.
    """
    said, status = "", 200
    if request.method == "POST" and request.POST.get("act") == "ask":
        return _ask(request, order_id)
    if request.method == "POST":
        try:
            said = _act(request, order_id)
        except (OrderChanged, PriceChanged) as changed:
            return order_response(request, order_id, conflict=str(changed), status=CONFLICT)
        except DomainError as fault:
            return order_response(request, order_id, fault=str(fault), status=UNPROCESSABLE)
    return order_response(request, order_id, said=said, status=status)


@console.own_page("workbench/bulk/", name="workbench_bulk", seen_by=UseCase.ASSIGN, changed_by=UseCase.ASSIGN)
def workbench_bulk(request: HttpRequest) -> HttpResponse:
    """Show what moving the ticked orders to one warehouse would do, move them, or take a move back as a whole."""
    if request.method != "POST":
        return redirect("console:workbench")
    context: dict[str, Any] = {"bulk_warehouse": request.POST.get("warehouse", ""), "ticked": request.POST.getlist("ticked")}
    try:
        context |= _move_all(request)
    except DomainError as fault:
        context |= {"fault": str(fault)}
    return answer(request, "bulk", **context)


def _ask(request: HttpRequest, order_id: int) -> HttpResponse:
    if not Order.objects.filter(pk=order_id).exists():
        return order_response(request, order_id)
    work = partial(ask_about_order, tenant_id=tenant_of(request), order_id=order_id, at=timezone.now())
    return after_transaction(request, work, lambda answers: order_response(request, order_id, said=_what_was_said(answers)))


def _what_was_said(answers: Sequence[LiveAnswer]) -> str:
    priced = sum(answer.amount_minor is not None for answer in answers)
    return _("Carriers were asked: %(priced)s of %(asked)s gave a price.") % {"priced": priced, "asked": len(answers)}


def _act(request: HttpRequest, order_id: int) -> str:
    """Do what the pressed button says; return what was done in words."""
    data = request.POST
    named: dict[str, Any] = {"tenant_id": tenant_of(request), "order_id": order_id, "actor": person_of(request), "at": timezone.now()}
    seen = number(data.get("seen", ""))
    if number(data.get("choose", "")) is not None or number(data.get("force", "")) is not None:
        return _choose(request, named, seen)
    act = data.get("act", "")
    if act == "fix":
        fix_address(**named, address=_address(data), reason=data.get("reason", ""), seen_record_id=seen)
        return _("The address was corrected.")
    if act in _WITHOUT_SIGHT:
        use_case, said = _WITHOUT_SIGHT[act]
        use_case(**named)
    elif act in _WITH_SIGHT:
        use_case, said = _WITH_SIGHT[act]
        use_case(**named, seen_record_id=seen)
    else:
        return ""
    return said()


def _choose(request: HttpRequest, named: dict[str, Any], seen: int | None) -> str:
    data = request.POST
    forced = number(data.get("force", ""))
    if forced is not None:
        require(seat=seat_inside(request), use_case=UseCase.OVERRIDE_LIMITS)
    warehouse_id = forced if forced is not None else number(data.get("choose", ""))
    assert warehouse_id is not None
    channel_id, _colon, cost = data.get(f"channel-{warehouse_id}", "").partition(":")
    assign_order(
        **named,
        warehouse_id=warehouse_id,
        channel_id=number(channel_id),
        seen_cost_minor=number(cost),
        reason=data.get("reason", "")[:160],
        forced=forced is not None,
        seen_record_id=seen,
    )
    warehouse = Warehouse.objects.get(pk=warehouse_id)
    return _("Assigned to %(warehouse)s. Press u to undo.") % {"warehouse": warehouse.code}


_WITH_SIGHT: Final[dict[str, tuple[Callable[..., Any], Callable[[], str]]]] = {
    "undo": (undo_assignment, lambda: _("The assignment was undone.")),
    "hold": (hold_order, lambda: _("The order is held for review.")),
    "resume": (resume_order, lambda: _("The order waits for a decision again.")),
}
_WITHOUT_SIGHT: Final[dict[str, tuple[Callable[..., Any], Callable[[], str]]]] = {
    "exclude": (exclude_order, lambda: _("Automation leaves this order alone.")),
    "include": (include_order, lambda: _("Automation may decide this order again.")),
}


def _address(data: QueryDict) -> NewAddress:
    texts = {name: data.get(name, "").strip() for name in ("country", "postcode", "state_code", "city", "address", "recipient")}
    return NewAddress(**texts, residential="residential" in data)


def _move_all(request: HttpRequest) -> dict[str, Any]:
    seat, data, step = seat_inside(request), request.POST, request.POST.get("step")
    ticked = [part.partition(":") for part in data.getlist("ticked")]
    chosen = [Chosen(int(order_id), number(seen)) for order_id, _colon, seen in ticked if order_id.isdecimal()]
    named: dict[str, Any] = {"tenant_id": seat.tenant_id, "chosen": chosen, "actor": person_of(request), "at": timezone.now()}
    if step == "undo" and chosen:
        return _moves_shown(request, undo_assignments(**named, partly="partly" in data), taken_back=True)
    warehouse_id, forced = number(data.get("warehouse", "")), "forced" in data
    if not chosen or warehouse_id is None:
        return {"fault": _("Tick some orders and choose a warehouse.")}
    if forced:
        require(seat=seat, use_case=UseCase.OVERRIDE_LIMITS)
    named |= {"warehouse_id": warehouse_id, "forced": forced}
    shown: dict[str, Any] = {"bulk_forced": forced}
    if step == "move":
        try:
            return _moves_shown(request, assign_orders(**named, reason=data.get("reason", "")[:160], partly="partly" in data))
        except BulkReasonMissing as fault:
            shown["fault"] = str(fault)
    return shown | _moves_shown(request, preview_assignments(**named))


def _moves_shown(request: HttpRequest, moves: Moves, *, taken_back: bool = False) -> dict[str, Any]:
    currency = currency_of(request)
    return {
        "moves": moves,
        "moved": len(moves.outcomes) - moves.faults if moves.done else 0,
        "taken_back": taken_back,
        "undo": [f"{one.order_id}:{one.record_id}" for one in moves.outcomes if one.record_id is not None and not taken_back],
        "bulk_total": words.money(moves.dearer_minor, currency),
        "outcomes": [
            (
                one.number,
                one.warehouse_before or "–",
                words.money(one.cost_before_minor, currency),
                words.money(one.cost_after_minor, currency),
                words.money(one.dearer_minor, currency),
                str(one.fault) if one.fault else "",
            )
            for one in moves.outcomes
        ],
    }
