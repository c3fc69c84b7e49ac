"""Stock, the monthly statement, uploads, exports and API keys of a seller."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from allocation.models import Shipment, ShipmentState
from orders.models import Order
from tests.console.shop import Shop, add_decided_order, add_shop
from tests.markup import markup_of
from tests.world import NOON, add_member, add_sku, set_stock
from wms.exports.models import ExportJob
from wms.exports.runner import run_export
from wms.portal import stock, upload
from wms.portal.statement import next_month, previous_month, statement_of
from wms.tenancy.keys import seat_of_api_key
from wms.tenancy.models import ApiKey, Role
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db

HEADER = "order number,sku,units,recipient,country,state,postcode\n"


@pytest.fixture
def shop() -> Shop:
    return add_shop(code="east")


@pytest.fixture
def seller(shop: Shop) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(add_member(tenant=shop.tenant, role=Role.SELLER, seller=shop.seller, username="ann"))
    return client


@pytest.fixture
def inside(shop: Shop) -> Iterator[None]:
    with tenant_scope(tenant_id=shop.tenant.pk, seller_id=shop.seller.pk):
        yield


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup_of(answer)))


def test_stock_is_told_by_article_and_warehouse(shop: Shop, seller: Client) -> None:
    set_stock(sku=shop.lamp, warehouse=shop.near, on_hand=5, reserved=1, safety=2)
    page = text_of(seller.get("/portal/stock/"))

    assert "east-LAMP Article east-LAMP 3" in page
    assert "east-NEAR Warehouse east-NEAR 5 1 2" in page


def test_articles_are_found_by_their_beginning_page_by_page(shop: Shop, seller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "PAGE", 2)
    for code in ("B1", "B2", "B3", "C1"):
        add_sku(seller=shop.seller, code=code)
    first = markup_of(seller.get("/portal/stock/?code=B"))
    onward = re.search(r'href="(\?[^"]+)" rel="next"', first)
    assert onward is not None
    second = markup_of(seller.get(f"/portal/stock/{onward[1].replace('&amp;', '&')}"))

    found = r'scope="rowgroup" colspan="4">(\w+)'
    assert (re.findall(found, first), re.findall(found, second)) == (["B1", "B2"], ["B3"])


def test_a_month_s_shipments_are_summed_by_warehouse_and_channel(shop: Shop, inside: None) -> None:
    for number, units in (("1", 1), ("2", 2), ("3", 1)):
        add_decided_order(shop, number=number, units=units)
    with tenant_scope(tenant_id=shop.tenant.pk):
        Shipment.objects.filter(order__external_number="3").update(state=ShipmentState.CANCELLED)
    told = statement_of(seller_id=shop.seller.pk, month=date(2026, 3, 1))

    # 1 kg: 5.00 + 0.70; 2 kg: 6.00 + 0.70; the third is cancelled.
    assert [(row.warehouse_code, row.channel_code, row.shipments, row.cost_minor) for row in told.rows] == [
        ("east-NEAR", "east-GROUND", 2, 1240)
    ]
    assert (told.shipments, told.cost_minor) == (2, 1240)
    assert statement_of(seller_id=shop.seller.pk, month=date(2026, 2, 1)).rows == ()


def test_a_month_ends_when_the_company_s_clock_says_so(shop: Shop, seller: Client) -> None:
    add_decided_order(shop)
    with tenant_scope(tenant_id=shop.tenant.pk):
        shop.tenant.timezone = "Asia/Shanghai"
        shop.tenant.save()
        Shipment.objects.update(created_at=datetime(2026, 3, 31, 17, tzinfo=UTC))

    assert "Nothing was shipped in this month." in text_of(seller.get("/portal/statement/?month=2026-03"))
    assert "Total 1 $5.70" in text_of(seller.get("/portal/statement/?month=2026-04"))


def test_the_statement_is_fetched_as_csv(shop: Shop, seller: Client) -> None:
    add_decided_order(shop)
    answer = seller.get("/portal/statement.csv?month=2026-03")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]

    assert rows[1:] == [["2026-03", "east-NEAR", "Warehouse east-NEAR", "east-GROUND", "Channel east-GROUND", "1", "5.70", "USD"]]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="statement-2026-03.csv"'


def test_months_turn_over_the_year() -> None:
    assert (next_month(date(2026, 12, 1)), previous_month(date(2026, 1, 1))) == (date(2027, 1, 1), date(2025, 12, 1))
    assert (next_month(date(2026, 1, 1)), previous_month(date(2026, 12, 1))) == (date(2026, 2, 1), date(2026, 11, 1))


@pytest.mark.parametrize("month", ["", "2026", "0000-00", "x", "9999-12"])
def test_a_month_that_makes_no_sense_is_answered_with_some_month(seller: Client, month: str) -> None:
    assert seller.get(f"/portal/statement/?month={month}").status_code == 200


def sent(client: Client, shop: Shop, rows: str, **said: str) -> Any:
    file = SimpleUploadedFile("orders.csv", (HEADER + rows).encode())
    return client.post("/portal/upload/", {"file": file, "store": shop.store.code, **said})


def order_numbers(shop: Shop) -> set[str]:
    with tenant_scope(tenant_id=shop.tenant.pk):
        return set(Order.objects.values_list("external_number", flat=True))


GOOD = "1001,east-LAMP,1,Ada,US,NY,10001\n"
BAD = "1002,GHOST,1,Ada,US,NY,10001\n"


def test_a_file_s_orders_are_saved_and_told(shop: Shop, seller: Client) -> None:
    page = text_of(sent(seller, shop, GOOD))

    assert "Saved Rows in 1 = accepted 1 + repeated 0 + refused 0" in page
    assert order_numbers(shop) == {"1001"}
    assert "Nothing new Rows in 1 = accepted 0 + repeated 1 + refused 0" in text_of(sent(seller, shop, GOOD))


def test_a_bad_row_is_named_by_line_and_column_and_nothing_is_saved(shop: Shop, seller: Client) -> None:
    page = text_of(sent(seller, shop, GOOD + BAD))

    assert "3 sku" in page
    assert "GHOST" in page
    assert "Nothing was saved" in page
    assert order_numbers(shop) == set()


def test_the_good_rows_are_taken_if_asked(shop: Shop, seller: Client) -> None:
    sent(seller, shop, GOOD + BAD, take_good_rows="on")

    assert order_numbers(shop) == {"1001"}


def test_a_check_saves_nothing(shop: Shop, seller: Client) -> None:
    assert "Checked, nothing saved" in text_of(sent(seller, shop, GOOD, check_only="on"))
    assert order_numbers(shop) == set()


def test_a_file_that_is_none_is_refused_in_words(shop: Shop, seller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Choose a CSV or XLSX file." in text_of(seller.post("/portal/upload/", {}))
    monkeypatch.setattr(upload, "MOST_BYTES", 1)
    assert "The file is larger than" in text_of(sent(seller, shop, GOOD))


def test_an_export_is_asked_for_written_and_fetched(shop: Shop, seller: Client) -> None:
    add_decided_order(shop)
    seller.post("/portal/exports/", {"selection": "seller_orders", "format": "csv"})
    assert "waiting" in text_of(seller.get("/portal/exports/progress/"))
    with tenant_scope(tenant_id=shop.tenant.pk):
        job = ExportJob.objects.get()
    run_export(tenant_id=shop.tenant.pk, job_id=job.pk, now=lambda: job.requested_at)

    answer = seller.get(f"/portal/exports/{job.pk}/file/")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert [(row["order number"], row["warehouse"], row["cost"]) for row in rows] == [("1001", "east-NEAR", "5.70")]


def test_only_what_the_portal_offers_is_exported(shop: Shop, seller: Client) -> None:
    assert "There is nothing to export" in text_of(seller.post("/portal/exports/", {"selection": "records", "format": "csv"}))
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert not ExportJob.objects.exists()


def test_an_export_in_the_queue_is_cancelled(shop: Shop, seller: Client) -> None:
    seller.post("/portal/exports/", {"selection": "seller_stock", "format": "xlsx"})
    with tenant_scope(tenant_id=shop.tenant.pk):
        job = ExportJob.objects.get()
    seller.post(f"/portal/exports/{job.pk}/cancel/")

    assert "cancelled" in text_of(seller.get("/portal/exports/"))


def secret_in(page: Any) -> str:
    found = re.search(r'<code class="secret">([^<]+)</code>', markup_of(page))
    assert found is not None
    return found[1]


def test_a_key_is_shown_once_kept_as_a_fingerprint_and_opens_the_seller_s_seat(shop: Shop, seller: Client) -> None:
    secret = secret_in(seller.post("/portal/keys/", {"name": "ERP"}))
    seat = seat_of_api_key(secret=secret, at=NOON)

    assert seat is not None
    assert (seat.tenant_id, seat.role, seat.seller_id) == (shop.tenant.pk, "seller", shop.seller.pk)
    assert secret not in markup_of(seller.get("/portal/keys/"))
    with tenant_scope(tenant_id=shop.tenant.pk):
        key = ApiKey.objects.get()
    assert secret not in (key.sha256, key.prefix)
    assert secret.startswith(key.prefix)
    assert key.last_used_at == NOON


def test_a_revoked_key_opens_nothing_any_more(shop: Shop, seller: Client) -> None:
    secret = secret_in(seller.post("/portal/keys/", {"name": "ERP"}))
    with tenant_scope(tenant_id=shop.tenant.pk):
        key_id = ApiKey.objects.get().pk
    seller.post(f"/portal/keys/{key_id}/revoke/")

    assert seat_of_api_key(secret=secret, at=NOON) is None
    assert seat_of_api_key(secret="fc_guessed", at=NOON) is None


def test_a_key_without_a_name_is_refused(seller: Client) -> None:
    assert "Give the key a name" in text_of(seller.post("/portal/keys/", {"name": " "}))
