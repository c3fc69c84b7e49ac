"""A contended batch is decided better together than one order after the other, and never worse."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from allocation.core.joint import Contest, JointPlan, Outcome, decide_together, unserved_by_priority, with_capacities
from allocation.core.joint.contest import NOWHERE, score_of
from allocation.core.joint.together import clear_orders
from benchmarks.contested import draw_contest, first_come


def _contest(
    cost: list[list[int]], needs: list[list[tuple[int, int]]], stock: list[list[int]], priority: list[int] | None = None
) -> Contest:
    """Return a contest; `needs` are (stock row, units) by order."""
    costs = np.array(cost, dtype=np.int64)
    counts = np.array([len(each) for each in needs])
    classes = np.array(priority or [0] * len(needs))
    return Contest(
        cost=costs,
        preference=np.argsort(np.argsort(costs, axis=1, kind="stable"), axis=1),
        starts=np.cumsum(counts) - counts,
        need_row=np.array([row for each in needs for row, _ in each]),
        need_units=np.array([units for each in needs for _, units in each]),
        stock=np.array(stock, dtype=np.int64),
        priority=classes,
        unserved=unserved_by_priority(cost=costs, priority=classes),
    )


def _together(contest: Contest, *, time_limit_s: float = 60.0) -> JointPlan:
    rows, warehouses = contest.stock.shape
    return decide_together(
        contest,
        start=first_come(contest),
        order_keys=np.arange(len(contest)),
        row_keys=np.arange(rows),
        warehouse_keys=np.arange(warehouses),
        time_limit_s=time_limit_s,
    )


def _random(seed: int, *, orders: int = 5, warehouses: int = 3, skus: int = 3) -> Contest:
    rng = np.random.default_rng(seed)
    needs = [
        [(int(row), int(rng.integers(1, 3))) for row in sorted(rng.choice(skus, rng.integers(1, skus + 1), replace=False))]
        for _ in range(orders)
    ]
    cost = rng.integers(100, 999, (orders, warehouses))
    cost[rng.random(cost.shape) < 0.1] = -1
    contest = _contest(cost.tolist(), needs, rng.integers(0, 5, (skus, warehouses)).tolist(), rng.integers(0, 2, orders).tolist())
    return replace(contest, priority=contest.priority - contest.priority.min())


def _total(contest: Contest, warehouse: np.ndarray) -> int:
    served = np.flatnonzero(warehouse != NOWHERE)
    return int(contest.cost[served, warehouse[served]].sum() + contest.unserved[warehouse == NOWHERE].sum())


def test_the_last_unit_goes_where_it_saves_most() -> None:
    """Both orders are cheapest from the first warehouse, which has one unit. Elsewhere costs the first 10 more, the second 300."""
    contest = _contest([[500, 510], [500, 800]], [[(0, 1)], [(0, 1)]], [[1, 5]])
    assert first_come(contest).tolist() == [0, 1]
    plan = _together(contest)
    assert plan.warehouse.tolist() == [1, 0]
    assert plan.score.cost_minor == 1010
    assert plan.outcome is Outcome.OPTIMAL


def test_an_order_moves_over_so_that_another_is_served_at_all() -> None:
    """Only the first warehouse holds what the second order needs besides."""
    contest = _contest([[500, 900], [500, 500]], [[(0, 1)], [(0, 1), (1, 1)]], [[1, 1], [1, 0]])
    assert first_come(contest).tolist() == [0, NOWHERE]
    assert _together(contest).warehouse.tolist() == [1, 0]


def test_urgent_orders_come_first_whatever_they_cost() -> None:
    contest = _contest([[100], [900]], [[(0, 1)], [(0, 1)]], [[1]], priority=[1, 0])
    assert _together(contest).warehouse.tolist() == [NOWHERE, 0]


def test_without_contention_nothing_is_searched() -> None:
    contest = _contest([[500, 510], [500, 800]], [[(0, 1)], [(0, 1)]], [[2, 5]])
    plan = _together(contest)
    assert (plan.outcome, plan.warehouse.tolist()) == (Outcome.UNCONTENDED, [0, 0])
    assert not plan.searched.any()


def test_a_warehouse_takes_no_more_orders_and_lines_than_it_can() -> None:
    needs = [[(0, 1)], [(0, 1), (1, 1)], [(1, 1)]]
    contest = _contest([[100, 200]] * 3, needs, [[9, 9], [9, 9]])
    limited = with_capacities(contest, orders=np.array([2, 9]), lines=np.array([2, 9]))
    plan = _together(limited)
    assert plan.warehouse.tolist() == [0, 1, 0]
    assert (limited.left_by(plan.warehouse) >= 0).all()


@pytest.mark.parametrize("seed", range(150))
def test_small_batches_are_decided_as_exhaustive_search_decides_them(seed: int) -> None:
    contest = _random(seed)
    plan = _together(contest)
    choices = product(range(-1, contest.stock.shape[1]), repeat=len(contest))
    best = min(
        _total(contest, warehouse)
        for warehouse in map(np.array, choices)
        if not any(w >= 0 and contest.cost[k, w] < 0 for k, w in enumerate(warehouse)) and (contest.left_by(warehouse) >= 0).all()
    )
    assert _total(contest, plan.warehouse) == best


@pytest.mark.parametrize("seed", range(40))
def test_adding_stock_never_makes_a_small_batch_dearer(seed: int) -> None:
    contest, rng = _random(seed, orders=12, skus=4), np.random.default_rng(seed)
    total = _total(contest, _together(contest).warehouse)
    for _ in range(3):
        contest = replace(contest, stock=contest.stock + rng.integers(0, 2, contest.stock.shape))
        with_more = _total(contest, _together(contest).warehouse)
        assert with_more <= total
        total = with_more


@pytest.fixture(scope="module")
def large() -> tuple[Contest, JointPlan]:
    contest = draw_contest(orders=600, demand_pct=100, seed=1, warehouses=8, skus=60)
    return contest, _together(contest)


def test_a_large_batch_is_decided_better_than_by_greedy(large: tuple[Contest, JointPlan]) -> None:
    contest, plan = large
    assert plan.outcome is Outcome.BETTER
    assert plan.score < score_of(contest, first_come(contest))
    assert plan.score == score_of(contest, plan.warehouse)


def test_no_plan_takes_more_than_there_is(large: tuple[Contest, JointPlan]) -> None:
    contest, plan = large
    assert (contest.left_by(plan.warehouse) >= 0).all()


def test_each_order_is_where_it_would_go_by_itself_on_what_the_others_leave(large: tuple[Contest, JointPlan]) -> None:
    contest, plan = large
    alone = np.arange(len(contest))
    for order in alone.tolist():
        others = plan.warehouse.copy()
        others[order] = NOWHERE
        only_one = contest.only(np.array([order]), contest.left_by(others))
        assert first_come(only_one).tolist() == [plan.warehouse[order]]


def test_permuting_the_rows_changes_no_decision(large: tuple[Contest, JointPlan]) -> None:
    contest, plan = large
    rng = np.random.default_rng(7)
    orders, rows, warehouses = (rng.permutation(n) for n in (len(contest), *contest.stock.shape))
    place = np.argsort(rows)
    mixed = contest.only(orders, contest.stock[rows][:, warehouses])
    mixed = replace(
        mixed,
        cost=mixed.cost[:, warehouses],
        preference=mixed.preference[:, warehouses],
        need_row=place[mixed.need_row],
    )
    start = np.append(np.argsort(warehouses), NOWHERE)[first_come(contest)[orders]]
    again = decide_together(mixed, start=start, order_keys=orders, row_keys=rows, warehouse_keys=warehouses, time_limit_s=60.0)
    assert np.append(warehouses, NOWHERE)[again.warehouse].tolist() == plan.warehouse[orders].tolist()


def test_with_more_stock_and_the_earlier_plan_to_start_from_nothing_gets_worse(large: tuple[Contest, JointPlan]) -> None:
    contest, plan = large
    rng = np.random.default_rng(3)
    richer = replace(contest, stock=contest.stock + rng.integers(0, 2, contest.stock.shape))
    keys = {"order_keys": np.arange(len(contest)), "row_keys": np.arange(60), "warehouse_keys": np.arange(8)}
    again = decide_together(richer, start=plan.warehouse, **keys, time_limit_s=60.0)
    assert again.score <= plan.score


def test_out_of_time_the_greedy_plan_stands_and_says_so(large: tuple[Contest, JointPlan]) -> None:
    contest, _ = large
    plan = _together(contest, time_limit_s=0.0)
    assert plan.outcome is Outcome.TIMED_OUT
    assert plan.warehouse.tolist() == first_come(contest).tolist()


@pytest.mark.parametrize("seed", range(60))
def test_what_is_clear_needs_no_search(seed: int) -> None:
    """Clear orders are served best however the others are decided: their units are left even if all others take what they might."""
    contest = _random(seed, orders=8)
    clear, warehouse = clear_orders(contest)
    fits = contest.fits(contest.stock)
    for order in np.flatnonzero(clear & (warehouse != NOWHERE)).tolist():
        assert contest.preference[order, warehouse[order]] == contest.preference[order][fits[order]].min()
    assert (contest.left_by(warehouse) >= 0).all()
