"""Orders that ship from several warehouses, from the claim to what people do to them afterwards.

A lamp weighs 1 kg as everything here does; each warehouse ships any parcel at the price of its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from psycopg.errors import CheckViolation

from allocation import store
from allocation.core.packing import unpack_record
from allocation.errors import WarehouseCannotServe
from allocation.estimates import Estimator
from allocation.explain import explain_record
from allocation.models import Record, Shipment, Strategy
from allocation.replay import replay_record
from allocation.reports import report_allocation
from allocation.runner import Drained
from allocation.services import assign_order, cancel_order, undo_assignment
from allocation.worlds import current_world
from inventory.models import Reservation
from tests.allocation.scene import Scene
from tests.allocation.threads import Thread, in_thread
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


def allow_splits(scene: Scene, **terms: Any) -> Scene:
    """Let the scene's strategy split orders over two warehouses, or as the terms say."""
    with tenant_scope(tenant_id=scene.tenant_id):
        Strategy.objects.filter(pk=scene.strategy.pk).update(**{"most_shipments": 2, **terms})
    return scene


@pytest.fixture
def scene(build: Build) -> Scene:
    """Return a scene where DAL holds three lamps, NJ1 two rugs and a lamp, and orders may be split in two."""
    scene = allow_splits(build(DAL="5.00", NJ1="7.00"))
    scene.receive("LAMP", DAL=3, NJ1=1)
    scene.receive("RUG", NJ1=2)
    return scene


def parts(scene: Scene, order: int) -> list[tuple[str, int]]:
    """Return (warehouse, cost) of the order's planned shipments."""
    with tenant_scope(tenant_id=scene.tenant_id):
        rows = Shipment.objects.filter(order_id=order, state=1).select_related("warehouse").order_by("warehouse__code")
        return [(row.warehouse.code, row.cost_minor) for row in rows]


def replays(scene: Scene) -> list[tuple[tuple[str, object, object], ...]]:
    with tenant_scope(tenant_id=scene.tenant_id):
        return [replay_record(record).differences for record in Record.objects.order_by("pk")]


# Deciding


def test_what_no_warehouse_has_whole_ships_from_two(scene: Scene) -> None:
    """Two lamps and a rug: NJ1 lacks a lamp, DAL the rug. Lamps from DAL for 5.00, the rug from NJ1 for 7.00."""
    order = scene.place(LAMP=2, RUG=1)
    scene.drain()

    assert scene.decision(order) == ("smart", "DAL", 1200)
    assert parts(scene, order) == [("DAL", 500), ("NJ1", 700)]
    assert scene.held(order) == {("LAMP", "DAL"): 2, ("RUG", "NJ1"): 1}
    assert scene.stock("LAMP", "DAL") == (3, 2)
    assert scene.state(order) == "allocated"


def test_units_of_one_line_ship_from_two_warehouses(scene: Scene) -> None:
    order = scene.place(LAMP=4)
    scene.drain()
    assert scene.held(order) == {("LAMP", "DAL"): 3, ("LAMP", "NJ1"): 1}


def test_one_warehouse_is_enough_where_it_costs_no_more(scene: Scene) -> None:
    order = scene.place(LAMP=1, RUG=1)
    scene.drain()
    assert scene.decision(order) == ("smart", "NJ1", 700)
    assert parts(scene, order) == [("NJ1", 700)]


def test_a_split_that_is_cheaper_than_one_parcel_is_taken(build: Build) -> None:
    """By weight: 9.00 up to 2 kg and 30.00 beyond, from anywhere. Four lamps go as two and two for 18.00."""
    scene = by_weight(build)
    order = scene.place(LAMP=4)
    scene.drain()
    assert parts(scene, order) == [("DAL", 900), ("NJ1", 900)]
    (record,) = scene.records(order)
    assert (record.cost_minor, record.nearest_cost_minor, record.cheapest_cost_minor) == (1800, 3000, 3000)


def test_the_estimate_of_a_part_is_of_its_own_parcel(build: Build) -> None:
    scene = by_weight(build)
    order = scene.place(LAMP=4)
    scene.drain()
    with tenant_scope(tenant_id=scene.tenant_id):
        estimates = Estimator().estimates_of(list(Shipment.objects.filter(order_id=order).select_related("rate_card"))).values()
    assert [(estimate.billable_mg, estimate.freight_minor) for estimate in estimates] == [(2_000_000, 900)] * 2


def test_the_price_of_a_split_keeps_it_in_one_parcel(build: Build) -> None:
    """Two parcels save 12.00: at a price of 12.00 a split both are equal, and one parcel it is."""
    scene = allow_splits(by_weight(build), objective="weighted", split_price_minor=1200)
    order = scene.place(LAMP=4)
    scene.drain()
    assert len(parts(scene, order)) == 1


def by_weight(build: Build) -> Scene:
    scene = allow_splits(build(DAL="0.00", NJ1="0.00"))
    rates = [{"not_over": "2", "amounts": ["9.00", "9.00"]}, {"not_over": "30", "amounts": ["30.00", "30.00"]}]
    by_weight = scene.add_channel("WEIGHT", card={"code": "by-weight", "rates": rates}, DAL="0", NJ1="0")
    with tenant_scope(tenant_id=scene.tenant_id):
        scene.strategy.channels.update(channel=by_weight)
    scene.receive("LAMP", DAL=9, NJ1=9)
    return scene


def test_nobody_is_split_without_leave(scene: Scene) -> None:
    allow_splits(scene, most_shipments=1)
    order = scene.place(LAMP=2, RUG=1)
    scene.drain()
    assert scene.reasons(order) == {"out_of_stock"}


def test_an_exception_is_split_once_that_is_allowed(scene: Scene) -> None:
    allow_splits(scene, most_shipments=1)
    order = scene.place(LAMP=2, RUG=1)
    scene.drain()
    allow_splits(scene)
    assert scene.retry() == 1
    scene.drain()
    assert parts(scene, order) == [("DAL", 500), ("NJ1", 700)]
    assert scene.reasons(order) is None


def test_what_an_earlier_order_took_is_split_no_more(scene: Scene) -> None:
    """Both want two of DAL's three lamps and a rug; the second finds one lamp in DAL and one in NJ1 beside the rug."""
    first, second = scene.place_many(2, LAMP=2, RUG=1)
    scene.drain()
    assert scene.held(first) == {("LAMP", "DAL"): 2, ("RUG", "NJ1"): 1}
    assert scene.held(second) == {("LAMP", "DAL"): 1, ("LAMP", "NJ1"): 1, ("RUG", "NJ1"): 1}


# What is written down


def test_every_decision_of_a_split_replays(scene: Scene) -> None:
    scene.place(LAMP=2, RUG=1)
    scene.place(LAMP=1)
    scene.place(LAMP=4, RUG=4)
    scene.drain()
    assert replays(scene) == [(), (), ()]


def test_a_record_remembers_what_its_goods_weighed(scene: Scene) -> None:
    order = scene.place(LAMP=2, RUG=1)
    scene.drain()
    with tenant_scope(tenant_id=scene.tenant_id):
        type(scene.sku("RUG")).objects.filter(pk=scene.sku("RUG").pk).update(mass_mg=25_000_000)
    assert replays(scene) == [()]
    (record,) = scene.records(order)
    unpacked = unpack_record(bytes(record.candidates))
    assert [part.units for part in unpacked.parts] == [(2, 0), (0, 1)]
    assert [goods.actual_mg for goods in unpacked.goods] == [1_000_000, 1_000_000]


def test_an_explanation_tells_each_part_with_its_lines(scene: Scene) -> None:
    order = scene.place(LAMP=2, RUG=1)
    scene.drain()
    with tenant_scope(tenant_id=scene.tenant_id):
        told = explain_record(scene.records(order)[-1])
    assert [
        (part.warehouse_code, [(units.sku_code, units.units) for units in part.units], part.cost_minor, part.channel.code)
        for part in told.parts
    ] == [("DAL", [("LAMP", 2)], 500, "GROUND"), ("NJ1", [("RUG", 1)], 700, "GROUND")]
    for part in told.parts:
        assert sum(line.amount_minor for line in part.channel.lines) == part.cost_minor
    assert {warehouse.code for warehouse in told.warehouses if warehouse.chosen} == {"DAL", "NJ1"}


def test_a_record_of_an_order_that_may_not_be_split_is_as_short_as_before(scene: Scene) -> None:
    single, whole = scene.place(LAMP=1), scene.place(LAMP=1, RUG=1)
    scene.drain()
    assert unpack_record(bytes(scene.records(single)[-1].candidates)).goods == ()
    assert len(unpack_record(bytes(scene.records(whole)[-1].candidates)).goods) == 2


def test_a_report_counts_a_split_order_once_and_its_cost_once(scene: Scene) -> None:
    scene.place(LAMP=2, RUG=1)
    scene.drain()
    with tenant_scope(tenant_id=scene.tenant_id):
        report = report_allocation()
    assert (report.orders, report.allocated, report.cost_minor, report.nearest_cost_minor) == (1, 1, 1200, 1200)
    assert {share.code: share.cost_minor for share in report.warehouses} == {"DAL": 500, "NJ1": 700}


# What people do


def assign(scene: Scene, order: int, warehouse: str) -> None:
    assign_order(tenant_id=scene.tenant_id, order_id=order, warehouse_id=scene.warehouse(warehouse).pk, actor="Li", at=NOON)


def undo(scene: Scene, order: int) -> None:
    undo_assignment(tenant_id=scene.tenant_id, order_id=order, actor="Wu", at=NOON)


def test_cancelling_frees_all_parts(scene: Scene) -> None:
    order = scene.place(LAMP=2, RUG=1)
    scene.drain()
    cancel_order(tenant_id=scene.tenant_id, order_id=order, actor="Li", at=NOON)
    assert scene.held(order) == {}
    assert scene.shipments(order) == [("DAL", "cancelled"), ("NJ1", "cancelled")]
    assert [scene.stock("LAMP", "DAL"), scene.stock("RUG", "NJ1")] == [(3, 0), (2, 0)]


def test_assigning_by_hand_brings_all_parts_to_one_warehouse(scene: Scene) -> None:
    order = scene.place(LAMP=2, RUG=1)
    scene.drain()
    scene.receive("LAMP", NJ1=5)
    assign(scene, order, "NJ1")
    assert scene.held(order) == {("LAMP", "NJ1"): 2, ("RUG", "NJ1"): 1}
    assert parts(scene, order) == [("NJ1", 700)]
    assert replays(scene) == [(), ()]


def test_undoing_that_restores_the_parts(scene: Scene) -> None:
    order = scene.place(LAMP=2, RUG=1)
    scene.drain()
    scene.receive("LAMP", NJ1=5)
    assign(scene, order, "NJ1")
    undo(scene, order)
    assert scene.held(order) == {("LAMP", "DAL"): 2, ("RUG", "NJ1"): 1}
    assert parts(scene, order) == [("DAL", 500), ("NJ1", 700)]
    assert scene.decision(order) == ("undo", "DAL", 1200)
    assert replays(scene) == [(), (), ()]


def test_undoing_is_refused_where_a_part_s_units_are_gone_and_nothing_changes(scene: Scene) -> None:
    order = scene.place(LAMP=2, RUG=1)
    scene.drain()
    scene.receive("LAMP", NJ1=5)
    assign(scene, order, "NJ1")
    scene.count("LAMP", DAL=1)
    with pytest.raises(WarehouseCannotServe) as refused:
        undo(scene, order)
    assert refused.value.fields["warehouse"] == "DAL"
    assert scene.held(order) == {("LAMP", "NJ1"): 2, ("RUG", "NJ1"): 1}


def test_a_count_that_takes_one_part_frees_the_whole_order(scene: Scene) -> None:
    order = scene.place(LAMP=2, RUG=1)
    scene.drain()
    assert scene.count("RUG", NJ1=0) == (order,)
    assert scene.held(order) == {}
    assert scene.state(order) == "pending"
    assert {state for _, state in scene.shipments(order)} == {"cancelled"}


# Races


@pytest.fixture
def committed_scene(committed_scene: Build) -> Build:
    """Return what builds a scene of three warehouses that other connections see too."""
    return lambda: committed_scene(DAL="5.00", NJ1="7.00", ATL="9.00")


def racing(scene: Scene) -> Scene:
    """Let orders be split, one lamp lie in DAL and rugs elsewhere, and the workers know the settings."""
    allow_splits(scene)
    scene.receive("LAMP", DAL=1)
    scene.receive("RUG", NJ1=5, ATL=1)
    with tenant_scope(tenant_id=scene.tenant_id):
        current_world(tenant_id=scene.tenant_id, at=NOON)
    return scene


@pytest.fixture
def one() -> Iterator[Thread]:
    with in_thread() as thread:
        yield thread


@pytest.fixture
def other() -> Iterator[Thread]:
    with in_thread() as thread:
        yield thread


def count_away_the_lamp(scene: Scene, one: Thread, other: Thread) -> Drained:
    """Let a worker plan a split with DAL's last lamp while a count that takes the lamp away is not yet committed."""
    one.run(lambda: one.open_scope(scene.tenant_id))
    one.run(lambda: scene.count("LAMP", DAL=0))
    deciding = other.start(scene.drain)
    other.wait_until_blocked()
    one.run(one.commit)
    drained: Drained = deciding.result()
    return drained


def test_a_split_that_loses_one_part_takes_nothing(committed_scene: Build, one: Thread, other: Thread) -> None:
    """The plan wants DAL's last lamp and a rug; the lamp goes before it is reserved. No rug stays reserved for it."""
    scene = racing(committed_scene())
    order = scene.place(LAMP=1, RUG=1)
    drained = count_away_the_lamp(scene, one, other)

    assert drained.lost_races == 1
    assert scene.state(order) == "exception"
    assert scene.stock("RUG", "NJ1") == (5, 0)
    with tenant_scope(tenant_id=scene.tenant_id):
        assert not Reservation.objects.exists()


def test_without_the_condition_only_the_constraint_is_left(
    committed_scene: Build, one: Thread, other: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    condition = " AND s.on_hand - s.reserved - s.safety >= u.units"
    assert condition in store.RESERVE
    monkeypatch.setattr(store, "RESERVE", store.RESERVE.replace(condition, ""))
    scene = racing(committed_scene())
    scene.place(LAMP=1, RUG=1)
    with pytest.raises(CheckViolation, match="stock_reserved_within_on_hand"):
        count_away_the_lamp(scene, one, other)


def test_many_workers_split_a_hot_article_to_the_last_unit_and_no_further(committed_scene: Build) -> None:
    """Nine orders of two lamps each want 18; there are 15, in odd lots: seven orders, one lamp left. The books agree in the end."""
    scene = racing(committed_scene())
    scene.receive("LAMP", DAL=4, NJ1=5, ATL=5)
    orders = scene.place_many(9, LAMP=2)
    with ExitStack() as stack:
        workers = [stack.enter_context(in_thread()) for _ in range(3)]
        for deciding in [worker.start(lambda: scene.drain(batch_orders=2)) for worker in workers]:
            deciding.result()
    served = [order for order in orders if scene.state(order) == "allocated"]
    assert len(served) == 7
    assert all(sum(scene.held(order).values()) == 2 for order in served)
    assert any(len(scene.held(order)) == 2 for order in served)
