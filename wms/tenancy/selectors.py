"""Which tenants a person may act for: the reads that happen before a tenant scope is open."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from wms.tenancy.access import PLATFORM, Seat


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTenant:
    """A tenant that a person may choose."""

    tenant_id: int
    code: str
    name: str


def seats_of(*, user_id: int) -> tuple[Seat, ...]:
    """Return the seats that a person has, by tenant id; one that was ended is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, role, seller_id, needs_second_factor FROM memberships_of(%s)", [user_id])
        found = cursor.fetchall()
    return tuple(Seat(tenant_id=tenant, role=role, seller_id=seller, needs_second_factor=needs) for tenant, role, seller, needs in found)


def tenants_open_to(*, user_id: int) -> tuple[OpenTenant, ...]:
    """Return the tenants that a person may choose from, by name: their memberships', and for platform staff all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, code, name FROM tenants_open_to(%s)", [user_id])
        return tuple(OpenTenant(tenant_id=tenant, code=code, name=name) for tenant, code, name in cursor.fetchall())


def every_tenant() -> dict[int, str]:
    """Return the code of each tenant by its number, for work that runs over all of them, each in its own scope."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, code FROM every_tenant()")
        return dict(cursor.fetchall())


def is_member_elsewhere(*, user_id: int) -> bool:
    """Return whether a person has a seat, or had one, in another company than the one whose scope is open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT is_member_elsewhere(%s)", [user_id])
        return bool(cursor.fetchone()[0])


def seat_for(*, user_id: int, is_superuser: bool, tenant_id: int | None) -> Seat | None:
    """Return the seat that a person takes, given the tenant they chose, or None while they have to choose one.

    Someone with a single membership needs no choice. Platform staff sit in a tenant only by choosing it.
    """
    seats = seats_of(user_id=user_id)
    chosen = next((seat for seat in seats if seat.tenant_id == tenant_id), None)
    if chosen is not None:
        return chosen
    if is_superuser:
        return None if tenant_id is None else Seat(tenant_id=tenant_id, role=PLATFORM)
    return seats[0] if len(seats) == 1 else None
