"""Reads for deciding: the settings of a tenant as they stand, and the versions that records name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Q

from allocation.core.settings import ChannelTerms, Settings, StrategyTerms, WarehouseTerms
from allocation.models import DefaultWarehouse, Lane, Strategy, StrategyChannel, StrategySeller, StrategyWarehouse
from carriers.core.card import card_from_document
from carriers.core.rate_card import RateCard
from carriers.core.zones import ZoneChart, chart_from_document
from carriers.models import Channel, FuelRate, FxRate
from carriers.models import RateCard as RateCardRow
from carriers.models import ZoneChart as ZoneChartRow
from inventory.models import Warehouse
from wms.tenancy.models import Tenant


def ship_date_of(*, tenant: Tenant, at: datetime) -> date:
    """Return the day that it is for the tenant: prices and fuel are chosen by it."""
    return at.astimezone(ZoneInfo(tenant.timezone)).date()


def read_settings(*, tenant: Tenant, ship_date: date) -> Settings:
    """Return the settings in force on a ship date. Call it inside the tenant's scope."""
    return Settings(
        ship_date=ship_date,
        currency=tenant.currency,
        warehouses=tuple(_warehouse(row) for row in Warehouse.objects.filter(active=True).order_by("code")),
        channels=_channels(ship_date),
        lanes=tuple(Lane.objects.order_by("warehouse_id", "channel_id").values_list("warehouse_id", "channel_id")),
        strategies=_strategies(),
        default_warehouses=tuple(DefaultWarehouse.objects.order_by("seller_id").values_list("seller_id", "warehouse_id")),
        fx_rates=_fx_rates(tenant.currency, ship_date),
    )


def _warehouse(row: Warehouse) -> WarehouseTerms:
    return WarehouseTerms(
        id=row.pk,
        code=row.code,
        name=row.name,
        country=row.country,
        postcode=row.postcode,
        lat=row.lat,
        lon=row.lon,
        priority=row.priority,
        handling_currency=row.handling_currency,
        per_order_minor=row.handling_per_order_minor,
        per_piece_minor=row.handling_per_piece_minor,
        per_kg_minor=row.handling_per_kg_minor,
    )


def _channels(ship_date: date) -> tuple[ChannelTerms, ...]:
    in_force = Q(effective_from__lte=ship_date) & (Q(effective_to__isnull=True) | Q(effective_to__gt=ship_date))
    cards = {row.channel_id: row for row in RateCardRow.objects.filter(in_force).only("id", "channel_id", "zone_chart_id")}
    fuel = _latest(FuelRate.objects.filter(effective_from__lte=ship_date).order_by("effective_from").values_list("channel_id", "percent"))
    return tuple(
        ChannelTerms(
            id=row.pk,
            code=row.code,
            name=row.name,
            rate_card_id=cards[row.pk].pk if row.pk in cards else None,
            zone_chart_id=cards[row.pk].zone_chart_id if row.pk in cards else None,
            fuel_percent=fuel.get(row.pk),
        )
        for row in Channel.objects.filter(active=True).order_by("code")
    )


def _fx_rates(currency: str, ship_date: date) -> tuple[tuple[str, str], ...]:
    rows = FxRate.objects.filter(target=currency, effective_from__lte=ship_date).order_by("effective_from")
    return tuple(sorted(_latest(rows.values_list("source", "rate")).items()))


def _latest[Key](rows: Iterable[tuple[Key, Decimal]]) -> dict[Key, str]:
    return {key: format(value.normalize(), "f") for key, value in rows}


def _strategies() -> tuple[StrategyTerms, ...]:
    warehouses = _grouped(StrategyWarehouse.objects.values_list("strategy_id", "warehouse_id"))
    channels = _grouped(StrategyChannel.objects.values_list("strategy_id", "channel_id"))
    sellers = _grouped(StrategySeller.objects.values_list("strategy_id", "seller_id"))
    return tuple(
        StrategyTerms(
            id=row.pk,
            name=row.name,
            warehouse_ids=warehouses.get(row.pk, ()),
            channel_ids=channels.get(row.pk, ()),
            seller_ids=sellers.get(row.pk, ()),
            platforms=tuple(sorted(row.platforms)),
            countries=tuple(sorted(row.countries)),
        )
        for row in Strategy.objects.filter(active=True).order_by("priority", "pk")
    )


def _grouped(pairs: Iterable[tuple[int, int]]) -> Mapping[int, tuple[int, ...]]:
    groups: dict[int, list[int]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: tuple(sorted(values)) for key, values in groups.items()}


def read_cards(settings: Settings) -> dict[int, RateCard]:
    """Return the rate cards that the settings name, by id."""
    ids = {terms.rate_card_id for terms in settings.channels if terms.rate_card_id is not None}
    return {row.pk: card_from_document(row.document) for row in RateCardRow.objects.filter(pk__in=ids)}


def read_charts(settings: Settings) -> dict[int, ZoneChart]:
    """Return the zone charts that the settings name, by id."""
    ids = {terms.zone_chart_id for terms in settings.channels if terms.zone_chart_id is not None}
    return {row.pk: chart_from_document(row.document) for row in ZoneChartRow.objects.filter(pk__in=ids)}
