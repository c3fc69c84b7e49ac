"""Where the ZIP codes of the US lie, from the `zipcodes` package."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import zipcodes

MOST_CODES = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class ZipTable:
    """One slot per possible five-digit code: 1.7 MB, where the package's own list of dictionaries takes 70."""

    lat: npt.NDArray[np.float64]
    lon: npt.NDArray[np.float64]
    state_of: npt.NDArray[np.uint8]
    states: tuple[str, ...]

    def state(self, code: str) -> str | None:
        """Return the state of a code, or None when there is no such code."""
        number = int(self.state_of[int(code)])
        return self.states[number] if number else None

    def coordinates(self, code: str) -> tuple[float, float] | None:
        """Return latitude and longitude in degrees, or None where they are unknown (military post)."""
        lat = float(self.lat[int(code)])
        return None if np.isnan(lat) else (lat, float(self.lon[int(code)]))


@cache
def zip_table() -> ZipTable:
    """Return the table, read once per process and only when it is first asked for."""
    lat = np.full(MOST_CODES, np.nan)
    lon = np.full(MOST_CODES, np.nan)
    state_of = np.zeros(MOST_CODES, dtype=np.uint8)
    numbers = {"": 0}
    # A tenth at a time, so that the dictionaries of the others are never in memory together.
    for first_digit in "0123456789":
        for entry in zipcodes.similar_to(first_digit):
            code = int(entry["zip_code"])
            state_of[code] = numbers.setdefault(entry["state"], len(numbers))
            place = float(entry["lat"] or 0), float(entry["long"] or 0)
            if place != (0.0, 0.0):
                lat[code], lon[code] = place
    return ZipTable(lat, lon, state_of, tuple(numbers))
