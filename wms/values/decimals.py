"""Read decimal numbers that people wrote, without ever passing through a float."""

from decimal import Decimal, InvalidOperation

MOST_DIGITS = 18


def exact_decimal(value: Decimal | str | int) -> Decimal:
    """Return the value as a finite Decimal of at most 18 digits on either side.

    Raises TypeError for a float or a boolean, ValueError for what is not a number.
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | str | int):
        raise TypeError(f"expected a decimal string or an integer, got {type(value).__name__}")
    try:
        number = Decimal(value)
    except InvalidOperation as fault:
        raise ValueError(f"not a decimal number: {value!r}") from fault
    if not number.is_finite():
        raise ValueError(f"not a finite number: {value!r}")
    exponent = number.as_tuple().exponent
    if number.adjusted() >= MOST_DIGITS or (isinstance(exponent, int) and exponent < -MOST_DIGITS):
        raise ValueError(f"too many digits: {value!r}")
    return number


def plain(value: Decimal) -> str:
    """Return the number as people write it: no exponent, no trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text
