"""What every order would cost from every warehouse by every channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from allocation.core.channel_costs import UNKNOWN_DAYS, ChannelCosts
from allocation.core.live import SILENCE, Heard
from allocation.core.live_costing import Handling, SaidPrices, live_costs, prices_of
from allocation.core.markups import Markups
from allocation.core.parcels import ParcelTable
from allocation.core.piece_quotes import Consignment, card_quote, with_pieces
from allocation.core.world import ChannelPrices, World
from carriers.core.batch import DestinationBatch, ParcelBatch
from carriers.core.tiers import TierMarkup
from carriers.core.types import Parcel, Quote, Rejection, RejectionCode
from wms.values.fx import convert_minor_batch

Bools = npt.NDArray[np.bool_]
Int16s = npt.NDArray[np.int16]
Int64s = npt.NDArray[np.int64]
ZoneIndex = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What pricing reads of a batch that is decided at one instant: one row per order.

    `units` counts all units of an order; `promised_day` is NO_DAY where none is promised; `heard` is what carriers answered.
    `parcels` are as if each order shipped in one: `pieces` are the parcels of those (rows) that ship in several.
    """

    at: datetime
    seller_id: Int64s
    destinations: DestinationBatch
    parcels: ParcelTable
    units: Int64s
    promised_day: Int64s
    heard: Heard = SILENCE
    pieces: Mapping[int, tuple[Parcel, ...]] = field(default_factory=dict)

    def piece_counts(self, orders: Int64s) -> Int64s:
        """Return in how many parcels these orders (rows) ship."""
        counts = np.ones(len(orders), dtype=np.int64)
        for order, pieces in self.pieces.items():
            counts[orders == order] = len(pieces)
        return counts


@dataclass(frozen=True, slots=True)
class LineBlock:
    """Cost lines of some of the shipments: `amounts[line, i]` belongs to the shipment in `places[i]` if `shown[line, i]`."""

    places: Int64s
    amounts: Int64s
    shown: Bools

    @classmethod
    def of_one_each(cls, places: Int64s, amounts: Int64s) -> LineBlock:
        """Return one line for each of the places."""
        return cls(places, amounts[None, :], np.ones((1, len(places)), dtype=np.bool_))

    @classmethod
    def of_quote(cls, place: int, quoted: Quote) -> LineBlock:
        """Return the lines of one shipment's quote."""
        amounts = np.array([[line.amount_minor] for line in quoted.lines], dtype=np.int64)
        return cls(np.array([place]), amounts, np.ones(amounts.shape, dtype=np.bool_))

    def counts(self, shipments: int) -> Int64s:
        """Return how many lines each of so many shipments gets."""
        counts = np.zeros(shipments, dtype=np.int64)
        counts[self.places] = self.shown.sum(axis=0)
        return counts

    def append_to(self, flat: Int64s, ends: Int64s) -> Int64s:
        """Write the lines of each shipment where its lines end so far; return where they end now."""
        after = np.cumsum(self.shown, axis=0)
        flat[(ends[self.places] + after - 1)[self.shown]] = self.amounts[self.shown]
        return ends + self.counts(len(ends))


class Pricer:
    """The prices of one batch: stock plays no part here, nor who may ship what."""

    def __init__(self, world: World, wanted: Wanted, zones: list[tuple[ZoneIndex, Bools]] | None = None) -> None:
        self._world = world
        self._wanted = wanted
        self._parcels = _parcels(world, wanted)
        self._zones = zones or [chart.zones(world.origins, wanted.destinations) for chart in world.charts]
        self._own_handling = _own_handling(world, wanted, self._parcels)
        self._handling, self._handling_known = _landed_handling(world, self._own_handling)
        self._markups = Markups(world.settings, wanted.seller_id)
        self._costs: list[ChannelCosts | None] = [None] * len(world.channels)

    @property
    def world(self) -> World:
        """Return the settings that the prices are of."""
        return self._world

    @property
    def wanted(self) -> Wanted:
        """Return the orders that are priced."""
        return self._wanted

    def parts(self, *, orders: Int64s, parcels: ParcelTable, units: Int64s, pieces: Mapping[int, tuple[Parcel, ...]]) -> Pricer:
        """Return the prices of parts of orders, one row each: `orders` are this pricer's rows, `pieces` as in Wanted."""
        wanted = Wanted(
            at=self._wanted.at,
            seller_id=self._wanted.seller_id[orders],
            destinations=self._wanted.destinations.rows(orders),
            parcels=parcels,
            units=units,
            promised_day=self._wanted.promised_day[orders],
            pieces=pieces,
        )
        return Pricer(self._world, wanted, [(zones[orders], estimated[orders]) for zones, estimated in self._zones])

    @property
    def distance_m(self) -> Int64s:
        """Return the distance of each order from each warehouse, NO_DISTANCE where one place is unknown."""
        return self._wanted.destinations.metres_from(self._world.origins)

    def costs_by(self, channel: int) -> ChannelCosts:
        """Return what a channel (a column) would cost every order from every warehouse; counted once."""
        held = self._costs[channel]
        if held is None:
            held = self._landed(channel)
            settings = self._world.settings
            if settings.channels[channel].is_live:
                handling = Handling(fees=self._handling, known=self._handling_known)
                said = self._said(channel)
                held = live_costs(settings=settings, said=said, card=held, handling=handling)
            self._costs[channel] = held
        return held

    def are_live(self, *, orders: Int64s, warehouse: Int64s, channel: Int64s) -> Bools:
        """Return which shipments (rows and columns) are priced by what a carrier answered, not by a rate card."""
        live = np.zeros(len(orders), dtype=np.bool_)
        for column in self._world.live_columns:
            fallen_back, mine = self.costs_by(column).fallen_back, channel == column
            assert fallen_back is not None
            live[mine] = ~fallen_back[orders[mine], warehouse[mine]]
        return live

    def parcels(self, order: int) -> tuple[Parcel, ...]:
        """Return the parcels of the order in a row."""
        return self._wanted.pieces.get(order) or (self._parcels.row(order),)

    def cost_lines(self, *, orders: Int64s, warehouse: Int64s, channel: Int64s) -> tuple[Int64s, Int64s]:
        """Return the cost lines of shipments end to end, and how many each has; arguments are rows and columns.

        A shipment's lines are those of its quote, in the card's currency, and the handling in the warehouse's, if it has one. A
        carrier's own price is one line, in its currency. What the seller's tier adds stands behind either.
        """
        freight = list(self._freight_lines(orders, warehouse, channel))
        blocks = [*freight, *self._tier_lines(freight, orders, channel), self._handling_lines(orders, warehouse)]
        counts = sum((lines.counts(len(orders)) for lines in blocks), np.zeros(len(orders), dtype=np.int64))
        flat, ends = np.empty(int(counts.sum()), dtype=np.int64), np.cumsum(counts) - counts
        for lines in blocks:
            ends = lines.append_to(flat, ends)
        return flat, counts

    def _freight_lines(self, orders: Int64s, warehouse: Int64s, channel: Int64s) -> Iterator[LineBlock]:
        live = self.are_live(orders=orders, warehouse=warehouse, channel=channel)
        for column in np.unique(channel[live]).tolist():
            places = np.flatnonzero((channel == column) & live)
            said = prices_of(settings=self._world.settings, channel=column, heard=self._wanted.heard)
            yield LineBlock.of_one_each(places, said.amounts_of(orders[places], warehouse[places]))
        by_table = ~live
        if self._wanted.pieces:
            in_pieces = by_table & np.isin(orders, list(self._wanted.pieces))
            by_table &= ~in_pieces
            for place in np.flatnonzero(in_pieces).tolist():
                quoted = self._by_card(self._prices(channel[place]), int(orders[place]), int(warehouse[place]))
                assert isinstance(quoted, Quote)
                yield LineBlock.of_quote(place, quoted)
        for column in np.unique(channel[by_table]).tolist():
            prices = self._prices(column)
            places = np.flatnonzero((channel == column) & by_table)
            zones = self._zones[prices.chart][0][orders[places], warehouse[places]]
            amounts, shown = prices.card.lines(self._parcels.rows(orders[places]), self._wanted.destinations, zones)
            yield LineBlock(places, amounts, shown)

    def _tier_lines(self, freight: list[LineBlock], orders: Int64s, channel: Int64s) -> Iterator[LineBlock]:
        if not self._markups:
            return
        prices = np.zeros(len(orders), dtype=np.int64)
        for lines in freight:
            prices[lines.places] = np.where(lines.shown, lines.amounts, 0).sum(axis=0)
        for column in np.unique(channel).tolist():
            for rows, markup in self._markups.on(column):
                places = np.flatnonzero((channel == column) & np.isin(orders, rows))
                yield LineBlock.of_one_each(places, markup.amounts(prices[places]))

    def _handling_lines(self, orders: Int64s, warehouse: Int64s) -> LineBlock:
        charged = np.array([not fee.is_free for fee, _ in self._world.handling], dtype=np.bool_)
        places = np.flatnonzero(charged[warehouse])
        return LineBlock.of_one_each(places, self._own_handling[orders[places], warehouse[places]])

    def _said(self, channel: int) -> SaidPrices:
        """Return what carriers gave for a channel, with what the sellers' tiers add."""
        said = prices_of(settings=self._world.settings, channel=channel, heard=self._wanted.heard)
        for rows, markup in self._markups.on(channel):
            mine = np.isin(said.order, rows)
            said.amount_minor[mine] += markup.amounts(said.amount_minor[mine])
        return said

    def quoted(self, channel: int, order: int, origin: int) -> Quote | Rejection:
        """Return what a channel's rate card says of one order from one warehouse (columns), with its seller's tier, line by line."""
        settings = self._world.settings
        markup = settings.markup_of(seller_id=int(self._wanted.seller_id[order]), channel_id=settings.channels[channel].id)
        return self._by_card(self._prices(channel), order, origin, markup)

    def _by_card(self, prices: ChannelPrices, order: int, origin: int, markup: TierMarkup | None = None) -> Quote | Rejection:
        destination, parcels = self._wanted.destinations.row(order), self.parcels(order)
        return card_quote(self._world, prices, origin=origin, destination=destination, parcels=parcels, markup=markup)

    def _prices(self, channel: int) -> ChannelPrices:
        prices = self._world.channels[channel]
        assert prices is not None
        return prices

    def _consignments(self, chart: int) -> dict[int, Consignment]:
        zones, estimated = self._zones[chart]
        return {
            order: Consignment(pieces, self._wanted.destinations.row(order), zones[order], estimated[order])
            for order, pieces in self._wanted.pieces.items()
        }

    def _landed(self, channel: int) -> ChannelCosts:
        shape, prices = self._handling.shape, self._world.channels[channel]
        if prices is None:
            return _all_rejected(shape, RejectionCode.NOT_EFFECTIVE)
        zones, estimated = self._zones[prices.chart]
        quoted = prices.card.price(self._parcels, self._wanted.destinations, zones, estimated)
        if self._wanted.pieces:
            quoted = with_pieces(quoted, world=self._world, channel=prices, consignments=self._consignments(prices.chart))
        rejection = quoted.rejection.astype(np.int16)
        if prices.rate is None:
            nothing = np.zeros(shape, dtype=np.int64)
            return ChannelCosts(nothing, nothing, np.where(rejection == 0, np.int16(RejectionCode.NO_FX), rejection))
        # What stands in place of a missing price is no amount: converted, it would not fit 64 bits.
        total = np.where(rejection == 0, quoted.total_minor, 0)
        for rows, markup in self._markups.on(channel):
            total[rows] += markup.amounts(total[rows])
        freight = total if prices.rate.source == prices.rate.target else convert_minor_batch(total, prices.rate)
        rejection = np.where(self._handling_known | (rejection != 0), rejection, np.int16(RejectionCode.NO_FX))
        days = np.where(quoted.days < 0, UNKNOWN_DAYS, np.minimum(quoted.days, UNKNOWN_DAYS - 1)).astype(np.int64)
        return ChannelCosts(freight + self._handling, days, rejection)


def _parcels(world: World, wanted: Wanted) -> ParcelBatch:
    sides = wanted.parcels.sides_um
    return ParcelBatch(
        actual_mg=wanted.parcels.actual_mg,
        side1_um=sides[:, 0],
        side2_um=sides[:, 1],
        side3_um=sides[:, 2],
        tag_mask=wanted.parcels.tag_mask,
        dest_index=np.arange(len(wanted.units)),
        tag_bits=world.tag_bits.bits,
    )


def _all_rejected(shape: tuple[int, ...], code: RejectionCode) -> ChannelCosts:
    nothing = np.zeros(shape, dtype=np.int64)
    return ChannelCosts(nothing, nothing, np.full(shape, code, dtype=np.int16))


def _own_handling(world: World, wanted: Wanted, parcels: ParcelBatch) -> Int64s:
    """Return the handling fees by (order, warehouse), each in its warehouse's own currency."""
    fees = np.zeros((len(wanted.units), len(world.handling)), dtype=np.int64)
    for column, (fee, _) in enumerate(world.handling):
        fees[:, column] = fee.amounts_minor(
            units=wanted.units, mass_mg=parcels.actual_mg, tag_mask=parcels.tag_mask, tag_bits=parcels.tag_bits
        )
    return fees


def _landed_handling(world: World, own: Int64s) -> tuple[Int64s, Bools]:
    """Return the fees in the tenant's currency, and for which warehouses they are known."""
    fees = np.zeros_like(own)
    known = np.ones(len(world.handling), dtype=np.bool_)
    for column, (fee, rate) in enumerate(world.handling):
        if rate is None:
            known[column] = fee.is_free
        else:
            fees[:, column] = convert_minor_batch(own[:, column], rate)
    return fees, known
