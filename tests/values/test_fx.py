"""Exchange rates are exact fractions; array and scalar agree to the minor unit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wms.values.fx import Rate, convert, convert_minor, convert_minor_batch
from wms.values.money import CurrencyMismatchError, Money


@pytest.mark.parametrize(
    ("source", "target", "value", "numerator", "denominator"),
    [
        ("USD", "CNY", "7.1", 71, 10),
        ("USD", "JPY", "149.50", 1_495, 1_000),
        ("JPY", "USD", "0.0067", 67, 100),
        ("JPY", "KWD", "2", 2_000, 1),
        ("USD", "USD", "1", 1, 1),
    ],
)
def test_holds_the_shift_between_minor_units(source: str, target: str, value: str, numerator: int, denominator: int) -> None:
    rate = Rate.of(source, target, value)
    assert (rate.numerator, rate.denominator) == (numerator, denominator)


@pytest.mark.parametrize(
    ("amount", "rate", "converted"),
    [
        (100, Rate.of("USD", "CNY", "7.1"), 710),
        (5, Rate.of("USD", "EUR", "0.9"), 5),  # 4.5 cents
        (-5, Rate.of("USD", "EUR", "0.9"), -5),
        (1_000, Rate.of("JPY", "USD", "0.0067"), 670),
        (1, Rate.of("USD", "JPY", "149.50"), 1),
    ],
)
def test_converts_halves_away_from_zero(amount: int, rate: Rate, converted: int) -> None:
    assert convert_minor(amount, rate) == converted


rates = st.builds(Rate, st.just("USD"), st.just("EUR"), st.integers(1, 10**10 - 1), st.integers(0, 10).map(lambda n: 10**n))


@given(st.lists(st.integers(-(10**8), 10**8), min_size=1), rates)
def test_converts_arrays_as_it_converts_one(amounts: list[int], rate: Rate) -> None:
    batch = convert_minor_batch(np.array(amounts, dtype=np.int64), rate)
    assert batch.tolist() == [convert_minor(amount, rate) for amount in amounts]


@pytest.mark.parametrize("value", ["0", "-1", "1.23456789012"])
def test_refuses_rates_of_no_more_than_zero_or_more_than_ten_digits(value: str) -> None:
    with pytest.raises(ValueError, match="rate"):
        Rate.of("USD", "EUR", value)


def test_refuses_a_denominator_that_is_no_power_of_ten() -> None:
    with pytest.raises(ValueError, match="power of ten"):
        Rate("USD", "EUR", 1, 3)


def test_converts_only_money_of_the_source_currency() -> None:
    rate = Rate.of("USD", "CNY", "7.1")
    assert convert(Money(100, "USD"), rate) == Money(710, "CNY")
    with pytest.raises(CurrencyMismatchError):
        convert(Money(100, "CNY"), rate)
