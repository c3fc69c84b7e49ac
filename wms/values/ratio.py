"""Multiply whole numbers by a fraction, exactly, one by one or by the array."""

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]

# Sums of two products of this size still fit into a signed 64-bit integer.
SAFE_BITS = 62


def half_up(numerator: int, denominator: int) -> int:
    """Return numerator / denominator rounded to the nearest integer, halves away from zero."""
    if numerator < 0:
        return -half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def ceiling(numerator: int, denominator: int) -> int:
    """Return numerator / denominator rounded up."""
    return -(-numerator // denominator)


def scale_floor(values: Int64s, numerator: int, denominator: int) -> Int64s:
    """Return values * numerator / denominator rounded down; values are not negative."""
    return _quotient_and_remainder(values, numerator, denominator)[0]


def scale_half_up(values: Int64s, numerator: int, denominator: int) -> Int64s:
    """Return values * numerator / denominator with halves away from zero, like `half_up`."""
    least, largest = int(values.min(initial=0)), int(values.max(initial=0))
    sizes = values if least >= 0 else np.abs(values)
    if 2 * max(largest, -least) * numerator + denominator < 1 << SAFE_BITS:
        # One division of the doubled amounts, and none for the remainder: a division takes longer than all the rest.
        rounded = (sizes * np.int64(2 * numerator) + np.int64(denominator)) // np.int64(2 * denominator)
    else:
        quotient, remainder = _quotient_and_remainder(sizes, numerator, denominator)
        rounded = quotient + (2 * remainder >= denominator)
    return rounded if least >= 0 else np.where(values < 0, -rounded, rounded)


def _quotient_and_remainder(values: Int64s, numerator: int, denominator: int) -> tuple[Int64s, Int64s]:
    largest = int(values.max(initial=0))
    if largest * numerator < 1 << SAFE_BITS:
        product = values * np.int64(numerator)
        quotient = product // np.int64(denominator)
        return quotient, product - quotient * np.int64(denominator)
    return _by_limbs(values, largest, numerator, denominator)


def _by_limbs(values: Int64s, largest: int, numerator: int, denominator: int) -> tuple[Int64s, Int64s]:
    """Divide by hand, a few bits of the value at a time, where the product is too wide."""
    if largest * numerator // denominator >= 1 << SAFE_BITS:
        raise OverflowError("the scaled value does not fit into 64 bits")
    limb_bits = SAFE_BITS - 1 - max(numerator, denominator).bit_length()
    if limb_bits < 1:
        raise OverflowError("the fraction does not fit into 61 bits")
    limbs = -(-largest.bit_length() // limb_bits)
    quotient = np.zeros_like(values)
    remainder = np.zeros_like(values)
    for limb in reversed(range(limbs)):
        digits = (values >> (limb * limb_bits)) & ((1 << limb_bits) - 1)
        partial = (remainder << limb_bits) + digits * np.int64(numerator)
        step, remainder = np.divmod(partial, np.int64(denominator))
        quotient = (quotient << limb_bits) + step
    return quotient, remainder
