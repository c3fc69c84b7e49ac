"""How a request says who asks."""

from __future__ import annotations

from base64 import b64encode


def basic(user: str, password: str) -> str:
    """Return the value of a Basic Authorization header. Source: RFC 7617."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def bearer(token: str) -> str:
    """Return the value of a Bearer Authorization header. Source: RFC 6750."""
    return f"Bearer {token}"
