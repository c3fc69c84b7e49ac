"""Where a heavier parcel is cheaper than a lighter one by the same card, as a discount that rises with weight can make it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from carriers.core.amounts import NO_AMOUNT
from carriers.core.cells import CellPricer
from carriers.core.rate_card import RateCard

MOST_WEIGHTS: Final = 2_000
"""So many weights of a card are looked at: a card states a few hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFall:
    """In a zone the base less its discount is `before_minor` up to a billable weight, and `after_minor`, which is less, above it."""

    zone: str
    above_mg: int
    before_minor: int
    after_minor: int


def price_falls(card: RateCard, *, day: date) -> tuple[PriceFall, ...]:
    """Return where the base price less its discount falls as the billable weight rises, by zone and then by weight."""
    weights = CellPricer.of(card, day, 0).breakpoints(MOST_WEIGHTS)
    base = card.rates.amounts(np.arange(len(card.zones), dtype=np.int64)[:, None], weights)
    net = np.maximum(base, 0)
    if card.discount is not None:
        net = net - card.discount.offs_minor(net, weights)
    known = base != NO_AMOUNT
    zones, places = np.nonzero((net[:, 1:] < net[:, :-1]) & known[:, 1:] & known[:, :-1])
    return tuple(
        PriceFall(
            zone=card.zones[zone], above_mg=int(weights[place]), before_minor=int(net[zone, place]), after_minor=int(net[zone, place + 1])
        )
        for zone, place in zip(zones.tolist(), places.tolist(), strict=True)
    )
