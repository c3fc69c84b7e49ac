"""A seller's API keys: made, shown once, revoked."""

from __future__ import annotations

import contextlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from wms.errors import DomainError
from wms.portal.door import portal_page, seller_seat, show
from wms.tenancy.access import UseCase
from wms.tenancy.keys import KeyUnknown, create_api_key, revoke_api_key
from wms.tenancy.models import ApiKey, Role


@portal_page(UseCase.USE_PORTAL, "GET", "HEAD", "POST")
def keys(request: HttpRequest) -> HttpResponse:
    """List the keys; make one, and show its secret this once."""
    secret = refusal = ""
    seat = seller_seat(request)
    if request.method == "POST":
        try:
            made = create_api_key(
                seat=seat,
                role=Role.SELLER,
                name=request.POST.get("name", ""),
                created_by=request.user.get_username(),
                at=timezone.now(),
            )
            secret = made.secret
        except DomainError as refused:
            refusal = str(refused)
    found = ApiKey.objects.filter(seller_id=seat.seller_id).order_by("revoked_at", "-pk")
    return show(request, "portal/keys.html", {"keys": found, "secret": secret, "refusal": refusal})


@portal_page(UseCase.USE_PORTAL, "POST")
def revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    """End a key; one that is unknown or revoked already stays as it is."""
    with contextlib.suppress(KeyUnknown):
        revoke_api_key(seat=seller_seat(request), key_id=key_id, at=timezone.now())
    return redirect("portal:keys")
