"""What a file of prices would change, or has changed, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carriers.core.falls import PriceFall
from carriers.core.rate_card import RateCard
from carriers.rate_files import Proposal, PublishedFile
from wms.values.mass import mass_text
from wms.values.money import format_minor


def tell_warnings(proposal: Proposal) -> Iterator[str]:
    """Yield what is worth knowing and does not stand against publishing, a line each."""
    for sentence, names in (
        (_("Zones of the chart that have no prices: %(names)s"), proposal.unpriced_zones),
        (_("Zones of the rate card where nothing lies: %(names)s"), proposal.unreached_zones),
        (_("Lists of areas that are not on file, so that the card has no price: %(names)s"), proposal.missing_lists),
    ):
        if names:
            yield sentence % {"names": ", ".join(names)}
    card = proposal.book.card
    if proposal.falls and card is not None:
        yield _tell_falls(proposal.falls, card)


def _tell_falls(falls: Sequence[PriceFall], card: RateCard) -> str:
    """Return in how many places a heavier parcel is cheaper, and the first of them."""
    first = falls[0]
    named = {
        "count": len(falls),
        "zone": first.zone,
        "weight": mass_text(first.above_mg, card.weight_unit),
        "before": f"{format_minor(first.before_minor, card.currency)} {card.currency}",
        "after": f"{format_minor(first.after_minor, card.currency)} {card.currency}",
    }
    return (
        ngettext(
            "A heavier parcel is cheaper in %(count)s place: zone %(zone)s, above %(weight)s, %(after)s after %(before)s.",
            "A heavier parcel is cheaper in %(count)s places, the first: zone %(zone)s, above %(weight)s, %(after)s after %(before)s.",
            len(falls),
        )
        % named
    )


def tell_published(published: PublishedFile) -> str:
    """Return what became new."""
    return _("Saved: %(things)s") % {"things": ", ".join(_things(published))} if published else _("Nothing new.")


def _things(published: PublishedFile) -> Iterator[str]:
    if published.card:
        yield _("a version of the rate card")
    if published.chart:
        yield _("a zone chart")
    if published.lists:
        yield _("%(count)s lists of areas") % {"count": published.lists}
    if published.fuel_rates:
        yield _("%(count)s fuel surcharges") % {"count": published.fuel_rates}
