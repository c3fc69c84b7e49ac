"""What a unit is worth to orders still to come counts besides costs, where the company wants it; records name those prices and replay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from allocation.core.types import Mode
from allocation.errors import StockPriceDaysOdd
from allocation.explain import explain_record
from allocation.models import SettingsVersion, StockPriceVersion
from allocation.replay import replay_record
from allocation.services import assign_order
from allocation.services.pricing_stock import price_stock_anew, set_stock_price_days
from allocation.stock_prices import MOST_AGE
from allocation.sweeps import tenants_that_price_stock
from allocation.tasks import price_stock
from tests.allocation.scene import Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


@pytest.fixture
def scene(committed_scene: Build) -> Scene:
    """Return a scene where three orders of late wanted a lamp and a shade, which NEAR alone has, and NEAR has two lamps left."""
    scene = committed_scene(NEAR="5.00", FAR="7.00")
    scene.receive("LAMP", NEAR=5, FAR=5)
    scene.receive("SHADE", NEAR=9)
    scene.place_many(3, LAMP=1, SHADE=1)
    scene.drain()
    assert scene.stock("LAMP", "NEAR") == (5, 3)
    return scene


def price(scene: Scene, days: int = 7) -> int:
    set_stock_price_days(tenant_id=scene.tenant_id, days=days)
    version = price_stock_anew(tenant_id=scene.tenant_id, at=NOON)
    assert version is not None
    return version


def decide_a_lamp(scene: Scene, **options: object) -> int:
    order = scene.place(LAMP=1)
    scene.drain(**options)
    return order


def replays(scene: Scene) -> bool:
    with tenant_scope(tenant_id=scene.tenant_id):
        return all(replay_record(record).same for order in scene.placed for record in scene.records(order))


def test_only_costs_count_unless_the_company_says_otherwise(scene: Scene) -> None:
    assert price_stock_anew(tenant_id=scene.tenant_id, at=NOON) is None
    assert scene.tenant_id not in tenants_that_price_stock()
    assert scene.decision(decide_a_lamp(scene)) == ("smart", "NEAR", 500)


def test_a_unit_that_others_need_more_is_left_to_them(scene: Scene) -> None:
    version = price(scene)
    with tenant_scope(tenant_id=scene.tenant_id):
        kept = StockPriceVersion.objects.get(pk=version)
        near, lamp = scene.warehouse("NEAR").pk, scene.sku("LAMP").pk
        assert dict(zip(zip(kept.sku_ids, kept.warehouse_ids, strict=True), kept.prices_minor, strict=True))[lamp, near] > 200
    order = decide_a_lamp(scene)
    assert scene.decision(order) == ("smart", "FAR", 700)
    record = scene.records(order)[-1]
    assert (record.cheapest_cost_minor, record.nearest_cost_minor) == (500, 500)
    later = scene.place(LAMP=1, SHADE=1)
    scene.drain()
    assert scene.decision(later) == ("smart", "NEAR", 500)


def test_the_record_names_the_prices_tells_of_them_and_replays_when_there_are_new_ones(scene: Scene) -> None:
    version = price(scene)
    order = decide_a_lamp(scene)
    scene.receive("LAMP", NEAR=50)
    assert price(scene) > version
    dear = decide_a_lamp(scene)
    assert (scene.decision(order)[1], scene.decision(dear)[1]) == ("FAR", "NEAR")
    record = scene.records(order)[-1]
    with tenant_scope(tenant_id=scene.tenant_id):
        named = SettingsVersion.objects.get(pk=record.settings_version_id)
        told = {warehouse.code: warehouse.stock_price_minor for warehouse in explain_record(record).warehouses}
    assert named.document["stock_prices_id"] == version
    assert told["FAR"] == 0
    assert told["NEAR"] > 200
    assert replays(scene)


def test_a_person_chooses_what_they_like(scene: Scene) -> None:
    price(scene)
    order = decide_a_lamp(scene)
    assign_order(tenant_id=scene.tenant_id, order_id=order, warehouse_id=scene.warehouse("NEAR").pk, actor="Li", at=NOON)
    assert scene.decision(order) == ("manual", "NEAR", 500)
    assert scene.records(order)[-1].mode == Mode.MANUAL
    assert replays(scene)


def test_prices_of_long_ago_no_longer_count(scene: Scene) -> None:
    price(scene)
    assert scene.decision(decide_a_lamp(scene, at=NOON + MOST_AGE))[1] == "NEAR"
    assert replays(scene)


def test_orders_before_the_period_set_no_price(scene: Scene) -> None:
    set_stock_price_days(tenant_id=scene.tenant_id, days=7)
    price_stock_anew(tenant_id=scene.tenant_id, at=NOON + timedelta(days=7))
    with tenant_scope(tenant_id=scene.tenant_id):
        assert StockPriceVersion.objects.get().prices_minor == []


def test_it_is_switched_on_and_off_by_command_and_kept_up_by_the_schedule(scene: Scene) -> None:
    set_stock_price_days(tenant_id=scene.tenant_id, days=90)
    assert scene.tenant_id in tenants_that_price_stock()
    price_stock(scene.tenant_id)
    with tenant_scope(tenant_id=scene.tenant_id):
        assert StockPriceVersion.objects.count() == 1
    price(scene)
    call_command("price_stock", tenant=scene.tenant.code, never=True)
    assert scene.decision(decide_a_lamp(scene))[1] == "NEAR"
    assert replays(scene)


def test_no_days_and_too_many_are_refused(scene: Scene) -> None:
    for days in (0, 91):
        with pytest.raises(StockPriceDaysOdd):
            set_stock_price_days(tenant_id=scene.tenant_id, days=days)
    with pytest.raises(CommandError, match="1 to 90 days, not of 91"):
        call_command("price_stock", tenant=scene.tenant.code, days=91)


# What is kept


def test_prices_that_no_record_can_name_any_more_go_and_those_that_one_names_stay(scene: Scene) -> None:
    named = price(scene)
    decide_a_lamp(scene)
    unnamed = price(scene)
    late = NOON + 2 * MOST_AGE
    early = price_stock_anew(tenant_id=scene.tenant_id, at=late - timedelta(seconds=1))
    assert versions(scene) == {named, unnamed, early}
    newest = price_stock_anew(tenant_id=scene.tenant_id, at=late)
    assert versions(scene) == {named, early, newest}
    assert replays(scene)


def versions(scene: Scene) -> set[int]:
    with tenant_scope(tenant_id=scene.tenant_id):
        return set(StockPriceVersion.objects.values_list("pk", flat=True))


def test_nobody_changes_prices_or_removes_those_that_a_record_names(scene: Scene) -> None:
    version = price(scene)
    decide_a_lamp(scene)
    for change in (lambda rows: rows.delete(), lambda rows: rows.update(prices_minor=[])):
        with pytest.raises(DatabaseError), tenant_scope(tenant_id=scene.tenant_id):
            change(StockPriceVersion.objects.filter(pk=version))
    assert replays(scene)
