"""What all workers share: tokens, quotes, and whose turn it is at an account. In Valkey, or in the process while it is away.

Losing all of it costs requests, nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

PREFIX: Final = "fencang:live:"
ANSWER_SECONDS: Final = 0.25
AWAY_SECONDS: Final = 10.0
MOST_LOCAL_ENTRIES: Final = 10_000

log = structlog.get_logger(__name__)


class Store(Protocol):
    """A place for small values with an end, and a timetable for each account."""

    async def get(self, key: str) -> bytes | None:
        """Return the value, None if there is none or its time is over."""

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        """Keep the value for so long."""

    async def drop(self, key: str) -> None:
        """Forget the value."""

    async def take_turn(self, key: str, *, per_second: int, most_wait: float) -> float | None:
        """Return after how many seconds one may go, and count it; None, and nothing counted, if that is longer than `most_wait`."""


class LocalStore:
    """The store of one process. The turns are those of the generic cell rate algorithm: a burst of one second's worth."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._values: dict[str, tuple[float, bytes]] = {}
        self._next: dict[str, float] = {}

    async def get(self, key: str) -> bytes | None:
        until, value = self._values.get(key, (0.0, b""))
        return value if self._clock() < until else None

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        if len(self._values) >= MOST_LOCAL_ENTRIES:
            self._make_room()
        self._values[key] = (self._clock() + seconds, value)

    async def drop(self, key: str) -> None:
        self._values.pop(key, None)

    async def take_turn(self, key: str, *, per_second: int, most_wait: float) -> float | None:
        now, interval = self._clock(), 1 / per_second
        arrival = max(self._next.get(key, 0.0), now)
        wait = max(0.0, arrival - (1 - interval) - now)
        if wait > most_wait:
            return None
        self._next[key] = arrival + interval
        return wait

    def _make_room(self) -> None:
        now = self._clock()
        self._values = {key: entry for key, entry in self._values.items() if now < entry[0]}
        for key in list(self._values)[: len(self._values) - MOST_LOCAL_ENTRIES + 1]:
            del self._values[key]


# Microseconds throughout: a second is one burst. A number is written with all its digits, or Lua would round it.
TAKE_TURN = """
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000000 + tonumber(t[2])
local interval = 1000000 / tonumber(ARGV[1])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local wait = math.max(0, arrival - (1000000 - interval) - now)
if wait > tonumber(ARGV[2]) then return -1 end
redis.call('SET', KEYS[1], string.format('%.0f', arrival + interval), 'PX', 60000)
return math.ceil(wait)
"""


class ValkeyStore:
    """The store that workers share."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._take_turn = client.register_script(TAKE_TURN)

    async def get(self, key: str) -> bytes | None:
        found = await self._client.get(PREFIX + key)
        return found.encode() if isinstance(found, str) else found

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        await self._client.set(PREFIX + key, value, px=max(1, int(seconds * 1000)))

    async def drop(self, key: str) -> None:
        await self._client.delete(PREFIX + key)

    async def take_turn(self, key: str, *, per_second: int, most_wait: float) -> float | None:
        wait = int(await self._take_turn(keys=[PREFIX + key], args=[per_second, int(most_wait * 1e6)]))
        return None if wait < 0 else wait / 1e6


class FallbackStore:
    """One store, and another while the first is away; the first is tried again after a pause."""

    def __init__(self, first: Store, second: Store, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._first = first
        self._second = second
        self._clock = clock
        self._away_until = 0.0

    async def get(self, key: str) -> bytes | None:
        return await self._ask(lambda store: store.get(key))

    async def put(self, key: str, value: bytes, *, seconds: float) -> None:
        await self._ask(lambda store: store.put(key, value, seconds=seconds))

    async def drop(self, key: str) -> None:
        await self._ask(lambda store: store.drop(key))

    async def take_turn(self, key: str, *, per_second: int, most_wait: float) -> float | None:
        return await self._ask(lambda store: store.take_turn(key, per_second=per_second, most_wait=most_wait))

    async def _ask[Found](self, question: Callable[[Store], Awaitable[Found]]) -> Found:
        if self._clock() >= self._away_until:
            try:
                return await question(self._first)
            except (RedisError, OSError) as fault:
                self._away_until = self._clock() + AWAY_SECONDS
                log.warning("live_store_away", cause=type(fault).__name__)
        return await question(self._second)


def shared_store(broker_url: str) -> Store:
    """Return the store at the broker's address (redis://…, rediss://… or Celery's redis+socket:///path)."""
    return FallbackStore(ValkeyStore(_client(broker_url)), LocalStore())


def _client(broker_url: str) -> Redis:
    patience: dict[str, Any] = {
        "socket_timeout": ANSWER_SECONDS,
        "socket_connect_timeout": ANSWER_SECONDS,
        "retry": Retry(NoBackoff(), retries=0),
    }
    parts = urlsplit(broker_url)
    if parts.scheme != "redis+socket":
        return Redis.from_url(broker_url, **patience)
    database = parse_qs(parts.query).get("virtual_host", ["0"])[0]
    return Redis(unix_socket_path=unquote(parts.path), db=int(database), password=parts.password, **patience)
