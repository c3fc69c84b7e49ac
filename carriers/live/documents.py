"""JSON without floats: amounts are read as Decimals and written as the digits that they are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from carriers.live.protocol import Cause, LiveRate, LiveRejection, MalformedAnswer, Result
from wms.values.decimals import plain
from wms.values.money import CURRENCY_CODE, MOST_MINOR, minor_digits

MOST_DAYS: Final = 365


def write_json(document: Any) -> bytes:
    """Return the document as JSON; Decimals are written as numbers, digit by digit."""
    return _written(document).encode()


def _written(node: Any) -> str:
    match node:
        case Decimal():
            return plain(node)
        case dict():
            return "{" + ",".join(f"{json.dumps(key)}:{_written(value)}" for key, value in node.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(map(_written, node)) + "]"
        case float():
            raise TypeError("a float has lost what was meant")
    return json.dumps(node, ensure_ascii=False)


def read_json(body: bytes) -> Any:
    """Return the document, with Decimals for numbers that are not whole. Raises MalformedAnswer."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise MalformedAnswer("not JSON") from None


def _refused(constant: str) -> Any:
    raise MalformedAnswer(f"{constant} is no number")


def find(node: Any, *path: str) -> Any:
    """Return what lies at the path, None where anything of it is missing."""
    for name in path:
        if not isinstance(node, dict):
            return None
        node = node.get(name)
    return node


def text(node: Any, *path: str) -> str:
    """Return the text or number at the path as text, "" where there is none."""
    found = find(node, *path)
    return str(found) if isinstance(found, str | int | Decimal) and not isinstance(found, bool) else ""


def needed(node: Any, *path: str) -> str:
    """Return the text at the path. Raises MalformedAnswer where there is none."""
    found = text(node, *path)
    if not found:
        raise MalformedAnswer(f"{'.'.join(path)} is missing")
    return found


def entries(node: Any, *path: str) -> list[Any]:
    """Return the list at the path; a lone object counts as a list of one, as some APIs send it."""
    found = find(node, *path)
    if found is None:
        return []
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        raise MalformedAnswer(f"{'.'.join(path)} is not a list")
    return found


def listed(node: Any, *path: str) -> list[Any]:
    """Return the list at the path. Raises MalformedAnswer where there is none."""
    if find(node, *path) is None:
        raise MalformedAnswer(f"{'.'.join(path)} is missing")
    return entries(node, *path)


def minor(amount: str, currency: str) -> int:
    """Return an amount in minor units.

    Half a cent and more is rounded up: some APIs send four decimals, others what is left of a sum of floats.
    """
    if not CURRENCY_CODE.fullmatch(currency):
        raise MalformedAnswer("no currency")
    try:
        scaled = Decimal(amount).scaleb(minor_digits(currency)).to_integral_value(ROUND_HALF_UP)
    except InvalidOperation:
        raise MalformedAnswer("an amount is no number") from None
    if not scaled.is_finite() or not 0 <= scaled <= MOST_MINOR:
        raise MalformedAnswer("an amount is out of bounds")
    return int(scaled)


def days(value: str) -> int | None:
    """Return a number of days, None for what is no such number ("", "NO STD")."""
    word = value.partition(" ")[0]
    return int(word) if word.isascii() and word.isdigit() and int(word) <= MOST_DAYS else None


def outcome(rates: Iterable[LiveRate], notes: Iterable[LiveRejection] = ()) -> tuple[Result, ...]:
    """Return the rates and what was said about the others; a rejection where there is no rate at all.

    A price of nothing is no price: some APIs send one for what they do not serve.
    """
    priced = [rate for rate in rates if rate.amount_minor > 0]
    said = list(notes)
    if not priced and not said:
        said = [LiveRejection(cause=Cause.UNSUPPORTED, detail="no service for this shipment")]
    return (*priced, *said)


def note(detail: str, carrier: str = "") -> LiveRejection:
    """Return what a provider said about a carrier that it has no price of."""
    return LiveRejection(cause=Cause.UNSUPPORTED, detail=detail, carrier=carrier)
