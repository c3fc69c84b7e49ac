"""What a contract takes off its own prices: a per cent of the base by weight, of the fuel, of a surcharge."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from carriers.core.amounts import OPEN_MG
from carriers.core.fuel import PERCENT_UNIT, percent_text
from wms.values.mass import Mass
from wms.values.ratio import Int64s, half_up, scale_half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountBand:
    """The per cent, in thousandths, up to an inclusive billable weight; None is open."""

    not_over: Mass | None
    millis: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A per cent off the base by billable weight that leaves at least the minimum net charge.

    Above the last band nothing is taken off.
    """

    bands: tuple[DiscountBand, ...]
    minimum_net_minor: int
    bounds_mg: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        bounds = tuple(band.not_over.mg if band.not_over else OPEN_MG for band in self.bands)
        object.__setattr__(self, "bounds_mg", bounds)

    @property
    def is_flat(self) -> bool:
        """Return whether one per cent holds for every weight."""
        return self.bounds_mg == (OPEN_MG,)

    def millis_at(self, mass_mg: int) -> int:
        """Return the per cent of a billable weight in thousandths."""
        at = bisect_left(self.bounds_mg, mass_mg)
        return self.bands[at].millis if at < len(self.bands) else 0

    def off_minor(self, base_minor: int, mass_mg: int) -> int:
        """Return what is taken off the base of a billable weight."""
        off = half_up(base_minor * self.millis_at(mass_mg), PERCENT_UNIT)
        return max(0, min(off, base_minor - self.minimum_net_minor))

    def offs_minor(self, base_minor: Int64s, masses_mg: Int64s) -> Int64s:
        """Return what `off_minor` gives for each pair."""
        if self.is_flat:
            off = scale_half_up(base_minor, self.bands[0].millis, PERCENT_UNIT)
        else:
            base_minor, masses_mg = np.broadcast_arrays(base_minor, masses_mg)
            off = np.zeros_like(base_minor)
            at = np.searchsorted(np.array(self.bounds_mg, dtype=np.int64), masses_mg)
            for place, band in enumerate(self.bands):
                cells = at == place
                off[cells] = scale_half_up(base_minor[cells], band.millis, PERCENT_UNIT)
        return np.maximum(np.minimum(off, base_minor - self.minimum_net_minor), 0)

    def told(self, masses_mg: Iterable[int]) -> str:
        """Return the per cents of billable weights in words: "35.5 %", "30 %, 40 %"."""
        return ", ".join(dict.fromkeys(percent_text(self.millis_at(mass_mg)) for mass_mg in masses_mg))


def discount_code(code: str) -> str:
    """Return the code of the line that says what is taken off a line."""
    return f"{code}_discount"
