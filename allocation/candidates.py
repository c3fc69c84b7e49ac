"""What a person may choose for one order now: every warehouse with its stock, distance, days and cost, or why it can't serve.

The prices and the reasons are those of a choice by hand (allocation.services.assigning), so that what is shown is what happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from allocation.batches import PreparedBatch, prepare_batch
from allocation.core.channel_costs import UNKNOWN_DAYS
from allocation.core.live import answers_of
from allocation.core.offers import UNPRICED, channel_of
from allocation.core.planner import Choice, plan_batch, price_choice
from allocation.core.plans import Capacity
from allocation.core.remedies import Remedy, Site, remedies_of
from allocation.core.types import Reason, is_soft, reason_of
from allocation.errors import OrderNotFound
from allocation.live_standing import LiveStanding, standing_of
from allocation.loads import capacity_left
from allocation.models import Record, Shipment, ShipmentState, WarehouseRejection
from allocation.services.assigning import claim_by_hand
from allocation.services.taking import NO_RECORD
from allocation.shelf import Shelf
from allocation.worlds import LoadedWorld, current_world
from carriers.core.types import Quote
from inventory.models import Reservation, ReservationState, Sku, Stock
from orders.models import Order
from wms.arrays import array_cursor
from wms.tenancy.scope import tenant_scope
from wms.values.geo import NO_DISTANCE

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsHere:
    """What the order needs of one article, and what the warehouse has for it, what the order itself holds there included."""

    sku_id: int
    sku_code: str
    needed: int
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLineNow:
    """One line of a price, in its own currency."""

    code: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelNow:
    """One channel from one warehouse: its landed cost and days, whatever the stock, or why there is no price.

    `live` is there for a channel whose carrier says its prices over the network.
    """

    channel_id: int
    code: str
    name: str
    cost_minor: int | None
    days: int | None
    rejection: str | None
    live: LiveStanding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One warehouse's answer. `blocked` is why it can't be chosen, `soft` that a person with the right may override that.

    `channel` is the one that a choice of the warehouse takes, its cheapest where it can't be chosen, and `cost_minor` what that
    costs. Differences are to the cheapest warehouse that is not blocked.
    """

    warehouse_id: int
    code: str
    name: str
    lat: float | None
    lon: float | None
    distance_m: int | None
    units: tuple[UnitsHere, ...]
    channel: ChannelNow | None
    channels: tuple[ChannelNow, ...]
    cost_minor: int | None
    days: int | None
    difference_minor: int | None
    blocked: str | None
    soft: bool
    current: bool
    sent_back: bool
    lines: tuple[CostLineNow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """All warehouses: those that may be chosen by cost, then the blocked ones; and what would help an order that none serves.

    `record_id` is the newest record, to be handed back with a choice (NO_RECORD: there is none). `has_live` says whether some channel
    has live prices, which carriers can be asked for (allocation.quoting.asking).
    """

    order_id: int
    record_id: int
    currency: str
    warehouses: tuple[Candidate, ...]
    remedies: tuple[Remedy, ...]
    has_live: bool


def candidates_of(*, tenant_id: int, order_id: int, at: datetime) -> Candidates:
    """Return what a person may choose for an order now; nothing is reserved by looking. Raises OrderNotFound."""
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        order: Order | None = Order.objects.filter(pk=order_id).first()
        if order is None:
            raise OrderNotFound(order_id=order_id)
        loaded = current_world(tenant_id=tenant_id, at=at)
        shelf = Shelf(tenant_id=tenant_id, world=loaded.world)
        batch = prepare_batch(cursor, claim=claim_by_hand(cursor, [order], loaded, at=at), shelf=shelf, fresh=True, at=at)
        batch.read_stock(cursor, fresh=True)
        newest: int | None = Record.objects.filter(order_id=order_id).order_by("-pk").values_list("pk", flat=True).first()
        available = units_open_to(order, loaded, batch)
        capacity = capacity_left(cursor, tenant_id=tenant_id, batch=batch)
        table = _Table(order, loaded, batch, available, capacity)
        warehouses = table.candidates() if loaded.world.origins else []
    return Candidates(
        order_id=order_id,
        record_id=newest or NO_RECORD,
        currency=loaded.world.settings.currency,
        warehouses=_with_differences(warehouses),
        remedies=remedies_of(sites=[_site(candidate) for candidate in warehouses]),
        has_live=any(channel.live is not None for candidate in warehouses for channel in candidate.channels),
    )


def units_open_to(order: Order, loaded: LoadedWorld, batch: PreparedBatch) -> Int64s:
    """Return the units by (SKU row, warehouse) with those that the order itself holds, which move with it."""
    available = batch.available
    sku_row = {sku_id: row for row, sku_id in enumerate(batch.sku_ids.tolist())}
    column = {warehouse_id: w for w, warehouse_id in enumerate(loaded.world.warehouse_ids.tolist())}
    for held in Reservation.objects.filter(order_id=order.pk, state=ReservationState.ACTIVE):
        if held.warehouse_id not in column:
            continue
        rows = {row.sku_id: row for row in Stock.objects.filter(warehouse_id=held.warehouse_id, sku_id__in=held.sku_ids)}
        for sku_id, units in zip(held.sku_ids, held.units, strict=True):
            stock = rows[sku_id]
            free = stock.on_hand - stock.reserved - stock.safety + units
            available[sku_row[sku_id], column[held.warehouse_id]] = max(free, 0)
    return available


class _Table:
    """What is known of one order and every warehouse, as the planner's arrays."""

    def __init__(self, order: Order, loaded: LoadedWorld, batch: PreparedBatch, available: Int64s, capacity: Capacity | None) -> None:
        self._world, self._pricer = loaded.world, batch.pricer
        priced = price_choice(pricer=batch.pricer, batch=batch.batch, choice=Choice(warehouse=0), channel=None)
        plan = plan_batch(priced=priced, available=available, capacity=capacity)
        self._reason, self._chosen = plan.reason[0].tolist(), plan.candidate_channel[0].tolist()
        offers = priced.offers(0)
        self._open, self._cheapest = offers.key[0], offers.cheapest_key[0]
        self._answers, self._at = answers_of(batch.pricer.wanted.heard.quotes), batch.pricer.wanted.at
        self._units = available[batch.batch.need_row].tolist()
        self._needed = batch.batch.need_units.tolist()
        codes = dict(Sku.objects.filter(pk__in=batch.sku_ids.tolist()).values_list("pk", "code"))
        self._skus = [(sku_id, codes[sku_id]) for sku_id in batch.sku_ids[batch.batch.need_row].tolist()]
        self._distance = batch.pricer.distance_m[0].tolist()
        live = (ShipmentState.PLANNED, ShipmentState.RELEASED)
        self._current = set(Shipment.objects.filter(order=order, state__in=live).values_list("warehouse_id", flat=True))
        self._sent_back = set(WarehouseRejection.objects.filter(order=order).values_list("warehouse_id", flat=True))

    def candidates(self) -> list[Candidate]:
        """Return every warehouse, those that may be chosen first, by cost, days and distance."""
        told = [self._candidate(column) for column in range(len(self._world.origins))]
        return sorted(told, key=_rank)

    def _candidate(self, column: int) -> Candidate:
        terms, channels = self._world.settings.warehouses[column], self._channels(column)
        # The order's own place in a full warehouse is one that it keeps.
        keeps_its_place = terms.id in self._current and self._reason[column] == Reason.NO_CAPACITY
        reason = 0 if keeps_its_place else self._reason[column]
        best = self._best(column, channels, self._open if keeps_its_place else self._cheapest)
        distance = self._distance[column]
        return Candidate(
            warehouse_id=terms.id,
            code=terms.code,
            name=terms.name,
            lat=terms.lat,
            lon=terms.lon,
            distance_m=None if distance == NO_DISTANCE else distance,
            units=tuple(
                UnitsHere(sku_id=sku_id, sku_code=code, needed=needed, available=units[column])
                for (sku_id, code), needed, units in zip(self._skus, self._needed, self._units, strict=True)
            ),
            channel=best,
            channels=channels,
            cost_minor=best.cost_minor if best else None,
            days=best.days if best else None,
            difference_minor=None,
            blocked=reason_of(reason).slug if reason else None,
            soft=bool(reason) and is_soft(reason_of(reason)),
            current=terms.id in self._current,
            sent_back=terms.id in self._sent_back,
            lines=self._lines(column, best) if best else (),
        )

    def _best(self, column: int, channels: tuple[ChannelNow, ...], keys: Int64s) -> ChannelNow | None:
        """Return the channel that a choice of the warehouse takes: what is wished and what the goods may use count, then the cost.

        `keys` are the warehouses' where the plan says of none that it serves.
        """
        place = self._chosen[column]
        if place < 0 and keys[column] != UNPRICED:
            place = int(channel_of(keys)[column])
        if place >= 0:
            wanted = self._world.settings.channels[place].id
            return next(channel for channel in channels if channel.channel_id == wanted)
        return next((channel for channel in channels if channel.cost_minor is not None), None)

    def _channels(self, column: int) -> tuple[ChannelNow, ...]:
        lanes = np.flatnonzero(self._world.lanes[column]).tolist()
        told = [self._channel(column, channel) for channel in lanes]
        return tuple(sorted(told, key=lambda one: (_last(one.cost_minor), _last(one.days), one.code)))

    def _channel(self, column: int, channel: int) -> ChannelNow:
        terms, costs = self._world.settings.channels[channel], self._pricer.costs_by(channel)
        rejection, days = int(costs.rejection[0, column]), int(costs.days[0, column])
        warehouse_id = self._world.settings.warehouses[column].id
        return ChannelNow(
            channel_id=terms.id,
            code=terms.code,
            name=terms.name,
            cost_minor=None if rejection else int(costs.landed[0, column]),
            days=None if rejection or days >= UNKNOWN_DAYS else days,
            rejection=reason_of(rejection).slug if rejection else None,
            live=standing_of(self._answers.get((warehouse_id, terms.id)), at=self._at) if terms.is_live else None,
        )

    def _lines(self, column: int, best: ChannelNow) -> tuple[CostLineNow, ...]:
        """Return the lines of the rate card and the handling; a carrier's own price has no lines to show."""
        channel = [terms.id for terms in self._world.settings.channels].index(best.channel_id)
        place = (np.array([0]), np.array([column]), np.array([channel]))
        prices = self._world.channels[channel]
        if prices is None or self._pricer.are_live(orders=place[0], warehouse=place[1], channel=place[2])[0]:
            return ()
        quoted = self._pricer.quoted(channel, 0, column)
        assert isinstance(quoted, Quote)
        amounts, _ = self._pricer.cost_lines(orders=place[0], warehouse=place[1], channel=place[2])
        lines = [CostLineNow(code=line.code, amount_minor=line.amount_minor, currency=quoted.currency) for line in quoted.lines]
        handling = amounts.tolist()[len(lines) :]
        currency = self._world.settings.warehouses[column].handling_currency
        return (*lines, *(CostLineNow(code="handling", amount_minor=amount, currency=currency) for amount in handling))


def _with_differences(warehouses: list[Candidate]) -> tuple[Candidate, ...]:
    best = next((one.cost_minor for one in warehouses if one.blocked is None), None)
    return tuple(
        one if best is None or one.cost_minor is None else replace(one, difference_minor=one.cost_minor - best) for one in warehouses
    )


def _site(candidate: Candidate) -> Site:
    units: Mapping[str, tuple[int, int]] = {unit.sku_code: (unit.needed, unit.available) for unit in candidate.units}
    return Site(
        code=candidate.code,
        distance_m=candidate.distance_m,
        cost_minor=candidate.cost_minor,
        blocked=candidate.blocked,
        soft=candidate.soft,
        rejections=tuple(channel.rejection for channel in candidate.channels if channel.rejection),
        units=units,
    )


def _rank(one: Candidate) -> tuple[bool, tuple[bool, int], tuple[bool, int], tuple[bool, int], str]:
    return one.blocked is not None, _last(one.cost_minor), _last(one.days), _last(one.distance_m), one.code


def _last(number: int | None) -> tuple[bool, int]:
    """Return what sorts a number that is not known behind those that are."""
    return number is None, number or 0
