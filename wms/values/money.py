"""Money in whole minor units (cents, yen, fils), never mixed between currencies."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from wms.values.decimals import exact_decimal

# ISO 4217: currencies whose minor unit is not a hundredth.
MINOR_DIGITS: Final[dict[str, int]] = {
    code: digits
    for digits, codes in {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }.items()
    for code in codes.split()
}

CURRENCY_CODE = re.compile(r"[A-Z]{3}")

# Far above any freight bill, far below what 64 bits hold.
MOST_MINOR = 10**12


class CurrencyMismatchError(ValueError):
    """Two currencies met where one was meant."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second} do not add up")
        self.first = first
        self.second = second


def minor_digits(currency: str) -> int:
    """Return how many decimals the currency has (JPY 0, USD 2, KWD 3)."""
    if not CURRENCY_CODE.fullmatch(currency):
        raise ValueError(f"not a currency code: {currency!r}")
    return MINOR_DIGITS.get(currency, 2)


def to_minor(value: Decimal | str | int, currency: str) -> int:
    """Return the amount in minor units.

    Raises ValueError where it is finer than the currency's minor unit or above 10^12 of them.
    """
    number = exact_decimal(value)
    scaled = number.scaleb(minor_digits(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"finer than the minor unit of {currency}: {value!r}")
    if abs(scaled) > MOST_MINOR:
        raise ValueError(f"too large an amount: {value!r}")
    return int(scaled)


def from_minor(amount_minor: int, currency: str) -> Decimal:
    """Return minor units as a Decimal with the currency's own number of places."""
    return Decimal(amount_minor).scaleb(-minor_digits(currency))


def format_minor(amount_minor: int, currency: str) -> str:
    """Return the amount as plain decimal text ("12.30"), without the currency."""
    return format(from_minor(amount_minor, currency), "f")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency, in its minor unit."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int:
            raise TypeError("amount_minor is an int of minor units")
        minor_digits(self.currency)

    @classmethod
    def of(cls, value: Decimal | str | int, currency: str) -> "Money":
        """Return the money of a decimal amount ("12.30", "USD")."""
        return cls(to_minor(value, currency), currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount_minor + self._same_currency(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount_minor - self._same_currency(other), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount_minor < self._same_currency(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount_minor <= self._same_currency(other)

    def format(self) -> str:
        """Return the amount with its currency ("12.30 USD")."""
        return f"{format_minor(self.amount_minor, self.currency)} {self.currency}"

    def _same_currency(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatchError(self.currency, other.currency)
        return other.amount_minor
