"""Asks many accounts at once: one deadline for the batch, cached answers, and a code for everything that goes wrong.

Quoting happens outside transactions only: a database that waits for a carrier is a database that waits for the internet.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import connections

from carriers.live.exchange import LONGEST_DETAIL, Ask, Desk, Exchange
from carriers.live.health import KEPT_SECONDS, NOTED_EVERY_SECONDS, Health, health_key, read_health, write_health
from carriers.live.protocol import Account, Cause, LiveRate, LiveRejection, QuoteRequest, Result
from carriers.live.providers import PROVIDERS
from carriers.live.stores import Store, shared_store
from carriers.live.transport import AskFailed, Transport
from wms.sealing import Sealer, installed_sealer

DEADLINE_SECONDS: Final = 2.0
# Kept back for handing the answers over, so that the caller has them by the deadline.
RESERVE_SECONDS: Final = 0.03
# The loop answers by itself at the deadline; this is for a loop that no longer turns.
GRACE_SECONDS: Final = 1.0
PLACES: Final = 100
PLACES_AT_AN_ACCOUNT: Final = 10

log = structlog.get_logger(__name__)


class QuotedInsideTransaction(RuntimeError):
    """A programming mistake: carriers were to be asked while a transaction was open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an account said to a request: rates, or why there are none; how old it is, in seconds."""

    account_id: int
    results: tuple[Result, ...]
    is_cached: bool = False
    age_seconds: float = 0.0

    @property
    def rates(self) -> tuple[LiveRate, ...]:
        """Return the prices."""
        return tuple(result for result in self.results if isinstance(result, LiveRate))

    @property
    def rejections(self) -> tuple[LiveRejection, ...]:
        """Return the reasons."""
        return tuple(result for result in self.results if isinstance(result, LiveRejection))


Pair = tuple[QuoteRequest, Account]


@dataclass(slots=True)
class _Question:
    """A pair that is asked once, however often it stands in the batch."""

    pair: Pair
    key: str
    use_cache: bool
    positions: list[int] = field(default_factory=list)
    ask: Ask | None = None


class Gateway:
    """Asks from any thread; its connections live on a thread of their own."""

    def __init__(
        self,
        *,
        make_store: Callable[[], Store],
        sealer: Sealer,
        hosts: Sequence[str] = (),
        places_at_an_account: int = PLACES_AT_AN_ACCOUNT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        # Their lines name every request; what goes wrong is logged here.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._make_store = make_store
        self._sealer = sealer
        self._hosts = tuple(hosts)
        self._places_at_an_account = places_at_an_account
        self._clock = clock
        self._desks: dict[str, Desk] = {}
        self._leftovers: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(max_workers=32, thread_name_prefix="live-names"))
        threading.Thread(target=self._loop.run_forever, name="live-quotes", daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()

    def quote_batch(
        self,
        *,
        requests: Sequence[QuoteRequest],
        accounts: Sequence[Account],
        deadline_seconds: float = DEADLINE_SECONDS,
        use_cache: bool = True,
    ) -> tuple[tuple[Answer, ...], ...]:
        """Return for each request, in order, each account's answer, in order."""
        pairs = [(request, account) for request in requests for account in accounts]
        answers = iter(self.quote_pairs(pairs, deadline_seconds=deadline_seconds, use_cache=use_cache))
        return tuple(tuple(next(answers) for _ in accounts) for _ in requests)

    def quote_pairs(
        self, pairs: Sequence[Pair], *, deadline_seconds: float = DEADLINE_SECONDS, use_cache: bool = True
    ) -> tuple[Answer, ...]:
        """Return the answer to each pair of request and account, in order, no later than the deadline."""
        _refuse_inside_transaction()
        questions = _questions(pairs, use_cache=use_cache)
        deadline = time.monotonic() + deadline_seconds - min(RESERVE_SECONDS, deadline_seconds / 10)
        asked = asyncio.run_coroutine_threadsafe(self._batch(questions, deadline), self._loop)
        try:
            found = asked.result(timeout=deadline_seconds + GRACE_SECONDS)
        except TimeoutError:
            asked.cancel()
            found = [_late(question) for question in questions]
        answers: list[Answer | None] = [None] * len(pairs)
        for question, answer in zip(questions, found, strict=True):
            for position in question.positions:
                answers[position] = answer
        return tuple(answer for answer in answers if answer is not None)

    def health(self, account_keys: Sequence[str]) -> tuple[Health | None, ...]:
        """Return how each of the accounts answered last, as far as anybody remembers."""
        asked = asyncio.run_coroutine_threadsafe(self._health(account_keys), self._loop)
        return asked.result(timeout=GRACE_SECONDS * max(1, len(account_keys)))

    async def _health(self, account_keys: Sequence[str]) -> tuple[Health | None, ...]:
        kept = [await self._store.get(health_key(key)) for key in account_keys]
        return tuple(None if one is None else read_health(one) for one in kept)

    def close(self) -> None:
        """Close the connections and end the thread."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _close(self) -> None:
        if self._leftovers:
            await asyncio.wait(self._leftovers, timeout=GRACE_SECONDS)
        await self._transport.close()

    async def _open(self) -> None:
        self._transport = Transport()
        await self._transport.load()
        self._store = self._make_store()
        self._exchange = Exchange(transport=self._transport, store=self._store, sealer=self._sealer, hosts=self._hosts, places=PLACES)

    async def _batch(self, questions: Sequence[_Question], deadline: float) -> list[Answer]:
        """Ask everything at once; what has not answered by the deadline is let go, not waited for."""
        if not questions:
            return []
        tasks = [asyncio.create_task(self._answer(question, deadline)) for question in questions]
        await asyncio.wait(tasks, timeout=max(0.0, deadline - self._loop.time()))
        return [task.result() if task.done() else self._let_go(task, question) for task, question in zip(tasks, questions, strict=True)]

    def _let_go(self, task: asyncio.Task[Answer], question: _Question) -> Answer:
        task.cancel()
        self._leftovers.add(task)
        task.add_done_callback(self._leftovers.discard)
        if question.ask is not None and question.ask.was_sent:
            question.ask.desk.breaker.fail(at=self._loop.time())
            self._tell(question.pair[1], Cause.TIMEOUT)
        return _late(question)

    async def _answer(self, question: _Question, deadline: float) -> Answer:
        request, account = question.pair
        try:
            kept = await self._kept(question)
            if kept is not None:
                return kept
            question.ask = self._ask(request, account, deadline)
            results = await self._exchange.ask(question.ask)
            question.ask.desk.breaker.succeed()
            self._tell(account, None)
            answer = Answer(account_id=account.id, results=tuple(_struck_out(result, account) for result in results))
            await self._keep(question, answer)
        except AskFailed as failed:
            return self._failed(failed, account)
        except Exception as fault:  # one provider's surprise must not cost the others their answers
            return self._failed(AskFailed(Cause.MALFORMED, type(fault).__name__, provider_at_fault=True), account)
        return answer

    def _ask(self, request: QuoteRequest, account: Account, deadline: float) -> Ask:
        provider = PROVIDERS.get(account.provider)
        if provider is None:
            raise AskFailed(Cause.UNSUPPORTED, "there is no such provider")
        return Ask(provider=provider, account=account, request=request, desk=self._desk(account), deadline=deadline)

    def _failed(self, failed: AskFailed, account: Account) -> Answer:
        if failed.provider_at_fault:
            self._desk(account).breaker.fail(at=self._loop.time())
        self._tell(account, failed.cause)
        detail = account.credentials.strike_out(failed.detail)[:LONGEST_DETAIL]
        log.warning("live_quote_failed", account=account.key, provider=account.provider, cause=failed.cause.value, detail=detail)
        return Answer(account_id=account.id, results=(LiveRejection(cause=failed.cause, detail=detail),))

    def _tell(self, account: Account, cause: Cause | None) -> None:
        """Let all processes know how the account answered, unless that is no news; nobody waits for it."""
        desk, now = self._desk(account), self._loop.time()
        if cause is Cause.BREAKER_OPEN or (desk.told and desk.told[0] == cause and now - desk.told[1] < NOTED_EVERY_SECONDS):
            return
        desk.told = (cause, now)
        alone, clock = desk.breaker.seconds_alone(at=now), self._clock()
        health = Health(
            at=datetime.fromtimestamp(clock, tz=UTC),
            cause=cause,
            alone_until=datetime.fromtimestamp(clock + alone, tz=UTC) if alone else None,
        )
        telling = self._loop.create_task(self._store.put(health_key(account.key), write_health(health), seconds=KEPT_SECONDS))
        self._leftovers.add(telling)
        telling.add_done_callback(self._leftovers.discard)

    def _desk(self, account: Account) -> Desk:
        if account.key not in self._desks:
            self._desks[account.key] = Desk(places=self._places_at_an_account)
        return self._desks[account.key]

    async def _kept(self, question: _Question) -> Answer | None:
        if not question.use_cache:
            return None
        kept = await self._store.get(question.key)
        if kept is None:
            return None
        document = json.loads(kept)
        rates = [LiveRate(**rate) for rate in document["rates"]]
        refused = [LiveRejection(cause=Cause.UNSUPPORTED, **rejection) for rejection in document["refused"]]
        return Answer(
            account_id=question.pair[1].id, results=(*rates, *refused), is_cached=True, age_seconds=max(0.0, self._clock() - document["at"])
        )

    async def _keep(self, question: _Question, answer: Answer) -> None:
        """Keep prices, and which carriers have none for such a shipment; what could not be had may be had the next time."""
        seconds = question.pair[1].cache_seconds
        if question.use_cache and answer.rates and all(rejection.cause is Cause.UNSUPPORTED for rejection in answer.rejections):
            refused = [{"detail": rejection.detail, "carrier": rejection.carrier} for rejection in answer.rejections]
            document = {"at": self._clock(), "rates": [asdict(rate) for rate in answer.rates], "refused": refused}
            await self._store.put(question.key, json.dumps(document).encode(), seconds=seconds)


def _questions(pairs: Sequence[Pair], *, use_cache: bool) -> list[_Question]:
    by_key: dict[str, _Question] = {}
    for position, pair in enumerate(pairs):
        key = quote_key(*pair)
        if key not in by_key:
            by_key[key] = _Question(pair, key, use_cache=use_cache and pair[1].cache_seconds > 0)
        by_key[key].positions.append(position)
    return list(by_key.values())


def quote_key(request: QuoteRequest, account: Account) -> str:
    """Return the name of the answer: the account and what determines a price, but no name, phone or street."""
    places = [
        [place.country, place.postcode, place.state, place.city, place.residential] for place in (request.origin, request.destination)
    ]
    parcels = sorted([parcel.actual_mg, *sorted((parcel.length_um, parcel.width_um, parcel.height_um))] for parcel in request.parcels)
    asked = [account.base_url, account.revision, sorted(account.options.items()), places, parcels, request.ship_date.isoformat()]
    worth = [request.value_minor, request.currency]
    return f"quote:2:{account.key}:" + hashlib.sha256(json.dumps([*asked, *worth]).encode()).hexdigest()


def _late(question: _Question) -> Answer:
    return Answer(account_id=question.pair[1].id, results=(LiveRejection(cause=Cause.TIMEOUT, detail="no answer by the deadline"),))


def _struck_out(result: Result, account: Account) -> Result:
    if isinstance(result, LiveRejection):
        return LiveRejection(cause=result.cause, detail=account.credentials.strike_out(result.detail), carrier=result.carrier)
    return result


def _refuse_inside_transaction() -> None:
    if any(connection.in_atomic_block for connection in connections.all(initialized_only=True)):
        raise QuotedInsideTransaction


_gateways: dict[tuple[int, tuple[str, ...]], Gateway] = {}
_opening = threading.Lock()


def gateway() -> Gateway:
    """Return this process's gateway; a forked worker gets one of its own, and so does whoever is told other hosts."""
    with _opening:
        key = (os.getpid(), tuple(settings.LIVE_QUOTE_HOSTS))
        if key not in _gateways:
            _gateways.clear()
            _gateways[key] = Gateway(
                make_store=lambda: shared_store(settings.CELERY_BROKER_URL), sealer=installed_sealer(), hosts=settings.LIVE_QUOTE_HOSTS
            )
        return _gateways[key]
