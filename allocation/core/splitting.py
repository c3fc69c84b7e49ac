"""Orders that may ship from several warehouses, as the planner meets them: parts of an order are priced as orders are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from allocation.core.arrivals import Arrivals
from allocation.core.costing import Pricer
from allocation.core.offers import COST_SHIFT, FASTEST, NEAREST, Offers, channel_of, days_of, make_offers
from allocation.core.offers import UNPRICED as NO_OFFER
from allocation.core.parcels import Contents, Goods, one_parcel_each, pieces_by_order
from allocation.core.permissions import Permits
from allocation.core.splits.plan import plan_splits
from allocation.core.splits.types import (
    MOST_SCORE,
    UNKNOWN_METRES,
    UNPRICED,
    WISH_SHIFT,
    ParcelPrices,
    Parcels,
    SplitLimits,
    SplitOrder,
    SplitPlan,
)
from allocation.core.timetable import day_number
from wms.values.geo import NO_DISTANCE

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one warehouse ships of a split order: columns of the world, the landed cost, the days, and the units of each need.

    `row` is the part's in the pricer of its split.
    """

    warehouse: int
    channel: int
    cost: int
    ship_day: int
    arrival_day: int
    units: tuple[int, ...]
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """An order's parts, by the rank of their warehouses, and the pricer in which they are rows."""

    parts: tuple[Part, ...]
    pricer: Pricer

    @property
    def main(self) -> Part:
        """Return the part of the most units, the first of equal ones: its warehouse stands for the order where one must."""
        return max(self.parts, key=lambda part: sum(part.units))

    @property
    def cost(self) -> int:
        """Return what all parts cost."""
        return sum(part.cost for part in self.parts)


@dataclass(frozen=True, slots=True)
class Draws:
    """Units of needs that are drawn from warehouses (columns), one row each."""

    needs: Int64s
    columns: Int64s
    units: Int64s

    def plus(self, other: Draws) -> Draws:
        """Return both, in the order of their needs."""
        needs = np.concatenate([self.needs, other.needs])
        order = np.argsort(needs, kind="stable")
        columns, units = np.concatenate([self.columns, other.columns]), np.concatenate([self.units, other.units])
        return Draws(needs[order], columns[order], units[order])


def draws_of(splits: Mapping[int, Split], starts: Int64s, *, has_capacity: bool = False) -> Draws:
    """Return what the parts of split orders draw; the needs of order k begin at starts[k].

    Where warehouses have a capacity, an order's last two needs are one order and its lines: each part takes its own.
    """
    drawn = []
    for order, split in splits.items():
        for part in split.parts:
            lines = sum(1 for units in part.units if units)
            needed = (*part.units, 1, lines) if has_capacity else part.units
            drawn += [(int(starts[order]) + need, part.warehouse, units) for need, units in enumerate(needed) if units]
    needs, columns, units = np.array(drawn, dtype=np.int64).reshape(-1, 3).T
    return Draws(needs, columns, units)


class Splitter:
    """Splits orders of one batch under the attempts of its permits.

    The goods of order k are its needs from starts[k] on, counts[k] of them; `need_row` and `need_units` are theirs. No part is
    drawn from a warehouse that `refused` the order (None: nobody did).
    """

    def __init__(
        self,
        *,
        pricer: Pricer,
        permits: Permits,
        goods: Goods,
        starts: Int64s,
        counts: Int64s,
        need_row: Int64s,
        need_units: Int64s,
        refused: Bools | None = None,
    ) -> None:
        self._refused = refused
        self._pricer, self._permits, self._goods = pricer, permits, goods
        self._starts, self._counts, self._need_row, self._need_units = starts, counts, need_row, need_units
        self._by_rank = np.argsort(pricer.world.rank)
        self._metres = np.where(pricer.distance_m == NO_DISTANCE, UNKNOWN_METRES, pricer.distance_m)

    def split(
        self, *, orders: Int64s, permit: Int64s, below: Int64s, seen: Int64s, capacity: tuple[Int64s, Int64s] | None
    ) -> dict[int, Split]:
        """Return the best splits of those orders for which one scores below their figure in `below`.

        `permit` are the orders' attempts, `seen[need, warehouse]` the units that there are, `capacity` what each warehouse still
        ships of orders and of lines, by (order, warehouse).
        """
        columns = self._by_rank[self._permits.covered[permit].any(axis=0)[self._by_rank]]
        questions = [
            self._question(order, row, seen, columns, None if capacity is None else np.where(capacity[0][k] > 0, capacity[1][k], 0))
            for k, (order, row) in enumerate(zip(orders.tolist(), permit.tolist(), strict=True))
        ]
        prices = _PartPrices(self, orders, permit, columns)
        plans = plan_splits(orders=questions, price=prices.price)
        return {
            order: prices.split(k, plan)
            for k, (order, plan) in enumerate(zip(orders.tolist(), plans, strict=True))
            if plan is not None and plan.cost < below[k]
        }

    def _question(self, order: int, permit: int, seen: Int64s, columns: Int64s, most_lines: Int64s | None) -> SplitOrder:
        limits = self._permits.limits
        needs = slice(self._starts[order], self._starts[order] + self._counts[order])
        units = tuple(self._need_units[needs].tolist())
        stock = np.maximum(seen[needs][:, columns] - limits.keep_back_units[permit], 0)
        if self._refused is not None:
            stock[:, self._refused[order, columns]] = 0
        return SplitOrder(
            units=units,
            # The lines have no value of their own: each unit counts as the same share of the order's.
            unit_values=(int(self._goods.value_minor[order]),) * len(units),
            stock=stock,
            metres=self._metres[order, columns],
            limits=SplitLimits(
                most_shipments=int(limits.most_shipments[permit]),
                least_value=int(limits.least_split_value[permit]) * sum(units),
                price_per_split_minor=int(limits.split_price[permit]),
            ),
            most_lines=None if most_lines is None else most_lines[columns],
            in_pieces=order in self._pricer.wanted.pieces,
        )

    def units_of(self, orders: Int64s) -> Int64s:
        """Return how many units these orders have."""
        return self._pricer.wanted.units[orders]

    def priced(self, orders: Int64s, permit: Int64s, units: Int64s) -> tuple[Pricer, Arrivals, Offers]:
        """Return the prices, arrivals and offers of parts, one row each: units[row, need] of an order under one of its attempts."""
        part, need = np.nonzero(units)
        contents = Contents(
            skus=self._goods.skus,
            need_row=self._need_row[self._starts[orders[part]] + need],
            need_units=units[part, need],
            starts=np.searchsorted(part, np.arange(len(orders))),
        )
        pieces = pieces_by_order(contents, self._pricer.world.tag_bits.names)
        pricer = self._pricer.parts(orders=orders, parcels=one_parcel_each(contents), units=units.sum(axis=1), pieces=pieces)
        arrivals = Arrivals(pricer.world, pricer.wanted)
        rows = np.arange(len(orders))
        return pricer, arrivals, make_offers(pricer=pricer, permits=self._permits, orders=rows, permit=permit, arrivals=arrivals)


@dataclass(frozen=True, slots=True, eq=False)
class _Priced:
    """Parcels that were asked for, and what came of it."""

    parcels: Parcels
    pricer: Pricer
    arrivals: Arrivals
    offers: Offers


class _PartPrices:
    """The prices of parts as plan_splits asks for them, kept so that the chosen ones are found again."""

    def __init__(self, splitter: Splitter, orders: Int64s, permit: Int64s, columns: Int64s) -> None:
        self._splitter, self._orders, self._permit, self._columns = splitter, orders, permit, columns
        self._asked: list[_Priced] = []

    def price(self, parcels: Parcels) -> ParcelPrices:
        pricer, arrivals, offers = self._splitter.priced(self._orders[parcels.order], self._permit[parcels.order], parcels.units)
        self._asked.append(_Priced(parcels, pricer, arrivals, offers))
        key = offers.key[:, self._columns].copy()
        # One warehouse for the whole order is what a split is compared with, and no split.
        key[parcels.units.sum(axis=1) == self._splitter.units_of(self._orders[parcels.order])] = NO_OFFER
        cost = _wished(pricer, offers)[:, self._columns]
        return ParcelPrices(cost=np.where(key == NO_OFFER, UNPRICED, cost), days=np.where(key == NO_OFFER, 0, days_of(key)))

    def split(self, place: int, plan: SplitPlan) -> Split:
        """Return the plan of the order at this place with the channels of its parts."""
        asked = next(each for each in self._asked if (each.parcels.order == place).any())
        parts = [self._part(asked, place, int(self._columns[each.warehouse]), each.units) for each in plan.shipments]
        return Split(parts=tuple(parts), pricer=asked.pricer)

    @staticmethod
    def _part(asked: _Priced, place: int, warehouse: int, units: tuple[int, ...]) -> Part:
        row = int(np.flatnonzero((asked.parcels.order == place) & (asked.parcels.units == units).all(axis=1))[0])
        key = asked.offers.key[row : row + 1, warehouse]
        channel = channel_of(key)
        arrival = asked.arrivals.of(orders=np.array([row]), warehouse=np.array([warehouse]), channel=channel, days=days_of(key))
        return Part(
            warehouse=warehouse,
            channel=int(channel[0]),
            cost=int(asked.offers.cost[row, warehouse]),
            ship_day=int(asked.arrivals.ship_day[warehouse]),
            arrival_day=int(arrival[0]),
            units=units,
            row=row,
        )


def _wished(pricer: Pricer, offers: Offers) -> Int64s:
    """Return what is to be least of each part: its score, or the distance or arrival before it where the objective says so."""
    score = offers.key >> COST_SHIFT
    if offers.wishes is None:
        return score
    kind, places = offers.limits.kind, offers.wishes.which
    wish = np.zeros_like(score)
    near, fast = np.flatnonzero(kind == NEAREST), np.flatnonzero(kind == FASTEST)
    wish[near] = np.where(pricer.distance_m[near] == NO_DISTANCE, UNKNOWN_METRES, pricer.distance_m[near])
    if len(fast):
        key = np.where(offers.key[fast] == NO_OFFER, 0, offers.key[fast])
        today = day_number(pricer.wanted.at.date())
        wish[fast] = np.maximum(offers.wishes.arrival_of(key, np.searchsorted(places, fast)) - today, 0)
    wishful = np.concatenate([near, fast])
    score[wishful] = (wish[wishful] << WISH_SHIFT) | np.minimum(score[wishful], MOST_SCORE)
    return score
