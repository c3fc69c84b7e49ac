"""Decide a tenant's waiting orders, a batch per transaction: claim, look, decide, commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import structlog
from django.db import OperationalError
from psycopg.errors import DeadlockDetected, SerializationFailure

from allocation import store
from allocation.batches import PreparedBatch, exception_rows, prepare_batch, record_rows, reserved_units, shipment_rows
from allocation.core.planner import Plan, plan_batch
from allocation.core.types import Mode
from allocation.worlds import LoadedWorld, current_world
from orders.core.packing import Heads
from orders.core.states import OrderState
from wms.arrays import array_cursor
from wms.tenancy.scope import tenant_scope

Int64s = npt.NDArray[np.int64]

BATCH_ORDERS = 1000
"""Orders of one transaction at most. More amortise the statements better, fewer repeat less work after a lost race."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Drained:
    """How many orders were decided, and how: allocated + exceptions = decided."""

    allocated: int = 0
    exceptions: int = 0
    lost_races: int = 0
    batches: int = 0

    @property
    def decided(self) -> int:
        """Return the number of orders that got a record."""
        return self.allocated + self.exceptions

    def __add__(self, other: Drained) -> Drained:
        return Drained(
            self.allocated + other.allocated,
            self.exceptions + other.exceptions,
            self.lost_races + other.lost_races,
            self.batches + other.batches,
        )


def drain_tenant(*, tenant_id: int, at: datetime, most_batches: int | None = None, batch_orders: int = BATCH_ORDERS) -> Drained:
    """Decide the tenant's waiting orders until none is left, or for `most_batches` batches.

    A batch that loses a race for stock is rolled back and decided again on fresh stock with half as many orders, down to
    one; what wins grows again.
    """
    total, size = Drained(), batch_orders
    while most_batches is None or total.batches < most_batches:
        try:
            outcome = decide_waiting(tenant_id=tenant_id, at=at, limit=size)
        except (store.StockMoved, OperationalError) as lost:
            if isinstance(lost, OperationalError) and not isinstance(lost.__cause__, DeadlockDetected | SerializationFailure):
                raise
            log.info("batch_lost_race", tenant_id=tenant_id, orders=size, cause=type(lost).__name__)
            total, size = total + Drained(lost_races=1), max(1, size // 2)
            continue
        if not outcome.decided:
            break
        total, size = total + outcome, min(batch_orders, size * 2)
    return total


def decide_waiting(*, tenant_id: int, at: datetime, limit: int) -> Drained:
    """Decide up to `limit` waiting orders in one transaction; StockMoved where another transaction was faster."""
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        claim = store.claim_orders(cursor, tenant_id=tenant_id, limit=limit)
        if claim is None:
            return Drained()
        loaded = current_world(tenant_id=tenant_id, at=at)
        batch = prepare_batch(cursor, tenant_id=tenant_id, claim=claim, world=loaded.world)
        plan = plan_batch(pricer=batch.pricer, batch=batch.batch, available=batch.available)
        return _commit(cursor, tenant_id, loaded, batch, plan, at)


def _commit(cursor: store.Cursor, tenant_id: int, loaded: LoadedWorld, batch: PreparedBatch, plan: Plan, at: datetime) -> Drained:
    served = plan.mode != Mode.EXCEPTION
    records = record_rows(batch=batch, plan=plan, supersedes=_supersede(cursor, batch.heads, served))
    store.write_records(cursor, tenant_id=tenant_id, version_id=loaded.version_id, rows=records, at=at)
    if served.any():
        store.write_shipments(cursor, tenant_id=tenant_id, rows=shipment_rows(batch=batch, plan=plan), at=at)
    if not served.all():
        failed = exception_rows(batch=batch, plan=plan)
        store.write_exceptions(
            cursor, tenant_id=tenant_id, rows=failed, revision=loaded.revision, snapshot=batch.snapshot, at=at
        )
    states = np.where(served, np.int64(OrderState.ALLOCATED), np.int64(OrderState.EXCEPTION))
    store.move_orders(cursor, tenant_id=tenant_id, order_ids=batch.heads["order_id"], states=states)
    stock_ids, units = reserved_units(batch=batch, plan=plan)
    store.reserve_stock(cursor, tenant_id=tenant_id, stock_ids=stock_ids, units=units)
    return Drained(allocated=int(served.sum()), exceptions=int((~served).sum()), batches=1)


def _supersede(cursor: store.Cursor, heads: Heads, served: npt.NDArray[np.bool_]) -> Int64s:
    """Return the record that each order's supersedes, and forget the exceptions of those that are served now.

    Only orders that come back to the queue have either.
    """
    supersedes = np.zeros(len(heads), dtype=np.int64)
    retried = heads["retried"] == 1
    if retried.any():
        supersedes[retried] = store.last_records(cursor, order_ids=heads["order_id"][retried])
        store.clear_exceptions(cursor, order_ids=heads["order_id"][retried & served])
    return supersedes
