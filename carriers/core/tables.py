"""Totals looked up instead of computed: zone rows by weight steps, one table a mask of signals."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from wms.values.ratio import Int64s

NO_SLOT: Final = -1
MOST_TABLES: Final = 64
MOST_CELLS_IN_ALL: Final = 1 << 17


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """An immutable set of tables; `plus` gives a larger one."""

    zone_rows: int
    steps: int
    slot_of: dict[int, int] = field(default_factory=dict)
    totals: Int64s = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def has_room(self) -> bool:
        """Return whether one more table may be filled: a megabyte of them is enough for a card."""
        cells = self.zone_rows * self.steps
        return len(self.slot_of) < MOST_TABLES and (not self.slot_of or len(self.totals) + cells <= MOST_CELLS_IN_ALL)

    def plus(self, mask: int, totals: Int64s) -> "Tables":
        """Return these tables and one more."""
        return Tables(
            self.zone_rows,
            self.steps,
            {**self.slot_of, mask: len(self.slot_of)},
            np.concatenate([self.totals, totals.ravel()]),
        )

    def take(self, *, slots: Int64s, zone_rows: Int64s, steps: Int64s) -> Int64s:
        """Return the totals of slots and steps (one a row) and zone rows (many a row)."""
        starts = slots * (self.zone_rows * self.steps) + steps
        cells = zone_rows * np.int64(self.steps)
        cells += starts[:, None]
        found: Int64s = self.totals[cells]
        return found
