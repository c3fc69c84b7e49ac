"""The scenes of the workbench from a terminal."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.allocation.scene import Scene

type Build = Callable[..., Scene]


@pytest.fixture
def scene(build: Build) -> Scene:
    """Return a scene where DAL is cheap, NJ1 dear, both hold five lamps, and one order for two of them lies in DAL."""
    scene = build(DAL="5.00", NJ1="7.00")
    scene.receive("LAMP", DAL=5, NJ1=5)
    scene.place("A-1001", LAMP=2)
    scene.place("A-1002", LAMP=9)
    scene.drain()
    return scene


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("orders", "--tenant", "eastlake", "--actor", "Li", *arguments, stdout=out)
    return out.getvalue()


def test_looks_for_orders_and_at_queues(scene: Scene) -> None:
    assert run("find", "1001").splitlines()[2].split() == ["A-1001", "allocated", "10001"]
    assert "not enough stock" in run("queue", "exceptions")
    assert "A-1001" not in run("queue", "exceptions")


def test_shows_candidates(scene: Scene) -> None:
    lines = run("candidates", "A-1001").splitlines()
    assert lines[2].split()[:4] == ["DAL", "GROUND", "5.00", "0.00"]
    assert lines[3].split()[:4] == ["NJ1", "GROUND", "7.00", "2.00"]
    assert "not enough stock" in run("candidates", "A-1002")


def test_assigns_undoes_hands_over_and_ships(scene: Scene) -> None:
    order = scene.placed[0]
    run("assign", "A-1001", "NJ1", "--reason", "DAL is flooded")
    assert scene.decision(order) == ("manual", "NJ1", 700)
    run("undo", "A-1001")
    assert scene.decision(order) == ("undo", "DAL", 500)
    run("release", "A-1001")
    run("ship", "A-1001", "DAL", "1Z999")
    assert scene.state(order) == "shipped"


@pytest.mark.parametrize(("verb", "state"), [("hold", "review"), ("exclude", "allocated"), ("cancel", "cancelled")])
def test_holds_excludes_and_cancels(scene: Scene, verb: str, state: str) -> None:
    run(verb, "A-1001")
    assert scene.state(scene.placed[0]) == state


def test_takes_an_order_back_from_its_warehouse(scene: Scene) -> None:
    run("reject", "A-1001", "DAL", "damaged")
    scene.drain()
    assert scene.decision(scene.placed[0]) == ("smart", "NJ1", 700)


def test_moves_many_at_once_and_takes_that_back(scene: Scene) -> None:
    scene.place("A-1003", LAMP=1)
    scene.drain()
    look = run("bulk", "NJ1", "A-1001", "A-1003", "--dry-run")
    assert look.splitlines()[2].split() == ["A-1001", "DAL", "5.00", "7.00"]
    assert scene.decision(scene.placed[0])[1] == "DAL"
    run("bulk", "NJ1", "A-1001", "A-1003", "--reason", "DAL is flooded")
    assert {scene.decision(order)[:2] for order in (scene.placed[0], scene.placed[2])} == {("manual", "NJ1")}
    run("undo-bulk", "A-1001", "A-1003")
    assert {scene.decision(order)[:2] for order in (scene.placed[0], scene.placed[2])} == {("undo", "DAL")}
    with pytest.raises(CommandError, match="Nothing was changed"):
        run("bulk", "NJ1", "A-1001", "A-1002")


def test_splits_an_order(scene: Scene) -> None:
    run("split", "A-1001", "--part", "NJ1:LAMP=1", "--part", "DAL:LAMP=1")
    assert scene.decision(scene.placed[0]) == ("manual", "DAL", 1200)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("undo", "A-100"), "0 orders have the number A-100"),
        (("assign", "A-1001", "XX"), "There is no warehouse XX"),
        (("assign", "A-1001", "NJ1", "--channel", "XX"), "There is no channel XX"),
        (("undo", "A-1001"), "has no decision by hand to undo"),
        (("bulk", "NJ1", "A-1001", "--force"), "Say why limits may be overridden"),
        (("undo-bulk", "A-1001"), "Nothing was changed"),
        (("split", "A-1001", "--part", "NJ1"), "“NJ1” is no part"),
        (("split", "A-1001", "--part", "NJ1:VASE=1"), "The seller has no SKU “VASE”"),
        (("split", "A-1001", "--part", "NJ1:LAMP=2"), "two warehouses or more"),
        (("assign", "A-1001", "NJ1", "--force"), "Say why a limit may be overridden"),
    ],
)
def test_says_what_is_wrong(scene: Scene, arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments)
