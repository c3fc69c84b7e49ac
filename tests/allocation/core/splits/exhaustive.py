"""Every way to divide a small order, tried one after the other, and random orders to try it on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

import numpy as np

from allocation.core.splits.plan import plan_splits
from allocation.core.splits.types import (
    UNKNOWN_METRES,
    UNPRICED,
    ParcelPrices,
    Parcels,
    PlannedShipment,
    SplitLimits,
    SplitOrder,
    SplitPlan,
)

type Units = tuple[int, ...]
type Price = tuple[int, int] | None
"""Cost and days, or None where a warehouse does not ship such a parcel."""

BENCHMARK_ORDERS = 10_000
BENCHMARK_SEED = 20260302


@dataclass(frozen=True)
class RandomOrder:
    """An order and the price of each parcel (units) from each warehouse."""

    order: SplitOrder
    price: Callable[[int, Units], Price]


def random_order(rng: Random) -> RandomOrder:
    """Return an order of few lines and units; prices have weight steps and volume, and are equal often enough to tie."""
    needs, warehouses = rng.randint(1, 3), rng.randint(1, 4)
    units = tuple(rng.choice([1, 1, 2, 3]) for _ in range(needs))
    limits = SplitLimits(
        most_shipments=rng.randint(1, 4), least_value=rng.choice([0, 0, 3]), price_per_split_minor=rng.choice([0, 0, 50, 300])
    )
    order = SplitOrder(
        units=units,
        unit_values=tuple(rng.choice([1, 2, 5]) for _ in units),
        stock=np.array([[rng.choice([0, 1, 2, 3, 9]) for _ in range(warehouses)] for _ in units]),
        metres=np.array([rng.choice([100, 100, 250, UNKNOWN_METRES]) for _ in range(warehouses)]),
        limits=limits,
    )
    return RandomOrder(order, _random_price(rng, needs, warehouses))


def _random_price(rng: Random, needs: int, warehouses: int) -> Callable[[int, Units], Price]:
    if rng.random() < 0.3:
        return _wild_price(rng.randrange(2**32))
    weights = [rng.choice([1, 2, 5]) for _ in range(needs)]
    bulky = rng.randrange(needs)
    base = [rng.choice([300, 300, 450]) for _ in range(warehouses)]
    step = [rng.choice([40, 100, 250]) for _ in range(warehouses)]
    days = [rng.choice([2, 2, 4]) for _ in range(warehouses)]
    most = [rng.choice([4, 9, 99]) for _ in range(warehouses)]

    def price(warehouse: int, units: Units) -> Price:
        weight = sum(weights[need] * count for need, count in enumerate(units))
        if weight > most[warehouse]:
            return None
        oversize = 400 if units[bulky] and sum(units) > 1 else 0
        return base[warehouse] + step[warehouse] * (weight // 2) + oversize, days[warehouse]

    return price


def _wild_price(seed: int) -> Callable[[int, Units], Price]:
    """Return prices without any order to them: more goods may cost less."""

    def price(warehouse: int, units: Units) -> Price:
        rng = Random(f"{seed} {warehouse} {units}")
        return None if rng.random() < 0.1 else (rng.choice([100, 200, 300, 700]), rng.choice([1, 2]))

    return price


def plans_of(orders: list[RandomOrder]) -> tuple[SplitPlan | None, ...]:
    """Return what plan_splits makes of the orders, all in one call."""
    return plan_splits(orders=[each.order for each in orders], price=lambda parcels: priced(orders, parcels))


def priced(orders: list[RandomOrder], parcels: Parcels) -> ParcelPrices:
    """Return the prices of parcels as columns."""
    warehouses = orders[int(parcels.order[0])].order.stock.shape[1]
    cost = np.full((len(parcels.order), warehouses), UNPRICED)
    days = np.zeros((len(parcels.order), warehouses), dtype=np.int64)
    for row, (order, units) in enumerate(zip(parcels.order.tolist(), parcels.units.tolist(), strict=True)):
        for warehouse in range(warehouses):
            answer = orders[order].price(warehouse, tuple(units))
            if answer is not None:
                cost[row, warehouse], days[row, warehouse] = answer
    return ParcelPrices(cost=cost, days=days)


def best_of_all(case: RandomOrder) -> SplitPlan | None:
    """Return the best of all plans by looking at every one."""
    found = min(_all_plans(case), key=lambda pair: pair[0], default=None)
    if found is None:
        return None
    (cost, *_), plan = found
    shipments = tuple(PlannedShipment(warehouse=warehouse, units=units) for warehouse, units in enumerate(plan) if any(units))
    return SplitPlan(shipments=shipments, cost=cost, bound=cost)


type Rank = tuple[int, int, int, int, tuple[Units, ...]]


def _all_plans(case: RandomOrder) -> Iterator[tuple[Rank, tuple[Units, ...]]]:
    order = case.order
    for plan in _divisions(order.units, order.stock.T.tolist()):
        rank = _rank(case, plan)
        if rank is not None:
            yield rank, plan


def _divisions(units: Units, stock: list[list[int]]) -> Iterator[tuple[Units, ...]]:
    """Yield every way in which warehouses with these units (by need) ship exactly these."""
    if not stock:
        if not any(units):
            yield ()
        return
    for shipped in product(*(range(min(need, held) + 1) for need, held in zip(units, stock[0], strict=True))):
        left = tuple(need - taken for need, taken in zip(units, shipped, strict=True))
        yield from ((shipped, *others) for others in _divisions(left, stock[1:]))


def _rank(case: RandomOrder, plan: tuple[Units, ...]) -> Rank | None:
    """Return what decides among plans, the least first, or None where the plan breaks a limit."""
    order, limits = case.order, case.order.limits
    parts = [(warehouse, units) for warehouse, units in enumerate(plan) if any(units)]
    if len(parts) > limits.most_shipments:
        return None
    if len(parts) > 1 and any(_value(order, units) < limits.least_value for _, units in parts):
        return None
    prices = [case.price(warehouse, units) for warehouse, units in parts]
    known = [price for price in prices if price is not None]
    if len(known) < len(prices):
        return None
    cost = sum(cost for cost, _ in known) + limits.price_per_split_minor * (len(parts) - 1)
    days = sum(days for _, days in known)
    metres = sum(int(order.metres[warehouse]) for warehouse, _ in parts)
    most_from_the_first = tuple(tuple(-count for count in units) for units in plan)
    return cost, len(parts), days, metres, most_from_the_first


def _value(order: SplitOrder, units: Units) -> int:
    return sum(value * count for value, count in zip(order.unit_values, units, strict=True))


def exhaustive_differences(*, orders: int = BENCHMARK_ORDERS, seed: int = BENCHMARK_SEED) -> int:
    """Return on how many of so many random orders plan_splits and the look at every plan disagree."""
    rng = Random(seed)
    cases = [random_order(rng) for _ in range(orders)]
    by_warehouses: dict[int, list[RandomOrder]] = {}
    for case in cases:
        by_warehouses.setdefault(case.order.stock.shape[1], []).append(case)
    return sum(plan != best_of_all(case) for alike in by_warehouses.values() for case, plan in zip(alike, plans_of(alike), strict=True))
