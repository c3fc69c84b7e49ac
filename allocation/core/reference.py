"""The decision in plain words: slow, readable, and the measure for allocation.core.planner.

It decides one order after the other with scalar prices; the rounds of a contended batch are those that the planner's
docstring describes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from allocation.core.settings import ChannelTerms, Settings, WarehouseTerms
from allocation.core.types import AnyReason, Candidate, Decision, Mode, OrderFacts, Reason, Served
from carriers.core.areas import AreaList
from carriers.core.rate_card import RateCard
from carriers.core.rating import quote
from carriers.core.types import Quote, Rejection, RejectionCode
from carriers.core.zones import ZoneChart
from wms.values.fx import convert_minor
from wms.values.geo import distance_m

type Stock = Mapping[tuple[int, int], int]
"""Available units by (SKU id, warehouse id); a missing entry is none."""

_FAR = 2**62
_LONG = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBook:
    """Settings with the rate cards, zone charts and lists of areas that they name, by id."""

    settings: Settings
    cards: Mapping[int, RateCard]
    charts: Mapping[int, ZoneChart]
    areas: Mapping[int, AreaList]

    def quote(self, *, order: OrderFacts, warehouse: WarehouseTerms, channel: ChannelTerms) -> Quote | Rejection:
        """Return the channel's price for the order's parcel from this warehouse, in the card's currency."""
        if channel.rate_card_id is None or channel.zone_chart_id is None:
            return Rejection(RejectionCode.NOT_EFFECTIVE)
        return quote(
            card=self.cards[channel.rate_card_id],
            chart=self.charts[channel.zone_chart_id],
            origin=warehouse.origin(),
            destination=order.destination,
            parcels=(order.parcel,),
            ship_date=self.settings.ship_date,
            fuel=channel.fuel(self.settings.ship_date),
            areas=channel.areas(self.areas),
        )

    def landed(self, *, order: OrderFacts, warehouse: WarehouseTerms, channel: ChannelTerms) -> Served | RejectionCode:
        """Return freight and handling in the tenant's currency, or why there is no price."""
        priced = self.quote(order=order, warehouse=warehouse, channel=channel)
        if isinstance(priced, Rejection):
            return priced.code
        rate, handling = self.settings.rate_from(priced.currency), self.handling_minor(order=order, warehouse=warehouse)
        if rate is None or handling is None:
            return RejectionCode.NO_FX
        return Served(
            channel_id=channel.id,
            cost_minor=convert_minor(priced.total_minor, rate) + handling,
            days=priced.transit_days,
        )

    def handling_minor(self, *, order: OrderFacts, warehouse: WarehouseTerms) -> int | None:
        """Return the handling fee in the tenant's currency, or None where there is no exchange rate."""
        fee, rate = warehouse.handling(), self.settings.rate_from(warehouse.handling_currency)
        if rate is None:
            return 0 if fee.is_free else None
        units = sum(need.units for need in order.needs)
        return convert_minor(fee.amount_minor(units=units, mass_mg=order.parcel.actual_mg, tags=order.parcel.tags), rate)


def decide_batch(*, book: PriceBook, orders: Sequence[OrderFacts], stock: Stock) -> tuple[Decision, ...]:
    """Return the decisions of a batch in its order."""
    left = dict(stock)
    decided: dict[int, Decision] = {}
    undecided = list(orders)
    while undecided:
        tried = [(order, decide_order(book=book, order=order, stock=left)) for order in undecided]
        winners, late = _first_come(tried, left)
        for order, decision in winners:
            decided[order.order_id] = decision
            _take(left, order, decision)
        undecided = late
    return tuple(decided[order.order_id] for order in orders)


def _first_come(tried: Sequence[tuple[OrderFacts, Decision]], stock: Stock) -> tuple[list[tuple[OrderFacts, Decision]], list[OrderFacts]]:
    asked: dict[tuple[int, int], int] = {}
    winners, late = [], []
    for order, decision in tried:
        fits = True
        for cell, units in _cells(order, decision):
            asked[cell] = asked.get(cell, 0) + units
            fits = fits and asked[cell] <= stock.get(cell, 0)
        if fits:
            winners.append((order, decision))
        else:
            late.append(order)
    return winners, late


def _take(stock: dict[tuple[int, int], int], order: OrderFacts, decision: Decision) -> None:
    for cell, units in _cells(order, decision):
        stock[cell] -= units


def _cells(order: OrderFacts, decision: Decision) -> Iterable[tuple[tuple[int, int], int]]:
    if decision.warehouse_id is not None:
        for need in order.needs:
            yield (need.sku_id, decision.warehouse_id), need.units


def decide_order(*, book: PriceBook, order: OrderFacts, stock: Stock) -> Decision:
    """Return what the strategy, else the seller's default warehouse, makes of one order."""
    settings = book.settings
    strategy = settings.strategy_for(seller_id=order.seller_id, platform=order.platform, country=order.destination.country)
    covered = frozenset(strategy.warehouse_ids) if strategy else frozenset()
    channels = [c for c in settings.channels if strategy and c.id in strategy.channel_ids]
    candidates = tuple(_candidate(book, order, warehouse, stock, covered, channels) for warehouse in settings.warehouses)
    if any(isinstance(candidate.result, Served) for candidate in candidates):
        return _decision(settings, order, candidates, Mode.SMART)
    default_id = settings.default_warehouse_of(order.seller_id)
    with_default = tuple(
        _candidate(book, order, warehouse, stock, {default_id}, settings.channels) if warehouse.id == default_id else candidate
        for warehouse, candidate in zip(settings.warehouses, candidates, strict=True)
    )
    return _decision(settings, order, with_default, Mode.DEFAULT)


def decide_choice(*, book: PriceBook, order: OrderFacts, stock: Stock, warehouse_id: int | None, channel_id: int | None) -> Decision:
    """Return the decision in which a person chose the warehouse, and maybe the channel."""
    settings = book.settings
    everywhere = frozenset(warehouse.id for warehouse in settings.warehouses)
    candidates = tuple(
        _candidate(book, order, warehouse, stock, everywhere, _choice(settings, warehouse, warehouse_id, channel_id))
        for warehouse in settings.warehouses
    )
    return _decision(settings, order, candidates, Mode.MANUAL, only=warehouse_id)


def _choice(settings: Settings, warehouse: WarehouseTerms, warehouse_id: int | None, channel_id: int | None) -> tuple[ChannelTerms, ...]:
    if warehouse.id != warehouse_id or channel_id is None:
        return settings.channels
    return tuple(channel for channel in settings.channels if channel.id == channel_id)


def _candidate(
    book: PriceBook,
    order: OrderFacts,
    warehouse: WarehouseTerms,
    stock: Stock,
    covered: Iterable[int | None],
    channels: Iterable[ChannelTerms],
) -> Candidate:
    available = tuple(stock.get((need.sku_id, warehouse.id), 0) for need in order.needs)
    destination = order.destination
    return Candidate(
        warehouse_id=warehouse.id,
        available=available,
        distance_m=distance_m(destination.lat, destination.lon, warehouse.lat, warehouse.lon),
        result=_result(book, order, warehouse, available, covered, channels),
    )


def _result(
    book: PriceBook,
    order: OrderFacts,
    warehouse: WarehouseTerms,
    available: tuple[int, ...],
    covered: Iterable[int | None],
    channels: Iterable[ChannelTerms],
) -> Served | AnyReason:
    if warehouse.id not in covered:
        return Reason.NOT_COVERED
    if any(units < need.units for units, need in zip(available, order.needs, strict=True)):
        return Reason.OUT_OF_STOCK
    lanes = [channel for channel in channels if (warehouse.id, channel.id) in book.settings.lanes]
    if not lanes:
        return Reason.NO_CHANNEL
    answers = [book.landed(order=order, warehouse=warehouse, channel=channel) for channel in lanes]
    priced = [answer for answer in answers if isinstance(answer, Served)]
    if not priced:
        return min(answer for answer in answers if not isinstance(answer, Served))
    return min(priced, key=lambda served: (served.cost_minor, _days(served)))


def _decision(settings: Settings, order: OrderFacts, candidates: tuple[Candidate, ...], mode: Mode, only: int | None = None) -> Decision:
    rank = {terms.id: (terms.priority, terms.code) for terms in settings.warehouses}
    serving = [(c, c.result) for c in candidates if isinstance(c.result, Served) and only in (None, c.warehouse_id)]
    if not serving:
        return Decision(order_id=order.order_id, mode=Mode.EXCEPTION, candidates=candidates)
    best, chosen = min(serving, key=lambda pair: (pair[1].cost_minor, _days(pair[1]), _metres(pair[0]), rank[pair[0].warehouse_id]))
    _, nearest = min(serving, key=lambda pair: (_metres(pair[0]), pair[1].cost_minor, _days(pair[1]), rank[pair[0].warehouse_id]))
    return Decision(
        order_id=order.order_id,
        mode=mode,
        candidates=candidates,
        warehouse_id=best.warehouse_id,
        channel_id=chosen.channel_id,
        cost_minor=chosen.cost_minor,
        nearest_cost_minor=nearest.cost_minor,
    )


def _days(served: Served) -> int:
    return _LONG if served.days is None else min(served.days, _LONG - 1)


def _metres(candidate: Candidate) -> int:
    return _FAR if candidate.distance_m is None else candidate.distance_m
