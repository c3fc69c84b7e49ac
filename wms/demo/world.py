"""The sample world: made once, found again by every later run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise
from pathlib import Path

from django.db import connection, transaction

from inventory.models import Sku
from orders.models import Order, Store
from orders.services import place_orders
from wms.demo.companies import Company, SampleSeller, companies
from wms.demo.goods import catalogue
from wms.demo.live import ask_sandbox_at
from wms.demo.opening import ACTOR, open_company
from wms.demo.people import add_people, add_platform_user, demo_password, renew_passwords
from wms.demo.ruling import set_rules
from wms.demo.shopping import Shop, draw_orders
from wms.tenancy.models import Seller
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import TenantUnknown, tenant_id_of


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The sample world's companies with the ids of their tenants, its people's password, and whether it was made just now."""

    tenants: tuple[tuple[Company, int], ...]
    password: str
    is_new: bool


def ensure_world(*, data_dir: Path, at: datetime, sandbox_url: str | None = None) -> World:
    """Make the sample world, or find it. It is made in one transaction: an interrupted run leaves nothing behind.

    With a sandbox one of its channels has live prices, which come from that address from now on.
    """
    password = demo_password(data_dir)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('the sample world'))")
        found = _found()
        tenants = found or _made(password_hash=password.hashed(), at=at, sandbox_url=sandbox_url)
        if sandbox_url is not None:
            ask_sandbox_at(tenant_ids=[tenant_id for _, tenant_id in found], sandbox_url=sandbox_url)
        if found and password.is_new:
            renew_passwords(companies=companies(), password_hash=password.hashed())
    return World(tenants=tenants, password=password.text, is_new=not found)


def _found() -> tuple[tuple[Company, int], ...]:
    try:
        return tuple((company, tenant_id_of(code=company.code)) for company in companies())
    except TenantUnknown:
        return ()


def _made(*, password_hash: str, at: datetime, sandbox_url: str | None) -> tuple[tuple[Company, int], ...]:
    add_platform_user(password_hash=password_hash)
    tenants = []
    for company in companies():
        opened = open_company(company=company, at=at, sandbox_url=sandbox_url)
        set_rules(company=company, tenant_id=opened.tenant_id, actor=ACTOR, at=at)
        add_people(company=company, tenant_id=opened.tenant_id, seller_ids=opened.seller_ids, password_hash=password_hash)
        tenants.append((company, opened.tenant_id))
    return tuple(tenants)


def place_sample_orders(*, world: World, count: int, at: datetime) -> int:
    """Place the sample orders that are not there yet, in one transaction; return how many were new.

    The workers are told when it commits, so that all orders wait at the same instant and the work can be timed.
    """
    placed = 0
    wanted = shares(count)
    with transaction.atomic():
        for company, tenant_id in world.tenants:
            for seller in company.sellers:
                placed += _place_missing(tenant_id=tenant_id, seller=seller, count=wanted[company.code, seller.code], at=at)
    return placed


def shares(count: int) -> dict[tuple[str, str], int]:
    """Return how many of so many orders each seller gets, by (company, seller); they add up to the whole."""
    sellers = [(company, seller) for company in companies() for seller in company.sellers]
    totals = list(accumulate((company.orders_percent for company, _ in sellers), initial=0))
    bounds = [count * total // totals[-1] for total in totals]
    return {(company.code, seller.code): last - first for (company, seller), (first, last) in zip(sellers, pairwise(bounds), strict=True)}


def _place_missing(*, tenant_id: int, seller: SampleSeller, count: int, at: datetime) -> int:
    with tenant_scope(tenant_id=tenant_id):
        seller_id = Seller.objects.values_list("id", flat=True).get(code=seller.code)
        if Order.objects.filter(seller_id=seller_id).count() >= count:
            return 0
        shop = _shop(seller, seller_id)
    orders = tuple(draw_orders(shop=shop, count=count, at=at))
    return len(place_orders(tenant_id=tenant_id, orders=orders, at=at).order_ids)


def _shop(seller: SampleSeller, seller_id: int) -> Shop:
    sku_ids = dict(Sku.objects.filter(seller_id=seller_id).values_list("code", "id"))
    store_ids = dict(Store.objects.filter(seller_id=seller_id).order_by("code").values_list("platform", "id"))
    articles = tuple((article, sku_ids[article.sku.code]) for article in catalogue()[seller.code])
    return Shop(code=seller.code, store_ids=store_ids, articles=articles)
