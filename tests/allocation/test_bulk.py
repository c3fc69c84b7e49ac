"""Many orders moved at once: a look first, then all of them or a word on each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from allocation.errors import BulkReasonMissing, TooManyOrders
from allocation.models import OrderInHand, Strategy
from allocation.services import Chosen, Moves, assign_order, assign_orders, cancel_order, preview_assignments, undo_assignments
from tests.allocation.scene import Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


@pytest.fixture
def scene(build: Build) -> Scene:
    """Return a scene with three orders for two lamps each in DAL, where six are left for them in NJ1."""
    scene = build(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=6, NJ1=6)
    scene.place_many(3, LAMP=2)
    scene.drain()
    return scene


def preview(scene: Scene, warehouse: str = "NJ1") -> Moves:
    return preview_assignments(
        tenant_id=scene.tenant_id,
        chosen=[Chosen(order) for order in scene.placed],
        warehouse_id=scene.warehouse(warehouse).pk,
        actor="Li",
        at=NOON,
    )


def move(scene: Scene, *chosen: Chosen, partly: bool = False) -> Moves:
    return assign_orders(
        tenant_id=scene.tenant_id,
        chosen=chosen or [Chosen(order) for order in scene.placed],
        warehouse_id=scene.warehouse("NJ1").pk,
        actor="Li",
        reason="DAL is flooded",
        partly=partly,
        at=NOON,
    )


def told(moves: Moves) -> list[tuple[str, str, int | None, int | None, str]]:
    return [
        (one.number, one.warehouse_before, one.cost_before_minor, one.dearer_minor, one.fault.code if one.fault else "")
        for one in moves.outcomes
    ]


def lies_in(scene: Scene) -> list[str | None]:
    return [scene.decision(order)[1] for order in scene.placed]


def test_a_look_says_what_each_move_would_cost_and_changes_nothing(scene: Scene) -> None:
    moves = preview(scene)
    assert told(moves) == [(number, "DAL", 500, 200, "") for number in ("1001", "1002", "1003")]
    assert (moves.done, moves.faults, moves.dearer_minor) == (False, 0, 600)
    assert lies_in(scene) == ["DAL", "DAL", "DAL"]
    assert scene.stock("LAMP", "NJ1") == (6, 0)
    assert [len(scene.records(order)) for order in scene.placed] == [1, 1, 1]


def test_all_are_moved_in_one_go(scene: Scene) -> None:
    moves = move(scene)
    assert (moves.done, moves.dearer_minor) == (True, 600)
    assert lies_in(scene) == ["NJ1", "NJ1", "NJ1"]
    assert (scene.stock("LAMP", "DAL"), scene.stock("LAMP", "NJ1")) == ((6, 0), (6, 6))
    assert {(record.actor, record.reason) for order in scene.placed for record in scene.records(order)[1:]} == {("Li", "DAL is flooded")}


def test_the_last_units_go_to_the_order_that_came_first(scene: Scene) -> None:
    scene.count("LAMP", NJ1=5)
    assert [row[4] for row in told(preview(scene))] == ["", "", "warehouse_cannot_serve"]


def test_if_one_can_not_be_moved_none_is_and_the_outcomes_say_which(scene: Scene) -> None:
    scene.count("LAMP", NJ1=5)
    moves = move(scene)
    assert (moves.done, [row[4] for row in told(moves)]) == (False, ["", "", "warehouse_cannot_serve"])
    assert lies_in(scene) == ["DAL", "DAL", "DAL"]


def test_on_request_those_are_moved_that_can_be(scene: Scene) -> None:
    scene.count("LAMP", NJ1=5)
    moves = move(scene, partly=True)
    assert (moves.done, moves.faults) == (True, 1)
    assert lies_in(scene) == ["NJ1", "NJ1", "DAL"]
    assert scene.held(scene.placed[2]) == {("LAMP", "DAL"): 2}


def test_each_order_has_its_own_fault(scene: Scene) -> None:
    first, second, third = scene.placed
    seen = scene.records(first)[-1].pk
    assign_order(tenant_id=scene.tenant_id, order_id=first, warehouse_id=scene.warehouse("NJ1").pk, actor="Wu", at=NOON)
    cancel_order(tenant_id=scene.tenant_id, order_id=second, actor="Wu", at=NOON)
    moves = move(scene, Chosen(first, seen), Chosen(second), Chosen(third), Chosen(999_999_999), partly=True)
    assert [one.fault and one.fault.code for one in moves.outcomes] == ["order_changed", "order_cannot_move", None, "order_not_found"]
    assert scene.decision(third)[1] == "NJ1"


def test_orders_that_lie_there_already_keep_their_units(scene: Scene) -> None:
    move(scene)
    scene.count("LAMP", NJ1=6)
    assert move(scene).done
    assert scene.stock("LAMP", "NJ1") == (6, 6)


def test_too_many_at_once_are_refused(scene: Scene) -> None:
    with pytest.raises(TooManyOrders, match="201 orders were chosen; at most 200"):
        move(scene, *(Chosen(order_id) for order_id in range(201)))


# Over the limits


def keep_cheap(scene: Scene) -> None:
    """Let the strategy allow nothing that costs a dollar more than the cheapest."""
    with tenant_scope(tenant_id=scene.tenant_id):
        Strategy.objects.update(most_over_cheapest_minor=100)


def force(scene: Scene, reason: str = "DAL is flooded", *, partly: bool = False) -> Moves:
    return assign_orders(
        tenant_id=scene.tenant_id,
        chosen=[Chosen(order) for order in scene.placed],
        warehouse_id=scene.warehouse("NJ1").pk,
        actor="Li",
        reason=reason,
        forced=True,
        partly=partly,
        at=NOON,
    )


def test_a_limit_stops_a_move_unless_it_is_forced_and_the_records_say_which_limit_and_why(scene: Scene) -> None:
    keep_cheap(scene)
    assert {row[4] for row in told(move(scene))} == {"warehouse_cannot_serve"}
    assert force(scene).done
    assert [scene.decision(order) for order in scene.placed] == [("forced", "NJ1", 700)] * 3
    assert {scene.records(order)[-1].reason for order in scene.placed} == {"over_cheapest: DAL is flooded"}


def test_force_needs_a_reason_and_makes_no_units(scene: Scene) -> None:
    keep_cheap(scene)
    with pytest.raises(BulkReasonMissing):
        force(scene, " ")
    scene.count("LAMP", NJ1=5)
    moves = force(scene)
    assert (moves.done, [row[4] for row in told(moves)]) == (False, ["", "", "warehouse_cannot_serve"])
    assert lies_in(scene) == ["DAL", "DAL", "DAL"]
    assert force(scene, partly=True).faults == 1
    assert lies_in(scene) == ["NJ1", "NJ1", "DAL"]


def test_who_needs_no_force_is_moved_as_without_it(scene: Scene) -> None:
    assert force(scene).done
    assert {scene.decision(order)[0] for order in scene.placed} == {"manual"}


# Taken back as a whole


def take_back(scene: Scene, moves: Moves, *, partly: bool = False) -> Moves:
    chosen = [Chosen(one.order_id, one.record_id) for one in moves.outcomes]
    return undo_assignments(tenant_id=scene.tenant_id, chosen=chosen, actor="Wu", partly=partly, at=NOON)


def test_a_move_is_taken_back_as_a_whole(scene: Scene) -> None:
    undone = take_back(scene, move(scene))
    assert (undone.done, undone.dearer_minor) == (True, -600)
    assert [scene.decision(order) for order in scene.placed] == [("undo", "DAL", 500)] * 3
    assert (scene.stock("LAMP", "DAL"), scene.stock("LAMP", "NJ1")) == ((6, 6), (6, 0))
    with tenant_scope(tenant_id=scene.tenant_id):
        assert not OrderInHand.objects.exists()


def test_what_was_changed_since_stops_the_whole_or_is_left_out_on_request(scene: Scene) -> None:
    moves = move(scene)
    assign_order(tenant_id=scene.tenant_id, order_id=scene.placed[0], warehouse_id=scene.warehouse("DAL").pk, actor="Wu", at=NOON)
    undone = take_back(scene, moves)
    assert (undone.done, [row[4] for row in told(undone)]) == (False, ["order_changed", "", ""])
    assert lies_in(scene) == ["DAL", "NJ1", "NJ1"]
    assert take_back(scene, moves, partly=True).done
    assert lies_in(scene) == ["DAL", "DAL", "DAL"]
    assert [scene.decision(order)[0] for order in scene.placed] == ["manual", "undo", "undo"]


def test_where_the_units_have_gone_an_order_keeps_its_place(scene: Scene) -> None:
    moves = move(scene)
    scene.count("LAMP", DAL=4)
    undone = take_back(scene, moves)
    assert (undone.done, [row[4] for row in told(undone)]) == (False, ["", "", "warehouse_cannot_serve"])
    assert lies_in(scene) == ["NJ1", "NJ1", "NJ1"]
    assert (scene.stock("LAMP", "DAL"), scene.stock("LAMP", "NJ1")) == ((4, 0), (6, 6))


def test_what_nobody_chose_is_not_taken_back(scene: Scene) -> None:
    undone = undo_assignments(tenant_id=scene.tenant_id, chosen=[Chosen(order) for order in scene.placed], actor="Wu", at=NOON)
    assert (undone.done, {row[4] for row in told(undone)}) == (False, {"nothing_to_undo"})
