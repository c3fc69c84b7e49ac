"""The hot path's SQL: a whole batch per statement, numpy arrays in and out.

Every function takes an `array_cursor` inside the tenant's scope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg

from allocation.core.live import NO_QUOTES, Quotes, unpack_quotes
from allocation.core.packing import PackedRecords
from allocation.core.types import Mode, Reason
from allocation.hand_models import Hand
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
    """Articles as columns in the order of their ids; `tags` only for those that have any."""

    ids: Int64s
    mass_mg: Int64s
    sides_um: Int64s
    tags: dict[int, list[str]]


SKUS = """
SELECT array_agg(id), array_agg(mass_mg), array_agg(length_um), array_agg(width_um), array_agg(height_um),
       json_object_agg(id, tags) FILTER (WHERE tags <> '{}')
FROM (SELECT * FROM inventory_sku WHERE tenant_id = %(tenant)s AND id = ANY(%(skus)s) ORDER BY id) s
"""


def read_skus(cursor: Cursor, *, tenant_id: int, sku_ids: Int64s) -> SkuRows:
    """Return the weights, sizes and tags of these SKUs."""
    row = cursor.execute(SKUS, {"tenant": tenant_id, "skus": sku_ids}).fetchone()
    assert row is not None
    ids, mass, length, width, height, tags = row
    sides = -np.sort(-np.stack([length, width, height], axis=1), axis=1)
    return SkuRows(ids=ids, mass_mg=mass, sides_um=sides, tags={int(key): value for key, value in (tags or {}).items()})


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
UPDATE orders_order o SET state = u.state FROM unnest(%(ids)s, %(states)s) AS u(id, state)
WHERE o.id = u.id AND o.tenant_id = %(tenant)s AND o.state = %(from)s
"""


def move_orders(cursor: Cursor, *, tenant_id: int, order_ids: Int64s, states: Int64s) -> Guard:
    """Move waiting orders to their new states; the guard raises OrderMoved where one is no longer waiting."""
    parameters = {"tenant": tenant_id, "ids": order_ids, "states": states.astype(np.int16), "from": int(OrderState.PENDING)}
    own = another_cursor(cursor.connection)
    own.execute(MOVE, parameters)
    return Guard(own, len(order_ids), OrderMoved)


RECORDS = """
WITH written AS (
  INSERT INTO allocation_record (tenant_id, seller_id, order_id, settings_version_id, mode, warehouse_id, channel_id,
                                 cost_minor, nearest_cost_minor, cheapest_otherwise_minor, decided_by_id, candidates, supersedes,
                                 actor, reason, decided_at)
  SELECT %(tenant)s, u.seller, u.order_id, %(version)s, u.mode, NULLIF(u.warehouse, 0), NULLIF(u.channel, 0),
         NULLIF(u.cost, -1), NULLIF(u.nearest, -1), NULLIF(NULLIF(u.cheapest, -1), u.cost), NULLIF(u.decided_by, 0),
         substring(%(blob)s::bytea FROM u.start FOR u.length),
         NULLIF(u.supersedes, 0), %(actor)s, %(reason)s, %(at)s
  FROM unnest(%(orders)s, %(sellers)s, %(modes)s, %(warehouses)s, %(channels)s, %(costs)s, %(nearests)s, %(cheapests)s,
              %(decided_by)s, %(starts)s, %(lengths)s, %(supersedes)s)
    AS u(order_id, seller, mode, warehouse, channel, cost, nearest, cheapest, decided_by, start, length, supersedes)
  RETURNING id
)
INSERT INTO allocation_outboxbatch (tenant_id, record_ids, created_at) SELECT %(tenant)s, array_agg(id), %(at)s FROM written
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRows:
    """Records as columns: ids (0: none) and costs (-1: none), their packed candidates, and the records that they supersede."""

    order_ids: Int64s
    seller_ids: Int64s
    modes: Int64s
    warehouse_ids: Int64s
    channel_ids: Int64s
    costs: Int64s
    nearest_costs: Int64s
    cheapest_costs: Int64s
    decided_by: Int64s
    packed: PackedRecords
    supersedes: Int64s


def write_records(
    cursor: Cursor, *, tenant_id: int, version_id: int, rows: RecordRows, at: datetime, actor: str | None = None, reason: str | None = None
) -> None:
    """Append one record per order, and one outbox row that names them all."""
    cursor.execute(
        RECORDS,
        {
            "tenant": tenant_id,
            "version": version_id,
            "orders": rows.order_ids,
            "sellers": rows.seller_ids,
            "modes": rows.modes.astype(np.int16),
            "warehouses": rows.warehouse_ids,
            "channels": rows.channel_ids,
            "costs": rows.costs,
            "nearests": rows.nearest_costs,
            "cheapests": rows.cheapest_costs,
            "decided_by": rows.decided_by,
            "blob": rows.packed.blob,
            "starts": (rows.packed.start + 1).astype(np.int32),
            "lengths": rows.packed.length.astype(np.int32),
            "supersedes": rows.supersedes,
            "actor": actor,
            "reason": reason,
            "at": at,
        },
    )


def last_records(cursor: Cursor, *, order_ids: Int64s) -> Int64s:
    """Return the latest record of each order, 0 where there is none."""
    rows = cursor.execute(
        "SELECT order_id, max(id) FROM allocation_record WHERE tenant_id = app_tenant() AND order_id = ANY(%s) GROUP BY 1", [order_ids]
    )
    latest = dict(rows.fetchall())
    return np.array([latest.get(order_id, 0) for order_id in order_ids.tolist()], dtype=np.int64)


def reviewed_orders(cursor: Cursor, *, order_ids: Int64s) -> Int64s:
    """Return those of the orders that a rule has sent to review."""
    query = "SELECT DISTINCT order_id FROM allocation_record WHERE tenant_id = app_tenant() AND order_id = ANY(%s) AND mode = %s"
    rows = cursor.execute(query, [order_ids, int(Mode.REVIEW)]).fetchall()
    return np.array([order_id for (order_id,) in rows], dtype=np.int64)


SHIPMENTS = """
INSERT INTO allocation_shipment (tenant_id, seller_id, order_id, warehouse_id, channel_id, rate_card_id, state, cost_minor,
                                 cost_lines, ship_date, arrival_date, created_at)
SELECT %(tenant)s, u.seller, u.order_id, u.warehouse, u.channel, NULLIF(u.card, 0), 1, u.cost,
       (%(lines)s::bigint[])[u.line_from : u.line_to], date '1970-01-01' + u.ship_day, date '1970-01-01' + u.arrival_day, %(at)s
FROM unnest(%(orders)s, %(sellers)s, %(warehouses)s, %(channels)s, %(cards)s, %(costs)s, %(line_from)s, %(line_to)s,
            %(ship_days)s, %(arrival_days)s)
  AS u(order_id, seller, warehouse, channel, card, cost, line_from, line_to, ship_day, arrival_day)
"""

RESERVATIONS = """
INSERT INTO inventory_reservation (tenant_id, seller_id, order_id, warehouse_id, sku_ids, units, state, created_at)
SELECT %(tenant)s, u.seller, u.order_id, u.warehouse, (%(skus)s::bigint[])[u.need_from : u.need_to],
       (%(units)s::int[])[u.need_from : u.need_to], 1, %(at)s
FROM unnest(%(orders)s, %(sellers)s, %(warehouses)s, %(need_from)s, %(need_to)s) AS u(order_id, seller, warehouse, need_from, need_to)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentRows:
    """Shipments as columns; days since 1970-01-01.

    Row i has `line_counts[i]` of `cost_lines` and `need_counts[i]` of `sku_ids` and `units`.
    """

    order_ids: Int64s
    seller_ids: Int64s
    warehouse_ids: Int64s
    channel_ids: Int64s
    rate_card_ids: Int64s
    costs: Int64s
    ship_days: Int64s
    arrival_days: Int64s
    cost_lines: Int64s
    line_counts: Int64s
    sku_ids: Int64s
    units: Int64s
    need_counts: Int64s

    def plus(self, others: ShipmentRows) -> ShipmentRows:
        """Return these and the others."""
        return ShipmentRows(**{each.name: np.concatenate([getattr(self, each.name), getattr(others, each.name)]) for each in fields(self)})


def write_shipments(cursor: Cursor, *, tenant_id: int, rows: ShipmentRows, at: datetime) -> None:
    """Add shipments, and the reservations that hold their units."""
    line_from, line_to = _slices(rows.line_counts)
    need_from, need_to = _slices(rows.need_counts)
    shared = {"tenant": tenant_id, "orders": rows.order_ids, "sellers": rows.seller_ids, "warehouses": rows.warehouse_ids, "at": at}
    cursor.execute(
        SHIPMENTS,
        {
            **shared,
            "channels": rows.channel_ids,
            "cards": rows.rate_card_ids,
            "costs": rows.costs,
            "lines": rows.cost_lines,
            "line_from": line_from,
            "line_to": line_to,
            "ship_days": rows.ship_days.astype(np.int32),
            "arrival_days": rows.arrival_days.astype(np.int32),
        },
    )
    cursor.execute(
        RESERVATIONS,
        {**shared, "skus": rows.sku_ids, "units": rows.units.astype(np.int32), "need_from": need_from, "need_to": need_to},
    )


def _slices(counts: Int64s) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return PostgreSQL's inclusive, 1-based bounds of consecutive slices."""
    ends = np.cumsum(counts)
    return (ends - counts + 1).astype(np.int32), ends.astype(np.int32)


EXCEPTIONS = """
INSERT INTO allocation_orderexception AS e (order_id, tenant_id, seller_id, reasons, sku_ids, settings_revision, ship_date,
                                            seen_snapshot, retry_at, since)
SELECT u.order_id, %(tenant)s, u.seller, (%(reasons)s::smallint[])[u.reason_from : u.reason_to],
       (%(skus)s::bigint[])[u.need_from : u.need_to], %(revision)s, %(ship_date)s, %(snapshot)s,
       CASE WHEN (%(reasons)s::smallint[])[u.reason_from : u.reason_to] && %(day_bound)s THEN %(changes_at)s::timestamptz END, %(at)s
FROM unnest(%(orders)s, %(sellers)s, %(reason_from)s, %(reason_to)s, %(need_from)s, %(need_to)s)
  AS u(order_id, seller, reason_from, reason_to, need_from, need_to)
ON CONFLICT (tenant_id, order_id) DO UPDATE SET reasons = EXCLUDED.reasons, sku_ids = EXCLUDED.sku_ids,
  settings_revision = EXCLUDED.settings_revision, ship_date = EXCLUDED.ship_date, seen_snapshot = EXCLUDED.seen_snapshot,
  retry_at = EXCLUDED.retry_at
"""

DAY_BOUND = np.array([Reason.NO_CAPACITY, Reason.AFTER_CUTOFF], dtype=np.int16)
"""The reasons that another ship day may help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRows:
    """Exceptions as columns. Row i has `reason_counts[i]` of `reasons` and `need_counts[i]` of `sku_ids`."""

    order_ids: Int64s
    seller_ids: Int64s
    reasons: Int64s
    reason_counts: Int64s
    sku_ids: Int64s
    need_counts: Int64s


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a decision looked at: the settings' revision, the ship date, and the snapshot that the stock was read in.

    At `changes_at` some warehouse's ship day changes, and with it what is left of a capacity or of a day before its cut-off.
    """

    revision: int
    ship_date: date
    snapshot: str
    changes_at: datetime | None = None


def write_exceptions(cursor: Cursor, *, tenant_id: int, rows: ExceptionRows, look: Look, at: datetime) -> None:
    """Note why orders could not be served; an order that was one already keeps the time since when."""
    reason_from, reason_to = _slices(rows.reason_counts)
    need_from, need_to = _slices(rows.need_counts)
    cursor.execute(
        EXCEPTIONS,
        {
            "tenant": tenant_id,
            "orders": rows.order_ids,
            "sellers": rows.seller_ids,
            "reasons": rows.reasons.astype(np.int16),
            "reason_from": reason_from,
            "reason_to": reason_to,
            "skus": rows.sku_ids,
            "need_from": need_from,
            "need_to": need_to,
            "revision": look.revision,
            "ship_date": look.ship_date,
            "snapshot": look.snapshot,
            "changes_at": look.changes_at,
            "day_bound": DAY_BOUND,
            "at": at,
        },
    )


def refusals(cursor: Cursor, *, order_ids: Int64s) -> list[tuple[int, int]]:
    """Return (order, warehouse) of the orders that a warehouse has sent back."""
    query = (
        "SELECT DISTINCT order_id, warehouse_id FROM allocation_warehouserejection WHERE tenant_id = app_tenant() AND order_id = ANY(%s)"
    )
    return cursor.execute(query, [order_ids]).fetchall()


REVIEWS = """
INSERT INTO allocation_orderinhand (order_id, tenant_id, seller_id, kind, person, reason, since)
SELECT u.order_id, %(tenant)s, u.seller, %(held)s, '', u.reason, %(at)s
FROM unnest(%(orders)s, %(sellers)s, %(reasons)s::text[]) AS u(order_id, seller, reason)
ON CONFLICT (tenant_id, order_id) DO NOTHING
"""


def write_reviews(cursor: Cursor, *, tenant_id: int, order_ids: Int64s, seller_ids: Int64s, reasons: Sequence[str], at: datetime) -> None:
    """Lay orders before people for review, nobody's yet; each for its reason."""
    columns = {"orders": order_ids, "sellers": seller_ids, "reasons": list(reasons)}
    cursor.execute(REVIEWS, {"tenant": tenant_id, "held": Hand.HELD.value, "at": at, **columns})


def clear_exceptions(cursor: Cursor, *, order_ids: Int64s) -> None:
    """Forget the exceptions of orders that are served now."""
    cursor.execute("DELETE FROM allocation_orderexception WHERE tenant_id = app_tenant() AND order_id = ANY(%s)", [order_ids])
