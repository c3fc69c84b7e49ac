"""Sellers and their stores in the console: a company is set up without a terminal."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from allocation.models import DefaultWarehouse
from allocation.runner import drain_tenant
from orders.models import Store
from tests.console.shop import Shop, add_shop
from tests.markup import markup_of
from tests.world import NOON, add_member, add_order, add_sku, queue_order, set_stock
from wms.tenancy.models import AuditEntry, Role, Seller
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db

SELLERS, STORES = "/console/tenancy/seller/", "/console/orders/store/"


def add(boss: Client, shop: Shop, **changes: Any) -> Any:
    return boss.post(f"{SELLERS}add/", {"code": "aurora", "name": "Aurora", "default_warehouse": str(shop.far.pk), **changes})


def stored(shop: Shop, code: str = "aurora") -> Seller:
    with tenant_scope(tenant_id=shop.tenant.pk):
        seller: Seller = Seller.objects.get(code=code)
        return seller


def default_of(shop: Shop, seller: Seller) -> str | None:
    with tenant_scope(tenant_id=shop.tenant.pk):
        code: str | None = DefaultWarehouse.objects.filter(seller=seller).values_list("warehouse__code", flat=True).first()
        return code


def test_a_new_seller_s_order_ships_from_its_default_warehouse(boss: Client, shop: Shop) -> None:
    assert add(boss, shop).status_code == 302
    seller = stored(shop)
    assert boss.post(f"{STORES}add/", {"seller": seller.pk, "code": "AU-1", "platform": "Shopify", "name": "Aurora US"}).status_code == 302
    with tenant_scope(tenant_id=shop.tenant.pk):
        store = Store.objects.get(code="AU-1")
    assert (store.seller_id, store.platform, store.name) == (seller.pk, "shopify", "Aurora US")
    listed = markup_of(boss.get(SELLERS))
    assert all(word in listed for word in ("aurora", "Aurora", "east-FAR", "Aurora US"))

    vase = add_sku(seller=seller, code="VASE")
    set_stock(sku=vase, warehouse=shop.far, on_hand=1)
    order = add_order(store=store, number="A-1", lines=[(vase, 1)])
    queue_order(order=order)
    assert drain_tenant(tenant_id=shop.tenant.pk, at=NOON).decided == 1


def test_a_seller_is_renamed_and_gets_another_default_warehouse_or_none(boss: Client, shop: Shop) -> None:
    add(boss, shop)
    seller = stored(shop)
    page = f"{SELLERS}{seller.pk}/change/"
    for warehouse, kept in ((str(shop.near.pk), "east-NEAR"), (str(shop.near.pk), "east-NEAR"), ("", None)):
        assert boss.post(page, {"code": "other", "name": "Aurora Home", "default_warehouse": warehouse}).status_code == 302
        assert default_of(shop, seller) == kept
    assert stored(shop).name == "Aurora Home"
    with tenant_scope(tenant_id=shop.tenant.pk):
        noted = AuditEntry.objects.filter(actor="boss").order_by("pk").values_list("subject", "verb", "use_case")
        assert list(noted) == [
            ("tenancy_seller", "added", "manage_people"),
            ("allocation_defaultwarehouse", "added", "configure"),
            ("tenancy_seller", "changed", "manage_people"),
            ("allocation_defaultwarehouse", "changed", "configure"),
            ("allocation_defaultwarehouse", "removed", "configure"),
        ]


def test_a_store_keeps_all_but_its_name(boss: Client, shop: Shop) -> None:
    page = f"{STORES}{shop.store.pk}/change/"
    assert boss.post(page, {"name": "New name", "code": "other", "platform": "ebay"}).status_code == 302
    with tenant_scope(tenant_id=shop.tenant.pk):
        store = Store.objects.get(pk=shop.store.pk)
        assert (store.name, store.code, store.platform) == ("New name", shop.store.code, shop.store.platform)
        assert AuditEntry.objects.get(subject="orders_store", verb="changed").actor == "boss"


def test_what_is_taken_or_odd_is_said_by_its_field_and_not_saved(boss: Client, shop: Shop) -> None:
    theirs = add_shop(code="west")
    assert "This code is taken." in markup_of(add(boss, shop, code=shop.seller.code))
    assert add(boss, shop, code="two words").status_code == 200
    assert add(boss, shop, name="").status_code == 200
    assert "Select a valid choice" in markup_of(add(boss, shop, default_warehouse=str(theirs.near.pk)))
    taken = {"seller": shop.seller.pk, "code": shop.store.code, "platform": "ebay", "name": "x"}
    assert "This code is taken." in markup_of(boss.post(f"{STORES}add/", taken))
    assert boss.post(f"{STORES}add/", {**taken, "code": "new", "seller": theirs.seller.pk}).status_code == 200
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert (Seller.objects.count(), Store.objects.count()) == (1, 1)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY])
def test_only_administrators_change_them(shop: Shop, client: Client, role: Role) -> None:
    client.force_login(add_member(tenant=shop.tenant, role=role))
    assert client.get(SELLERS).status_code == 200
    for page in (f"{SELLERS}add/", f"{SELLERS}{shop.seller.pk}/change/", f"{STORES}add/", f"{STORES}{shop.store.pk}/change/"):
        assert client.post(page, {"code": "x", "name": "x", "platform": "x", "seller": shop.seller.pk}).status_code == 403
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert Seller.objects.get().name != "x"


def test_another_company_s_seller_is_not_found(boss: Client, shop: Shop) -> None:
    theirs = add_shop(code="west")
    assert boss.post(f"{SELLERS}{theirs.seller.pk}/change/", {"name": "x", "default_warehouse": ""}).status_code in {302, 404}
    with tenant_scope(tenant_id=theirs.tenant.pk):
        assert Seller.objects.get().name != "x"
    assert "west" not in markup_of(boss.get(STORES))
