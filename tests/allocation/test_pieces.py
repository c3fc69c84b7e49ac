"""Orders that ship in several parcels, from the claim to what people do to them afterwards.

A lamp weighs 1 kg, a kayak 24 kg and ships alone. DAL ships a parcel up to 2 kg for 5.00, up to 10 kg for 9.00, up to 30 kg for
20.00, NJ1 for 1.00 more; by a channel that no strategy names any parcel costs 90.00.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from allocation.candidates import candidates_of
from allocation.core.live import LiveCause
from allocation.core.packing import unpack_record
from allocation.estimates import Estimator
from allocation.explain import explain_record
from allocation.facts import facts_of
from allocation.models import Record, Shipment, SimulationDifference, Strategy
from allocation.replay import replay_record
from allocation.services import HandPart, assign_order, cancel_order, split_order, undo_assignment
from allocation.services.joint_settings import set_joint_threshold
from allocation.simulation.running import run_simulation
from allocation.simulation.scenarios import Scenario
from allocation.simulation.services import Asked, request_simulation
from allocation.strategies.reading import draft_of
from carriers.tiers import save_seller_tier
from inventory.models import Sku, Warehouse
from tests.allocation.live_scene import LiveScene
from tests.allocation.scene import LATER, Scene
from tests.carriers.live.stub_server import StubServer
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]

RATES = [
    {"not_over": "2", "amounts": ["5.00", "6.00"]},
    {"not_over": "10", "amounts": ["9.00", "10.00"]},
    {"not_over": "30", "amounts": ["20.00", "21.00"]},
]


def by_weight(build: Build, **card: Any) -> Scene:
    """Return a scene whose channel takes parcels by weight; DAL and NJ1 hold nine lamps and nine kayaks each."""
    scene = build(DAL="90.00", NJ1="90.00")
    channel = scene.add_channel("WEIGHT", card={"code": "by-weight", "rates": RATES, **card}, DAL="0", NJ1="0")
    with tenant_scope(tenant_id=scene.tenant_id):
        scene.strategy.channels.update(channel=channel)
    scene.add_sku("KAYAK", mass_mg=24_000_000, length_um=3_000_000, width_um=800_000, height_um=400_000, ships_alone=True)
    scene.receive("LAMP", DAL=9, NJ1=9)
    scene.receive("KAYAK", DAL=9, NJ1=9)
    return scene


@pytest.fixture
def scene(build: Build) -> Scene:
    return by_weight(build)


@pytest.fixture
def stub(settings: Any) -> Iterator[StubServer]:
    with StubServer() as server:
        settings.LIVE_QUOTE_HOSTS = [server.host]
        yield server


def shipped(scene: Scene, order: int) -> list[tuple[str, int | None, int, list[int]]]:
    """Return (warehouse, parcels, cost, cost lines) of the order's planned shipments."""
    with tenant_scope(tenant_id=scene.tenant_id):
        rows = Shipment.objects.filter(order_id=order, state=1).select_related("warehouse").order_by("warehouse__code")
        return [(row.warehouse.code, row.pieces, row.cost_minor, row.cost_lines) for row in rows]


def replays(scene: Scene) -> list[tuple[tuple[str, object, object], ...]]:
    with tenant_scope(tenant_id=scene.tenant_id):
        return [replay_record(record).differences for record in Record.objects.order_by("pk")]


def packed(scene: Scene, order: int) -> bytes:
    return bytes(scene.records(order)[-1].candidates)


# Deciding


def test_a_kayak_and_lamps_ship_in_two_parcels(scene: Scene) -> None:
    """24 kg for 20.00 and 3 kg for 9.00; as one parcel of 27 kg it would have been 20.00."""
    order = scene.place(LAMP=3, KAYAK=1)
    scene.drain()
    assert scene.decision(order) == ("smart", "DAL", 2900)
    assert shipped(scene, order) == [("DAL", 2, 2900, [2900])]
    assert scene.held(order) == {("LAMP", "DAL"): 3, ("KAYAK", "DAL"): 1}
    assert replays(scene) == [()]


def test_orders_in_one_parcel_beside_it_are_stored_as_ever(scene: Scene) -> None:
    orders = scene.place(LAMP=3), scene.place(KAYAK=2), scene.place(KAYAK=1), scene.place(LAMP=1, KAYAK=1)
    scene.drain()
    assert [shipped(scene, order)[0][1:3] for order in orders] == [(None, 900), (2, 4000), (None, 2000), (2, 2500)]
    records = [unpack_record(packed(scene, order)) for order in orders]
    assert [record.needed for record in records] == [(), (2,), (), (1, 1)]
    assert [bool(record.goods) for record in records] == [False, True, False, True]
    assert len(packed(scene, orders[0])) == len(packed(scene, orders[2]))
    assert replays(scene) == [()] * 4


def test_the_tier_of_the_seller_and_the_handling_count_on_all_parcels(scene: Scene) -> None:
    """10 % on 25.00, and a handling fee of 1.00 an order and 0.50 a unit."""
    save_seller_tier(tenant_id=scene.tenant_id, code="GOLD", name="Gold", percent=Decimal(10), seller_ids=(scene.seller.pk,))
    with tenant_scope(tenant_id=scene.tenant_id):
        Warehouse.objects.update(handling_per_order_minor=100, handling_per_piece_minor=50)
    order = scene.place(LAMP=1, KAYAK=1)
    scene.drain()
    assert shipped(scene, order) == [("DAL", 2, 2950, [2500, 250, 200])]
    assert replays(scene) == [()]


def test_more_parcels_than_the_card_takes_are_an_exception(build: Build) -> None:
    scene = by_weight(build, pieces={"most": 2})
    order = scene.place(LAMP=1, KAYAK=2)
    scene.drain()
    assert scene.reasons(order) == {"too_many_pieces"}
    assert replays(scene) == [()]


def test_a_record_replays_whatever_the_article_says_by_then(scene: Scene) -> None:
    order = scene.place(LAMP=1, KAYAK=1)
    scene.drain()
    with tenant_scope(tenant_id=scene.tenant_id):
        Sku.objects.filter(code="KAYAK").update(ships_alone=False, mass_mg=1)
    assert replays(scene) == [()]
    with tenant_scope(tenant_id=scene.tenant_id):
        told = explain_record(scene.records(order)[-1])
        estimates = Estimator().estimates_of(list(Shipment.objects.select_related("rate_card"))).values()
    assert [(piece.count, piece.actual_mg) for piece in told.pieces] == [(1, 24_000_000), (1, 1_000_000)]
    assert [(estimate.billable_mg, estimate.freight_minor) for estimate in estimates] == [(25_000_000, 2500)]


def test_contended_kayaks_are_decided_together(scene: Scene) -> None:
    """One kayak is left in DAL. Alone it is 1.00 cheaper there, with three lamps 2.00, since both parcels are."""
    scene.count("KAYAK", DAL=1)
    set_joint_threshold(tenant_id=scene.tenant_id, from_orders=1)
    alone, with_lamps = scene.place(KAYAK=1), scene.place(KAYAK=1, LAMP=3)
    scene.drain()
    assert (scene.decision(alone), scene.decision(with_lamps)) == (("smart", "NJ1", 2100), ("smart", "DAL", 2900))
    assert replays(scene) == [(), ()]


# Splits


def allow_splits(scene: Scene) -> None:
    with tenant_scope(tenant_id=scene.tenant_id):
        Strategy.objects.filter(pk=scene.strategy.pk).update(most_shipments=2)


def test_each_part_of_a_split_is_packed_by_itself(scene: Scene) -> None:
    """DAL has one kayak of two: it ships that beside the lamps, NJ1 the other."""
    allow_splits(scene)
    scene.count("KAYAK", DAL=1, NJ1=1)
    order = scene.place(LAMP=3, KAYAK=2)
    scene.drain()
    assert shipped(scene, order) == [("DAL", 2, 2900, [2900]), ("NJ1", None, 2100, [2100])]
    with tenant_scope(tenant_id=scene.tenant_id):
        told = explain_record(scene.records(order)[-1])
        estimates = Estimator().estimates_of(list(Shipment.objects.order_by("pk").select_related("rate_card"))).values()
    assert [sum(piece.count for piece in part.pieces) for part in told.parts] == [2, 1]
    assert [estimate.freight_minor for estimate in estimates] == [2900, 2100]
    assert replays(scene) == [()]


def test_parts_that_a_person_states_are_packed_likewise(scene: Scene) -> None:
    order = scene.place(LAMP=3, KAYAK=2)
    scene.drain()
    lamp, kayak = scene.sku("LAMP").pk, scene.sku("KAYAK").pk
    parts = (
        HandPart(warehouse_id=scene.warehouse("DAL").pk, units={kayak: 2}),
        HandPart(warehouse_id=scene.warehouse("NJ1").pk, units={lamp: 3}),
    )
    split_order(tenant_id=scene.tenant_id, order_id=order, parts=parts, actor="Li", at=NOON)
    assert shipped(scene, order) == [("DAL", 2, 4000, [4000]), ("NJ1", None, 1000, [1000])]
    undo_assignment(tenant_id=scene.tenant_id, order_id=order, actor="Li", at=NOON)
    assert shipped(scene, order) == [("DAL", 3, 4900, [4900])]
    assert replays(scene) == [(), (), ()]


# By hand


def test_what_a_person_is_shown_is_what_happens(scene: Scene) -> None:
    order = scene.place(LAMP=3, KAYAK=1)
    scene.drain()
    shown = candidates_of(tenant_id=scene.tenant_id, order_id=order, at=NOON).warehouses
    assert [(one.code, one.cost_minor, [line.amount_minor for line in one.lines]) for one in shown] == [
        ("DAL", 2900, [2900]),
        ("NJ1", 3100, [3100]),
    ]
    assign_order(tenant_id=scene.tenant_id, order_id=order, warehouse_id=scene.warehouse("NJ1").pk, actor="Li", at=NOON)
    assert shipped(scene, order) == [("NJ1", 2, 3100, [3100])]
    undo_assignment(tenant_id=scene.tenant_id, order_id=order, actor="Li", at=NOON)
    assert shipped(scene, order) == [("DAL", 2, 2900, [2900])]
    cancel_order(tenant_id=scene.tenant_id, order_id=order, actor="Li", at=NOON)
    assert scene.held(order) == {}
    assert replays(scene) == [()] * 4


# What if


def test_a_what_if_run_counts_every_parcel(scene: Scene) -> None:
    order = scene.place(LAMP=3, KAYAK=1)
    scene.drain()
    with tenant_scope(tenant_id=scene.tenant_id):
        draft = draft_of(strategy_id=scene.strategy.pk)
    scenario = Scenario(strategies={scene.strategy.pk: replace(draft, warehouse_ids=(scene.warehouse("NJ1").pk,))})
    asked = Asked(since=NOON.date(), until=NOON.date())
    run_id = request_simulation(tenant_id=scene.tenant_id, name="NJ1", author="Li", scenario=scenario, asked=asked, at=NOON)
    assert run_simulation(tenant_id=scene.tenant_id, run_id=run_id, at=LATER)
    with tenant_scope(tenant_id=scene.tenant_id):
        (row,) = SimulationDifference.objects.filter(run_id=run_id)
    assert (row.order_id, row.before_cost_minor, row.after_cost_minor) == (order, 2900, 3100)


# Live prices


def test_a_carrier_hears_of_every_parcel_and_prices_them_in_all(committed_scene: Build, stub: StubServer) -> None:
    scene = by_weight(committed_scene)
    live = LiveScene(scene, stub)
    order = scene.place(LAMP=3, KAYAK=1)
    live.decide()
    document = stub.stub.received[-1].document
    assert [each["parcel"]["weight"] for each in document["order"]["shipments"]] == ["846.58", "105.83"]
    assert shipped(scene, order) == [("DAL", 2, 925, [925])]
    assert replays(scene) == [()]


def test_the_card_stands_in_for_a_carrier_that_gives_no_price(committed_scene: Build, stub: StubServer) -> None:
    scene = by_weight(committed_scene)
    live = LiveScene(scene, stub, card={"DAL": "3.00", "NJ1": "4.00"})
    live.answer_with("server-error")
    order = scene.place(LAMP=3, KAYAK=1)
    live.decide()
    assert shipped(scene, order) == [("DAL", 2, 600, [600])]
    with tenant_scope(tenant_id=scene.tenant_id):
        answers = facts_of(scene.records(order)[-1]).order.answers.values()
    assert {answer.cause for answer in answers} == {LiveCause.HTTP_ERROR}
