"""Where the ZIP codes of the US lie, from the `zipcodes` package."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

MOST_CODES = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class ZipTable:
    """One slot per possible five-digit code: 1.7 MB, where the package takes 55 and its list of dictionaries 70 more."""

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
    for line in _listed():
        code, state, *place = line.split(" ")
        state_of[int(code)] = numbers.setdefault(state, len(numbers))
        if [float(degrees) for degrees in place] != [0.0, 0.0]:
            lat[int(code)], lon[int(code)] = place
    return ZipTable(lat, lon, state_of, tuple(numbers))


def _listed() -> list[str]:
    # -P: the script's own folder is no place to import from.
    command = [sys.executable, "-P", str(Path(__file__).with_name("zip_list.py"))]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="ascii").stdout.splitlines()
