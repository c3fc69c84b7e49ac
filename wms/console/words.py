"""Codes and figures in the reader's words: reasons, who decided, and the figures of wms.figures."""

from __future__ import annotations

from django.utils.translation import gettext as _

from allocation.core.contention import Together
from allocation.words import TOGETHER, reason
from wms.figures import days, distance, mass, money, sides, signed_money

__all__ = ["days", "distance", "mass", "money", "reason", "sides", "signed_money", "together", "who"]


def together(kind: Together) -> str:
    """Return what a record says of the other orders of its batch, nothing where it was decided alone."""
    return str(TOGETHER.get(kind, ""))


def who(actor: str | None) -> str:
    """Return who decided: a person's name, or the system."""
    return actor or _("the system")
