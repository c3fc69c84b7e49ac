"""One question to one account: turn, token, request, at most one retry, reading; all within the batch's deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from carriers.live.addresses import is_allowed
from carriers.live.breaker import Breaker
from carriers.live.documents import read_json
from carriers.live.protocol import (
    STRUCK_OUT,
    Account,
    Cause,
    CredentialMissing,
    HttpRequest,
    HttpResponse,
    LiveRejection,
    MalformedAnswer,
    Provider,
    QuoteRequest,
    QuoteUnsupported,
    Result,
    SigningProvider,
    Token,
    TokenProvider,
)
from carriers.live.signing import bearer
from carriers.live.stores import Store
from carriers.live.transport import AskFailed, Transport
from wms.sealing import SealBroken, Sealer

PAUSE_SECONDS: Final = 0.05
TOKEN_MARGIN_SECONDS: Final = 60
LONGEST_DETAIL: Final = 200
REFUSED_CREDENTIALS: Final = frozenset({401, 403})
TOO_MANY: Final = 429
ERRORS: Final = 400
SERVER_ERRORS: Final = 500


class Desk:
    """What the questions to one account share in this process: breaker, places in the queue, one token at a time, and the last news."""

    def __init__(self, *, places: int) -> None:
        self.breaker = Breaker()
        self.told: tuple[Cause | None, float] | None = None
        self.places = asyncio.Semaphore(places)
        self.token_lock = asyncio.Lock()


@dataclass(slots=True, kw_only=True)
class Ask:
    """One question on its way; the deadline is an instant of the loop's clock."""

    provider: Provider
    account: Account
    request: QuoteRequest
    desk: Desk
    deadline: float
    was_sent: bool = False


class Exchange:
    """Asks; belongs to one event loop."""

    def __init__(self, *, transport: Transport, store: Store, sealer: Sealer, hosts: tuple[str, ...], places: int) -> None:
        self._transport = transport
        self._store = store
        self._sealer = sealer
        self._hosts = hosts
        self._places = asyncio.Semaphore(places)

    async def ask(self, ask: Ask) -> tuple[Result, ...]:
        """Return what the provider answers. Raises AskFailed."""
        self._refuse_closed(ask)
        asked = _built(ask)
        await self._wait_for_turn(ask)
        async with ask.desk.places, self._places:
            ask.was_sent = True
            response = await self._with_token(ask, asked)
        try:
            return tuple(map(_shortened, ask.provider.parse(response, ask.request)))
        except MalformedAnswer as fault:
            raise AskFailed(Cause.MALFORMED, str(fault), provider_at_fault=True) from fault

    def _refuse_closed(self, ask: Ask) -> None:
        why_not = ask.desk.breaker.why_not(at=_now())
        if why_not is not None:
            raise AskFailed(why_not)
        if not is_allowed(ask.account.base_url, provider=ask.provider, hosts=self._hosts):
            raise AskFailed(Cause.UNSUPPORTED, "this address may not be asked")

    async def _wait_for_turn(self, ask: Ask) -> None:
        turn, per_second = f"turn:{ask.account.key}", ask.account.rate_per_second
        wait = await self._store.take_turn(turn, per_second=per_second, most_wait=_left(ask.deadline))
        if wait is None:
            raise AskFailed(Cause.RATE_LIMITED, "the account's own limit")
        if wait:
            await asyncio.sleep(wait)

    async def _with_token(self, ask: Ask, asked: HttpRequest) -> HttpResponse:
        """Send the request, with a token where the provider wants one, and with a new one where it has expired."""
        if not isinstance(ask.provider, TokenProvider):
            return _succeeded(await self._send(_signed_now(asked, ask), ask), ask.provider, asked)
        token = await self._token(ask.provider, ask, not_this="")
        signed = _signed(asked, token)
        response = await self._send(signed, ask)
        if response.status in REFUSED_CREDENTIALS:
            token = await self._token(ask.provider, ask, not_this=token)
            signed = _signed(asked, token)
            response = await self._send(signed, ask)
        return _succeeded(response, ask.provider, signed)

    async def _token(self, provider: TokenProvider, ask: Ask, *, not_this: str) -> str:
        """Return a token other than `not_this`, from the store or fresh; the others wait for the one that fetches it."""
        key = f"token:{ask.account.key}:{ask.account.revision}"
        async with ask.desk.token_lock:
            kept = await self._kept_token(key)
            if kept not in {"", not_this}:
                return kept
            fresh = await self._fresh_token(provider, ask)
            seconds = fresh.seconds - TOKEN_MARGIN_SECONDS
            if seconds > 0:
                await self._store.put(key, self._sealer.seal_text(fresh.value), seconds=seconds)
            else:
                await self._store.drop(key)
            return fresh.value

    async def _kept_token(self, key: str) -> str:
        sealed = await self._store.get(key)
        with suppress(SealBroken):
            return self._sealer.unseal_text(sealed) if sealed else ""
        return ""

    async def _fresh_token(self, provider: TokenProvider, ask: Ask) -> Token:
        try:
            asked = provider.build_token(ask.account)
        except CredentialMissing as missing:
            raise AskFailed(Cause.AUTH, f"{missing} is missing") from missing
        response = await self._send(asked, ask)
        if ERRORS <= response.status < SERVER_ERRORS and response.status != TOO_MANY:
            raise AskFailed(Cause.AUTH, f"no token: HTTP {response.status}", provider_at_fault=True)
        try:
            return provider.parse_token(_succeeded(response, provider, asked))
        except MalformedAnswer as fault:
            raise AskFailed(Cause.MALFORMED, str(fault), provider_at_fault=True) from fault

    async def _send(self, request: HttpRequest, ask: Ask) -> HttpResponse:
        """Send the request, and once more where that may help and there is time: quoting changes nothing at the provider."""
        try:
            response = await self._transport.send(request, account=ask.account.key, timeout_seconds=_left(ask.deadline))
            pause = _pause_after(response)
            if pause is None:
                return response
            if pause >= _left(ask.deadline):
                if response.status == TOO_MANY:
                    ask.desk.breaker.rest(at=_now(), seconds=pause)
                return response
        except AskFailed as fault:
            if not fault.may_retry or _left(ask.deadline) <= PAUSE_SECONDS:
                raise
            pause = PAUSE_SECONDS
        await asyncio.sleep(pause)
        return await self._transport.send(request, account=ask.account.key, timeout_seconds=_left(ask.deadline))


def _built(ask: Ask) -> HttpRequest:
    try:
        return ask.provider.build(ask.request, ask.account)
    except QuoteUnsupported as fault:
        raise AskFailed(Cause.UNSUPPORTED, str(fault)) from fault
    except CredentialMissing as missing:
        raise AskFailed(Cause.AUTH, f"{missing} is missing") from missing


def _succeeded(response: HttpResponse, provider: Provider, asked: HttpRequest) -> HttpResponse:
    """Return the response if it is a success. Raises AskFailed with what the provider said."""
    if response.status < 300:
        return response
    said = ""
    with suppress(MalformedAnswer):
        said = _without_signature(provider.fault(read_json(response.body)), asked)
    detail = f"HTTP {response.status}" + (f": {said}" if said else "")
    if response.status in REFUSED_CREDENTIALS:
        raise AskFailed(Cause.AUTH, detail, provider_at_fault=True)
    if response.status == TOO_MANY:
        raise AskFailed(Cause.RATE_LIMITED, detail)
    raise AskFailed(Cause.HTTP_ERROR, detail, provider_at_fault=response.status >= SERVER_ERRORS)


def _without_signature(said: str, asked: HttpRequest) -> str:
    """Return the words without the header that signed the request, should the provider repeat it."""
    signature = asked.headers.get("Authorization", "").rpartition(" ")[2]
    return said.replace(signature, STRUCK_OUT) if signature else said


def _signed_now(request: HttpRequest, ask: Ask) -> HttpRequest:
    """Return the request with the signature of this instant, where the provider wants one."""
    if not isinstance(ask.provider, SigningProvider):
        return request
    try:
        return ask.provider.sign(request, ask.account, at=datetime.now(UTC))
    except CredentialMissing as missing:
        raise AskFailed(Cause.AUTH, f"{missing} is missing") from missing


def _signed(request: HttpRequest, token: str) -> HttpRequest:
    headers = {**request.headers, "Authorization": bearer(token)}
    return HttpRequest(url=request.url, headers=headers, body=request.body, method=request.method)


def _pause_after(response: HttpResponse) -> float | None:
    """Return after how many seconds to ask again, None if the answer stands."""
    if response.status >= SERVER_ERRORS:
        return PAUSE_SECONDS
    return retry_after_seconds(response.headers) if response.status == TOO_MANY else None


def retry_after_seconds(headers: Mapping[str, str], *, at: datetime | None = None) -> float | None:
    """Return how long a Retry-After header asks to wait, None without one. Source: RFC 9110, section 10.2.3."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, (until - (at or datetime.now(UTC))).total_seconds()) if until.tzinfo else None


def _shortened(result: Result) -> Result:
    if isinstance(result, LiveRejection) and len(result.detail) > LONGEST_DETAIL:
        return LiveRejection(cause=result.cause, detail=result.detail[:LONGEST_DETAIL], carrier=result.carrier)
    return result


def _now() -> float:
    return asyncio.get_running_loop().time()


def _left(deadline: float) -> float:
    return max(0.001, deadline - _now())
