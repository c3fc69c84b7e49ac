"""Exact scaling: the array versions give what the scalar ones give, however wide the product."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wms.values.ratio import ceiling, half_up, scale_floor, scale_half_up


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(5, 2, 3), (4, 2, 2), (-5, 2, -3), (7, 5, 1), (-7, 5, -1), (0, 3, 0), (1, 3, 0), (2, 3, 1)],
)
def test_rounds_halves_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert half_up(numerator, denominator) == rounded


def test_rounds_up_whatever_is_begun() -> None:
    assert [ceiling(n, 3) for n in (0, 1, 3, 4)] == [0, 1, 1, 2]


@given(
    st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20),
    st.integers(1, 10**10),
    st.integers(1, 10**14),
)
def test_scales_arrays_exactly(values: list[int], numerator: int, denominator: int) -> None:
    if max(map(abs, values)) * numerator // denominator >= 1 << 62:
        return
    array = np.array(values, dtype=np.int64)
    assert scale_half_up(array, numerator, denominator).tolist() == [half_up(v * numerator, denominator) for v in values]
    positive = np.abs(array)
    assert scale_floor(positive, numerator, denominator).tolist() == [int(Fraction(abs(v) * numerator, denominator)) for v in values]


def test_refuses_what_does_not_fit_64_bits() -> None:
    with pytest.raises(OverflowError):
        scale_half_up(np.array([10**18]), 10**6, 1)
    with pytest.raises(OverflowError):
        scale_half_up(np.array([10**18]), (1 << 62) + 1, 1 << 62)


def test_scales_nothing_to_nothing() -> None:
    assert scale_half_up(np.zeros(0, dtype=np.int64), 7, 3).tolist() == []
