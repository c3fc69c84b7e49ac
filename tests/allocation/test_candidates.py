"""What a person may choose for one order now; and limits that only some may override."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from allocation.candidates import Candidates, candidates_of
from allocation.errors import OrderNotFound, ReasonMissing, WarehouseCannotServe
from allocation.hand_models import RejectionCause
from allocation.models import Strategy
from allocation.replay import replay_record
from allocation.services import assign_order, reject_order, undo_assignment
from allocation.services.taking import NO_RECORD
from inventory.models import Warehouse
from tests.allocation.scene import Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


@pytest.fixture
def scene(build: Build) -> Scene:
    """Return a scene where DAL is cheap, NJ1 dear, CA1 empty, and one order for two of DAL's five lamps."""
    scene = build(DAL="5.00", NJ1="7.00", CA1="4.00")
    scene.receive("LAMP", DAL=5, NJ1=5)
    scene.place(LAMP=2)
    scene.drain()
    return scene


def look(scene: Scene, order: int) -> Candidates:
    return candidates_of(tenant_id=scene.tenant_id, order_id=order, at=NOON)


def told(scene: Scene, order: int) -> list[tuple[str, int | None, int | None, str | None]]:
    return [(one.code, one.cost_minor, one.difference_minor, one.blocked) for one in look(scene, order).warehouses]


def test_candidates_come_by_cost_and_the_blocked_ones_last_with_their_price(scene: Scene) -> None:
    (order,) = scene.placed
    assert told(scene, order) == [("DAL", 500, 0, None), ("NJ1", 700, 200, None), ("CA1", 400, -100, "out_of_stock")]
    first = look(scene, order).warehouses[0]
    assert (first.current, first.days, [(line.code, line.amount_minor) for line in first.lines]) == (True, 3, [("base", 500)])
    assert [(unit.sku_code, unit.needed, unit.available) for unit in first.units] == [("LAMP", 2, 5)]


def test_the_units_that_the_order_holds_itself_count_as_free_for_it(scene: Scene) -> None:
    (order,) = scene.placed
    scene.place(LAMP=3)
    scene.drain()
    assert [one.units[0].available for one in look(scene, order).warehouses if one.code == "DAL"] == [2]
    assert told(scene, order)[0] == ("DAL", 500, 0, None)


def test_looking_reserves_nothing_and_names_the_newest_record(scene: Scene) -> None:
    (order,) = scene.placed
    assert look(scene, order).record_id == scene.records(order)[-1].pk
    assert look(scene, scene.place(LAMP=1)).record_id == NO_RECORD
    assert scene.stock("LAMP", "NJ1") == (5, 0)


def test_all_channels_are_there_the_cheapest_first(scene: Scene) -> None:
    (order,) = scene.placed
    scene.add_channel("AIR", DAL="12.00")
    dallas = look(scene, order).warehouses[0]
    assert [(channel.code, channel.cost_minor) for channel in dallas.channels] == [("GROUND", 500), ("AIR", 1200)]


def test_what_is_shown_is_what_happens(scene: Scene) -> None:
    (order,) = scene.placed
    for one in look(scene, order).warehouses:
        if one.blocked is None:
            assign_order(tenant_id=scene.tenant_id, order_id=order, warehouse_id=one.warehouse_id, actor="Li", at=NOON)
            assert scene.decision(order) == ("manual", one.code, one.cost_minor)


def test_a_warehouse_that_sent_the_order_back_is_marked(scene: Scene) -> None:
    (order,) = scene.placed
    dallas = scene.warehouse("DAL").pk
    reject_order(tenant_id=scene.tenant_id, order_id=order, warehouse_id=dallas, cause=RejectionCause.DAMAGED, actor="DAL", at=NOON)
    assert [(one.code, one.sent_back) for one in look(scene, order).warehouses] == [("DAL", True), ("NJ1", False), ("CA1", False)]


def test_another_company_s_order_is_not_found(scene: Scene, build: Build) -> None:
    other = build(code="westlake", DAL="5.00")
    with pytest.raises(OrderNotFound):
        look(other, scene.placed[0])


# Limits


@pytest.fixture
def limited(scene: Scene) -> Scene:
    """Return the scene with a strategy that accepts at most 1.00 over the cheapest."""
    with tenant_scope(tenant_id=scene.tenant_id):
        Strategy.objects.update(most_over_cheapest_minor=100)
    return scene


def assign(scene: Scene, *, forced: bool, reason: str = "") -> int:
    return assign_order(
        tenant_id=scene.tenant_id,
        order_id=scene.placed[0],
        warehouse_id=scene.warehouse("NJ1").pk,
        actor="Li",
        reason=reason,
        forced=forced,
        at=NOON,
    )


def test_a_soft_limit_blocks_and_says_that_it_may_be_overridden(limited: Scene) -> None:
    (dearer,) = [one for one in look(limited, limited.placed[0]).warehouses if one.code == "NJ1"]
    assert (dearer.blocked, dearer.soft, dearer.cost_minor) == ("over_cheapest", True, 700)
    with pytest.raises(WarehouseCannotServe, match="too much dearer"):
        assign(limited, forced=False)


def test_a_warehouse_that_is_full_today_may_be_overridden(scene: Scene) -> None:
    with tenant_scope(tenant_id=scene.tenant_id):
        Warehouse.objects.filter(code="NJ1").update(daily_capacity=1)
    other = scene.place(LAMP=1)
    assign_order(tenant_id=scene.tenant_id, order_id=other, warehouse_id=scene.warehouse("NJ1").pk, actor="Li", at=NOON)
    (full,) = [one for one in look(scene, scene.placed[0]).warehouses if one.code == "NJ1"]
    assert (full.blocked, full.soft) == ("no_capacity", True)
    assign(scene, forced=True, reason="they work late")
    assert scene.decision(scene.placed[0]) == ("forced", "NJ1", 700)


def test_overriding_needs_a_reason_and_the_record_keeps_it_with_the_limit(limited: Scene) -> None:
    with pytest.raises(ReasonMissing):
        assign(limited, forced=True)
    assign(limited, forced=True, reason="the customer pays")
    order = limited.placed[0]
    assert limited.decision(order) == ("forced", "NJ1", 700)
    record = limited.records(order)[-1]
    assert record.reason == "over_cheapest: the customer pays"
    with tenant_scope(tenant_id=limited.tenant_id):
        assert replay_record(record).differences == ()


def test_what_was_forced_is_undone_like_any_choice(limited: Scene) -> None:
    assign(limited, forced=True, reason="the customer pays")
    undo_assignment(tenant_id=limited.tenant_id, order_id=limited.placed[0], actor="Li", at=NOON)
    assert limited.decision(limited.placed[0]) == ("undo", "DAL", 500)


def test_forcing_what_no_limit_forbids_is_a_plain_choice(scene: Scene) -> None:
    assign(scene, forced=True, reason="habit")
    assert scene.decision(scene.placed[0]) == ("manual", "NJ1", 700)


def test_no_right_overrides_missing_stock(scene: Scene) -> None:
    scene.count("LAMP", NJ1=0)
    with pytest.raises(WarehouseCannotServe, match="not enough stock"):
        assign(scene, forced=True, reason="please")
