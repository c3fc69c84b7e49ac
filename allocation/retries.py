"""Exception orders go back into the queue when something that can help has changed.

Stock arrived, a setting that concerns them moved or a new day began, or, where a capacity or a cut-off stood in the way, capacity was
freed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from allocation.core.retrying import Comparison, Holding, Waiting
from allocation.core.settings import Settings, settings_from_document
from allocation.core.types import reason_of
from allocation.models import OrderException, SettingsVersion
from allocation.races import again_after_lost_race
from allocation.selectors import ship_date_of
from allocation.worlds import whole_settings
from carriers.core.types import RejectionCode
from orders.core.states import OrderState
from orders.models import Order
from orders.services import queue_orders
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

MOST_AT_ONCE = 5000
"""Exceptions of one transaction."""

ASK_AGAIN_AFTER = timedelta(minutes=15)
"""Nothing tells that a carrier answers again: what failed for want of its price is tried after so long."""

# Arrivals that every exception has seen fall out first; usually none is left. Orders are locked, so that two sweeps never queue
# one twice.
WOKEN = """
WITH waiting AS MATERIALIZED (
  SELECT order_id, reasons, sku_ids, retry_at, seen_snapshot::pg_snapshot AS seen
  FROM allocation_orderexception WHERE tenant_id = %(tenant)s AND NOT held
), arrived AS MATERIALIZED (
  SELECT DISTINCT sku_id, arrived_xid::text::xid8 AS xid FROM inventory_stock
  WHERE tenant_id = %(tenant)s AND arrived_xid >= (SELECT min(pg_snapshot_xmin(seen)::text::bigint) FROM waiting)
), worth AS MATERIALIZED (
  SELECT order_id FROM waiting WHERE retry_at <= %(at)s
  UNION
  SELECT order_id FROM waiting WHERE retry_at IS NOT NULL AND EXISTS (
    SELECT FROM allocation_warehouseload l
    WHERE l.tenant_id = %(tenant)s AND l.freed_xid > 0 AND NOT pg_visible_in_snapshot(l.freed_xid::text::xid8, seen)
  )
  UNION
  SELECT w.order_id FROM waiting w CROSS JOIN LATERAL unnest(w.sku_ids) AS k(sku_id) JOIN arrived a USING (sku_id)
  WHERE NOT pg_visible_in_snapshot(a.xid, w.seen)
  UNION
  SELECT w.order_id FROM waiting w WHERE %(live)s = ANY (w.reasons) AND NOT EXISTS (
    SELECT FROM allocation_record r WHERE r.tenant_id = %(tenant)s AND r.order_id = w.order_id AND r.decided_at > %(asked_before)s
  )
)
SELECT o.id FROM worth w JOIN orders_order o ON o.tenant_id = %(tenant)s AND o.id = w.order_id
WHERE o.state = %(exception)s ORDER BY o.id LIMIT %(limit)s FOR UPDATE OF o SKIP LOCKED
"""


EVERY = """
SELECT o.id FROM allocation_orderexception e JOIN orders_order o ON o.tenant_id = e.tenant_id AND o.id = e.order_id
WHERE e.tenant_id = %(tenant)s AND NOT e.held AND o.state = %(exception)s ORDER BY o.id LIMIT %(limit)s FOR UPDATE OF o SKIP LOCKED
"""

# The last record names the settings that the decision was made under. Goods in a warehouse that sent the order back don't count.
CONCERNED = """
WITH concerned AS MATERIALIZED (
  SELECT o.id, e.reasons, o.seller_id, o.store_id, o.country
  FROM allocation_orderexception e JOIN orders_order o ON o.tenant_id = e.tenant_id AND o.id = e.order_id
  WHERE e.tenant_id = %(tenant)s AND NOT e.held AND o.state = %(exception)s
    AND (e.settings_revision < %(revision)s OR e.ship_date < %(ship_date)s)
  ORDER BY o.id LIMIT %(limit)s FOR UPDATE OF o SKIP LOCKED
), need AS MATERIALIZED (
  SELECT l.order_id, l.sku_id, sum(l.units) AS units FROM orders_orderline l JOIN concerned c ON c.id = l.order_id
  WHERE l.tenant_id = %(tenant)s GROUP BY 1, 2
), free AS MATERIALIZED (
  SELECT n.order_id, n.sku_id, s.warehouse_id, n.units, s.on_hand - s.reserved - s.safety AS free
  FROM need n JOIN inventory_stock s ON s.tenant_id = %(tenant)s AND s.sku_id = n.sku_id
  WHERE s.on_hand - s.reserved - s.safety > 0 AND NOT EXISTS (
    SELECT FROM allocation_warehouserejection r
    WHERE r.tenant_id = %(tenant)s AND r.order_id = n.order_id AND r.warehouse_id = s.warehouse_id
  )
), whole AS (
  SELECT order_id, warehouse_id, count(*) AS needs FROM free WHERE free >= units GROUP BY 1, 2
), together AS (
  SELECT order_id, count(*) AS needs FROM (
    SELECT order_id, sku_id FROM free GROUP BY 1, 2, units HAVING sum(free) >= units
  ) AS enough GROUP BY 1
), asked AS (
  SELECT order_id, count(*) AS needs, sum(units) AS units FROM need GROUP BY 1
)
SELECT c.id, c.reasons, c.seller_id, c.store_id, st.platform, c.country, a.units,
       (SELECT r.settings_version_id FROM allocation_record r
        WHERE r.tenant_id = %(tenant)s AND r.order_id = c.id ORDER BY r.id DESC LIMIT 1),
       CASE WHEN EXISTS (SELECT FROM whole w WHERE w.order_id = c.id AND w.needs = a.needs) THEN %(whole)s
            WHEN EXISTS (SELECT FROM together t WHERE t.order_id = c.id AND t.needs = a.needs) THEN %(together)s
            ELSE %(short)s END
FROM concerned c JOIN asked a ON a.order_id = c.id
JOIN orders_store st ON st.tenant_id = %(tenant)s AND st.id = c.store_id ORDER BY c.id
"""


def queue_exceptions_worth_a_try(*, tenant_id: int, at: datetime, most_at_once: int = MOST_AT_ONCE) -> int:
    """Put the exceptions back into the queue that a change since their last try may help; return how many."""
    return sum(_in_turns(step, tenant_id, at, most_at_once) for step in (_queue_woken, _queue_helped_by_settings))


def queue_every_exception(*, tenant_id: int, at: datetime, most_at_once: int = MOST_AT_ONCE) -> int:
    """Put all exceptions back into the queue that no person holds, whether or not anything changed; return how many."""
    return _in_turns(_queue_any, tenant_id, at, most_at_once)


@dataclass(frozen=True, slots=True)
class _Turn:
    looked_at: int
    queued: int


def _in_turns(step: Callable[[int, datetime, int], _Turn], tenant_id: int, at: datetime, limit: int) -> int:
    queued = 0
    while True:
        turn = step(tenant_id, at, limit)
        queued += turn.queued
        if turn.looked_at < limit:
            return queued


@again_after_lost_race
def _queue_woken(tenant_id: int, at: datetime, limit: int) -> _Turn:
    """Queue what stock, freed capacity, the clock, or a carrier that may answer again can help."""
    parameters = {"live": RejectionCode.LIVE_QUOTE_FAILED.value, "asked_before": at - ASK_AGAIN_AFTER, "at": at}
    return _queue_found(WOKEN, tenant_id, at, {**parameters, "limit": limit})


@again_after_lost_race
def _queue_any(tenant_id: int, at: datetime, limit: int) -> _Turn:
    return _queue_found(EVERY, tenant_id, at, {"limit": limit})


def _queue_found(query: str, tenant_id: int, at: datetime, parameters: dict[str, Any]) -> _Turn:
    with tenant_scope(tenant_id=tenant_id):
        order_ids = [order_id for (order_id,) in _rows(query, tenant_id, parameters)]
        _queue(tenant_id, order_ids, at)
    return _Turn(len(order_ids), len(order_ids))


@again_after_lost_race
def _queue_helped_by_settings(tenant_id: int, at: datetime, limit: int) -> _Turn:
    """Queue what the settings of now can help, and note of the others that they need not be asked about these again."""
    with tenant_scope(tenant_id=tenant_id):
        tenant = Tenant.objects.get(pk=tenant_id)
        ship_date = ship_date_of(tenant=tenant, at=at)
        asked = {"revision": tenant.settings_revision, "ship_date": ship_date, "limit": limit}
        holdings = {name.lower(): holding.value for name, holding in Holding.__members__.items()}
        concerned = [_Concerned.of(row) for row in _rows(CONCERNED, tenant_id, {**asked, **holdings})]
        if not concerned:
            return _Turn(0, 0)
        tenant, settings = whole_settings(tenant, ship_date)
        helped = set(_helped(concerned, settings))
        in_vain = [each.order_id for each in concerned if each.order_id not in helped]
        OrderException.objects.filter(pk__in=in_vain).update(settings_revision=tenant.settings_revision, ship_date=ship_date)
        _queue(tenant_id, sorted(helped), at)
    return _Turn(len(concerned), len(helped))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Concerned:
    """An exception that was decided under older settings, the version of which its last record names."""

    order_id: int
    version_id: int
    waiting: Waiting

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> _Concerned:
        order_id, reasons, seller_id, store_id, platform, country, units, version_id, holding = row
        waiting = Waiting(
            source=(seller_id, store_id, platform, country),
            reasons=frozenset(map(reason_of, reasons)),
            holding=Holding(holding),
            several_units=units > 1,
        )
        return cls(order_id=order_id, version_id=version_id, waiting=waiting)


def _helped(concerned: Iterable[_Concerned], now: Settings) -> Iterator[int]:
    """Yield the orders that the settings of now may help.

    Settings of before are read once for all that were decided under them, and not at all for those whose goods are short.
    """
    by_version = defaultdict(list)
    for each in concerned:
        if each.waiting.holding is not Holding.SHORT:
            by_version[each.version_id].append(each)
    for version_id, orders in by_version.items():
        before = settings_from_document(SettingsVersion.objects.get(pk=version_id).document)
        comparison = Comparison(before=before, after=now)
        yield from (each.order_id for each in orders if comparison.may_help(each.waiting))


def _queue(tenant_id: int, order_ids: Collection[int], at: datetime) -> None:
    Order.objects.filter(pk__in=order_ids).update(state=OrderState.PENDING)
    queue_orders(tenant_id=tenant_id, order_ids=order_ids, at=at)


def _rows(query: str, tenant_id: int, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"tenant": tenant_id, "exception": OrderState.EXCEPTION.value, **parameters})
        return cursor.fetchall()
