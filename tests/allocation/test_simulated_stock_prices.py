"""A what-if run tries prices of scarce stock, or goes without them, before the company does."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from allocation.errors import StockPriceDaysOdd
from allocation.models import SimulationRun, StockBasis
from allocation.services.joint_settings import set_joint_threshold
from allocation.services.pricing_stock import set_stock_price_days
from allocation.simulation.running import run_simulation
from allocation.simulation.scenarios import Scenario
from allocation.simulation.services import Asked, publish_simulation, request_simulation
from orders.services import place_orders
from tests.allocation.scene import LATER, Scene
from tests.world import NOON
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db
PAST = Asked(since=NOON.date(), until=NOON.date(), stock_basis=StockBasis.BEFORE)


@pytest.fixture
def scene() -> Scene:
    """Return a scene where yesterday three orders wanted a lamp and a shade of NEAR, and today one the last lamp there."""
    scene = Scene(NEAR="5.00", FAR="7.00")
    scene.receive("LAMP", NEAR=4, FAR=5)
    scene.receive("SHADE", NEAR=9)
    orders = [scene.new_order(lines=[("LAMP", 1), ("SHADE", 1)]) for _ in range(3)]
    place_orders(tenant_id=scene.tenant_id, orders=orders, at=NOON - timedelta(days=1))
    scene.drain()
    assert scene.stock("LAMP", "NEAR") == (4, 3)
    return scene


def run(scene: Scene, days: int, asked: Asked = PAST) -> int:
    scenario = Scenario(strategies={}, stock_price_days=days)
    run_id = request_simulation(tenant_id=scene.tenant_id, name="prices", author="Li", scenario=scenario, asked=asked, at=NOON)
    assert run_simulation(tenant_id=scene.tenant_id, run_id=run_id, at=LATER)
    return run_id


def served(scene: Scene, run_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (orders, cost) by warehouse of both sides."""
    with tenant_scope(tenant_id=scene.tenant_id):
        result = SimulationRun.objects.get(pk=run_id).result
    assert result is not None
    codes = {str(warehouse.pk): code for code, warehouse in scene.warehouses.items()}
    before, after = ({codes[key]: load for key, load in result[side]["warehouses"].items()} for side in ("before", "after"))
    return before, after


def days_in_force(scene: Scene) -> int | None:
    with tenant_scope(tenant_id=scene.tenant_id):
        return Tenant.objects.get(pk=scene.tenant_id).stock_price_days


def test_yesterday_s_orders_price_what_today_s_takes(scene: Scene) -> None:
    scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(scene.placed[0]) == ("smart", "NEAR", 500)
    assert served(scene, run(scene, days=7)) == ({"NEAR": [1, 500]}, {"FAR": [1, 700]})


def test_the_day_s_own_orders_have_no_part_in_its_prices() -> None:
    """Nobody knew, when the first one was decided, that three more would want what NEAR has only two of."""
    scene = Scene(NEAR="5.00", FAR="7.00")
    set_joint_threshold(tenant_id=scene.tenant_id, from_orders=None)
    scene.receive("LAMP", NEAR=2, FAR=5)
    scene.receive("SHADE", NEAR=9)
    scene.place(LAMP=1)
    scene.place_many(3, LAMP=1, SHADE=1)
    scene.drain()
    assert served(scene, run(scene, days=7)) == ({"NEAR": [2, 1000]}, {"NEAR": [2, 1000]})


def test_orders_that_wait_are_priced_by_all_that_came(scene: Scene) -> None:
    scene.place(LAMP=1)
    assert served(scene, run(scene, days=7, asked=Asked())) == ({"NEAR": [1, 500]}, {"FAR": [1, 700]})


def test_going_without_is_tried_where_they_are_in_force(scene: Scene) -> None:
    set_stock_price_days(tenant_id=scene.tenant_id, days=7)
    scene.place(LAMP=1)
    assert served(scene, run(scene, days=0, asked=Asked())) == ({"FAR": [1, 700]}, {"NEAR": [1, 500]})


def test_what_was_tried_is_put_in_force(scene: Scene) -> None:
    for days, kept in ((7, 7), (0, None)):
        publish_simulation(tenant_id=scene.tenant_id, run_id=run(scene, days=days), author="Li", at=LATER)
        assert days_in_force(scene) == kept


def test_odd_days_are_refused(scene: Scene) -> None:
    for days in (-1, 91):
        with pytest.raises(StockPriceDaysOdd):
            run(scene, days=days)


def test_from_a_terminal(scene: Scene) -> None:
    scene.place(LAMP=1)
    asked, out = ("simulations", "--tenant", scene.tenant.code), StringIO()
    call_command(*asked, "run", "prices", "--stock-price-days", "7", stdout=out)
    assert "decided otherwise" in out.getvalue()
    with pytest.raises(CommandError, match="1 to 90 days, not of 91"):
        call_command(*asked, "run", "prices", "--stock-price-days", "91")
