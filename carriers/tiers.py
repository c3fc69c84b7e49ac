"""Keep the price tiers of sellers, and who is in which."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Final

from carriers.core.tiers import markup_millis
from carriers.errors import ChannelUnknown, MarkupUnreadable
from carriers.models import Channel, SellerInTier, SellerTier
from wms.tenancy.scope import tenant_scope

PARTS: Final = re.compile(r"[;；,，\n]")
PERCENT: Final = re.compile(r"(?P<channel>\S.*?)\s*[:：=\s]\s*(?P<percent>[+\-−]?[0-9]{1,4}(?:\.[0-9]{1,3})?)\s*[%％]?")


def save_seller_tier(
    *,
    tenant_id: int,
    code: str,
    name: str,
    percent: Decimal,
    channel_percents: Mapping[str, str] | None = None,
    seller_ids: Collection[int] = (),
) -> int:
    """Add a tier or change the one with this code, with all the sellers that are in it; return its id.

    A seller that was in another tier moves here, and one that is not named is in none. Raises ChannelUnknown or MarkupUnreadable.
    """
    own = dict(channel_percents or {})
    for stated in (percent, *own.values()):
        refuse_unreadable(str(stated))
    with tenant_scope(tenant_id=tenant_id):
        known = set(Channel.objects.filter(code__in=own).values_list("code", flat=True))
        for channel in own:
            if channel not in known:
                raise ChannelUnknown(channel=channel)
        terms = {"name": name, "percent": percent, "channel_percents": own}
        tier, _is_new = SellerTier.objects.update_or_create(tenant_id=tenant_id, code=code, defaults=terms)
        SellerInTier.objects.filter(tier=tier).exclude(seller_id__in=seller_ids).delete()
        rows = [SellerInTier(tenant_id=tenant_id, seller_id=seller_id, tier=tier) for seller_id in sorted(seller_ids)]
        SellerInTier.objects.bulk_create(rows, update_conflicts=True, unique_fields=["tenant_id", "seller_id"], update_fields=["tier"])
        return int(tier.pk)


def refuse_unreadable(percent: str) -> None:
    """Raise MarkupUnreadable for what is no per cent of a tier."""
    try:
        markup_millis(percent)
    except ValueError as fault:
        raise MarkupUnreadable(value=percent) from fault


def read_channel_percents(text: str) -> dict[str, str]:
    """Return per cents by channel code of a text such as "GROUND: -5; AIR: 3". Raises MarkupUnreadable."""
    percents: dict[str, str] = {}
    for part in (part.strip() for part in PARTS.split(text)):
        match = PERCENT.fullmatch(part) if part else None
        if part and (match is None or match["channel"] in percents):
            raise MarkupUnreadable(value=part)
        if match is not None:
            percents[match["channel"]] = match["percent"].replace("−", "-")
            refuse_unreadable(percents[match["channel"]])
    return percents


def channel_percents_text(percents: Mapping[str, str]) -> str:
    """Return what `read_channel_percents` reads as these per cents."""
    return "; ".join(f"{channel}: {percent}" for channel, percent in sorted(percents.items()))
