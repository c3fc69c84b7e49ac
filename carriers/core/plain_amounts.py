"""Read the amounts of a large rate card at once: plain decimals, as nearly all cards state them."""

from typing import Final

import numpy as np

from wms.values.ratio import Int64s

COMMA, POINT, ZERO, NINE = (ord(sign) for sign in ",.09")
MOST_DIGITS: Final = 12
"""Of an amount in minor units: what is longer is above the largest amount, or close to it."""


def plain_amounts(text: str, digits: int) -> Int64s | None:
    """Return the amounts of a text like "7.40,12.05" in minor units.

    None if any is not plain: one to several digits and, where the currency has minor units, a point and all their digits.
    """
    if not text.isascii():
        return None
    signs = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    ends = np.append(np.flatnonzero(signs == COMMA), len(signs))
    starts = np.append(0, ends[:-1] + 1)
    points = np.flatnonzero(signs == POINT)
    wholes = ends - starts - (digits + 1 if digits else 0)
    if wholes.min() < 1 or wholes.max() > MOST_DIGITS - digits:
        return None
    if not np.array_equal(points, ends - digits - 1 if digits else ends[:0]):
        return None
    figures = signs[(signs != COMMA) & (signs != POINT)]
    if figures.min() < ZERO or figures.max() > NINE:
        return None
    return np.fromstring(text.replace(".", ""), dtype=np.int64, sep=",")
