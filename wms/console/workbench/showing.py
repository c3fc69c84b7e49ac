"""What the workbench's addresses answer with: the list on the left and one order, as a whole page or the part that htmx asks for."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.candidates import candidates_of
from allocation.queues import MOST_SHOWN, Queue, Waiting, queue_of, queue_sizes
from inventory.models import Warehouse
from orders.models import Order
from orders.searching import FoundBy, find_orders
from wms.console.site import own_page_response
from wms.console.visit import covers, currency_of, tenant_of
from wms.console.workbench.rows import list_rows, order_panel
from wms.tenancy.access import UseCase

PAGE: Final = "console/workbench.html"
CONFLICT, UNPROCESSABLE = 409, 422


def answer(request: HttpRequest, part: str, *, status: int = 200, **context: Any) -> TemplateResponse:
    """Return a part of the workbench where htmx asks for it, else the whole page around it."""
    is_part = _is_partial(request)
    if part == "list" or not is_part:
        context = {**list_shown(request), **context}
    return own_page_response(request, f"{PAGE}#{part}" if is_part else PAGE, title=_("Workbench"), status=status, **context)


def _is_partial(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def person_of(request: HttpRequest) -> str:
    """Return the visitor's name as records keep it."""
    return str(request.user.get_username())


def number(text: str) -> int | None:
    """Return the number that a form carries, None where it carries none."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def list_shown(request: HttpRequest) -> dict[str, Any]:
    """Return the left side: the queues with their sizes, and the orders of one of them or of a search."""
    asked, at, person = request.GET, timezone.now(), person_of(request)
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
        "query": asked.urlencode(),
        "warehouses": Warehouse.objects.filter(active=True).order_by("code"),
        **rights_of(request),
    }


def rights_of(request: HttpRequest) -> dict[str, bool]:
    """Return what the templates ask of the visitor's role."""
    return {"may_assign": covers(request, UseCase.ASSIGN), "may_override": covers(request, UseCase.OVERRIDE_LIMITS)}


def order_response(
    request: HttpRequest, order_id: int, *, said: str = "", fault: str = "", conflict: str = "", status: int = 200
) -> TemplateResponse:
    """Return one order with its candidates as they are now, under what was done, why it was refused, or who was faster."""
    order = Order.objects.filter(pk=order_id).select_related("seller", "store").first()
    if order is None:
        return own_page_response(request, PAGE, title=_("Workbench"), **list_shown(request), status=404)
    found = candidates_of(tenant_id=tenant_of(request), order_id=order_id, at=timezone.now())
    words = {"said": said, "fault": fault, "conflict": conflict}
    return answer(request, "order", status=status, panel=order_panel(order=order, found=found), **words, **rights_of(request))


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
