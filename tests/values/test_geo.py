"""Distances in whole metres; what is unknown is never next door."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wms.values.geo import NO_DISTANCE, distance_m, distances_m

points = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def test_measures_a_known_distance() -> None:
    # Los Angeles airport to New York JFK: 3,974 km on the sphere.
    metres = distance_m(33.9425, -118.4081, 40.6398, -73.7789)
    assert metres is not None
    assert abs(metres - 3_974_000) < 5_000


def test_measures_a_quarter_of_the_equator() -> None:
    assert distance_m(0, 0, 0, 90) == round(math.pi / 2 * 6_371_008.8)


@pytest.mark.parametrize("missing", range(4))
def test_missing_coordinates_are_no_distance(missing: int) -> None:
    degrees: list[float | None] = [40.0, -75.0, 40.0, -75.0]
    assert distance_m(*degrees) == 0
    degrees[missing] = None
    assert distance_m(*degrees) is None
    with_nan = [[math.nan] if value is None else [value] for value in degrees]
    assert distances_m(*with_nan).tolist() == [NO_DISTANCE]


@given(st.lists(st.tuples(points, points), min_size=1, max_size=40))
def test_measures_arrays_as_it_measures_one(pairs: list[tuple[tuple[float, float], tuple[float, float]]]) -> None:
    columns = np.array([(*start, *end) for start, end in pairs])
    batch = distances_m(columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3])
    assert batch.tolist() == [distance_m(*start, *end) for start, end in pairs]


@given(points, points)
def test_is_the_same_there_and_back(start: tuple[float, float], end: tuple[float, float]) -> None:
    there, back = distance_m(*start, *end), distance_m(*end, *start)
    assert there is not None
    assert back is not None
    assert abs(there - back) <= 1
