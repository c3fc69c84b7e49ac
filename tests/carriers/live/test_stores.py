"""Values with an end, and turns that are taken: the same in the process and in Valkey."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.exceptions import ConnectionError as BrokerGone

from carriers.live.stores import AWAY_SECONDS, FallbackStore, LocalStore, ValkeyStore, _client, shared_store


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def turns(store, *, count: int, per_second: int, most_wait: float = 10.0) -> list[float | None]:
    return [await store.take_turn("one", per_second=per_second, most_wait=most_wait) for _ in range(count)]


def test_a_second_s_worth_goes_at_once_and_the_rest_in_their_turn():
    assert asyncio.run(turns(LocalStore(clock=Clock()), count=5, per_second=2)) == [0.0, 0.0, 0.5, 1.0, 1.5]


def test_who_would_wait_too_long_takes_no_turn():
    clock = Clock()
    store = LocalStore(clock=clock)

    assert asyncio.run(turns(store, count=4, per_second=1, most_wait=1.0)) == [0.0, 1.0, None, None]
    clock.now += 1
    assert asyncio.run(turns(store, count=1, per_second=1, most_wait=1.0)) == [1.0]


def test_turns_come_back_with_time():
    clock = Clock()
    store = LocalStore(clock=clock)
    asyncio.run(turns(store, count=4, per_second=2))
    clock.now += 60

    assert asyncio.run(turns(store, count=3, per_second=2)) == [0.0, 0.0, 0.5]


def test_all_processes_take_their_turns_from_one_timetable(broker):
    async def two_processes() -> list[float | None]:
        stores = [ValkeyStore(_client(broker.url())) for _ in range(2)]
        return [await store.take_turn("one", per_second=1, most_wait=wait) for store in stores for wait in (0.0, 5.0)]

    first, second, third, fourth = asyncio.run(two_processes())

    assert first == 0.0
    assert second is not None
    assert 0 < second <= 1
    assert third is None
    assert fourth is not None
    assert second < fourth <= 2


@pytest.mark.parametrize("kind", ["local", "valkey"])
def test_a_value_stays_until_its_time_is_over_or_it_is_dropped(kind, broker):
    async def story() -> list[bytes | None]:
        store = LocalStore() if kind == "local" else ValkeyStore(_client(broker.url()))
        await store.put("kept", b"1", seconds=60)
        await store.put("short", b"2", seconds=0.001)
        await store.put("dropped", b"3", seconds=60)
        await store.drop("dropped")
        await store.drop("never there")
        await asyncio.sleep(0.05)
        return [await store.get(key) for key in ("kept", "short", "dropped", "other")]

    assert asyncio.run(story()) == [b"1", None, None, None]


def test_a_process_keeps_only_so_many_values():
    async def fill() -> tuple[int, bytes | None]:
        store = LocalStore()
        for number in range(10_100):
            await store.put(str(number), b"x", seconds=60)
        return len(store._values), await store.get("10099")

    assert asyncio.run(fill()) == (10_000, b"x")


class Gone(LocalStore):
    """A store that is away, and counts how often it was asked."""

    asked = 0

    async def get(self, key: str) -> bytes | None:
        self.asked += 1
        raise BrokerGone


def test_a_store_that_is_away_is_asked_again_only_after_a_pause():
    clock, away = Clock(), Gone()
    store = FallbackStore(away, LocalStore(), clock=clock)

    async def ask(times: int) -> None:
        for _ in range(times):
            assert await store.get("x") is None

    asyncio.run(ask(3))
    clock.now += AWAY_SECONDS
    asyncio.run(ask(3))

    assert away.asked == 2


@pytest.mark.parametrize("address", ["redis://broker:6379/2", "rediss://:pw@broker:6380", "redis+socket:///run/a%20b.sock?virtual_host=3"])
def test_the_broker_s_address_may_have_any_form_that_celery_knows(address):
    async def known() -> dict[str, Any]:
        return _client(address).connection_pool.connection_kwargs

    kwargs = asyncio.run(known())

    assert kwargs.get("path", "/run/a b.sock") == "/run/a b.sock"
    assert kwargs["socket_timeout"] == 0.25
    assert isinstance(shared_store(address), FallbackStore)
