"""Which warehouses ship what of an order, with scalar prices: the measure for allocation.core.splitting.

The search itself is plan_splits in both; it is measured by the look at every plan (tests/allocation/core/splits).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from allocation.core.settings import Settings, WarehouseTerms
from allocation.core.splits.plan import plan_splits
from allocation.core.splits.types import (
    MOST_SCORE,
    MOST_SHIPMENTS,
    UNKNOWN_METRES,
    UNPRICED,
    WISH_SHIFT,
    ParcelPrices,
    Parcels,
    SplitLimits,
    SplitOrder,
)
from allocation.core.strategies import Objective, Terms
from allocation.core.types import Candidate, OrderFacts, Served, Shipped
from wms.values.fx import convert_minor

_LONG = 255

type Answer = Callable[[OrderFacts, WarehouseTerms], Candidate]
"""What a warehouse answers to a part of the order under the attempt that is tried."""

type Score = Callable[[OrderFacts, Served], int]
"""What a part costs, and what its lateness is priced at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The order, what each warehouse holds of it, which of them may ship, and what is wished of the answer.

    `below` is what the best warehouse for the whole order scores: a split must score less. None where none serves it.
    """

    order: OrderFacts
    settings: Settings
    candidates: Sequence[Candidate]
    warehouse_ids: frozenset[int]
    terms: Terms
    on: date
    below: int | None


def may_split(*, order: OrderFacts, terms: Terms, served: bool) -> bool:
    """Return whether a split is looked for: always where nothing serves whole, else where the objective is a cost."""
    by_cost = terms.objective in (Objective.COST, Objective.WEIGHTED)
    units = sum(need.units for need in order.needs)
    return terms.most_shipments > 1 and units > 1 and bool(order.goods) and (by_cost or not served)


def best_split(*, asked: Asked, answer: Answer, score: Score) -> tuple[Shipped, ...]:
    """Return the shipments of the best split, or nothing where one warehouse does as well or no split serves."""
    by_rank = sorted(asked.settings.warehouses, key=lambda terms: (terms.priority, terms.code))
    warehouses = [warehouse for warehouse in by_rank if warehouse.id in asked.warehouse_ids]
    if not warehouses:
        return ()
    parts = _Parts(asked, warehouses, answer, score)
    (plan,) = plan_splits(orders=[_question(asked, warehouses)], price=parts.price)
    if plan is None or (asked.below is not None and plan.cost >= asked.below):
        return ()
    return tuple(parts.shipped(each.warehouse, each.units) for each in plan.shipments)


def main_of(split: Sequence[Shipped]) -> Shipped:
    """Return the shipment of the most units, the first of equal ones."""
    return max(split, key=lambda shipped: sum(shipped.units))


def _question(asked: Asked, warehouses: Sequence[WarehouseTerms]) -> SplitOrder:
    order, terms = asked.order, asked.terms
    held = {candidate.warehouse_id: candidate for candidate in asked.candidates}
    units = tuple(need.units for need in order.needs)
    rate = asked.settings.rate_from(order.currency)
    value = 0 if rate is None else convert_minor(order.value_minor, rate)
    available = np.array([held[warehouse.id].available for warehouse in warehouses]).T
    distances = [held[warehouse.id].distance_m for warehouse in warehouses]
    return SplitOrder(
        units=units,
        unit_values=(value,) * len(units),
        stock=np.maximum(available - terms.keep_back_units, 0),
        metres=np.array([UNKNOWN_METRES if metres is None else metres for metres in distances]),
        limits=SplitLimits(
            most_shipments=min(terms.most_shipments, MOST_SHIPMENTS),
            least_value=terms.least_split_value_minor * sum(units),
            price_per_split_minor=terms.split_price_minor if terms.objective is Objective.WEIGHTED else 0,
        ),
        in_pieces=any(sku.ships_alone for sku in order.goods),
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """The prices of an order's parts from the warehouses, in their rank."""

    asked: Asked
    warehouses: Sequence[WarehouseTerms]
    answer: Answer
    score: Score

    def price(self, parcels: Parcels) -> ParcelPrices:
        shape = (len(parcels.order), len(self.warehouses))
        cost, days = np.full(shape, UNPRICED), np.zeros(shape, dtype=np.int64)
        whole = [need.units for need in self.asked.order.needs]
        for row, units in enumerate(parcels.units.tolist()):
            if units == whole:
                continue
            part = self.asked.order.part(units)
            for column, warehouse in enumerate(self.warehouses):
                candidate = self.answer(part, warehouse)
                if isinstance(candidate.result, Served):
                    cost[row, column] = self._cost(part, candidate, candidate.result)
                    days[row, column] = _LONG if candidate.result.days is None else min(candidate.result.days, _LONG - 1)
        return ParcelPrices(cost=cost, days=days)

    def shipped(self, column: int, units: tuple[int, ...]) -> Shipped:
        warehouse = self.warehouses[column]
        result = self.answer(self.asked.order.part(units), warehouse).result
        assert isinstance(result, Served)
        return Shipped(
            warehouse_id=warehouse.id,
            channel_id=result.channel_id,
            cost_minor=result.cost_minor,
            arrival_date=result.arrival_date,
            units=units,
        )

    def _cost(self, part: OrderFacts, candidate: Candidate, served: Served) -> int:
        score, objective = self.score(part, served), self.asked.terms.objective
        if objective is Objective.NEAREST:
            metres = UNKNOWN_METRES if candidate.distance_m is None else candidate.distance_m
            return metres << WISH_SHIFT | min(score, MOST_SCORE)
        if objective is Objective.FASTEST:
            days = max((served.arrival_date - self.asked.on).days, 0)
            return days << WISH_SHIFT | min(score, MOST_SCORE)
        return score
