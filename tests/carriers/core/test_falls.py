"""Where a heavier parcel is cheaper by the same card."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from carriers.core.card import card_from_document
from carriers.core.falls import PriceFall, price_falls
from tests.world import flat_card

DAY = date(2026, 3, 2)
KILOGRAM = 1_000_000


def falls(rows: Sequence[tuple[str, str, str | None]], discount: Any = None) -> tuple[PriceFall, ...]:
    """Return the falls of a card with zones A and B and these rows: (not over in kg, price in A, price in B)."""
    rates = [{"not_over": weight, "amounts": [near, far]} for weight, near, far in rows]
    card = {**flat_card(), "zones": ["A", "B"], "transit_days": {}, "rates": rates}
    return price_falls(card_from_document(card if discount is None else {**card, "discount": discount}), day=DAY)


def test_prices_that_rise_or_stay_never_fall() -> None:
    assert falls([("1", "5.00", "6.00"), ("2", "5.00", "7.00"), ("3", "8.00", "9.00")]) == ()
    assert falls([("1", "5.00", "6.00"), ("3", "8.00", "9.00")], {"percent": "30"}) == ()


def test_a_discount_that_rises_with_weight_can_make_them_fall() -> None:
    bands = [{"not_over": "1", "percent": "10"}, {"not_over": "3", "percent": "50"}]
    assert falls([("1", "5.00", "6.00"), ("3", "8.00", "12.00")], {"bands": bands, "minimum_net": "0.00"}) == (
        PriceFall(zone="A", above_mg=KILOGRAM, before_minor=450, after_minor=400),
    )


def test_a_table_that_falls_by_itself_is_told_and_what_has_no_price_is_not() -> None:
    rows = [("1", "5.00", "6.00"), ("2", "4.00", None), ("3", "6.00", "5.00")]
    assert falls(rows) == (PriceFall(zone="A", above_mg=KILOGRAM, before_minor=500, after_minor=400),)
