"""Settings of smart allocation from a terminal, and what-if runs of such files: saved, shown, switched, restored, tried."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from allocation.models import SimulationRun, Strategy, StrategyVersion
from allocation.strategies import draft_of
from tests.allocation.scene import Scene
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]

FAST = """
name = "Fast"
priority = 5
warehouses = ["NJ1", "DAL"]
channels = ["GROUND"]
fallbacks = ["Smart", "exception"]
[scope]
sellers = ["lumen"]
countries = ["US"]
[terms]
objective = "weighted"
late_day_price = "1.20"
split_price = 0.8
most_shipments = 2
most_distance_km = 900.5
keep_back_units = 1
same_day = true
[[terms.restrictions]]
tag = "battery"
warehouse = "DAL"
"""


@pytest.fixture
def scene(build: Build) -> Scene:
    """Return a scene where DAL is cheap and NJ1 dear, both hold five lamps, and two orders of one lamp lie in DAL."""
    scene = build(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=5, NJ1=5)
    scene.place_many(2, LAMP=1)
    scene.drain()
    return scene


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, "--tenant", "eastlake", "--actor", "Li", *arguments, stdout=out)
    return out.getvalue()


def written(tmp_path: Path, text: str, name: str = "strategy.toml") -> str:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_setting_is_saved_from_a_file_listed_and_shown_as_one_that_saves_the_same(scene: Scene, tmp_path: Path) -> None:
    assert run("strategies", "save", written(tmp_path, FAST), "--comment", "peak") == "Saved as version 1.\n"
    assert [line.split()[0] for line in run("strategies", "list").splitlines()[2:]] == ["Fast", "Smart"]
    shown = run("strategies", "show", "Fast")
    with tenant_scope(tenant_id=scene.tenant_id):
        key = Strategy.objects.get(name="Fast").pk
        draft = draft_of(strategy_id=key)
    assert (draft.terms.late_day_price_minor, draft.terms.split_price_minor, draft.terms.most_distance_m) == (120, 80, 900_500)
    assert run("strategies", "save", written(tmp_path, shown, "strategy.json")) == "Saved as version 2.\n"
    with tenant_scope(tenant_id=scene.tenant_id):
        assert draft_of(strategy_id=key) == draft


def test_a_setting_is_renamed_switched_off_and_restored(scene: Scene, tmp_path: Path) -> None:
    run("strategies", "save", written(tmp_path, FAST))
    run("strategies", "save", written(tmp_path, FAST.replace('"Fast"', '"Faster"')), "--change", "Fast", "--comment", "new name")
    run("strategies", "off", "Faster")
    assert [line.split()[0] for line in run("strategies", "history", "Faster").splitlines()[2:]] == ["3", "2", "1"]
    assert json.loads(run("strategies", "show", "Faster", "--number", "1"))["name"] == "Fast"
    run("strategies", "restore", "Faster", "1")
    with tenant_scope(tenant_id=scene.tenant_id):
        assert list(Strategy.objects.filter(active=True).order_by("pk").values_list("name", "version")) == [("Smart", 0), ("Fast", 4)]


def test_an_overlap_is_told(scene: Scene, tmp_path: Path) -> None:
    wide = FAST.replace('sellers = ["lumen"]\ncountries = ["US"]', "")
    assert "As specific as this one, and covering some of the same orders: Smart." in run("strategies", "save", written(tmp_path, wide))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FAST.replace('"NJ1", "DAL"', '"NJ1", "XX"'), "There is no warehouse “XX”"),
        (FAST.replace('channels = ["GROUND"]', "channels = []"), "“Fast” names no channel: choose at least one"),
        (FAST.replace('"Smart", "exception"', '"exception", "Smart"'), "put “exception” last"),
        (FAST.replace('"Smart", "exception"', '"Nothing"'), "There is no smart allocation setting “Nothing”"),
        (FAST.replace('"weighted"', '"dearest"'), "“objective” in the terms can't be “dearest”"),
        (FAST.replace('"1.20"', '"1.205"'), "“late_day_price” in the terms can't be “1.205”"),
        (FAST.replace("900.5", '"far"'), "“most_distance_km” in the terms can't be “far”"),
        (FAST.replace("same_day", "some_day"), "“some_day” is not known in the terms"),
        (FAST.replace("same_day = true", 'same_day = "yes"'), "“same_day” in the terms can't be “yes”"),
    ],
)
def test_what_could_not_work_is_said_and_nothing_is_saved(scene: Scene, tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run("strategies", "save", written(tmp_path, text))
    with tenant_scope(tenant_id=scene.tenant_id):
        assert not StrategyVersion.objects.exists()


def test_fallbacks_in_a_circle_are_refused_with_the_circle(scene: Scene, tmp_path: Path) -> None:
    run("strategies", "save", written(tmp_path, FAST))
    back = FAST.replace('"Fast"', '"Smart"').replace('["Smart", "exception"]', '["Fast"]')
    with pytest.raises(CommandError, match="run in a circle: Smart → Fast → Smart"):
        run("strategies", "save", written(tmp_path, back))


def test_a_file_is_tried_on_orders_and_published(scene: Scene, tmp_path: Path) -> None:
    only_nj1 = FAST.replace('"NJ1", "DAL"', '"NJ1"').replace('"Fast"', '"Smart"').replace('"Smart", "exception"', '"exception"')
    file = written(tmp_path, only_nj1.replace("same_day = true", ""))
    told = run("simulations", "run", "nearer", "--strategy", file, "--since", "2026-03-02", "--stock", "before").splitlines()
    assert told[0].endswith("nearer: done, 2 / 2")
    assert [line.split()[-2:] for line in told if line.startswith("estimated cost")] == [["10.00", "14.00"]]
    assert told[-1].split() == ["NJ1", "0", "·", "0.00", "2", "·", "14.00"]
    with tenant_scope(tenant_id=scene.tenant_id):
        run_id = SimulationRun.objects.get().pk
    assert "nearer" in run("simulations", "list")
    assert run("simulations", "show", str(run_id)).splitlines() == told
    run("simulations", "publish", str(run_id))
    assert json.loads(run("strategies", "show", "Smart"))["warehouses"] == ["NJ1"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "nothing"), "Nothing differs from what is in force"),
        (("run", "days", "--rules-draft", "--until", "2026-03-02"), "Give the first day too"),
        (("show", "9"), "There is no such simulation"),
        (("cancel", "9"), "There is no such simulation"),
        (("publish", "9"), "There is no such simulation"),
    ],
)
def test_says_what_is_wrong_with_a_run(scene: Scene, arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run("simulations", *arguments)
