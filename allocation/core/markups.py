"""What sellers' tiers add to the prices of a batch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from allocation.core.settings import Settings
from carriers.core.tiers import SellerTier, TierMarkup

Int64s = npt.NDArray[np.int64]


class Markups:
    """The orders of a batch by their seller's tier; empty, and without cost, where no seller of the batch is in one."""

    def __init__(self, settings: Settings, seller_id: Int64s) -> None:
        self._channels = settings.channels
        self._tiers: list[tuple[Int64s, SellerTier]] = []
        for terms in settings.tiers:
            rows = np.flatnonzero(np.isin(seller_id, terms.seller_ids))
            if len(rows):
                self._tiers.append((rows, terms.tier()))

    def __bool__(self) -> bool:
        return bool(self._tiers)

    def on(self, channel: int) -> list[tuple[Int64s, TierMarkup]]:
        """Return the rows of orders, and what is added to the prices of a channel (a column) for them."""
        if not self._tiers:
            return []
        found = [(rows, tier.markup_on(self._channels[channel].id)) for rows, tier in self._tiers]
        return [(rows, markup) for rows, markup in found if markup is not None]
