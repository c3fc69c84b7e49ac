"""The pages of a seller's orders."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse

from orders.models import STATE_NAMES, Order
from wms.portal.door import company_of, portal_page, seller_seat, show
from wms.portal.order_list import Key, OrderFilter, order_page
from wms.portal.order_story import order_story
from wms.tenancy.access import UseCase


@portal_page(UseCase.SEE_ORDERS)
def orders(request: HttpRequest) -> HttpResponse:
    """List the orders, filtered by state, number and day."""
    seat, wanted = seller_seat(request), OrderFilter.of(request.GET)
    before = Key.read(request.GET.get("before", ""))
    page = order_page(seller_id=seat.seller_id or 0, wanted=wanted, before=before, currency=company_of(request).currency)
    older = urlencode({**wanted.said(), "before": page.older}) if page.older else ""
    newest = urlencode(wanted.said()) if before else None
    context = {"page": page, "wanted": wanted, "said": wanted.said(), "older": older, "newest": newest, "states": STATE_NAMES}
    return show(request, "portal/orders.html", context)


@portal_page(UseCase.SEE_ORDERS)
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show one order, what ships it, and why from there."""
    found = Order.objects.select_related("store").filter(pk=order_id).first()
    if found is None:
        raise Http404
    return show(request, "portal/order.html", {"story": order_story(order=found, currency=company_of(request).currency)})
