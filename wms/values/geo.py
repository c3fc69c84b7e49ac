"""Great-circle distance in whole metres; a missing coordinate is never distance 0."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Mean radius of the Earth (IUGG), metres.
EARTH_RADIUS_M: Final = 6_371_008.8

NO_DISTANCE: Final = -1


def distance_m(from_lat: float | None, from_lon: float | None, to_lat: float | None, to_lon: float | None) -> int | None:
    """Return the distance of two points given in degrees, or None where one is unknown."""
    if from_lat is None or from_lon is None or to_lat is None or to_lon is None:
        return None
    # One element through the array code: the last bit of sin and cos differs between libraries.
    metres = int(distances_m([from_lat], [from_lon], [to_lat], [to_lon])[0])
    return None if metres == NO_DISTANCE else metres


def distances_m(from_lat: ArrayLike, from_lon: ArrayLike, to_lat: ArrayLike, to_lon: ArrayLike) -> NDArray[np.int64]:
    """Return distances in whole metres for broadcastable arrays of degrees, -1 where one is nan.

    Haversine formula on a sphere: within 0.5 % of the ellipsoid.
    """
    lat1, lon1, lat2, lon2 = (np.radians(np.asarray(degrees, dtype=np.float64)) for degrees in (from_lat, from_lon, to_lat, to_lon))
    half_chord = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    metres = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half_chord, 0.0, 1.0)))
    known = np.isfinite(metres)
    return np.where(known, np.rint(np.where(known, metres, 0.0)), NO_DISTANCE).astype(np.int64)
