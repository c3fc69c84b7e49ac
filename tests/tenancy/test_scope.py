"""Scopes nest, restore, and leave nothing behind."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.world import add_seller, add_tenant
from wms.tenancy.models import Seller, Tenant
from wms.tenancy.scope import Scope, ScopeMissing, current_scope, tenant_scope


class Failure(Exception):
    """What goes wrong inside a scope."""


def sellers() -> list[str]:
    """Return the visible sellers by raw SQL, which asks no scope of ours."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM tenancy_seller ORDER BY code")
        return [code for (code,) in cursor.fetchall()]


@pytest.mark.django_db
def test_a_nested_scope_gives_the_outer_one_back() -> None:
    east, west = add_tenant(code="east"), add_tenant(code="west")
    lumen, _ = add_seller(tenant=east, code="lumen"), add_seller(tenant=east, code="orchid")
    add_seller(tenant=west, code="mango")

    with tenant_scope(tenant_id=east.pk):
        assert sellers() == ["lumen", "orchid"]
        with tenant_scope(tenant_id=west.pk):
            assert sellers() == ["mango"]
            with tenant_scope(tenant_id=east.pk, seller_id=lumen.pk):
                assert sellers() == ["lumen"]
            assert sellers() == ["mango"]
        assert sellers() == ["lumen", "orchid"]
        assert current_scope() == Scope(east.pk)
    assert sellers() == []
    assert current_scope() is None


@pytest.mark.django_db
def test_a_failure_inside_gives_the_outer_scope_back_and_undoes_its_writes() -> None:
    east, west = add_tenant(code="east"), add_tenant(code="west")

    with tenant_scope(tenant_id=east.pk):
        with pytest.raises(Failure):
            _add_and_fail(west)
        add_seller(tenant=east, code="lumen")
        assert sellers() == ["lumen"]
    with tenant_scope(tenant_id=west.pk):
        assert sellers() == []


@pytest.mark.django_db
def test_a_model_of_a_tenant_is_not_asked_outside_a_scope() -> None:
    with pytest.raises(ScopeMissing):
        Seller.objects.all()


@pytest.mark.usefixtures("committed_db")
def test_the_settings_end_with_the_transaction_so_that_a_pooled_connection_carries_nothing_over() -> None:
    east = add_tenant(code="east")
    add_seller(tenant=east, code="lumen")
    backend = _backend()

    with tenant_scope(tenant_id=east.pk):
        assert sellers() == ["lumen"]

    assert _backend() == backend
    assert sellers() == []
    with pytest.raises(Failure):
        _add_and_fail(east)
    assert sellers() == []


def _add_and_fail(tenant: Tenant) -> None:
    with tenant_scope(tenant_id=tenant.pk):
        add_seller(tenant=tenant, code="ghost")
        raise Failure


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid: int = cursor.fetchone()[0]
        return pid
