"""What a live quote asks, what comes back, and the shape that every provider has.

A provider is pure: it writes an HTTP request and reads an HTTP response. The gateway alone touches the network, the clock
and the caches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol, runtime_checkable

from carriers.core.types import Parcel

CODE: Final = "live_quote_failed"
STRUCK_OUT: Final = "[redacted]"
SHORTEST_SECRET: Final = 4


class Cause(StrEnum):
    """Why there is no live price: a closed list."""

    TIMEOUT = "timeout"  # no whole answer before the deadline
    REFUSED = "refused"  # not reached, or hung up on
    RATE_LIMITED = "rate_limited"  # by the provider, or by the account's own limit
    AUTH = "auth"  # credentials missing, unreadable or not accepted
    HTTP_ERROR = "http_error"  # the provider answered with an error
    MALFORMED = "malformed"  # the answer is not in the documented format
    BREAKER_OPEN = "breaker_open"  # not asked, after a row of failures
    UNSUPPORTED = "unsupported"  # the provider cannot price such a shipment, or has no service for it
    TLS = "tls"  # the certificate was not accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a shipment starts or ends. The postcode is normalised; what is unknown is empty."""

    country: str
    postcode: str = ""
    state: str = ""
    city: str = ""
    street: str = ""
    name: str = ""
    phone: str = ""
    residential: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """One shipment to be priced: from one place to another, in one parcel or several, on a day."""

    origin: Address
    destination: Address
    parcels: tuple[Parcel, ...]
    ship_date: date
    value_minor: int = 0
    currency: str = "USD"

    @property
    def crosses_border(self) -> bool:
        """Return whether the two countries differ."""
        return self.origin.country != self.destination.country


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRate:
    """A provider's price for the shipment with one service, in the minor unit of its currency.

    `service` and `carrier` are the provider's own codes; `carrier` is empty where the provider is one.
    """

    service: str
    amount_minor: int
    currency: str
    name: str = ""
    carrier: str = ""
    transit_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRejection:
    """Why there is no price. The detail is for people: the provider's own words or the HTTP status, never a secret."""

    code: ClassVar[str] = CODE
    cause: Cause
    detail: str = ""
    carrier: str = ""


Result = LiveRate | LiveRejection


class MalformedAnswer(ValueError):
    """An answer that is not in the documented format: says where, never what it held."""


class QuoteUnsupported(Exception):
    """The provider's API cannot be asked for such a shipment."""


class CredentialMissing(Exception):
    """The account lacks a field that the provider needs."""


class Credentials(Mapping[str, str]):
    """The secrets of an account, kept out of texts, logs and pickles."""

    __slots__ = ("_secrets",)

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = dict(secrets)

    def __getitem__(self, name: str) -> str:
        if not self._secrets.get(name):
            raise CredentialMissing(name)
        return self._secrets[name]

    def __iter__(self) -> Any:
        return iter(self._secrets)

    def __len__(self) -> int:
        return len(self._secrets)

    def __repr__(self) -> str:
        return f"Credentials({', '.join(self._secrets)})"

    def __reduce__(self) -> Any:
        raise TypeError("credentials are not pickled")

    def strike_out(self, text: str) -> str:
        """Return the text without any of the secrets, should a provider have echoed one."""
        for secret in sorted(self._secrets.values(), key=len, reverse=True):
            if len(secret) >= SHORTEST_SECRET:
                text = text.replace(secret, STRUCK_OUT)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A tenant's account with a provider, as the gateway uses it.

    `options` are its settings that are no secrets; `revision` changes whenever anything of the account does.
    """

    id: int
    tenant_id: int
    provider: str
    base_url: str
    credentials: Credentials = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
    cache_seconds: int = 600
    rate_per_second: int = 10
    revision: str = ""

    @property
    def key(self) -> str:
        """Return the name under which everything of the account is kept."""
        return f"{self.tenant_id}:{self.id}"

    def listed(self, option: str) -> list[str]:
        """Return an option that is a comma-separated list."""
        return [word.strip() for word in self.options.get(option, "").split(",") if word.strip()]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request to be sent as it is."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """An answer; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What an OAuth server granted, for so many seconds."""

    value: str = field(repr=False)
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountField:
    """One field of an account's form."""

    name: str
    secret: bool = False
    required: bool = True


class Provider(Protocol):
    """One API. `base_urls` are its public addresses, production first; none where each customer runs a server."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def base_urls(self) -> tuple[str, ...]: ...
    @property
    def fields(self) -> tuple[AccountField, ...]: ...

    def build(self, request: QuoteRequest, account: Account) -> HttpRequest:
        """Return the request that asks for prices. Raises QuoteUnsupported or CredentialMissing."""

    def parse(self, response: HttpResponse, request: QuoteRequest) -> tuple[Result, ...]:
        """Return the prices in a successful response. Raises MalformedAnswer."""

    def fault(self, document: Any) -> str:
        """Return what an error's document says, "" if it is in no known format."""


@runtime_checkable
class TokenProvider(Provider, Protocol):
    """An API that wants a bearer token, which the gateway fetches, keeps and adds."""

    def build_token(self, account: Account) -> HttpRequest:
        """Return the request for a token."""

    def parse_token(self, response: HttpResponse) -> Token:
        """Return the token. Raises MalformedAnswer."""


@runtime_checkable
class SigningProvider(Provider, Protocol):
    """An API whose requests bear a signature that holds for an instant only."""

    def sign(self, request: HttpRequest, account: Account, *, at: datetime) -> HttpRequest:
        """Return the request as it is sent. Raises CredentialMissing."""
