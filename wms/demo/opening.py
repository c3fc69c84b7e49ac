"""Open one of the sample world's companies: its warehouses, sellers, goods, stock, carriers, prices and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from allocation.core.strategies import DEFAULT_WAREHOUSE, EXCEPTION, PLAIN, Objective, Scope, StrategyDraft, Terms
from allocation.models import Lane
from allocation.services.default_warehouses import set_default_warehouse
from allocation.strategies import save_strategy
from carriers.services import FxQuote, publish_rate_card, publish_zone_chart, save_carrier, save_channel, set_fx_rates
from carriers.tiers import save_seller_tier
from inventory.core.types import NewWarehouse, Receipt
from inventory.models import Sku, Stock, Warehouse
from inventory.services import keep_safety_stock, receive_stock, save_skus, save_warehouses
from orders.stores import open_store
from wms.demo.companies import Company, OpenedCompany, SampleSeller, SampleStrategy
from wms.demo.goods import catalogue, draw_safety_stock, draw_stock
from wms.demo.live import open_live_channel
from wms.demo.prices import Chart, charts, discounted, tariffs
from wms.places.services import Place, locate_many
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import create_seller, create_tenant

ACTOR = "demo"
EARLIEST_PRICE = date(2025, 1, 6)


def open_company(*, company: Company, at: datetime, sandbox_url: str | None = None) -> OpenedCompany:
    """Store a company with everything but its people and its orders; its live channel only where there is a sandbox to ask."""
    tenant_id = create_tenant(code=company.code, name=company.name, currency=company.currency, timezone=company.timezone).pk
    with tenant_scope(tenant_id=tenant_id):
        save_warehouses(tenant_id=tenant_id, warehouses=[_located(warehouse.terms) for warehouse in company.warehouses])
        warehouse_ids = dict(Warehouse.objects.values_list("code", "id"))
        seller_ids = {seller.code: create_seller(tenant_id=tenant_id, code=seller.code, name=seller.name).pk for seller in company.sellers}
        opened = OpenedCompany(tenant_id=tenant_id, seller_ids=seller_ids, warehouse_ids=warehouse_ids)
        for seller in company.sellers:
            _open_stores(seller, opened)
            _receive_goods(seller, opened, at)
        channel_ids = _publish_prices(company, tenant_id, at)
        _set_tiers(company, opened)
        _set_allocation(company, opened, channel_ids, at)
        if sandbox_url is not None and any(strategy.live for strategy in company.strategies):
            open_live_channel(company=company, opened=opened, sandbox_url=sandbox_url)
    return opened


def _located(warehouse: NewWarehouse) -> NewWarehouse:
    """Return the warehouse with its town and coordinates, as its postcode says."""
    address = (warehouse.country, warehouse.postcode)
    place = locate_many([address])[address]
    if not isinstance(place, Place):
        raise place
    city = warehouse.name.split(" ", 1)[1].removesuffix(f" {place.state_code}")
    return replace(warehouse, state=place.state_code, city=city, lat=place.lat, lon=place.lon)


def _open_stores(seller: SampleSeller, opened: OpenedCompany) -> None:
    seller_id = opened.seller_ids[seller.code]
    for platform in seller.platforms:
        code, name = f"{seller.code}-{platform}", f"{seller.name} @ {platform}"
        open_store(tenant_id=opened.tenant_id, seller_id=seller_id, platform=platform, code=code, name=name)


def _receive_goods(seller: SampleSeller, opened: OpenedCompany, at: datetime) -> None:
    seller_id = opened.seller_ids[seller.code]
    save_skus(tenant_id=opened.tenant_id, seller_id=seller_id, skus=[article.sku for article in catalogue()[seller.code]])
    sku_ids = dict(Sku.objects.filter(seller_id=seller_id).values_list("code", "id"))
    units = draw_stock(seller=seller.code, warehouses=tuple(opened.warehouse_ids), main=seller.default_warehouse)
    receipts = [
        Receipt(warehouse_id=opened.warehouse_ids[warehouse], sku_id=sku_ids[sku], units=held) for (warehouse, sku), held in units.items()
    ]
    receive_stock(tenant_id=opened.tenant_id, receipts=receipts, actor=ACTOR, at=at, reference=f"DEMO-{seller.code}")
    held_in = {(warehouse_id, sku_id): pk for warehouse_id, sku_id, pk in Stock.objects.values_list("warehouse_id", "sku_id", "pk")}
    for (warehouse, sku), kept in draw_safety_stock(seller=seller.code, units=units).items():
        stock_id = held_in[opened.warehouse_ids[warehouse], sku_ids[sku]]
        keep_safety_stock(tenant_id=opened.tenant_id, stock_id=stock_id, units=kept)


def _publish_prices(company: Company, tenant_id: int, at: datetime) -> dict[str, int]:
    """Return the ids of the channels by code, each with its rate card and zone chart."""
    used = [discounted(tariffs()[code], company.discounts.get(code)) for code in company.channels]
    published = {name: _publish_chart(charts()[name], tenant_id, at) for name in sorted({tariff.chart for tariff in used})}
    channel_ids: dict[str, int] = {}
    for tariff in used:
        carrier_id, chart_id = published[tariff.chart]
        channel_id = save_channel(tenant_id=tenant_id, carrier_id=carrier_id, code=tariff.channel, name=tariff.name)
        # On a computer whose clock is behind the prices, they hold from today.
        since = min(tariff.effective_from, at.date())
        document = {**tariff.document, "effective_from": since.isoformat()}
        publish_rate_card(
            tenant_id=tenant_id, channel_id=channel_id, zone_chart_id=chart_id, document=document, at=at, source=tariff.source
        )
        channel_ids[tariff.channel] = channel_id
    _set_exchange_rates(company, tenant_id, at)
    return channel_ids


def _set_tiers(company: Company, opened: OpenedCompany) -> None:
    for tier in company.tiers:
        save_seller_tier(
            tenant_id=opened.tenant_id,
            code=tier.code,
            name=tier.name,
            percent=Decimal(tier.percent),
            channel_percents=tier.channel_percents,
            seller_ids=[opened.seller_ids[code] for code in tier.sellers],
        )


def _publish_chart(chart: Chart, tenant_id: int, at: datetime) -> tuple[int, int]:
    """Return the ids of the carrier and of its zone chart."""
    carrier_id = save_carrier(tenant_id=tenant_id, code=chart.carrier, name=chart.carrier_name)
    published = publish_zone_chart(tenant_id=tenant_id, carrier_id=carrier_id, document=chart.document, at=at, source=chart.source)
    return carrier_id, published.version_id


def _set_exchange_rates(company: Company, tenant_id: int, at: datetime) -> None:
    since = min(EARLIEST_PRICE, at.date())
    rates = [
        FxQuote(source=source, target=company.currency, effective_from=since, rate=Decimal(rate))
        for source, rate in company.fx_rates.items()
    ]
    set_fx_rates(tenant_id=tenant_id, rates=rates)


def _set_allocation(company: Company, opened: OpenedCompany, channel_ids: Mapping[str, int], at: datetime) -> None:
    own = {"tenant_id": opened.tenant_id}
    for warehouse in company.warehouses:
        warehouse_id = opened.warehouse_ids[warehouse.terms.code]
        Lane.objects.bulk_create(Lane(**own, warehouse_id=warehouse_id, channel_id=channel_ids[code]) for code in warehouse.channels)
    for sample in company.strategies:
        draft = StrategyDraft(
            name=sample.name,
            warehouse_ids=tuple(sorted(opened.warehouse_ids[code] for code in sample.warehouses or opened.warehouse_ids)),
            channel_ids=tuple(sorted(channel_ids[code] for code in sample.channels)),
            scope=Scope(seller_ids=tuple(sorted(opened.seller_ids[code] for code in sample.sellers)), platforms=sample.platforms),
            terms=_terms(sample),
            priority=sample.priority,
            fallbacks=(EXCEPTION,) if sample.or_person else (DEFAULT_WAREHOUSE,),
        )
        save_strategy(tenant_id=opened.tenant_id, draft=draft, author=ACTOR, at=at)
    for seller in company.sellers:
        warehouse_id = opened.warehouse_ids[seller.default_warehouse]
        seller_id = opened.seller_ids[seller.code]
        set_default_warehouse(tenant_id=opened.tenant_id, seller_id=seller_id, warehouse_id=warehouse_id)


def _terms(sample: SampleStrategy) -> Terms:
    price = sample.late_day_price_minor
    return Terms(objective=Objective.WEIGHTED, late_day_price_minor=price) if price else PLAIN
