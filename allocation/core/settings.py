"""All that a decision reads besides the order and the stock, as values that a settings version stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from allocation.core.rules.documents import rule_from_document, rule_to_document
from allocation.core.rules.marks import Mark, marks_of_rules
from allocation.core.rules.terms import RuleTerms
from allocation.core.strategies import Document, StrategyTerms, strategy_from_document
from carriers.core.areas import AreaList, Areas
from carriers.core.calendar import Calendar, calendar_of, ship_date_of
from carriers.core.fuel import NO_FUEL, FuelTable
from carriers.core.handling import HandlingFee
from carriers.core.tiers import SellerTier, TierMarkup, markup_millis
from carriers.core.types import Origin
from wms.values.fx import Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseTerms:
    """An active warehouse: where it is, its rank among equals, its handling fee, and when and how much it ships.

    `cutoff` is its own time of day as "HH:MM"; without `weekdays` it works on those of its country. None is no limit.
    """

    id: int
    code: str
    name: str
    country: str
    postcode: str
    lat: float | None
    lon: float | None
    priority: int
    handling_currency: str
    per_order_minor: int
    per_piece_minor: int
    per_kg_minor: int
    per_tag_minor: tuple[tuple[str, int], ...] = ()
    timezone: str = "UTC"
    cutoff: str | None = None
    weekdays: tuple[int, ...] = ()
    daily_orders: int | None = None
    daily_lines: int | None = None

    def origin(self) -> Origin:
        """Return the warehouse as carriers see it."""
        return Origin(key=self.id, country=self.country, postcode=self.postcode, lat=self.lat, lon=self.lon, code=self.code)

    def handling(self) -> HandlingFee:
        """Return the fee for handling one parcel here."""
        return HandlingFee(
            currency=self.handling_currency,
            per_order_minor=self.per_order_minor,
            per_piece_minor=self.per_piece_minor,
            per_kg_minor=self.per_kg_minor,
            per_tag_minor=dict(self.per_tag_minor),
        )

    @property
    def has_capacity(self) -> bool:
        """Return whether it ships only so much a day."""
        return self.daily_orders is not None or self.daily_lines is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTerms:
    """An active channel with the rate card in force on the ship date (None: there is none) and its fuel surcharge.

    `area_list_ids` are (code, id) of the carrier's lists of postcodes in force. The carrier of a live channel says its prices over the
    network, and its rate card stands in where it says none.
    """

    id: int
    code: str
    name: str
    rate_card_id: int | None
    zone_chart_id: int | None
    fuel_percent: str | None
    area_list_ids: tuple[tuple[str, int], ...] = ()
    is_live: bool = False

    def areas(self, lists: Mapping[int, AreaList]) -> Areas:
        """Return those of the lists (by id) that are in force for the channel, by the code that cards name."""
        return {code: lists[list_id] for code, list_id in self.area_list_ids if list_id in lists}

    def fuel(self, ship_date: date) -> FuelTable:
        """Return the fuel surcharge as carriers read it."""
        return NO_FUEL if self.fuel_percent is None else FuelTable.of({ship_date: self.fuel_percent})


@dataclass(frozen=True, slots=True, kw_only=True)
class TierTerms:
    """A price tier of sellers, its per cents as decimal text: in general, and of (channel id, per cent)."""

    code: str
    percent: str
    channel_percents: tuple[tuple[int, str], ...]
    seller_ids: tuple[int, ...]

    def tier(self) -> SellerTier:
        """Return the tier as prices know it."""
        own = {channel_id: markup_millis(percent) for channel_id, percent in self.channel_percents}
        return SellerTier(code=self.code, millis=markup_millis(self.percent), channel_millis=own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one tenant on one ship date.

    Warehouses and channels are in the order of their codes, strategies in the order in which they are asked. `lanes` are
    (warehouse id, channel id); `fx_rates` are (source currency, rate to the tenant's currency) as decimal text; `holidays` are
    (country, day as ISO text), those that can matter on the ship date. `rules` are in the order in which they are asked. A seller
    is in one of the `tiers`, or in none. `stock_prices_id` names the prices of stock that count besides costs.
    """

    ship_date: date
    currency: str
    warehouses: tuple[WarehouseTerms, ...]
    channels: tuple[ChannelTerms, ...]
    lanes: tuple[tuple[int, int], ...]
    strategies: tuple[StrategyTerms, ...]
    default_warehouses: tuple[tuple[int, int], ...]
    fx_rates: tuple[tuple[str, str], ...]
    holidays: tuple[tuple[str, str], ...] = ()
    rules: tuple[RuleTerms, ...] = ()
    tiers: tuple[TierTerms, ...] = ()
    stock_prices_id: int | None = None

    def markup_of(self, *, seller_id: int, channel_id: int) -> TierMarkup | None:
        """Return what the seller's tier adds to a channel's prices, None where it is nothing."""
        terms = next((terms for terms in self.tiers if seller_id in terms.seller_ids), None)
        return None if terms is None else terms.tier().markup_on(channel_id)

    def strategy_for(self, *, seller_id: int, store_id: int, platform: str, country: str) -> StrategyTerms | None:
        """Return the first strategy that covers such orders."""
        for strategy in self.strategies:
            if strategy.scope.covers(seller_id=seller_id, store_id=store_id, platform=platform, country=country):
                return strategy
        return None

    def calendar_of(self, *, country: str, weekdays: frozenset[int] = frozenset()) -> Calendar:
        """Return a country's calendar; `weekdays` replace the ones that it works on."""
        holidays = [date.fromisoformat(day) for holder, day in self.holidays if holder == country]
        return calendar_of(country=country, holidays=holidays, weekdays=weekdays)

    def ship_date_of(self, warehouse: WarehouseTerms, *, at: datetime) -> date:
        """Return the warehouse's own day on which it ships what is decided at an instant."""
        return ship_date_of(
            ready_at=at,
            zone=ZoneInfo(warehouse.timezone),
            cutoff=None if warehouse.cutoff is None else time.fromisoformat(warehouse.cutoff),
            calendar=self.calendar_of(country=warehouse.country, weekdays=frozenset(warehouse.weekdays)),
        )

    def tags(self) -> frozenset[str]:
        """Return the tags of articles that the settings themselves ask about."""
        banned = frozenset(ban.tag for strategy in self.strategies for ban in strategy.terms.restrictions)
        charged = (tag for warehouse in self.warehouses for tag, _ in warehouse.per_tag_minor)
        return banned.union(charged, (mark.values[0] for mark in marks_of_rules(self.rules) if mark.is_tag))

    def marks(self) -> frozenset[Mark]:
        """Return what else rules ask about goods."""
        return frozenset(mark for mark in marks_of_rules(self.rules) if not mark.is_tag)

    def default_warehouse_of(self, seller_id: int) -> int | None:
        """Return the id of the seller's default warehouse."""
        return dict(self.default_warehouses).get(seller_id)

    def rate_from(self, currency: str) -> Rate | None:
        """Return the exchange rate from `currency` to the tenant's, or None where none is known."""
        if currency == self.currency:
            return Rate.of(currency, currency, 1)
        value = dict(self.fx_rates).get(currency)
        return None if value is None else Rate.of(currency, self.currency, Decimal(value))

    def to_document(self) -> Document:
        """Return the settings as JSON values."""
        rules = [rule_to_document(rule) for rule in self.rules]
        document = {**asdict(replace(self, rules=())), "ship_date": self.ship_date.isoformat(), "rules": rules}
        if self.stock_prices_id is None:
            del document["stock_prices_id"]
        return document


def settings_from_document(document: Document) -> Settings:
    """Return the settings that `Settings.to_document` wrote."""
    return Settings(
        ship_date=date.fromisoformat(document["ship_date"]),
        currency=document["currency"],
        warehouses=tuple(_warehouse(terms) for terms in document["warehouses"]),
        channels=tuple(_channel(terms) for terms in document["channels"]),
        lanes=_pairs(document["lanes"]),
        strategies=tuple(strategy_from_document(terms) for terms in document["strategies"]),
        default_warehouses=_pairs(document["default_warehouses"]),
        fx_rates=_pairs(document["fx_rates"]),
        holidays=_pairs(document.get("holidays", [])),
        rules=tuple(rule_from_document(terms) for terms in document.get("rules", [])),
        tiers=tuple(_tier(terms) for terms in document.get("tiers", [])),
        stock_prices_id=document.get("stock_prices_id"),
    )


def _pairs(rows: list[list[Any]]) -> tuple[tuple[Any, Any], ...]:
    return tuple((first, second) for first, second in rows)


def _channel(terms: Document) -> ChannelTerms:
    return ChannelTerms(**{**terms, "area_list_ids": _pairs(terms.get("area_list_ids", []))})


def _tier(terms: Document) -> TierTerms:
    own = {"channel_percents": _pairs(terms["channel_percents"]), "seller_ids": tuple(terms["seller_ids"])}
    return TierTerms(**{**terms, **own})


def _warehouse(terms: Document) -> WarehouseTerms:
    own = {"weekdays": tuple(terms.get("weekdays", ())), "per_tag_minor": _pairs(terms.get("per_tag_minor", []))}
    return WarehouseTerms(**{**terms, **own})
