"""What holds of every decision, whatever the world: limits, the order of rows, and more stock."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocation.core.planner import plan_batch, price_batch
from allocation.core.plans import Plan
from allocation.core.reference import decide_batch, decide_order
from allocation.core.strategies import Objective, StrategyTerms
from allocation.core.types import Decision, Mode, OrderFacts, Served
from allocation.core.world import compile_world
from tests.allocation.core.random_worlds import RandomCase, as_arrays, random_case, random_split_case
from wms.values.geo import distance_m

many_worlds = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 2**32)

type Shipment = tuple[int, int, tuple[int, ...]]
"""(warehouse, channel, units of each need)."""


def a_case(seed: int) -> tuple[RandomCase, Random]:
    """Return a random batch, of orders that may be split in every other case."""
    rng = Random(seed)
    return (random_case if seed % 2 else random_split_case)(rng), rng


def decide(case: RandomCase) -> tuple[Decision, ...]:
    return decide_batch(book=case.book, orders=case.orders, supply=case.supply)


def shipments_of(order: OrderFacts, decision: Decision) -> list[Shipment]:
    """Return what ships from where; nothing of an order without a warehouse."""
    if decision.split:
        return [(part.warehouse_id, part.channel_id, part.units) for part in decision.split]
    if decision.warehouse_id is None or decision.channel_id is None:
        return []
    return [(decision.warehouse_id, decision.channel_id, tuple(need.units for need in order.needs))]


def broken_limits(case: RandomCase, order: OrderFacts, decision: Decision) -> list[str]:
    """Return the limits of the strategy that decided, and of the world, that an order decided alone breaks."""
    strategy = next(each for each in case.book.settings.strategies if each.id == decision.decided_by_id)
    shipments = shipments_of(order, decision)
    broken = ["too many shipments"] if len(shipments) > strategy.terms.most_shipments else []
    shipped = [sum(units) for units in zip(*(units for _, _, units in shipments), strict=True)]
    if shipped != [need.units for need in order.needs]:
        broken.append("units do not add up")
    for shipment in shipments:
        broken += _broken_by(case, order, strategy, shipment)
    return broken


def _broken_by(case: RandomCase, order: OrderFacts, strategy: StrategyTerms, shipment: Shipment) -> list[str]:
    warehouse_id, channel_id, units = shipment
    terms, held = strategy.terms, case.supply.units
    warehouse = next(each for each in case.book.settings.warehouses if each.id == warehouse_id)
    metres = distance_m(order.destination.lat, order.destination.lon, warehouse.lat, warehouse.lon)
    needs = [(need.sku_id, count) for need, count in zip(order.needs, units, strict=True) if count]
    tags = {tag for sku_id, _ in needs for tag in case.skus[sku_id].tags}
    bans = [ban for ban in terms.restrictions if ban.warehouse_id in (None, warehouse_id) and ban.channel_id in (None, channel_id)]
    checks = {
        "not the strategy's": warehouse_id not in strategy.warehouse_ids or channel_id not in strategy.channel_ids,
        "no lane": (warehouse_id, channel_id) not in case.book.settings.lanes,
        "not there": any(held.get((sku_id, warehouse_id), 0) < count + terms.keep_back_units for sku_id, count in needs),
        "banned": any(ban.tag in tags for ban in bans),
        "too far": terms.most_distance_m is not None and (metres is None or metres > terms.most_distance_m),
        "sent back before": warehouse_id in order.refused_by,
        "no capacity": case.supply.orders.get(warehouse_id, 1) < 1 or case.supply.lines.get(warehouse_id, len(needs)) < len(needs),
    }
    return [name for name, is_broken in checks.items() if is_broken]


@many_worlds
@given(seeds)
def test_no_decision_of_a_strategy_breaks_a_hard_limit(seed: int) -> None:
    case, _ = a_case(seed)
    for order in case.orders:
        decision = decide_order(book=case.book, order=order, supply=case.supply)
        if decision.mode is Mode.SMART:
            assert broken_limits(case, order, decision) == []


def test_these_worlds_hold_decisions_of_strategies_and_splits() -> None:
    """Enough of both, so that no limit broken means something."""
    decisions = smart = splits = 0
    for seed in range(60):
        case, _ = a_case(seed)
        for order in case.orders:
            decision = decide_order(book=case.book, order=order, supply=case.supply)
            decisions, smart, splits = decisions + 1, smart + (decision.mode is Mode.SMART), splits + bool(decision.split)
    assert decisions > smart > 40
    assert splits > 5


@many_worlds
@given(seeds)
def test_the_order_of_warehouses_lanes_and_stock_changes_no_decision(seed: int) -> None:
    case, rng = a_case(seed)
    held = case.book.settings
    warehouses, lanes, stock = list(held.warehouses), list(held.lanes), list(case.supply.units.items())
    for rows in (warehouses, lanes, stock):
        rng.shuffle(rows)
    mixed = replace(
        case,
        book=replace(case.book, settings=replace(held, warehouses=tuple(warehouses), lanes=tuple(lanes))),
        supply=replace(case.supply, units=dict(stock)),
    )
    assert [_told(order, one) for order, one in zip(case.orders, decide(mixed), strict=True)] == [
        _told(order, one) for order, one in zip(case.orders, decide(case), strict=True)
    ]


def _told(order: OrderFacts, decision: Decision) -> tuple[object, ...]:
    candidates = {each.warehouse_id: each.result for each in decision.candidates}
    told = {key: (each.cost_minor, each.channel_id) if isinstance(each, Served) else int(each) for key, each in candidates.items()}
    return decision.mode, decision.decided_by_id, decision.cost_minor, sorted(shipments_of(order, decision)), told


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(seeds)
def test_more_stock_never_makes_the_decision_of_an_order_worse(seed: int) -> None:
    """An earlier attempt is better than a later one, any better than none; within one that wants the lowest cost, cost decides."""
    case, rng = a_case(seed)
    case = replace(case, orders=case.orders[:1])
    richer = {cell: units + rng.choice([0, 0, 1, 5]) for cell, units in case.supply.units.items()}
    before, after = _plan(case), _plan(replace(case, supply=replace(case.supply, units=richer)))
    assert _attempt(after) <= _attempt(before)
    if _attempt(after) == _attempt(before) and before.warehouse[0] >= 0 and _wants_lowest_cost(case, before):
        assert after.warehouse[0] >= 0
        assert after.cost[0] <= before.cost[0]


def _plan(case: RandomCase) -> Plan:
    world = compile_world(settings=case.book.settings, cards=case.book.cards, charts=case.book.charts, areas=case.book.areas)
    arrays = as_arrays(case, world)
    return plan_batch(priced=price_batch(pricer=arrays.pricer, batch=arrays.batch), available=arrays.available, capacity=arrays.capacity)


def _attempt(plan: Plan) -> int:
    """Return which of the order's attempts decided, one beyond all where none did."""
    attempt = int(plan.attempt[0])
    return attempt if attempt >= 0 else plan.batch.attempts.shape[1]


def _wants_lowest_cost(case: RandomCase, plan: Plan) -> bool:
    """Return whether a strategy decided whose only wish is the lowest cost."""
    decision = decide_order(book=case.book, order=case.orders[0], supply=case.supply)
    found = [each for each in case.book.settings.strategies if each.id == decision.decided_by_id and plan.mode[0] == Mode.SMART]
    return any(each.terms.objective is Objective.COST for each in found)
