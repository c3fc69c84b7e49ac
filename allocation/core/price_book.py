"""What anything costs, in plain words: one order, one warehouse, one channel at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from allocation.core.settings import ChannelTerms, Settings, WarehouseTerms
from allocation.core.stock_prices import heeds_stock_prices
from allocation.core.strategies import Terms
from allocation.core.tags import TagBits
from allocation.core.timetable import arrival_date
from allocation.core.types import OrderFacts, Served
from carriers.core.areas import AreaList
from carriers.core.calendar import TransitTerms
from carriers.core.rate_card import RateCard
from carriers.core.rating import quote
from carriers.core.types import Quote, Rejection, RejectionCode
from carriers.core.zones import ZoneChart
from wms.values.fx import convert_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBook:
    """Settings with the rate cards, zone charts and lists of areas that they name, by id; `stock_prices` by (SKU, warehouse)."""

    settings: Settings
    cards: Mapping[int, RateCard]
    charts: Mapping[int, ZoneChart]
    areas: Mapping[int, AreaList]
    stock_prices: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def stock_price(self, *, order: OrderFacts, warehouse_id: int, terms: Terms) -> int:
        """Return what an order's units from a warehouse are worth to orders still to come, 0 where that plays no part."""
        if not heeds_stock_prices(terms):
            return 0
        return sum(need.units * self.stock_prices.get((need.sku_id, warehouse_id), 0) for need in order.needs)

    @property
    def tag_bits(self) -> TagBits:
        """Return the tags of articles that count, as compile_world numbers them."""
        return TagBits.of(self.cards.values(), self.settings.tags(), self.settings.marks())

    def quote(self, *, order: OrderFacts, warehouse: WarehouseTerms, channel: ChannelTerms) -> Quote | Rejection:
        """Return the channel's price for the order's parcels from this warehouse and to its seller, in the card's currency."""
        if channel.rate_card_id is None or channel.zone_chart_id is None:
            return Rejection(RejectionCode.NOT_EFFECTIVE)
        return quote(
            card=self.cards[channel.rate_card_id],
            chart=self.charts[channel.zone_chart_id],
            origin=warehouse.origin(),
            destination=order.destination,
            parcels=order.parcels,
            ship_date=self.settings.ship_date,
            fuel=channel.fuel(self.settings.ship_date),
            areas=channel.areas(self.areas),
            markup=self.settings.markup_of(seller_id=order.seller_id, channel_id=channel.id),
        )

    def landed(
        self, *, order: OrderFacts, warehouse: WarehouseTerms, channel: ChannelTerms, at: datetime, live_fallback: bool = True
    ) -> Served | RejectionCode:
        """Return freight and handling in the tenant's currency, and the arrival of what is decided at an instant, or why not.

        A live channel has the price that its carrier gave; without one its rate card's, if that may stand in. The tier of the
        order's seller counts on either.
        """
        answer = order.answers.get((warehouse.id, channel.id)) if channel.is_live else None
        if answer is not None and answer.amount_minor is not None:
            markup = self.settings.markup_of(seller_id=order.seller_id, channel_id=channel.id)
            marked_minor = answer.amount_minor + (markup.line(answer.amount_minor).amount_minor if markup else 0)
            price = (marked_minor, answer.currency, answer.days)
            return self._served(price, order=order, warehouse=warehouse, channel=channel, at=at)
        if channel.is_live and not live_fallback:
            return RejectionCode.LIVE_QUOTE_FAILED
        priced = self.quote(order=order, warehouse=warehouse, channel=channel)
        if isinstance(priced, Rejection):
            return RejectionCode.LIVE_QUOTE_FAILED if channel.is_live else priced.code
        price = (priced.total_minor, priced.currency, priced.transit_days)
        served = self._served(price, order=order, warehouse=warehouse, channel=channel, at=at)
        return RejectionCode.LIVE_QUOTE_FAILED if channel.is_live and not isinstance(served, Served) else served

    def _served(
        self, price: tuple[int, str, int | None], *, order: OrderFacts, warehouse: WarehouseTerms, channel: ChannelTerms, at: datetime
    ) -> Served | RejectionCode:
        """Return what a price (amount, currency, days) comes to with handling in the tenant's currency."""
        amount_minor, currency, days = price
        rate, handling = self.settings.rate_from(currency), self.handling_minor(order=order, warehouse=warehouse)
        if rate is None or handling is None:
            return RejectionCode.NO_FX
        return Served(
            channel_id=channel.id,
            cost_minor=convert_minor(amount_minor, rate) + handling,
            days=days,
            arrival_date=self._arrival(order, warehouse, channel, days, at),
        )

    def _arrival(self, order: OrderFacts, warehouse: WarehouseTerms, channel: ChannelTerms, days: int | None, at: datetime) -> date:
        transit = TransitTerms() if channel.rate_card_id is None else self.cards[channel.rate_card_id].transit
        calendar = self.settings.calendar_of(country=order.destination.country, weekdays=transit.weekdays)
        ship_date = self.settings.ship_date_of(warehouse, at=at)
        return arrival_date(ship_date=ship_date, days=days, transit=transit, calendar=calendar)

    def handling_minor(self, *, order: OrderFacts, warehouse: WarehouseTerms) -> int | None:
        """Return the handling fee in the tenant's currency, or None where there is no exchange rate."""
        fee, rate = warehouse.handling(), self.settings.rate_from(warehouse.handling_currency)
        if rate is None:
            return 0 if fee.is_free else None
        units = sum(need.units for need in order.needs)
        return convert_minor(fee.amount_minor(units=units, mass_mg=order.parcel.actual_mg, tags=order.parcel.tags), rate)
