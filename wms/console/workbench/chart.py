"""A map of an order as numbers for an SVG: the warehouses, the destination, and the lines between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from allocation.candidates import Candidate
from orders.models import Order

WIDTH, HEIGHT, MARGIN = 480, 240, 28
LEAST_DEGREES = 4.0
"""A map of places that lie close together shows at least so much around them."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the map; `kind` is "to", "best", "current", "free" or "blocked". The label goes left where it would run out."""

    x: int
    y: int
    label: str
    kind: str
    leftwards: bool

    @property
    def label_x(self) -> int:
        """Return where the label begins, or ends if it goes left."""
        return self.x - 9 if self.leftwards else self.x + 9

    @property
    def label_y(self) -> int:
        """Return the label's base line; the destination's stands higher, clear of a warehouse beside it."""
        return self.y - 10 if self.kind == "to" else self.y + 4


@dataclass(frozen=True, slots=True)
class Chart:
    """The map; there is none (no spots) where the destination's place is unknown."""

    width: int
    height: int
    to: Spot | None
    spots: tuple[Spot, ...]


def chart_of(*, order: Order, candidates: Sequence[Candidate]) -> Chart:
    """Return the map of an order and the warehouses whose places are known."""
    placed = [(one, one.lat, one.lon) for one in candidates if one.lat is not None and one.lon is not None]
    if order.lat is None or order.lon is None or not placed:
        return Chart(WIDTH, HEIGHT, None, ())
    plane = _Plane([(order.lat, order.lon), *((lat, lon) for _, lat, lon in placed)])
    best = next((one for one, _, _ in placed if one.blocked is None), None)
    spots = tuple(plane.spot(lat, lon, one.code, _kind(one, best)) for one, lat, lon in placed)
    return Chart(WIDTH, HEIGHT, plane.spot(order.lat, order.lon, order.postcode, "to"), spots)


def _kind(candidate: Candidate, best: Candidate | None) -> str:
    if candidate.current:
        return "current"
    if candidate.blocked is not None:
        return "blocked"
    return "best" if candidate is best else "free"


class _Plane:
    """Degrees to pixels: equirectangular around the middle, north up, one scale both ways."""

    def __init__(self, places: Sequence[tuple[float, float]]) -> None:
        lats, lons = [lat for lat, _ in places], [lon for _, lon in places]
        self._lat, self._lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
        self._narrowing = max(0.2, math.cos(math.radians(self._lat)))
        wide = max((max(lons) - min(lons)) * self._narrowing, LEAST_DEGREES)
        high = max(max(lats) - min(lats), LEAST_DEGREES)
        self._scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)

    def spot(self, lat: float, lon: float, label: str, kind: str) -> Spot:
        x = WIDTH / 2 + (lon - self._lon) * self._narrowing * self._scale
        y = HEIGHT / 2 - (lat - self._lat) * self._scale
        return Spot(round(x), round(y), label, kind, leftwards=x > WIDTH * 0.7)
