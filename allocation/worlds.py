"""The settings of a tenant, compiled and kept in the process until they change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from django.db import connection, transaction

from allocation.core.contention import JointTerms
from allocation.core.price_book import PriceBook
from allocation.core.settings import Settings, settings_from_document
from allocation.core.stock_prices import StockPrices
from allocation.core.world import World, compile_world
from allocation.models import SettingsVersion
from allocation.selectors import read_settings, ship_date_of
from allocation.stock_prices import newest_prices_id, read_stock_prices
from carriers.core.rate_card import RateCard
from carriers.selectors import read_area_lists, read_cards, read_charts
from wms.tenancy.models import Tenant
from wms.values.fingerprint import canonical_text, fingerprint_of

MOST_KEPT = 64
"""Worlds of so many tenants stay in a process; the one unused for longest goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedWorld:
    """A compiled world, the price book it was compiled from, which version and revision of the settings it is.

    `joint` says when its batches are decided together, None for never. `stock_prices` count besides costs; the version names them.
    """

    world: World
    book: PriceBook
    version_id: int
    revision: int
    ship_date: date
    joint: JointTerms | None
    stock_prices: StockPrices | None = None


JOINT_TIME_LIMIT_S = 2.0
"""Of the solver, for one batch: others wait for their turn at the stock meanwhile. A full batch took it 0.3 s."""

_kept: OrderedDict[int, LoadedWorld] = OrderedDict()


def current_world(*, tenant_id: int, at: datetime) -> LoadedWorld:
    """Return the tenant's settings as they stand, compiled. Call it inside the tenant's scope."""
    tenant = Tenant.objects.get(pk=tenant_id)
    ship_date = ship_date_of(tenant=tenant, at=at)
    kept = _kept.get(tenant_id)
    if kept is not None and (kept.revision, kept.ship_date) == (tenant.settings_revision, ship_date):
        _kept.move_to_end(tenant_id)
        return _at_newest_prices(replace(kept, joint=joint_terms_of(tenant)), tenant, at)
    loaded = _load(*whole_settings(tenant, ship_date), at)
    # Not before the commit: a rollback takes the version back that was stored for it.
    transaction.on_commit(partial(_keep, tenant_id, loaded))
    return _at_newest_prices(loaded, tenant, at)


def _at_newest_prices(loaded: LoadedWorld, tenant: Tenant, at: datetime) -> LoadedWorld:
    """Return the world with the prices of stock that count now, and the version of the settings that names them."""
    newest, held = newest_prices_id(tenant=tenant, at=at), loaded.stock_prices and loaded.stock_prices.id
    if newest == held:
        return loaded
    settings = replace(loaded.world.settings, stock_prices_id=newest)
    prices = None if newest is None else read_stock_prices(newest)
    priced = replace(loaded, stock_prices=prices, version_id=_version_of(tenant, settings, at))
    transaction.on_commit(partial(_keep, tenant.pk, priced))
    return priced


def _keep(tenant_id: int, loaded: LoadedWorld) -> None:
    _kept[tenant_id] = loaded
    _kept.move_to_end(tenant_id)
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)


def whole_settings(tenant: Tenant, ship_date: date) -> tuple[Tenant, Settings]:
    """Return the settings in force on a ship date, and the tenant with their revision.

    They are read again if somebody changed them between two of the reads. Call it inside the tenant's scope.
    """
    while True:
        settings = read_settings(tenant=tenant, ship_date=ship_date)
        now = Tenant.objects.get(pk=tenant.pk)
        if now.settings_revision == tenant.settings_revision:
            return tenant, settings
        tenant = now


def _load(tenant: Tenant, settings: Settings, at: datetime) -> LoadedWorld:
    book = price_book(settings)
    return LoadedWorld(
        world=compile_world(settings=settings, cards=book.cards, charts=book.charts, areas=book.areas),
        book=book,
        version_id=_version_of(tenant, settings, at),
        revision=tenant.settings_revision,
        ship_date=settings.ship_date,
        joint=joint_terms_of(tenant),
    )


def joint_terms_of(tenant: Tenant) -> JointTerms | None:
    """Return when the tenant's batches are decided together, None for never."""
    if tenant.joint_from_orders is None:
        return None
    return JointTerms(from_orders=tenant.joint_from_orders, time_limit_s=JOINT_TIME_LIMIT_S)


def price_book(settings: Settings) -> PriceBook:
    """Return settings with the rate cards, zone charts and lists of areas that they name. Call it inside the tenant's scope."""
    cards = read_cards(terms.rate_card_id for terms in settings.channels if terms.rate_card_id is not None)
    return PriceBook(
        settings=settings,
        cards=cards,
        charts=read_charts(terms.zone_chart_id for terms in settings.channels if terms.zone_chart_id is not None),
        areas=read_area_lists(_lists_asked_for(settings, cards)),
        stock_prices={} if settings.stock_prices_id is None else read_stock_prices(settings.stock_prices_id).by_cell(),
    )


def _lists_asked_for(settings: Settings, cards: Mapping[int, RateCard]) -> Iterator[int]:
    """Yield the ids of the lists that a rate card asks for: others may be long and are left where they are."""
    for terms in settings.channels:
        codes = cards[terms.rate_card_id].list_codes if terms.rate_card_id is not None else frozenset()
        yield from (list_id for code, list_id in terms.area_list_ids if code in codes)


def _version_of(tenant: Tenant, settings: Settings, at: datetime) -> int:
    """Return the id of the version with this content, stored now if it is new."""
    document = settings.to_document()
    fingerprint = fingerprint_of(document)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO allocation_settingsversion (tenant_id, ship_date, sha256, document, created_at) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (tenant_id, sha256) DO NOTHING",
            [tenant.pk, settings.ship_date, fingerprint, canonical_text(document), at],
        )
    return SettingsVersion.objects.only("pk").get(sha256=fingerprint).pk


def book_of_version(version_id: int) -> PriceBook:
    """Return the price book of a stored settings version. Call it inside the tenant's scope."""
    return price_book(settings_from_document(SettingsVersion.objects.get(pk=version_id).document))
