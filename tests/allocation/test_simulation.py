"""What-if runs: both sides decide the same orders on stock of their own, and nothing else is changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from allocation.core.strategies import Objective, StrategyDraft, Terms
from allocation.models import Record, SimulationDifference, SimulationRun, SimulationState, StockBasis
from allocation.rules.editing import StatedRule, save_rule
from allocation.simulation import running
from allocation.simulation.errors import SimulationDays, SimulationEmpty, SimulationNotDone, SimulationNotFound
from allocation.simulation.running import run_simulation, run_waiting_simulations
from allocation.simulation.scenarios import NEW, Scenario, scenario_from_document
from allocation.simulation.services import Asked, cancel_simulation, publish_simulation, request_simulation
from allocation.strategies.reading import draft_of, read_drafts
from allocation.sweeps import tenants_with_simulations
from tests.allocation.scene import LATER, Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db
PAST = Asked(since=NOON.date(), until=NOON.date(), stock_basis=StockBasis.BEFORE)
NEAR, FAR = {"lat": 40.7, "lon": -74.0}, {"lat": 32.8, "lon": -96.8}


@pytest.fixture
def scene() -> Scene:
    """Return a scene where DAL is cheap and NJ1 near; four lamps at each, and three orders of one that DAL ships."""
    scene = Scene(DAL="5.00", NJ1="7.00", places={"DAL": FAR, "NJ1": NEAR})
    scene.receive("LAMP", DAL=4, NJ1=4)
    scene.place_many(3, LAMP=1)
    scene.drain()
    return scene


def nearest(scene: Scene) -> Scenario:
    """Return the scene's strategy as it would be with the nearest warehouse for the best."""
    with tenant_scope(tenant_id=scene.tenant_id):
        draft = draft_of(strategy_id=scene.strategy.pk)
    return Scenario(strategies={scene.strategy.pk: replace(draft, terms=Terms(objective=Objective.NEAREST))})


def request(scene: Scene, scenario: Scenario | None = None, asked: Asked = PAST) -> int:
    scenario = scenario or nearest(scene)
    return request_simulation(tenant_id=scene.tenant_id, name="nearest first", author="Li", scenario=scenario, asked=asked, at=NOON)


def result(scene: Scene, run_id: int) -> dict[str, Any]:
    assert run_simulation(tenant_id=scene.tenant_id, run_id=run_id, at=LATER)
    run = run_of(scene, run_id)
    assert run.state == SimulationState.DONE
    assert run.result is not None
    return dict(run.result)


def run_of(scene: Scene, run_id: int) -> SimulationRun:
    with tenant_scope(tenant_id=scene.tenant_id):
        return SimulationRun.objects.get(pk=run_id)


def test_tells_what_the_draft_would_cost_beside_what_is_in_force(scene: Scene) -> None:
    found = result(scene, request(scene))
    assert (found["before"]["served"], found["before"]["cost_minor"]) == (3, 1500)
    assert (found["after"]["served"], found["after"]["cost_minor"]) == (3, 2100)
    assert found["after"]["warehouses"] == {str(scene.warehouse("NJ1").pk): [3, 2100]}
    assert found["differences"] == 3


def test_counts_a_split_order_at_each_warehouse_with_its_part(scene: Scene) -> None:
    scene.place(LAMP=5)
    with tenant_scope(tenant_id=scene.tenant_id):
        draft = draft_of(strategy_id=scene.strategy.pk)
    halves = Scenario(strategies={scene.strategy.pk: replace(draft, terms=Terms(most_shipments=2))})
    found = result(scene, request(scene, halves))
    assert (found["before"]["split"], found["before"]["served"], found["after"]["split"], found["after"]["served"]) == (0, 3, 1, 4)
    dal, nj1 = (str(scene.warehouse(code).pk) for code in ("DAL", "NJ1"))
    assert found["after"]["warehouses"] == {dal: [4, 2000], nj1: [1, 700]}
    assert found["after"]["cost_minor"] == 2700


def test_lists_each_order_that_the_draft_decides_otherwise(scene: Scene) -> None:
    run_id = request(scene)
    result(scene, run_id)
    with tenant_scope(tenant_id=scene.tenant_id):
        rows = SimulationDifference.objects.filter(run_id=run_id).select_related("before_warehouse", "after_warehouse").order_by("order_id")
        told = [(row.order_id, row.before_warehouse.code, row.after_warehouse.code, row.after_cost_minor) for row in rows]
    assert told == [(order, "DAL", "NJ1", 700) for order in scene.placed]


def test_changes_nothing(scene: Scene) -> None:
    held = [scene.held(order) for order in scene.placed]
    result(scene, request(scene))
    assert [scene.held(order) for order in scene.placed] == held
    assert scene.stock("LAMP", "DAL") == (4, 3)
    assert scene.stock("LAMP", "NJ1") == (4, 0)
    with tenant_scope(tenant_id=scene.tenant_id):
        assert Record.objects.count() == 3


def test_stock_as_it_was_gives_the_orders_own_units_back(scene: Scene) -> None:
    now = result(scene, request(scene, asked=replace(PAST, stock_basis=StockBasis.NOW)))
    assert now["before"]["warehouses"] == {str(scene.warehouse("DAL").pk): [1, 500], str(scene.warehouse("NJ1").pk): [2, 1400]}
    was = result(scene, request(scene))
    assert was["before"]["warehouses"] == {str(scene.warehouse("DAL").pk): [3, 1500]}


def test_tries_orders_that_wait(scene: Scene) -> None:
    scene.place(LAMP=1)
    scene.place(LAMP=9)
    scene.drain(most_batches=0)
    found = result(scene, request(scene, asked=Asked()))
    assert (found["before"]["orders"], found["before"]["served"]) == (2, 1)
    assert found["before"]["reasons"] == {"out_of_stock": 1}


def test_each_side_draws_on_stock_of_its_own_across_batches(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BATCH_ORDERS", 1)
    scene.place_many(6, LAMP=1)
    scene.drain()
    found = result(scene, request(scene))
    dal, nj1 = str(scene.warehouse("DAL").pk), str(scene.warehouse("NJ1").pk)
    assert found["before"]["warehouses"] == {dal: [4, 2000], nj1: [4, 2800]}
    assert found["after"]["warehouses"] == {nj1: [4, 2800], dal: [4, 2000]}
    assert (found["before"]["served"], found["after"]["served"]) == (8, 8)


def test_a_new_strategy_can_be_tried_and_published(scene: Scene) -> None:
    draft = StrategyDraft(
        name="near for eBay",
        warehouse_ids=(scene.warehouse("NJ1").pk,),
        channel_ids=(scene.ground.pk,),
        priority=1,
    )
    run_id = request(scene, Scenario(strategies={NEW: draft}))
    result(scene, run_id)
    publish_simulation(tenant_id=scene.tenant_id, run_id=run_id, author="Li", at=LATER)
    with tenant_scope(tenant_id=scene.tenant_id):
        assert {held.name for held in read_drafts().values()} == {scene.strategy.name, "near for eBay"}
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(order) == ("smart", "NJ1", 700)


def test_the_draft_of_the_rules_is_tried_and_published(scene: Scene) -> None:
    stated = StatedRule(
        name="lamps from NJ1",
        condition={"every": True, "parts": [{"field": "platform", "test": "is", "values": ["amazon"]}]},
        action={"act": "pin", "warehouse_ids": [scene.warehouse("NJ1").pk]},
    )
    save_rule(tenant_id=scene.tenant_id, stated=stated, actor="Li", at=NOON)
    run_id = request(scene, Scenario(strategies={}, rules_draft=True))
    found = result(scene, run_id)
    assert found["before"]["modes"] == {"smart": 3}
    assert found["after"]["modes"] == {"rule": 3}
    assert found["after"]["warehouses"] == {str(scene.warehouse("NJ1").pk): [3, 2100]}
    publish_simulation(tenant_id=scene.tenant_id, run_id=run_id, author="Li", at=LATER)
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(order) == ("rule", "NJ1", 700)


def test_publishing_puts_the_draft_in_force(scene: Scene) -> None:
    run_id = request(scene)
    result(scene, run_id)
    publish_simulation(tenant_id=scene.tenant_id, run_id=run_id, author="Li", at=LATER)
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(order) == ("smart", "NJ1", 700)


def test_what_did_not_run_to_its_end_is_not_published(scene: Scene) -> None:
    run_id = request(scene)
    with pytest.raises(SimulationNotDone):
        publish_simulation(tenant_id=scene.tenant_id, run_id=run_id, author="Li", at=LATER)


def test_a_cancelled_run_stops_at_its_next_batch(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = request(scene)
    batches = running._batches

    def cancel_meanwhile(*given: Any, **options: Any) -> Any:
        cancel_simulation(tenant_id=scene.tenant_id, run_id=run_id, at=LATER)
        return batches(*given, **options)

    monkeypatch.setattr(running, "_batches", cancel_meanwhile)
    assert not run_simulation(tenant_id=scene.tenant_id, run_id=run_id, at=LATER)
    assert run_of(scene, run_id).state == SimulationState.CANCELLED
    with pytest.raises(SimulationNotFound):
        cancel_simulation(tenant_id=scene.tenant_id, run_id=run_id, at=LATER)


def test_a_run_is_run_once(scene: Scene) -> None:
    run_id = request(scene)
    result(scene, run_id)
    assert not run_simulation(tenant_id=scene.tenant_id, run_id=run_id, at=LATER)


def test_a_run_that_a_dead_worker_left_is_run_again_from_the_beginning(scene: Scene) -> None:
    run_id = request(scene)
    with tenant_scope(tenant_id=scene.tenant_id):
        SimulationRun.objects.update(state=SimulationState.RUNNING)
        SimulationDifference.objects.create(tenant=scene.tenant, run_id=run_id, order_id=scene.placed[0])
    assert tenants_with_simulations() == (scene.tenant_id,)
    assert run_waiting_simulations(tenant_id=scene.tenant_id, at=LATER) == 0
    assert run_waiting_simulations(tenant_id=scene.tenant_id, at=LATER + running.STALLED_AFTER) == 1
    with tenant_scope(tenant_id=scene.tenant_id):
        assert SimulationDifference.objects.filter(run_id=run_id).count() == 3
    assert tenants_with_simulations() == ()


def test_a_fault_of_ours_ends_the_run_as_failed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = request(scene)
    monkeypatch.setattr(running, "head_and_lines", lambda **given: 1 / 0)
    assert run_simulation(tenant_id=scene.tenant_id, run_id=run_id, at=LATER)
    assert run_of(scene, run_id).state == SimulationState.FAILED


def test_more_differences_than_are_listed_are_still_counted(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MOST_DIFFERENCES", 1)
    run_id = request(scene)
    assert result(scene, run_id)["differences"] == 3
    with tenant_scope(tenant_id=scene.tenant_id):
        assert SimulationDifference.objects.filter(run_id=run_id).count() == 1


def test_what_cannot_be_run_is_refused(scene: Scene) -> None:
    with pytest.raises(SimulationEmpty):
        request(scene, Scenario(strategies={}))
    with pytest.raises(SimulationDays):
        request(scene, asked=Asked(since=date(2026, 3, 2), until=date(2026, 3, 1)))


def test_a_scenario_survives_being_stored(scene: Scene) -> None:
    scenario = nearest(scene)
    assert scenario_from_document(scenario.to_document()) == scenario
