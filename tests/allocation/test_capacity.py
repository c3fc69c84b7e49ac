"""A warehouse is given no more orders and lines a day than it ships, whoever asks at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from allocation import loads
from allocation.errors import WarehouseCannotServe
from allocation.explain import explain_record
from allocation.models import WarehouseLoad
from allocation.replay import replay_record
from allocation.services import assign_order, cancel_order
from allocation.turns import take_turn
from allocation.worlds import current_world
from inventory.models import Warehouse
from tests.allocation.races.steps import blocked, hold, known
from tests.allocation.scene import Scene
from tests.allocation.threads import Thread, in_thread
from tests.world import NOON
from wms.arrays import array_cursor
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


def limit(scene: Scene, code: str, **fields: Any) -> None:
    """Say what a warehouse ships a day."""
    with tenant_scope(tenant_id=scene.tenant_id):
        Warehouse.objects.filter(pk=scene.warehouse(code).pk).update(**fields)


def load(scene: Scene, code: str) -> tuple[int, int] | None:
    """Return the (orders, lines) of a warehouse's only day with a load."""
    with tenant_scope(tenant_id=scene.tenant_id):
        row = WarehouseLoad.objects.filter(warehouse=scene.warehouse(code)).first()
    return None if row is None else (row.orders, row.lines)


@pytest.fixture
def scene(build: Build) -> Scene:
    """Return a scene where DAL is cheap and NJ1 dear, with goods enough."""
    return stocked(build(DAL="5.00", NJ1="7.00"))


def stocked(scene: Scene) -> Scene:
    scene.receive("LAMP", DAL=50, NJ1=50)
    scene.receive("CUP", DAL=50, NJ1=50)
    return scene


def test_what_a_warehouse_no_longer_ships_today_goes_to_the_next_best(scene: Scene) -> None:
    limit(scene, "DAL", daily_capacity=2)
    orders = scene.place_many(3, LAMP=1)
    scene.drain()
    assert [scene.decision(order)[1] for order in orders] == ["DAL", "DAL", "NJ1"]
    assert (load(scene, "DAL"), load(scene, "NJ1")) == ((2, 2), None)
    with tenant_scope(tenant_id=scene.tenant_id):
        records = [record for order in orders for record in scene.records(order)]
        assert all(replay_record(record).differences == () for record in records)
        dallas = next(warehouse for warehouse in explain_record(records[2]).warehouses if warehouse.code == "DAL")
    assert (dallas.rejection, [units.sku_code for units in dallas.units]) == ("no_capacity", ["LAMP"])


def test_what_was_given_before_counts(scene: Scene) -> None:
    limit(scene, "DAL", daily_capacity=2)
    for _ in range(3):
        scene.place(LAMP=1)
        scene.drain()
    assert [scene.decision(order)[1] for order in scene.placed] == ["DAL", "DAL", "NJ1"]


def test_lines_are_limited_too(scene: Scene) -> None:
    limit(scene, "DAL", daily_lines=3)
    orders = [scene.place(LAMP=1, CUP=2), scene.place(LAMP=1, CUP=1), scene.place(LAMP=9)]
    scene.drain()
    assert [scene.decision(order)[1] for order in orders] == ["DAL", "NJ1", "DAL"]
    assert load(scene, "DAL") == (2, 3)


def test_without_any_capacity_nothing_is_counted(scene: Scene) -> None:
    scene.place(LAMP=1)
    scene.drain()
    with tenant_scope(tenant_id=scene.tenant_id):
        assert not WarehouseLoad.objects.exists()


def test_a_person_is_told_that_there_is_none_left(scene: Scene) -> None:
    limit(scene, "DAL", daily_capacity=1)
    _, second = scene.place_many(2, LAMP=1)
    scene.drain()
    with pytest.raises(WarehouseCannotServe, match="no capacity left on its ship day"):
        assign(scene, second, "DAL")


def test_a_reassigned_order_takes_its_load_along(scene: Scene) -> None:
    limit(scene, "DAL", daily_capacity=1)
    limit(scene, "NJ1", daily_capacity=1)
    order = scene.place(LAMP=1, CUP=1)
    scene.drain()
    assign(scene, order, "NJ1")
    assert (load(scene, "DAL"), load(scene, "NJ1")) == ((0, 0), (1, 2))


def test_the_load_is_that_of_the_warehouse_s_own_ship_day(scene: Scene) -> None:
    limit(scene, "DAL", daily_capacity=1, timezone="America/Chicago", cutoff_time="15:00")
    first, second, third = (scene.place(LAMP=1) for _ in range(3))
    monday_at_three = datetime(2026, 3, 2, 21, 0, tzinfo=UTC)
    scene.drain(at=monday_at_three - timedelta(minutes=1), batch_orders=1, most_batches=1)
    scene.drain(at=monday_at_three)
    assert [scene.decision(order)[1] for order in (first, second, third)] == ["DAL", "DAL", "NJ1"]
    with tenant_scope(tenant_id=scene.tenant_id):
        days = dict(WarehouseLoad.objects.values_list("ship_date__day", "orders"))
    assert days == {2: 1, 3: 1}


# Trying again


@pytest.fixture
def full(committed_scene: Build) -> Scene:
    """Return a scene, really committed, where the only warehouse has shipped all it can and an order waits."""
    scene = committed_scene(DAL="5.00")
    scene.receive("LAMP", DAL=50)
    limit(scene, "DAL", daily_capacity=1)
    scene.place_many(2, LAMP=1)
    scene.drain()
    assert scene.reasons(scene.placed[1]) == {"no_capacity"}
    return scene


def test_is_not_tried_before_anything_changed(full: Scene) -> None:
    assert full.retry(at=NOON + timedelta(hours=1)) == 0


def test_is_tried_when_a_cancelled_order_gives_its_place_back(full: Scene) -> None:
    cancel_order(tenant_id=full.tenant_id, order_id=full.placed[0], actor="Li", at=NOON)
    assert load(full, "DAL") == (0, 0)
    assert full.retry() == 1
    full.drain()
    assert full.decision(full.placed[1]) == ("smart", "DAL", 500)


def test_is_tried_when_the_next_ship_day_begins(full: Scene) -> None:
    limit(full, "DAL", cutoff_time="15:00")
    assert full.retry() == 1
    full.drain()
    at_the_cutoff = NOON + timedelta(hours=3)
    assert full.retry(at=at_the_cutoff - timedelta(seconds=1)) == 0
    assert full.retry(at=at_the_cutoff) == 1
    full.drain(at=at_the_cutoff)
    assert full.state(full.placed[1]) == "allocated"


# A race for the last place


@pytest.fixture
def one() -> Iterator[Thread]:
    with in_thread() as thread:
        yield thread


@pytest.fixture
def other() -> Iterator[Thread]:
    with in_thread() as thread:
        yield thread


def race_for_the_last_place(scene: Scene, one: Thread, other: Thread) -> Any:
    """Let a worker and a person both look at the one place left before either has taken it; return what the person gets."""
    limit(scene, "DAL", daily_capacity=1)
    with tenant_scope(tenant_id=scene.tenant_id):
        current_world(tenant_id=scene.tenant_id, at=NOON)
    _, second = scene.place_many(2, LAMP=1)
    one.run(lambda: one.open_scope(scene.tenant_id))
    one.run(lambda: scene.drain(batch_orders=1, most_batches=1))
    choosing = other.start(lambda: assign(scene, second, "DAL"))
    other.wait_until_blocked()
    one.run(one.commit)
    return choosing.result(timeout=30)


def test_the_last_place_goes_to_one_order(committed_scene: Build, one: Thread, other: Thread) -> None:
    scene = stocked(committed_scene(DAL="5.00", NJ1="7.00"))
    with pytest.raises(WarehouseCannotServe, match="no capacity left"):
        race_for_the_last_place(scene, one, other)
    assert load(scene, "DAL") == (1, 1)


def test_without_the_condition_both_take_it(committed_scene: Build, one: Thread, other: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    assert loads.WITHIN in loads.ADD
    monkeypatch.setattr(loads, "ADD", loads.ADD.replace(loads.WITHIN, ""))
    scene = stocked(committed_scene(DAL="5.00", NJ1="7.00"))
    race_for_the_last_place(scene, one, other)
    assert load(scene, "DAL") == (2, 2)


def lower_while_a_worker_waits(scene: Scene, one: Thread, other: Thread, **fields: Any) -> None:
    """Let a worker look at the settings, then lower what DAL ships a day before it has given it the day's first order."""
    limit(scene, "DAL", daily_capacity=1, daily_lines=2)
    scene.place(LAMP=1, CUP=1)

    def lower() -> None:
        with array_cursor() as cursor:
            take_turn(cursor, tenant_id=scene.tenant_id)
        limit(scene, "DAL", **fields)

    hold(one, known(scene), lower)
    deciding = blocked(other, scene.drain)
    one.run(one.commit)
    assert deciding.result(timeout=30).allocated == 1


@pytest.mark.parametrize("fields", [{"daily_capacity": 0}, {"daily_lines": 1}])
def test_the_first_order_of_a_day_is_held_to_a_capacity_that_was_lowered_meanwhile(
    committed_scene: Build, one: Thread, other: Thread, fields: dict[str, int]
) -> None:
    scene = stocked(committed_scene(DAL="5.00", NJ1="7.00"))
    lower_while_a_worker_waits(scene, one, other, **fields)
    assert (scene.decision(scene.placed[0]), load(scene, "DAL")) == (("smart", "NJ1", 700), None)


def test_without_that_condition_it_is_given_what_it_no_longer_ships(
    committed_scene: Build, one: Thread, other: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert loads.FIRST_WITHIN in loads.ADD
    monkeypatch.setattr(loads, "ADD", loads.ADD.replace(loads.FIRST_WITHIN, ""))
    scene = stocked(committed_scene(DAL="5.00", NJ1="7.00"))
    lower_while_a_worker_waits(scene, one, other, daily_capacity=0)
    assert load(scene, "DAL") == (1, 2)


def assign(scene: Scene, order: int, code: str) -> int:
    return assign_order(tenant_id=scene.tenant_id, order_id=order, warehouse_id=scene.warehouse(code).pk, actor="Li", at=NOON)
