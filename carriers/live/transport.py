"""The one HTTP client: certificates verified, no redirects, no answer longer than it may be.

Each account has a pool of connections of its own: one that hangs fills nobody else's, and a pool looks through all its connections
for each request, which with 30 accounts in one pool cost more than all the rest.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Final
from urllib.request import getproxies, proxy_bypass

import anyio.lowlevel
import httpx

from carriers.live.protocol import Cause, HttpRequest, HttpResponse

MOST_BYTES: Final = 4_000_000
USER_AGENT: Final = "Fencang"
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
LIMITS: Final = httpx.Limits(max_connections=20, max_keepalive_connections=10, keepalive_expiry=30)


class AskFailed(Exception):
    """There is no answer that could be read.

    `provider_at_fault` counts against the account's breaker; `may_retry` says that asking once more may help.
    """

    def __init__(self, cause: Cause, detail: str = "", *, provider_at_fault: bool = False, may_retry: bool = False) -> None:
        super().__init__(cause.value)
        self.cause = cause
        self.detail = detail
        self.provider_at_fault = provider_at_fault
        self.may_retry = may_retry


class Pools(httpx.AsyncBaseTransport):
    """A pool of connections for each account and host; with the proxy that the environment names for it."""

    def __init__(self) -> None:
        self._certificates = httpx.create_ssl_context()
        self._pools: dict[tuple[str, str], httpx.AsyncHTTPTransport] = {}

    async def load(self) -> None:
        """Load the modules that httpx and its parts load at the first request: a tenth of a second of that request's time."""
        await self._pool(None).aclose()
        await anyio.lowlevel.checkpoint()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request through its account's pool."""
        key = (request.extensions["account"], request.url.host)
        if key not in self._pools:
            self._pools[key] = self._pool(_proxy(request.url))
        return await self._pools[key].handle_async_request(request)

    def _pool(self, proxy: str | None) -> httpx.AsyncHTTPTransport:
        return httpx.AsyncHTTPTransport(verify=self._certificates, limits=LIMITS, proxy=proxy)

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            await pool.aclose()


class Transport:
    """Sends requests; belongs to one event loop."""

    def __init__(self) -> None:
        headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
        self._pools = Pools()
        self._client = httpx.AsyncClient(transport=self._pools, follow_redirects=False, headers=headers)

    async def load(self) -> None:
        """Make ready for the first request, so that no batch's deadline pays for that."""
        await self._pools.load()

    async def send(self, request: HttpRequest, *, account: str, timeout_seconds: float) -> HttpResponse:
        """Return the whole answer. Raises AskFailed."""
        try:
            return await self._send(request, account, timeout_seconds)
        except httpx.TimeoutException as fault:
            raise AskFailed(Cause.TIMEOUT, provider_at_fault=True) from fault
        except httpx.ConnectError as fault:
            if _is_about_certificates(fault):
                raise AskFailed(Cause.TLS, "the certificate was not accepted", provider_at_fault=True) from fault
            raise AskFailed(Cause.REFUSED, "not reached", provider_at_fault=True, may_retry=True) from fault
        except httpx.DecodingError as fault:
            raise AskFailed(Cause.MALFORMED, "not in its own encoding", provider_at_fault=True) from fault
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            # A connection that was kept may be closed just when it is used again: once more helps.
            raise AskFailed(Cause.REFUSED, "hung up", provider_at_fault=True, may_retry=True) from fault

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _send(self, request: HttpRequest, account: str, timeout_seconds: float) -> HttpResponse:
        asked = self._client.stream(
            request.method,
            request.url,
            headers=dict(request.headers),
            content=request.body,
            timeout=timeout_seconds,
            extensions={"account": account},
        )
        async with asked as answer:
            body = bytearray()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > MOST_BYTES:
                    raise AskFailed(Cause.MALFORMED, "too long an answer", provider_at_fault=True)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return HttpResponse(status=answer.status_code, headers=headers, body=bytes(body))


def _proxy(url: httpx.URL) -> str | None:
    """Return the proxy of the environment (HTTPS_PROXY, NO_PROXY); this machine's own services are never behind one."""
    if url.host in LOOPBACK or proxy_bypass(url.host):
        return None
    return getproxies().get(url.scheme)


def _is_about_certificates(fault: BaseException) -> bool:
    return any(isinstance(cause, ssl.SSLError) for cause in _causes(fault))


def _causes(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__ or fault.__context__
