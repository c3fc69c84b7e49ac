"""Cost lines and weighings in people's words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from carriers.core.discounts import discount_code

COST_LINES: dict[str, Promise] = {
    "base": _("base freight"),
    "live": _("live price"),
    "discount": _("discount"),
    "fuel": _("fuel surcharge"),
    "handling": _("handling"),
    "seller_tier": _("seller's price tier"),
    "residential": _("residential surcharge"),
    "remote_area": _("remote-area surcharge"),
    "delivery_area": _("delivery-area surcharge"),
    "extended_area": _("extended-area surcharge"),
    "additional_handling": _("additional handling"),
    "oversize": _("oversize surcharge"),
    "overweight": _("overweight surcharge"),
    "peak": _("peak surcharge"),
    "nonstandard": _("nonstandard fee"),
}
"""By the code of a CostLine; a rate card may name surcharges of its own besides."""

DISCOUNT_ON = discount_code("")

WEIGHINGS: dict[str, Promise] = {
    "actual": _("actual weight"),
    "volumetric": _("volumetric weight"),
    "minimum": _("minimum weight"),
}
"""By BillableReason."""


def cost_line(code: str) -> str:
    """Return the name of a cost line. A rate card may name surcharges of its own: those keep their code."""
    charge = code.removesuffix(DISCOUNT_ON)
    if charge != code:
        return str(_("discount on %(charge)s") % {"charge": cost_line(charge)})
    return str(COST_LINES.get(code) or code.replace("_", " "))


def weighing(code: str) -> str:
    """Return which weight was billed."""
    return str(WEIGHINGS.get(code) or code.replace("_", " "))
