"""Small worlds for tests, built step by step through the models.

    tenant = add_tenant(code="eastlake")
    seller = add_seller(tenant=tenant, code="lumen")
    dallas = add_warehouse(tenant=tenant, code="DAL", postcode="75201", lat=32.79, lon=-96.80)
    lamp = add_sku(seller=seller, code="LAMP", mass_mg=900_000)
    set_stock(sku=lamp, warehouse=dallas, on_hand=5)
    order = add_order(store=add_store(seller=seller), number="1001", lines=[(lamp, 2)])

Each function opens the scope of the tenant that its arguments belong to, so it can be called outside any; reading the rows
back needs `tenant_scope(tenant_id=tenant.pk)`. Everything has a default that a reader can add up in the head: a SKU weighs
1 kg and measures 10 × 10 × 10 cm, an order goes to a home in New York. Further fields of a model are passed by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User

from allocation.models import Lane, Strategy, StrategyChannel, StrategyWarehouse
from carriers.models import Carrier, Channel, FuelRate, RateCard, ZoneChart
from inventory.models import Sku, Stock, Warehouse
from orders.models import Order, OrderLine, Store
from orders.services import queue_orders
from wms.tenancy.models import Role, Seller, Tenant, TenantModel
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import create_member, create_seller, create_tenant

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""The instant at which everything in a test's world happens, unless it says otherwise."""


def add_tenant(*, code: str = "eastlake", name: str = "", currency: str = "USD", timezone: str = "UTC") -> Tenant:
    return create_tenant(code=code, name=name or code.title(), currency=currency, timezone=timezone)


def add_seller(*, tenant: Tenant, code: str = "lumen", name: str = "") -> Seller:
    return create_seller(tenant_id=tenant.pk, code=code, name=name or code.title())


def add_member(*, tenant: Tenant, role: Role, username: str = "", seller: Seller | None = None) -> User:
    """Return a person with a seat. There is no password: sign in with `client.force_login`."""
    username = username or f"{role.value}@{tenant.code}"
    user, _ = User.objects.get_or_create(username=username)
    create_member(tenant_id=tenant.pk, user_id=user.pk, role=role.value, seller_id=seller.pk if seller else None)
    return user


def add_platform_user(*, username: str = "platform") -> User:
    return User.objects.create(username=username, is_superuser=True, is_staff=True)


def add_warehouse(*, tenant: Tenant, code: str = "NJ1", **fields: Any) -> Warehouse:
    """Return a warehouse in Edison, New Jersey, unless the fields say otherwise."""
    place = {"country": "US", "state": "NJ", "city": "Edison", "postcode": "08817", "lat": 40.52, "lon": -74.39}
    return _add(Warehouse(tenant=tenant, code=code, **{"name": f"Warehouse {code}", **place, **fields}))


def add_sku(*, seller: Seller, code: str = "SKU1", **fields: Any) -> Sku:
    size = {"mass_mg": 1_000_000, "length_um": 100_000, "width_um": 100_000, "height_um": 100_000}
    return _add(Sku(tenant_id=seller.tenant_id, seller=seller, code=code, **{"name": f"Article {code}", **size, **fields}))


def set_stock(*, sku: Sku, warehouse: Warehouse, on_hand: int, reserved: int = 0, safety: int = 0) -> Stock:
    units = {"on_hand": on_hand, "reserved": reserved, "safety": safety, "seller_id": sku.seller_id}
    with tenant_scope(tenant_id=sku.tenant_id):
        stock: Stock
        stock, _ = Stock.objects.update_or_create(tenant_id=sku.tenant_id, sku=sku, warehouse=warehouse, defaults=units)
        return stock


def add_store(*, seller: Seller, code: str = "", platform: str = "amazon") -> Store:
    code = code or f"{seller.code}-{platform}"
    return _add(Store(tenant_id=seller.tenant_id, seller=seller, code=code, name=code.title(), platform=platform))


def add_order(*, store: Store, number: str = "1001", lines: Sequence[tuple[Sku, int]] = (), **fields: Any) -> Order:
    """Return an order to a home in New York. It is stored only; `queue_order` lets it wait for a decision."""
    place = {
        "recipient": "Ada Ng",
        "country": "US",
        "state_code": "NY",
        "city": "New York",
        "postcode": "10001",
        "lat": 40.75,
        "lon": -73.99,
    }
    rest = {"recipient": "Ada Ng", "placed_at": NOON, "received_at": NOON}
    common = {"tenant_id": store.tenant_id, "seller_id": store.seller_id}
    with tenant_scope(tenant_id=store.tenant_id):
        order: Order = Order.objects.create(store=store, external_number=number, **common, **{**place, **rest, **fields})
        OrderLine.objects.bulk_create(
            OrderLine(order=order, number=position, sku=sku, units=units, **common) for position, (sku, units) in enumerate(lines, start=1)
        )
        return order


def queue_order(*, order: Order, at: datetime = NOON) -> None:
    """Put a stored order that has lines on the queue, as orders.services does."""
    queue_orders(tenant_id=order.tenant_id, order_ids=[order.pk], at=at)


def add_carrier(*, tenant: Tenant, code: str = "USPS") -> Carrier:
    return _add(Carrier(tenant=tenant, code=code, name=code))


def add_channel(*, carrier: Carrier, code: str = "GROUND", **fields: Any) -> Channel:
    return _add(Channel(tenant_id=carrier.tenant_id, carrier=carrier, code=code, **{"name": f"Channel {code}", **fields}))


def one_zone_chart(*, zone: str = "1", countries: Sequence[str] = ("US",)) -> dict[str, Any]:
    """Return a chart by which every address in these countries lies in one zone."""
    return {"code": "one-zone", "origins": [{"from": {}, "to": [{"countries": list(countries), "zone": zone}]}]}


def flat_card(*, first_kg: str = "5.00", further_kg: str = "1.00", most_kg: int = 30, zone: str = "1", days: int = 3) -> dict[str, Any]:
    """Return a card in one zone: so much for the first kilogram, so much for each further one begun; no fuel, no surcharge."""
    amounts = [Decimal(first_kg) + row * Decimal(further_kg) for row in range(most_kg)]
    return {
        "code": "flat",
        "currency": "USD",
        "effective_from": "2026-01-01",
        "units": {"weight": "kg", "length": "cm"},
        "zones": [zone],
        "rates": [{"not_over": str(row), "amounts": [str(amount)]} for row, amount in enumerate(amounts, start=1)],
        "transit_days": {zone: days},
    }


def add_zone_chart(*, carrier: Carrier, document: dict[str, Any] | None = None, code: str = "2026-01") -> ZoneChart:
    document = document or one_zone_chart()
    return _add(
        ZoneChart(
            tenant_id=carrier.tenant_id, carrier=carrier, code=code, document=document, sha256=_fingerprint(document), created_at=NOON
        )
    )


def add_rate_card(*, channel: Channel, zone_chart: ZoneChart, document: dict[str, Any] | None = None, **fields: Any) -> RateCard:
    """Return a version of a channel's prices, in force from 2026-01-01 in USD unless the fields say otherwise."""
    document = document or flat_card()
    validity = {"effective_from": date(2026, 1, 1), "effective_to": None, "currency": "USD", "created_at": NOON}
    return _add(
        RateCard(
            tenant_id=channel.tenant_id,
            channel=channel,
            zone_chart=zone_chart,
            document=document,
            sha256=_fingerprint(document),
            **{**validity, **fields},
        )
    )


def add_fuel_rate(*, channel: Channel, percent: str, effective_from: date = date(2026, 1, 1)) -> FuelRate:
    return _add(FuelRate(tenant_id=channel.tenant_id, channel=channel, percent=percent, effective_from=effective_from))


def add_lane(*, warehouse: Warehouse, channel: Channel) -> Lane:
    return _add(Lane(tenant_id=warehouse.tenant_id, warehouse=warehouse, channel=channel))


def add_strategy(
    *, tenant: Tenant, warehouses: Sequence[Warehouse] = (), channels: Sequence[Channel] = (), name: str = "Smart", **fields: Any
) -> Strategy:
    with tenant_scope(tenant_id=tenant.pk):
        strategy: Strategy = Strategy.objects.create(tenant=tenant, name=name, **fields)
        for warehouse in warehouses:
            StrategyWarehouse.objects.create(tenant=tenant, strategy=strategy, warehouse=warehouse)
        for channel in channels:
            StrategyChannel.objects.create(tenant=tenant, strategy=strategy, channel=channel)
        return strategy


def _add[Row: TenantModel](row: Row) -> Row:
    with tenant_scope(tenant_id=row.tenant_id):
        row.save(force_insert=True)
    return row


def _fingerprint(document: dict[str, Any]) -> str:
    return sha256(repr(document).encode()).hexdigest()
