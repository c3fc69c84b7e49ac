"""Strategies are saved in versions; what could not work is refused with the sentence that says what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from allocation.core.strategies import DEFAULT_WAREHOUSE, EXCEPTION, Objective, Scope, StrategyDraft, TagRestriction, Terms
from allocation.models import Strategy, StrategyVersion
from allocation.selectors import read_settings
from allocation.strategies import draft_of, overlaps_of, restore_strategy, save_strategy, set_strategy_active, strategy_versions
from allocation.strategies.errors import StrategyChanged, StrategyNotFound, StrategyVersionUnknown
from allocation.strategies.saving import SavedStrategy
from tests.allocation.scene import Scene
from tests.world import NOON
from wms.errors import DomainError
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]

EVERYTHING = Terms(
    objective=Objective.WEIGHTED,
    late_day_price_minor=120,
    split_price_minor=80,
    most_shipments=2,
    least_split_value_minor=500,
    most_distance_m=900_000,
    most_over_cheapest_minor=150,
    promise_is_hard=True,
    same_day=True,
    live_fallback=False,
    keep_back_units=3,
    restrictions=(TagRestriction(tag="battery", warehouse_id=1, channel_id=None),),
)


@pytest.fixture
def scene(build: Build) -> Scene:
    return build(DAL="5.00", NJ1="7.00")


def draft(scene: Scene, **fields: Any) -> StrategyDraft:
    """Return a draft over all warehouses by GROUND, but for the fields."""
    plain = {
        "name": "Fast",
        "warehouse_ids": tuple(sorted(warehouse.pk for warehouse in scene.warehouses.values())),
        "channel_ids": (scene.ground.pk,),
    }
    return StrategyDraft(**{**plain, **fields})


def save(scene: Scene, written: StrategyDraft, **options: Any) -> SavedStrategy:
    return save_strategy(tenant_id=scene.tenant_id, draft=written, author="Li", at=NOON, **options)


def everything(scene: Scene) -> StrategyDraft:
    """Return a draft that states every field."""
    ban = replace(EVERYTHING.restrictions[0], warehouse_id=scene.warehouse("DAL").pk)
    return draft(
        scene,
        scope=Scope(store_ids=(scene.store.pk,), seller_ids=(scene.seller.pk,), platforms=("amazon",), countries=("US",)),
        terms=replace(EVERYTHING, restrictions=(ban,)),
        fallbacks=(scene.strategy.pk, DEFAULT_WAREHOUSE, EXCEPTION),
        priority=7,
    )


def test_what_is_saved_is_in_force_and_read_back_as_it_was_written(scene: Scene) -> None:
    written = everything(scene)
    saved = save(scene, written, comment="peak season")
    with tenant_scope(tenant_id=scene.tenant_id):
        assert draft_of(strategy_id=saved.strategy_id) == written
        in_force = read_settings(tenant=scene.tenant, ship_date=NOON.date()).strategies[0]
        assert in_force == written.in_force(strategy_id=saved.strategy_id, version=1)
        (version,) = strategy_versions(strategy_id=saved.strategy_id)
    assert (version.number, version.author, version.comment, version.saved_at) == (1, "Li", "peak season", NOON)


def test_each_save_is_a_version_and_an_earlier_one_can_be_restored(scene: Scene) -> None:
    first = save(scene, everything(scene))
    second = save(scene, draft(scene, name="Cheap"), strategy_id=first.strategy_id)
    assert (second.strategy_id, second.version) == (first.strategy_id, 2)
    third = restore_strategy(tenant_id=scene.tenant_id, strategy_id=first.strategy_id, number=1, author="Wu", at=NOON)
    with tenant_scope(tenant_id=scene.tenant_id):
        assert draft_of(strategy_id=first.strategy_id) == everything(scene)
        numbers = [(version.number, version.author) for version in strategy_versions(strategy_id=first.strategy_id)]
    assert (third.version, numbers) == (3, [(3, "Wu"), (2, "Li"), (1, "Li")])


def test_switching_one_off_is_a_version_too(scene: Scene) -> None:
    saved = save(scene, draft(scene))
    off = set_strategy_active(tenant_id=scene.tenant_id, strategy_id=saved.strategy_id, active=False, author="Li", at=NOON)
    with tenant_scope(tenant_id=scene.tenant_id):
        strategies = read_settings(tenant=scene.tenant, ship_date=NOON.date()).strategies
    assert off.version == 2
    assert [strategy.name for strategy in strategies] == ["Smart"]


def test_who_saves_over_a_version_that_he_has_not_seen_is_told(scene: Scene) -> None:
    saved = save(scene, draft(scene))
    save(scene, draft(scene, priority=1), strategy_id=saved.strategy_id, expected_version=1)
    with pytest.raises(StrategyChanged, match="at version 2"):
        save(scene, draft(scene, priority=2), strategy_id=saved.strategy_id, expected_version=1)


def refused(scene: Scene) -> list[tuple[StrategyDraft, str]]:
    smart, dallas = scene.strategy.pk, scene.warehouse("DAL").pk
    far = scene.add_channel("SLOW", NJ1="1.00")
    return [
        (draft(scene, name=" "), "has no name"),
        (draft(scene, name="Smart"), "There is a setting “Smart” already"),
        (draft(scene, warehouse_ids=()), "“Fast” names no warehouse: choose at least one"),
        (draft(scene, channel_ids=()), "“Fast” names no channel: choose at least one"),
        (draft(scene, warehouse_ids=(dallas, 999_999)), "names what is not there: warehouse 999999"),
        (draft(scene, channel_ids=(999_999,)), "channel 999999"),
        (draft(scene, scope=Scope(seller_ids=(999_999,))), "seller 999999"),
        (draft(scene, scope=Scope(store_ids=(999_999,))), "store 999999"),
        (draft(scene, scope=Scope(countries=("usa",))), "“usa” is no country's code"),
        (draft(scene, warehouse_ids=(dallas,), channel_ids=(far.pk,)), "could never ship"),
        (draft(scene, fallbacks=(999_999,)), "smart allocation setting 999999"),
        (draft(scene, fallbacks=(EXCEPTION, smart)), "put “exception” last"),
        (draft(scene, fallbacks=(smart, smart)), "each step only once"),
        (draft(scene, terms=Terms(objective=Objective.WEIGHTED)), "set a price for one of them"),
        (draft(scene, terms=Terms(most_shipments=0)), "most shipments of an order: 0 is not between 1 and 8"),
        (draft(scene, terms=Terms(most_distance_m=-1)), "most distance, in metres: -1"),
        (draft(scene, terms=Terms(restrictions=(TagRestriction(tag="battery"),))), "needs a tag, and a warehouse or a channel"),
        (draft(scene, terms=Terms(restrictions=(TagRestriction(tag="x", channel_id=999_999),))), "channel 999999"),
    ]


def test_what_could_not_work_is_refused_with_what_to_do_and_nothing_is_saved(scene: Scene) -> None:
    for written, sentence in refused(scene):
        with pytest.raises(DomainError) as caught:
            save(scene, written)
        assert sentence in str(caught.value)
    with tenant_scope(tenant_id=scene.tenant_id):
        assert [row.name for row in Strategy.objects.all()] == ["Smart"]
        assert not StrategyVersion.objects.exists()


def test_fallbacks_in_a_circle_are_refused_with_the_circle(scene: Scene) -> None:
    first = save(scene, draft(scene, name="A", fallbacks=(scene.strategy.pk,)))
    second = save(scene, draft(scene, name="B", fallbacks=(first.strategy_id,)))
    with pytest.raises(DomainError, match="run in a circle: A → B → A"):
        save(scene, draft(scene, name="A", fallbacks=(second.strategy_id,)), strategy_id=first.strategy_id)
    with pytest.raises(DomainError, match="run in a circle: B → B"):
        save(scene, draft(scene, name="B", fallbacks=(second.strategy_id,)), strategy_id=second.strategy_id)


def test_an_overlap_with_one_as_specific_is_reported_and_saved(scene: Scene) -> None:
    all_orders = save(scene, draft(scene))
    assert all_orders.overlaps == ("Smart",)
    amazon = save(scene, draft(scene, name="Amazon", scope=Scope(platforms=("amazon", "temu"))))
    temu = save(scene, draft(scene, name="Temu", scope=Scope(platforms=("temu",))))
    ebay = save(scene, draft(scene, name="eBay", scope=Scope(platforms=("ebay",))))
    assert (amazon.overlaps, temu.overlaps, ebay.overlaps) == ((), ("Amazon",), ())
    with tenant_scope(tenant_id=scene.tenant_id):
        assert overlaps_of(strategy_id=amazon.strategy_id) == ("Temu",)


def test_a_strategy_or_version_that_is_not_there_is_named(scene: Scene) -> None:
    with pytest.raises(StrategyNotFound, match="no smart allocation setting 999999"):
        save(scene, draft(scene), strategy_id=999_999)
    with pytest.raises(StrategyVersionUnknown, match="“Smart” has no version 4"):
        restore_strategy(tenant_id=scene.tenant_id, strategy_id=scene.strategy.pk, number=4, author="Li", at=NOON)


def test_the_most_specific_strategy_decides_whatever_its_priority(scene: Scene) -> None:
    for name, scope, priority in (
        ("everything", Scope(), 1),
        ("country", Scope(countries=("US",)), 2),
        ("platform", Scope(platforms=("amazon",)), 3),
        ("seller", Scope(seller_ids=(scene.seller.pk,)), 4),
        ("store", Scope(store_ids=(scene.store.pk,)), 5),
    ):
        save(scene, draft(scene, name=name, scope=scope, priority=priority))
    with tenant_scope(tenant_id=scene.tenant_id):
        strategies = read_settings(tenant=scene.tenant, ship_date=NOON.date()).strategies
    assert [strategy.name for strategy in strategies] == ["store", "seller", "platform", "country", "everything", "Smart"]
