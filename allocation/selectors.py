"""Reads for deciding: the settings of a tenant as they stand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from allocation.core.settings import ChannelTerms, Settings, TierTerms, WarehouseTerms
from allocation.models import DefaultWarehouse, Lane
from allocation.rules.reading import rules_in_force
from allocation.strategies.reading import read_strategies
from carriers.models import Channel, Holiday
from carriers.selectors import area_lists_in_force, fuel_percents, fx_rates_to, live_channel_ids, rate_cards_in_force, seller_tiers
from inventory.models import Warehouse
from wms.tenancy.models import Tenant

HOLIDAYS_BEFORE = timedelta(days=2)
HOLIDAYS_AFTER = timedelta(days=400)


def ship_date_of(*, tenant: Tenant, at: datetime) -> date:
    """Return the day that it is for the tenant: prices and fuel are chosen by it."""
    return at.astimezone(ZoneInfo(tenant.timezone)).date()


def read_settings(*, tenant: Tenant, ship_date: date) -> Settings:
    """Return the settings in force on a ship date. Call it inside the tenant's scope."""
    channels = _channels(ship_date)
    return Settings(
        rules=rules_in_force(),
        ship_date=ship_date,
        currency=tenant.currency,
        warehouses=read_warehouses(),
        channels=channels,
        tiers=_tiers(channels),
        lanes=tuple(Lane.objects.order_by("warehouse_id", "channel_id").values_list("warehouse_id", "channel_id")),
        strategies=read_strategies(),
        default_warehouses=tuple(DefaultWarehouse.objects.order_by("seller_id").values_list("seller_id", "warehouse_id")),
        fx_rates=fx_rates_to(currency=tenant.currency, ship_date=ship_date),
        holidays=_holidays(ship_date),
    )


def read_warehouses() -> tuple[WarehouseTerms, ...]:
    """Return the active warehouses in the order of their codes. Call it inside the tenant's scope."""
    return tuple(_warehouse(row) for row in Warehouse.objects.filter(active=True).order_by("code"))


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
        per_tag_minor=tuple(sorted(row.handling_per_tag_minor.items())),
        timezone=row.timezone,
        cutoff=None if row.cutoff_time is None else row.cutoff_time.isoformat(),
        weekdays=tuple(sorted(row.weekdays)),
        daily_orders=row.daily_capacity,
        daily_lines=row.daily_lines,
    )


def _channels(ship_date: date) -> tuple[ChannelTerms, ...]:
    cards, fuel = rate_cards_in_force(ship_date=ship_date), fuel_percents(ship_date=ship_date)
    area_lists, live = area_lists_in_force(ship_date=ship_date), live_channel_ids()
    return tuple(
        ChannelTerms(
            id=row.pk,
            code=row.code,
            name=row.name,
            rate_card_id=cards[row.pk].rate_card_id if row.pk in cards else None,
            zone_chart_id=cards[row.pk].zone_chart_id if row.pk in cards else None,
            fuel_percent=fuel.get(row.pk),
            area_list_ids=area_lists.get(row.carrier_id, ()),
            is_live=row.pk in live,
        )
        for row in Channel.objects.filter(active=True).order_by("code")
    )


def _tiers(channels: tuple[ChannelTerms, ...]) -> tuple[TierTerms, ...]:
    ids = {channel.code: channel.id for channel in channels}
    return tuple(
        TierTerms(
            code=tier.code,
            percent=tier.percent,
            channel_percents=tuple(sorted((ids[code], percent) for code, percent in tier.channel_percents.items() if code in ids)),
            seller_ids=tier.seller_ids,
        )
        for tier in seller_tiers()
    )


def _holidays(ship_date: date) -> tuple[tuple[str, str], ...]:
    """Return the holidays that a parcel of this day can meet: the longest transit takes about a year of working days."""
    near = Holiday.objects.filter(date__range=(ship_date - HOLIDAYS_BEFORE, ship_date + HOLIDAYS_AFTER))
    return tuple((country, day.isoformat()) for country, day in near.order_by("country", "date").values_list("country", "date"))
