"""Lists of areas decide with the prices, and a record's prices stay those of the list that it was decided by."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from allocation.explain import explain_record
from allocation.models import SettingsVersion, StrategyChannel
from allocation.replay import replay_record
from carriers.services import publish_area_list
from tests.allocation.scene import Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

# A dollar on what Dallas sends to the areas of the list.
FAR_FROM_DALLAS = {"code": "remote", "amounts": "1.00", "when": [{"area": {"list": "far away"}, "zones": ["DAL"]}]}


@pytest.fixture
def scene(build: Any) -> Scene:
    """Return a company that ships for 9.00 by one channel, and by another for 5.00 from Dallas or 5.50 from New Jersey."""
    scene: Scene = build(DAL="9.00", NJ1="9.00")
    economy = scene.add_channel("ECONOMY", card={"surcharges": [FAR_FROM_DALLAS]}, DAL="5.00", NJ1="5.50")
    with tenant_scope(tenant_id=scene.tenant_id):
        StrategyChannel.objects.create(tenant=scene.tenant, strategy=scene.strategy, channel=economy)
    scene.receive("LAMP", DAL=9, NJ1=9)
    return scene


def publish(scene: Scene, *postcodes: str, since: date = date(2026, 1, 1)) -> int:
    document = {"code": "far away", "entries": [{"country": "US", "postcodes": list(postcodes)}]}
    return publish_area_list(
        tenant_id=scene.tenant_id, carrier_id=scene.carrier.pk, document=document, effective_from=since, at=NOON
    ).version_id


def decide(scene: Scene) -> int:
    order = scene.place(LAMP=1)
    scene.drain()
    return order


def test_without_its_list_a_card_has_no_price(scene: Scene) -> None:
    order = decide(scene)
    assert scene.decision(order) == ("smart", "DAL", 900)
    with tenant_scope(tenant_id=scene.tenant_id):
        told = explain_record(scene.records(order)[0])
    assert {channel.code: channel.rejection for channel in told.warehouses[0].channels} == {"GROUND": None, "ECONOMY": "no_area_list"}


def test_the_list_in_force_decides(scene: Scene) -> None:
    publish(scene, "100")
    assert scene.decision(decide(scene)) == ("smart", "NJ1", 550)
    publish(scene, "995")
    assert scene.decision(decide(scene)) == ("smart", "DAL", 500)
    publish(scene, "10001", since=date(2026, 3, 3))
    assert scene.decision(decide(scene)) == ("smart", "DAL", 500)


def test_a_record_keeps_the_list_that_it_was_decided_by(scene: Scene) -> None:
    first_list = publish(scene, "100")
    order = decide(scene)
    publish(scene, "995")
    later = decide(scene)
    with tenant_scope(tenant_id=scene.tenant_id):
        first, second = scene.records(order)[0], scene.records(later)[0]
        assert (replay_record(first).differences, replay_record(second).differences) == ((), ())
        dallas = next(each for each in explain_record(first).warehouses if each.code == "DAL")
        economy = next(each for each in dallas.channels if each.code == "ECONOMY")
        assert [(line.code, line.amount_minor) for line in economy.lines] == [("base", 500), ("remote", 100)]
        named = SettingsVersion.objects.get(pk=first.settings_version_id).document["channels"]
        assert {tuple(pair) for channel in named for pair in channel["area_list_ids"]} == {("far away", first_list)}


def test_the_same_list_again_is_nothing_new(scene: Scene) -> None:
    assert publish(scene, "100") == publish(scene, "100")
