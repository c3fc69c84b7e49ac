"""The orders that wait for people: exceptions, what is late, what is in review, and what somebody has in hand.

Each queue reads small tables only, the oldest first. Call it inside the tenant's scope.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db import connection

from allocation.policies import policy_of_company
from orders.core.states import OrderState

MOST_SHOWN: Final = 50
MOST_COUNTED: Final = 999


class Queue(StrEnum):
    EXCEPTIONS = "exceptions"
    OVERDUE = "overdue"
    REVIEW = "review"
    MINE = "mine"


EXCEPTIONS: Final = """
SELECT e.order_id, e.since FROM allocation_orderexception e
JOIN orders_order o ON o.tenant_id = e.tenant_id AND o.id = e.order_id AND o.state = %(exception)s
WHERE e.tenant_id = app_tenant() AND (%(reason)s::smallint IS NULL OR %(reason)s = ANY(e.reasons))
"""
REVIEW: Final = """
SELECT h.order_id, h.since FROM allocation_orderinhand h
JOIN orders_order o ON o.tenant_id = h.tenant_id AND o.id = h.order_id AND o.state = %(review)s
WHERE h.tenant_id = app_tenant()
"""
MINE: Final = """
SELECT h.order_id, h.since FROM allocation_orderinhand h
JOIN orders_order o ON o.tenant_id = h.tenant_id AND o.id = h.order_id AND NOT o.state = ANY(%(over)s)
WHERE h.tenant_id = app_tenant() AND h.person = %(person)s
"""
# Late: the promised date has passed, or the order waits for a warehouse for longer than the company accepts. Each part gives its
# oldest only: a backlog of a million, or as many exceptions, costs no more than a thousand.
OVERDUE: Final = """
SELECT order_id, min(since) AS since FROM (
  (SELECT d.order_id, d.promised_date::timestamptz AS since FROM allocation_overdueorder d
   JOIN orders_order o ON o.tenant_id = d.tenant_id AND o.id = d.order_id AND NOT o.state = ANY(%(over)s)
   WHERE d.tenant_id = app_tenant() ORDER BY d.promised_date LIMIT %(deepest)s)
  UNION ALL
  (SELECT e.order_id, e.since FROM allocation_orderexception e
   WHERE e.tenant_id = app_tenant() AND e.since < %(patience)s ORDER BY e.since LIMIT %(deepest)s)
  UNION ALL
  (SELECT h.order_id, h.since FROM allocation_orderinhand h
   JOIN orders_order o ON o.tenant_id = h.tenant_id AND o.id = h.order_id AND o.state = %(review)s
   WHERE h.tenant_id = app_tenant() AND h.since < %(patience)s ORDER BY h.since LIMIT %(deepest)s)
  UNION ALL
  SELECT q.order_id, q.queued_at FROM (
    SELECT order_id, queued_at FROM orders_queuedorder WHERE tenant_id = app_tenant() ORDER BY order_id LIMIT %(deepest)s
  ) q WHERE q.queued_at < %(patience)s
) late GROUP BY order_id
"""
QUERIES: Final = {Queue.EXCEPTIONS: EXCEPTIONS, Queue.OVERDUE: OVERDUE, Queue.REVIEW: REVIEW, Queue.MINE: MINE}
NUMBERS: Final[dict[str, Any]] = {
    "exception": OrderState.EXCEPTION.value,
    "review": OrderState.REVIEW.value,
    "deepest": MOST_COUNTED + 1,
    "over": [OrderState.SHIPPED.value, OrderState.CANCELLED.value],
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order of a queue and since when it is in it; for a promise that was broken, the promised date."""

    order_id: int
    since: datetime


def queue_of(
    *, queue: Queue, person: str, at: datetime, reason: int | None = None, after: Waiting | None = None, most: int = MOST_SHOWN
) -> tuple[Waiting, ...]:
    """Return a queue from its oldest order on, or from the one after `after`; `reason` narrows down the exceptions."""
    beyond = "" if after is None else "WHERE (since, order_id) > (%(since)s, %(after)s)"
    cut = {} if after is None else {"since": after.since, "after": after.order_id}
    query = f"SELECT order_id, since FROM ({QUERIES[queue]}) q {beyond} ORDER BY since, order_id LIMIT %(most)s"
    rows = _rows(query, {**_parameters(person, at, reason), **cut, "most": most})
    return tuple(Waiting(order_id, since) for order_id, since in rows)


def queue_sizes(*, person: str, at: datetime) -> dict[Queue, int]:
    """Return how many orders each queue has, counted up to MOST_COUNTED + 1."""
    counts = ", ".join(f"(SELECT count(*) FROM ({query} LIMIT %(most)s) q{name})" for name, query in QUERIES.items())
    ((*sizes,),) = _rows(f"SELECT {counts}", {**_parameters(person, at, None), "most": MOST_COUNTED + 1})
    return dict(zip(QUERIES, sizes, strict=True))


def overdue_hours() -> int:
    """Return after how many hours of waiting an order is overdue."""
    return policy_of_company().overdue_hours


def _parameters(person: str, at: datetime, reason: int | None) -> dict[str, Any]:
    return {**NUMBERS, "person": person, "reason": reason, "patience": at - timedelta(hours=overdue_hours())}


def _rows(query: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())
