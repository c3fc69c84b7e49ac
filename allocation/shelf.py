"""What a worker remembers of a tenant's stock and articles while it drains a long queue.

Reading the stock of a thousand orders costs as much as writing their records. Through a backlog a worker therefore keeps what
it has read, takes off what it promised itself, and reads a SKU again after MAX_AGE_SECONDS. A row that others drew on
meanwhile is caught when it is reserved: the batch is rolled back and decided again on fresh stock, and so is the rest of the
drain. A shelf lives as long as one drain; orders that come back to the queue, and queues shorter than a batch, are decided on
fresh stock. What other workers' batches drew in between is taken off as they told it (allocation.turns); where they did not,
all stock is read again.
"""

from __future__ import annotations

from time import monotonic

import numpy as np
import numpy.typing as npt

from allocation import store
from allocation.core.parcels import SkuTable
from allocation.core.world import World

Int64s = npt.NDArray[np.int64]

MAX_AGE_SECONDS = 2.0
NO_STOCK_ROW = -1
_FIRST_ROWS = 1024
_MASS, _SIDES, _TAGS, _ALONE = 0, slice(1, 4), 4, 5


class Shelf:
    """Units and stock ids by (row, warehouse column of the world), and articles: one row per SKU, in the order of meeting."""

    def __init__(self, *, tenant_id: int, world: World, max_age_seconds: float = MAX_AGE_SECONDS) -> None:
        self.world = world
        self._max_age_seconds = max_age_seconds
        self._tenant_id = tenant_id
        self._columns = np.argsort(world.warehouse_ids)
        self._sorted_warehouses = world.warehouse_ids[self._columns]
        self._row_of: dict[int, int] = {}
        self._snapshots: list[str] = []
        shape = (_FIRST_ROWS, len(world.origins))
        self._units = np.zeros(shape, dtype=np.int64)
        self._stock_ids = np.full(shape, NO_STOCK_ROW, dtype=np.int64)
        self._articles = np.zeros((_FIRST_ROWS, 6), dtype=np.int64)
        self._articles_read_at = np.full(_FIRST_ROWS, -np.inf)
        self._stock_read_at = np.full(_FIRST_ROWS, -np.inf)
        self._look = np.zeros(_FIRST_ROWS, dtype=np.int64)

    def fetch_articles(self, cursor: store.Cursor, sku_ids: Int64s, *, fresh: bool) -> Int64s:
        """Return the rows of these SKUs, each named once, having read the articles that are new, too old, or wanted fresh."""
        rows = np.fromiter((self._row_of.setdefault(sku_id, len(self._row_of)) for sku_id in sku_ids.tolist()), np.int64, len(sku_ids))
        self._grow()
        stale = self._is_stale(self._articles_read_at[rows]) | fresh
        if stale.any():
            self._read_articles(cursor, sku_ids[stale], rows[stale])
        return rows

    def fetch_stock(self, cursor: store.Cursor, sku_ids: Int64s, rows: Int64s, *, fresh: bool) -> None:
        """Read the stock of these SKUs and their rows where it is unknown, too old, or wanted fresh."""
        stale = self._is_stale(self._stock_read_at[rows]) | fresh
        if stale.any():
            self._read_stock(cursor, sku_ids[stale], rows[stale])

    def units(self, rows: Int64s) -> Int64s:
        """Return the available units of these rows by warehouse column, a copy."""
        return self._units[rows]

    def stock_ids(self, rows: Int64s, columns: Int64s) -> Int64s:
        """Return the stock row of each (row, column)."""
        return self._stock_ids[rows, columns]

    def articles(self, rows: Int64s) -> SkuTable:
        """Return the weights, sizes and tags of these rows, and whether they ship alone."""
        held = self._articles[rows]
        return SkuTable(mass_mg=held[:, _MASS], sides_um=held[:, _SIDES], tag_mask=held[:, _TAGS], ships_alone=held[:, _ALONE] != 0)

    def snapshot(self, rows: Int64s) -> str:
        """Return the oldest of the database's snapshots that these rows were read in."""
        return self._snapshots[int(self._look[rows].min())]

    def take(self, rows: Int64s, columns: Int64s, units: Int64s) -> None:
        """Take off what a committed batch has reserved."""
        np.subtract.at(self._units, (rows, columns), units)

    def take_away(self, drawn: store.Draws) -> None:
        """Take off what others drew; SKUs and warehouses that are not on the shelf drop out."""
        cells, units = self._cells_of(drawn)
        np.subtract.at(self._units, cells, units)

    def give_back(self, drawn: store.Draws) -> None:
        """Add what was drawn again."""
        cells, units = self._cells_of(drawn)
        np.add.at(self._units, cells, units)

    def forget_stock(self) -> None:
        """Let all stock be read again."""
        self._stock_read_at[:] = -np.inf

    def _cells_of(self, drawn: store.Draws) -> tuple[tuple[Int64s, Int64s], Int64s]:
        row = np.array([self._row_of.get(sku_id, -1) for sku_id in drawn.sku_ids.tolist()], dtype=np.int64)
        known, column = self._columns_of(drawn.warehouse_ids)
        known &= row >= 0
        return (row[known], column[known]), drawn.units[known]

    def _is_stale(self, read_at: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        return monotonic() - read_at > self._max_age_seconds

    def _columns_of(self, warehouse_ids: Int64s) -> tuple[npt.NDArray[np.bool_], Int64s]:
        """Return which of these warehouses are in the world, and the column of each that is."""
        place = np.searchsorted(self._sorted_warehouses, warehouse_ids)
        known = np.append(self._sorted_warehouses, -1)[place] == warehouse_ids
        return known, np.append(self._columns, 0)[place]

    def _grow(self) -> None:
        short = len(self._row_of) - len(self._look)
        if short > 0:
            more = max(short, len(self._look))
            self._units = np.pad(self._units, ((0, more), (0, 0)))
            self._stock_ids = np.pad(self._stock_ids, ((0, more), (0, 0)), constant_values=NO_STOCK_ROW)
            self._articles = np.pad(self._articles, ((0, more), (0, 0)))
            self._articles_read_at = np.pad(self._articles_read_at, (0, more), constant_values=-np.inf)
            self._stock_read_at = np.pad(self._stock_read_at, (0, more), constant_values=-np.inf)
            self._look = np.pad(self._look, (0, more))

    def _read_articles(self, cursor: store.Cursor, sku_ids: Int64s, rows: Int64s) -> None:
        now, row_of = monotonic(), dict(zip(sku_ids.tolist(), rows.tolist(), strict=True))
        skus = store.read_skus(cursor, tenant_id=self._tenant_id, sku_ids=sku_ids)
        found = np.array([row_of[sku_id] for sku_id in skus.ids.tolist()], dtype=np.int64)
        self._articles[found, _MASS], self._articles[found, _SIDES] = skus.mass_mg, skus.sides_um
        self._articles[found, _TAGS] = self._articles[found, _ALONE] = 0
        self._articles[[row_of[sku_id] for sku_id in skus.alone], _ALONE] = 1
        bits = self.world.tag_bits
        # Marks may be of a category, or of lacking tags: then every article counts, not only those that have tags.
        categories = store.read_categories(cursor, tenant_id=self._tenant_id, sku_ids=sku_ids) if bits.marks else {}
        for sku_id in skus.ids.tolist() if bits.marks else skus.tags:
            self._articles[row_of[sku_id], _TAGS] = bits.mask(skus.tags.get(sku_id, ()), categories.get(sku_id, ""))
        self._articles_read_at[rows] = now

    def _read_stock(self, cursor: store.Cursor, sku_ids: Int64s, rows: Int64s) -> None:
        now, stock = monotonic(), store.read_stock(cursor, tenant_id=self._tenant_id, sku_ids=sku_ids)
        self._units[rows], self._stock_ids[rows] = 0, NO_STOCK_ROW
        self._place_stock(stock, sku_ids, rows)
        self._look[rows] = len(self._snapshots)
        self._snapshots.append(stock.snapshot)
        self._stock_read_at[rows] = now

    def _place_stock(self, stock: store.StockRows, sku_ids: Int64s, rows: Int64s) -> None:
        """Put stock into its cells; warehouses that are not in the world drop out."""
        known, column = self._columns_of(stock.warehouse_ids)
        order = np.argsort(sku_ids)
        row = rows[order][np.searchsorted(sku_ids[order], stock.sku_ids[known])]
        self._units[row, column[known]] = stock.available[known]
        self._stock_ids[row, column[known]] = stock.ids[known]
