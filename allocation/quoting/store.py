"""The SQL of orders that wait for live quotes. Every function takes an `array_cursor` inside the tenant's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
import numpy.typing as npt
import psycopg

from orders.core.packing import HEAD, Heads, Needs, unpack_needs

Int64s = npt.NDArray[np.int64]
Cursor = psycopg.Cursor[Any]

LEASE_SECONDS: Final = 15
"""How long a worker may take: a deadline, and the statements around it. One that died is waited for no longer."""

LEASE = """
WITH leased AS (
  UPDATE orders_queuedorder SET leased_until = now() + make_interval(secs => %(seconds)s), lease = %(lease)s
  WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM orders_queuedorder
    WHERE tenant_id = %(tenant)s AND NOT ready AND (leased_until IS NULL OR leased_until < now())
    ORDER BY order_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
  )) RETURNING order_id, head, lines
)
SELECT head, lines FROM leased ORDER BY order_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """Orders that this worker fetches quotes for, in the order of their ids; order k has need_counts[k] needs."""

    lease: UUID
    heads: Heads
    needs: Needs
    need_counts: Int64s

    @property
    def order_ids(self) -> Int64s:
        """Return the ids of the orders."""
        return np.ascontiguousarray(self.heads["order_id"])


def lease_orders(cursor: Cursor, *, tenant_id: int, lease: UUID, limit: int, seconds: float = LEASE_SECONDS) -> Leased | None:
    """Take up to `limit` orders that wait for quotes, those included whose worker's time is over; None if there are none."""
    parameters = {"tenant": tenant_id, "lease": lease, "limit": limit, "seconds": seconds}
    rows = cursor.execute(LEASE, parameters).fetchall()
    if not rows:
        return None
    needs, counts = unpack_needs([lines for _, lines in rows])
    return Leased(lease=lease, heads=np.frombuffer(b"".join(head for head, _ in rows), dtype=HEAD), needs=needs, need_counts=counts)


# Rows that are gone were cancelled; those with another lease will get their own quotes.
READY = """
UPDATE orders_queuedorder q SET ready = true, leased_until = NULL, lease = NULL, quotes = u.quotes
FROM unnest(%(orders)s, %(quotes)s::bytea[]) AS u(order_id, quotes)
WHERE q.tenant_id = %(tenant)s AND q.order_id = u.order_id AND q.lease = %(lease)s AND NOT q.ready
"""


def make_ready(cursor: Cursor, *, tenant_id: int, lease: UUID, order_ids: Int64s, quotes: Sequence[bytes]) -> int:
    """Store the quotes of orders, and let those be decided that are still this lease's; return how many are."""
    parameters = {"tenant": tenant_id, "lease": lease, "orders": order_ids, "quotes": list(quotes)}
    return cursor.execute(READY, parameters).rowcount


PARK = """
INSERT INTO orders_queuedorder (order_id, tenant_id, seller_id, ready, head, lines, queued_at)
SELECT u.order_id, %(tenant)s, u.seller, false, u.head, u.lines, now()
FROM unnest(%(orders)s, %(sellers)s, %(heads)s::bytea[], %(lines)s::bytea[]) AS u(order_id, seller, head, lines)
"""


def park_orders(cursor: Cursor, *, tenant_id: int, heads: Heads, lines: Sequence[bytes]) -> None:
    """Put claimed orders back on the queue, to wait there for quotes."""
    parameters = {
        "tenant": tenant_id,
        "orders": np.ascontiguousarray(heads["order_id"]),
        "sellers": np.ascontiguousarray(heads["seller_id"]),
        "heads": [head.tobytes() for head in heads],
        "lines": list(lines),
    }
    cursor.execute(PARK, parameters)
