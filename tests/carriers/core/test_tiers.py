"""What a seller's price tier adds to a price or takes off it."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.core.card import card_from_document
from carriers.core.rating import quote
from carriers.core.tiers import SellerTier, TierMarkup, markup_millis
from carriers.core.types import CostLine, Quote, Rejection
from tests.carriers.core.cards import CHART, DAY, ORIGIN, SHOP, document, parcel


def priced(markup: TierMarkup | None, mass: str = "1") -> Quote | Rejection:
    card = card_from_document(document(discount={"percent": "25"}))
    return quote(card=card, chart=CHART, origin=ORIGIN, destination=SHOP, parcels=[parcel(mass)], ship_date=DAY, markup=markup)


@pytest.mark.parametrize(
    ("percent", "line", "total"),
    [
        ("4", CostLine("seller_tier", 30, "GOLD +4 %"), 7_80),
        ("-12.5", CostLine("seller_tier", -94, "GOLD −12.5 %"), 6_56),  # 93.75 cents
        ("-100", CostLine("seller_tier", -7_50, "GOLD −100 %"), 0),
    ],
)
def test_a_tier_is_the_last_line_of_a_quote_with_its_reason(percent: str, line: CostLine, total: int) -> None:
    answer = priced(TierMarkup(tier="GOLD", millis=markup_millis(percent)))
    assert isinstance(answer, Quote)
    assert (answer.lines[-1], answer.total_minor) == (line, total)
    assert sum(each.amount_minor for each in answer.lines) == total


def test_what_has_no_price_has_none_in_a_tier_either() -> None:
    assert priced(TierMarkup(tier="GOLD", millis=-5_000), mass="21") == priced(None, mass="21")


def test_a_channel_s_own_per_cent_counts_instead_of_the_general_one() -> None:
    tier = SellerTier(code="GOLD", millis=5_000, channel_millis={1: -2_000, 2: 0})
    assert [tier.markup_on(channel) for channel in (1, 2, 3)] == [
        TierMarkup(tier="GOLD", millis=-2_000),
        None,
        TierMarkup(tier="GOLD", millis=5_000),
    ]


@pytest.mark.parametrize("percent", ["-100.001", "1000.001", "0.0001", "NaN", "x"])
def test_refuses_what_is_no_markup(percent: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        markup_millis(percent)


@given(st.integers(-100_000, 1_000_000).filter(bool), st.lists(st.integers(0, 10**9), min_size=2))
def test_arrays_say_the_same_and_a_dearer_price_stays_dearer(millis: int, prices: list[int]) -> None:
    markup = TierMarkup(tier="A", millis=millis)
    amounts = [markup.line(price).amount_minor for price in sorted(prices)]
    assert markup.amounts(np.array(sorted(prices), dtype=np.int64)).tolist() == amounts
    totals = [price + amount for price, amount in zip(sorted(prices), amounts, strict=True)]
    assert all(0 <= low <= high for low, high in pairwise(totals))
