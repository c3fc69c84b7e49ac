"""Two sellers in one company and one in another, each with orders, stock, an export and a key."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.test import Client

from orders.models import Order, Store
from tests.console.shop import Shop, add_decided_order, add_shop
from tests.world import NOON, add_member, add_seller, add_sku, add_store, set_stock
from wms.exports.runner import run_export
from wms.exports.services import request_export
from wms.tenancy.access import Seat
from wms.tenancy.keys import create_api_key
from wms.tenancy.models import Role, Seller
from wms.tenancy.scope import tenant_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """What one seller has: a person, a decided order, a finished export and a key in use."""

    shop: Shop
    seller: Seller
    person: User
    order: Order
    export_id: int
    key_id: int

    @property
    def seat(self) -> Seat:
        return Seat(tenant_id=self.shop.tenant.pk, role=Role.SELLER, seller_id=self.seller.pk)

    def client(self) -> Client:
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(self.person)
        return client


def open_stall(shop: Shop, *, seller: Seller | None = None, number: str = "1001") -> Stall:
    """Let the shop's seller, or another one with a lamp of their own, have one of everything."""
    if seller is not None:
        shop = _shop_of(shop, seller)
    person = add_member(tenant=shop.tenant, role=Role.SELLER, seller=shop.seller, username=f"person@{shop.seller.code}")
    seat = Seat(tenant_id=shop.tenant.pk, role=Role.SELLER, seller_id=shop.seller.pk)
    order = add_decided_order(shop, number=number)
    wish = {"selection": "seller_orders", "parameters": {}, "file_format": "csv", "language": "en"}
    job = request_export(seat=seat, user_id=person.pk, at=NOON, **wish)  # type: ignore[arg-type]
    run_export(tenant_id=shop.tenant.pk, job_id=job.pk, now=lambda: NOON)
    key = create_api_key(seat=seat, role=Role.SELLER, name="ERP", created_by=person.username, at=NOON)
    return Stall(shop=shop, seller=shop.seller, person=person, order=order, export_id=job.pk, key_id=key.key.pk)


def open_market() -> tuple[Stall, Stall, Stall]:
    """Return a seller, a neighbour in the same company, and a stranger in another."""
    east, west = add_shop(code="east"), add_shop(code="west")
    neighbour = add_seller(tenant=east.tenant, code="east-mango", name="Mango")
    return open_stall(east), open_stall(east, seller=neighbour, number="2001"), open_stall(west, number="3001")


def _shop_of(shop: Shop, seller: Seller) -> Shop:
    lamp = add_sku(seller=seller, code=f"{seller.code}-LAMP")
    set_stock(sku=lamp, warehouse=shop.near, on_hand=5)
    store: Store = add_store(seller=seller)
    with tenant_scope(tenant_id=shop.tenant.pk):
        return Shop(shop.tenant, seller, store, shop.near, shop.far, shop.channel, shop.card, lamp)
