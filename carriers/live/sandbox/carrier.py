"""Made-up prices in EasyPost's documented format (POST /beta/rates): by weight, and by how far apart the first digits of the ZIPs are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from carriers.live.sandbox.server import Reply
from carriers.live.signing import basic

CARRIER: Final = "Sandbox"
API_KEY: Final = "sandbox"
"""No secret: the sandbox listens on loopback and knows no other key."""

RATES_PATH: Final = "/beta/rates"
OUNCES_PER_POUND: Final = 16
MOST_OUNCES: Final = 70 * OUNCES_PER_POUND
GROUND, EXPRESS = "Ground", "Express"


class SandboxCarrier:
    """Answers with the prices of two services, whose carrier is named so that nobody takes them for real ones."""

    def reply(self, *, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Return rates, or the error that EasyPost would give."""
        if headers.get("authorization") != basic(API_KEY, ""):
            return _error(401, "UNAUTHORIZED", "The sandbox's only API key is “sandbox”.")
        if path != RATES_PATH:
            return _error(404, "NOT_FOUND", "The sandbox prices one parcel at a time.")
        try:
            shipment = json.loads(body)["shipment"]
            ounces = Decimal(str(shipment["parcel"]["weight"]))
            zips = (str(shipment["from_address"]["zip"]), str(shipment["to_address"]["zip"]))
        except (ValueError, KeyError, TypeError, InvalidOperation):
            return _error(422, "PARAMETER.INVALID", "The sandbox needs both ZIPs and the weight.")
        if not 0 < ounces <= MOST_OUNCES:
            return Reply(status=200, body=json.dumps({"rates": [], "messages": [_too_heavy()]}))
        return Reply(status=200, body=json.dumps({"rates": [_rate(service, ounces, _steps(*zips)) for service in (GROUND, EXPRESS)]}))


def _steps(start: str, end: str) -> int:
    """Return how far apart two ZIPs are, 0 to 9: their first digit counts from the Atlantic to the Pacific."""
    return abs(int(start[:1]) - int(end[:1])) if start[:1].isdigit() and end[:1].isdigit() else 9


def _rate(service: str, ounces: Decimal, steps: int) -> dict[str, Any]:
    pounds = -(-int(ounces) // OUNCES_PER_POUND) or 1
    cents = 610 + 18 * steps + pounds * (22 + 7 * steps)
    days = 1 + (steps + 1) // 2
    if service == EXPRESS:
        cents, days = cents * 2 + 400, 1 + steps // 5
    return {"service": service, "carrier": CARRIER, "rate": f"{cents // 100}.{cents % 100:02}", "currency": "USD", "delivery_days": days}


def _too_heavy() -> dict[str, str]:
    return {"carrier": CARRIER, "type": "rate_error", "message": "The sandbox takes up to 70 lb."}


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status=status, body=json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False))
