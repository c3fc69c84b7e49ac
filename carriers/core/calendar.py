"""Which day a parcel leaves, and which day it is promised for: cut-offs, working weeks and holidays.

Weekdays are ISO numbers, 1 for Monday to 7 for Sunday. Nothing here reads the clock: instants come in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

ONE_DAY: Final = timedelta(days=1)
EVERY_DAY: Final = frozenset(range(1, 8))
MONDAY_TO_FRIDAY: Final = frozenset({1, 2, 3, 4, 5})
SUNDAY_TO_THURSDAY: Final = frozenset({7, 1, 2, 3, 4})
MONDAY_TO_SATURDAY: Final = frozenset({1, 2, 3, 4, 5, 6})

# Working weeks other than Monday to Friday. Source: Unicode CLDR, weekData (the Emirates changed theirs in 2022).
WORKING_WEEKS: Final[dict[str, frozenset[int]]] = {
    **dict.fromkeys("BH DZ EG IL IQ JO KW LY OM QA SA SD SY YE".split(), SUNDAY_TO_THURSDAY),
    **dict.fromkeys("IN UG".split(), MONDAY_TO_SATURDAY),
}


class DayCount(StrEnum):
    """What a channel's transit days count: the days on which it delivers (工作日), or all of them (自然日)."""

    WORKING = "working"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitTerms:
    """How a channel counts its transit days; no weekdays means those that the destination's country works on."""

    count: DayCount = DayCount.WORKING
    weekdays: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days that are worked: some weekdays, but for the holidays."""

    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= EVERY_DAY:
            raise ValueError(f"a week has at least one working day of 1 to 7: {sorted(self.weekdays)}")

    def works_on(self, day: date) -> bool:
        """Return whether the day is worked."""
        return day.isoweekday() in self.weekdays and day not in self.holidays

    def on_or_after(self, day: date) -> date:
        """Return the day itself if it is worked, else the next one that is."""
        while not self.works_on(day):
            day += ONE_DAY
        return day

    def after(self, day: date, working_days: int) -> date:
        """Return the n-th worked day after a day; for none, the day itself or the next one worked."""
        for _ in range(working_days):
            day = self.on_or_after(day + ONE_DAY)
        return self.on_or_after(day)


def calendar_of(*, country: str, holidays: Iterable[date] = (), weekdays: frozenset[int] = frozenset()) -> Calendar:
    """Return a country's calendar; `weekdays` replace the ones that it works on."""
    return Calendar(weekdays=weekdays or WORKING_WEEKS.get(country, MONDAY_TO_FRIDAY), holidays=frozenset(holidays))


def ship_date_of(*, ready_at: datetime, zone: ZoneInfo, cutoff: time | None, calendar: Calendar, handling_days: int = 0) -> date:
    """Return the warehouse's own day on which it ships what is ready at an instant.

    What is ready before the cut-off (截单时间) leaves on that day if it is worked, else on the next that is; without a
    cut-off the whole day counts. Handling takes so many further working days.
    """
    local_day = ready_at.astimezone(zone).date()
    if cutoff is not None and ready_at >= cutoff_instant(day=local_day, cutoff=cutoff, zone=zone):
        local_day += ONE_DAY
    return calendar.after(calendar.on_or_after(local_day), handling_days)


def cutoff_instant(*, day: date, cutoff: time, zone: ZoneInfo) -> datetime:
    """Return when the cut-off of a day is, in UTC.

    A time that comes twice, when clocks are set back, is meant the first time; one that is skipped is as long after
    midnight as it would have been.
    """
    return datetime.combine(day, cutoff, tzinfo=zone).astimezone(UTC)


def promised_date(*, ship_date: date, transit_days: int, count: DayCount, calendar: Calendar) -> date:
    """Return the day by which a parcel arrives, by the calendar of those who deliver it.

    Working days count only days of delivery; calendar days count all, and what would arrive on a day without delivery
    arrives on the next with it.
    """
    if count is DayCount.WORKING:
        return calendar.after(ship_date, transit_days)
    return calendar.on_or_after(ship_date + timedelta(days=transit_days))


def promised_dates(*, ship_date: date, most_days: int, count: DayCount, calendar: Calendar) -> tuple[date, ...]:
    """Return what `promised_date` says for 0 to `most_days` days of transit."""
    if count is DayCount.CALENDAR:
        return tuple(calendar.on_or_after(ship_date + timedelta(days=days)) for days in range(most_days + 1))
    days, day = [calendar.on_or_after(ship_date)], ship_date
    for _ in range(most_days):
        day = calendar.on_or_after(day + ONE_DAY)
        days.append(day)
    return tuple(days)
