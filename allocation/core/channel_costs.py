"""What one channel costs every order of a batch from every warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from allocation.core.timetable import MOST_DAYS

Bools = npt.NDArray[np.bool_]
Int16s = npt.NDArray[np.int16]
Int64s = npt.NDArray[np.int64]

UNKNOWN_DAYS: Final = MOST_DAYS


@dataclass(frozen=True, slots=True)
class ChannelCosts:
    """One channel's landed costs by (order, warehouse) in the tenant's minor units, with days of transit up to UNKNOWN_DAYS.

    `rejection` says why there is no price, and is 0 where there is one. For a live channel `fallen_back` says where the carrier
    gave no price and the rate card's stands in.
    """

    landed: Int64s
    days: Int64s
    rejection: Int16s
    fallen_back: Bools | None = None
