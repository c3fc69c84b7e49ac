"""A company, people at work beside the test, and each guard taken away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from allocation import runner, store
from tests.allocation.races.steps import Build, known
from tests.allocation.scene import Scene
from tests.allocation.threads import Thread, in_thread

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
