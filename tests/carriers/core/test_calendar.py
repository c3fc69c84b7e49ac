"""Cut-offs by the warehouse's clock, working weeks, holidays, and the promised day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from carriers.core.calendar import (
    MONDAY_TO_FRIDAY,
    MONDAY_TO_SATURDAY,
    WORKING_WEEKS,
    Calendar,
    DayCount,
    calendar_of,
    cutoff_instant,
    promised_date,
    ship_date_of,
)

NEW_YORK, LONDON, SHANGHAI = ZoneInfo("America/New_York"), ZoneInfo("Europe/London"), ZoneInfo("Asia/Shanghai")
TWO_PM = time(14)
# 2026-11-26 is Thanksgiving, a Thursday; clocks in New York go back on 2026-11-01 and forward on 2026-03-08.
US = calendar_of(country="US", holidays=[date(2026, 11, 26), date(2026, 12, 25)])

zones = st.sampled_from([NEW_YORK, LONDON, SHANGHAI, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/St_Johns")])
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
cutoffs = st.one_of(st.none(), st.times())
calendars = st.builds(
    Calendar,
    weekdays=st.frozensets(st.integers(1, 7), min_size=1),
    holidays=st.frozensets(st.dates(date(2026, 1, 1), date(2026, 3, 1)), max_size=20),
)


def at(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("ready", "ships"),
    [
        ("2026-11-24 13:59:59", date(2026, 11, 24)),
        ("2026-11-24 14:00", date(2026, 11, 25)),
        ("2026-11-25 14:00", date(2026, 11, 27)),
        ("2026-11-27 15:00", date(2026, 11, 30)),
        ("2026-11-28 09:00", date(2026, 11, 30)),
        ("2026-11-26 09:00", date(2026, 11, 27)),
    ],
)
def test_ships_the_same_day_before_the_cut_off_and_on_the_next_working_day_after_it(ready: str, ships: date) -> None:
    assert ship_date_of(ready_at=at(ready), zone=NEW_YORK, cutoff=TWO_PM, calendar=US) == ships


def test_the_cut_off_is_by_the_warehouse_s_own_clock() -> None:
    noon_utc = datetime(2026, 6, 3, 12, tzinfo=UTC)
    assert ship_date_of(ready_at=noon_utc, zone=NEW_YORK, cutoff=TWO_PM, calendar=US) == date(2026, 6, 3)
    assert ship_date_of(ready_at=noon_utc, zone=SHANGHAI, cutoff=TWO_PM, calendar=calendar_of(country="CN")) == date(2026, 6, 4)


def test_the_cut_off_moves_with_summer_time() -> None:
    assert cutoff_instant(day=date(2026, 3, 6), cutoff=TWO_PM, zone=NEW_YORK) == datetime(2026, 3, 6, 19, tzinfo=UTC)
    assert cutoff_instant(day=date(2026, 3, 9), cutoff=TWO_PM, zone=NEW_YORK) == datetime(2026, 3, 9, 18, tzinfo=UTC)


def test_a_cut_off_that_comes_twice_is_meant_the_first_time() -> None:
    half_past_one = cutoff_instant(day=date(2026, 11, 1), cutoff=time(1, 30), zone=NEW_YORK)
    assert half_past_one == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    every_day = Calendar(weekdays=frozenset(range(1, 8)))
    second_quarter_past_one = datetime(2026, 11, 1, 6, 15, tzinfo=UTC)
    assert ship_date_of(ready_at=second_quarter_past_one, zone=NEW_YORK, cutoff=time(1, 30), calendar=every_day) == date(2026, 11, 2)


def test_a_cut_off_that_is_skipped_is_as_long_after_midnight_as_it_would_have_been() -> None:
    assert cutoff_instant(day=date(2026, 3, 8), cutoff=time(2, 30), zone=NEW_YORK) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


def test_handling_takes_working_days() -> None:
    ready = at("2026-11-24 09:00")
    assert ship_date_of(ready_at=ready, zone=NEW_YORK, cutoff=TWO_PM, calendar=US, handling_days=2) == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("transit_days", "by_working_days", "by_calendar_days"),
    [
        (0, date(2026, 11, 25), date(2026, 11, 25)),
        (1, date(2026, 11, 27), date(2026, 11, 27)),
        (2, date(2026, 11, 30), date(2026, 11, 27)),
        (5, date(2026, 12, 3), date(2026, 11, 30)),
    ],
)
def test_promises_by_working_or_by_calendar_days(transit_days: int, by_working_days: date, by_calendar_days: date) -> None:
    wednesday = date(2026, 11, 25)
    for count, expected in ((DayCount.WORKING, by_working_days), (DayCount.CALENDAR, by_calendar_days)):
        assert promised_date(ship_date=wednesday, transit_days=transit_days, count=count, calendar=US) == expected


def test_a_channel_that_delivers_on_saturdays_arrives_sooner() -> None:
    saturdays_too = calendar_of(country="US", weekdays=MONDAY_TO_SATURDAY)
    friday = date(2026, 6, 5)
    assert promised_date(ship_date=friday, transit_days=2, count=DayCount.WORKING, calendar=saturdays_too) == date(2026, 6, 8)
    assert promised_date(ship_date=friday, transit_days=2, count=DayCount.WORKING, calendar=US) == date(2026, 6, 9)


def test_a_week_without_working_days_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one working day"):
        Calendar(weekdays=frozenset())


@pytest.mark.parametrize("country", sorted({*WORKING_WEEKS, "US", "GB", "DE", "AE"}))
def test_working_weeks_are_those_of_cldr(country: str) -> None:
    locale = Locale.parse({"IN": "hi_IN", "UG": "en_UG", "US": "en_US", "GB": "en_GB", "DE": "de_DE"}.get(country, f"ar_{country}"))
    weekend = set(range(locale.weekend_start + 1, locale.weekend_end + 2))
    assert WORKING_WEEKS.get(country, MONDAY_TO_FRIDAY) == set(range(1, 8)) - weekend


@given(zones, cutoffs, calendars, instants, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_what_is_ready_later_never_ships_earlier(
    zone: ZoneInfo, cutoff: time | None, calendar: Calendar, ready: datetime, later: timedelta
) -> None:
    first = ship_date_of(ready_at=ready, zone=zone, cutoff=cutoff, calendar=calendar)
    second = ship_date_of(ready_at=ready + later, zone=zone, cutoff=cutoff, calendar=calendar)
    assert first <= second


@given(zones, cutoffs, calendars, instants)
def test_ships_on_a_working_day_that_is_not_over(zone: ZoneInfo, cutoff: time | None, calendar: Calendar, ready: datetime) -> None:
    ships = ship_date_of(ready_at=ready, zone=zone, cutoff=cutoff, calendar=calendar)
    assert calendar.works_on(ships)
    assert ships >= ready.astimezone(zone).date()


@given(calendars, days, st.integers(0, 30))
def test_working_days_are_counted_one_by_one(calendar: Calendar, ship_date: date, transit_days: int) -> None:
    arrives = promised_date(ship_date=ship_date, transit_days=transit_days, count=DayCount.WORKING, calendar=calendar)
    span = [ship_date + timedelta(days=n) for n in range(1, (arrives - ship_date).days + 1)]
    worked = sum(calendar.works_on(day) for day in span)
    assert calendar.works_on(arrives)
    assert worked == transit_days or (transit_days == 0 and worked == 1)


@given(calendars, days, st.integers(0, 20), st.integers(0, 5), st.sampled_from(DayCount))
def test_more_days_never_arrive_earlier_and_calendar_days_never_later(
    calendar: Calendar, ship_date: date, transit_days: int, more: int, count: DayCount
) -> None:
    def arrival(number: int, how: DayCount) -> date:
        return promised_date(ship_date=ship_date, transit_days=number, count=how, calendar=calendar)

    assert arrival(transit_days, count) <= arrival(transit_days + more, count)
    assert arrival(transit_days, DayCount.CALENDAR) <= arrival(transit_days, DayCount.WORKING)
