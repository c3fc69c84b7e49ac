"""What the database must be for row security to hold, read from its catalog."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from orders.services import queue_orders
from tests.tenancy.test_isolation import TABLES
from tests.world import NOON, add_member, add_order, add_platform_user, add_seller, add_sku, add_store, add_tenant
from wms.tenancy.models import Role
from wms.tenancy.rls import DEFINER_ROLE, RUNTIME_ROLE
from wms.tenancy.selectors import OpenTenant, seats_of, tenants_open_to

pytestmark = pytest.mark.django_db

DEFINER_FUNCTIONS = {
    "api_key_seat",
    "every_tenant",
    "is_member_elsewhere",
    "memberships_of",
    "offers_to",
    "tenant_with_code",
    "tenants_open_to",
    "tenants_that_price_stock",
    "tenants_to_reoptimise",
    "tenants_with_exceptions",
    "tenants_with_exports",
    "tenants_with_ledger_to_keep",
    "tenants_with_live_accounts",
    "tenants_with_orders_ready",
    "tenants_with_orders_to_quote",
    "tenants_with_records_to_seal",
    "tenants_with_simulations",
    "warehouses_of_settings",
}
"""The only functions that look across tenants, or past what the persona may read."""


def column(sql: str, *parameters: Any) -> set[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return {row[0] for row in cursor.fetchall()}


def test_tests_run_as_the_role_that_production_runs_as() -> None:
    assert column("SELECT current_user") == {RUNTIME_ROLE}


def test_every_table_with_a_tenant_is_known_to_the_isolation_tests() -> None:
    with_a_tenant = column(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped "
        "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
    )

    assert with_a_tenant | {"tenancy_tenant"} == set(TABLES)


def test_every_tenant_table_forces_row_security_by_tenant_and_by_persona() -> None:
    forced = column("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    by_tenant = column("SELECT tablename FROM pg_policies WHERE permissive = 'PERMISSIVE' AND %s = ANY(roles)", RUNTIME_ROLE)
    by_persona = column("SELECT tablename FROM pg_policies WHERE permissive = 'RESTRICTIVE' AND %s = ANY(roles)", RUNTIME_ROLE)

    assert forced == set(TABLES)
    assert by_tenant == set(TABLES)
    assert by_persona == set(TABLES)


def test_the_runtime_role_has_one_permissive_policy_per_table_since_a_second_would_open_it() -> None:
    opened_twice = column(
        "SELECT tablename FROM pg_policies WHERE permissive = 'PERMISSIVE' AND (%s = ANY(roles) OR 'public' = ANY(roles)) "
        "GROUP BY 1 HAVING count(*) > 1",
        RUNTIME_ROLE,
    )

    assert not opened_twice


def test_the_runtime_role_owns_nothing_and_passes_no_row_security() -> None:
    assert column("SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = %s", RUNTIME_ROLE) == {
        False
    }
    assert not column("SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = %s", RUNTIME_ROLE)
    assert not column("SELECT rolname FROM pg_roles WHERE rolname <> %s AND pg_has_role(%s, oid, 'MEMBER')", RUNTIME_ROLE, RUNTIME_ROLE)


def test_the_role_that_looks_across_tenants_cannot_sign_in_nor_write() -> None:
    assert column("SELECT rolcanlogin OR rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", DEFINER_ROLE) == {False}
    assert not column(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
        "AND has_table_privilege(%s, oid, 'INSERT, UPDATE, DELETE, TRUNCATE')",
        DEFINER_ROLE,
    )


def test_only_the_listed_functions_run_with_another_role_s_rights() -> None:
    ours = "p.pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"

    assert column(f"SELECT proname FROM pg_proc p WHERE prosecdef AND {ours}") == DEFINER_FUNCTIONS
    assert column(f"SELECT pg_get_userbyid(proowner) FROM pg_proc p WHERE prosecdef AND {ours}") == {DEFINER_ROLE}
    assert column(f"SELECT proconfig::text FROM pg_proc p WHERE prosecdef AND {ours}") == {'{"search_path=public, pg_temp"}'}
    assert not column(f"SELECT proname FROM pg_proc p WHERE prosecdef AND {ours} AND has_function_privilege('public', oid, 'EXECUTE')")


def test_every_view_reads_with_the_rights_of_the_one_who_asks() -> None:
    assert not column(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND (relkind = 'm' OR relkind = 'v' "
        "AND NOT COALESCE('security_invoker=true' = ANY(reloptions) OR 'security_invoker=on' = ANY(reloptions), false))"
    )


def test_seats_are_those_of_the_person_who_asks() -> None:
    east, west = add_tenant(code="east"), add_tenant(code="west")
    seller = add_seller(tenant=west)
    ann = add_member(tenant=east, role=Role.ADMIN, username="ann")
    add_member(tenant=west, role=Role.SELLER, seller=seller, username="ann")
    add_member(tenant=east, role=Role.READ_ONLY, username="bob")

    assert [(seat.tenant_id, seat.role, seat.seller_id) for seat in seats_of(user_id=ann.pk)] == [
        (east.pk, "admin", None),
        (west.pk, "seller", seller.pk),
    ]


def test_a_person_may_choose_the_own_companies_and_platform_staff_all() -> None:
    east, west = add_tenant(code="east"), add_tenant(code="west")
    ann = add_member(tenant=east, role=Role.ADMIN)
    platform = add_platform_user()

    assert tenants_open_to(user_id=ann.pk) == (OpenTenant(tenant_id=east.pk, code="east", name="East"),)
    assert [tenant.tenant_id for tenant in tenants_open_to(user_id=platform.pk)] == [east.pk, west.pk]
    assert tenants_open_to(user_id=0) == ()


def test_platform_staff_who_were_sent_away_may_choose_nothing() -> None:
    add_tenant()
    platform = add_platform_user()
    platform.is_active = False
    platform.save()

    assert tenants_open_to(user_id=platform.pk) == ()


def test_who_has_orders_waiting_is_told_by_number_only() -> None:
    east, _ = add_tenant(code="east"), add_tenant(code="west")
    seller = add_seller(tenant=east)
    order = add_order(store=add_store(seller=seller), lines=[(add_sku(seller=seller), 1)])
    queue_orders(tenant_id=east.pk, order_ids=[order.pk], at=NOON)

    assert column("SELECT tenants_with_orders_ready()") == {east.pk}
    assert column("SELECT tenants_with_exceptions()") == set()
