"""The one HTTP client: pooled, certificates verified, no redirects, no answer longer than it may be."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Final

import httpx

from carriers.live.protocol import Cause, HttpRequest, HttpResponse

MOST_BYTES: Final = 4_000_000
USER_AGENT: Final = "Fencang"
LIMITS: Final = httpx.Limits(max_connections=200, max_keepalive_connections=100, keepalive_expiry=30)
# This machine's own services are never behind a proxy.
LOOPBACK: Final = ("all://127.0.0.1", "all://localhost")


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


class Transport:
    """Sends requests; belongs to one event loop."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(
            limits=LIMITS,
            follow_redirects=False,
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
            mounts=dict.fromkeys(LOOPBACK),
        )

    async def send(self, request: HttpRequest, *, timeout_seconds: float) -> HttpResponse:
        """Return the whole answer. Raises AskFailed."""
        try:
            return await self._send(request, timeout_seconds)
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

    async def _send(self, request: HttpRequest, timeout_seconds: float) -> HttpResponse:
        asked = self._client.stream(
            request.method, request.url, headers=dict(request.headers), content=request.body, timeout=timeout_seconds
        )
        async with asked as answer:
            body = bytearray()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > MOST_BYTES:
                    raise AskFailed(Cause.MALFORMED, "too long an answer", provider_at_fault=True)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return HttpResponse(status=answer.status_code, headers=headers, body=bytes(body))


def _is_about_certificates(fault: BaseException) -> bool:
    return any(isinstance(cause, ssl.SSLError) for cause in _causes(fault))


def _causes(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__ or fault.__context__
