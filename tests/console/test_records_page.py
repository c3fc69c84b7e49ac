"""The page of allocation records: what is found by what, how pages are turned, and which filters are kept for whom."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from allocation import record_search
from allocation.core.types import Mode, Reason
from allocation.models import Record
from allocation.record_search import RecordFilter, every_record, filter_from_document, search_records
from allocation.services import assign_order
from tests.console.shop import Shop, add_decided_order, add_shop
from tests.markup import markup_of
from tests.world import NOON, add_member
from wms.console.models import SavedFilter
from wms.exports.models import ExportJob
from wms.exports.runner import run_export
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    """Return a shop with an order shipped from near, one reassigned to far by Li, and one that nothing can serve."""
    shop = add_shop(code="east")
    add_decided_order(shop, number="A-1")
    moved = add_decided_order(shop, number="A-2")
    assign_order(tenant_id=shop.tenant.pk, order_id=moved.pk, warehouse_id=shop.far.pk, actor="Li", at=NOON)
    add_decided_order(shop, number="B-1", units=9)
    return shop


@pytest.fixture
def staff(shop: Shop, client: Client) -> Client:
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATIONS))
    return client


def found(shop: Shop, **asked: object) -> list[tuple[str, str]]:
    """Return (order number, mode) of the records found, the newest first."""
    with tenant_scope(tenant_id=shop.tenant.pk):
        records = every_record(wanted=RecordFilter(**asked), timezone="UTC", chunk=1)  # type: ignore[arg-type]
        return [(record.order.external_number, Mode(record.mode).name.lower()) for record in records]


def text_of(client: Client, **query: Any) -> str:
    page = client.get(reverse("console:records"), query, headers={"Accept-Language": "en"})
    assert page.status_code == 200
    return markup_of(page)


def test_finds_by_each_thing_that_may_be_asked_for(shop: Shop) -> None:
    assert found(shop) == [("B-1", "exception"), ("A-2", "manual"), ("A-2", "smart"), ("A-1", "smart")]
    assert found(shop, mode=Mode.MANUAL.value) == [("A-2", "manual")]
    assert found(shop, warehouse=shop.far.pk) == [("A-2", "manual")]
    assert found(shop, channel=shop.channel.pk, number="A-1") == [("A-1", "smart")]
    assert found(shop, reason=Reason.OUT_OF_STOCK.value) == [("B-1", "exception")]
    assert found(shop, cost_from=571) == [("A-2", "manual")]
    assert found(shop, cost_to=570) == [("A-2", "smart"), ("A-1", "smart")]
    assert found(shop, person="Li") == [("A-2", "manual")]
    assert found(shop, seller=shop.seller.pk, number="B") == [("B-1", "exception")]
    assert found(shop, since=NOON.date(), until=NOON.date(), mode=Mode.EXCEPTION.value) == [("B-1", "exception")]
    assert found(shop, until=NOON.date().replace(day=1)) == []


def test_a_page_stops_at_so_many_records_looked_at_and_says_how_far_it_looked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_search, "RECORDS_LOOKED_AT", 2)
    with tenant_scope(tenant_id=shop.tenant.pk):
        first = search_records(wanted=RecordFilter(number="A-1"), timezone="UTC")
        assert first.records == ()
        assert first.looked_back_to == NOON
        second = search_records(wanted=RecordFilter(number="A-1"), timezone="UTC", before=first.older)
    assert [record.order.external_number for record in second.records] == ["A-1"]
    assert found(shop, number="A-1") == [("A-1", "smart")]


def test_a_filter_survives_being_kept() -> None:
    wanted = RecordFilter(mode=4, since=NOON.date(), person="Li")
    assert filter_from_document(wanted.to_document()) == wanted


def test_a_record_leads_to_the_page_of_its_order(shop: Shop, staff: Client) -> None:
    with tenant_scope(tenant_id=shop.tenant.pk):
        record = Record.objects.get(mode=Mode.MANUAL)
    link = f"/console/orders/order/{record.order_id}/change/?record={record.pk}"
    assert link in text_of(staff, person="Li")
    assert staff.get(link).status_code == 200


def test_older_pages_keep_the_filter(shop: Shop, staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wms.console.pages.records.ROWS_A_PAGE", 1)
    page = text_of(staff, number="A-", cost_to="5.70")
    assert "A-2" in page
    assert "A-1" not in page
    with tenant_scope(tenant_id=shop.tenant.pk):
        newest = Record.objects.filter(cost_minor=570).order_by("-pk").values_list("pk", flat=True).first()
    assert f"?cost_to=5.70&amp;number=A-&amp;before={newest}" in page
    assert "A-1" in text_of(staff, number="A-", cost_to="5.70", before=newest)


@pytest.mark.parametrize(("query", "sentence"), [({"cost_from": "5.705"}, "smallest unit"), ({"since": "yesterday"}, "Enter a valid date")])
def test_what_cannot_be_asked_for_is_said_by_its_field(shop: Shop, staff: Client, query: dict[str, str], sentence: str) -> None:
    assert sentence in text_of(staff, **query)


def test_a_kept_filter_is_its_owner_s_unless_it_is_shared(shop: Shop, client: Client) -> None:
    li, wu = (add_member(tenant=shop.tenant, role=role) for role in (Role.OPERATIONS, Role.OPERATOR))
    client.force_login(li)
    for name, more in (("by hand", {}), ("for all", {"shared": "on"})):
        client.post(reverse("console:save_record_filter"), {"mode": "4", "filter_name": name, **more})
    assert "by hand" in text_of(client)
    client.force_login(wu)
    page = text_of(client)
    assert "by hand" not in page
    assert "for all" in page
    with tenant_scope(tenant_id=shop.tenant.pk):
        kept = SavedFilter.objects.get(name="for all")
    client.post(reverse("console:forget_record_filter"), {"filter": kept.pk})
    assert "for all" in text_of(client)


def test_a_name_is_taken_once(shop: Shop, staff: Client) -> None:
    for _ in range(2):
        answer = staff.post(reverse("console:save_record_filter"), {"mode": "4", "filter_name": "mine"}, headers={"Accept-Language": "en"})
    assert "You have a filter of this name already: mine." in markup_of(
        staff.get(answer.headers["Location"], headers={"Accept-Language": "en"})
    )
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert SavedFilter.objects.count() == 1


def test_filters_are_changed_by_post_only(shop: Shop, staff: Client) -> None:
    assert staff.get(reverse("console:save_record_filter"), {"filter_name": "mine"}).status_code == 405
    assert staff.get(reverse("console:forget_record_filter"), {"filter": "1"}).status_code == 405


def test_the_other_company_s_records_and_filters_are_nowhere(shop: Shop, client: Client) -> None:
    west = add_shop(code="west")
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATIONS))
    client.post(reverse("console:save_record_filter"), {"mode": "4", "filter_name": "east's own", "shared": "on"})
    client.force_login(add_member(tenant=west.tenant, role=Role.ADMIN))
    page = text_of(client, warehouse=shop.far.pk)
    for word in ("A-1", "east-FAR", "east&#x27;s own"):
        assert word not in page


def test_the_records_of_a_filter_are_exported_in_the_background(shop: Shop, staff: Client) -> None:
    posted = {"person": "Li", "format": "csv"}
    assert staff.post(reverse("console:export_records"), posted).headers["Location"] == reverse("console:exports")
    with tenant_scope(tenant_id=shop.tenant.pk):
        job = ExportJob.objects.get()
    run_export(tenant_id=shop.tenant.pk, job_id=job.pk, now=timezone.now)
    file = b"".join(staff.get(reverse("console:download_export", args=[job.pk])).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    head, row = file.splitlines()
    assert head.count(",") == 12
    assert ",A-2," in row
    assert ",5.90,5.70,5.70,USD,Li," in row


def test_another_person_s_file_is_not_found(shop: Shop, staff: Client, client: Client) -> None:
    staff.post(reverse("console:export_records"), {"format": "csv"})
    with tenant_scope(tenant_id=shop.tenant.pk):
        job = ExportJob.objects.get()
    run_export(tenant_id=shop.tenant.pk, job_id=job.pk, now=timezone.now)
    client.force_login(add_member(tenant=shop.tenant, role=Role.ADMIN))
    assert client.get(reverse("console:download_export", args=[job.pk])).status_code == 404


def test_the_records_are_exported_as_a_workbook_in_the_company_s_time(shop: Shop, staff: Client) -> None:
    staff.post(reverse("console:export_records"), {"person": "Li", "format": "xlsx"})
    with tenant_scope(tenant_id=shop.tenant.pk):
        job = ExportJob.objects.get()
    run_export(tenant_id=shop.tenant.pk, job_id=job.pk, now=timezone.now)
    file = b"".join(staff.get(reverse("console:download_export", args=[job.pk])).streaming_content)  # type: ignore[attr-defined]
    rows = list(load_workbook(BytesIO(file)).worksheets[0].iter_rows(values_only=True))
    assert [row[1:3] for row in rows[1:]] == [(NOON.replace(tzinfo=None), "A-2")]
