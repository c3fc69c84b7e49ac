"""Who visits a page of the console, and for which company."""

from __future__ import annotations

from django.http import HttpRequest

from wms.tenancy.access import Seat, UseCase, may
from wms.tenancy.middleware import seat_of
from wms.tenancy.models import Tenant
from wms.tenancy.scope import current_scope


def covers(request: HttpRequest, use_case: UseCase | None) -> bool:
    """Return whether the visitor's seat covers the use case; None is covered by nobody's."""
    seat = seat_of(request)
    return use_case is not None and seat is not None and may(role=seat.role, use_case=use_case)


def company_of(request: HttpRequest) -> Tenant | None:
    """Return the company whose scope is open, read once for the request."""
    if current_scope() is None:
        return None
    if not hasattr(request, "company"):
        request.company = Tenant.objects.first()  # type: ignore[attr-defined]
    company: Tenant | None = request.company  # type: ignore[attr-defined]
    return company


def currency_of(request: HttpRequest) -> str:
    """Return the currency in which the company's costs are landed."""
    company = company_of(request)
    return company.currency if company else ""


def seat_inside(request: HttpRequest) -> Seat:
    """Return the visitor's seat; whoever is behind the door has one."""
    seat = seat_of(request)
    assert seat is not None
    return seat


def tenant_of(request: HttpRequest) -> int:
    """Return the id of the company in whose seat the visitor sits; a page behind the door has one."""
    return seat_inside(request).tenant_id
