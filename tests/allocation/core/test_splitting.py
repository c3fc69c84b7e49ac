"""Splits of whole batches: what is stored of them, what their parts cost, and that the order of rows does not matter."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocation.core.packing import pack_records, unpack_record
from allocation.core.parcels import one_parcel
from allocation.core.planner import plan_batch, price_batch
from allocation.core.plans import Plan
from allocation.core.reference import decide_batch
from allocation.core.strategies import Objective
from allocation.core.timetable import day_number
from allocation.core.world import World, compile_world
from carriers.core.types import Parcel, Quote
from tests.allocation.core.random_worlds import AsArrays, RandomCase, as_arrays, random_split_case

some_worlds = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
seeds = st.integers(0, 2**32)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(seeds)
def test_orders_are_split_as_the_reference_splits_them(seed: int) -> None:
    case, world = _case(seed)
    plan, _ = _plan(case, world)
    decisions = decide_batch(book=case.book, orders=case.orders, supply=case.supply)
    warehouses, channels = case.book.settings.warehouses, case.book.settings.channels
    for k, decision in enumerate(decisions):
        planned = tuple(
            (warehouses[part.warehouse].id, channels[part.channel].id, part.cost, part.arrival_day, part.units)
            for part in (plan.splits[k].parts if k in plan.splits else ())
        )
        assert planned == tuple(
            (each.warehouse_id, each.channel_id, each.cost_minor, day_number(each.arrival_date), each.units) for each in decision.split
        )
        served = plan.warehouse[k] >= 0
        assert (warehouses[plan.warehouse[k]].id if served else None) == decision.warehouse_id
        for amounts, decided in (
            (plan.cost, decision.cost_minor),
            (plan.nearest_cost, decision.nearest_cost_minor),
            (plan.cheapest_cost, decision.cheapest_cost_minor),
        ):
            assert (int(amounts[k]) if served else None) == decided


def test_the_random_splits_are_worth_comparing() -> None:
    """Splits because nothing serves whole and because they are cheaper, of lines and of units, under every objective."""
    needed = cheaper = of_units = contended = 0
    objectives = set()
    for seed in range(200):
        case, world = _case(seed)
        plan, arrays = _plan(case, world)
        for order, split in plan.splits.items():
            serves_whole = bool((plan.reason[order] == 0).any())
            cheaper, needed = cheaper + serves_whole, needed + (not serves_whole)
            of_units += any(sum(1 for units in line if units) > 1 for line in zip(*(part.units for part in split.parts), strict=True))
            objectives.add(case.book.settings.strategies[0].terms.objective)
        goods = plan.batch.need_row < len(arrays.available)
        contended += bool((plan.seen_units[goods] != arrays.available[arrays.batch.need_row]).any())
    assert min(needed, of_units, contended) > 20
    assert cheaper > 5
    assert objectives == set(Objective)


@some_worlds
@given(seeds)
def test_a_packed_record_gives_back_the_goods_and_the_parts(seed: int) -> None:
    case, world = _case(seed)
    plan, arrays = _plan(case, world)
    wanted, names = arrays.pricer.wanted, world.tag_bits.names
    packed = pack_records(plan=plan, parcels=wanted.parcels, channels=len(world.channels), in_pieces=wanted.pieces)
    for k, order in enumerate(case.orders):
        record = unpack_record(packed.blob[packed.start[k] : packed.start[k] + packed.length[k]])
        parts = plan.splits[k].parts if k in plan.splits else ()
        assert [(each.warehouse, each.channel, each.cost, each.units) for each in record.parts] == [
            (each.warehouse, each.channel, each.cost, each.units) for each in parts
        ]
        if plan.may_split is not None and plan.may_split[k]:
            assert [replace(each.article(names), ships_alone=False) for each in record.goods] == [
                replace(sku, sides_um=_sorted(sku.sides_um), tags=sku.tags & set(world.tag_bits.tags), ships_alone=False)
                for sku in order.goods
            ]
        else:
            assert bool(record.goods) == bool(record.needed)
        for part in parts:
            shipped = [_measured(parcel, world) for parcel in record.parcels_from(part.warehouse, names)]
            assert shipped == [_measured(parcel, world) for parcel in order.part(part.units).parcels]


def _measured(parcel: Parcel, world: World) -> tuple[object, ...]:
    sides = _sorted((parcel.length_um, parcel.width_um, parcel.height_um))
    return parcel.actual_mg, sides, parcel.tags & set(world.tag_bits.tags)


def _sorted(sides: tuple[int, int, int]) -> tuple[int, int, int]:
    longest, second, shortest = sorted(sides, reverse=True)
    return longest, second, shortest


@some_worlds
@given(seeds)
def test_the_cost_lines_of_a_part_are_those_of_its_own_parcel(seed: int) -> None:
    case, world = _case(seed)
    plan, _ = _plan(case, world)
    for k, split in plan.splits.items():
        for part in split.parts:
            lines, _ = split.pricer.cost_lines(
                orders=np.array([part.row]), warehouse=np.array([part.warehouse]), channel=np.array([part.channel])
            )
            warehouse, channel = case.book.settings.warehouses[part.warehouse], case.book.settings.channels[part.channel]
            order = case.orders[k].part(part.units)
            quoted = case.book.quote(order=order, warehouse=warehouse, channel=channel)
            assert isinstance(quoted, Quote)
            fee = warehouse.handling()
            handling = (
                [] if fee.is_free else [fee.amount_minor(units=sum(part.units), mass_mg=order.parcel.actual_mg, tags=order.parcel.tags)]
            )
            assert lines.tolist() == [*(line.amount_minor for line in quoted.lines), *handling]


@some_worlds
@given(seeds)
def test_the_order_of_the_warehouses_rows_changes_no_split(seed: int) -> None:
    case, world = _case(seed)
    turned_settings = replace(case.book.settings, warehouses=case.book.settings.warehouses[::-1])
    turned = replace(case, book=replace(case.book, settings=turned_settings))
    plan, _ = _plan(case, world)
    again, _ = _plan(turned, _world(turned))
    assert _told(case, plan) == _told(turned, again)


def _told(case: RandomCase, plan: Plan) -> list[object]:
    ids = [terms.id for terms in case.book.settings.warehouses]
    return [
        (
            mode,
            ids[warehouse] if warehouse >= 0 else None,
            cost,
            [(ids[part.warehouse], part.channel, part.units) for part in (plan.splits[k].parts if k in plan.splits else ())],
        )
        for k, (mode, warehouse, cost) in enumerate(zip(plan.mode.tolist(), plan.warehouse.tolist(), plan.cost.tolist(), strict=True))
    ]


@some_worlds
@given(seeds)
def test_nobody_is_split_without_leave(seed: int) -> None:
    """Not without an attempt that allows it, not over more warehouses than it allows, and not a single unit."""
    case, world = _case(seed)
    plan, arrays = _plan(case, world)
    most = world.permits.limits.most_shipments[arrays.batch.attempts[np.arange(len(case.orders)), plan.attempt]]
    for k, split in plan.splits.items():
        assert 2 <= len(split.parts) <= most[k]
        assert len({part.warehouse for part in split.parts}) == len(split.parts)
        assert np.array([part.units for part in split.parts]).sum(axis=0).tolist() == [need.units for need in case.orders[k].needs]


def test_the_parcel_of_all_parts_together_is_the_order() -> None:
    case, _ = _case(5)
    order = case.orders[0]
    assert order.part([need.units for need in order.needs]).parcel == order.parcel
    assert order.parcel == one_parcel([(sku, need.units) for sku, need in zip(order.goods, order.needs, strict=True)])


def _case(seed: int) -> tuple[RandomCase, World]:
    case = random_split_case(Random(seed))
    return case, _world(case)


def _world(case: RandomCase) -> World:
    return compile_world(settings=case.book.settings, cards=case.book.cards, charts=case.book.charts, areas=case.book.areas)


def _plan(case: RandomCase, world: World) -> tuple[Plan, AsArrays]:
    arrays = as_arrays(case, world)
    priced = price_batch(pricer=arrays.pricer, batch=arrays.batch)
    return plan_batch(priced=priced, available=arrays.available, capacity=arrays.capacity), arrays
