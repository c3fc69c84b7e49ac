"""Write postcodes in one way, and cut them into the levels that carriers list.

The canonical form is upper case without punctuation ("02139", "K1A0B1", "1234AB"); only codes of
the British kind keep the space between the outward and the inward half ("SE1 2AB").
"""

import re
import unicodedata
from typing import Final

import numpy as np
from numpy.typing import NDArray

LONGEST_POSTCODE: Final = 10
LONGEST_BRITISH_POSTCODE: Final = 8
PostcodeArray = NDArray[np.bytes_]

# Countries whose codes are digits of one length.
# Source: Universal Postal Union, addressing systems.
DIGITS: Final[dict[str, int]] = {
    code: length
    for length, codes in {
        3: "AD FO IS LS MG PG",
        4: "AF AL AM AT AU BD BE BG CC CH CK CX CY CV DK GE GL GW HT HU LI LU LV MD MK MZ NE NF NO NZ PH PY SI SJ TN ZA VE",
        5: "AS AX BA BT CO CR CU CZ DE DO DZ EE EG ES ET FI FM FR GF GP GR GT GU HN HR ID IQ IT JO"
        " KE KH KR KW LA LK LT MA MC ME MH MM MN MP MQ MV MX MY NC NP PE PF PK PL PM PR PW RE RS SA"
        " SD SE SK SM SN TH TR UA UM US UY UZ VA VI WF XK YT ZM",
        6: "BY CN EC IN KG KZ NG RO RU SG TJ TM TT VN",
        7: "CL IL JP",
        8: "BR",
        10: "IR",
    }.items()
    for code in codes.split()
}

# Where several lengths are in use, the longest is the full code.
OTHER_LENGTHS: Final[dict[str, tuple[int, ...]]] = {
    "PT": (4, 7),
    "TW": (3, 5, 6),
    "IL": (5, 7),
    "VN": (5, 6),
    "AZ": (4,),
}

PATTERNS: Final[dict[str, re.Pattern[str]]] = {
    "CA": re.compile(r"[A-Z]\d[A-Z](\d[A-Z]\d)?"),
    "NL": re.compile(r"\d{4}([A-Z]{2})?"),
    "IE": re.compile(r"([AC-FHKNPRTV-Y]\d{2}|D6W)([0-9AC-FHKNPRTV-Y]{4})?"),
    "AR": re.compile(r"[A-Z]\d{4}([A-Z]{3})?|\d{4}"),
    "MT": re.compile(r"[A-Z]{3}\d{2,4}"),
    "BN": re.compile(r"[A-Z]{2}\d{4}"),
    "SZ": re.compile(r"[A-Z]\d{3}"),
}

ZIP_COUNTRIES: Final = frozenset({"US", "PR", "VI", "GU", "AS", "MP", "FM", "MH", "PW", "UM"})
BRITISH: Final = frozenset({"GB", "GG", "JE", "IM"})
BRITISH_POSTCODE: Final = re.compile(r"([A-Z]{1,2})(\d[A-Z\d]?)(\d[A-Z]{2})?")

# Places that another country's post office serves: their postcodes stand in its lists.
POSTAL_PARENT: Final[dict[str, str]] = {
    **dict.fromkeys(ZIP_COUNTRIES - {"US"}, "US"),
    **dict.fromkeys(BRITISH - {"GB"}, "GB"),
    "MC": "FR",
    "SM": "IT",
    "VA": "IT",
    "LI": "CH",
}

# Spreadsheets drop leading zeros; no country's codes start with more than two.
MOST_LOST_ZEROS: Final = 2

SPREADSHEET_FLOAT: Final = re.compile(r"\d+\.0+")
PUNCTUATION: Final = re.compile(r"[\s\-.]+")
CANONICAL: Final = re.compile(r"[A-Z0-9]{2,10}")


def normalise_postcode(country: str, text: str) -> str | None:
    """Return the canonical postcode, or None for what cannot be one in that country.

    ZIP+4 is cut to five digits; zeros that a spreadsheet dropped come back.
    """
    raw = text.strip().upper()
    if SPREADSHEET_FLOAT.fullmatch(raw):
        raw = raw.split(".")[0]
    if not raw.isascii():
        raw = _narrow(raw)
    if not raw.isascii():
        return None
    if country in BRITISH:
        return _british(raw)
    if country in ZIP_COUNTRIES:
        return _zip(raw)
    compact = PUNCTUATION.sub("", raw)
    if country in PATTERNS:
        return compact if PATTERNS[country].fullmatch(compact) else None
    if country in OTHER_LENGTHS:
        return _digits_of_lengths(country, compact)
    if country in DIGITS:
        return _digits(_without_country_letters(country, compact), DIGITS[country])
    return compact if CANONICAL.fullmatch(compact) else None


def _narrow(raw: str) -> str:
    """Turn full-width characters and typographic dashes and spaces into ASCII."""
    folded = "".join("-" if unicodedata.category(c) == "Pd" else c for c in raw)
    return " ".join(unicodedata.normalize("NFKC", folded).split()).upper()


def _british(raw: str) -> str | None:
    halves = raw.split()
    if len(halves) == 2 and not re.fullmatch(r"\d[A-Z]{2}", halves[1]):
        # "SE1 2" is not SE12.
        return None
    match = BRITISH_POSTCODE.fullmatch("".join(halves))
    if match is None:
        return None
    area, district, inward = match.groups()
    return f"{area}{district} {inward}" if inward else f"{area}{district}"


def _zip(raw: str) -> str | None:
    base, _, extension = raw.replace(" ", "-").partition("-")
    if not base.isdigit() or (extension and not extension.isdigit()):
        return None
    if not extension and len(base) > 5:
        base = base.zfill(9)[:5] if len(base) >= 9 - MOST_LOST_ZEROS else ""
    return _digits(base, 5)


def _digits(text: str, length: int) -> str | None:
    if not text.isdigit() or not length - MOST_LOST_ZEROS <= len(text) <= length:
        return None
    return text.zfill(length)


def _digits_of_lengths(country: str, compact: str) -> str | None:
    text = _without_country_letters(country, compact)
    lengths = OTHER_LENGTHS[country]
    if not text.isdigit():
        return None
    return text if len(text) in lengths else _digits(text, lengths[-1])


def _without_country_letters(country: str, compact: str) -> str:
    """Drop the letters that some put before a code of digits ("L-1234", "LV-1010", "D-80331")."""
    for letters in (country, country[0]):
        if compact.startswith(letters) and compact[len(letters) :].isdigit():
            return compact[len(letters) :]
    return compact


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
