"""Totals looked up instead of computed: zone rows by a block of weight steps, one table a mask of signals and block."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from wms.values.ratio import Int64s

NO_SLOT: Final = -1
BLOCK_STEPS: Final = 64
"""Weight steps of one table: most parcels of a tenant weigh alike, and what none of them weighs is never computed."""
MOST_TABLES: Final = 256
MOST_CELLS_IN_ALL: Final = 1 << 17


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """An immutable set of tables; `plus` gives a larger one. Each has a key, and a slot for good."""

    zone_rows: int
    steps: int
    slot_of: dict[int, int] = field(default_factory=dict)
    totals: Int64s = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def width(self) -> int:
        """Return how many weight steps a table has."""
        return min(self.steps, BLOCK_STEPS)

    @property
    def block_bits(self) -> int:
        """Return how many bits the number of a block of weight steps takes."""
        return (max(self.steps - 1, 0) // self.width).bit_length()

    @property
    def room(self) -> int:
        """Return how many more tables may be filled: a megabyte of them is enough for a card, and one there always is."""
        most = max(1, min(MOST_TABLES, MOST_CELLS_IN_ALL // (self.zone_rows * self.width)))
        return most - len(self.slot_of)

    def plus(self, keys: list[int], totals: Int64s) -> "Tables":
        """Return these tables and those of the keys, `totals[key, zone row, step]`."""
        first = len(self.slot_of)
        slots = {key: slot for slot, key in enumerate(keys, start=first)}
        return Tables(self.zone_rows, self.steps, self.slot_of | slots, np.concatenate([self.totals, totals.ravel()]))

    def take(self, *, slots: Int64s, zone_rows: Int64s, steps: Int64s) -> Int64s:
        """Return the totals of slots and steps (one a row) and zone rows (many a row)."""
        starts = slots * (self.zone_rows * self.width) + steps % self.width
        cells = zone_rows * np.int64(self.width)
        cells += starts[:, None]
        found: Int64s = self.totals[cells]
        return found
