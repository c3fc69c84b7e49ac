"""Reasons of variances in people's words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.core.comparing import Reason

REASONS: dict[Reason, Promise] = {
    Reason.WEIGHT: _("billed weight differs"),
    Reason.ZONE: _("billed zone differs"),
    Reason.RATE: _("price differs from the rate card"),
    Reason.FUEL: _("fuel surcharge differs"),
    Reason.SURCHARGE: _("surcharge differs"),
    Reason.NOT_OURS: _("no shipment of ours"),
    Reason.DUPLICATE: _("billed twice"),
    Reason.CANCELLED: _("shipment was cancelled"),
    Reason.NO_ESTIMATE: _("no estimate to compare with"),
}


def reason(number: int) -> str:
    """Return why a bill differs."""
    return str(REASONS[Reason(number)])
