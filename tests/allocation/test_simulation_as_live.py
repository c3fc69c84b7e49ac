"""A what-if run of the settings in force decides what the batch runner decided: stock, daily capacity and contention all count."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from allocation.core.strategies import Objective
from allocation.models import SimulationDifference, StockBasis, Strategy
from allocation.runner import drain_tenant
from allocation.services.joint_settings import set_joint_threshold
from allocation.simulation import running
from allocation.simulation.running import run_simulation
from allocation.simulation.scenarios import Scenario
from allocation.simulation.services import Asked, request_simulation
from allocation.strategies.reading import draft_of
from carriers.models import Channel
from inventory.models import Warehouse
from tests.allocation.scene import LATER, Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db
type Choice = tuple[str | None, int | None]

PRICES: dict[str, Any] = {"DAL": "5.00", "NJ1": "7.00", "SEA": "20.00"}


@pytest.fixture
def scene() -> Scene:
    """Return a scene of three warehouses; AIR, which no strategy in force names, costs 1.00 more from each."""
    scene = Scene(places={"DAL": {"lat": 32.8, "lon": -96.8}, "NJ1": {"lat": 40.7, "lon": -74.0}}, **PRICES)
    scene.add_channel("AIR", DAL="6.00", NJ1="8.00", SEA="21.00")
    return scene


def as_simulated(scene: Scene, basis: StockBasis = StockBasis.BEFORE) -> dict[int, Choice]:
    """Return (warehouse, cost) of each order as a run decides it by what is in force, beside a draft by AIR that changes every price."""
    with tenant_scope(tenant_id=scene.tenant_id):
        draft = draft_of(strategy_id=scene.strategy.pk)
        air = Channel.objects.get(code="AIR").pk
    scenario = Scenario(strategies={scene.strategy.pk: replace(draft, channel_ids=(air,))})
    asked = Asked(since=NOON.date(), until=NOON.date(), stock_basis=basis)
    run_id = request_simulation(tenant_id=scene.tenant_id, name="air", author="Li", scenario=scenario, asked=asked, at=NOON)
    assert run_simulation(tenant_id=scene.tenant_id, run_id=run_id, at=LATER)
    with tenant_scope(tenant_id=scene.tenant_id):
        rows = SimulationDifference.objects.filter(run_id=run_id).select_related("before_warehouse")
        found: dict[int, Choice] = dict.fromkeys(scene.placed, (None, None))
        return found | {row.order_id: (row.before_warehouse and row.before_warehouse.code, row.before_cost_minor) for row in rows}


def as_decided(scene: Scene) -> dict[int, Choice]:
    return {order: scene.decision(order)[1:] for order in scene.placed}


def limit(scene: Scene, code: str, **fields: Any) -> None:
    with tenant_scope(tenant_id=scene.tenant_id):
        Warehouse.objects.filter(pk=scene.warehouse(code).pk).update(**fields)


def test_a_warehouse_s_day_is_as_full_as_it_was(scene: Scene) -> None:
    limit(scene, "DAL", daily_capacity=2)
    scene.receive("LAMP", DAL=9, NJ1=9)
    scene.place_many(3, LAMP=1)
    scene.drain()
    assert [choice[0] for choice in as_decided(scene).values()] == ["DAL", "DAL", "NJ1"]
    assert as_simulated(scene) == as_decided(scene)


def test_lines_are_counted_across_batches(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BATCH_ORDERS", 1)
    limit(scene, "DAL", daily_lines=3)
    scene.receive("LAMP", DAL=9, NJ1=9)
    scene.receive("CUP", DAL=9, NJ1=9)
    scene.place(LAMP=1, CUP=2), scene.place(LAMP=1, CUP=1), scene.place(LAMP=4)
    scene.drain()
    assert [choice[0] for choice in as_decided(scene).values()] == ["DAL", "NJ1", "DAL"]
    assert as_simulated(scene) == as_decided(scene)


def test_what_others_gave_the_day_to_ship_stays(scene: Scene) -> None:
    limit(scene, "DAL", daily_capacity=2)
    scene.receive("LAMP", DAL=9, NJ1=9)
    scene.place_many(3, LAMP=1)
    scene.drain()
    assert {choice[0] for choice in as_simulated(scene, StockBasis.NOW).values()} == {"NJ1"}


def test_orders_that_want_the_same_units_are_decided_together(scene: Scene) -> None:
    set_joint_threshold(tenant_id=scene.tenant_id, from_orders=1)
    scene.receive("LAMP", DAL=1, NJ1=5)
    scene.receive("SHADE", DAL=5)
    scene.place(LAMP=1), scene.place(LAMP=1, SHADE=1)
    scene.drain()
    assert list(as_decided(scene).values()) == [("NJ1", 700), ("DAL", 500)]
    assert as_simulated(scene) == as_decided(scene)


def test_so_are_orders_for_the_nearest_warehouse(scene: Scene) -> None:
    set_joint_threshold(tenant_id=scene.tenant_id, from_orders=1)
    with tenant_scope(tenant_id=scene.tenant_id):
        Strategy.objects.update(objective=Objective.NEAREST)
    scene.receive("LAMP", DAL=5, NJ1=1)
    scene.receive("SHADE", NJ1=5)
    scene.place(LAMP=1), scene.place(LAMP=1, SHADE=1)
    scene.drain()
    assert list(as_decided(scene).values()) == [("DAL", 500), ("NJ1", 700)]
    assert as_simulated(scene) == as_decided(scene)


def test_and_first_come_first_served_where_the_company_says_so(scene: Scene) -> None:
    set_joint_threshold(tenant_id=scene.tenant_id, from_orders=None)
    scene.receive("LAMP", DAL=1, NJ1=5)
    scene.receive("SHADE", DAL=5)
    scene.place(LAMP=1), scene.place(LAMP=1, SHADE=1)
    scene.drain()
    assert list(as_decided(scene).values()) == [("DAL", 500), (None, None)]
    assert as_simulated(scene) == as_decided(scene)


@pytest.mark.parametrize("seed", range(3))
def test_so_do_many_contended_orders_in_batches_with_full_days(scene: Scene, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    random, articles = Random(seed), ("LAMP", "SHADE", "CUP", "RUG")
    set_joint_threshold(tenant_id=scene.tenant_id, from_orders=1)
    limit(scene, "DAL", daily_capacity=14)
    limit(scene, "NJ1", daily_capacity=30, daily_lines=25)
    for article in articles:
        scene.receive(article, **{code: random.randrange(4, 12) for code in PRICES})
    for _ in range(60):
        asked = random.sample(articles, random.choice((1, 1, 2, 3)))
        scene.place(lines=[(article, random.choice((1, 1, 2))) for article in asked])
    drain_tenant(tenant_id=scene.tenant_id, at=NOON, batch_orders=20)
    monkeypatch.setattr(running, "BATCH_ORDERS", 20)
    assert len(set(as_decided(scene).values())) == 4
    assert as_simulated(scene) == as_decided(scene)
