"""Handling fees: one by one and by the array, to the minor unit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.core.handling import HandlingFee

FEE = HandlingFee(currency="USD", per_order_minor=120, per_piece_minor=35, per_kg_minor=25, per_tag_minor={"fragile": 200, "liquid": 90})
TAG_BITS = {"battery": 0, "fragile": 1, "liquid": 5}


@pytest.mark.parametrize(
    ("units", "mass_mg", "tags", "amount"),
    [
        (1, 0, set(), 155),
        (1, 1_000_000, set(), 180),
        (4, 500_000, set(), 273),  # 120 + 140 + 12.5
        (1, 0, {"fragile"}, 355),
        (1, 0, {"fragile", "liquid", "battery"}, 445),
    ],
)
def test_adds_order_pieces_weight_and_tags(units: int, mass_mg: int, tags: set[str], amount: int) -> None:
    assert FEE.amount_minor(units=units, mass_mg=mass_mg, tags=frozenset(tags)) == amount


shipments = st.tuples(st.integers(1, 500), st.integers(0, 10**10), st.frozensets(st.sampled_from(sorted(TAG_BITS))))


@given(st.lists(shipments, min_size=1, max_size=30), st.integers(0, 10**6))
def test_charges_arrays_as_it_charges_one(rows: list[tuple[int, int, frozenset[str]]], per_kg_minor: int) -> None:
    fee = HandlingFee(currency="USD", per_piece_minor=7, per_kg_minor=per_kg_minor, per_tag_minor=FEE.per_tag_minor)
    amounts = fee.amounts_minor(
        units=np.array([units for units, _, _ in rows]),
        mass_mg=np.array([mass for _, mass, _ in rows]),
        tag_mask=np.array([sum(1 << TAG_BITS[tag] for tag in tags) for _, _, tags in rows]),
        tag_bits=TAG_BITS,
    )
    assert amounts.tolist() == [fee.amount_minor(units=units, mass_mg=mass, tags=tags) for units, mass, tags in rows]


def test_knows_when_nothing_is_charged() -> None:
    assert HandlingFee(currency="USD", per_tag_minor={"fragile": 0}).is_free
    assert not HandlingFee(currency="USD", per_tag_minor={"fragile": 1}).is_free
