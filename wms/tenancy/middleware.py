"""One tenant scope, and so one transaction, around each request of a signed-in person.

Stands after the session and authentication middleware. Sets `request.seat`, None for strangers, for people who have yet to
choose a tenant, and for those who have yet to set up the second factor that the tenant requires: their pages open no scope and
see no tenant's rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from wms.tenancy.access import Seat, UseCase
from wms.tenancy.audit import SESSION, note
from wms.tenancy.models import AuditVerb
from wms.tenancy.scope import acting_as, tenant_scope
from wms.tenancy.selectors import seat_for
from wms.tenancy.signing_in import factor_of

CHOSEN_TENANT = "tenant_id"
"""The session's key of the tenant that a person chose."""

FIRST_FAILURE = 500


class _RolledBack(Exception):
    """Carries the answer of a failed request out of its transaction."""

    def __init__(self, response: HttpResponseBase) -> None:
        self.response = response


class AfterTransaction(HttpResponse):
    """What a view returns whose work must not hold a transaction open, such as asking the internet.

    The request's transaction ends first; then the work is done, outside any scope, and what it returns is the answer.
    """

    def __init__(self, work: Callable[[], HttpResponseBase]) -> None:
        super().__init__()
        self.work = work


class TenantScopeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        seat = _find_seat(request)
        if seat is not None and seat.needs_second_factor and factor_of(request) is None:
            seat, request.is_held_back = None, True  # type: ignore[attr-defined]
        request.seat = seat  # type: ignore[attr-defined]
        if seat is None:
            return self.get_response(request)
        with acting_as(request.user.get_username()):
            try:
                with tenant_scope(tenant_id=seat.tenant_id, seller_id=seat.seller_id):
                    response = self._answer(request)
            except _RolledBack as failed:
                return failed.response
            if isinstance(response, AfterTransaction):
                return response.work()
        if response.streaming:
            _keep_scope_while_streaming(cast("StreamingHttpResponse", response), seat)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Note that the view failed: Django turns the exception into an answer before it could reach the transaction."""
        request.view_failed = True  # type: ignore[attr-defined]

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if getattr(request, "view_failed", False) or response.status_code >= FIRST_FAILURE:
            raise _RolledBack(response)
        return response


def seat_of(request: HttpRequest) -> Seat | None:
    """Return the seat of the person who asks, as the middleware found it."""
    seat: Seat | None = getattr(request, "seat", None)
    return seat


def is_held_back(request: HttpRequest) -> bool:
    """Return whether the person who asks has to set up a second factor before the seat is given."""
    return getattr(request, "is_held_back", False)


def choose_tenant(request: HttpRequest, *, tenant_id: int) -> None:
    """Keep the tenant that a person chose for the rest of the session; the tenant's audit log says who came in."""
    user = request.user
    seat = seat_for(user_id=user.pk or 0, is_superuser=user.is_superuser, tenant_id=tenant_id)
    if seat is not None:
        with tenant_scope(tenant_id=tenant_id, seller_id=seat.seller_id):
            door = UseCase.USE_PORTAL if seat.seller_id else UseCase.USE_CONSOLE
            note(use_case=door, verb=AuditVerb.CAME_IN, subject=SESSION, actor=user.get_username())
    request.session[CHOSEN_TENANT] = tenant_id


def _find_seat(request: HttpRequest) -> Seat | None:
    user = request.user
    if not user.is_authenticated:
        return None
    return seat_for(user_id=user.pk, is_superuser=user.is_superuser, tenant_id=request.session.get(CHOSEN_TENANT))


def _keep_scope_while_streaming(response: StreamingHttpResponse, seat: Seat) -> None:
    """Open the seat's scope again around the body: it is read after the request's transaction has ended."""
    if response.is_async:
        raise RuntimeError("an asynchronous stream would run outside its tenant scope")
    body = response.streaming_content

    def within_scope() -> Iterator[bytes]:
        with tenant_scope(tenant_id=seat.tenant_id, seller_id=seat.seller_id):
            yield from cast("Iterator[bytes]", body)

    response.streaming_content = within_scope()
