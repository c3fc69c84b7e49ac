"""The settings of a tenant, compiled and kept in the process until they change."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from allocation.core.reference import PriceBook
from allocation.core.settings import Settings, settings_from_document
from allocation.core.world import World, compile_world
from allocation.models import SettingsVersion
from allocation.selectors import read_cards, read_charts, read_settings, ship_date_of
from wms.tenancy.models import Tenant

MOST_KEPT = 64
"""Worlds of so many tenants stay in a process; the one unused for longest goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedWorld:
    """A compiled world, the price book it was compiled from, and which version and revision of the settings it is."""

    world: World
    book: PriceBook
    version_id: int
    revision: int
    ship_date: date


_kept: OrderedDict[int, LoadedWorld] = OrderedDict()


def current_world(*, tenant_id: int, at: datetime) -> LoadedWorld:
    """Return the tenant's settings as they stand, compiled. Call it inside the tenant's scope."""
    tenant = Tenant.objects.get(pk=tenant_id)
    ship_date = ship_date_of(tenant=tenant, at=at)
    kept = _kept.get(tenant_id)
    if kept is None or (kept.revision, kept.ship_date) != (tenant.settings_revision, ship_date):
        kept = _load(tenant, ship_date, at)
        _kept[tenant_id] = kept
    _kept.move_to_end(tenant_id)
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
    return kept


def _load(tenant: Tenant, ship_date: date, at: datetime) -> LoadedWorld:
    settings = read_settings(tenant=tenant, ship_date=ship_date)
    book = price_book(settings)
    return LoadedWorld(
        world=compile_world(settings=settings, cards=book.cards, charts=book.charts),
        book=book,
        version_id=_version_of(tenant, settings, at),
        revision=tenant.settings_revision,
        ship_date=ship_date,
    )


def price_book(settings: Settings) -> PriceBook:
    """Return settings with the rate cards and zone charts that they name. Call it inside the tenant's scope."""
    return PriceBook(settings=settings, cards=read_cards(settings), charts=read_charts(settings))


def _version_of(tenant: Tenant, settings: Settings, at: datetime) -> int:
    """Return the id of the version with this content, stored now if it is new."""
    document = json.dumps(settings.to_document(), sort_keys=True, ensure_ascii=False)
    fingerprint = hashlib.sha256(document.encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO allocation_settingsversion (tenant_id, ship_date, sha256, document, created_at) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (tenant_id, sha256) DO NOTHING",
            [tenant.pk, settings.ship_date, fingerprint, document, at],
        )
    return SettingsVersion.objects.only("pk").get(sha256=fingerprint).pk


def book_of_version(version_id: int) -> PriceBook:
    """Return the price book of a stored settings version. Call it inside the tenant's scope."""
    return price_book(settings_from_document(SettingsVersion.objects.get(pk=version_id).document))
