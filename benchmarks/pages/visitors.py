"""The people who look at the benchmark's pages."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from wms.tenancy.models import Membership, Role, Seller
from wms.tenancy.scope import tenant_scope

TENANT = 1


def person_of(role: Role) -> User:
    """Return the one person of a role, a seller's for the first seller."""
    user, is_new = User.objects.get_or_create(username=f"bench-{role}")
    if is_new:
        with tenant_scope(tenant_id=TENANT):
            seller = Seller.objects.order_by("pk").first() if role == Role.SELLER else None
            Membership.objects.create(tenant_id=TENANT, user=user, role=role, seller=seller)
    return user


def signed_in(role: Role) -> Client:
    """Return a client in whose session the person of a role is signed in."""
    client = Client(headers={"Accept-Language": "zh-CN"})
    client.force_login(person_of(role))
    return client


def session_of(client: Client) -> str:
    """Return the key of the client's session."""
    return client.cookies[settings.SESSION_COOKIE_NAME].value
