"""The two sides of a what-if run: the settings in force and the draft, each with stock of its own that only it draws on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from allocation import store
from allocation.batches import prepare_batch, reserved_stock
from allocation.core.planner import plan_batch, price_batch
from allocation.core.plans import Plan
from allocation.core.world import World
from allocation.shelf import Shelf
from allocation.simulation.tally import Tally

Int64s = npt.NDArray[np.int64]


class SimulatedShelf(Shelf):
    """Stock as the run begins with it: read once, with the units given back that the run's own orders hold."""

    def __init__(self, *, tenant_id: int, world: World, given_back: store.Draws | None) -> None:
        super().__init__(tenant_id=tenant_id, world=world, max_age_seconds=float("inf"))
        self._given_back = given_back

    def fill(self, cursor: store.Cursor, sku_ids: Int64s) -> None:
        """Read the stock of all these SKUs."""
        rows = self.fetch_articles(cursor, sku_ids, fresh=True)
        self.fetch_stock(cursor, sku_ids, rows, fresh=True)
        if self._given_back is not None:
            self.give_back(self._given_back)


@dataclass(slots=True, kw_only=True)
class Side:
    """One side: its settings, its stock, and what came out so far."""

    world: World
    shelf: SimulatedShelf
    tally: Tally = field(default_factory=Tally)

    def decide(self, cursor: store.Cursor, claim: store.Claim, at: datetime) -> Plan:
        """Decide a batch, and take what it reserves off the side's own stock."""
        batch = prepare_batch(cursor, claim=claim, shelf=self.shelf, fresh=False, at=at)
        plan = plan_batch(priced=price_batch(pricer=batch.pricer, batch=batch.batch), available=batch.available)
        reserved = reserved_stock(batch=batch, plan=plan)
        self.shelf.take(reserved.shelf_rows, reserved.columns, reserved.draws.units)
        self.tally.add(plan=plan, world=self.world, promised_day=claim.heads["promised_date"].astype(np.int64))
        return plan
