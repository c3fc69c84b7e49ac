"""Which warehouse serves which order of a batch: the vectorised twin of allocation.core.reference.

A batch is decided in rounds. In each round every undecided order takes its best warehouse of the stock as it stands; where
a stock row is asked for more than it has, the orders that come first in the batch get it and the others try again in the
next round, on what is left. No order is decided on stock that an earlier winner took.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from allocation.core.costing import DAYS_SHIFT, UNPRICED, Offers, Pricer
from allocation.core.types import Mode, Reason
from allocation.core.world import NO_WAREHOUSE
from wms.values.geo import NO_DISTANCE

Bools = npt.NDArray[np.bool_]
Int16s = npt.NDArray[np.int16]
Int64s = npt.NDArray[np.int64]

FARTHEST = np.int64(2**62)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Orders as columns, one row each, in the order in which they may take stock.

    `strategy` and `default` are what World.scope_of gives. Need i asks for need_units[i] of SKU row need_row[i]; the needs
    of order k begin at starts[k]; every order has at least one.
    """

    strategy: Int64s
    default: Int64s
    need_row: Int64s
    need_units: Int64s
    starts: Int64s

    @property
    def need_owner(self) -> Int64s:
        """Return the order of each need."""
        counts = np.diff(np.append(self.starts, len(self.need_row)))
        return np.repeat(np.arange(len(self.starts), dtype=np.int64), counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The decisions of a batch; (order, warehouse) arrays but for the first four, `seen_units` by (need, warehouse).

    `warehouse` and `channel` are columns of the world, -1 for an exception; `cost` and `nearest_cost` are landed costs, -1
    where nothing serves; `candidate_cost` is -1 where `reason` is not 0.
    """

    mode: Int64s
    warehouse: Int64s
    channel: Int64s
    cost: Int64s
    nearest_cost: Int64s
    candidate_cost: Int64s
    candidate_channel: Int64s
    reason: Int16s
    distance_m: Int64s
    seen_units: Int64s


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedBatch:
    """A batch with every price that deciding it may ask for. Stock plays no part in it."""

    pricer: Pricer
    batch: Batch
    offers: Offers
    default_offers: Offers | None


def price_batch(*, pricer: Pricer, batch: Batch) -> PricedBatch:
    """Return a batch priced as strategies and default warehouses permit."""
    world = pricer.world
    offers = pricer.offers(covered=world.covered[batch.strategy], allowed=world.allowed[batch.strategy])
    return PricedBatch(pricer=pricer, batch=batch, offers=offers, default_offers=_offers_of_defaults(batch, pricer))


def plan_batch(*, priced: PricedBatch, available: Int64s) -> Plan:
    """Return the plan of a batch on `available[sku_row, warehouse]` units, which stays as it is."""
    return _Planner(priced, available.copy(), Mode.SMART).plan()


def plan_choice(*, pricer: Pricer, batch: Batch, available: Int64s, warehouse: int, channel: int | None) -> Plan:
    """Return the plan in which a person chose the warehouse (a column) for the orders of a batch, and maybe the channel.

    Every warehouse with a channel is a candidate, whatever the strategies say; only the chosen one may win.
    """
    world = pricer.world
    allowed = world.lanes.copy()
    if channel is not None:
        allowed[warehouse] &= np.arange(len(world.channels)) == channel
    orders = len(batch.starts)
    covered = np.ones((orders, len(world.origins)), dtype=np.bool_)
    offers = pricer.offers(covered=covered, allowed=np.broadcast_to(allowed, (orders, *allowed.shape)))
    only = np.zeros_like(covered)
    only[:, warehouse] = True
    priced = PricedBatch(pricer=pricer, batch=batch, offers=offers, default_offers=None)
    return _Planner(priced, available.copy(), Mode.MANUAL, only).plan()


def _offers_of_defaults(batch: Batch, pricer: Pricer) -> Offers | None:
    """Return the offers of each order's default warehouse, by all its channels, or None where no order has one."""
    has_default = batch.default != NO_WAREHOUSE
    if not has_default.any():
        return None
    world = pricer.world
    covered = np.zeros((len(batch.starts), len(world.origins)), dtype=np.bool_)
    covered[has_default, batch.default[has_default]] = True
    return pricer.offers(covered=covered, allowed=covered[:, :, None] & world.lanes[None])


class _Planner:
    """The arrays that the rounds share and fill. `only`, where given, says which warehouses may win."""

    def __init__(self, priced: PricedBatch, stock: Int64s, mode: Mode, only: Bools | None = None) -> None:
        world, batch = priced.pricer.world, priced.batch
        self._world, self._batch, self._stock = world, batch, stock
        self._offers, self._default_offers, self._mode_of_offers, self._only = priced.offers, priced.default_offers, mode, only
        self._owner = batch.need_owner
        self._orders, self._warehouses = len(batch.starts), stock.shape[1]
        shape = (self._orders, self._warehouses)
        distance = priced.pricer.wanted.destinations.metres_from(world.origins)
        self._distance_m = distance
        self._sortable_distance = np.where(distance == NO_DISTANCE, FARTHEST, distance)
        self._mode = np.full(self._orders, Mode.EXCEPTION, dtype=np.int64)
        self._winner = np.full(self._orders, NO_WAREHOUSE, dtype=np.int64)
        self._nearest = np.full(self._orders, NO_WAREHOUSE, dtype=np.int64)
        self._key = np.empty(shape, dtype=np.int64)
        self._reason = np.empty(shape, dtype=np.int16)
        self._seen = np.empty((len(batch.need_row), self._warehouses), dtype=np.int64)

    def plan(self) -> Plan:
        undecided = np.arange(self._orders if self._warehouses else 0, dtype=np.int64)
        while len(undecided):
            self._look(undecided)
            losers = self._losers(undecided)
            winners = undecided[~losers]
            self._take(winners)
            undecided = undecided[losers]
        return self._result()

    def _look(self, orders: Int64s) -> None:
        """Fill the rows of these orders with their best choice of the stock as it stands."""
        needs = np.flatnonzero(np.isin(self._owner, orders)) if len(orders) < self._orders else np.arange(len(self._owner))
        self._seen[needs] = self._stock[self._batch.need_row[needs]]
        enough = self._seen[needs] >= self._batch.need_units[needs, None]
        first = np.searchsorted(self._owner[needs], orders)
        holds_all = np.logical_and.reduceat(enough, first, axis=0)
        key, reason = self._within_stock(self._offers, orders, holds_all)
        self._choose(orders, key, self._mode_of_offers)
        if self._default_offers is not None:
            self._try_defaults(orders, key, reason, holds_all)
        self._key[orders], self._reason[orders] = key, reason

    @staticmethod
    def _within_stock(offers: Offers, orders: Int64s, holds_all: Bools) -> tuple[Int64s, Int16s]:
        covered = offers.reason[orders] != Reason.NOT_COVERED
        key = np.where(holds_all, offers.key[orders], UNPRICED)
        reason = np.where(covered & ~holds_all, np.int16(Reason.OUT_OF_STOCK), offers.reason[orders])
        return key, reason

    def _try_defaults(self, orders: Int64s, key: Int64s, reason: Int16s, holds_all: Bools) -> None:
        """Let the default warehouse of each order that found nothing answer; its cell then tells its own story."""
        assert self._default_offers is not None
        asks = (self._winner[orders] == NO_WAREHOUSE) & (self._batch.default[orders] != NO_WAREHOUSE)
        if not asks.any():
            return
        rows, columns = np.flatnonzero(asks), self._batch.default[orders[asks]]
        own_key, own_reason = self._within_stock(self._default_offers, orders[asks], holds_all[asks])
        at = np.arange(len(rows))
        key[rows, columns], reason[rows, columns] = own_key[at, columns], own_reason[at, columns]
        self._choose(orders[asks], key[rows], Mode.DEFAULT)

    def _choose(self, orders: Int64s, key: Int64s, mode: Mode) -> None:
        """Set winner, nearest and mode: least cost, then days, distance, and the warehouse's rank."""
        cost_and_days = key >> DAYS_SHIFT
        serves = key != UNPRICED if self._only is None else (key != UNPRICED) & self._only[orders]
        served = serves.any(axis=1)
        distance = self._sortable_distance[orders]
        rank = np.broadcast_to(self._world.rank, key.shape)
        best = _narrow(_narrow(serves, cost_and_days), distance)
        nearest = _narrow(_narrow(serves, distance), cost_and_days)
        self._winner[orders] = np.where(served, _first_by(best, rank), NO_WAREHOUSE)
        self._nearest[orders] = np.where(served, _first_by(nearest, rank), NO_WAREHOUSE)
        self._mode[orders] = np.where(served, mode, Mode.EXCEPTION)

    def _losers(self, orders: Int64s) -> Bools:
        """Return which of the orders come too late for the stock that they chose."""
        needs, cell = self._chosen_cells(orders)
        units, stock = self._batch.need_units[needs], self._stock.ravel()
        asked = np.bincount(cell, weights=units, minlength=stock.size) if len(cell) else np.zeros(stock.size)
        contended = asked[cell] > stock[cell]
        lost = np.zeros(self._orders, dtype=np.bool_)
        if contended.any():
            needs, cell, units = needs[contended], cell[contended], units[contended]
            late = _running_totals(cell, units) > stock[cell]
            lost[self._owner[needs[late]]] = True
        return lost[orders]

    def _take(self, winners: Int64s) -> None:
        needs, cell = self._chosen_cells(winners)
        np.subtract.at(self._stock.reshape(-1), cell, self._batch.need_units[needs])

    def _chosen_cells(self, orders: Int64s) -> tuple[Int64s, Int64s]:
        """Return the needs of those orders that chose a warehouse, and the flat stock cell of each."""
        chosen = np.full(self._orders, NO_WAREHOUSE, dtype=np.int64)
        chosen[orders] = self._winner[orders]
        column = chosen[self._owner]
        needs = np.flatnonzero(column != NO_WAREHOUSE)
        return needs, self._batch.need_row[needs] * self._warehouses + column[needs]

    def _result(self) -> Plan:
        offers = Offers(key=self._key, reason=self._reason)
        served = self._winner != NO_WAREHOUSE
        priced = self._reason == 0
        return Plan(
            mode=self._mode,
            warehouse=self._winner,
            channel=_picked(offers.channel, self._winner, served),
            cost=_picked(offers.cost_minor, self._winner, served),
            nearest_cost=_picked(offers.cost_minor, self._nearest, served),
            candidate_cost=np.where(priced, offers.cost_minor, -1),
            candidate_channel=np.where(priced, offers.channel, -1),
            reason=self._reason,
            distance_m=self._distance_m,
            seen_units=self._seen,
        )


def _picked(values: Int64s, columns: Int64s, served: Bools) -> Int64s:
    """Return each served row's value in its column, -1 for the others; there may be no column at all."""
    picked = np.full(len(columns), -1, dtype=np.int64)
    rows = np.flatnonzero(served)
    picked[rows] = values[rows, columns[rows]]
    return picked


def _narrow(candidates: Bools, values: Int64s) -> Bools:
    """Return which candidates of each row have that row's least value."""
    masked = np.where(candidates, values, FARTHEST)
    return candidates & (masked == masked.min(axis=1, keepdims=True, initial=FARTHEST))


def _first_by(candidates: Bools, rank: Int64s) -> Int64s:
    return np.where(candidates, rank, FARTHEST).argmin(axis=1)


def _running_totals(cell: Int64s, units: Int64s) -> Int64s:
    """Return, for each entry, the units asked of its cell up to and including it, in the order given."""
    order = np.argsort(cell, kind="stable")
    totals = np.cumsum(units[order])
    begins = np.flatnonzero(np.append(True, np.diff(cell[order]) != 0))
    before = np.repeat(np.append(0, totals)[begins], np.diff(np.append(begins, len(cell))))
    result = np.empty_like(totals)
    result[order] = totals - before
    return result
