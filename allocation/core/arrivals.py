"""On which day each order of a batch would arrive from each warehouse by each channel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from allocation.core.costing import Wanted
from allocation.core.timetable import MOST_DAYS, day_number
from allocation.core.world import ChannelPrices, World
from carriers.core.calendar import TransitTerms

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]

NO_PRICES = TransitTerms()


class Arrivals:
    """The ship days at a batch's instant, and the arrivals after so many days of transit, as look-ups.

    `ship_day[w]` is a day number; `ships_today[w]` says whether that is the warehouse's own day of the instant.
    """

    def __init__(self, world: World, wanted: Wanted) -> None:
        ship_dates = world.timetable.ship_dates(wanted.at)
        days, self._ship_place = _distinct(ship_dates)
        transits, self._transit_place = _distinct([_transit(prices) for prices in world.channels])
        countries, self._country_place = np.unique(wanted.destinations.country, return_inverse=True)
        self.ship_day = np.array([day_number(day) for day in ship_dates], dtype=np.int64)
        self.ships_today = np.array(world.timetable.ships_today(wanted.at), dtype=np.bool_)
        arrivals = world.timetable.arrivals
        tables = [
            arrivals(ship_date=day, country=country.decode(), transit=transit)
            for country in countries.tolist()
            for day in days
            for transit in transits
        ]
        self._tables = np.array(tables, dtype=np.int64).reshape(len(countries), len(days), len(transits), MOST_DAYS + 1)

    def by(self, channel: int, *, orders: Int64s, days: Int64s) -> Int64s:
        """Return the arrival of these orders from every warehouse by a channel, given its days by (order, warehouse)."""
        country = self._country_place[orders][:, None]
        return self._tables[country, self._ship_place[None, :], self._transit_place[channel], days]

    def of(self, *, orders: Int64s, warehouse: Int64s, channel: Int64s, days: Int64s) -> Int64s:
        """Return the arrival of shipments, each of one order from one warehouse by one channel."""
        return self._tables[self._country_place[orders], self._ship_place[warehouse], self._transit_place[channel], days]


def _transit(prices: ChannelPrices | None) -> TransitTerms:
    return NO_PRICES if prices is None else prices.card.card.transit


def _distinct[Value](values: Sequence[Value]) -> tuple[tuple[Value, ...], Int64s]:
    """Return the different values, and the place of each value among them."""
    different = tuple(dict.fromkeys(values))
    return different, np.array([different.index(value) for value in values], dtype=np.int64)
