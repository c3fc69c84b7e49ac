"""对账 in the console."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from django.test import Client

from billing.models import BillState
from tests.billing.desk import Desk, rows
from tests.markup import markup_of
from tests.world import add_member
from wms.tenancy.models import Role

pytestmark = pytest.mark.django_db

OVERVIEW = "/console/reconciling/"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.ship("1001", tracking="T1")
    made.take(rows(("Freight", "6.00"), ("Residential", "2.00"), ("Fuel Surcharge", "0.50"), tracking="T1") + rows(tracking="T9"))
    return made


@pytest.fixture
def staff(desk: Desk, client: Client) -> Client:
    client.force_login(add_member(tenant=desk.tenant, role=Role.OPERATOR))
    return client


def text_of(client: Client, address: str, language: str = "en", **query: str) -> str:
    page = client.get(address, query, headers={"Accept-Language": language})
    assert page.status_code == 200
    return markup_of(page)


def invoice_address(desk: Desk) -> str:
    return f"{OVERVIEW}invoices/{desk.parcels()[0].invoice_id}/"


def test_reconciling_by_a_button_says_what_became_of_the_bills(desk: Desk, staff: Client) -> None:
    said = markup_of(staff.post(f"{OVERVIEW}run/", follow=True, headers={"Accept-Language": "en"}))
    assert "Looked at 2 open parcels: 1 are shipments of ours, 0 agree." in said
    for words in ("price differs from the rate card", "+$1.00", "no shipment of ours", "+$7.50", "$16.00", "INV-1"):
        assert words in said
    assert staff.get(f"{OVERVIEW}run/").status_code == 405


def test_totals_by_seller_and_by_month(desk: Desk, staff: Client) -> None:
    desk.reconcile()
    assert "lumen" in text_of(staff, OVERVIEW, by="seller")
    assert "2026-03" in text_of(staff, OVERVIEW, by="month", since="2026-03-01", until="2026-04-01")
    assert "No invoices yet." in text_of(staff, OVERVIEW, by="month", since="2026-04-01")
    assert "对账" in text_of(staff, OVERVIEW, language="zh-hans", by="nonsense")


def test_an_invoice_shows_each_parcel_with_its_cost_lines(desk: Desk, staff: Client) -> None:
    desk.reconcile()
    text = text_of(staff, invoice_address(desk))
    for words in ("T1", "T9", "Fuel Surcharge", "price differs from the rate card +$1.00"):
        assert words in text
    assert "T9" not in text_of(staff, invoice_address(desk), reason="3")
    assert "T1" not in text_of(staff, invoice_address(desk), reason="6")
    assert "No parcels of this kind." in text_of(staff, invoice_address(desk), state="3")


def test_chosen_parcels_are_disputed_and_exported(desk: Desk, staff: Client) -> None:
    desk.reconcile()
    other = desk.parcels()[1]
    assert "Nothing is disputed." in markup_of(staff.post(f"{OVERVIEW}disputes/", follow=True, headers={"Accept-Language": "en"}))
    staff.post(invoice_address(desk), {"judge": "dispute", "parcel": [other.pk], "note": "=not ours"})
    assert [(parcel.state, parcel.judged_by) for parcel in desk.parcels()] == [
        (BillState.OPEN, ""),
        (BillState.DISPUTED, "operator@eastlake"),
    ]

    file = staff.post(f"{OVERVIEW}disputes/", {"format": "csv"}, headers={"Accept-Language": "en"})
    lines = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert {line["tracking number"] for line in lines} == {"T9"}
    assert lines[0]["note"] == "'=not ours"
    assert staff.post(f"{OVERVIEW}disputes/", {"format": "xlsx"}).content[:2] == b"PK"
    assert staff.post(f"{OVERVIEW}disputes/", {"format": "exe"}).status_code == 404


def test_nothing_chosen_changes_nothing(desk: Desk, staff: Client) -> None:
    said = staff.post(invoice_address(desk), {"judge": "accept"}, follow=True, headers={"Accept-Language": "en"})
    assert "Choose parcels first." in markup_of(said)


def test_parcels_of_another_invoice_or_company_are_left_alone(desk: Desk, staff: Client, tmp_path: Path) -> None:
    west = Desk(tmp_path, code="westlake")
    west.take(rows(tracking="T5"))
    desk.take(rows(tracking="T6", invoice="INV-2"))
    foreign, elsewhere = west.parcels()[0], desk.parcels()[2]
    staff.post(invoice_address(desk), {"judge": "accept", "parcel": [foreign.pk, elsewhere.pk]})
    assert (west.parcels()[0].state, desk.parcels()[2].state) == (BillState.OPEN, BillState.OPEN)
    assert staff.get(f"{OVERVIEW}invoices/{foreign.invoice_id}/").status_code == 404
    assert "westlake" not in text_of(staff, OVERVIEW)


def test_readers_see_and_change_nothing_and_others_see_nothing(desk: Desk, client: Client) -> None:
    client.force_login(add_member(tenant=desk.tenant, role=Role.READ_ONLY))
    assert "Dispute the chosen" not in text_of(client, invoice_address(desk))
    for address in (invoice_address(desk), f"{OVERVIEW}run/", f"{OVERVIEW}disputes/"):
        assert client.post(address, {"judge": "accept", "parcel": [desk.parcels()[0].pk]}).status_code == 403
    client.force_login(add_member(tenant=desk.tenant, role=Role.OPERATIONS))
    assert client.get(OVERVIEW).status_code == 403
