from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.allocation.scene import Scene


@pytest.fixture
def build(db: None) -> Iterator[Callable[..., Scene]]:
    """Return what builds a scene. When the test has ended, the books of each scene must agree."""
    scenes: list[Scene] = []

    def builder(**options: Any) -> Scene:
        scenes.append(Scene(**options))
        return scenes[-1]

    yield builder
    for scene in scenes:
        assert scene.faults() == []
