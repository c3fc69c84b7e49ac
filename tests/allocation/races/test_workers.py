"""Races of workers on real connections. Each guard has a control that takes it away and shows what would happen.

The interleavings are made, not hoped for: a thread stops in the middle of its transaction, and another is watched until it waits
for the first one's lock.
"""

from __future__ import annotations

from contextlib import ExitStack
from threading import Barrier

import pytest
from django.db import DatabaseError
from psycopg.errors import CheckViolation

from allocation import runner, store
from allocation.runner import Drained
from tests.allocation.races.steps import Build, assign, blocked, decide_one, hold, known
from tests.allocation.scene import Scene
from tests.allocation.threads import Thread, in_thread
from tests.world import NOON

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
