"""What came out of one side of a what-if run, added up batch by batch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from allocation.core.plans import Plan
from allocation.core.types import Mode, reason_of
from allocation.core.world import NO_WAREHOUSE, World

Int64s = npt.NDArray[np.int64]


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts and sums of decisions; costs in the tenant's minor units, days from shipping to arrival.

    `late` orders arrive after their promised day, `split` ones ship from several warehouses and count at each with the cost of
    the part that it ships. `warehouses` are (orders, cost) by id.
    """

    orders: int = 0
    served: int = 0
    cost_minor: int = 0
    days: int = 0
    orders_with_days: int = 0
    late: int = 0
    split: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    warehouse_orders: Counter[int] = field(default_factory=Counter)
    warehouse_cost_minor: Counter[int] = field(default_factory=Counter)

    def add(self, *, plan: Plan, world: World, promised_day: Int64s) -> None:
        """Add a batch."""
        served = plan.warehouse >= 0
        known = served & (plan.arrival_day >= 0) & (plan.ship_day >= 0)
        self.orders += len(served)
        self.served += int(served.sum())
        self.cost_minor += int(plan.cost[served].sum())
        self.days += int((plan.arrival_day - plan.ship_day)[known].sum())
        self.orders_with_days += int(known.sum())
        self.late += int((known & (promised_day > 0) & (plan.arrival_day > promised_day)).sum())
        self.modes.update(Mode(mode).name.lower() for mode in plan.mode.tolist())
        for order in np.flatnonzero(~served):
            self.reasons.update(reason_of(number).slug for number in np.unique(plan.reason[order]).tolist() if number)
        self._add_loads(plan, world)

    def _add_loads(self, plan: Plan, world: World) -> None:
        self.split += len(plan.splits)
        whole = plan.warehouse.copy()
        whole[list(plan.splits)] = NO_WAREHOUSE
        for column in np.unique(whole[whole != NO_WAREHOUSE]).tolist():
            warehouse_id, here = int(world.warehouse_ids[column]), whole == column
            self.warehouse_orders[warehouse_id] += int(here.sum())
            self.warehouse_cost_minor[warehouse_id] += int(plan.cost[here].sum())
        for split in plan.splits.values():
            for part in split.parts:
                warehouse_id = int(world.warehouse_ids[part.warehouse])
                self.warehouse_orders[warehouse_id] += 1
                self.warehouse_cost_minor[warehouse_id] += part.cost

    def to_document(self) -> dict[str, Any]:
        """Return the tally as JSON values."""
        return {
            "orders": self.orders,
            "served": self.served,
            "cost_minor": self.cost_minor,
            "days": self.days,
            "orders_with_days": self.orders_with_days,
            "late": self.late,
            "split": self.split,
            "reasons": dict(self.reasons),
            "modes": dict(self.modes),
            "warehouses": {
                str(warehouse_id): [orders, self.warehouse_cost_minor[warehouse_id]]
                for warehouse_id, orders in self.warehouse_orders.items()
            },
        }
