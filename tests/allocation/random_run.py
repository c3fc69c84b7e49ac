"""A company's random days: prices in two currencies with surcharges and fuel, scarce stock, and people who interfere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

from allocation.errors import NothingToUndo, OrderCannotMove, WarehouseCannotServe
from allocation.models import Strategy
from allocation.services import assign_order, cancel_order, undo_assignment
from inventory.models import Warehouse
from tests.allocation.scene import Scene
from tests.world import NOON, add_fuel_rate, add_strategy
from wms.tenancy.scope import tenant_scope

WAREHOUSES = ("DAL", "NJ1", "SAV", "SEA")
PLACES = {
    "DAL": {"postcode": "75201", "lat": 32.79, "lon": -96.80, "handling_per_order_minor": 90, "handling_per_kg_minor": 7},
    "NJ1": {"handling_currency": "CNY", "handling_per_piece_minor": 150},
    "SAV": {"postcode": "31401", "lat": None, "lon": None},
    "SEA": {"postcode": "98101", "lat": 47.61, "lon": -122.33, "priority": 1},
}
SKUS = ("LAMP", "CUP", "BATTERY", "ANVIL")


def random_run(build: Callable[..., Scene], seed: int) -> Scene:
    """Return the scene after three days."""
    rng = Random(seed)
    scene = build(covered=("DAL", "NJ1", "SEA"), places=PLACES, days={"SEA": 5}, **{code: _price(rng) for code in WAREHOUSES})
    _add_channels(scene, rng)
    scene.add_rate(CNY="0.1391")
    scene.default_warehouse("SAV")
    scene.add_sku("LAMP", mass_mg=rng.choice([400_000, 453_592]))
    scene.add_sku("CUP", length_um=300_000, width_um=200_000)
    scene.add_sku("BATTERY", tags=["battery"])
    scene.add_sku("ANVIL", mass_mg=12_000_000)
    _add_rules(scene, rng)
    for _ in range(3):
        _a_day(scene, rng)
    return scene


def _price(rng: Random) -> str:
    return f"{rng.randint(400, 900) / 100:.2f}"


def _add_channels(scene: Scene, rng: Random) -> None:
    surcharges = [
        {"code": "residential", "amounts": "0.35", "when": [{"residential": True}], "fuelable": True},
        {"code": "overweight", "amounts": "4.10", "when": [{"actual_over": "20"}]},
    ]
    air = scene.add_channel("AIR", card={"fuel": True, "surcharges": surcharges}, DAL=_price(rng), SEA=_price(rng), SAV=_price(rng))
    add_fuel_rate(channel=air, percent="18.5")
    no_batteries = [{"name": "battery", "when": [{"tags": ["battery"]}]}]
    yuan = scene.add_channel("YUAN", card={"currency": "CNY", "restrictions": no_batteries}, DAL="38.00", NJ1=f"{rng.randint(30, 60)}.00")
    sea_only = [scene.warehouse("SEA"), scene.warehouse("NJ1")]
    add_strategy(tenant=scene.tenant, name="By air", priority=1, warehouses=sea_only, channels=[air], platforms=["amazon"], active=False)
    add_strategy(
        tenant=scene.tenant, name="All", priority=50, warehouses=sea_only + [scene.warehouse("DAL")], channels=[scene.ground, air, yuan]
    )


def _add_rules(scene: Scene, rng: Random) -> None:
    batteries = {"field": "tag", "test": "any", "values": ["battery"]}
    scene.add_rule("Batteries", batteries, act="restrict", to=["NJ1", "SAV"], unserved=rng.choice(["next_rule", "smart", "exception"]))
    scene.add_rule("Many", {"field": "units", "test": "between", "least": 6}, act="review")
    scene.add_rule("Lamps", {"field": "sku", "test": "all", "values": [scene.sku("LAMP").pk]}, act="forbid", to=["DAL"])


def _a_day(scene: Scene, rng: Random) -> None:
    for sku in SKUS:
        scene.receive(sku, **{code: rng.choice([1, 2, 4]) for code in rng.sample(WAREHOUSES, 2)})
    for _ in range(8):
        promised = rng.choice([None, NOON.date() + timedelta(days=rng.randint(1, 6))])
        scene.place(lines=[(sku, rng.choice([1, 1, 2, 3])) for sku in rng.sample(SKUS, rng.randint(1, 3))], promised=promised)
    if rng.random() < 0.5:
        with tenant_scope(tenant_id=scene.tenant_id):
            Strategy.objects.filter(name="By air").update(active=rng.random() < 0.5)
    _wish(scene, rng)
    scene.drain(batch_orders=rng.choice([1, 3, 1000]))
    for _ in range(5):
        _interfere(scene, rng, scene.placed)
    scene.count(rng.choice(SKUS), **{rng.choice(WAREHOUSES): rng.choice([0, 1])})
    scene.retry()
    scene.drain()


def _wish(scene: Scene, rng: Random) -> None:
    """Let the smart setting wish for something else, and a warehouse ship more or less a day."""
    with tenant_scope(tenant_id=scene.tenant_id):
        Strategy.objects.filter(name="Smart").update(
            objective=rng.choice(["cost", "nearest", "fastest", "weighted"]),
            late_day_price_minor=rng.choice([0, 70]),
            most_distance_m=rng.choice([None, None, 3_000_000]),
            most_over_cheapest_minor=rng.choice([None, None, 100]),
            promise_is_hard=rng.random() < 0.3,
            keep_back_units=rng.choice([0, 0, 1]),
        )
        Warehouse.objects.filter(code="SEA").update(daily_capacity=rng.choice([None, 2, 5]), cutoff_time=rng.choice([None, "11:00"]))


def _interfere(scene: Scene, rng: Random, orders: Sequence[int]) -> None:
    order = rng.choice(orders)
    named: dict[str, Any] = {"tenant_id": scene.tenant_id, "order_id": order, "actor": "Li", "at": NOON}
    deeds: list[Callable[[], int]] = [
        lambda: assign_order(**named, warehouse_id=scene.warehouse(rng.choice(WAREHOUSES)).pk),
        lambda: assign_order(**named, warehouse_id=scene.warehouse("DAL").pk, channel_id=scene.ground.pk),
        lambda: undo_assignment(**named),
        lambda: assign_order(**named, warehouse_id=scene.warehouse("SAV").pk) and undo_assignment(**named),
        lambda: cancel_order(**named),
    ]
    with suppress(WarehouseCannotServe, NothingToUndo, OrderCannotMove):
        rng.choice(deeds)()
