"""Orders of one batch that want the same units: decided together, and each record still tells and replays its own decision."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from allocation import worlds
from allocation.core.contention import Together
from allocation.core.packing import unpack_record
from allocation.errors import JointThresholdOdd
from allocation.explain import explain_record
from allocation.replay import replay_record
from allocation.services.joint_settings import set_joint_threshold
from tests.allocation.scene import Scene
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


def _contended(scene: Scene) -> tuple[int, int]:
    """Place two orders for the last lamp in NEAR; the second needs a shade besides, which only NEAR has."""
    scene.receive("LAMP", NEAR=1, FAR=5)
    scene.receive("SHADE", NEAR=5)
    return scene.place(LAMP=1), scene.place(LAMP=1, SHADE=1)


def _together(scene: Scene, order_id: int) -> Together:
    return unpack_record(bytes(scene.records(order_id)[-1].candidates)).together


def _replays(scene: Scene) -> bool:
    with tenant_scope(tenant_id=scene.tenant_id):
        return all(replay_record(record).same for order_id in scene.placed for record in scene.records(order_id))


def test_an_earlier_order_moves_over_for_one_that_nothing_else_can_serve(committed_scene: Build) -> None:
    scene = committed_scene(NEAR="5.00", FAR="7.00")
    set_joint_threshold(tenant_id=scene.tenant_id, from_orders=1)
    lamp, both = _contended(scene)
    scene.drain()
    assert scene.decision(lamp) == ("smart", "FAR", 700)
    assert scene.decision(both) == ("smart", "NEAR", 500)
    assert scene.faults() == []


def test_the_record_says_so_and_replays(committed_scene: Build) -> None:
    scene = committed_scene(NEAR="5.00", FAR="7.00")
    set_joint_threshold(tenant_id=scene.tenant_id, from_orders=1)
    lamp, both = _contended(scene)
    scene.drain()
    assert _together(scene, lamp) is _together(scene, both) is Together.JOINTLY
    with tenant_scope(tenant_id=scene.tenant_id):
        told = explain_record(scene.records(lamp)[-1])
    assert told.together is Together.JOINTLY
    near = next(warehouse for warehouse in told.warehouses if warehouse.code == "NEAR")
    assert (near.rejection, [units.available for units in near.units]) == ("out_of_stock", [0])
    assert _replays(scene)


def test_from_the_threshold_on_and_never_where_it_is_switched_off(committed_scene: Build) -> None:
    scene = committed_scene(NEAR="5.00", FAR="7.00")
    call_command("decide_together", tenant=scene.tenant.code, from_orders=2)
    lamp, both = _contended(scene)
    scene.drain()
    assert (scene.decision(lamp)[1], scene.state(both)) == ("NEAR", "exception")
    assert _together(scene, lamp) is Together.ALONE
    call_command("decide_together", tenant=scene.tenant.code, never=True)
    scene.receive("LAMP", NEAR=1)
    scene.receive("SHADE", NEAR=1)
    assert scene.retry() == 1
    scene.drain()
    assert scene.state(both) == "allocated"


def test_out_of_time_the_first_come_are_served_and_the_record_says_so(committed_scene: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "JOINT_TIME_LIMIT_S", 0.0)
    scene = committed_scene(NEAR="5.00", FAR="7.00")
    set_joint_threshold(tenant_id=scene.tenant_id, from_orders=1)
    lamp, both = _contended(scene)
    scene.drain()
    assert (scene.decision(lamp)[1], scene.state(both)) == ("NEAR", "exception")
    assert _together(scene, lamp) is Together.GREEDY
    assert _replays(scene)


def test_a_threshold_below_one_order_is_refused(committed_scene: Build) -> None:
    scene = committed_scene(NEAR="5.00", FAR="7.00")
    with pytest.raises(JointThresholdOdd):
        set_joint_threshold(tenant_id=scene.tenant_id, from_orders=0)
    with pytest.raises(CommandError, match="from 1 to 1000000 orders on, not from 0"):
        call_command("decide_together", tenant=scene.tenant.code, from_orders=0)
