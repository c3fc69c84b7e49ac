"""The reasons of a decision in people's words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from allocation.core.contention import Together

REASONS: dict[str, Promise] = {
    "out_of_stock": _("not enough stock"),
    "not_covered": _("not part of the smart allocation setting"),
    "no_channel": _("no channel can take it"),
    "ruled_out": _("not permitted by the rule"),
    "undecided": _("could not be decided; the fault is in the log"),
    "tag_restricted": _("goods of this kind may not ship this way"),
    "too_far": _("too far away"),
    "over_cheapest": _("too much dearer than the cheapest"),
    "late": _("would miss the promised date"),
    "no_capacity": _("no capacity left on its ship day"),
    "after_cutoff": _("does not ship today any more"),
    "rejected_before": _("the warehouse sent this order back"),
    "reject_limit": _("sent back by too many warehouses; a person must decide"),
    "not_effective": _("no rate card in force"),
    "no_zone": _("no zone for this postcode"),
    "no_rate": _("no rate for this weight and zone"),
    "too_heavy": _("too heavy"),
    "too_large": _("too large"),
    "not_served": _("destination not served"),
    "no_fx": _("no exchange rate"),
    "restricted": _("goods not allowed"),
    "too_many_pieces": _("too many pieces"),
    "live_quote_failed": _("no live quote"),
    "no_fuel": _("no fuel surcharge on file"),
    "no_area_list": _("no list of delivery areas on file"),
}
"""By the slug of a Reason or a RejectionCode."""

LIVE_CAUSES: dict[str, Promise] = {
    "timeout": _("did not answer in time"),
    "refused": _("could not be reached"),
    "rate_limited": _("asked for fewer requests"),
    "auth": _("did not accept the credentials"),
    "http_error": _("answered with an error"),
    "malformed": _("gave an answer that cannot be read"),
    "breaker_open": _("failed too often and was left alone"),
    "unsupported": _("has no price for this shipment"),
    "tls": _("showed a certificate that was not accepted"),
    "not_asked": _("was not asked"),
}
"""By the slug of a LiveCause: what the carrier did instead of naming a price."""

TOGETHER: dict[Together, Promise] = {
    Together.JOINTLY: _("decided together with other orders that want the same units; the units shown are what the others left"),
    Together.GREEDY: _("first come, first served: deciding together took too long"),
}
"""What a record says of the other orders of its batch."""


def reason(slug: str) -> str:
    """Return why a warehouse or a channel was not taken."""
    return str(REASONS.get(slug) or slug.replace("_", " "))


def live_cause(slug: str) -> str:
    """Return why there is no live price."""
    return str(LIVE_CAUSES.get(slug) or slug.replace("_", " "))


def live_standing(*, cause: str, age_seconds: int | None, has_price: bool) -> str:
    """Return what became of asking the carrier of a live channel: its price, fresh or kept, the rate card in its place, or neither."""
    if cause:
        told = _("rate card, since the carrier %(cause)s") if has_price else _("the carrier %(cause)s")
        return told % {"cause": live_cause(cause)}
    if age_seconds is None:
        return str(_("live price"))
    return _("live price, %(seconds)s s old") % {"seconds": age_seconds}
