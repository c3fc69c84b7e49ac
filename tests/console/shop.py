"""A company whose orders are decided: a near and a far warehouse, one channel, one article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from allocation.runner import drain_tenant
from billing.services import save_format
from carriers.live.accounts import add_account
from carriers.models import AreaList, Carrier, Channel, FxRate, Holiday, LiveService, RateCard, SellerTier
from inventory.models import Sku, Warehouse
from orders.models import Order, Store
from tests.carriers.live.stub_apis import SECRETS
from tests.carriers.live.stub_server import StubServer
from tests.world import (
    NOON,
    add_carrier,
    add_channel,
    add_fuel_rate,
    add_lane,
    add_order,
    add_rate_card,
    add_seller,
    add_sku,
    add_store,
    add_strategy,
    add_tenant,
    add_warehouse,
    add_zone_chart,
    flat_card,
    queue_order,
    set_stock,
)
from wms.tenancy.models import Seller, Tenant
from wms.tenancy.scope import tenant_scope


@dataclass(frozen=True, slots=True)
class Shop:
    """`near` holds 5 lamps and `far` 1. A lamp of 1 kg ships for 5.00; handling is 0.70 at `near`, 0.90 at `far`."""

    tenant: Tenant
    seller: Seller
    store: Store
    near: Warehouse
    far: Warehouse
    channel: Channel
    card: RateCard
    lamp: Sku


def add_shop(*, code: str) -> Shop:
    tenant = add_tenant(code=code, name=f"{code.title()} Logistics")
    near = add_warehouse(tenant=tenant, code=f"{code}-NEAR", handling_per_order_minor=70)
    there = {"state": "CA", "city": "Ontario", "postcode": "91761", "lat": 34.03, "lon": -117.6}
    far = add_warehouse(tenant=tenant, code=f"{code}-FAR", handling_per_order_minor=90, **there)
    carrier = add_carrier(tenant=tenant, code=f"{code}-POST")
    channel = add_channel(carrier=carrier, code=f"{code}-GROUND")
    card = add_rate_card(channel=channel, zone_chart=add_zone_chart(carrier=carrier), document=flat_card(), source=f"{code} contract")
    for warehouse in (near, far):
        add_lane(warehouse=warehouse, channel=channel)
    add_strategy(tenant=tenant, warehouses=[near, far], channels=[channel], name=f"{code} lowest cost")
    _add_terms(tenant, carrier, channel)
    seller = add_seller(tenant=tenant, code=f"{code}-lumen")
    lamp = add_sku(seller=seller, code=f"{code}-LAMP")
    set_stock(sku=lamp, warehouse=near, on_hand=5)
    set_stock(sku=lamp, warehouse=far, on_hand=1)
    return Shop(tenant, seller, add_store(seller=seller), near, far, channel, card, lamp)


def _add_terms(tenant: Tenant, carrier: Carrier, channel: Channel) -> None:
    """Add a row of each further kind that the console shows."""
    add_fuel_rate(channel=channel, percent="10")
    own = {"tenant": tenant, "effective_from": date(2026, 1, 1)}
    with tenant_scope(tenant_id=tenant.pk):
        FxRate.objects.create(**own, source="CNY", target="USD", rate="0.14")
        Holiday.objects.create(tenant=tenant, country="US", date=date(2026, 7, 4), name="Independence Day")
        SellerTier.objects.create(tenant=tenant, code=f"{tenant.code}-GOLD", name=f"{tenant.name} gold", percent="-5")
        document = {"code": "remote", "entries": [{"country": "US", "tier": "remote", "postcodes": ["995"]}]}
        AreaList.objects.create(**own, carrier=carrier, code="remote", document=document, entries=1, sha256="0", created_at=NOON)
    save_format(tenant_id=tenant.pk, carrier=carrier.code, name="Weekly", document={"codes": {"Freight": "base"}}, at=NOON)


def add_decided_order(shop: Shop, *, number: str = "1001", units: int = 1) -> Order:
    order = add_order(store=shop.store, number=number, lines=[(shop.lamp, units)])
    queue_order(order=order)
    drain_tenant(tenant_id=shop.tenant.pk, at=NOON)
    return order


def add_live_service(shop: Shop, channel: Channel, stub: StubServer) -> None:
    """Let the stub's EasyPost price a channel of the shop, 9.25 USD a parcel."""
    account = add_account(
        tenant_id=shop.tenant.pk,
        provider="easypost",
        name="Main",
        fields=SECRETS["easypost"],
        base_url=stub.base_url("easypost"),
        cache_seconds=0,
    )
    with tenant_scope(tenant_id=shop.tenant.pk):
        LiveService.objects.create(tenant=shop.tenant, channel=channel, account=account, carrier="UPSDAP", service="Ground")
