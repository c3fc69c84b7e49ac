"""The two sides of a what-if run: the settings in force and the draft, each with stock and loads of its own that only it draws on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from allocation import store
from allocation.batches import PreparedBatch, prepare_batch, reserved_stock
from allocation.core.contention import JointTerms
from allocation.core.planner import plan_batch, price_batch
from allocation.core.plans import Capacity, Plan
from allocation.core.stock_prices import StockPrices
from allocation.core.world import World
from allocation.loads import LoadRows, Loads, capacity_beside, load_rows, loads_on, ship_days_of
from allocation.shelf import Shelf
from allocation.simulation.rows import skus_of
from allocation.simulation.tally import Tally
from allocation.stock_pricing import orders_of_period, solve_stock_prices

Int64s = npt.NDArray[np.int64]

type Load = tuple[int, int]
"""Orders and lines."""


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

    def meet(self, cursor: store.Cursor, sku_ids: Int64s) -> None:
        """Read what is new to it of these SKUs: the run's own orders want none of that."""
        new = np.array([sku_id for sku_id in sku_ids.tolist() if sku_id not in self._row_of], dtype=np.int64)
        if len(new):
            self.fetch_stock(cursor, new, self.fetch_articles(cursor, new, fresh=True), fresh=True)


class SimulatedLoads:
    """What warehouses have to ship by day: what they had when the run came to the day, and what the side has given them since.

    The run's own orders are taken off where they are decided as if they never had been.
    """

    def __init__(self, *, tenant_id: int, world: World, given_back: LoadRows | None) -> None:
        self._tenant_id, self._world = tenant_id, world
        self._given_back = _by_day(given_back) if given_back is not None else {}
        self._loads: dict[tuple[int, int], Load] = {}

    def capacity_left(self, cursor: store.Cursor, batch: PreparedBatch) -> Capacity | None:
        """Return what the warehouses still ship on the ship day of the batch's instant, None where none has a capacity."""
        if not self._world.has_capacity:
            return None
        days = ship_days_of(batch)
        cells = list(zip(self._world.warehouse_ids.tolist(), days.tolist(), strict=True))
        if not all(cell in self._loads for cell in cells):
            self._read(cursor, cells, days)
        loads = np.array([self._loads[cell] for cell in cells], dtype=np.int64)
        return capacity_beside(self._world, Loads(orders=loads[:, 0], lines=loads[:, 1]))

    def take(self, rows: LoadRows) -> None:
        """Add what a plan gives warehouses to ship."""
        for cell, (orders, lines) in _by_day(rows).items():
            before = self._loads[cell]
            self._loads[cell] = (before[0] + orders, before[1] + lines)

    def _read(self, cursor: store.Cursor, cells: list[tuple[int, int]], days: Int64s) -> None:
        stored = loads_on(cursor, tenant_id=self._tenant_id, world=self._world, days=days)
        for cell, orders, lines in zip(cells, stored.orders.tolist(), stored.lines.tolist(), strict=True):
            own_orders, own_lines = self._given_back.get(cell, (0, 0))
            self._loads.setdefault(cell, (max(0, orders - own_orders), max(0, lines - own_lines)))


def _by_day(rows: LoadRows) -> dict[tuple[int, int], Load]:
    """Return (orders, lines) by warehouse and day."""
    columns = (rows.warehouse_ids, rows.ship_days, rows.orders, rows.lines)
    return {(warehouse, day): (orders, lines) for warehouse, day, orders, lines in zip(*map(np.ndarray.tolist, columns), strict=True)}


class DailyPricing:
    """Prices of units by the orders of so many days before each day of the run, which no order of the day itself has a part in.

    A run on orders that wait is of one moment, and the period ends with it.
    """

    def __init__(self, *, tenant_id: int, days: int, past: bool) -> None:
        self._tenant_id, self._days, self._past = tenant_id, days, past
        self._until: datetime | None = None
        self._prices: StockPrices | None = None

    def prices_at(self, cursor: store.Cursor, shelf: SimulatedShelf, at: datetime) -> StockPrices | None:
        """Return the prices that count at a moment, found on what the shelf holds now if they are the first of the day."""
        until = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) if self._past else at
        if until != self._until:
            order_ids = orders_of_period(days=self._days, until=until)
            shelf.meet(cursor, skus_of(cursor, tenant_id=self._tenant_id, order_ids=np.array(order_ids, dtype=np.int64)))
            self._prices = solve_stock_prices(cursor, shelf=shelf, order_ids=order_ids, at=at, fresh=False)
            self._until = until
        return self._prices


@dataclass(slots=True, kw_only=True)
class Side:
    """One side: its settings, its stock and loads, when it decides together, what units are worth, and what came out so far.

    With `pricing` the units' prices are found anew for each day, on the side's own stock.
    """

    world: World
    shelf: SimulatedShelf
    loads: SimulatedLoads
    joint: JointTerms | None
    stock_prices: StockPrices | None
    pricing: DailyPricing | None = None
    tally: Tally = field(default_factory=Tally)

    def decide(self, cursor: store.Cursor, claim: store.Claim, at: datetime) -> Plan:
        """Decide a batch as the batch runner would, and take what it reserves off the side's own stock and capacity."""
        prices = self.stock_prices if self.pricing is None else self.pricing.prices_at(cursor, self.shelf, at)
        batch = prepare_batch(cursor, claim=claim, shelf=self.shelf, fresh=False, at=at, stock_prices=prices)
        capacity = self.loads.capacity_left(cursor, batch)
        priced = price_batch(pricer=batch.pricer, batch=batch.batch)
        plan = plan_batch(priced=priced, available=batch.available, capacity=capacity, joint=self.joint)
        reserved = reserved_stock(batch=batch, plan=plan)
        self.shelf.take(reserved.shelf_rows, reserved.columns, reserved.draws.units)
        if capacity is not None:
            self.loads.take(load_rows(batch=batch, plan=plan))
        self.tally.add(plan=plan, world=self.world, promised_day=claim.heads["promised_date"].astype(np.int64))
        return plan
