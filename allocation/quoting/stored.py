"""What carriers said of orders not long ago, kept for choices by hand: nobody is asked inside a transaction.

An order's quotes lie on the queue while it waits, in its record once it is decided, and in OrderQuotes where a person asked for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import psycopg
from django.db import connection

from allocation.core.live import LiveAnswer, Quotes, pack_answers, unpack_quotes
from allocation.core.packing import unpack_record

Int64s = npt.NDArray[np.int64]
Cursor = psycopg.Cursor[Any]

GOOD_SECONDS: Final = 900
"""Quotes that are older are not decided by: they are fetched again."""

KEPT = """
SELECT quotes FROM orders_queuedorder WHERE tenant_id = %(tenant)s AND order_id = ANY(%(orders)s) AND quotes IS NOT NULL
UNION ALL
SELECT quotes FROM allocation_orderquotes WHERE tenant_id = %(tenant)s AND order_id = ANY(%(orders)s)
"""

# What was decided before the address was corrected was asked about another place.
DECIDED = """
SELECT DISTINCT ON (r.order_id) r.order_id, r.candidates FROM allocation_record r
WHERE r.tenant_id = %(tenant)s AND r.order_id = ANY(%(orders)s) AND octet_length(r.candidates) > 0
  AND r.decided_at >= to_timestamp(%(since)s)
  AND NOT EXISTS (
    SELECT FROM allocation_addresscorrection c WHERE c.tenant_id = r.tenant_id AND c.order_id = r.order_id AND c.record_id > r.id
  )
ORDER BY r.order_id, r.id DESC
"""


def stored_quotes(cursor: Cursor, *, tenant_id: int, order_ids: Int64s, at: datetime) -> Quotes:
    """Return what was last said of each of these orders, where that is still good. Takes an `array_cursor` in the tenant's scope."""
    since = int(at.timestamp()) - GOOD_SECONDS
    asked = {"tenant": tenant_id, "orders": order_ids, "since": since}
    kept = [unpack_quotes(quotes) for (quotes,) in cursor.execute(KEPT, asked).fetchall()]
    decided = [_quotes_in(order_id, record) for order_id, record in cursor.execute(DECIDED, asked).fetchall()]
    return _newest_each(np.concatenate([unpack_quotes(None), *kept, *decided]), since)


def _quotes_in(order_id: int, record: bytes) -> Quotes:
    answers = unpack_record(bytes(record)).answers
    return unpack_quotes(pack_answers(order_id=order_id, asked_at=0, answers=answers.values()))


def _newest_each(quotes: Quotes, since: int) -> Quotes:
    """Return the rows of each order that were asked for last, none that were asked for before `since`."""
    _, order = np.unique(quotes["order_id"], return_inverse=True)
    newest = np.full(order.max(initial=-1) + 1, since)
    np.maximum.at(newest, order, quotes["asked_at"])
    kept: Quotes = quotes[quotes["asked_at"] == newest[order]]
    # Two sources may hold the same answers.
    _, first = np.unique(kept[["order_id", "warehouse_id", "channel_id"]], return_index=True)
    return kept[first]


LEAVE_QUEUE = """
WITH gone AS (
  DELETE FROM orders_queuedorder WHERE tenant_id = (SELECT app_tenant()) AND order_id = %(order)s
  RETURNING tenant_id, order_id, seller_id, quotes
)
INSERT INTO allocation_orderquotes (tenant_id, order_id, seller_id, quotes)
SELECT tenant_id, order_id, seller_id, quotes FROM gone WHERE quotes IS NOT NULL
ON CONFLICT (tenant_id, order_id) DO UPDATE SET quotes = allocation_orderquotes.quotes || excluded.quotes
"""


def leave_queue(order_id: int) -> None:
    """Take an order off the queue; what carriers said of it there stays. Call it inside the tenant's scope."""
    with connection.cursor() as cursor:
        cursor.execute(LEAVE_QUEUE, {"order": order_id})


KEEP = """
INSERT INTO allocation_orderquotes (tenant_id, order_id, seller_id, quotes) VALUES (%(tenant)s, %(order)s, %(seller)s, %(quotes)s)
ON CONFLICT (tenant_id, order_id) DO UPDATE SET quotes = excluded.quotes
"""


def keep_quotes(cursor: Cursor, *, tenant_id: int, seller_id: int, order_id: int, asked_at: int, answers: Sequence[LiveAnswer]) -> None:
    """Keep what carriers said of an order when a person asked, in place of what was kept before."""
    quotes = pack_answers(order_id=order_id, asked_at=asked_at, answers=answers)
    cursor.execute(KEEP, {"tenant": tenant_id, "order": order_id, "seller": seller_id, "quotes": quotes})
