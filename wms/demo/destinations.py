"""Where the sample orders go: real US postcodes, drawn as people live."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random

import zipcodes

# Thousands of residents, US census of 2020; the armed forces' post is a guess.
RESIDENTS_THOUSANDS = {
    "CA": 39538, "TX": 29146, "FL": 21538, "NY": 20201, "PA": 13003, "IL": 12813, "OH": 11799, "GA": 10712, "NC": 10439, "MI": 10077,
    "NJ": 9289, "VA": 8631, "WA": 7705, "AZ": 7152, "MA": 7030, "TN": 6911, "IN": 6786, "MD": 6177, "MO": 6155, "WI": 5894, "CO": 5774,
    "MN": 5706, "SC": 5118, "AL": 5024, "LA": 4658, "KY": 4506, "OR": 4237, "OK": 3959, "CT": 3606, "PR": 3286, "UT": 3272, "IA": 3190,
    "NV": 3105, "AR": 3012, "MS": 2961, "KS": 2938, "NM": 2118, "NE": 1962, "ID": 1839, "WV": 1794, "HI": 1455, "NH": 1378, "ME": 1362,
    "RI": 1097, "MT": 1084, "DE": 990, "SD": 887, "ND": 779, "AK": 733, "DC": 690, "VT": 643, "WY": 577, "AE": 500, "GU": 154,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Town:
    """A postcode and its place."""

    postcode: str
    city: str
    state: str


@cache
def _towns() -> dict[str, tuple[Town, ...]]:
    towns = defaultdict(list)
    for entry in zipcodes.list_all():
        if entry["active"] and entry["zip_code_type"] in {"STANDARD", "MILITARY"}:
            towns[entry["state"]].append(Town(entry["zip_code"], entry["city"], entry["state"]))
    return {state: tuple(towns[state]) for state in RESIDENTS_THOUSANDS}


@cache
def _shares() -> tuple[tuple[str, ...], tuple[int, ...]]:
    return tuple(RESIDENTS_THOUSANDS), tuple(accumulate(RESIDENTS_THOUSANDS.values()))


def draw_town(draw: Random) -> Town:
    """Return a postcode that people live in, populous states more often."""
    states, totals = _shares()
    state = draw.choices(states, cum_weights=totals)[0]
    return draw.choice(_towns()[state])
