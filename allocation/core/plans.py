"""Batches of orders as the planner reads them, and the plans that it makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from allocation.core.parcels import Goods
from allocation.core.splitting import Draws, Split, draws_of
from allocation.core.world import NO_WAREHOUSE

Bools = npt.NDArray[np.bool_]
Int16s = npt.NDArray[np.int16]
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Orders as columns, one row each, in the order in which they may take stock.

    `attempts[k, depth]` are the rows of the permits that order k tries in turn, NO_ATTEMPT where there are no more. Need i asks for
    need_units[i] of SKU row need_row[i]; the needs of order k begin at starts[k]; every order has at least one. `goods` is what
    splitting reads; without it no order is split. `unit_prices[row, w]` is what a unit of a SKU row is worth to orders still to come
    (None: nothing, see allocation.core.stock_prices). `refused[k, w]` says which warehouses have sent order k back (None: nobody any):
    only a person chooses them again.
    """

    attempts: Int64s
    need_row: Int64s
    need_units: Int64s
    starts: Int64s
    goods: Goods | None = None
    refused: Bools | None = None
    unit_prices: Int64s | None = None

    @property
    def need_counts(self) -> Int64s:
        """Return how many needs each order has."""
        return np.diff(np.append(self.starts, len(self.need_row)))

    @property
    def need_owner(self) -> Int64s:
        """Return the order of each need."""
        return np.repeat(np.arange(len(self.starts), dtype=np.int64), self.need_counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """How many orders, and lines of orders, each warehouse (column) still ships on its ship day; NO_LIMIT is no limit."""

    orders: Int64s
    lines: Int64s


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The decisions of a batch; one row per order, `seen_units` one per need of `batch`.

    `warehouse` and `channel` are columns of the world, -1 for an exception, and so are costs, days and `attempt`, the depth of
    the attempt that decided; `decided_by` is the strategy or rule of it, 0 for none. `nearest_cost` and `cheapest_cost` are what
    the nearest and the cheapest warehouse would have cost
    that had the goods and a price. The rest are (order, warehouse) arrays; `candidate_cost` is -1 where `reason` is not 0.
    `batch` is the planned one; where warehouses have a capacity each order has two needs more, one order and its lines.
    `kept_back_units` are the most that some attempt leaves in a warehouse. `splits` are the orders (rows) that ship from several
    warehouses: `warehouse` and `channel` are then those of the main part, cost is that of all and the arrival that of the last.
    `may_split` says for which orders that was looked for or would have been (None: for none). `together` are numbers of
    contention.Together.
    """

    batch: Batch
    mode: Int64s
    attempt: Int64s
    decided_by: Int64s
    warehouse: Int64s
    channel: Int64s
    cost: Int64s
    nearest_cost: Int64s
    cheapest_cost: Int64s
    ship_day: Int64s
    arrival_day: Int64s
    candidate_cost: Int64s
    candidate_channel: Int64s
    reason: Int16s
    distance_m: Int64s
    seen_units: Int64s
    kept_back_units: int
    together: Int64s
    splits: Mapping[int, Split] = field(default_factory=dict)
    may_split: Bools | None = None

    @property
    def served(self) -> Bools:
        """Return which orders got a warehouse; the others are exceptions, or go to review."""
        return self.warehouse != NO_WAREHOUSE


def draws_on(*, batch: Batch, warehouse: Int64s, splits: Mapping[int, Split], has_capacity: bool = False) -> Draws:
    """Return what the orders of a batch draw from the warehouses (columns) that were chosen for them, in the order of their needs."""
    whole = warehouse.copy()
    whole[list(splits)] = NO_WAREHOUSE
    column = whole[batch.need_owner]
    needs = np.flatnonzero(column != NO_WAREHOUSE)
    draws = Draws(needs, column[needs], batch.need_units[needs])
    return draws.plus(draws_of(splits, batch.starts, has_capacity=has_capacity)) if splits else draws


def with_capacity(batch: Batch, available: Int64s, capacity: Capacity) -> tuple[Batch, Int64s]:
    """Return the batch in which each order also needs one order and its lines of a warehouse's capacity, and all that there is."""
    counts = batch.need_counts
    ends = np.repeat(batch.starts + counts, 2)
    rows = np.tile([len(available), len(available) + 1], len(counts))
    units = np.stack([np.ones_like(counts), counts], axis=1).ravel()
    needed = replace(
        batch,
        need_row=np.insert(batch.need_row, ends, rows),
        need_units=np.insert(batch.need_units, ends, units),
        starts=batch.starts + 2 * np.arange(len(counts)),
    )
    return needed, np.vstack([available, capacity.orders, capacity.lines])
