"""The portal's door: who gets in, and what every page of it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from wms.tenancy.access import Seat, UseCase, may
from wms.tenancy.middleware import is_held_back, seat_of
from wms.tenancy.models import Seller, Tenant

type View = Callable[..., HttpResponseBase]


def portal_page(use_case: UseCase, *methods: str) -> Callable[[View], View]:
    """Return a decorator that lets in sellers' people whose role covers the use case; others sign in, choose, or are told no."""

    def decorate(view: View) -> View:
        @never_cache
        @require_http_methods(methods or ("GET", "HEAD"))
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), reverse("portal:sign_in"))
            seat = seat_of(request)
            if seat is None:
                return redirect("portal:security" if is_held_back(request) else "portal:company")
            if not (may(role=seat.role, use_case=UseCase.USE_PORTAL) and may(role=seat.role, use_case=use_case)):
                return render(request, "portal/closed.html", status=403)
            with timezone.override(ZoneInfo(company_of(request).timezone)):
                return view(request, *args, **kwargs)

        return guarded

    return decorate


def seller_seat(request: HttpRequest) -> Seat:
    """Return the seat of the person who is inside."""
    seat = seat_of(request)
    assert seat is not None
    assert seat.seller_id is not None
    return seat


def person_id(request: HttpRequest) -> int:
    """Return the number of the person who is inside."""
    number = request.user.pk
    assert number is not None
    return int(number)


def company_of(request: HttpRequest) -> Tenant:
    """Return the company whose warehouses the seller uses, read once for the request."""
    if not hasattr(request, "portal_company"):
        request.portal_company = Tenant.objects.get()  # type: ignore[attr-defined]
    company: Tenant = request.portal_company  # type: ignore[attr-defined]
    return company


def show(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a page inside the portal's frame."""
    frame = {"company": company_of(request), "seller": Seller.objects.get(), "here": template.removeprefix("portal/").removesuffix(".html")}
    return render(request, template, {**frame, **context}, status=status)
