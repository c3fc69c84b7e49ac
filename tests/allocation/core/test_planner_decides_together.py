"""A contended batch of the planner: decided together, never worse than in rounds, and each order answers for itself."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocation.core.contention import FARTHEST_M, JointTerms, Together, priorities
from allocation.core.planner import plan_batch, price_batch
from allocation.core.plans import Plan, draws_on
from allocation.core.reference import Supply, decide_order
from allocation.core.settings import Settings
from allocation.core.strategies import EXCEPTION, Objective, Terms
from allocation.core.world import NO_WAREHOUSE, compile_world
from tests.allocation.core.random_worlds import AsArrays, RandomCase, as_arrays, random_case
from wms.values.geo import NO_DISTANCE

AT_ONCE = JointTerms(from_orders=1, time_limit_s=60.0)
OUT_OF_TIME = JointTerms(from_orders=1, time_limit_s=0.0)
some_worlds = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def _arranged(seed: int, objective: Objective | None = None) -> tuple[RandomCase, AsArrays]:
    """Return a random case; with an objective all its strategies wish for that, and what they can't serve is an exception."""
    case = random_case(Random(seed))
    if objective is not None:
        case = replace(case, book=replace(case.book, settings=_wishing(case.book.settings, objective)))
    world = compile_world(settings=case.book.settings, cards=case.book.cards, charts=case.book.charts, areas=case.book.areas)
    return case, as_arrays(case, world)


def _wishing(settings: Settings, objective: Objective) -> Settings:
    strategies = (replace(each, terms=Terms(objective=objective), fallbacks=(EXCEPTION,)) for each in settings.strategies)
    return replace(settings, strategies=tuple(strategies), rules=(), default_warehouses=())


def _plan(arrays: AsArrays, joint: JointTerms | None) -> Plan:
    priced = price_batch(pricer=arrays.pricer, batch=arrays.batch)
    return plan_batch(priced=priced, available=arrays.available, capacity=arrays.capacity, joint=joint)


def _score(arrays: AsArrays, plan: Plan) -> tuple[list[int], int]:
    """Return the unserved orders by class, and what the others cost."""
    wanted = arrays.pricer.wanted
    classes = priorities(promised_day=wanted.promised_day, today=wanted.at.date())
    unserved = np.bincount(classes[plan.warehouse == NO_WAREHOUSE], minlength=3)
    return unserved.tolist(), int(plan.cost[plan.warehouse != NO_WAREHOUSE].sum())


@some_worlds
@given(st.integers(0, 2**32))
def test_each_order_decides_alike_on_what_its_record_says_that_it_saw(seed: int) -> None:
    case, arrays = _arranged(seed)
    plan = _plan(arrays, AT_ONCE)
    warehouses = case.book.settings.warehouses
    for k, order in enumerate(case.orders):
        seen = plan.seen_units[plan.batch.need_owner == k]
        supply = Supply(
            at=case.supply.at,
            units={(need.sku_id, terms.id): int(seen[n, w]) for n, need in enumerate(order.needs) for w, terms in enumerate(warehouses)},
            orders={terms.id: int(seen[len(order.needs), w]) for w, terms in enumerate(warehouses)} if case.supply.orders else {},
            lines={terms.id: int(seen[len(order.needs) + 1, w]) for w, terms in enumerate(warehouses)} if case.supply.lines else {},
        )
        decision = decide_order(book=case.book, order=order, supply=supply)
        warehouse = None if plan.warehouse[k] == NO_WAREHOUSE else warehouses[plan.warehouse[k]].id
        assert (decision.warehouse_id, int(decision.mode)) == (warehouse, int(plan.mode[k]))
        assert decision.cost_minor == (None if warehouse is None else int(plan.cost[k]))


@some_worlds
@given(st.integers(0, 2**32))
def test_no_joint_plan_takes_more_than_there_is(seed: int) -> None:
    _, arrays = _arranged(seed)
    plan = _plan(arrays, AT_ONCE)
    left = arrays.available.copy()
    drawn = draws_on(batch=arrays.batch, warehouse=plan.warehouse, splits=plan.splits)
    np.subtract.at(left, (arrays.batch.need_row[drawn.needs], drawn.columns), drawn.units)
    assert (left >= 0).all()


@some_worlds
@given(st.integers(0, 2**32))
def test_out_of_time_the_rounds_decide_and_the_plan_says_so(seed: int) -> None:
    _, arrays = _arranged(seed)
    hurried, rounds = _plan(arrays, OUT_OF_TIME), _plan(arrays, None)
    if (hurried.together == Together.GREEDY).any():
        assert hurried.warehouse.tolist() == rounds.warehouse.tolist()
        assert (hurried.seen_units == rounds.seen_units).all()


def test_random_worlds_are_decided_better_together_and_never_worse() -> None:
    better = jointly = 0
    for seed in range(600):
        _, arrays = _arranged(seed)
        plan, rounds = _plan(arrays, AT_ONCE), _plan(arrays, None)
        assert _score(arrays, plan)[0] <= _score(arrays, rounds)[0]
        better += _score(arrays, plan) < _score(arrays, rounds)
        jointly += bool((plan.together == Together.JOINTLY).any())
    assert better > 1
    assert jointly > 5


def _wished(arrays: AsArrays, plan: Plan, objective: Objective) -> tuple[list[int], int, int]:
    """Return the unserved orders by class, and the sums of what the others wish for, and cost where that is days."""
    served = np.flatnonzero(plan.warehouse != NO_WAREHOUSE)
    metres = arrays.pricer.distance_m[served, plan.warehouse[served]]
    metres = np.where(metres == NO_DISTANCE, FARTHEST_M, metres)
    unserved, cost = _score(arrays, plan)
    return (unserved, int(metres.sum()), 0) if objective is Objective.NEAREST else (unserved, int(plan.arrival_day[served].sum()), cost)


@pytest.mark.parametrize("objective", [Objective.NEAREST, Objective.FASTEST])
def test_the_nearest_and_the_fastest_are_decided_better_together_in_their_own_units(objective: Objective) -> None:
    better = 0
    for seed in range(200):
        _, arrays = _arranged(seed, objective)
        together, rounds = (_wished(arrays, _plan(arrays, joint), objective) for joint in (AT_ONCE, None))
        assert together <= rounds
        better += together < rounds
    assert better > 1
