"""Two workers on one tenant's queue take turns, and each takes off what it remembers what the other drew."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from allocation import runner, store
from allocation.models import TurnDraws
from allocation.runner import Drained, _Drain
from allocation.shelf import Shelf
from allocation.turns import KEPT_TURNS
from tests.allocation.scene import Scene
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

BATCH = 2


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many SKUs each reading of the stock asks for, where nothing is read again for its age."""
    monkeypatch.setattr(runner, "Shelf", partial(Shelf, max_age_seconds=3600.0))
    counts: list[int] = []
    read = store.read_stock

    def counted(cursor: store.Cursor, *, tenant_id: int, sku_ids: store.Int64s) -> store.StockRows:
        counts.append(len(sku_ids))
        return read(cursor, tenant_id=tenant_id, sku_ids=sku_ids)

    monkeypatch.setattr(store, "read_stock", counted)
    return counts


def workers(scene: Scene, count: int = 2) -> list[_Drain]:
    return [_Drain(scene.tenant_id, NOON) for _ in range(count)]


def turn_about(drains: list[_Drain], turns: int) -> Drained:
    return sum((drains[turn % len(drains)].decide_waiting(BATCH) for turn in range(turns)), Drained())


def told(scene: Scene) -> list[int]:
    with tenant_scope(tenant_id=scene.tenant_id):
        return list(TurnDraws.objects.order_by("number").values_list("number", flat=True))


def test_the_last_units_go_out_once_though_neither_worker_reads_again(scene: Scene, reads: list[int]) -> None:
    scene.receive("LAMP", DAL=12)
    scene.place_many(8 * BATCH, LAMP=1)
    drained = turn_about(workers(scene), 8)
    assert (drained.allocated, drained.exceptions) == (12, 4)
    assert scene.stock("LAMP", "DAL") == (12, 12)
    assert reads == [1, 1, 1], "each reads at its first turn, and the first one again when it meets the other"


def test_a_worker_that_is_not_told_of_a_draw_loses_the_race(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the draws left out, the shelf promises what the other has taken."""
    nothing = np.empty(0, dtype=np.int64)
    monkeypatch.setattr(runner, "draws_between", lambda *_, **__: store.Draws(sku_ids=nothing, warehouse_ids=nothing, units=nothing))
    scene.receive("LAMP", DAL=12)
    scene.place_many(8 * BATCH, LAMP=1)
    with pytest.raises(store.StockMoved):
        turn_about(workers(scene), 8)


def test_a_third_worker_that_says_nothing_makes_the_others_read_again(scene: Scene, reads: list[int]) -> None:
    scene.receive("LAMP", DAL=20)
    scene.place_many(12 * BATCH, LAMP=1)
    pair = workers(scene)
    turn_about(pair, 6)
    before = len(reads)
    workers(scene, 1)[0].decide_waiting(BATCH)
    drained = turn_about(pair, 5)
    assert len(reads) > before + 1
    assert (drained.allocated, drained.exceptions) == (6, 4)
    assert scene.stock("LAMP", "DAL") == (20, 20)


def test_a_worker_alone_tells_nobody(scene: Scene) -> None:
    scene.receive("LAMP", DAL=20)
    scene.place_many(5 * BATCH, LAMP=1)
    turn_about(workers(scene, 1), 5)
    assert told(scene) == []


def test_draws_are_kept_for_a_few_turns_only(scene: Scene) -> None:
    turns = KEPT_TURNS + 6
    scene.receive("LAMP", DAL=2 * turns * BATCH)
    scene.place_many(turns * BATCH, LAMP=1)
    turn_about(workers(scene), turns)
    assert told(scene) == list(range(7, turns + 1))
