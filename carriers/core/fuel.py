"""Fuel surcharges: a per cent by day of shipping, published by the week."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from wms.values.decimals import exact_decimal

# Per cents are counted in thousandths of a per cent.
PERCENT_UNIT: Final = 100_000
MOST_PERCENT_MILLIS: Final = 1_000_000


def percent_millis(value: Decimal | str | int) -> int:
    """Return a per cent in thousandths; ValueError if finer, negative or above 1000 %."""
    scaled = exact_decimal(value).scaleb(3)
    if scaled != scaled.to_integral_value() or not 0 <= scaled <= MOST_PERCENT_MILLIS:
        raise ValueError(f"not a per cent of at most three decimals: {value!r}")
    return int(scaled)


@lru_cache(maxsize=1 << 10)
def percent_text(millis: int) -> str:
    """Return a per cent of thousandths as people write it: "18.25 %"."""
    return f"{millis // 1_000}.{millis % 1_000:03d}".rstrip("0").rstrip(".") + " %"


@dataclass(frozen=True, slots=True)
class FuelTable:
    """A channel's fuel surcharge: each rate holds from its day until the next one's."""

    from_dates: tuple[date, ...] = ()
    percents_millis: tuple[int, ...] = ()

    @classmethod
    def of(cls, percents: Mapping[date, Decimal | str]) -> "FuelTable":
        """Return the table of the per cents that start on the days, in any order."""
        rows = sorted((day, percent_millis(percent)) for day, percent in percents.items())
        return cls(tuple(day for day, _ in rows), tuple(millis for _, millis in rows))

    def percent_millis_on(self, ship_date: date) -> int | None:
        """Return the rate in force on the day, None before the first."""
        at = bisect_right(self.from_dates, ship_date)
        return self.percents_millis[at - 1] if at else None


NO_FUEL: Final = FuelTable()
