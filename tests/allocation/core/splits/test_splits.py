"""Splits against every plan there is, and what a split may never do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocation.core.splits.plan import Effort, plan_splits
from allocation.core.splits.types import ParcelPrices, Parcels, PlannedShipment, SplitLimits, SplitOrder, SplitPlan
from tests.allocation.core.splits.exhaustive import (
    RandomOrder,
    best_of_all,
    exhaustive_differences,
    plans_of,
    priced,
    random_order,
)

many_orders = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 2**32)


def test_no_plan_is_better_than_the_one_found_on_a_thousand_random_orders():
    assert exhaustive_differences(orders=1000, seed=7) == 0


def test_the_comparison_sees_splits_ties_and_orders_that_nothing_serves():
    """The random orders hold what they are for, so that no difference means something."""
    cases = [random_order(Random(seed)) for seed in range(300)]
    plans = [best_of_all(case) for case in cases]
    assert {0 if plan is None else len(plan.shipments) for plan in plans} >= {0, 1, 2, 3}
    whole = [case for case, plan in zip(cases, plans, strict=True) if plan is not None and len(plan.shipments) > 1 and _serves_whole(case)]
    assert len(whole) > 10
    divided_lines = [plan for plan in plans if plan is not None and _divides_a_line(plan)]
    assert len(divided_lines) > 10


def _serves_whole(case: RandomOrder) -> bool:
    limits = SplitLimits(most_shipments=1)
    return plans_of([RandomOrder(replace(case.order, limits=limits), case.price)])[0] is not None


def _divides_a_line(plan: SplitPlan) -> bool:
    return any(sum(1 for units in line if units) > 1 for line in zip(*(shipment.units for shipment in plan.shipments), strict=True))


@many_orders
@given(seeds)
def test_a_plan_keeps_every_limit(seed):
    case = random_order(Random(seed))
    (plan,) = plans_of([case])
    if plan is None:
        return
    order, limits, shipped = case.order, case.order.limits, np.array([shipment.units for shipment in plan.shipments])
    assert tuple(shipped.sum(axis=0)) == order.units
    assert len({shipment.warehouse for shipment in plan.shipments}) == len(plan.shipments) <= limits.most_shipments
    assert all((shipment.units <= order.stock[:, shipment.warehouse]).all() for shipment in plan.shipments)
    assert len(plan.shipments) == 1 or (shipped @ np.array(order.unit_values) >= limits.least_value).all()
    prices = [case.price(shipment.warehouse, shipment.units) for shipment in plan.shipments]
    assert plan.cost == sum(cost for cost, _ in prices) + limits.price_per_split_minor * (len(prices) - 1)


@many_orders
@given(seeds)
def test_more_stock_never_makes_a_plan_dearer(seed):
    rng = Random(seed)
    case = random_order(rng)
    more = case.order.stock + np.array([[rng.choice([0, 0, 1, 5]) for _ in row] for row in case.order.stock])
    (before,), (after,) = plans_of([case]), plans_of([RandomOrder(replace(case.order, stock=more), case.price)])
    assert before is None or (after is not None and after.cost <= before.cost)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seeds)
def test_a_plan_does_not_depend_on_the_orders_beside_it(seed):
    rng = Random(seed)
    cases = [case for case in (random_order(rng) for _ in range(12)) if case.order.stock.shape[1] == 2]
    turned = cases[::-1]
    assert plans_of(cases) == tuple(plans_of([case])[0] for case in cases) == plans_of(turned)[::-1]


def test_two_light_parcels_are_taken_where_one_heavy_parcel_costs_more():
    """One parcel of both goods is oversize, 1,200; the lamp alone costs 350 and the rug alone 500."""
    plan = _plan(units=(1, 1), stock=[[1, 1], [1, 0]], price=lambda _, units: {(1, 1): 1200, (1, 0): 350, (0, 1): 500}[units])
    assert plan == SplitPlan(shipments=(_ships(0, 0, 1), _ships(1, 1, 0)), cost=850, bound=850)


def test_the_price_of_a_split_decides_whether_it_pays():
    """Two parcels save 350 of 1,200: they are taken at a price of 349 a split, and not at 350, where both cost the same."""
    prices = {(1, 1): 1200, (1, 0): 350, (0, 1): 500}
    asked = {"units": (1, 1), "stock": [[1, 1], [1, 0]], "price": lambda _, units: prices[units]}
    assert len(_plan(**asked, price_per_split_minor=349).shipments) == 2
    assert _plan(**asked, price_per_split_minor=350).shipments == (_ships(0, 1, 1),)


def test_the_units_of_one_line_come_from_two_warehouses_where_neither_has_them_all():
    plan = _plan(units=(5,), stock=[[3, 4]], price=lambda warehouse, units: 100 + 10 * warehouse + units[0])
    assert plan.shipments == (_ships(0, 3), _ships(1, 2))


def test_units_are_divided_where_the_weight_steps_make_it_cheaper():
    """Up to two units cost 100 a parcel, more cost 300: four units go as two and two."""
    plan = _plan(units=(4,), stock=[[9, 9]], price=lambda _, units: 100 if units[0] <= 2 else 300)
    assert plan == SplitPlan(shipments=(_ships(0, 2), _ships(1, 2)), cost=200, bound=200)


def test_no_warehouse_is_used_needlessly():
    """Both halves apart cost what the whole costs: one shipment."""
    plan = _plan(units=(2,), stock=[[2, 2]], price=lambda _, units: 50 * units[0])
    assert plan.shipments == (_ships(0, 2),)


def test_an_order_is_not_split_below_the_least_value_of_a_half():
    asked = {"units": (1, 3), "stock": [[1, 0], [0, 3]], "price": lambda *_: 100, "unit_values": (10, 20)}
    assert _plan(**asked, least_value=10) is not None
    assert _plan(**asked, least_value=11) is None


def test_an_order_is_not_split_over_more_warehouses_than_allowed():
    asked = {"units": (1, 1, 1), "stock": [[1, 0, 0], [0, 1, 0], [0, 0, 1]], "price": lambda *_: 100}
    assert _plan(**asked, most_shipments=2) is None
    assert _plan(**asked, most_shipments=3).cost == 300


def test_ten_lines_over_eight_warehouses_are_planned_exactly():
    """Three shipments of ten lines of two units: too many sums to table, so they are searched, and the search ends."""
    rng = Random(3)
    order = _random_large_order(rng, units=(2,) * 10, most_shipments=3)
    plan = _only(plan_splits(orders=[order], price=_stepped_prices(rng, needs=10, warehouses=8)))
    assert plan.is_exact


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(seeds)
def test_the_search_finds_what_the_table_finds(seed):
    rng = Random(seed)
    order = _random_large_order(rng, units=tuple(rng.choice([1, 2]) for _ in range(4)), most_shipments=rng.choice([3, 4]))
    price = _stepped_prices(rng, needs=4, warehouses=8)
    table = _only(plan_splits(orders=[order], price=price))
    searched = _only(plan_splits(orders=[order], price=price, effort=Effort(sums=1)))
    assert (table and table.cost) == (searched and searched.cost)
    assert searched is None or searched.is_exact


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(seeds)
def test_a_search_that_gives_up_states_a_bound_that_holds(seed):
    rng = Random(seed)
    order = _random_large_order(rng, units=(1, 2, 1, 2), most_shipments=4)
    price = _stepped_prices(rng, needs=4, warehouses=8)
    exact = _only(plan_splits(orders=[order], price=price))
    hasty = _only(plan_splits(orders=[order], price=price, effort=Effort(sums=1, work=1)))
    assert hasty is None or hasty.bound <= exact.cost <= hasty.cost


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(seeds)
def test_an_order_of_many_goods_is_bundled_within_its_limits_and_a_bound(seed):
    """Twenty lines of three units: 4 to the power of 20 parcels. Heavier parcels never cost less here, so the bound holds."""
    rng = Random(seed)
    order = _random_large_order(rng, units=(3,) * 20, most_shipments=3)
    plan = _only(plan_splits(orders=[order], price=_stepped_prices(rng, needs=20, warehouses=8)))
    if plan is not None:
        assert tuple(np.sum([shipment.units for shipment in plan.shipments], axis=0)) == order.units
        assert all((shipment.units <= order.stock[:, shipment.warehouse]).all() for shipment in plan.shipments)
        assert 0 < plan.bound <= plan.cost


def _random_large_order(rng: Random, *, units: tuple[int, ...], most_shipments: int) -> SplitOrder:
    stock = [[most if rng.random() < 0.55 else rng.randrange(most + 1) for _ in range(8)] for most in units]
    return SplitOrder(
        units=units,
        unit_values=(1,) * len(units),
        stock=np.array(stock),
        metres=np.arange(8) * 1000,
        limits=SplitLimits(most_shipments=most_shipments, price_per_split_minor=20),
    )


def _stepped_prices(rng: Random, *, needs: int, warehouses: int) -> Callable[[Parcels], ParcelPrices]:
    """Return prices by weight steps and a surcharge for what is long; they never fall when goods are added."""
    grams = np.array([rng.choice([120, 400, 900, 2500]) for _ in range(needs)])
    long = np.array([rng.random() < 0.2 for _ in range(needs)])
    base = np.array([rng.randrange(350, 700) for _ in range(warehouses)])
    step = np.array([rng.randrange(30, 160) for _ in range(warehouses)])

    def price(parcels: Parcels) -> ParcelPrices:
        weight = parcels.units @ grams
        surcharge = 900 * (parcels.units[:, long] > 0).any(axis=1)
        cost = base + step * np.ceil(weight / 500).astype(np.int64)[:, None] + surcharge[:, None]
        return ParcelPrices(cost=cost, days=np.zeros_like(cost))

    return price


def _plan(*, units, stock, price, unit_values=None, most_shipments=2, least_value=0, price_per_split_minor=0) -> SplitPlan | None:
    order = SplitOrder(
        units=units,
        unit_values=unit_values or (1,) * len(units),
        stock=np.array(stock),
        metres=np.zeros(len(stock[0]), dtype=np.int64),
        limits=SplitLimits(most_shipments=most_shipments, least_value=least_value, price_per_split_minor=price_per_split_minor),
    )
    cases = [RandomOrder(order, lambda warehouse, parcel: (price(warehouse, parcel), 2))]
    return _only(plan_splits(orders=[order], price=lambda parcels: priced(cases, parcels)))


def _only(plans: tuple[SplitPlan | None, ...]) -> SplitPlan | None:
    (plan,) = plans
    return plan


def _ships(warehouse: int, *units: int) -> PlannedShipment:
    return PlannedShipment(warehouse=warehouse, units=units)
