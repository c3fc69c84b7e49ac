"""The address of an order is corrected while no warehouse has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from allocation.errors import AddressNotOpen, AddressUnchanged, OrderChanged
from allocation.explain import explain_record
from allocation.models import AddressCorrection
from allocation.replay import replay_record
from allocation.services import fix_address, hold_order
from orders.addresses import NewAddress
from orders.errors import OrderTextTooLong
from orders.models import Order
from orders.services import place_orders
from tests.allocation.scene import Scene
from tests.world import NOON
from wms.places.errors import PostcodeUnknown
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]

DALLAS = NewAddress(country="US", postcode="75201", city="Dallas", address="1 Main St", recipient="Ada Ng")


@pytest.fixture
def scene(build: Build) -> Scene:
    """Return a scene with an exception: nothing holds six lamps."""
    scene = build(DAL="5.00")
    scene.receive("LAMP", DAL=5)
    scene.place(LAMP=6)
    scene.drain()
    return scene


def fix(scene: Scene, order: int, address: NewAddress = DALLAS, **fields: Any) -> int:
    return fix_address(tenant_id=scene.tenant_id, order_id=order, address=address, actor="Li", at=NOON, **fields)


def test_a_corrected_order_goes_elsewhere_and_is_decided_again(scene: Scene) -> None:
    (order,) = scene.placed
    scene.receive("LAMP", DAL=1)
    fix(scene, order, reason="the customer called")
    with tenant_scope(tenant_id=scene.tenant_id):
        kept = Order.objects.get(pk=order)
    assert (kept.postcode, kept.state_code, kept.city) == ("75201", "TX", "Dallas")
    assert kept.lat == pytest.approx(32.79, abs=0.1)
    assert scene.state(order) == "pending"
    scene.drain()
    assert scene.decision(order) == ("smart", "DAL", 500)
    assert [(record.get_mode_display(), record.reason) for record in scene.records(order)][1] == (
        "address corrected",
        "the customer called",
    )


def test_the_queue_carries_the_new_address(build: Build) -> None:
    scene = build(DAL="5.00")
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=1)
    fix(scene, order)
    scene.drain()
    with tenant_scope(tenant_id=scene.tenant_id):
        assert AddressCorrection.objects.get().postcode == "10001"
        told = explain_record(scene.records(order)[-1])
    metres = told.warehouses[0].distance_m
    assert metres is not None
    assert metres > 1_500_000


def test_what_was_decided_on_the_old_address_is_replayed_on_it(build: Build) -> None:
    scene = build(DAL="5.00")
    scene.receive("LAMP", DAL=5)
    abroad = replace(scene.new_order(lines=[("LAMP", 1)]), country="CA", postcode="M5V 3L9")
    (order,) = place_orders(tenant_id=scene.tenant_id, orders=[abroad], at=NOON).order_ids
    scene.drain()
    assert scene.reasons(order) == {"no_zone"}
    fix(scene, order)
    scene.drain()
    assert scene.decision(order) == ("smart", "DAL", 500)
    with tenant_scope(tenant_id=scene.tenant_id):
        assert [replay_record(record).differences for record in scene.records(order)] == [(), (), ()]


def test_what_is_held_stays_held(scene: Scene) -> None:
    (order,) = scene.placed
    hold_order(tenant_id=scene.tenant_id, order_id=order, actor="Li", at=NOON)
    fix(scene, order)
    assert scene.state(order) == "review"


def test_once_a_warehouse_has_the_order_its_address_stays(scene: Scene) -> None:
    order = scene.place(LAMP=1)
    scene.drain()
    with pytest.raises(AddressNotOpen, match=r"1002.*“allocated”"):
        fix(scene, order)


@pytest.mark.parametrize(
    ("changes", "fault"), [({"postcode": "00000"}, PostcodeUnknown), ({"city": "x" * 81}, OrderTextTooLong)], ids=["postcode", "city"]
)
def test_a_wrong_address_is_refused_and_nothing_changes(scene: Scene, changes: dict[str, Any], fault: type[Exception]) -> None:
    (order,) = scene.placed
    with pytest.raises(fault):
        fix(scene, order, replace(NewAddress(country="US", postcode="75201"), **changes))
    assert scene.state(order) == "exception"
    assert len(scene.records(order)) == 1


def test_the_same_address_is_no_correction(scene: Scene) -> None:
    (order,) = scene.placed
    fix(scene, order)
    with pytest.raises(AddressUnchanged):
        fix(scene, order)


def test_a_correction_minds_what_the_person_saw(scene: Scene) -> None:
    with pytest.raises(OrderChanged):
        fix(scene, scene.placed[0], seen_record_id=1)
