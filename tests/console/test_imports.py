"""Files in the console: upload, every fault by line and column, confirmation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from inventory.models import Sku, StockMovement
from orders.models import Order
from tests.console.shop import Shop, add_shop
from tests.markup import markup_of
from tests.world import add_member, add_seller, add_store
from wms.console import uploads
from wms.console.models import Upload
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db

SKUS = "/console/imports/skus/"
HEADER = "sku,weight (kg),length (cm),width (cm),height (cm)\n"
GOOD = HEADER + "CHAIR,4,50,50,90\n"
BAD = GOOD + "TABLE,heavy,80,80,75\n"


def send(client: Client, shop: Shop, text: str, *, address: str = SKUS, name: str = "goods.csv", **answers: str):
    file = SimpleUploadedFile(name, text.encode())
    return client.post(address, {"file": file, "seller": str(shop.seller.pk), **answers}, headers={"Accept-Language": "en"})


def review_of(client: Client, shop: Shop, text: str, **options: str) -> str:
    """Return the address of the review of a file."""
    sent = send(client, shop, text, **options)
    assert sent.status_code == 302, markup_of(sent)
    return sent.headers["Location"]


def text_of(client: Client, address: str) -> str:
    page = client.get(address, headers={"Accept-Language": "en"})
    assert page.status_code == 200
    return markup_of(page)


def codes(shop: Shop) -> set[str]:
    with tenant_scope(tenant_id=shop.tenant.pk):
        return set(Sku.objects.filter(seller=shop.seller).values_list("code", flat=True)) - {shop.lamp.code}


def test_nothing_changes_before_it_is_confirmed(shop: Shop, staff: Client) -> None:
    address = review_of(staff, shop, GOOD)
    assert "Save 1 row" in text_of(staff, address)
    assert codes(shop) == set()
    saved = staff.post(address, follow=True, headers={"Accept-Language": "en"})
    assert "Saved: 1 SKUs" in markup_of(saved)
    assert codes(shop) == {"CHAIR"}
    assert staff.get(address).status_code == 404


def test_a_bad_cell_is_named_by_line_and_column_and_good_rows_are_taken_only_if_asked(shop: Shop, staff: Client) -> None:
    address = review_of(staff, shop, BAD)
    text = text_of(staff, address)
    assert "weight (kg)" in text
    assert "“heavy” is not a number such as 12.50." in text
    staff.post(address)
    assert codes(shop) == set()
    staff.post(address, {"good_rows": "1"})
    assert codes(shop) == {"CHAIR"}


def test_a_file_can_be_forgotten(shop: Shop, staff: Client) -> None:
    address = review_of(staff, shop, GOOD)
    assert staff.post(address, {"forget": "1"}).headers["Location"] == SKUS
    assert staff.get(address).status_code == 404
    assert codes(shop) == set()


def test_what_is_no_table_is_said_on_the_review(shop: Shop, staff: Client) -> None:
    assert "The file has no column for" in text_of(staff, review_of(staff, shop, "a,b\n1,2\n"))
    assert "The file has no header row." in text_of(staff, review_of(staff, shop, "\n"))


def test_a_file_is_its_person_s_alone(shop: Shop, staff: Client) -> None:
    address = review_of(staff, shop, GOOD)
    staff.force_login(add_member(tenant=shop.tenant, role=Role.ADMIN))
    assert staff.get(address).status_code == 404
    assert staff.post(address).status_code == 404
    staff.force_login(add_member(tenant=add_shop(code="west").tenant, role=Role.OPERATOR))
    assert staff.get(address).status_code == 404
    assert codes(shop) == set()


def test_a_file_of_one_kind_is_not_another_kind_s(shop: Shop, staff: Client) -> None:
    address = review_of(staff, shop, GOOD)
    assert staff.get(address.replace("skus", "stock")).status_code == 404


def test_files_are_forgotten_after_a_day(shop: Shop, staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    address = review_of(staff, shop, GOOD)
    monkeypatch.setattr(uploads, "KEPT", timedelta(0))
    assert staff.get(address).status_code == 404
    review_of(staff, shop, GOOD)
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert Upload.objects.count() == 1


def test_a_file_that_is_too_large_is_refused_by_the_field(shop: Shop, staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 20)
    sent = send(staff, shop, GOOD)
    assert sent.status_code == 200
    assert "Bring larger ones in by command." in markup_of(sent)


@pytest.mark.parametrize(
    ("name", "shown"), [("../../etc/passwd", "passwd"), ("C:\\x\\goods.csv", "goods.csv"), ("<b>.csv", "&lt;b&gt;.csv")]
)
def test_a_file_s_name_is_shown_and_never_believed(shop: Shop, staff: Client, name: str, shown: str) -> None:
    address = review_of(staff, shop, GOOD, name=name)
    text = text_of(staff, address)
    assert f">{shown}</h2>" in text
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert "/" not in Upload.objects.get().file_name


def test_the_seller_of_another_company_cannot_be_named(shop: Shop, staff: Client) -> None:
    other = add_shop(code="west")
    sent = send(staff, shop, GOOD, seller=str(other.seller.pk))
    assert "Select a valid choice" in markup_of(sent)


def test_a_count_is_taken_in_the_person_s_name(shop: Shop, staff: Client) -> None:
    count = f"warehouse,sku,units\n{shop.near.code},{shop.lamp.code},3\n"
    staff.post(review_of(staff, shop, count, address="/console/imports/stock/"))
    with tenant_scope(tenant_id=shop.tenant.pk):
        movement = StockMovement.objects.latest("pk")
    assert (movement.actor, movement.reference, movement.on_hand_after) == ("operator@east", "goods.csv", 3)


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        ("skus", {Role.ADMIN, Role.OPERATOR, Role.OPERATIONS}),
        ("stock", {Role.ADMIN, Role.OPERATOR, Role.OPERATIONS}),
        ("warehouses", {Role.ADMIN, Role.OPERATOR}),
        ("holidays", {Role.ADMIN, Role.OPERATOR}),
        ("invoices", {Role.ADMIN, Role.OPERATOR}),
    ],
)
def test_each_kind_opens_to_the_roles_that_the_table_names(shop: Shop, client: Client, kind: str, roles: set[Role]) -> None:
    for role in Role:
        client.force_login(add_member(tenant=shop.tenant, role=role, seller=shop.seller if role == Role.SELLER else None))
        assert client.get(f"/console/imports/{kind}/").status_code == (200 if role in roles else 403)


def test_there_are_no_other_kinds(staff: Client) -> None:
    assert staff.get("/console/imports/secrets/").status_code == 404


ORDERS = "order number,country,state,postcode,sku,quantity\nN-1,US,NY,10001,east-LAMP,1\nN-2,US,NY,10001,NO-SUCH,1\n"


def test_orders_are_brought_in_for_a_seller(shop: Shop, staff: Client) -> None:
    address = review_of(staff, shop, ORDERS, address="/console/imports/orders/", store=shop.store.code)
    assert "NO-SUCH" in text_of(staff, address)
    staff.post(address, {"good_rows": "1"})
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert list(Order.objects.values_list("external_number", "seller_id")) == [("N-1", shop.seller.pk)]


def test_orders_of_another_seller_s_store_are_refused(shop: Shop, staff: Client) -> None:
    other = add_store(seller=add_seller(tenant=shop.tenant, code="other"))
    address = review_of(staff, shop, ORDERS, address="/console/imports/orders/", store=other.code)
    staff.post(address, {"good_rows": "1"})
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert not Order.objects.exists()
