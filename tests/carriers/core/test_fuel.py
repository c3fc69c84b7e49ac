"""The fuel per cent of a day is that of the last week that has begun."""

from datetime import date

import pytest

from carriers.core.fuel import NO_FUEL, FuelTable, percent_millis

WEEKS = FuelTable.of({date(2026, 8, 10): "20", date(2026, 7, 27): "17.5", date(2026, 8, 3): "18.25"})


@pytest.mark.parametrize(
    ("day", "millis"),
    [
        (date(2026, 7, 26), None),
        (date(2026, 7, 27), 17_500),
        (date(2026, 8, 2), 17_500),
        (date(2026, 8, 3), 18_250),
        (date(2027, 1, 1), 20_000),
    ],
)
def test_finds_the_week_of_a_day(day: date, millis: int | None) -> None:
    assert WEEKS.percent_millis_on(day) == millis


def test_knows_nothing_without_a_table() -> None:
    assert NO_FUEL.percent_millis_on(date(2026, 8, 3)) is None


@pytest.mark.parametrize("value", ["18.2501", "-1", "1000.001"])
def test_refuses_per_cents_that_are_too_fine_or_out_of_bounds(value: str) -> None:
    with pytest.raises(ValueError, match="per cent"):
        percent_millis(value)
