"""The vectorised decision is the readable one, on thousands of random worlds."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocation.core.packing import MOST_NARROW_UNITS, pack_records, unpack_record, with_quotes
from allocation.core.planner import Choice, plan_batch, price_batch, price_choice
from allocation.core.plans import Plan, draws_on
from allocation.core.reference import Chosen, decide_batch, decide_choice
from allocation.core.timetable import day_number
from allocation.core.types import Decision, Mode, Reason, Served
from allocation.core.world import World, compile_world
from carriers.core.types import Quote, RejectionCode
from tests.allocation.core.random_worlds import AsArrays, RandomCase, as_arrays, random_case

many_worlds = settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))


@many_worlds
@given(st.integers(0, 2**32))
def test_planner_decides_every_batch_like_the_reference(seed: int) -> None:
    case, world = _case(seed)
    arrays = as_arrays(case, world)
    plan = _plan(arrays)
    decisions = decide_batch(book=case.book, orders=case.orders, supply=case.supply)
    assert [_planned(case, plan, k) for k in range(len(case.orders))] == [_decided(decision) for decision in decisions]


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_planner_serves_a_choice_like_the_reference(seed: int) -> None:
    case, world = _case(seed)
    case = replace(case, orders=case.orders[:1])
    arrays = as_arrays(case, world)
    rng = Random(seed + 1)
    choice = Choice(warehouse=rng.randrange(len(world.origins)), forced=rng.random() < 0.5)
    channel = rng.choice([None, *range(len(world.channels))])
    priced = price_choice(pricer=arrays.pricer, batch=arrays.batch, choice=choice, channel=channel)
    plan = plan_batch(priced=priced, available=arrays.available, capacity=arrays.capacity)
    chosen = Chosen(
        warehouse_id=case.book.settings.warehouses[choice.warehouse].id,
        channel_id=None if channel is None else case.book.settings.channels[channel].id,
        forced=choice.forced,
    )
    decision = decide_choice(book=case.book, order=case.orders[0], supply=case.supply, chosen=chosen)
    assert _planned(case, plan, 0) == _decided(decision)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_no_plan_takes_more_than_there_is(seed: int) -> None:
    case, world = _case(seed)
    arrays = as_arrays(case, world)
    plan = _plan(arrays)
    left = arrays.available.copy()
    if arrays.capacity is not None:
        left = np.vstack([left, arrays.capacity.orders, arrays.capacity.lines])
    draws = draws_on(batch=plan.batch, warehouse=plan.warehouse, splits=plan.splits, has_capacity=arrays.capacity is not None)
    np.subtract.at(left, (plan.batch.need_row[draws.needs], draws.columns), draws.units)
    assert (left >= 0).all()
    drawn = np.bincount(draws.needs, weights=draws.units, minlength=len(plan.batch.need_row))
    goods = plan.batch.need_row < len(arrays.available)
    served = (plan.warehouse >= 0)[plan.batch.need_owner]
    assert (drawn[goods] == np.where(served, plan.batch.need_units, 0)[goods]).all()


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_a_packed_record_gives_back_what_the_plan_saw(seed: int) -> None:
    case, world = _case(seed)
    arrays = as_arrays(case, world)
    plan = _plan(arrays)
    wanted = arrays.pricer.wanted
    packed = pack_records(plan=plan, parcels=wanted.parcels, channels=len(world.channels), in_pieces=wanted.pieces)
    packed = with_quotes(packed, wanted.heard)
    for k, order in enumerate(case.orders):
        record = unpack_record(packed.blob[packed.start[k] : packed.start[k] + packed.length[k]])
        needs = range(plan.batch.starts[k], plan.batch.starts[k] + plan.batch.need_counts[k])
        assert record.actual_mg == order.parcel.actual_mg
        assert record.needed == (tuple(need.units for need in order.needs) if len(order.parcels) > 1 else ())
        assert bool(record.goods) == bool(record.needed or (plan.may_split is not None and plan.may_split[k]))
        assert record.answers == order.answers
        assert record.cost == tuple(plan.candidate_cost[k])
        assert record.reason == tuple(plan.reason[k])
        assert record.channel == tuple(plan.candidate_channel[k])
        assert record.units == tuple(zip(*(np.minimum(plan.seen_units[need], MOST_NARROW_UNITS) for need in needs), strict=True))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_cost_lines_are_those_of_the_quote_and_the_handling(seed: int) -> None:
    case, world = _case(seed)
    arrays = as_arrays(case, world)
    plan = _plan(arrays)
    served = np.array([order for order in np.flatnonzero(plan.warehouse >= 0).tolist() if order not in plan.splits], dtype=np.int64)
    lines, counts = arrays.pricer.cost_lines(orders=served, warehouse=plan.warehouse[served], channel=plan.channel[served])
    ends = np.cumsum(counts)
    for order, end, count in zip(served.tolist(), ends.tolist(), counts.tolist(), strict=True):
        assert lines[end - count : end].tolist() == _quoted_lines(case, plan, order)


def _quoted_lines(case: RandomCase, plan: Plan, k: int) -> list[int]:
    warehouse = case.book.settings.warehouses[plan.warehouse[k]]
    channel = case.book.settings.channels[plan.channel[k]]
    order = case.orders[k]
    fee = warehouse.handling()
    units = sum(need.units for need in order.needs)
    handling = [] if fee.is_free else [fee.amount_minor(units=units, mass_mg=order.parcel.actual_mg, tags=order.parcel.tags)]
    said = order.answers.get((warehouse.id, channel.id)) if channel.is_live else None
    if said is not None and said.amount_minor is not None:
        markup = case.book.settings.markup_of(seller_id=order.seller_id, channel_id=channel.id)
        return [said.amount_minor, *([markup.line(said.amount_minor).amount_minor] if markup else []), *handling]
    quoted = case.book.quote(order=order, warehouse=warehouse, channel=channel)
    assert isinstance(quoted, Quote)
    return [*(line.amount_minor for line in quoted.lines), *handling]


def _case(seed: int) -> tuple[RandomCase, World]:
    case = random_case(Random(seed))
    return case, compile_world(settings=case.book.settings, cards=case.book.cards, charts=case.book.charts, areas=case.book.areas)


def _plan(arrays: AsArrays) -> Plan:
    priced = price_batch(pricer=arrays.pricer, batch=arrays.batch)
    return plan_batch(priced=priced, available=arrays.available, capacity=arrays.capacity)


type Outcome = tuple[object, ...]


def _planned(case: RandomCase, plan: Plan, k: int) -> Outcome:
    settings = case.book.settings
    served = plan.warehouse[k] >= 0
    return (
        int(plan.mode[k]),
        settings.warehouses[plan.warehouse[k]].id if served else None,
        settings.channels[plan.channel[k]].id if served else None,
        int(plan.cost[k]) if served else None,
        int(plan.nearest_cost[k]) if served else None,
        int(plan.cheapest_cost[k]) if served else None,
        int(plan.arrival_day[k]) if served else None,
        [
            (int(reason), -1) if reason else (int(cost), settings.channels[channel].id)
            for reason, cost, channel in zip(plan.reason[k], plan.candidate_cost[k], plan.candidate_channel[k], strict=True)
        ],
        [
            (settings.warehouses[part.warehouse].id, settings.channels[part.channel].id, part.cost, part.units)
            for part in (plan.splits[k].parts if k in plan.splits else ())
        ],
    )


def _decided(decision: Decision) -> Outcome:
    results = [candidate.result for candidate in decision.candidates]
    return (
        int(decision.mode),
        decision.warehouse_id,
        decision.channel_id,
        decision.cost_minor,
        decision.nearest_cost_minor,
        decision.cheapest_cost_minor,
        _arrival(decision),
        [(result.cost_minor, result.channel_id) if isinstance(result, Served) else (int(result), -1) for result in results],
        [(shipped.warehouse_id, shipped.channel_id, shipped.cost_minor, shipped.units) for shipped in decision.split],
    )


def _arrival(decision: Decision) -> int | None:
    if decision.split:
        return max(day_number(shipped.arrival_date) for shipped in decision.split)
    for candidate in decision.candidates:
        if candidate.warehouse_id == decision.warehouse_id and isinstance(candidate.result, Served):
            return day_number(candidate.result.arrival_date)
    return None


def _is_contended(arrays: AsArrays, plan: Plan) -> bool:
    needs = plan.batch.need_row < len(arrays.available)
    return bool((plan.seen_units[needs] != arrays.available[arrays.batch.need_row]).any())


def test_worlds_are_worth_comparing() -> None:
    """The random worlds hold served orders, live prices, defaults, exceptions and contended stock, so that agreement means something."""
    modes: set[int] = set()
    reasons: set[int] = set()
    attempts: set[int] = set()
    contended = lived = in_pieces = 0
    for seed in range(1000):
        case, world = _case(seed)
        arrays = as_arrays(case, world)
        plan = _plan(arrays)
        modes |= set(plan.mode.tolist())
        reasons |= set(plan.reason.ravel().tolist())
        attempts |= set(plan.attempt.tolist())
        contended += bool(_is_contended(arrays, plan))
        served = np.flatnonzero(plan.warehouse >= 0)
        in_pieces += int((arrays.pricer.wanted.piece_counts(served) > 1).sum())
        lived += int(arrays.pricer.are_live(orders=served, warehouse=plan.warehouse[served], channel=plan.channel[served]).sum())
    assert modes == {Mode.SMART, Mode.DEFAULT, Mode.EXCEPTION, Mode.RULE, Mode.REVIEW}
    assert set(Reason) - {Reason.UNDECIDED, Reason.REJECT_LIMIT} <= reasons
    assert RejectionCode.LIVE_QUOTE_FAILED in reasons
    assert lived > 50
    assert {-1, 0, 1, 2} <= attempts
    assert contended > 10
    assert RejectionCode.TOO_MANY_PIECES in reasons
    assert in_pieces > 40
