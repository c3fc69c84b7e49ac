"""The invariants of the design, and the tests that fail when one is broken.

1. `0 <= reserved <= on_hand`, and reserved is the sum of the active reservations. Here: the constraint. races: without
   the condition the constraint is all that is left. test_reconcile: what tells. test_chaos: whatever is killed.
2. One current decision per order, each unit reserved once or the order is an exception. test_reconcile (`decide_beside`,
   `double_reservation`), and every scene ends by reconciling. races: assigning, cancelling and deciding at once.
3. No row of another tenant or seller. tests/tenancy/test_isolation for each table, role and verb. Here: what a worker reaches.
4. Records are append-only and sealed. test_records: neither product nor owner can change one. test_seals: a change shows.
5. Money never mixes, cost lines add up to the total. test_records: every record of random runs. tests/values/test_money.
6. The same input gives the same decision, and a record can be replayed. Here: in whatever order rows lie. test_records.
7. Nothing accepted is lost. test_chaos; test_reconcile (`lose_queue_row`). Here: a batch that fails leaves all as it was.
   tests/orders, tests/inventory: what a file's import refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from django.db import IntegrityError

from allocation.models import OutboxBatch, Record, Shipment
from inventory.models import Reservation, Stock
from orders.models import QueuedOrder
from tests.allocation.scene import Scene
from tests.world import add_seller, add_sku, set_stock
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


@pytest.mark.parametrize(
    ("on_hand", "reserved", "safety", "constraint"),
    [
        (2, 3, 0, "stock_reserved_within_on_hand"),
        (2, -1, 0, "stock_reserved_within_on_hand"),
        (-1, 0, 0, "stock_reserved_within_on_hand"),
        (2, 0, -1, "stock_safety_not_negative"),
    ],
)
def test_1_the_database_refuses_more_reserved_than_there_is(
    build: Build, on_hand: int, reserved: int, safety: int, constraint: str
) -> None:
    scene = build(DAL="5.00")
    with pytest.raises(IntegrityError, match=constraint):
        set_stock(sku=scene.sku("LAMP"), warehouse=scene.warehouse("DAL"), on_hand=on_hand, reserved=reserved, safety=safety)


def test_3_a_worker_reaches_only_its_tenant_s_orders_and_stock(build: Build) -> None:
    ours, theirs = build(DAL="5.00"), build(code="westlake", DAL="1.00")
    theirs.receive("LAMP", DAL=9)
    our_order, their_order = ours.place(LAMP=1), theirs.place(LAMP=1)
    ours.drain()
    assert (ours.state(our_order), theirs.state(their_order)) == ("exception", "pending")
    assert theirs.stock("LAMP", "DAL") == (9, 0)
    theirs.drain()
    assert theirs.stock("LAMP", "DAL") == (9, 1)


def test_3_a_seller_reads_only_decisions_about_his_own_orders(build: Build) -> None:
    scene = build(DAL="5.00")
    scene.receive("LAMP", DAL=9)
    scene.place(LAMP=1)
    scene.drain()
    rival = add_seller(tenant=scene.tenant, code="rival")
    add_sku(seller=rival, code="LAMP")
    for table in (Record, Shipment, Reservation, Stock):
        with tenant_scope(tenant_id=scene.tenant_id, seller_id=scene.seller.pk):
            assert table.objects.count() == 1
        with tenant_scope(tenant_id=scene.tenant_id, seller_id=rival.pk):
            assert table.objects.count() == 0


def test_6_the_order_in_which_rows_lie_decides_nothing(build: Build) -> None:
    prices = {"AAA": "5.00", "BBB": "5.00", "CCC": "5.00", "DDD": "4.00"}
    decisions = []
    for seed in range(4):
        rng = Random(seed)
        codes, skus = rng.sample(sorted(prices), 4), rng.sample(["LAMP", "CUP"], 2)
        scene = build(code=f"company-{seed}", **{code: prices[code] for code in codes})
        for sku in skus:
            scene.receive(sku, **{code: {"AAA": 2, "BBB": 3, "CCC": 9, "DDD": 1}[code] for code in rng.sample(codes, 4)})
        orders = [scene.place(lines=rng.sample([("LAMP", 1), ("CUP", 1)], 2)) for _ in range(8)]
        scene.drain(batch_orders=rng.choice([1, 3, 1000]))
        decisions.append([scene.decision(order) for order in orders])
    assert [warehouse for _, warehouse, _ in decisions[0]] == ["DDD", "AAA", "AAA", "BBB", "BBB", "BBB", "CCC", "CCC"]
    assert decisions == [decisions[0]] * 4


def test_7_a_batch_that_fails_leaves_everything_as_it_was(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Exception):
        pass

    def break_down(*args: object, **options: object) -> None:
        raise Broken

    scene = build(DAL="5.00")
    scene.receive("LAMP", DAL=1)
    scene.place_many(2, LAMP=1)
    monkeypatch.setattr("allocation.store.reserve_stock", break_down)
    with pytest.raises(Broken):
        scene.drain()
    with tenant_scope(tenant_id=scene.tenant_id):
        assert QueuedOrder.objects.count() == 2
        for table in (Record, Shipment, Reservation, OutboxBatch):
            assert not table.objects.exists()
    assert scene.stock("LAMP", "DAL") == (1, 0)
    monkeypatch.undo()
    assert scene.drain().decided == 2
