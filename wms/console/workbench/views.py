"""The addresses of the workbench: the page, one order, and many at once. Parts of it are fetched by htmx, all works without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.candidates import candidates_of
from allocation.errors import OrderChanged
from allocation.queues import MOST_SHOWN, Queue, Waiting, queue_of, queue_sizes
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
from orders.searching import FoundBy, find_orders
from wms.console import words
from wms.console.site import console, own_page_response
from wms.console.visit import covers, currency_of
from wms.console.workbench.rows import list_rows, order_panel
from wms.errors import DomainError
from wms.tenancy.access import UseCase, require
from wms.tenancy.middleware import seat_of

PAGE: Final = "console/workbench.html"
CONFLICT, UNPROCESSABLE = 409, 422


@console.own_page("workbench/", name="workbench", seen_by=UseCase.SEE_ORDERS)
def workbench(request: HttpRequest) -> HttpResponse:
    """Show a queue or what a search finds, and nothing opened."""
    if _is_partial(request):
        return own_page_response(request, f"{PAGE}#list", title="", **_list(request, request.GET))
    return own_page_response(request, PAGE, title=_("Workbench"), **_list(request, request.GET))


@console.own_page("exceptions/", name="exceptions", seen_by=UseCase.SEE_ORDERS)
def exceptions(request: HttpRequest) -> HttpResponse:
    """Lead to the queue of exceptions in the workbench."""
    return redirect(f"{reverse('console:workbench')}?queue={Queue.EXCEPTIONS}")


@console.own_page("workbench/<int:order_id>/", name="workbench_order", seen_by=UseCase.SEE_ORDERS, changed_by=UseCase.ASSIGN)
def workbench_order(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show one order with its candidates; a POST does to it what the pressed button says and shows how it stands then."""
    said, status = "", 200
    if request.method == "POST":
        try:
            said = _act(request, order_id)
        except OrderChanged as changed:
            return _order_response(request, order_id, conflict=str(changed), status=CONFLICT)
        except DomainError as fault:
            return _order_response(request, order_id, fault=str(fault), status=UNPROCESSABLE)
    return _order_response(request, order_id, said=said, status=status)


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
    if _is_partial(request):
        return own_page_response(request, f"{PAGE}#bulk", title="", **context)
    return own_page_response(request, PAGE, title=_("Workbench"), **_list(request, request.GET), **context)


def _is_partial(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def _person(request: HttpRequest) -> str:
    return str(request.user.get_username())


def _list(request: HttpRequest, asked: QueryDict) -> dict[str, Any]:
    """Return the left side: the queues with their sizes, and the orders of one of them or of a search."""
    seat, at, person = seat_of(request), timezone.now(), _person(request)
    assert seat is not None
    text, way = asked.get("q", "").strip()[:64], asked.get("by", "")
    by = FoundBy(way) if way in list(FoundBy) else None
    name = asked.get("queue", "")
    queue = Queue(name) if name in list(Queue) else Queue.EXCEPTIONS
    since: dict[int, Any] = {}
    more = ""
    if text:
        order_ids = find_orders(text=text, by=by)
    else:
        waiting = queue_of(queue=queue, person=person, at=at, after=_after(asked.get("after", "")))
        since = {one.order_id: one.since for one in waiting}
        order_ids = tuple(since)
        more = f"{waiting[-1].since.isoformat()}~{waiting[-1].order_id}" if len(waiting) == MOST_SHOWN else ""
    return {
        "rows": list_rows(order_ids=order_ids, since=since, currency=currency_of(request), at=at),
        "text": text,
        "by": way,
        "ways": _ways(),
        "queue": "" if text else queue.value,
        "queues": _queues(person, at),
        "more": more,
        "warehouses": Warehouse.objects.filter(active=True).order_by("code"),
        "may_assign": covers(request, UseCase.ASSIGN),
        "may_override": covers(request, UseCase.OVERRIDE_LIMITS),
    }


def _after(text: str) -> Waiting | None:
    """Return the last order of the page before, as the address carries it."""
    since, _tilde, order_id = text.partition("~")
    try:
        return Waiting(int(order_id), datetime.fromisoformat(since)) if order_id else None
    except ValueError:
        return None


def _ways() -> list[tuple[str, str]]:
    return [
        ("", _("anything")),
        (FoundBy.NUMBER.value, _("order number")),
        (FoundBy.LAST_DIGITS.value, _("last digits")),
        (FoundBy.POSTCODE.value, _("postcode")),
        (FoundBy.SELLER.value, _("seller")),
        (FoundBy.SKU.value, _("SKU")),
    ]


def _queues(person: str, at: Any) -> list[tuple[str, str, str]]:
    names = {
        Queue.EXCEPTIONS: _("Exceptions"),
        Queue.OVERDUE: _("Overdue"),
        Queue.REVIEW: _("In review"),
        Queue.MINE: _("Mine"),
    }
    sizes = queue_sizes(person=person, at=at)
    return [(queue.value, name, str(sizes[queue]) if sizes[queue] <= 999 else "999+") for queue, name in names.items()]


def _order_response(
    request: HttpRequest, order_id: int, *, said: str = "", fault: str = "", conflict: str = "", status: int = 200
) -> HttpResponse:
    seat, at = seat_of(request), timezone.now()
    assert seat is not None
    order = Order.objects.filter(pk=order_id).select_related("seller", "store").first()
    if order is None:
        return own_page_response(request, PAGE, title=_("Workbench"), **_list(request, request.GET), status=404)
    found = candidates_of(tenant_id=seat.tenant_id, order_id=order_id, at=at)
    context = {
        "panel": order_panel(order=order, found=found),
        "said": said,
        "fault": fault,
        "conflict": conflict,
        "may_assign": covers(request, UseCase.ASSIGN),
        "may_override": covers(request, UseCase.OVERRIDE_LIMITS),
    }
    if _is_partial(request):
        return own_page_response(request, f"{PAGE}#order", title="", status=status, **context)
    return own_page_response(request, PAGE, title=_("Workbench"), status=status, **{**_list(request, request.GET), **context})


def _act(request: HttpRequest, order_id: int) -> str:
    """Do what the pressed button says; return what was done in words."""
    seat, data = seat_of(request), request.POST
    assert seat is not None
    named: dict[str, Any] = {"tenant_id": seat.tenant_id, "order_id": order_id, "actor": _person(request), "at": timezone.now()}
    seen = _number(data.get("seen", ""))
    if _number(data.get("choose", "")) is not None or _number(data.get("force", "")) is not None:
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
    forced = _number(data.get("force", ""))
    if forced is not None:
        require(seat=seat_of(request), use_case=UseCase.OVERRIDE_LIMITS)
    warehouse_id = forced if forced is not None else _number(data.get("choose", ""))
    assert warehouse_id is not None
    assign_order(
        **named,
        warehouse_id=warehouse_id,
        channel_id=_number(data.get(f"channel-{warehouse_id}", "")),
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
    seat, data, step = seat_of(request), request.POST, request.POST.get("step")
    assert seat is not None
    ticked = [part.partition(":") for part in data.getlist("ticked")]
    chosen = [Chosen(int(order_id), _number(seen)) for order_id, _colon, seen in ticked if order_id.isdecimal()]
    named: dict[str, Any] = {"tenant_id": seat.tenant_id, "chosen": chosen, "actor": _person(request), "at": timezone.now()}
    if step == "undo" and chosen:
        return _moves_shown(request, undo_assignments(**named, partly="partly" in data), taken_back=True)
    warehouse_id, forced = _number(data.get("warehouse", "")), "forced" in data
    if not chosen or warehouse_id is None:
        return {"fault": _("Tick some orders and choose a warehouse.")}
    if forced:
        require(seat=seat, use_case=UseCase.OVERRIDE_LIMITS)
    named |= {"warehouse_id": warehouse_id, "forced": forced}
    if step == "move":
        return _moves_shown(request, assign_orders(**named, reason=data.get("reason", "")[:160], partly="partly" in data))
    return _moves_shown(request, preview_assignments(**named)) | {"bulk_forced": forced}


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


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None
