"""Where in the sheets the parts of a document stand, so that a fault of the core can be shown by its cell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from carriers.sheets.faults import Spot

PARTS: Final = re.compile(r"[^.\[\]]+|\[[0-9]+\]")
BY_ZONE: Final = frozenset({"amounts", "per_step", "per_unit"})


@dataclass(frozen=True, slots=True)
class Place:
    """A row (or a cell) that a part of the document comes from, with the columns of its fields and the cells of its zones."""

    spot: Spot
    columns: Mapping[str, int] = field(default_factory=dict)
    zones: Sequence[Spot] = ()


@dataclass(slots=True)
class Places:
    """The places of a document's parts, by their paths as carriers.core writes them ("rates[3].not_over")."""

    _by_path: dict[str, Place] = field(default_factory=dict)

    def put(self, path: str, spot: Spot, columns: Mapping[str, int] | None = None, zones: Sequence[Spot] = ()) -> None:
        """Say where a part of the document comes from."""
        self._by_path[path] = Place(spot, columns or {}, zones)

    def find(self, path: str) -> Spot | None:
        """Return the cell of a path, or the row or sheet of the longest part of it that is known."""
        parts = PARTS.findall(path)
        for known in range(len(parts), -1, -1):
            place = self._by_path.get(_joined(parts[:known]))
            if place is not None:
                return _spot_of(place, parts[known:])
        return None


def _joined(parts: Sequence[str]) -> str:
    return "".join(part if part.startswith("[") else f".{part}" for part in parts).lstrip(".")


def _spot_of(place: Place, rest: Sequence[str]) -> Spot:
    """Return the cell of what the path names beyond the place's own part."""
    if rest and rest[-1].isdigit() and (len(rest) == 1 or rest[-2] in BY_ZONE) and int(rest[-1]) < len(place.zones):
        return place.zones[int(rest[-1])]
    for length in range(len(rest), 0, -1):
        column = place.columns.get(".".join(rest[:length]))
        if column is not None:
            return Spot(sheet=place.spot.sheet, line=place.spot.line, column=column)
    return place.spot
