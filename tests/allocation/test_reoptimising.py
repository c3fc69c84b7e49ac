"""Until they are with the warehouse, contended orders move where that saves enough; what a person chose stays."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from allocation.errors import LeastSavingOdd
from allocation.models import Shipment, ShipmentState
from allocation.replay import replay_record
from allocation.services import assign_order
from allocation.services.joint_settings import MOST_SAVING_MINOR, set_joint_threshold, set_least_saving
from allocation.services.reoptimising import reoptimise, reoptimise_as_wished
from allocation.sweeps import tenants_to_reoptimise
from allocation.tasks import reoptimise as reoptimise_tenant
from tests.allocation.scene import Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


def _first_come(build: Build) -> tuple[Scene, int, int]:
    """Decide two orders first come, first served: 5.00 + 20.00, where 7.00 + 5.00 would have done."""
    scene = build(NEAR="5.00", FAR="7.00", REMOTE="20.00")
    set_joint_threshold(tenant_id=scene.tenant_id, from_orders=None)
    scene.receive("LAMP", NEAR=1, FAR=1, REMOTE=5)
    scene.receive("SHADE", NEAR=5, REMOTE=5)
    lamp, both = scene.place(LAMP=1), scene.place(LAMP=1, SHADE=1)
    scene.drain()
    assert (scene.decision(lamp)[1:], scene.decision(both)[1:]) == (("NEAR", 500), ("REMOTE", 2000))
    return scene, lamp, both


def _reoptimise(scene: Scene, least_saving_minor: int = 100) -> tuple[tuple[int, ...], int]:
    done = reoptimise(tenant_id=scene.tenant_id, least_saving_minor=least_saving_minor, at=NOON)
    return done.order_ids, done.saved_minor


def test_orders_change_places_and_their_records_say_what_they_supersede(committed_scene: Build) -> None:
    scene, lamp, both = _first_come(committed_scene)
    assert _reoptimise(scene) == ((lamp, both), 1300)
    assert (scene.decision(lamp), scene.decision(both)) == (("smart", "FAR", 700), ("smart", "NEAR", 500))
    assert scene.shipments(both) == [("REMOTE", "cancelled"), ("NEAR", "planned")]
    first, second = scene.records(both)
    assert (second.supersedes, second.reason) == (first.pk, "reoptimised")
    assert scene.faults() == []
    with tenant_scope(tenant_id=scene.tenant_id):
        assert all(replay_record(record).same for order_id in (lamp, both) for record in scene.records(order_id))


def test_a_second_time_there_is_nothing_to_gain(committed_scene: Build) -> None:
    scene, _, _ = _first_come(committed_scene)
    _reoptimise(scene)
    assert _reoptimise(scene) == ((), 0)


def test_what_saves_too_little_stays(committed_scene: Build) -> None:
    scene, _, both = _first_come(committed_scene)
    assert _reoptimise(scene, least_saving_minor=1301) == ((), 0)
    assert len(scene.records(both)) == 1


def test_what_is_with_the_warehouse_stays(committed_scene: Build) -> None:
    scene, lamp, both = _first_come(committed_scene)
    with tenant_scope(tenant_id=scene.tenant_id):
        Shipment.objects.filter(order_id=lamp).update(state=ShipmentState.RELEASED)
    assert _reoptimise(scene) == ((), 0)
    assert scene.decision(both)[1] == "REMOTE"


def test_what_a_person_chose_stays(committed_scene: Build) -> None:
    scene, lamp, both = _first_come(committed_scene)
    assign_order(tenant_id=scene.tenant_id, order_id=lamp, warehouse_id=scene.warehouse("NEAR").pk, actor="Li", at=NOON)
    assert _reoptimise(scene) == ((), 0)
    assert (scene.decision(lamp)[:2], scene.decision(both)[1]) == (("manual", "NEAR"), "REMOTE")


def test_a_warehouse_without_capacity_left_takes_nobody_over(committed_scene: Build) -> None:
    scene = committed_scene(NEAR="5.00", FAR="7.00", REMOTE="20.00", places={"FAR": {"daily_capacity": 1}})
    set_joint_threshold(tenant_id=scene.tenant_id, from_orders=None)
    scene.receive("LAMP", NEAR=1, FAR=1, REMOTE=5)
    scene.receive("SHADE", NEAR=5, REMOTE=5)
    scene.receive("RUG", FAR=1)
    rug, lamp, both = scene.place(RUG=1), scene.place(LAMP=1), scene.place(LAMP=1, SHADE=1)
    scene.drain()
    assert scene.decision(rug)[1] == "FAR"
    assert _reoptimise(scene) == ((), 0)
    assert (scene.decision(lamp)[1], scene.decision(both)[1]) == ("NEAR", "REMOTE")


def test_the_command_tells_what_it_saved(committed_scene: Build) -> None:
    scene, _, _ = _first_come(committed_scene)
    out = StringIO()
    call_command("reoptimise", tenant=scene.tenant.code, least_saving_minor=100, stdout=out)
    assert out.getvalue() == "moved 2 orders, saved 1300 cents\n"


# On the schedule


def _as_wished(scene: Scene) -> tuple[int, ...]:
    return reoptimise_as_wished(tenant_id=scene.tenant_id, at=NOON).order_ids


def test_nothing_moves_by_itself_unless_the_company_says_so(committed_scene: Build) -> None:
    scene, _, both = _first_come(committed_scene)
    assert scene.tenant_id not in tenants_to_reoptimise()
    assert _as_wished(scene) == ()
    assert scene.decision(both)[1] == "REMOTE"


def test_orders_move_by_themselves_where_it_saves_what_the_company_says(committed_scene: Build) -> None:
    scene, lamp, both = _first_come(committed_scene)
    set_least_saving(tenant_id=scene.tenant_id, least_saving_minor=1301)
    assert scene.tenant_id in tenants_to_reoptimise()
    assert _as_wished(scene) == ()
    call_command("reoptimise", tenant=scene.tenant.code, keep_doing_from_minor=1300)
    reoptimise_tenant(scene.tenant_id)
    assert (scene.decision(lamp)[1], scene.decision(both)[1]) == ("FAR", "NEAR")


def test_it_can_be_switched_off_again(committed_scene: Build) -> None:
    scene, _, both = _first_come(committed_scene)
    call_command("reoptimise", tenant=scene.tenant.code, keep_doing_from_minor=100)
    call_command("reoptimise", tenant=scene.tenant.code, never=True)
    assert scene.tenant_id not in tenants_to_reoptimise()
    assert _as_wished(scene) == ()
    assert scene.decision(both)[1] == "REMOTE"


def test_a_saving_of_nothing_and_one_past_all_measure_are_refused(committed_scene: Build) -> None:
    scene = committed_scene(NEAR="5.00")
    for odd in (0, MOST_SAVING_MINOR + 1, 2**70):
        with pytest.raises(LeastSavingOdd, match=f"saves 1 to 1000000000 cents, not {odd}"):
            set_least_saving(tenant_id=scene.tenant_id, least_saving_minor=odd)
    with pytest.raises(CommandError, match="saves 1 to 1000000000 cents, not 0"):
        call_command("reoptimise", tenant=scene.tenant.code, keep_doing_from_minor=0)
