"""What a decision reads and holds, a whole batch per statement, numpy arrays in and out: the queue, articles, stock, states.

What it writes is in allocation.outcomes. Every function takes an `array_cursor` inside the tenant's scope.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg

from allocation.core.live import NO_QUOTES, Quotes, unpack_quotes
from orders.core.packing import HEAD, NEED, Heads, Needs
from orders.core.states import OrderState
from wms.arrays import another_cursor

Int64s = npt.NDArray[np.int64]
Cursor = psycopg.Cursor[Any]


class StockMoved(Exception):
    """A stock row no longer covers the plan: decide again on fresh stock."""


class CapacityMoved(StockMoved):
    """A warehouse's capacity no longer covers the plan."""


class Undecidable(Exception):
    """Something in the claimed orders makes deciding them fail: a fault of ours, or a queue row that can't be read."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(claim.heads["order_id"].tolist())
        self.claim = claim


class OrderMoved(Exception):
    """An order of the batch was no longer waiting: somebody else decided or cancelled it."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A sent statement that must have touched so many rows. In a pipeline its answer comes when the pipeline has ended."""

    cursor: Cursor
    rows: int
    error: type[Exception]

    def check(self) -> None:
        """Raise the error where another number of rows was touched."""
        if self.cursor.rowcount != self.rows:
            raise self.error


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Queued orders taken by this transaction, in the order of their ids; order k has need_counts[k] needs.

    `quotes` are the answers of carriers about those that were asked about, in any order.
    """

    heads: Heads
    needs: Needs
    need_counts: Int64s
    quotes: Quotes = field(default_factory=lambda: NO_QUOTES)


CLAIM = """
WITH taken AS (
  DELETE FROM orders_queuedorder WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM orders_queuedorder WHERE tenant_id = %(tenant)s AND ready
    ORDER BY order_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
  )) RETURNING head, lines, quotes
)
SELECT string_agg(head, ''::bytea), string_agg(lines, ''::bytea), array_agg(octet_length(lines)), string_agg(quotes, ''::bytea)
FROM taken
"""


def claim_orders(cursor: Cursor, *, tenant_id: int, limit: int) -> Claim | None:
    """Take up to `limit` ready orders off the queue, or return None. Rolled back with everything else."""
    row = cursor.execute(CLAIM, {"tenant": tenant_id, "limit": limit}).fetchone()
    if row is None or row[0] is None:
        return None
    heads, needs = np.frombuffer(row[0], dtype=HEAD), np.frombuffer(row[1], dtype=NEED)
    counts = row[2].astype(np.int64) // NEED.itemsize
    order = np.argsort(heads["order_id"])
    quotes = unpack_quotes(row[3])
    return Claim(heads=heads[order], needs=_regroup(needs, counts, order), need_counts=counts[order], quotes=quotes)


def unqueue(cursor: Cursor, *, tenant_id: int, order_ids: Int64s) -> int:
    """Take these orders off the queue; return how many were on it."""
    query = "DELETE FROM orders_queuedorder WHERE tenant_id = %s AND order_id = ANY(%s)"
    return cursor.execute(query, [tenant_id, order_ids]).rowcount


# The order is locked too, so that one which is just being put back on the queue stays there.
DROP_STALE = """
WITH stale AS (
  SELECT o.id FROM orders_queuedorder q JOIN orders_order o ON o.tenant_id = q.tenant_id AND o.id = q.order_id
  WHERE q.tenant_id = %(tenant)s AND o.state <> %(waiting)s FOR UPDATE OF o, q SKIP LOCKED
)
DELETE FROM orders_queuedorder q USING stale s WHERE q.tenant_id = %(tenant)s AND q.order_id = s.id
"""


def drop_stale(cursor: Cursor, *, tenant_id: int) -> int:
    """Remove the queue's rows of orders that no longer wait; return how many."""
    return cursor.execute(DROP_STALE, {"tenant": tenant_id, "waiting": int(OrderState.PENDING)}).rowcount


def _regroup(needs: Needs, counts: Int64s, order: Int64s) -> Needs:
    starts = np.cumsum(counts) - counts
    sizes = counts[order]
    within = np.arange(len(needs)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return needs[np.repeat(starts[order], sizes) + within]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRows:
    """Stock as columns, and the snapshot that this look was taken in."""

    ids: Int64s
    sku_ids: Int64s
    warehouse_ids: Int64s
    available: Int64s
    snapshot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """Units that were drawn from stock: one SKU and one warehouse a row, each at most once."""

    sku_ids: Int64s
    warehouse_ids: Int64s
    units: Int64s


STOCK = """
SELECT array_agg(id), array_agg(sku_id), array_agg(warehouse_id), array_agg((greatest(on_hand - reserved - safety, 0))::bigint),
       pg_current_snapshot()::text
FROM inventory_stock WHERE tenant_id = %(tenant)s AND sku_id = ANY(%(skus)s)
"""


def read_stock(cursor: Cursor, *, tenant_id: int, sku_ids: Int64s) -> StockRows:
    """Return the stock of these SKUs in every warehouse, without locks."""
    row = cursor.execute(STOCK, {"tenant": tenant_id, "skus": sku_ids}).fetchone()
    assert row is not None
    ids, skus, warehouses, available = (np.empty(0, dtype=np.int64) if column is None else column for column in row[:4])
    return StockRows(ids=ids, sku_ids=skus, warehouse_ids=warehouses, available=available, snapshot=row[4])


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuRows:
    """Articles as columns in the order of their ids; `tags` only for those that have any, `alone` the ids of those that ship alone."""

    ids: Int64s
    mass_mg: Int64s
    sides_um: Int64s
    tags: dict[int, list[str]]
    alone: list[int]


SKUS = """
SELECT array_agg(id), array_agg(mass_mg), array_agg(length_um), array_agg(width_um), array_agg(height_um),
       json_object_agg(id, tags) FILTER (WHERE tags <> '{}'), json_agg(id) FILTER (WHERE ships_alone)
FROM (SELECT * FROM inventory_sku WHERE tenant_id = %(tenant)s AND id = ANY(%(skus)s) ORDER BY id) s
"""


def read_skus(cursor: Cursor, *, tenant_id: int, sku_ids: Int64s) -> SkuRows:
    """Return the weights, sizes and tags of these SKUs, and which of them ship alone."""
    row = cursor.execute(SKUS, {"tenant": tenant_id, "skus": sku_ids}).fetchone()
    assert row is not None
    ids, mass, length, width, height, tags, alone = row
    sides = -np.sort(-np.stack([length, width, height], axis=1), axis=1)
    return SkuRows(ids=ids, mass_mg=mass, sides_um=sides, tags={int(key): value for key, value in (tags or {}).items()}, alone=alone or [])


def read_categories(cursor: Cursor, *, tenant_id: int, sku_ids: Int64s) -> dict[int, str]:
    """Return the categories of those of the SKUs that have one."""
    query = "SELECT id, category FROM inventory_sku WHERE tenant_id = %s AND id = ANY(%s) AND category <> ''"
    return dict(cursor.execute(query, [tenant_id, sku_ids]).fetchall())


def snapshot_now(cursor: Cursor) -> str:
    """Return the snapshot that the next look at the stock would be taken in."""
    row = cursor.execute("SELECT pg_current_snapshot()::text").fetchone()
    assert row is not None
    return str(row[0])


RESERVE = """
UPDATE inventory_stock s SET reserved = s.reserved + u.units
FROM unnest(%(ids)s, %(units)s) AS u(id, units)
WHERE s.tenant_id = %(tenant)s AND s.id = u.id AND s.on_hand - s.reserved - s.safety >= u.units
"""


def reserve_stock(cursor: Cursor, *, tenant_id: int, stock_ids: Int64s, units: Int64s) -> Guard:
    """Reserve units of stock rows, each named once; the guard raises StockMoved where one no longer has them."""
    order = np.argsort(stock_ids)
    own = another_cursor(cursor.connection)
    own.execute(RESERVE, {"tenant": tenant_id, "ids": stock_ids[order], "units": units[order].astype(np.int32)})
    return Guard(own, len(stock_ids), StockMoved)


MOVE = """
UPDATE orders_order o SET state = %(after)s FROM unnest(%(ids)s) AS u(id)
WHERE o.id = u.id AND o.tenant_id = %(tenant)s AND o.state = %(before)s
"""


def move_orders(cursor: Cursor, *, tenant_id: int, order_ids: Int64s, after: OrderState, before: OrderState = OrderState.PENDING) -> Guard:
    """Move orders from one state to another; the guard raises OrderMoved where one is no longer in the state before."""
    own = another_cursor(cursor.connection)
    own.execute(MOVE, {"tenant": tenant_id, "ids": order_ids, "after": int(after), "before": int(before)})
    return Guard(own, len(order_ids), OrderMoved)
