"""Exchange rates as exact fractions between minor units."""

from dataclasses import dataclass
from decimal import Decimal

from wms.values.decimals import exact_decimal
from wms.values.money import CurrencyMismatchError, Money, minor_digits
from wms.values.ratio import Int64s, half_up, scale_half_up

# Ten digits leave room for a million dollars of cents in 64 bits without a wide product.
MOST_NUMERATOR = 10**10 - 1


@dataclass(frozen=True, slots=True)
class Rate:
    """One minor unit of the source buys numerator / denominator minor units of the target.

    The denominator is a power of ten that already holds the shift between the two
    currencies' minor digits.
    """

    source: str
    target: str
    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        minor_digits(self.source)
        minor_digits(self.target)
        if not 0 < self.numerator <= MOST_NUMERATOR:
            raise ValueError(f"a rate has 1 to 10 digits: {self.numerator}")
        if self.denominator < 1 or str(self.denominator).strip("0") != "1":
            raise ValueError(f"the denominator is a power of ten: {self.denominator}")

    @classmethod
    def of(cls, source: str, target: str, value: Decimal | str | int) -> "Rate":
        """Return the rate of "one unit of source is `value` units of target"."""
        scaled = exact_decimal(value).scaleb(minor_digits(target) - minor_digits(source))
        sign, digits, exponent = scaled.normalize().as_tuple()
        if sign or not isinstance(exponent, int):
            raise ValueError(f"a rate is above zero: {value!r}")
        significand = int("".join(map(str, digits)))
        return cls(source, target, significand * 10 ** max(exponent, 0), 10 ** max(-exponent, 0))


def convert_minor(amount_minor: int, rate: Rate) -> int:
    """Return the amount in the target's minor units, halves away from zero."""
    return half_up(amount_minor * rate.numerator, rate.denominator)


def convert_minor_batch(amounts_minor: Int64s, rate: Rate) -> Int64s:
    """Return what `convert_minor` gives, for a whole array."""
    return scale_half_up(amounts_minor, rate.numerator, rate.denominator)


def convert(money: Money, rate: Rate) -> Money:
    """Return the money in the rate's target currency."""
    if money.currency != rate.source:
        raise CurrencyMismatchError(money.currency, rate.source)
    return Money(convert_minor(money.amount_minor, rate), rate.target)
