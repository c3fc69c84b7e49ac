"""What the price tier of a seller (卖家价格等级) adds to a channel's price, or takes off it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from carriers.core.fuel import MOST_PERCENT_MILLIS, PERCENT_UNIT, percent_text
from carriers.core.types import CostLine, Quote
from wms.values.decimals import exact_decimal
from wms.values.ratio import Int64s, half_up, scale_half_up

TIER_CODE: Final = "seller_tier"


def markup_millis(percent: Decimal | str) -> int:
    """Return a per cent of either sign in thousandths; ValueError if finer, below -100 or above 1,000."""
    scaled = exact_decimal(percent).scaleb(3)
    if scaled != scaled.to_integral_value() or not -PERCENT_UNIT <= scaled <= MOST_PERCENT_MILLIS:
        raise ValueError(f"not a markup of at most three decimals: {percent!r}")
    return int(scaled)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierMarkup:
    """A tier's per cent on a channel's whole price, in thousandths and not 0: below 0 it is a discount."""

    tier: str
    millis: int

    def line(self, price_minor: int) -> CostLine:
        """Return the line that a price bears for it, rounded half away from zero."""
        sign = "+" if self.millis > 0 else "−"
        return CostLine(TIER_CODE, half_up(price_minor * self.millis, PERCENT_UNIT), f"{self.tier} {sign}{percent_text(abs(self.millis))}")

    def amounts(self, prices_minor: Int64s) -> Int64s:
        """Return the amount of `line` for each price."""
        amounts = scale_half_up(prices_minor, abs(self.millis), PERCENT_UNIT)
        return amounts if self.millis > 0 else np.negative(amounts)

    def on(self, quoted: Quote) -> Quote:
        """Return a quote with the line behind its others."""
        line = self.line(quoted.total_minor)
        return quoted._replace(total_minor=quoted.total_minor + line.amount_minor, lines=(*quoted.lines, line))


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerTier:
    """A tier: what it adds in general, and to single channels by their ids, in thousandths of a per cent."""

    code: str
    millis: int
    channel_millis: Mapping[int, int]

    def markup_on(self, channel_id: int) -> TierMarkup | None:
        """Return the markup of a channel's prices, None where there is none."""
        millis = self.channel_millis.get(channel_id, self.millis)
        return TierMarkup(tier=self.code, millis=millis) if millis else None
