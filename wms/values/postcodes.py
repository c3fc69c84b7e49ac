"""Write postcodes in one way.

The canonical form is upper case without punctuation ("02139", "K1A0B1", "1234AB"); only codes of
the British kind keep the space between the outward and the inward half ("SE1 2AB").
"""

import re
import unicodedata
from typing import Final

LONGEST_POSTCODE: Final = 10

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


# Centroid files of these countries list areas, since the full codes are too many or not free.
# Source: GeoNames, readme of the postal code files.
AREA_LENGTHS: Final[dict[str, int]] = {"CA": 3, "IE": 3, "NL": 4, "PT": 4, "SG": 2}


def postcode_area(country: str, postcode: str) -> str:
    """Return the part of a canonical postcode that centroid files list ("SE1" of "SE1 2AB")."""
    if country in BRITISH:
        return postcode.partition(" ")[0]
    return postcode[: AREA_LENGTHS.get(country, LONGEST_POSTCODE)]


def listed_postcode(country: str, text: str) -> str | None:
    """Return the canonical form of a code in a centroid file: a whole postcode or an area."""
    compact = PUNCTUATION.sub("", text.strip().upper())
    if len(compact) == AREA_LENGTHS.get(country) and CANONICAL.fullmatch(compact):
        return compact
    return normalise_postcode(country, text)
