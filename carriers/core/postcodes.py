"""Cut postcodes into the levels that carriers list.

Postcodes are canonical (wms.values.postcodes): upper case without punctuation; only codes of the British kind keep a space.
"""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wms.values.postcodes import BRITISH, LONGEST_POSTCODE, PUNCTUATION

PostcodeArray = NDArray[np.bytes_]

# A level is a number, higher is more specific. British codes have levels of their own, since
# "SE1" is a beginning of "SE10" but not its neighbourhood; elsewhere codes are of fixed width and
# the level is the length of the beginning.
AREA, DISTRICT, SUBDISTRICT, SECTOR, UNIT = 1, 2, 3, 4, 5

BRITISH_ENTRIES: Final[tuple[tuple[int, re.Pattern[str]], ...]] = (
    (AREA, re.compile(r"[A-Z]{1,2}")),
    (DISTRICT, re.compile(r"[A-Z]{1,2}\d{1,2}")),
    (SUBDISTRICT, re.compile(r"[A-Z]{1,2}\d[A-Z]")),
    (SECTOR, re.compile(r"[A-Z]{1,2}\d[A-Z\d]? \d")),
    (UNIT, re.compile(r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}")),
)


def entry_level(country: str, entry: str) -> tuple[int, str]:
    """Return the level and canonical text of a postcode or a beginning of one, as carriers list it.

    Raises ValueError for what cannot be one.
    """
    if country in BRITISH:
        text = " ".join(entry.upper().split())
        for level, pattern in BRITISH_ENTRIES:
            if pattern.fullmatch(text):
                return level, text
        raise ValueError(f"not a part of a postcode: {entry!r}")
    text = PUNCTUATION.sub("", entry.upper())
    if not text.isascii() or not text.isalnum() or len(text) > LONGEST_POSTCODE:
        raise ValueError(f"not a part of a postcode: {entry!r}")
    return len(text), text


def british_districts(first: str, last: str) -> tuple[str, ...]:
    """Return the districts of a range ("AB31", "AB56"), both ends included."""
    ends = [re.fullmatch(r"([A-Z]{1,2})(\d{1,2})", text) for text in (first, last)]
    if ends[0] is None or ends[1] is None or ends[0][1] != ends[1][1]:
        raise ValueError(f"not a range of districts: {first}..{last}")
    numbers = range(int(ends[0][2]), int(ends[1][2]) + 1)
    if not numbers:
        raise ValueError(f"the range runs backwards: {first}..{last}")
    return tuple(f"{ends[0][1]}{number}" for number in numbers)


def level_key(country: str, postcode: str, level: int) -> str:
    """Return the part of a canonical postcode that stands at the level, "" if it has none."""
    if country not in BRITISH:
        return postcode[:level] if len(postcode) >= level else ""
    outward, _, inward = postcode.partition(" ")
    district = outward.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if level == UNIT:
        return postcode if inward else ""
    if level == SECTOR:
        return f"{outward} {inward[0]}" if inward else ""
    if level == SUBDISTRICT:
        return outward if outward != district else ""
    return district if level == DISTRICT else district.rstrip("0123456789")


def level_keys(country: str, postcodes: PostcodeArray, level: int) -> PostcodeArray:
    """Return `level_key` for an array of canonical postcodes of one country."""
    letters = postcodes.astype(f"S{LONGEST_POSTCODE}").reshape(-1, 1).view(np.uint8)
    lengths = np.count_nonzero(letters, axis=1)
    kept = _british_lengths(letters, lengths, level) if country in BRITISH else np.where(lengths >= level, level, 0)
    columns = np.arange(LONGEST_POSTCODE)
    cut = np.where(columns < kept[:, None], letters, 0).astype(np.uint8)
    return np.ascontiguousarray(cut).view(f"S{LONGEST_POSTCODE}").ravel()


def _british_lengths(letters: NDArray[np.uint8], lengths: NDArray[np.intp], level: int) -> NDArray[np.intp]:
    """Return how many characters of each postcode stand at the level, 0 where it has none."""
    spaces = letters == ord(" ")
    has_inward = spaces.any(axis=1)
    outward = np.where(has_inward, spaces.argmax(axis=1), lengths)
    last = letters[np.arange(len(letters)), np.maximum(outward - 1, 0)]
    is_subdistrict = (last >= ord("A")) & (outward > 0)
    district = outward - is_subdistrict
    area = np.minimum(1 + (letters[:, 1] >= ord("A")), district)
    kept: dict[int, NDArray[np.intp]] = {
        UNIT: np.where(has_inward, lengths, 0),
        SECTOR: np.where(has_inward, outward + 2, 0),
        SUBDISTRICT: np.where(is_subdistrict, outward, 0),
        DISTRICT: district,
        AREA: area,
    }
    return kept[level]
