"""Decide a tenant's waiting orders, a batch per transaction: claim, look, decide, commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import structlog

from allocation import outcomes, store
from allocation.batches import (
    PreparedBatch,
    Reserved,
    exception_rows,
    prepare_batch,
    record_rows,
    reserved_stock,
    review_rows,
    shipment_rows,
    undecided_rows,
)
from allocation.core.contention import Together
from allocation.core.planner import plan_batch, price_batch
from allocation.core.plans import Plan
from allocation.core.types import Mode, Reason
from allocation.loads import add_load, capacity_left, load_rows
from allocation.quoting.parking import park_unquoted
from allocation.races import DATABASE_ERRORS, is_lost_race
from allocation.shelf import Shelf
from allocation.turns import draws_between, note_draws, take_turn
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
    """How many orders were decided, and how: allocated + exceptions + reviews = decided.

    Those `to_quote` wait for carriers' answers first.
    """

    allocated: int = 0
    exceptions: int = 0
    reviews: int = 0
    lost_races: int = 0
    batches: int = 0
    to_quote: int = 0

    @property
    def decided(self) -> int:
        """Return the number of orders that got a record."""
        return self.allocated + self.exceptions + self.reviews

    def __add__(self, other: Drained) -> Drained:
        return Drained(
            self.allocated + other.allocated,
            self.exceptions + other.exceptions,
            self.reviews + other.reviews,
            self.lost_races + other.lost_races,
            self.batches + other.batches,
            self.to_quote + other.to_quote,
        )


def drain_tenant(*, tenant_id: int, at: datetime, most_batches: int | None = None, batch_orders: int = BATCH_ORDERS) -> Drained:
    """Decide the tenant's waiting orders until none is left, or for `most_batches` batches.

    A batch that loses a race for stock is rolled back and decided again on fresh stock with half as many orders, down to
    one; what wins grows again. One that can't be decided is halved likewise, until the order is found that stops the others:
    it becomes an exception.
    """
    total, size, drain = Drained(), batch_orders, _Drain(tenant_id, at)
    while most_batches is None or total.batches < most_batches:
        try:
            outcome = drain.decide_waiting(size)
        except store.Undecidable as fault:
            log.exception("batch_undecidable", tenant_id=tenant_id, orders=len(fault.claim.heads))
            size = max(1, len(fault.claim.heads) // 2)
            if len(fault.claim.heads) == 1:
                total += drain.set_aside(fault.claim)
            continue
        except store.OrderMoved:
            if not drain.drop_stale():
                raise
            continue
        except (store.StockMoved, *DATABASE_ERRORS) as lost:
            if not isinstance(lost, store.StockMoved) and not is_lost_race(lost):
                raise
            log.info("batch_lost_race", tenant_id=tenant_id, orders=size, cause=type(lost).__name__)
            total, size = total + Drained(lost_races=1), max(1, size // 2)
            drain.look_again()
            continue
        if not outcome.decided and not outcome.to_quote:
            break
        total, size = total + outcome, min(batch_orders, size * 2)
    return total


class _Drain:
    """One worker's pass through one tenant's queue, with what it remembers from batch to batch."""

    def __init__(self, tenant_id: int, at: datetime) -> None:
        self._tenant_id = tenant_id
        self._at = at
        self._shelf: Shelf | None = None
        self._turn = 0
        self._seen_turn = 0
        self._shares_turns = False
        self._has_rivals = False

    def look_again(self) -> None:
        """Decide on fresh stock from now on: others draw on it too, and a shelf would lose one race after the other."""
        self._has_rivals = True

    def drop_stale(self) -> int:
        """Take orders off the queue that no longer wait, whatever left them there: one would stop all others."""
        with tenant_scope(tenant_id=self._tenant_id), array_cursor() as cursor:
            dropped = store.drop_stale(cursor, tenant_id=self._tenant_id)
        log.warning("stale_queue_rows_dropped", tenant_id=self._tenant_id, orders=dropped)
        return dropped

    def decide_waiting(self, limit: int) -> Drained:
        """Decide up to `limit` waiting orders in one transaction; StockMoved where another transaction was faster."""
        with tenant_scope(tenant_id=self._tenant_id), array_cursor() as cursor:
            claim = store.claim_orders(cursor, tenant_id=self._tenant_id, limit=limit)
            if claim is None:
                return Drained()
            loaded = current_world(tenant_id=self._tenant_id, at=self._at)
            parked = 0
            if loaded.world.live_columns:
                claim, parked = park_unquoted(cursor, tenant_id=self._tenant_id, world=loaded.world, claim=claim, at=self._at)
                if not len(claim.heads):
                    return Drained(batches=1, to_quote=parked)
            fresh = self._has_rivals or len(claim.heads) < limit or bool(claim.heads["retried"].any())
            batch, plan, reserved = self._decide(cursor, claim, loaded, fresh=fresh)
            drained = self._write(cursor, loaded, batch, plan, reserved) + Drained(to_quote=parked)
        batch.shelf.take(reserved.shelf_rows, reserved.columns, reserved.draws.units)
        self._seen_turn = self._turn
        return drained

    def set_aside(self, claim: store.Claim) -> Drained:
        """Make an exception of the one order that could not be decided, so that it does not stop the others."""
        order_ids = claim.heads["order_id"]
        reasons = np.array([Reason.UNDECIDED], dtype=np.int64)
        with tenant_scope(tenant_id=self._tenant_id), array_cursor() as cursor:
            if not store.unqueue(cursor, tenant_id=self._tenant_id, order_ids=order_ids):
                return Drained()
            loaded = current_world(tenant_id=self._tenant_id, at=self._at)
            look = outcomes.Look(revision=loaded.revision, ship_date=loaded.ship_date, snapshot=store.snapshot_now(cursor))
            rows = outcomes.ExceptionRows(
                order_ids=order_ids,
                seller_ids=claim.heads["seller_id"],
                reasons=reasons,
                reason_counts=np.ones(1, dtype=np.int64),
                sku_ids=claim.needs["sku_id"],
                need_counts=claim.need_counts,
            )
            outcomes.write_exceptions(cursor, tenant_id=self._tenant_id, rows=rows, look=look, at=self._at)
            records = undecided_rows(
                mode=Mode.EXCEPTION,
                order_ids=order_ids,
                seller_ids=claim.heads["seller_id"],
                supersedes=outcomes.last_records(cursor, order_ids=order_ids),
            )
            outcomes.write_records(cursor, tenant_id=self._tenant_id, version_id=loaded.version_id, rows=records, at=self._at)
            store.move_orders(cursor, tenant_id=self._tenant_id, order_ids=order_ids, after=OrderState.EXCEPTION).check()
        return Drained(exceptions=1, batches=1)

    def _decide(
        self, cursor: store.Cursor, claim: store.Claim, loaded: LoadedWorld, *, fresh: bool
    ) -> tuple[PreparedBatch, Plan, Reserved]:
        """Price the orders beside other workers; look at the stock and choose when it is this one's turn.

        Most orders will be allocated: the database marks them so while they are priced, and before anyone waits for this turn.
        """
        try:
            shelf, prices = self._shelf_of(loaded), loaded.stock_prices
            batch = prepare_batch(cursor, claim=claim, shelf=shelf, fresh=fresh, at=self._at, stock_prices=prices)
            with cursor.connection.pipeline():
                marked = store.move_orders(cursor, tenant_id=self._tenant_id, order_ids=claim.heads["order_id"], after=OrderState.ALLOCATED)
                priced = price_batch(pricer=batch.pricer, batch=batch.batch)
            marked.check()
            self._turn = take_turn(cursor, tenant_id=self._tenant_id)
            self._catch_up(cursor, batch.shelf)
            batch.read_stock(cursor, fresh=fresh)
            capacity = capacity_left(cursor, tenant_id=self._tenant_id, batch=batch)
            plan = plan_batch(priced=priced, available=batch.available, capacity=capacity, joint=loaded.joint)
            self._note_given_up(plan)
            return batch, plan, reserved_stock(batch=batch, plan=plan)
        except (store.OrderMoved, *DATABASE_ERRORS):
            raise
        except Exception as fault:
            raise store.Undecidable(claim) from fault

    def _catch_up(self, cursor: store.Cursor, shelf: Shelf) -> None:
        """Take off the shelf what other workers drew since this one's last turn; where one did not say, forget the stock."""
        after, before = self._seen_turn, self._turn
        self._shares_turns = 0 < after < before - 1
        if after == before - 1:
            return
        drawn = draws_between(cursor, tenant_id=self._tenant_id, after=after, before=before) if self._shares_turns else None
        if drawn is None:
            shelf.forget_stock()
        else:
            shelf.take_away(drawn)
        self._seen_turn = before - 1

    def _note_given_up(self, plan: Plan) -> None:
        given_up = int((plan.together == Together.GREEDY).sum())
        if given_up:
            log.warning("joint_decision_given_up", tenant_id=self._tenant_id, orders=given_up)

    def _shelf_of(self, loaded: LoadedWorld) -> Shelf:
        if self._shelf is None or self._shelf.world is not loaded.world:
            self._shelf = Shelf(tenant_id=self._tenant_id, world=loaded.world)
        return self._shelf

    def _write(self, cursor: store.Cursor, loaded: LoadedWorld, batch: PreparedBatch, plan: Plan, reserved: Reserved) -> Drained:
        """Write a plan in one pipeline: the database works on a statement while the next one is packed."""
        served, settled = plan.served, plan.mode != Mode.EXCEPTION
        supersedes = _supersede(cursor, batch.heads, settled)
        with cursor.connection.pipeline():
            guards = self._send(cursor, loaded, batch, plan, reserved, supersedes)
        for guard in guards:
            guard.check()
        return Drained(allocated=int(served.sum()), exceptions=int((~settled).sum()), reviews=int((settled & ~served).sum()), batches=1)

    def _send(
        self,
        cursor: store.Cursor,
        loaded: LoadedWorld,
        batch: PreparedBatch,
        plan: Plan,
        reserved: Reserved,
        supersedes: Int64s,
    ) -> list[store.Guard]:
        """Send the statements; the stock last, since others wait for its rows until the commit."""
        tenant_id, at = self._tenant_id, self._at
        if self._shares_turns:
            note_draws(cursor, tenant_id=tenant_id, number=self._turn, draws=reserved.draws)
        records = record_rows(batch=batch, plan=plan, supersedes=supersedes)
        outcomes.write_records(cursor, tenant_id=tenant_id, version_id=loaded.version_id, rows=records, at=at)
        if plan.served.any():
            outcomes.write_shipments(cursor, tenant_id=tenant_id, rows=shipment_rows(batch=batch, plan=plan), at=at)
        guards = self._send_unserved(cursor, loaded, batch, plan)
        guards.append(store.reserve_stock(cursor, tenant_id=tenant_id, stock_ids=reserved.stock_ids, units=reserved.draws.units))
        if loaded.world.has_capacity:
            guards.append(add_load(cursor, tenant_id=tenant_id, rows=load_rows(batch=batch, plan=plan)))
        return guards

    def _send_unserved(self, cursor: store.Cursor, loaded: LoadedWorld, batch: PreparedBatch, plan: Plan) -> list[store.Guard]:
        """Send why orders are not allocated after all, and their states."""
        tenant_id, at, guards = self._tenant_id, self._at, []
        failed, reviews = np.flatnonzero(plan.mode == Mode.EXCEPTION), np.flatnonzero(plan.mode == Mode.REVIEW)
        for which, state in ((failed, OrderState.EXCEPTION), (reviews, OrderState.REVIEW)):
            if len(which):
                order_ids = batch.heads["order_id"][which]
                guards.append(store.move_orders(cursor, tenant_id=tenant_id, order_ids=order_ids, before=OrderState.ALLOCATED, after=state))
        if len(failed):
            changes_at = loaded.world.timetable.changes_at(at)
            look = outcomes.Look(revision=loaded.revision, ship_date=loaded.ship_date, snapshot=batch.snapshot, changes_at=changes_at)
            outcomes.write_exceptions(cursor, tenant_id=tenant_id, rows=exception_rows(batch=batch, plan=plan), look=look, at=at)
        if len(reviews):
            outcomes.write_reviews(cursor, tenant_id=tenant_id, at=at, **review_rows(batch=batch, plan=plan, which=reviews))
        return guards


def _supersede(cursor: store.Cursor, heads: Heads, settled: npt.NDArray[np.bool_]) -> Int64s:
    """Return the record that each order's supersedes, and forget the exceptions of those that are none now.

    Only orders that come back to the queue have either.
    """
    supersedes = np.zeros(len(heads), dtype=np.int64)
    retried = heads["retried"] == 1
    if retried.any():
        supersedes[retried] = outcomes.last_records(cursor, order_ids=heads["order_id"][retried])
        outcomes.clear_exceptions(cursor, order_ids=heads["order_id"][retried & settled])
    return supersedes
