"""Money is whole minor units of one currency."""

from decimal import Decimal

import pytest

from wms.values.money import CurrencyMismatchError, Money, format_minor, from_minor, minor_digits, to_minor


@pytest.mark.parametrize(("currency", "digits"), [("JPY", 0), ("KRW", 0), ("USD", 2), ("CNY", 2), ("KWD", 3), ("CLF", 4)])
def test_knows_each_currencys_minor_unit(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("12.30", "USD", 1_230), ("12.3", "USD", 1_230), ("1200", "JPY", 1_200), ("1.234", "KWD", 1_234), ("-0.01", "EUR", -1)],
)
def test_reads_decimal_amounts(text: str, currency: str, minor: int) -> None:
    assert to_minor(text, currency) == minor
    assert Decimal(format_minor(minor, currency)) == Decimal(text)


@pytest.mark.parametrize(("text", "currency"), [("1.005", "USD"), ("1.5", "JPY"), ("1e13", "USD"), ("1.00", "usd"), ("", "USD")])
def test_refuses_amounts_that_are_not_whole_minor_units(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"minor unit|large|currency|number"):
        to_minor(text, currency)


def test_refuses_float_money() -> None:
    with pytest.raises(TypeError):
        to_minor(1.1, "USD")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(1.0, "USD")  # type: ignore[arg-type]


def test_adds_and_compares_within_one_currency_only() -> None:
    ten, five = Money.of("10.00", "USD"), Money.of("5.00", "USD")
    assert (ten + five, ten - five, five < ten, ten <= ten) == (Money(1_500, "USD"), five, True, True)
    with pytest.raises(CurrencyMismatchError, match="USD and CNY"):
        ten + Money.of("10.00", "CNY")
    with pytest.raises(CurrencyMismatchError):
        ten < Money.of("70.00", "CNY")  # noqa: B015


def test_shows_amounts_with_the_currencys_places() -> None:
    assert [Money(5, c).format() for c in ("USD", "JPY", "KWD")] == ["0.05 USD", "5 JPY", "0.005 KWD"]
    assert from_minor(-1_230, "USD") == Decimal("-12.30")
