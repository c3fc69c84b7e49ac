"""Rules decide real orders: before smart allocation, within their dates, and so that a record can be replayed for ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from allocation.core.types import Mode
from allocation.models import Hand, OrderInHand, Record, SettingsVersion
from allocation.replay import replay_record
from allocation.rules.editing import set_rule_enabled
from allocation.rules.publishing import publish_rules
from allocation.services import resume_order
from inventory.models import Sku
from tests.allocation.scene import Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]

AMAZON = {"field": "platform", "test": "is", "values": ["amazon"]}


def replays(scene: Scene) -> bool:
    with tenant_scope(tenant_id=scene.tenant_id):
        return all(replay_record(record).same for record in Record.objects.all())


@pytest.fixture
def scene(build: Build) -> Scene:
    """Dallas is the cheapest and New Jersey the dearest; both have lamps, Seattle has none."""
    scene = build(DAL="5.00", NJ1="7.00", SEA="1.00", covered=("DAL", "NJ1"))
    scene.receive("LAMP", DAL=5, NJ1=5)
    return scene


def test_a_rule_pins_what_smart_allocation_would_ship_cheaper(scene: Scene) -> None:
    scene.add_rule("Amazon from New Jersey", AMAZON, to=["NJ1"])
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(order) == ("rule", "NJ1", 700)
    assert scene.held(order) == {("LAMP", "NJ1"): 1}
    assert replays(scene)
    assert scene.faults() == []


def test_a_rule_may_open_a_warehouse_that_no_strategy_names(scene: Scene) -> None:
    scene.receive("LAMP", SEA=5)
    scene.add_rule("Seattle", AMAZON, to=["SEA"])
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(order) == ("rule", "SEA", 100)


def test_a_rule_that_forbids_leaves_the_rest_of_the_strategy(scene: Scene) -> None:
    scene.receive("LAMP", SEA=5)
    scene.add_rule("Not Dallas", AMAZON, act="forbid", to=["DAL"], unserved="exception")
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(order) == ("rule", "NJ1", 700)


@pytest.mark.parametrize(
    ("unserved", "decision", "reasons"),
    [
        ("smart", ("smart", "DAL", 500), None),
        ("exception", ("exception", None, None), {"out_of_stock", "ruled_out"}),
        ("next_rule", ("rule", "NJ1", 700), None),
    ],
)
def test_what_a_rule_cannot_serve_goes_where_the_rule_says(scene: Scene, unserved: str, decision: object, reasons: object) -> None:
    scene.add_rule("Seattle first", AMAZON, to=["SEA"], unserved=unserved)
    if unserved == "next_rule":
        scene.add_rule("then New Jersey", AMAZON, to=["NJ1"])
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(order) == decision
    assert scene.reasons(order) == reasons
    assert replays(scene)


def test_the_first_rule_that_matches_decides(scene: Scene) -> None:
    scene.add_rule("Temu", {**AMAZON, "values": ["temu"]}, to=["DAL"])
    scene.add_rule("Amazon", AMAZON, to=["NJ1"])
    scene.add_rule("Never asked", AMAZON, to=["DAL"])
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(order) == ("rule", "NJ1", 700)


def test_a_rule_decides_on_its_days_only(scene: Scene) -> None:
    today = NOON.date()
    scene.add_rule("From tomorrow", AMAZON, to=["NJ1"], effective_from=today + timedelta(days=1))
    first = scene.place(LAMP=1)
    scene.drain()
    second = scene.place(LAMP=1)
    scene.drain(at=NOON + timedelta(days=1))
    assert scene.decision(first) == ("smart", "DAL", 500)
    assert scene.decision(second) == ("rule", "NJ1", 700)


def test_a_record_replays_after_the_goods_have_got_other_tags(scene: Scene) -> None:
    scene.add_sku("CELL", tags=["battery"], category="Power")
    scene.receive("CELL", DAL=5, NJ1=5)
    scene.add_rule(
        "Batteries",
        {"field": "tag", "test": "any", "values": ["battery"]},
        {"field": "category", "test": "all", "values": ["power"]},
        {"field": "weight", "test": "between", "most": 2_000_000},
        to=["NJ1"],
    )
    tagged, plain = scene.place(CELL=1), scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(tagged) == ("rule", "NJ1", 700)
    assert scene.decision(plain) == ("smart", "DAL", 500)
    with tenant_scope(tenant_id=scene.tenant_id):
        Sku.objects.update(tags=["battery"], category="Power")
        Sku.objects.filter(code="CELL").update(tags=[], category="", mass_mg=9_000_000)
    assert replays(scene)


def test_every_trait_of_an_order_can_be_asked_about(scene: Scene) -> None:
    conditions = (
        AMAZON,
        {"field": "seller", "test": "is", "values": [scene.seller.pk]},
        {"field": "store", "test": "is", "values": [scene.store.pk]},
        {"field": "country", "test": "is", "values": ["US"]},
        {"field": "state", "test": "is", "within": "US", "values": ["NY"]},
        {"field": "postcode", "test": "is", "within": "US", "values": ["100*"]},
        {"field": "service_level", "test": "is_not", "values": ["express"]},
        {"field": "sku", "test": "all", "values": [scene.sku("LAMP").pk]},
        {"field": "tag", "test": "none", "values": ["battery"]},
        {"field": "units", "test": "between", "least": 2, "most": 2},
        {"field": "weight", "test": "between", "least": 2_000_000, "most": 2_000_000},
        {"field": "value", "test": "between", "within": "USD", "most": 0},
        {"field": "placed", "test": "between", "least": int(NOON.timestamp()), "most": int(NOON.timestamp())},
        {"field": "week_time", "test": "between", "within": "UTC", "values": [0], "least": 720, "most": 720},
    )
    scene.add_rule("Everything", *conditions, to=["NJ1"])
    two, one = scene.place(LAMP=2), scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(two) == ("rule", "NJ1", 700)
    assert scene.decision(one) == ("smart", "DAL", 500)
    assert replays(scene)


def test_a_rule_sends_an_order_to_review_once(scene: Scene) -> None:
    scene.add_rule("Look at it", AMAZON, act="review")
    order = scene.place(LAMP=1)

    drained = scene.drain()

    assert (drained.allocated, drained.exceptions, drained.reviews) == (0, 0, 1)
    assert scene.state(order) == "review"
    assert scene.decision(order) == ("review", None, None)
    assert scene.reasons(order) is None
    assert scene.held(order) == {}
    with tenant_scope(tenant_id=scene.tenant_id):
        assert OrderInHand.objects.values_list("kind", "person", "reason").get() == (Hand.HELD, "", "Look at it")
    resume_order(tenant_id=scene.tenant_id, order_id=order, actor="Li", at=NOON)
    scene.drain()
    assert scene.decision(order) == ("smart", "DAL", 500)
    assert replays(scene)
    assert scene.faults() == []


def test_exceptions_are_tried_again_when_rules_are_published(committed_scene: Build) -> None:
    scene = committed_scene(DAL="5.00", SEA="1.00")
    scene.receive("LAMP", DAL=5)
    key = scene.add_rule("Seattle only", AMAZON, to=["SEA"], unserved="exception")
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.state(order) == "exception"
    assert scene.retry() == 0
    set_rule_enabled(tenant_id=scene.tenant_id, key=key, enabled=False, actor="Li", at=NOON)
    assert scene.retry() == 0
    publish_rules(tenant_id=scene.tenant_id, comment="", actor="Li", at=NOON)
    assert scene.retry() == 1
    scene.drain()
    assert scene.decision(order) == ("smart", "DAL", 500)


def test_a_record_names_the_version_of_the_rules_that_it_was_decided_by(scene: Scene) -> None:
    scene.add_rule("New Jersey", AMAZON, to=["NJ1"])
    order = scene.place(LAMP=1)
    scene.drain()
    record = scene.records(order)[-1]
    with tenant_scope(tenant_id=scene.tenant_id):
        document = SettingsVersion.objects.get(pk=record.settings_version_id).document
    assert [rule["name"] for rule in document["rules"]] == ["New Jersey"]
    assert record.mode == Mode.RULE
    scene.add_rule("Dallas", AMAZON, to=["DAL"])
    assert replays(scene)
