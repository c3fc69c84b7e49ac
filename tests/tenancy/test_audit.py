"""The audit log: what people did is in it, in the same transaction, without secrets, and nothing takes it out again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from allocation.models import OrderInHand, Record
from allocation.rules.editing import StatedRule, save_rule, set_rule_enabled
from allocation.rules.publishing import publish_rules
from allocation.services import assign_order, exclude_order, include_order, undo_assignment
from allocation.strategies.reading import draft_of
from allocation.strategies.saving import save_strategy
from carriers.live.accounts import add_account, replace_fields
from carriers.models import Channel, FuelRate
from inventory.imports import SkuImport
from inventory.models import Sku, Warehouse
from tests.console.shop import Shop, add_decided_order, add_shop
from tests.tabular.tables import write_text
from tests.tenancy.test_isolation import TABLES
from tests.world import NOON, add_member, add_platform_user
from wms.console.audit_form import SUBJECTS
from wms.tabular.imports import Manner, run_import
from wms.tabular.progress import Silent
from wms.tabular.source import open_source
from wms.tenancy.access import Seat, UseCase
from wms.tenancy.audit import SECOND_FACTOR, SESSION, AuditFilter, search_audit
from wms.tenancy.keys import create_api_key, revoke_api_key, seat_of_api_key
from wms.tenancy.models import ApiKey, AuditEntry, Role
from wms.tenancy.scope import acting_as, tenant_scope
from wms.tenancy.services import create_member, create_user

pytestmark = pytest.mark.django_db

PASSWORD = "nine-quiet-cranes"

KEPT_ELSEWHERE = {
    "allocation_addresscorrection": "its record is noted",
    "allocation_daytotal": "figures",
    "allocation_ledgermark": "figures",
    "allocation_ordercount": "figures",
    "allocation_orderexception": "the worker's",
    "allocation_orderinhand": "noted by the services",
    "allocation_orderquotes": "what carriers said",
    "allocation_outboxbatch": "the worker's",
    "allocation_overdueorder": "the worker's",
    "allocation_record": "append-only itself; a person's are noted",
    "allocation_recordseal": "the worker's",
    "allocation_settingsversion": "the worker's",
    "allocation_shipment": "follows from records",
    "allocation_simulationdifference": "changes nothing of the business",
    "allocation_simulationrun": "changes nothing of the business",
    "allocation_stockpriceversion": "the worker's",
    "allocation_strategyversion": "the strategy itself is audited",
    "allocation_turn": "the worker's",
    "allocation_turndraws": "the worker's",
    "allocation_warehouseload": "the worker's",
    "allocation_warehouserejection": "its record is noted",
    "billing_billedparcel": "bears who judged it and when; the import is noted",
    "billing_invoice": "the import is noted",
    "console_savedfilter": "a person's own",
    "console_upload": "gone after a day; the import is noted",
    "exports_exportjob": "noted when it is asked for",
    "exports_exportpart": "an export's content",
    "inventory_reservation": "the ledger of stock",
    "inventory_sku": "hot: files of a hundred thousand; the import is noted",
    "inventory_stock": "the ledger of stock, with who counted",
    "inventory_stockmovement": "the ledger of stock",
    "orders_order": "records",
    "orders_orderline": "records",
    "orders_queuedorder": "the worker's",
    "tenancy_auditentry": "the log itself",
}
"""Tables whose changes the database does not write into the log, and why; every other one is audited."""


@pytest.fixture
def shop() -> Shop:
    return add_shop(code="east")


def audited_tables() -> dict[str, set[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname, split_part(encode(tgargs, 'escape'), '\\000', 1) FROM pg_trigger "
            "WHERE tgname LIKE 'audited_%'"
        )
        found: dict[str, set[str]] = {}
        for table, _name, use_case in cursor.fetchall():
            found.setdefault(table, set()).add(use_case)
        return found


def last(shop: Shop, count: int = 1) -> list[AuditEntry]:
    with tenant_scope(tenant_id=shop.tenant.pk):
        return list(AuditEntry.objects.order_by("-pk")[:count])


def entries(shop: Shop, **like: Any) -> list[AuditEntry]:
    with tenant_scope(tenant_id=shop.tenant.pk):
        return list(AuditEntry.objects.filter(**like).order_by("pk"))


def test_every_table_is_audited_or_kept_elsewhere_for_a_reason() -> None:
    audited = audited_tables()

    assert set(TABLES) == set(audited) | set(KEPT_ELSEWHERE)
    assert not set(audited) & set(KEPT_ELSEWHERE)
    assert {use_case for found in audited.values() for use_case in found} <= set(UseCase.values)


def test_the_page_s_filter_offers_every_audited_table() -> None:
    noted = {"allocation_record", "allocation_orderinhand", "exports_exportjob", SESSION, SECOND_FACTOR}

    assert set(SUBJECTS) == set(audited_tables()) | noted


def test_a_change_says_who_what_and_from_what_to_what(shop: Shop) -> None:
    with acting_as("li"), tenant_scope(tenant_id=shop.tenant.pk):
        Channel.objects.filter(pk=shop.channel.pk).update(name="Ground plus")

    (entry,) = last(shop)
    assert (entry.actor, entry.use_case, entry.verb, entry.subject) == ("li", "configure", "changed", "carriers_channel")
    assert (entry.subject_key, entry.rows) == (shop.channel.pk, 1)
    assert entry.changes["name"][1] == "Ground plus"
    assert set(entry.changes) == {"name"}


def test_what_is_added_and_removed_is_told_with_its_values(shop: Shop) -> None:
    with acting_as("li"), tenant_scope(tenant_id=shop.tenant.pk):
        FuelRate.objects.all().delete()

    (entry,) = last(shop)
    assert entry.verb == "removed"
    assert entry.changes["percent"] == [10.0, None]


def test_a_statement_over_many_rows_is_one_entry_with_their_number(shop: Shop) -> None:
    place = {"country": "US", "state": "NJ", "city": "Edison", "postcode": "08817", "lat": 40.52, "lon": -74.39}
    with tenant_scope(tenant_id=shop.tenant.pk):
        Warehouse.objects.bulk_create(Warehouse(tenant=shop.tenant, code=f"W{n}", name="x", **place) for n in range(30))

    assert [(entry.verb, entry.subject, entry.rows, entry.changes) for entry in last(shop)] == [("added", "inventory_warehouse", 30, {})]


def test_what_stays_as_it_was_is_no_entry(shop: Shop) -> None:
    before = len(entries(shop))
    with tenant_scope(tenant_id=shop.tenant.pk):
        Channel.objects.update(name=shop.channel.name)

    assert len(entries(shop)) == before


def test_what_is_rolled_back_leaves_no_entry(shop: Shop) -> None:
    before = len(entries(shop))
    with tenant_scope(tenant_id=shop.tenant.pk), transaction.atomic():
        Channel.objects.update(name="never")
        transaction.set_rollback(True)

    assert len(entries(shop)) == before


@pytest.mark.parametrize("statement", ["UPDATE tenancy_auditentry SET actor = 'nobody'", "DELETE FROM tenancy_auditentry"])
def test_nobody_changes_or_removes_an_entry(shop: Shop, statement: str) -> None:
    with tenant_scope(tenant_id=shop.tenant.pk), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_not_even_the_tables_owner_changes_an_entry(committed_db: None, owner_connection: Any) -> None:
    shop = add_shop(code="east")
    owner_connection.execute("SELECT set_config('app.tenant', %s, false), set_config('app.scope', 'tenant', false)", [str(shop.tenant.pk)])
    with pytest.raises(Exception, match="append-only"):
        owner_connection.execute("UPDATE tenancy_auditentry SET actor = 'nobody'")


def test_secrets_are_never_told(shop: Shop) -> None:
    seat = Seat(tenant_id=shop.tenant.pk, role=Role.ADMIN)
    fresh = create_api_key(seat=seat, role=Role.READ_ONLY, name="ERP", created_by="li", at=NOON)
    account = add_account(tenant_id=shop.tenant.pk, provider="easypost", name="Main", fields={"api_key": "hunter2hunter2"})
    replace_fields(tenant_id=shop.tenant.pk, account_id=account.pk, fields={"api_key": "swordfish99"})

    with tenant_scope(tenant_id=shop.tenant.pk):
        kept = (*ApiKey.objects.values_list("sha256", flat=True), account.sealed)
    told = str([entry.changes for entry in entries(shop)])
    for secret in (fresh.secret, "hunter2hunter2", "swordfish99", *kept):
        assert secret not in told
    (changed,) = entries(shop, subject="carriers_liveaccount", verb="changed")
    assert changed.changes["sealed"] == ["…", "…"]


def test_a_key_is_noted_when_it_is_made_and_revoked_but_not_when_it_is_used(shop: Shop) -> None:
    seat = Seat(tenant_id=shop.tenant.pk, role=Role.ADMIN)
    fresh = create_api_key(seat=seat, role=Role.READ_ONLY, name="ERP", created_by="li", at=NOON)
    seat_of_api_key(secret=fresh.secret, at=NOON)
    revoke_api_key(seat=seat, key_id=fresh.key.pk, at=NOON)

    assert [entry.verb for entry in entries(shop, subject="tenancy_apikey")] == ["added", "changed"]


def test_a_choice_by_hand_says_from_where_to_where_and_why(shop: Shop) -> None:
    order = add_decided_order(shop)
    assign_order(tenant_id=shop.tenant.pk, order_id=order.pk, warehouse_id=shop.far.pk, actor="wu", reason="they asked", at=NOON)
    undo_assignment(tenant_id=shop.tenant.pk, order_id=order.pk, actor="li", at=NOON)

    chosen, undone = entries(shop, subject=Record._meta.db_table)
    assert (chosen.actor, chosen.use_case, chosen.subject_key, chosen.subject_name) == ("wu", "assign", order.pk, "1001")
    assert chosen.changes["warehouse_id"] == [shop.near.pk, shop.far.pk]
    assert chosen.changes["cost_minor"] == [570, 590]
    assert chosen.changes["reason"] == [None, "they asked"]
    assert undone.changes["warehouse_id"] == [shop.far.pk, shop.near.pk]


def test_automatic_decisions_are_not_in_the_log(shop: Shop) -> None:
    before = len(entries(shop))
    add_decided_order(shop, number="1001")
    add_decided_order(shop, number="1002", units=9)

    assert len(entries(shop)) == before


def test_who_takes_an_order_from_automation_is_noted(shop: Shop) -> None:
    order = add_decided_order(shop)
    exclude_order(tenant_id=shop.tenant.pk, order_id=order.pk, actor="wu", reason="fragile", at=NOON)
    include_order(tenant_id=shop.tenant.pk, order_id=order.pk, actor="li", at=NOON)

    noted = entries(shop, subject=OrderInHand._meta.db_table)
    assert [(entry.actor, entry.subject_name) for entry in noted] == [("wu", "1001"), ("li", "1001")]


def test_a_strategy_saved_again_tells_only_what_differs(shop: Shop) -> None:
    with tenant_scope(tenant_id=shop.tenant.pk):
        (strategy_id,) = {entry.subject_key for entry in entries(shop, subject="allocation_strategy")}
        assert strategy_id is not None
        draft = draft_of(strategy_id=strategy_id)
    before = len(entries(shop))
    save_strategy(tenant_id=shop.tenant.pk, draft=draft, author="li", at=NOON, strategy_id=strategy_id)

    assert [(entry.subject, set(entry.changes)) for entry in entries(shop)[before:]] == [("allocation_strategy", {"version"})]


def test_the_copy_of_a_set_of_rules_is_one_entry(shop: Shop) -> None:
    condition = {"every": True, "parts": [{"field": "platform", "test": "is", "values": ["amazon"]}]}
    for name in ("one", "two", "three"):
        stated = StatedRule(name=name, condition=condition, action={"act": "pin", "warehouse_ids": [shop.near.pk]})
        save_rule(tenant_id=shop.tenant.pk, stated=stated, actor="li", at=NOON)
    publish_rules(tenant_id=shop.tenant.pk, comment="", actor="li", at=NOON)
    before = len(entries(shop))
    set_rule_enabled(tenant_id=shop.tenant.pk, key=1, enabled=False, actor="li", at=NOON)

    found = [(entry.subject, entry.verb, entry.rows) for entry in entries(shop)[before:]]
    assert ("allocation_rule", "added", 3) in found
    assert ("allocation_rule", "changed", 1) in found
    assert len(found) == 3


def test_a_file_is_noted_with_its_name_once_it_is_saved(shop: Shop, tmp_path) -> None:
    path = write_text(tmp_path / "goods.csv", "sku,weight (kg),length (cm),width (cm),height (cm)\nCHAIR,4,50,50,90\n")
    for dry_run in (True, False):
        manner = Manner(scope=lambda: tenant_scope(tenant_id=shop.tenant.pk), file_name=path.name, dry_run=dry_run)
        importer = SkuImport(tenant_id=shop.tenant.pk, seller_id=shop.seller.pk)
        with acting_as("li"), open_source(path) as source:
            run_import(source=source, importer=importer, manner=manner, progress=Silent())

    (entry,) = entries(shop, verb="brought_in")
    assert (entry.actor, entry.use_case, entry.subject_name, entry.rows) == ("li", "bring_orders", "goods.csv", 1)
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert Sku.objects.filter(code="CHAIR").exists()


@pytest.mark.parametrize("door", ["/console/login/", "/portal/sign-in/"])
def test_signing_in_and_wrong_passwords_are_noted_in_the_person_s_company_only(shop: Shop, client: Client, door: str) -> None:
    west = add_shop(code="west")
    person = create_user(username="ann", password=PASSWORD)
    create_member(tenant_id=shop.tenant.pk, user_id=person.pk, role="operator")
    for password in ("wrong", PASSWORD):
        client.post(door, {"username": "ann", "password": password})

    noted = entries(shop, subject=SESSION)
    assert [(entry.actor, entry.verb, entry.use_case) for entry in noted] == [
        ("ann", "sign_in_refused", "use_console"),
        ("ann", "signed_in", "use_console"),
    ]
    assert not entries(west, subject=SESSION)
    assert "wrong" not in str([entry.changes for entry in noted])


def test_platform_staff_who_look_into_a_company_are_noted_there(shop: Shop, client: Client) -> None:
    client.force_login(add_platform_user(username="pat"))
    client.post("/console/company/", {"company": shop.tenant.pk})

    assert [(entry.actor, entry.verb) for entry in entries(shop, subject=SESSION)] == [("pat", "came_in")]


def test_a_form_of_the_console_is_noted_as_the_person_who_sent_it(shop: Shop, client: Client) -> None:
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATOR, username="li"))
    client.post("/console/carriers/fxrate/add/", {"source": "EUR", "target": "USD", "effective_from": "2026-05-01", "rate": "1.1"})

    (entry,) = last(shop)
    assert (entry.actor, entry.subject, entry.verb) == ("li", "carriers_fxrate", "added")


def test_entries_are_found_by_person_use_case_object_and_day_and_paged_by_key(shop: Shop) -> None:
    for name in ("li", "wu"):
        with acting_as(name), tenant_scope(tenant_id=shop.tenant.pk):
            Channel.objects.filter(pk=shop.channel.pk).update(name=name)
    with tenant_scope(tenant_id=shop.tenant.pk):
        by_wu, older = search_audit(wanted=AuditFilter(actor="wu", use_case="configure", subject="carriers_channel"), limit=50)
        assert [entry.changes["name"][1] for entry in by_wu] == ["wu"]
        assert older is None
        every = AuditEntry.objects.count()
        first, older = search_audit(wanted=AuditFilter(), limit=2)
        rest, end = search_audit(wanted=AuditFilter(), before=older, limit=every)
        assert [entry.pk for entry in (*first, *rest)] == sorted((entry.pk for entry in entries(shop)), reverse=True)
        assert end is None
        tomorrow = by_wu[0].at + timedelta(days=1)
        assert search_audit(wanted=AuditFilter(since=tomorrow), limit=9) == ([], None)
        assert len(search_audit(wanted=AuditFilter(until=tomorrow, name="GROUND"), limit=9)[0]) == 3
