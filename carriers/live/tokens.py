"""OAuth 2.0 client credentials, as UPS, FedEx and USPS want them. Source: RFC 6749, section 4.4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from carriers.live.documents import needed, read_json
from carriers.live.protocol import HttpRequest, HttpResponse, MalformedAnswer, Token

LONGEST_TOKEN: Final = 16_384


def form(url: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> HttpRequest:
    """Return a request with a form as its body."""
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return HttpRequest(url=url, headers={**kind, **(headers or {})}, body=urlencode(fields).encode())


def read_token(response: HttpResponse) -> Token:
    """Return the granted token. Its seconds are a number, or a string of digits."""
    document = read_json(response.body)
    value, seconds = needed(document, "access_token"), needed(document, "expires_in")
    if not (value.isascii() and value.isprintable() and len(value) <= LONGEST_TOKEN):
        raise MalformedAnswer("access_token is no token")
    if not (seconds.isascii() and seconds.isdigit()):
        raise MalformedAnswer("expires_in is no number")
    return Token(value=value, seconds=int(seconds))
