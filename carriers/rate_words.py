"""What a file of prices would change, or has changed, in words."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from carriers.rate_files import Proposal, PublishedFile


def tell_warnings(proposal: Proposal) -> Iterator[str]:
    """Yield what is worth knowing and does not stand against publishing, a line each."""
    for sentence, names in (
        (_("Zones of the chart that have no prices: %(names)s"), proposal.unpriced_zones),
        (_("Zones of the rate card where nothing lies: %(names)s"), proposal.unreached_zones),
        (_("Lists of areas that are not on file, so that the card has no price: %(names)s"), proposal.missing_lists),
    ):
        if names:
            yield sentence % {"names": ", ".join(names)}


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
