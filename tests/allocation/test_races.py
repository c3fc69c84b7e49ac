"""Races on real connections. Each guard has a control that takes it away and shows what would happen.

The interleavings are made, not hoped for: a thread stops in the middle of its transaction, and another is watched until it waits
for the first one's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError
from psycopg.errors import CheckViolation, DeadlockDetected

from allocation import runner, store
from allocation.batches import prepare_batch
from allocation.runner import Drained
from allocation.services import assign_order, cancel_order, taking
from allocation.worlds import current_world
from inventory.errors import ReservedUnexplained
from inventory.models import StockMovement
from orders.core.states import OrderState
from orders.models import Order, QueuedOrder
from tests.allocation.scene import Scene
from tests.allocation.threads import Thread, in_thread, wait_until
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]

CONDITION = " AND s.on_hand - s.reserved - s.safety >= u.units"
SKIPPING = " SKIP LOCKED"


@pytest.fixture
def scene(committed_scene: Build) -> Scene:
    """Return a scene where DAL is cheap and NJ1 dear."""
    return known(committed_scene(DAL="5.00", NJ1="7.00"))


@pytest.fixture
def unchecked(committed_scene: Build) -> Scene:
    """Return such a scene, whose books may disagree in the end."""
    return known(committed_scene(checked=False, DAL="5.00", NJ1="7.00"))


def known(scene: Scene) -> Scene:
    """Let the workers know the settings: the first to meet new ones makes the others wait while it stores them."""
    with tenant_scope(tenant_id=scene.tenant_id):
        current_world(tenant_id=scene.tenant_id, at=NOON)
    return scene


@pytest.fixture
def one() -> Iterator[Thread]:
    with in_thread() as thread:
        yield thread


@pytest.fixture
def other() -> Iterator[Thread]:
    with in_thread() as thread:
        yield thread


@pytest.fixture
def without_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reserve stock whatever is left of it."""
    assert CONDITION in store.RESERVE
    monkeypatch.setattr(store, "RESERVE", store.RESERVE.replace(CONDITION, ""))


@pytest.fixture
def without_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the stock while another worker's batch is not yet committed."""
    monkeypatch.setattr(runner, "take_turn", lambda cursor, *, tenant_id: 0)


@pytest.fixture
def without_skipping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for orders that another worker has claimed."""
    assert SKIPPING in store.CLAIM
    monkeypatch.setattr(store, "CLAIM", store.CLAIM.replace(SKIPPING, ""))


def hold(thread: Thread, scene: Scene, step: Callable[[], Any]) -> Any:
    """Do a step in a transaction of the thread that stays open."""
    thread.run(lambda: thread.open_scope(scene.tenant_id))
    return thread.run(step)


def blocked(thread: Thread, step: Callable[[], Any]) -> Future[Any]:
    """Begin a step, and return when it waits for somebody's lock."""
    begun = thread.start(step)
    thread.wait_until_blocked()
    return begun


def decide_one(scene: Scene) -> Drained:
    return scene.drain(batch_orders=1, most_batches=1)


def assign(scene: Scene, order: int, warehouse: str) -> int:
    return assign_order(tenant_id=scene.tenant_id, order_id=order, warehouse_id=scene.warehouse(warehouse).pk, actor="Li", at=NOON)


def cancel(scene: Scene, order: int) -> int:
    return cancel_order(tenant_id=scene.tenant_id, order_id=order, actor="Li", at=NOON)


def queued(scene: Scene) -> set[int]:
    with tenant_scope(tenant_id=scene.tenant_id):
        return set(QueuedOrder.objects.values_list("pk", flat=True))


# Turns


def test_a_worker_chooses_on_what_the_one_before_it_has_left(scene: Scene, one: Thread, other: Thread) -> None:
    scene.receive("LAMP", DAL=1, NJ1=1)
    drained, states = race_for_the_last_unit(scene, one, other)
    assert states == ["allocated", "allocated"]
    assert (drained.lost_races, drained.allocated) == (0, 1)
    assert scene.decision(scene.placed[1]) == ("smart", "NJ1", 700)


def test_a_worker_looks_again_after_another_s_turn(scene: Scene, one: Thread) -> None:
    scene.receive("LAMP", DAL=4)
    scene.place_many(6, LAMP=1)
    drain = runner._Drain(scene.tenant_id, NOON)
    assert drain.decide_waiting(2).allocated == 2
    assert one.run(lambda: scene.drain(batch_orders=2, most_batches=1)).allocated == 2
    assert drain.decide_waiting(2).exceptions == 2


def test_a_turn_ends_with_a_worker_that_dies(scene: Scene, one: Thread) -> None:
    scene.receive("LAMP", DAL=2)
    dying, living = scene.place(LAMP=1), scene.place(LAMP=1)
    hold(one, scene, lambda: decide_one(scene))
    one.run(one.roll_back)
    assert scene.drain().allocated == 2
    assert [scene.state(dying), scene.state(living)] == ["allocated", "allocated"]


# The last unit


def race_for_the_last_unit(scene: Scene, one: Thread, other: Thread) -> tuple[Drained, list[str]]:
    """Let both look at the stock before either has taken anything of it; return what the second one did, and both states."""
    first, second = scene.place(LAMP=1), scene.place(LAMP=1)
    hold(one, scene, lambda: decide_one(scene))
    deciding = blocked(other, scene.drain)
    one.run(one.commit)
    return deciding.result(timeout=30), [scene.state(first), scene.state(second)]


def test_the_last_unit_goes_to_one_order(scene: Scene, one: Thread, other: Thread, without_turns: None) -> None:
    scene.receive("LAMP", DAL=1)
    drained, states = race_for_the_last_unit(scene, one, other)
    assert states == ["allocated", "exception"]
    assert (drained.lost_races, drained.exceptions) == (1, 1)
    assert scene.stock("LAMP", "DAL") == (1, 1)


def test_the_loser_finds_another_warehouse(scene: Scene, one: Thread, other: Thread, without_turns: None) -> None:
    scene.receive("LAMP", DAL=1, NJ1=1)
    drained, states = race_for_the_last_unit(scene, one, other)
    assert states == ["allocated", "allocated"]
    assert (drained.lost_races, drained.allocated) == (1, 1)
    assert scene.decision(scene.placed[1]) == ("smart", "NJ1", 700)


def test_without_the_condition_both_take_it_and_only_the_constraint_is_left(
    scene: Scene, one: Thread, other: Thread, without_turns: None, without_condition: None
) -> None:
    scene.receive("LAMP", DAL=1)
    with pytest.raises((DatabaseError, CheckViolation), match="stock_reserved_within_on_hand"):
        race_for_the_last_unit(scene, one, other)


def test_without_the_condition_the_safety_stock_is_sold(
    scene: Scene, one: Thread, other: Thread, without_turns: None, without_condition: None
) -> None:
    scene.receive("LAMP", DAL=2)
    scene.keep_back("LAMP", "DAL", 1)
    _, states = race_for_the_last_unit(scene, one, other)
    assert states == ["allocated", "allocated"]
    assert scene.stock("LAMP", "DAL") == (2, 2)


# A hot article and many workers


def race_for_a_hot_article(scene: Scene) -> Drained:
    """Let three workers look at six units for four orders each, before any has taken some; return what all did."""
    scene.receive("LAMP", DAL=6)
    scene.place_many(12, LAMP=1)
    with ExitStack() as stack:
        one, two, three = (stack.enter_context(in_thread()) for _ in range(3))
        total: Drained = hold(one, scene, lambda: scene.drain(batch_orders=4, most_batches=1))
        others = [blocked(thread, lambda: scene.drain(batch_orders=4)) for thread in (two, three)]
        one.run(one.commit)
        for begun in others:
            total += begun.result(timeout=30)
    return total


def test_a_hot_article_is_sold_to_the_last_unit_and_no_further(scene: Scene, without_turns: None) -> None:
    total = race_for_a_hot_article(scene)
    assert (total.allocated, total.exceptions) == (6, 6)
    assert total.lost_races >= 2
    assert scene.stock("LAMP", "DAL") == (6, 6)


def test_without_the_condition_a_hot_article_is_oversold_but_for_the_constraint(
    scene: Scene, without_turns: None, without_condition: None
) -> None:
    with pytest.raises((DatabaseError, CheckViolation), match="stock_reserved_within_on_hand"):
        race_for_a_hot_article(scene)
    for state in ("pending", "allocated"):
        assert state in {scene.state(order) for order in scene.placed}
    scene.drain()


def test_many_workers_let_loose_decide_each_order_once(scene: Scene) -> None:
    scene.receive("LAMP", DAL=70, NJ1=30)
    scene.receive("CUP", DAL=30, NJ1=70)
    for _ in range(60):
        scene.place_many(2, LAMP=1)
        scene.place_many(1, CUP=1, LAMP=1)
    start = Barrier(4)

    def work() -> Drained:
        start.wait(timeout=30)
        return scene.drain(batch_orders=7)

    with ExitStack() as stack:
        threads = [stack.enter_context(in_thread()) for _ in range(4)]
        work_done = [thread.start(work) for thread in threads]
        total = sum((begun.result(timeout=60) for begun in work_done), Drained())
    assert total.decided == 180
    assert [len(scene.records(order)) for order in scene.placed] == [1] * 180
    assert sum(scene.stock("LAMP", code)[1] for code in ("DAL", "NJ1")) == 100


# Stock that a worker remembers


def test_a_worker_s_memory_of_stock_is_never_believed_when_it_reserves(scene: Scene) -> None:
    scene.receive("LAMP", DAL=4)
    scene.place_many(6, LAMP=1)
    drain = runner._Drain(scene.tenant_id, NOON)
    assert drain.decide_waiting(2).allocated == 2
    for order in scene.placed[2:4]:
        assign(scene, order, "DAL")
    with pytest.raises(store.StockMoved):
        drain.decide_waiting(2)
    assert scene.drain().exceptions == 2
    assert scene.stock("LAMP", "DAL") == (4, 4)


def test_believing_it_would_sell_the_safety_stock(scene: Scene, without_condition: None) -> None:
    scene.receive("LAMP", DAL=6)
    scene.keep_back("LAMP", "DAL", 2)
    scene.place_many(6, LAMP=1)
    drain = runner._Drain(scene.tenant_id, NOON)
    assert drain.decide_waiting(2).allocated == 2
    for order in scene.placed[2:4]:
        assign(scene, order, "DAL")
    assert drain.decide_waiting(2).allocated == 2
    assert scene.stock("LAMP", "DAL") == (6, 6)


# Claims


def test_a_worker_takes_what_no_other_has_claimed_and_waits_for_its_turn_only(scene: Scene, one: Thread, other: Thread) -> None:
    scene.receive("LAMP", DAL=1)
    scene.receive("CUP", DAL=1)
    theirs, ours = scene.place(LAMP=1), scene.place(CUP=1)
    hold(one, scene, lambda: decide_one(scene))
    deciding = blocked(other, scene.drain)
    one.run(one.commit)
    assert deciding.result(timeout=30).allocated == 1
    assert [len(scene.records(order)) for order in (theirs, ours)] == [1, 1]


def test_a_worker_waits_for_no_other_tenant(scene: Scene, committed_scene: Build, one: Thread) -> None:
    neighbour = known(committed_scene(code="westlake", DAL="5.00"))
    neighbour.receive("LAMP", DAL=1)
    neighbour.place(LAMP=1)
    scene.receive("LAMP", DAL=1)
    scene.place(LAMP=1)
    hold(one, scene, lambda: decide_one(scene))
    assert neighbour.drain().allocated == 1


def test_without_skipping_a_worker_waits_for_the_other_s_orders(scene: Scene, one: Thread, other: Thread, without_skipping: None) -> None:
    scene.receive("LAMP", DAL=1)
    scene.receive("CUP", DAL=1)
    scene.place(LAMP=1)
    scene.place(CUP=1)
    hold(one, scene, lambda: decide_one(scene))
    waiting = blocked(other, scene.drain)
    one.run(one.commit)
    assert waiting.result(timeout=30).decided <= 1
    scene.drain()


def test_an_order_claimed_by_a_worker_that_dies_is_decided_by_the_next(scene: Scene, one: Thread) -> None:
    scene.receive("LAMP", DAL=1)
    order = scene.place(LAMP=1)
    hold(one, scene, scene.drain)
    assert scene.drain().decided == 0
    one.run(one.roll_back)
    assert scene.drain().allocated == 1
    assert len(scene.records(order)) == 1


# Baskets whose stock is locked in opposite order


@pytest.fixture
def patient_deadlocks(admin_connection: psycopg.Connection) -> Iterator[None]:
    """Let whoever connects from now on look for a deadlock late, so that the other side has time to make one."""
    (database,) = admin_connection.execute("SELECT quote_ident(current_database())").fetchone() or ("",)
    admin_connection.execute(f"ALTER DATABASE {database} SET deadlock_timeout = '3s'")
    yield
    admin_connection.execute(f"ALTER DATABASE {database} RESET deadlock_timeout")


def deadlock_with_a_storekeeper(scene: Scene, admin: psycopg.Connection, worker: Thread) -> Drained:
    """Let a worker reserve a lamp and then a cup, while somebody holds the cup and then wants the lamp."""
    scene.receive("LAMP", DAL=1)
    scene.receive("CUP", DAL=1)
    scene.place(LAMP=1, CUP=1)
    lock = "SELECT FROM inventory_stock WHERE sku_id = %s FOR UPDATE"
    with psycopg.connect(admin.info.dsn, options="-c deadlock_timeout=1min") as storekeeper:
        storekeeper.execute(lock, [scene.sku("CUP").pk])
        deciding = blocked(worker, scene.drain)
        storekeeper.execute(lock, [scene.sku("LAMP").pk])
        wait_until(lambda: deciding.done() or worker.is_blocked())
        storekeeper.rollback()
        result: Drained = deciding.result(timeout=30)
    return result


def test_a_deadlock_over_a_basket_is_tried_again(scene: Scene, patient_deadlocks: None, admin_connection: psycopg.Connection) -> None:
    with in_thread() as worker:
        drained = deadlock_with_a_storekeeper(scene, admin_connection, worker)
    assert (drained.lost_races, drained.allocated) == (1, 1)


def test_without_trying_again_the_deadlock_is_the_worker_s_end(
    scene: Scene, patient_deadlocks: None, admin_connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "is_lost_race", lambda error: False)
    with in_thread() as worker, pytest.raises(DeadlockDetected):
        deadlock_with_a_storekeeper(scene, admin_connection, worker)


def cross(scene: Scene, one: Thread, other: Thread, monkeypatch: pytest.MonkeyPatch, use_case: Callable[..., int]) -> list[Any]:
    """Move an order from DAL to NJ1 and one from NJ1 to DAL at once: each has locked what the other wants next."""
    scene.receive("LAMP", DAL=2, NJ1=2)
    east, west = scene.place(LAMP=1), scene.place(LAMP=1)
    scene.drain()
    assign(scene, west, "NJ1")
    both_have_released, tries = Barrier(2), iter(range(2))

    def prepare_together(*args: Any, **options: Any) -> Any:
        if next(tries, None) is not None:
            both_have_released.wait(timeout=30)
        return prepare_batch(*args, **options)

    monkeypatch.setattr("allocation.services.assigning.prepare_batch", prepare_together)
    named = {"tenant_id": scene.tenant_id, "actor": "Li", "at": NOON}
    moves = [
        one.start(lambda: use_case(order_id=east, warehouse_id=scene.warehouse("NJ1").pk, **named)),
        other.start(lambda: use_case(order_id=west, warehouse_id=scene.warehouse("DAL").pk, **named)),
    ]
    return [move.exception(timeout=30) for move in moves]


def test_two_orders_that_change_places_both_arrive(scene: Scene, one: Thread, other: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cross(scene, one, other, monkeypatch, assign_order) == [None, None]
    east, west = scene.placed
    assert (scene.held(east), scene.held(west)) == ({("LAMP", "NJ1"): 1}, {("LAMP", "DAL"): 1})


def test_without_trying_again_one_of_them_fails(scene: Scene, one: Thread, other: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = cross(scene, one, other, monkeypatch, assign_order.__wrapped__)  # type: ignore[attr-defined]
    assert [type(failure) for failure in failures if failure is not None] == [DeadlockDetected]


# Cancelling against deciding


def test_cancelling_what_a_worker_is_deciding_comes_after_it(scene: Scene, one: Thread, other: Thread) -> None:
    scene.receive("LAMP", DAL=1)
    order = scene.place(LAMP=1)
    hold(one, scene, scene.drain)
    cancelling = blocked(other, lambda: cancel(scene, order))
    one.run(one.commit)
    cancelling.result(timeout=30)
    assert scene.state(order) == "cancelled"
    assert scene.stock("LAMP", "DAL") == (1, 0)
    assert [record.get_mode_display() for record in scene.records(order)] == ["smart allocation", "cancelled"]


def test_deciding_leaves_alone_what_is_being_cancelled(scene: Scene, one: Thread) -> None:
    scene.receive("LAMP", DAL=1)
    order = scene.place(LAMP=1)
    hold(one, scene, lambda: cancel(scene, order))
    assert scene.drain().decided == 0
    one.run(one.commit)
    assert scene.drain().decided == 0
    assert scene.state(order) == "cancelled"
    assert scene.stock("LAMP", "DAL") == (1, 0)


def test_without_waiting_for_the_worker_a_cancelled_order_keeps_its_units(unchecked: Scene, one: Thread, other: Thread) -> None:
    """The control: whoever only looks at the state, and then sets it."""
    unchecked.receive("LAMP", DAL=1)
    order = unchecked.place(LAMP=1)

    def set_cancelled() -> None:
        with tenant_scope(tenant_id=unchecked.tenant_id):
            assert Order.objects.get(pk=order).state == OrderState.PENDING
            Order.objects.filter(pk=order).update(state=OrderState.CANCELLED)

    hold(one, unchecked, unchecked.drain)
    cancelling = blocked(other, set_cancelled)
    one.run(one.commit)
    cancelling.result(timeout=30)
    assert unchecked.faults() == [f"order {order} does not hold exactly the units that it should"]


def cancel_what_a_sweep_is_queueing(scene: Scene, one: Thread, other: Thread) -> int:
    """Let the sweep put an exception back on the queue after the cancellation has looked there."""
    order = scene.place(LAMP=1)
    scene.drain()
    scene.receive("LAMP", DAL=1)
    assert hold(one, scene, scene.retry) == 1
    cancelling = blocked(other, lambda: cancel(scene, order))
    one.run(one.commit)
    cancelling.result(timeout=30)
    assert scene.state(order) == "cancelled"
    return order


def test_cancelling_what_a_sweep_is_queueing_takes_it_off_again(scene: Scene, one: Thread, other: Thread) -> None:
    cancel_what_a_sweep_is_queueing(scene, one, other)
    assert queued(scene) == set()


def test_without_a_second_look_the_cancelled_order_stays_queued(
    scene: Scene, one: Thread, other: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "take_order", taking.lock_order)
    order = cancel_what_a_sweep_is_queueing(scene, one, other)
    assert queued(scene) == {order}
    scene.drain()
    assert queued(scene) == set()


# Assigning against deciding


def test_assigning_what_a_worker_is_deciding_moves_the_units_that_it_took(scene: Scene, one: Thread, other: Thread) -> None:
    scene.receive("LAMP", DAL=1, NJ1=1)
    order = scene.place(LAMP=1)
    hold(one, scene, scene.drain)
    assigning = blocked(other, lambda: assign(scene, order, "NJ1"))
    one.run(one.commit)
    assigning.result(timeout=30)
    assert scene.held(order) == {("LAMP", "NJ1"): 1}
    assert scene.stock("LAMP", "DAL") == (1, 0)
    assert scene.shipments(order) == [("DAL", "cancelled"), ("NJ1", "planned")]


def test_deciding_leaves_alone_what_is_being_assigned(scene: Scene, one: Thread) -> None:
    scene.receive("LAMP", DAL=1, NJ1=1)
    order = scene.place(LAMP=1)
    hold(one, scene, lambda: assign(scene, order, "NJ1"))
    assert scene.drain().decided == 0
    one.run(one.commit)
    assert scene.drain().decided == 0
    assert scene.decision(order) == ("manual", "NJ1", 700)


def test_without_waiting_for_the_worker_an_order_is_reserved_twice(
    unchecked: Scene, one: Thread, other: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    unchecked.receive("LAMP", DAL=1, NJ1=1)
    order = unchecked.place(LAMP=1)
    monkeypatch.setattr(taking, "take_order", lambda order_id, target, seen: Order.objects.get(pk=order_id))
    hold(one, unchecked, unchecked.drain)
    assigning = blocked(other, lambda: assign(unchecked, order, "NJ1"))
    one.run(one.commit)
    assigning.result(timeout=30)
    assert unchecked.held(order) == {("LAMP", "DAL"): 1, ("LAMP", "NJ1"): 1}
    assert f"order {order} does not hold exactly the units that it should" in unchecked.faults()


# Counts


def test_two_counts_of_one_shelf_release_no_order_twice(scene: Scene, one: Thread, other: Thread) -> None:
    scene.receive("LAMP", DAL=6)
    first, second, third = scene.place_many(3, LAMP=2)
    scene.drain()
    assert hold(one, scene, lambda: scene.count("LAMP", DAL=4)) == (third,)
    counting = blocked(other, lambda: scene.count("LAMP", DAL=2))
    one.run(one.commit)
    assert counting.result(timeout=30) == (second,)
    assert scene.stock("LAMP", "DAL") == (2, 2)
    assert [scene.state(order) for order in (first, second, third)] == ["allocated", "pending", "pending"]
    with tenant_scope(tenant_id=scene.tenant_id):
        ledger = StockMovement.objects.filter(kind="count").order_by("pk").values_list("delta_units", "on_hand_after")
        assert list(ledger) == [(-2, 4), (-2, 2)]


def count_while_a_worker_reserves(scene: Scene, one: Thread, other: Thread) -> tuple[int, ...]:
    """Let a worker reserve four of five units, not yet committed, while somebody counts two."""
    scene.receive("LAMP", DAL=5)
    scene.place(LAMP=4)
    hold(one, scene, scene.drain)
    counting = blocked(other, lambda: scene.count("LAMP", DAL=2))
    one.run(one.commit)
    result: tuple[int, ...] = counting.result(timeout=30)
    return result


def test_a_count_sees_what_was_reserved_while_it_waited(scene: Scene, one: Thread, other: Thread) -> None:
    assert count_while_a_worker_reserves(scene, one, other) == tuple(scene.placed)
    assert scene.stock("LAMP", "DAL") == (2, 0)
    assert scene.state(scene.placed[0]) == "pending"


def test_without_a_second_look_the_count_would_be_refused(
    scene: Scene, one: Thread, other: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inventory.services._release_shortfalls", lambda *args: ())
    with pytest.raises(ReservedUnexplained):
        count_while_a_worker_reserves(scene, one, other)
