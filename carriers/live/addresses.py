"""Which addresses may be asked.

A company's administrator types an address; without a limit that would let the administrator make our servers ask each other. So
a provider's public addresses are open to all, and further hosts (a Karrio server of one's own, the sandbox) only when the
platform's LIVE_QUOTE_HOSTS names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from carriers.live.protocol import Provider


def is_allowed(base_url: str, *, provider: Provider, hosts: Sequence[str]) -> bool:
    """Return whether the provider may be asked at this address; `hosts` are HOST or HOST:PORT."""
    if base_url in provider.base_urls:
        return True
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.query or parts.fragment:
        return False
    return host in hosts or (port is not None and f"{host}:{port}" in hosts)
