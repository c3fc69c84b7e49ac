"""How a live account answered last, in words."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from carriers.live.connection import REASONS
from carriers.live.health import Health


def health_text(health: Health | None) -> str:
    """Return how the account answered last."""
    if health is None:
        return str(_("not asked yet"))
    return str(_("answered with prices")) if health.cause is None else str(REASONS[health.cause])


def alone_until(health: Health | None, at: datetime) -> datetime | None:
    """Return until when the account is left alone, None if it may be asked."""
    return health.alone_until if health and health.alone_until and health.alone_until > at else None
