"""No row of another tenant, nor another seller's, is read, counted or written: every tenant table × persona × verb.

The tables come from the models and are held against the catalog, so that a table without a seal, or without rows here,
fails. Everything runs as the runtime role, through raw SQL, which no manager of ours could narrow, and through the ORM.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from pytest_django import DjangoDbBlocker

from tests.tenancy.everything import Company, add_company_with_everything
from wms.tenancy.models import Tenant, TenantModel
from wms.tenancy.scope import ScopeMissing, tenant_scope

TABLES: dict[str, type[models.Model]] = {
    model._meta.db_table: model for model in apps.get_models() if issubclass(model, TenantModel) or model is Tenant
}

READ, OWN = "every seller reads it, none writes", "a seller reads the own rows, and writes them as SELLERS_WRITE says"
OPEN_TO_SELLERS = {
    "tenancy_tenant": READ,
    "tenancy_seller": OWN,
    "tenancy_apikey": OWN,
    "tenancy_auditentry": OWN,
    "inventory_warehouse": READ,
    "inventory_sku": OWN,
    "inventory_stock": OWN,
    "inventory_reservation": OWN,
    "inventory_stockmovement": OWN,
    "orders_store": OWN,
    "orders_order": OWN,
    "orders_orderline": OWN,
    "orders_queuedorder": OWN,
    "carriers_carrier": READ,
    "carriers_channel": READ,
    "allocation_record": OWN,
    "allocation_shipment": OWN,
    "allocation_orderexception": OWN,
    "exports_exportjob": OWN,
    "exports_exportpart": OWN,
    "allocation_addresscorrection": OWN,
}
"""Tables that sellers may open; all others are closed to them."""

SELLERS_WRITE = {
    "tenancy_apikey": {"INSERT", "UPDATE"},
    "tenancy_auditentry": {"INSERT"},
    "inventory_sku": {"INSERT", "UPDATE"},
    "orders_order": {"INSERT"},
    "orders_orderline": {"INSERT"},
    "orders_queuedorder": {"INSERT"},
    "exports_exportjob": {"INSERT", "UPDATE"},
}
"""The verbs by which a seller writes the own rows; there are no others (see wms.tenancy.rls.sellers_write)."""

REFUSED = {"42501", "23001"}
"""SQLSTATE of a row or verb that is not allowed, and of a row that is written once."""

WRITTEN_ONCE = {
    "allocation_addresscorrection",
    "allocation_record",
    "allocation_recordseal",
    "allocation_settingsversion",
    "allocation_strategyversion",
    "billing_invoice",
    "carriers_arealist",
    "carriers_zonechart",
    "inventory_stockmovement",
    "tenancy_auditentry",
}
"""Tables whose rows nobody changes or removes, not even their owner."""

UNREACHED_KEYS = {
    ("inventory_reservation", "seller_id"),
    ("inventory_reservation", "warehouse_id"),
    ("allocation_record", "seller_id"),
    ("allocation_record", "settings_version_id"),
    ("allocation_record", "warehouse_id"),
    ("allocation_record", "channel_id"),
    ("allocation_shipment", "seller_id"),
    ("allocation_shipment", "order_id"),
    ("allocation_shipment", "warehouse_id"),
    ("allocation_shipment", "channel_id"),
    ("allocation_shipment", "rate_card_id"),
    ("allocation_orderexception", "seller_id"),
    ("orders_orderline", "seller_id"),
    ("orders_queuedorder", "seller_id"),
}
"""Columns without a foreign key in the database, for the speed of the writes of a decision. A number in them opens no row."""


@dataclass(frozen=True, slots=True)
class World:
    """Two companies, and the key of each row with the seller that it belongs to (None: to no seller)."""

    ours: Company
    theirs: Company
    our_rows: dict[str, dict[Any, int | None]]
    their_rows: dict[str, dict[Any, int | None]]

    def scope(self, persona: str) -> AbstractContextManager[Any]:
        us = self.ours.tenant.pk
        match persona:
            case "nobody":
                return nullcontext()
            case "staff":
                return tenant_scope(tenant_id=us)
            case "stranger":
                return tenant_scope(tenant_id=self.theirs.tenant.pk)
            case _:
                return tenant_scope(tenant_id=us, seller_id=self.seller(persona))

    def seller(self, persona: str) -> int:
        return self.ours.sellers[0 if persona == "seller one" else 1].pk

    def readable(self, table: str, persona: str) -> set[Any]:
        """Return the keys that a persona should read, by the table above."""
        match persona:
            case "nobody":
                return set()
            case "staff":
                return set(self.our_rows[table])
            case "stranger":
                return set(self.their_rows[table])
        if OPEN_TO_SELLERS.get(table) == READ:
            return set(self.our_rows[table])
        if OPEN_TO_SELLERS.get(table) == OWN:
            return {key for key, owner in self.our_rows[table].items() if owner == self.seller(persona)}
        return set()

    def out_of_reach(self, table: str, persona: str) -> list[Any]:
        """Return the keys that a persona must not write."""
        everything = set(self.our_rows[table]) | set(self.their_rows[table])
        writes_nothing = persona.startswith("seller") and "UPDATE" not in SELLERS_WRITE.get(table, ())
        return sorted(everything if writes_nothing else everything - self.readable(table, persona))


PERSONAS = ("nobody", "staff", "stranger", "seller one", "seller two")
every_table = pytest.mark.parametrize("table", sorted(TABLES))
every_persona = pytest.mark.parametrize("persona", PERSONAS)


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Fill two companies once; nothing of it is committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        ours, theirs = add_company_with_everything(code="ours"), add_company_with_everything(code="theirs")
        yield World(ours, theirs, rows_of(ours), rows_of(theirs))
        transaction.set_rollback(True)


@pytest.fixture
def world(filled: World) -> Iterator[World]:
    with transaction.atomic():
        yield filled
        transaction.set_rollback(True)


def query(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def outcome(sql: str, *parameters: Any) -> str | set[Any]:
    """Return the first column of what a statement touched, or the SQLSTATE of its refusal."""
    try:
        with transaction.atomic():
            return {row[0] for row in query(sql, *parameters)}
    except DatabaseError as refused:
        return state_of(refused)


def state_of(refused: DatabaseError) -> str:
    return str(getattr(refused.__cause__, "sqlstate", ""))


def key_of(table: str) -> str:
    return str(TABLES[table]._meta.pk.column)


def tenant_column(table: str) -> str:
    return "id" if table == "tenancy_tenant" else "tenant_id"


def rows_of(company: Company) -> dict[str, dict[Any, int | None]]:
    """Return the keys and owners of a company's rows in every table, as its staff reads them."""
    rows: dict[str, dict[Any, int | None]] = {}
    with tenant_scope(tenant_id=company.tenant.pk):
        for table, model in TABLES.items():
            columns = {field.column for field in model._meta.concrete_fields}
            owner = "id" if table == "tenancy_seller" else "seller_id" if "seller_id" in columns else "NULL::bigint"
            own = f"WHERE {tenant_column(table)} = {company.tenant.pk}"
            rows[table] = dict(query(f"SELECT {key_of(table)}, {owner} FROM {table} {own}"))
    return rows


def copy_of(world: World, table: str, **changes: Any) -> dict[str, Any]:
    """Return one of our rows as JSON, under a key of its own."""
    key = key_of(table)
    with world.scope("staff"):
        row: dict[str, Any] = json.loads(query(f"SELECT to_jsonb(t) FROM {table} t ORDER BY {key} LIMIT 1")[0][0])
    return {**row, key: row[key] + 1_000_000_000, **changes}


def insert(table: str, row: dict[str, Any]) -> str | set[Any]:
    columns = ", ".join(str(field.column) for field in TABLES[table]._meta.concrete_fields)
    record = f"jsonb_populate_record(NULL::{table}, %s)"
    return outcome(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {record} RETURNING 1", json.dumps(row))


@every_table
def test_there_are_rows_of_both_companies_and_of_both_sellers_to_be_hidden(world: World, table: str) -> None:
    ours, theirs = world.our_rows[table], world.their_rows[table]

    assert ours
    assert theirs
    assert not ours.keys() & theirs.keys()
    if OPEN_TO_SELLERS.get(table) == OWN:
        assert {world.seller("seller one"), world.seller("seller two")} <= set(ours.values())


@every_table
@every_persona
def test_reads_exactly_the_rows_that_are_open(world: World, table: str, persona: str) -> None:
    expected = world.readable(table, persona)
    with world.scope(persona):
        assert outcome(f"SELECT {key_of(table)} FROM {table}") == expected
        assert query(f"SELECT count(*) FROM {table}") == [(len(expected),)]


@every_table
@every_persona
def test_the_orm_reads_exactly_the_same_and_refuses_without_a_scope(world: World, table: str, persona: str) -> None:
    rows = TABLES[table]._default_manager
    expected = world.readable(table, persona)
    with world.scope(persona):
        if persona == "nobody" and table != "tenancy_tenant":
            with pytest.raises(ScopeMissing):
                rows.count()
            return
        assert set(rows.values_list("pk", flat=True)) == expected
        assert rows.count() == len(expected)
        assert not rows.filter(pk__in=world.out_of_reach(table, "staff")).exists() or persona == "stranger"


@every_table
@every_persona
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_changes_and_removes_nothing_out_of_reach(world: World, table: str, persona: str, verb: str) -> None:
    key, hidden = key_of(table), world.out_of_reach(table, persona)
    statement = f"UPDATE {table} SET {key} = {key}" if verb == "UPDATE" else f"DELETE FROM {table}"
    with world.scope(persona):
        touched = outcome(f"{statement} WHERE {key} = ANY(%s) RETURNING {key}", hidden)
        assert touched in (set(), "42501")


@every_table
@every_persona
def test_the_orm_changes_and_removes_nothing_out_of_reach(world: World, table: str, persona: str) -> None:
    hidden = world.out_of_reach(table, persona)
    field = next(field for field in TABLES[table]._meta.concrete_fields if not field.primary_key)
    with world.scope(persona):
        if persona == "nobody" and table != "tenancy_tenant":
            with pytest.raises(ScopeMissing):
                TABLES[table]._default_manager.filter(pk__in=hidden)
            return
        rows = TABLES[table]._default_manager.filter(pk__in=hidden)
        assert _count_or_refusal(lambda: rows.update(**{field.attname: models.F(field.attname)})) in (0, "42501")
        assert _count_or_refusal(lambda: rows._raw_delete(using=rows.db)) in (0, "42501")


@every_table
@every_persona
def test_adds_no_row_to_a_company_or_seller_that_is_not_one_s_own(world: World, table: str, persona: str) -> None:
    row = copy_of(world, table)
    may_own = min(world.our_rows[table]) in world.readable(table, persona) and OPEN_TO_SELLERS.get(table) == OWN
    with world.scope(persona):
        refusal = insert(table, row)
    if persona == "staff" or may_own:
        # The row itself would be welcome; what stops some of these is a rule of another kind, or that this role may not add.
        return
    assert refusal == "42501"


@every_table
def test_moves_no_row_to_another_company(world: World, table: str) -> None:
    column, ours = tenant_column(table), sorted(world.our_rows[table])
    with world.scope("staff"):
        assert outcome(f"UPDATE {table} SET {column} = %s WHERE {key_of(table)} = ANY(%s)", world.theirs.tenant.pk, ours) in REFUSED


@every_table
def test_a_seller_writes_the_own_rows_by_the_listed_verbs_only(world: World, table: str) -> None:
    allowed, own = SELLERS_WRITE.get(table, set()), sorted(world.readable(table, "seller one"))
    added = copy_of(world, table, **({"seller_id": world.seller("seller one")} if OPEN_TO_SELLERS.get(table) == OWN else {}))
    with world.scope("seller one"):
        verbs = {
            "INSERT": insert(table, added) != "42501",
            "UPDATE": any(
                touches(f"UPDATE {table} SET {column} = {column} WHERE {key_of(table)} = ANY(%s)", own) for column in columns(table)
            ),
            "DELETE": touches(f"DELETE FROM {table} WHERE {key_of(table)} = ANY(%s)", own),
        }

    assert {verb for verb, opened in verbs.items() if opened} == allowed


def columns(table: str) -> list[str]:
    return [str(field.column) for field in TABLES[table]._meta.concrete_fields]


def touches(statement: str, keys: list[Any]) -> bool:
    """Return whether a statement reaches a row; what stops it there may be a rule of another kind."""
    touched = outcome(f"{statement} RETURNING 1", keys)
    return touched == {1} or (isinstance(touched, str) and touched not in REFUSED)


@pytest.mark.parametrize("table", sorted(table for table, opened in OPEN_TO_SELLERS.items() if opened == OWN and table != "tenancy_seller"))
def test_a_seller_hands_no_row_to_another_seller(world: World, table: str) -> None:
    with world.scope("seller one"):
        assert outcome(f"UPDATE {table} SET seller_id = %s RETURNING 1", world.seller("seller two")) in ("42501", "23001", set())


@pytest.mark.parametrize("table", sorted(WRITTEN_ONCE))
def test_what_is_written_once_can_be_neither_changed_nor_removed(world: World, table: str) -> None:
    with world.scope("staff"):
        assert outcome(f"UPDATE {table} SET tenant_id = tenant_id") in REFUSED
        assert outcome(f"DELETE FROM {table}") in REFUSED


def test_every_table_with_the_trigger_against_changes_is_listed_as_written_once(world: World) -> None:
    guarded = query("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only'")

    assert {table for (table,) in guarded} == WRITTEN_ONCE


COMPOSITE_KEYS = """
    SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[2]
    WHERE c.contype = 'f' AND array_length(c.conkey, 1) = 2
      AND (SELECT attname FROM pg_attribute t WHERE t.attrelid = c.conrelid AND t.attnum = c.conkey[1]) = 'tenant_id'
      AND (SELECT attname FROM pg_attribute t WHERE t.attrelid = c.confrelid AND t.attnum = c.confkey[1]) = 'tenant_id'
"""


def test_every_key_to_another_tenant_table_is_composite_or_listed(world: World) -> None:
    composite = {(table, column) for table, column, _ in query(COMPOSITE_KEYS)}
    keys = {
        (table, field.column)
        for table, model in TABLES.items()
        for field in model._meta.concrete_fields
        if field.remote_field and isinstance(field.remote_field.model, type) and issubclass(field.remote_field.model, TenantModel)
    }

    assert keys - composite == UNREACHED_KEYS


def test_a_composite_key_refuses_a_row_of_another_company(world: World) -> None:
    refusals = {}
    for table, column, target in query(COMPOSITE_KEYS):
        row = unlike_any_other(world, table, copy_of(world, table)) | {column: min(world.their_rows[target])}
        with world.scope("staff"):
            refusals[table, column] = insert(table, row)

    assert refusals == dict.fromkeys(refusals, "23503")


def unlike_any_other(world: World, table: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with other names and days, so that nothing but a foreign key can refuse it."""
    named = ("code", "name", "external_number", "tracking_number")
    row |= {column: f"{row[column]}-x" for column in named if column in row}
    different: dict[str, dict[str, Any]] = {
        "carriers_ratecard": {"effective_from": "2030-01-01", "effective_to": None},
        "carriers_liveservice": {"channel_id": max(world.our_rows["carriers_channel"])},
        "carriers_fuelrate": {"effective_from": "2030-01-01"},
        "tenancy_apikey": {"sha256": "another"},
        "tenancy_membership": {"role": "seller", "user_id": world.ours.spare_user.pk},
        "billing_invoice": {"number": "x"},
        "orders_orderline": {"number": 99},
        "inventory_stock": {"warehouse_id": world.ours.spare_warehouse.pk},
        "exports_exportpart": {"number": 99},
        "allocation_defaultwarehouse": {"seller_id": world.ours.spare_seller.pk},
        "carriers_sellerintier": {"seller_id": world.ours.spare_seller.pk},
    }
    return row | different.get(table, {})


def _count_or_refusal(write: Any) -> int | str:
    try:
        with transaction.atomic():
            touched: int = write()
            return touched
    except DatabaseError as refused:
        return state_of(refused)
