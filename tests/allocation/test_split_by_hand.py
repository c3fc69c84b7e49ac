"""A person says which warehouse ships which units of an order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from allocation.errors import LaneUnknown, OrderChanged, ReasonMissing, SplitPartsOdd, SplitUnitsOdd, WarehouseCannotServe
from allocation.models import Record, Strategy, StrategyBan
from allocation.replay import replay_record
from allocation.services import HandPart, preview_split, split_order, undo_assignment
from inventory.models import Warehouse
from tests.allocation.scene import Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


@pytest.fixture
def scene(build: Build) -> Scene:
    """Return a scene with one order for two lamps and a rug in DAL; NJ1 has a lamp and two rugs. No order is split by itself."""
    scene = build(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=3, NJ1=1)
    scene.receive("RUG", DAL=1, NJ1=2)
    scene.place(LAMP=2, RUG=1)
    scene.drain()
    return scene


def part(scene: Scene, warehouse: str, channel_id: int | None = None, **units: int) -> HandPart:
    by_sku = {scene.sku(code).pk: count for code, count in units.items()}
    return HandPart(warehouse_id=scene.warehouse(warehouse).pk, units=by_sku, channel_id=channel_id)


def split(scene: Scene, *parts: HandPart, **options: Any) -> int:
    return split_order(tenant_id=scene.tenant_id, order_id=scene.placed[0], parts=parts, actor="Li", at=NOON, **options)


def replays(scene: Scene) -> list[tuple[tuple[str, object, object], ...]]:
    with tenant_scope(tenant_id=scene.tenant_id):
        return [replay_record(record).differences for record in Record.objects.order_by("pk")]


def test_each_warehouse_ships_what_the_person_says(scene: Scene) -> None:
    order = scene.placed[0]
    split(scene, part(scene, "NJ1", LAMP=1, RUG=1), part(scene, "DAL", LAMP=1))
    assert scene.decision(order) == ("manual", "NJ1", 1200)
    assert scene.held(order) == {("LAMP", "DAL"): 1, ("LAMP", "NJ1"): 1, ("RUG", "NJ1"): 1}
    assert (scene.stock("LAMP", "DAL"), scene.stock("RUG", "DAL")) == ((3, 1), (1, 0))
    assert replays(scene) == [(), ()]


def test_a_split_by_hand_is_undone_like_any_choice(scene: Scene) -> None:
    order = scene.placed[0]
    split(scene, part(scene, "NJ1", RUG=1), part(scene, "DAL", LAMP=2))
    undo_assignment(tenant_id=scene.tenant_id, order_id=order, actor="Wu", at=NOON)
    assert scene.decision(order) == ("undo", "DAL", 500)
    assert scene.held(order) == {("LAMP", "DAL"): 2, ("RUG", "DAL"): 1}


def test_a_look_at_a_split_prices_each_part_and_changes_nothing(scene: Scene) -> None:
    order, parts = scene.placed[0], (part(scene, "NJ1", LAMP=1, RUG=1), part(scene, "DAL", LAMP=1))
    told = preview_split(tenant_id=scene.tenant_id, order_id=order, parts=parts, actor="Li", forced=True, at=NOON)
    assert {each.warehouse_code: each.cost_minor for each in told.parts} == {"NJ1": 700, "DAL": 500}
    assert told.cost_minor == 1200
    assert scene.decision(order) == ("smart", "DAL", 500)
    assert scene.held(order) == {("LAMP", "DAL"): 2, ("RUG", "DAL"): 1}
    assert len(scene.records(order)) == 1
    with pytest.raises(SplitPartsOdd):
        preview_split(tenant_id=scene.tenant_id, order_id=order, parts=parts[:1], actor="Li", at=NOON)


def test_an_exception_is_split_by_hand(scene: Scene) -> None:
    order = scene.place(LAMP=2, RUG=2)
    scene.drain()
    assert scene.reasons(order) == {"out_of_stock"}
    parts = (part(scene, "NJ1", LAMP=1, RUG=2), part(scene, "DAL", LAMP=1))
    split_order(tenant_id=scene.tenant_id, order_id=order, parts=parts, actor="Li", at=NOON)
    assert scene.decision(order) == ("manual", "NJ1", 1200)
    assert scene.reasons(order) is None


def test_a_channel_is_the_cheapest_unless_one_is_named(scene: Scene) -> None:
    air = scene.add_channel("AIR", DAL="9.00", NJ1="6.00")
    split(scene, part(scene, "NJ1", RUG=1), part(scene, "DAL", air.pk, LAMP=2))
    assert scene.decision(scene.placed[0])[2] == 600 + 900
    assert replays(scene) == [(), ()]


def test_goods_that_may_not_ship_by_the_named_channel_are_refused_even_forced(build: Build) -> None:
    scene = build(DAL="5.00", NJ1="7.00")
    air = scene.add_channel("AIR", DAL="4.00", NJ1="6.00")
    scene.add_sku("LAMP", tags=["battery"])
    scene.receive("LAMP", DAL=2, NJ1=2)
    with tenant_scope(tenant_id=scene.tenant_id):
        StrategyBan.objects.create(tenant=scene.tenant, strategy=scene.strategy, tag="battery", channel=air)
    scene.place(LAMP=2)
    scene.drain()
    for options in ({}, {"forced": True, "reason": "urgent"}):
        with pytest.raises(WarehouseCannotServe, match="DAL can't serve"):
            split(scene, part(scene, "NJ1", LAMP=1), part(scene, "DAL", air.pk, LAMP=1), **options)
    split(scene, part(scene, "NJ1", LAMP=1), part(scene, "DAL", LAMP=1))
    assert scene.decision(scene.placed[0])[2] == 500 + 700


@pytest.mark.parametrize(
    ("parts", "error", "words"),
    [
        ([], SplitPartsOdd, "two warehouses or more"),
        ([("DAL", {"LAMP": 2, "RUG": 1})], SplitPartsOdd, "two warehouses or more"),
        ([("DAL", {"LAMP": 1}), ("DAL", {"LAMP": 1, "RUG": 1})], SplitPartsOdd, "each of them once"),
        ([("DAL", {"LAMP": 2, "RUG": 1}), ("NJ1", {"LAMP": 0})], SplitPartsOdd, "units for each"),
        ([("DAL", {"LAMP": 2}), ("NJ1", {"RUG": 2})], SplitUnitsOdd, "asks for 1 of article RUG, the parts have 2"),
        ([("DAL", {"LAMP": 2}), ("NJ1", {"RUG": 1, "VASE": 1})], SplitUnitsOdd, "asks for 0 of article VASE, the parts have 1"),
        ([("DAL", {"RUG": 1}), ("NJ1", {"LAMP": 2})], WarehouseCannotServe, "Warehouse NJ1 can't serve .* not enough stock"),
    ],
)
def test_parts_that_are_not_the_order_or_not_there_are_refused_and_nothing_changes(
    scene: Scene, parts: list[tuple[str, dict[str, int]]], error: type[Exception], words: str
) -> None:
    stated = [part(scene, warehouse, **units) for warehouse, units in parts]
    with pytest.raises(error, match=words):
        split(scene, *stated)
    assert scene.held(scene.placed[0]) == {("LAMP", "DAL"): 2, ("RUG", "DAL"): 1}
    assert len(scene.records(scene.placed[0])) == 1


def test_a_limit_holds_for_each_part_unless_it_is_overridden_with_a_reason(build: Build) -> None:
    near, far = {"lat": 40.7, "lon": -74.0}, {"lat": 32.8, "lon": -96.8}
    scene = build(DAL="5.00", NJ1="7.00", places={"DAL": far, "NJ1": near})
    scene.receive("LAMP", DAL=2, NJ1=2)
    with tenant_scope(tenant_id=scene.tenant_id):
        Strategy.objects.update(most_distance_m=500_000)
    scene.place(LAMP=2)
    scene.drain()
    parts = (part(scene, "NJ1", LAMP=1), part(scene, "DAL", LAMP=1))
    with pytest.raises(WarehouseCannotServe, match="DAL can't serve"):
        split(scene, *parts)
    with pytest.raises(ReasonMissing):
        split(scene, *parts, forced=True)
    split(scene, *parts, forced=True, reason="a gift for two")
    assert scene.decision(scene.placed[0])[0] == "forced"
    assert scene.records(scene.placed[0])[-1].reason == "a gift for two"


def test_a_warehouse_that_takes_no_more_today_is_refused_unless_forced(scene: Scene) -> None:
    with tenant_scope(tenant_id=scene.tenant_id):
        Warehouse.objects.filter(code="NJ1").update(daily_capacity=0)
    parts = (part(scene, "NJ1", RUG=1), part(scene, "DAL", LAMP=2))
    with pytest.raises(WarehouseCannotServe):
        split(scene, *parts)
    split(scene, *parts, forced=True, reason="they stay late")
    assert scene.decision(scene.placed[0])[:2] == ("forced", "DAL")


def test_who_has_not_seen_the_newest_decision_is_told(scene: Scene) -> None:
    seen = scene.records(scene.placed[0])[-1].pk
    split(scene, part(scene, "NJ1", RUG=1), part(scene, "DAL", LAMP=2))
    with pytest.raises(OrderChanged):
        split(scene, part(scene, "NJ1", RUG=1), part(scene, "DAL", LAMP=2), seen_record_id=seen)
    with pytest.raises(LaneUnknown):
        split(scene, part(scene, "NJ1", 999_999, RUG=1), part(scene, "DAL", LAMP=2))
