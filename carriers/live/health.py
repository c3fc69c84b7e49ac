"""How an account answered last, told to all processes: what the console shows of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from carriers.live.protocol import Cause

KEPT_SECONDS: Final = 7 * 86_400
NOTED_EVERY_SECONDS: Final = 5.0
"""The same news is told again after so long, not with every answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """When an account answered last and how (no cause: with prices), and until when the process that asked leaves it alone."""

    at: datetime
    cause: Cause | None = None
    alone_until: datetime | None = None

    @property
    def works(self) -> bool:
        """Return whether the last answer was one."""
        return self.cause is None


def health_key(account_key: str) -> str:
    """Return the name under which an account's health is kept."""
    return f"health:{account_key}"


def write_health(health: Health) -> bytes:
    """Return the health as it is kept."""
    until = health.alone_until.timestamp() if health.alone_until else None
    return json.dumps({"at": health.at.timestamp(), "cause": health.cause, "alone_until": until}).encode()


def read_health(kept: bytes) -> Health:
    """Return the health that was kept."""
    document = json.loads(kept)
    return Health(
        at=_instant(document["at"]),
        cause=Cause(document["cause"]) if document["cause"] else None,
        alone_until=_instant(document["alone_until"]) if document["alone_until"] else None,
    )


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
