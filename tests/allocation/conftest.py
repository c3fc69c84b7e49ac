from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.allocation.scene import Scene
from tests.allocation.threads import give_up_on_locks

type Build = Callable[..., Scene]


@pytest.fixture
def build(db: None) -> Iterator[Build]:
    """Return what builds a scene. When the test has ended, the books of each scene must agree."""
    yield from _builder()


@pytest.fixture
def committed_scene(committed_db: None) -> Iterator[Build]:
    """Return what builds a scene that other connections see too. Nobody waits for a lock forever."""
    give_up_on_locks()
    yield from _builder()


def _builder() -> Iterator[Build]:
    scenes: list[Scene] = []

    def builder(*, checked: bool = True, **options: Any) -> Scene:
        scene = Scene(**options)
        if checked:
            scenes.append(scene)
        return scene

    yield builder
    for scene in scenes:
        assert scene.faults() == []


@pytest.fixture
def stuck(committed_scene: Build) -> Scene:
    """Return a scene, really committed, with one order that found nothing: a transaction's own changes count as news to it."""
    scene = committed_scene(DAL="5.00", NJ1="7.00")
    scene.receive("CUP", DAL=5)
    scene.place(LAMP=2)
    scene.drain()
    assert scene.reasons(scene.placed[0]) == {"out_of_stock"}
    return scene
