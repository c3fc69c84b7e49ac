"""The eight APIs behind the stub server: what each demands of a request, what it answers, and the faults that any may have.

The answers lie in answers/: made-up figures in the shapes of the documentation that each provider's module names.
"""

from __future__ import annotations

import json
import re
import threading
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carriers.live.sandbox.server import Reply

ANSWERS = Path(__file__).parent / "answers"

SECRETS: Mapping[str, Mapping[str, str]] = {
    "easypost": {"api_key": "EZTK-easypost-secret"},
    "shipstation": {"api_key": "TEST_shipstation_secret"},
    "shippo": {"api_token": "shippo_test_secret"},
    "karrio": {"api_key": "key_karrio_secret"},
    "ups": {"client_id": "ups-client-id", "client_secret": "ups-client-secret"},
    "fedex": {"client_id": "fedex-client-id", "client_secret": "fedex-client-secret"},
    "usps": {"client_id": "usps-client-id", "client_secret": "usps-client-secret"},
    "dhl": {"username": "dhl-user-name", "password": "dhl-pass-word"},
}
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "shipstation": {"carrier_ids": "se-1, se-2"},
    "ups": {"account_number": "A1B2C3"},
    "fedex": {"account_number": "740561073"},
    "dhl": {"account_number": "123456789"},
}
TOKEN_PATHS = {"ups": "/security/v1/oauth/token", "fedex": "/oauth/token", "usps": "/oauth2/v3/token"}
PREFIXES = {"shipstation": "/v1", "dhl": "/mydhlapi"}

FAULTS = (
    "bad-request",
    "unauthorized",
    "forbidden",
    "not-found",
    "too-many",
    "server-error",
    "malformed",
    "wrong-shape",
    "redirect",
    "endless",
    "hung-up",
    "hang",
    "drip",
)
"""Faults that no second try heals; further ones: ok, delay500 (milliseconds), too-many-once, server-error-once, expired-token, no-token."""

STATUSES = {"bad-request": 400, "not-found": 404}
HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


def answer(name: str) -> str:
    """Return a document of answers/."""
    return (ANSWERS / f"{name}.json").read_text()


@dataclass(slots=True)
class Received:
    """A request as it came in."""

    fault: str
    provider: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


def _reply(status: int, body: str, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status=status, body=body, headers=headers or {})


WRONG_SHAPE = {"rates": 7, "rate_response": 7, "RateResponse": [], "output": None, "rateOptions": "x", "products": {"totalPrice": 7}}
PAGES = {
    "forbidden": _reply(403, HTML, {"Content-Type": "text/html"}),
    "server-error": _reply(502, HTML, {"Content-Type": "text/html"}),
    "wrong-shape": _reply(200, json.dumps(WRONG_SHAPE)),
    "redirect": _reply(302, "", {"Location": "/ok/elsewhere"}),
}


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def _has(document: Any, *paths: str) -> bool:
    """Return whether something that is not empty lies at each dotted path; a number stands for a place in a list."""
    for path in paths:
        node = document
        for name in path.split("."):
            try:
                node = node[int(name)] if name.isdigit() else node[name]
            except (KeyError, IndexError, TypeError):
                return False
        if node in ("", None, [], {}):
            return False
    return True


def _easypost(asked: Received) -> bool:
    if asked.path == "/v2/orders":
        return _has(asked.document, "order.to_address.zip", "order.from_address.zip", "order.shipments.1.parcel.weight")
    return asked.path == "/beta/rates" and _has(
        asked.document, *(f"shipment.{n}" for n in ("to_address.zip", "from_address.zip", "parcel.weight"))
    )


def _shipstation(asked: Received) -> bool:
    if asked.path == "/rates":
        ends = ("shipment.ship_to.postal_code", "shipment.ship_from.address_line1", "shipment.packages.1.weight.value")
        return _has(asked.document, *ends, "rate_options.carrier_ids")
    places = ("from_country_code", "from_postal_code", "to_country_code", "to_postal_code")
    return asked.path == "/rates/estimate" and _has(asked.document, *places, "carrier_ids", "weight.value", "weight.unit")


def _shippo(asked: Received) -> bool:
    wanted = (
        "address_from.zip",
        "address_to.zip",
        "parcels.0.length",
        "parcels.0.weight",
        "parcels.0.mass_unit",
        "parcels.0.distance_unit",
    )
    strings = all(isinstance(asked.document["parcels"][0][side], str) for side in ("length", "width", "height", "weight"))
    return asked.path == "/shipments/" and asked.document.get("async") is False and strings and _has(asked.document, *wanted)


def _karrio(asked: Received) -> bool:
    wanted = ("shipper.postal_code", "recipient.country_code", "parcels.0.weight", "parcels.0.weight_unit")
    return asked.path == "/v1/proxy/rates" and _has(asked.document, *wanted)


def _ups(asked: Received) -> bool:
    addresses = ("Shipper.Address.PostalCode", "ShipTo.Address.CountryCode", "ShipFrom.Address.PostalCode", "Shipper.ShipperNumber")
    package = ("Package.0.PackageWeight.Weight", "Package.0.PackagingType.Code", "DeliveryTimeInformation.PackageBillType")
    named = _has(asked.document, *(f"RateRequest.Shipment.{name}" for name in (*addresses, *package)))
    return asked.path == "/api/rating/v2409/Shop?additionalinfo=timeintransit" and named


def _fedex(asked: Received) -> bool:
    parts = ("shipper.address.postalCode", "recipient.address.countryCode", "pickupType", "requestedPackageLineItems.0.weight.value")
    return asked.path == "/rate/v1/rates/quotes" and _has(
        asked.document, "accountNumber.value", *(f"requestedShipment.{name}" for name in parts)
    )


def _usps(asked: Received) -> bool:
    document = asked.document
    zips = all(re.fullmatch(r"\d{5}", document.get(name, "")) for name in ("originZIPCode", "destinationZIPCode"))
    sides = document.get("length", 0) >= document.get("width", 0) >= document.get("height", 0) > 0
    return (
        asked.path == "/prices/v3/base-rates-list/search"
        and zips
        and sides
        and _has(document, "weight", "mailClasses", "priceType", "mailingDate")
    )


def _dhl(asked: Received) -> bool:
    parts = ("shipperDetails.postalCode", "shipperDetails.cityName", "shipperDetails.countryCode", "receiverDetails.cityName")
    wanted = ("plannedShippingDateAndTime", "unitOfMeasurement", "packages.0.weight", "packages.0.dimensions.length", "accounts.0.number")
    dated = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dGMT[+-]\d\d:\d\d", asked.document.get("plannedShippingDateAndTime", ""))
    named = _has(asked.document, *wanted, *(f"customerDetails.{name}" for name in parts))
    return asked.path == "/rates" and named and dated is not None and isinstance(asked.document.get("isCustomsDeclarable"), bool)


IN_FORM: Mapping[str, Callable[[Received], bool]] = {
    "easypost": _easypost,
    "shipstation": _shipstation,
    "shippo": _shippo,
    "karrio": _karrio,
    "ups": _ups,
    "fedex": _fedex,
    "usps": _usps,
    "dhl": _dhl,
}


def _signed_as(provider: str) -> tuple[str, str]:
    """Return the header that a provider without tokens wants, and its value."""
    secrets = SECRETS[provider]
    match provider:
        case "easypost":
            return "authorization", _basic(secrets["api_key"], "")
        case "shipstation":
            return "api-key", secrets["api_key"]
        case "shippo":
            return "authorization", f"ShippoToken {secrets['api_token']}"
        case "karrio":
            return "authorization", f"Token {secrets['api_key']}"
    return "authorization", _basic(secrets["username"], secrets["password"])


class Stub:
    """What the server answers; counts what it has answered for each fault and provider."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.stopping = threading.Event()
        self._tokens: Counter[tuple[str, str]] = Counter()
        self._asked: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def reply(self, *, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Return the answer to a request for a token or for rates."""
        _, fault, provider, rest = path.split("/", 3)
        own_path = f"/{rest}".removeprefix(PREFIXES.get(provider, ""))
        return self.reply_to(Received(fault, provider, own_path, headers, body))

    def reply_to(self, asked: Received) -> Reply:
        """Return the answer to what was read of a request."""
        with self._lock:
            self.received.append(asked)
            if asked.path == TOKEN_PATHS.get(asked.provider):
                return self._token(asked)
            self._asked[asked.fault, asked.provider] += 1
            return self._fault(asked) or self._rates(asked)

    def rates_asked(self, provider: str, fault: str) -> int:
        """Return how often rates were asked for."""
        return self._asked[fault, provider]

    def tokens_granted(self, provider: str, fault: str) -> int:
        """Return how many tokens were granted."""
        return self._tokens[fault, provider]

    def _token(self, asked: Received) -> Reply:
        if asked.fault == "no-token" or not _asks_for_a_token(asked):
            return _reply(401, answer(f"{asked.provider}-error"))
        self._tokens[asked.fault, asked.provider] += 1
        token = f"{asked.provider}-token-{self._tokens[asked.fault, asked.provider]}"
        return _reply(200, answer(f"{asked.provider}-token").replace("TOKEN", token))

    def _fault(self, asked: Received) -> Reply | None:
        error = answer(f"{asked.provider}-error")
        if asked.fault.endswith("-once") and self._asked[asked.fault, asked.provider] > 1:
            return None
        match asked.fault.removesuffix("-once"):
            case "unauthorized":
                # Some servers repeat what they were given.
                echoed = " ".join(SECRETS[asked.provider].values()) + asked.headers.get("authorization", "")
                return _reply(401, error.replace("postcode", echoed))
            case "too-many":
                return _reply(429, error, {"Retry-After": "0" if asked.fault.endswith("-once") else "30"})
            case "malformed":
                return _reply(200, answer(asked.provider).rstrip()[:-1])
            case fault if fault in STATUSES:
                return _reply(STATUSES[fault], error)
            case fault if fault in PAGES:
                return PAGES[fault]
        return None

    def _rates(self, asked: Received) -> Reply:
        if asked.provider in TOKEN_PATHS:
            newest = self._tokens[asked.fault, asked.provider]
            oldest_good = 2 if asked.fault == "expired-token" else 1
            good = {f"Bearer {asked.provider}-token-{number}" for number in range(oldest_good, newest + 1)}
            signed = asked.headers.get("authorization") in good
        else:
            header, value = _signed_as(asked.provider)
            signed = asked.headers.get(header) == value
        if not signed:
            return _reply(401, answer(f"{asked.provider}-error"))
        if not IN_FORM[asked.provider](asked):
            return _reply(400, answer(f"{asked.provider}-error"))
        several = asked.provider == "shipstation" and asked.path == "/rates"
        return _reply(200, answer("shipstation-shipment" if several else asked.provider))


def _asks_for_a_token(asked: Received) -> bool:
    secrets = SECRETS[asked.provider]
    client, secret = secrets["client_id"], secrets["client_secret"]
    body = asked.body.decode()
    match asked.provider:
        case "ups":
            return asked.headers.get("authorization") == _basic(client, secret) and body == "grant_type=client_credentials"
        case "fedex":
            return set(body.split("&")) == {"grant_type=client_credentials", f"client_id={client}", f"client_secret={secret}"}
    return bool(asked.document == {"grant_type": "client_credentials", "client_id": client, "client_secret": secret})
