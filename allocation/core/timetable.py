"""When what is decided at an instant leaves each warehouse, and on which day it arrives.

Days are counted since 1970-01-01. Arrivals are looked up in tables of one warehouse's ship day, one country's calendar and one
card's way of counting: what 0 to 255 days of transit come to. Unknown days count as the most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from allocation.core.settings import Settings, WarehouseTerms
from carriers.core.calendar import ONE_DAY, Calendar, TransitTerms, cutoff_instant, promised_date, promised_dates

Int64s = npt.NDArray[np.int64]

EPOCH = date(1970, 1, 1)
MOST_DAYS = 255
NO_DAY = 0
"""Stands for no promised date."""


def day_number(day: date | None) -> int:
    """Return a day's number, NO_DAY for none."""
    return NO_DAY if day is None else (day - EPOCH).days


def day_of(number: int) -> date | None:
    """Return the day with a number."""
    return None if number == NO_DAY else EPOCH + timedelta(days=number)


def arrival_date(*, ship_date: date, days: int | None, transit: TransitTerms, calendar: Calendar) -> date:
    """Return the day on which a parcel arrives; `calendar` is that of those who deliver it."""
    counted = MOST_DAYS if days is None else min(days, MOST_DAYS - 1)
    return promised_date(ship_date=ship_date, transit_days=counted, count=transit.count, calendar=calendar)


def _next_changes(warehouse: WarehouseTerms, at: datetime) -> Iterator[datetime]:
    """Yield when the warehouse's next day begins, and its next cut-off."""
    zone = ZoneInfo(warehouse.timezone)
    today = at.astimezone(zone).date()
    tomorrow = today + ONE_DAY
    yield cutoff_instant(day=tomorrow, cutoff=time(0), zone=zone)
    if warehouse.cutoff is not None:
        cutoffs = (cutoff_instant(day=day, cutoff=time.fromisoformat(warehouse.cutoff), zone=zone) for day in (today, tomorrow))
        yield next(instant for instant in cutoffs if instant > at)


@dataclass(frozen=True, slots=True)
class Timetable:
    """Calendars and arrival tables of one tenant's settings, filled as they are met."""

    settings: Settings
    _calendars: dict[tuple[str, frozenset[int]], Calendar] = field(default_factory=dict)
    _tables: dict[tuple[date, str, TransitTerms], Int64s] = field(default_factory=dict)
    _ship_dates: dict[datetime, tuple[date, ...]] = field(default_factory=dict)

    def ship_dates(self, at: datetime) -> tuple[date, ...]:
        """Return each warehouse's own day on which it ships what is decided at an instant."""
        if at not in self._ship_dates:
            self._ship_dates.clear()
            self._ship_dates[at] = tuple(self.settings.ship_date_of(terms, at=at) for terms in self.settings.warehouses)
        return self._ship_dates[at]

    def ships_today(self, at: datetime) -> tuple[bool, ...]:
        """Return which warehouses still ship on the day that it is for them."""
        zones = (ZoneInfo(terms.timezone) for terms in self.settings.warehouses)
        return tuple(day == at.astimezone(zone).date() for day, zone in zip(self.ship_dates(at), zones, strict=True))

    def changes_at(self, at: datetime) -> datetime | None:
        """Return the next instant at which some warehouse's day begins or its cut-off comes; None without warehouses."""
        instants = [instant for terms in self.settings.warehouses for instant in _next_changes(terms, at)]
        return min(instants, default=None)

    def arrivals(self, *, ship_date: date, country: str, transit: TransitTerms) -> Int64s:
        """Return the day number on which a parcel arrives after 0 to 255 days of transit."""
        key = (ship_date, country, transit)
        if key not in self._tables:
            calendar = self._calendar(country, transit.weekdays)
            days = promised_dates(ship_date=ship_date, most_days=MOST_DAYS, count=transit.count, calendar=calendar)
            self._tables[key] = np.array([day_number(day) for day in days], dtype=np.int64)
        return self._tables[key]

    def _calendar(self, country: str, weekdays: frozenset[int]) -> Calendar:
        key = (country, weekdays)
        if key not in self._calendars:
            self._calendars[key] = self.settings.calendar_of(country=country, weekdays=weekdays)
        return self._calendars[key]
