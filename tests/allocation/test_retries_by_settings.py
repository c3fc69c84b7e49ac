"""A change of settings tries again those exceptions that it can help, and no others (docs/decisions.md, "Tried again")."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from allocation.hand_models import RejectionCause
from allocation.models import DefaultWarehouse, Strategy, StrategySeller, StrategyWarehouse
from allocation.rules.editing import set_rule_enabled
from allocation.rules.publishing import publish_rules
from allocation.services import reject_order
from carriers.models import Channel, RateCard
from inventory.models import Warehouse
from tests.allocation.scene import Scene, price_card
from tests.world import NOON, add_lane, add_rate_card, add_seller, add_strategy
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]

TOMORROW = NOON + timedelta(days=1)


def change(scene: Scene, model: Any, *, only: dict[str, Any] | None = None, **fields: Any) -> None:
    """Change rows of a table of settings."""
    with tenant_scope(tenant_id=scene.tenant_id):
        assert model.objects.filter(**(only or {})).update(**fields)


def end_cards(scene: Scene) -> None:
    """Let no rate card be in force on the day of the test any more."""
    change(scene, RateCard, effective_to=date(2026, 1, 2))


def price_again(scene: Scene, **prices: str) -> None:
    """Put a rate card in force where none is."""
    document = {**price_card(prices, {}), "effective_from": "2026-01-02"}
    add_rate_card(channel=scene.ground, zone_chart=scene.chart, document=document, effective_from=date(2026, 1, 2))


@pytest.fixture
def unpriced(committed_scene: Build) -> Scene:
    """Return a scene with one order whose goods lie in DAL while no rate card is in force."""
    scene = committed_scene(DAL="5.00", NJ1="7.00")
    end_cards(scene)
    scene.receive("LAMP", DAL=5)
    scene.place(LAMP=2)
    scene.drain()
    assert scene.reasons(scene.placed[0]) == {"out_of_stock", "not_effective"}
    return scene


@pytest.fixture
def elsewhere(committed_scene: Build) -> Scene:
    """Return a scene with one order whose goods lie in NJ1, which the strategy does not name."""
    scene = committed_scene(DAL="5.00", NJ1="7.00", covered=["DAL"])
    scene.receive("LAMP", NJ1=5)
    scene.place(LAMP=2)
    scene.drain()
    assert scene.reasons(scene.placed[0]) == {"out_of_stock", "not_covered"}
    return scene


def test_no_setting_fills_an_empty_shelf(stuck: Scene) -> None:
    change(stuck, Strategy, priority=7)
    change(stuck, Warehouse, only={"code": "DAL"}, daily_capacity=9)
    add_lane(warehouse=stuck.warehouse("DAL"), channel=stuck.add_channel("AIR", NJ1="9.00"))
    stuck.default_warehouse("NJ1")
    end_cards(stuck)
    assert stuck.retry() == 0
    assert stuck.retry(at=TOMORROW) == 0
    stuck.receive("LAMP", NJ1=2)
    assert stuck.retry() == 1


def test_what_no_setting_helped_is_looked_at_once(stuck: Scene) -> None:
    change(stuck, Strategy, priority=7)
    assert stuck.retry() == 0
    record = stuck.records(stuck.placed[0])
    assert stuck.drain().decided == 0
    assert stuck.records(stuck.placed[0]) == record


def test_a_new_price_helps_what_had_none(unpriced: Scene) -> None:
    assert unpriced.retry() == 0
    price_again(unpriced, DAL="5.00", NJ1="7.00")
    assert unpriced.retry() == 1
    unpriced.drain()
    assert unpriced.decision(unpriced.placed[0]) == ("smart", "DAL", 500)


def test_a_new_day_helps_what_had_no_price_since_others_are_in_force(unpriced: Scene) -> None:
    assert unpriced.retry(at=TOMORROW) == 1
    unpriced.drain(at=TOMORROW)
    assert unpriced.retry(at=TOMORROW) == 0


def test_a_new_price_does_not_help_what_no_warehouse_covers(elsewhere: Scene) -> None:
    end_cards(elsewhere)
    assert elsewhere.retry() == 0
    assert elsewhere.retry(at=TOMORROW) == 0


def test_a_warehouse_that_a_strategy_takes_in_helps(elsewhere: Scene) -> None:
    with tenant_scope(tenant_id=elsewhere.tenant_id):
        StrategyWarehouse.objects.create(tenant=elsewhere.tenant, strategy=elsewhere.strategy, warehouse=elsewhere.warehouse("NJ1"))
    assert elsewhere.retry() == 1
    elsewhere.drain()
    assert elsewhere.decision(elsewhere.placed[0]) == ("smart", "NJ1", 700)


def test_a_default_warehouse_helps_its_seller_only(elsewhere: Scene) -> None:
    other = add_seller(tenant=elsewhere.tenant, code="other")
    with tenant_scope(tenant_id=elsewhere.tenant_id):
        DefaultWarehouse.objects.create(tenant=elsewhere.tenant, seller=other, warehouse=elsewhere.warehouse("NJ1"))
    assert elsewhere.retry() == 0
    elsewhere.default_warehouse("NJ1")
    assert elsewhere.retry() == 1


def test_a_strategy_for_another_seller_helps_nobody_else(elsewhere: Scene) -> None:
    everywhere = list(elsewhere.warehouses.values())
    other = add_seller(tenant=elsewhere.tenant, code="other")
    strategy = add_strategy(tenant=elsewhere.tenant, name="Theirs", warehouses=everywhere, channels=[elsewhere.ground], active=False)
    with tenant_scope(tenant_id=elsewhere.tenant_id):
        StrategySeller.objects.create(tenant=elsewhere.tenant, strategy=strategy, seller=other)
    change(elsewhere, Strategy, only={"pk": strategy.pk}, active=True)
    assert elsewhere.retry() == 0
    change(elsewhere, StrategySeller, seller=elsewhere.seller)
    assert elsewhere.retry() == 1


def test_what_takes_something_away_helps_nobody(elsewhere: Scene) -> None:
    change(elsewhere, Channel, active=False)
    change(elsewhere, Warehouse, only={"code": "DAL"}, active=False)
    assert elsewhere.retry() == 0


def test_a_rule_that_ends_helps(committed_scene: Build) -> None:
    scene = committed_scene(DAL="5.00", SEA="1.00")
    scene.receive("LAMP", DAL=5)
    key = scene.add_rule("Seattle only", {"test": "is", "field": "platform", "values": ["amazon"]}, to=["SEA"], unserved="exception")
    served, stuck = scene.place(CUP=1), scene.place(LAMP=1)
    scene.drain()
    assert (scene.state(served), scene.state(stuck)) == ("exception", "exception")
    set_rule_enabled(tenant_id=scene.tenant_id, key=key, enabled=False, actor="Li", at=NOON)
    publish_rules(tenant_id=scene.tenant_id, comment="", actor="Li", at=NOON)
    assert scene.retry() == 1
    assert (scene.state(served), scene.state(stuck)) == ("exception", "pending")


def test_goods_in_several_warehouses_wait_until_a_strategy_splits(committed_scene: Build) -> None:
    scene = committed_scene(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=1, NJ1=1)
    order = scene.place(LAMP=2)
    scene.drain()
    add_lane(warehouse=scene.warehouse("DAL"), channel=scene.add_channel("AIR", NJ1="9.00"))
    assert scene.retry() == 0
    change(scene, Strategy, most_shipments=2)
    assert scene.retry() == 1
    scene.drain()
    assert scene.decision(order)[0] == "smart"
    assert scene.held(order) == {("LAMP", "DAL"): 1, ("LAMP", "NJ1"): 1}


def test_a_part_of_a_split_may_be_what_had_no_price(committed_scene: Build) -> None:
    """The order's only reason is that nobody has both lamps, and yet a price helps."""
    scene = committed_scene(DAL="5.00", NJ1="7.00")
    change(scene, Strategy, most_shipments=2)
    end_cards(scene)
    scene.receive("LAMP", DAL=1, NJ1=1)
    order = scene.place(LAMP=2)
    scene.drain()
    assert scene.reasons(order) == {"out_of_stock"}
    price_again(scene, DAL="5.00", NJ1="7.00")
    assert scene.retry() == 1
    scene.drain()
    assert scene.state(order) == "allocated"


def test_goods_where_the_order_was_rejected_do_not_count(committed_scene: Build) -> None:
    scene = committed_scene(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=2)
    scene.drain()
    reject_order(
        tenant_id=scene.tenant_id,
        order_id=order,
        warehouse_id=scene.warehouse("DAL").pk,
        cause=RejectionCause.SHORT_PICK,
        actor="DAL floor",
        at=NOON,
    )
    scene.drain()
    assert scene.reasons(order) == {"out_of_stock", "rejected_before"}
    add_lane(warehouse=scene.warehouse("DAL"), channel=scene.add_channel("AIR", NJ1="9.00"))
    change(scene, Strategy, most_shipments=2)
    assert scene.retry() == 0


def test_more_capacity_helps_what_found_none(committed_scene: Build) -> None:
    scene = committed_scene(DAL="5.00")
    change(scene, Warehouse, daily_capacity=1)
    scene.receive("LAMP", DAL=5)
    scene.place_many(2, LAMP=1)
    scene.drain()
    late = scene.placed[1]
    assert scene.reasons(late) == {"no_capacity"}
    end_cards(scene)
    assert scene.retry() == 0
    change(scene, Warehouse, daily_capacity=2)
    assert scene.retry() == 1


def test_many_that_cannot_be_helped_are_looked_at_a_few_at_a_time(stuck: Scene) -> None:
    stuck.place_many(4, LAMP=2)
    stuck.receive("LAMP", DAL=1)
    stuck.drain()
    stuck.receive("RUG", DAL=5)
    change(stuck, Strategy, priority=7)
    assert stuck.retry(most_at_once=2) == 1
