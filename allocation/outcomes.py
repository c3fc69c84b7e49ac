"""What was decided, written by the array: records with their outbox row, shipments with their reservations, exceptions, reviews.

Every function takes an `array_cursor` inside the tenant's scope; a whole batch is one statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from allocation.core.packing import PackedRecords
from allocation.core.types import Mode, Reason
from allocation.hand_models import Hand
from allocation.store import Cursor

Int64s = npt.NDArray[np.int64]

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
                                 cost_lines, pieces, ship_date, arrival_date, created_at)
SELECT %(tenant)s, u.seller, u.order_id, u.warehouse, u.channel, NULLIF(u.card, 0), 1, u.cost,
       (%(lines)s::bigint[])[u.line_from : u.line_to], NULLIF(u.pieces, 1),
       date '1970-01-01' + u.ship_day, date '1970-01-01' + u.arrival_day, %(at)s
FROM unnest(%(orders)s, %(sellers)s, %(warehouses)s, %(channels)s, %(cards)s, %(costs)s, %(line_from)s, %(line_to)s,
            %(pieces)s, %(ship_days)s, %(arrival_days)s)
  AS u(order_id, seller, warehouse, channel, card, cost, line_from, line_to, pieces, ship_day, arrival_day)
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

    Row i has `line_counts[i]` of `cost_lines` and `need_counts[i]` of `sku_ids` and `units`, in `pieces[i]` parcels.
    """

    order_ids: Int64s
    seller_ids: Int64s
    warehouse_ids: Int64s
    channel_ids: Int64s
    rate_card_ids: Int64s
    costs: Int64s
    pieces: Int64s
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
            "pieces": rows.pieces.astype(np.int16),
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
