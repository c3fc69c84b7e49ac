"""Decide contended orders again, until they are with the warehouse, where that saves enough (after Xu, Allgor and Graves, 2009)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import structlog
from django.db.models import Count, OuterRef, Subquery

from allocation import outcomes, store
from allocation.batches import PreparedBatch, prepare_batch, record_rows, reserved_stock, shipment_rows
from allocation.core.contention import JointTerms
from allocation.core.offers import UNPRICED
from allocation.core.planner import plan_batch, price_batch
from allocation.core.plans import Capacity, Plan
from allocation.core.types import AUTOMATIC
from allocation.hand_models import OrderInHand
from allocation.loads import add_load, capacity_left, load_rows
from allocation.models import Record, Shipment, ShipmentState
from allocation.races import again_after_lost_race
from allocation.services.assigning import claim_of
from allocation.services.moving import Cursor, release
from allocation.shelf import Shelf
from allocation.turns import take_turn
from allocation.worlds import LoadedWorld, current_world
from orders.core.states import OrderState
from orders.models import Order
from wms.arrays import array_cursor
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

MOST_ORDERS = 5_000
WHATEVER_CONTENDS = JointTerms(from_orders=1, time_limit_s=10.0)
REASON = "reoptimised"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reoptimised:
    """The orders that moved, and what that saves at today's prices, in the tenant's minor units."""

    order_ids: tuple[int, ...] = ()
    saved_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """Orders decided again as if their own units were free; `saved[k]` is what order k saves, `moved[k]` whether it moves."""

    loaded: LoadedWorld
    batch: PreparedBatch
    plan: Plan
    has_capacity: bool
    saved: np.ndarray
    moved: np.ndarray

    @property
    def is_complete(self) -> bool:
        """Return whether every order is served."""
        return bool(self.plan.served.all())


def reoptimise(*, tenant_id: int, least_saving_minor: int, at: datetime, most_orders: int = MOST_ORDERS) -> Reoptimised:
    """Move orders among the newest that are planned, where together that saves at least so much; return what moved.

    Choices by hand, orders in somebody's hand, orders with the warehouse, in several parcels or at live prices stay where they are. Each
    move appends a record that names the one it supersedes. What others do meanwhile goes first: then nothing moves.
    """
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        again = _decide_again(cursor, tenant_id, _movable(most_orders), at)
    if again is None or not again.is_complete or again.saved.sum() < max(least_saving_minor, 1):
        return Reoptimised()
    order_ids = tuple(again.batch.heads["order_id"][again.moved].tolist())
    try:
        return _move(tenant_id=tenant_id, order_ids=order_ids, least_saving_minor=least_saving_minor, at=at)
    except (store.StockMoved, store.CapacityMoved):
        return Reoptimised()


@again_after_lost_race
def _move(*, tenant_id: int, order_ids: tuple[int, ...], least_saving_minor: int, at: datetime) -> Reoptimised:
    """Decide these orders again under locks, and write it where it still saves enough."""
    with tenant_scope(tenant_id=tenant_id), array_cursor() as cursor:
        list(Order.objects.select_for_update(of=("self",)).filter(pk__in=order_ids).order_by("pk"))
        take_turn(cursor, tenant_id=tenant_id)
        movable = _movable(len(order_ids), order_ids)
        again = _decide_again(cursor, tenant_id, movable, at)
        if again is None or not again.is_complete or again.saved.sum() < max(least_saving_minor, 1):
            return Reoptimised()
        orders = list(Order.objects.filter(pk__in=movable).order_by("pk"))
        release(*orders)
        _write(cursor, again, tenant_id, at)
    return Reoptimised(order_ids=tuple(order.pk for order in orders), saved_minor=int(again.saved.sum()))


def reoptimise_as_wished(*, tenant_id: int, at: datetime) -> Reoptimised:
    """Move planned orders where that saves as much as the company wishes; nothing where it wishes for nothing of the kind."""
    with tenant_scope(tenant_id=tenant_id):
        least_saving_minor = Tenant.objects.get(pk=tenant_id).reoptimise_from_minor
    if least_saving_minor is None:
        return Reoptimised()
    done = reoptimise(tenant_id=tenant_id, least_saving_minor=least_saving_minor, at=at)
    if done.order_ids:
        log.info("reoptimised", tenant_id=tenant_id, orders=len(done.order_ids), saved_minor=done.saved_minor)
    return done


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an order is planned: the warehouse, what it costs, and the day on which it counts there."""

    warehouse_id: int
    cost_minor: int
    ship_date: date | None


def _movable(most_orders: int, order_ids: tuple[int, ...] | None = None) -> dict[int, _Place]:
    """Return where each order is that may move, the newest first."""
    last = Record.objects.filter(order_id=OuterRef("order_id")).order_by("-pk")
    planned = Shipment.objects.filter(state=ShipmentState.PLANNED, order__state=OrderState.ALLOCATED, rate_card__isnull=False)
    if order_ids is not None:
        planned = planned.filter(order_id__in=order_ids)
    planned = planned.exclude(order_id__in=OrderInHand.objects.values("order_id"))
    decided = planned.annotate(mode=Subquery(last.values("mode")[:1])).filter(mode__in=[int(mode) for mode in AUTOMATIC])
    rows = list(decided.order_by("-order_id").values_list("order_id", "warehouse_id", "cost_minor", "ship_date")[:most_orders])
    live = Shipment.objects.filter(order_id__in=[row[0] for row in rows]).exclude(state=ShipmentState.CANCELLED)
    parcels = dict(live.values_list("order_id").annotate(Count("pk")))
    return {order_id: _Place(*place) for order_id, *place in rows if parcels[order_id] == 1}


def _decide_again(cursor: Cursor, tenant_id: int, movable: Mapping[int, _Place], at: datetime) -> _Again | None:
    """Return the orders decided together at today's prices, as if nobody held their units; None where there are none."""
    if not movable:
        return None
    loaded = current_world(tenant_id=tenant_id, at=at)
    columns = {warehouse_id: column for column, warehouse_id in enumerate(loaded.world.warehouse_ids.tolist())}
    known = {order_id: place for order_id, place in movable.items() if place.warehouse_id in columns}
    orders = list(Order.objects.filter(pk__in=known).order_by("pk"))
    if not orders:
        return None
    shelf, prices = Shelf(tenant_id=tenant_id, world=loaded.world), loaded.stock_prices
    batch = prepare_batch(cursor, claim=claim_of(orders), shelf=shelf, fresh=True, at=at, stock_prices=prices)
    batch.read_stock(cursor, fresh=True)
    places = [known[order_id] for order_id in batch.heads["order_id"].tolist()]
    now = np.array([columns[place.warehouse_id] for place in places])
    paid = np.array([place.cost_minor for place in places])
    priced = price_batch(pricer=batch.pricer, batch=batch.batch)
    available = batch.available.copy()
    np.add.at(available, (batch.batch.need_row, now[batch.batch.need_owner]), batch.batch.need_units)
    capacity = _capacity_without(cursor, tenant_id, batch, now, [place.ship_date for place in places])
    plan = plan_batch(priced=priced, available=available, capacity=capacity, joint=WHATEVER_CONTENDS)
    offers, rows = priced.offers(0), np.arange(len(now))
    today = np.where(offers.key[rows, now] == UNPRICED, paid, offers.cost[rows, now])
    moved = plan.warehouse != now
    saved = np.where(moved, today - plan.cost, 0)
    return _Again(loaded=loaded, batch=batch, plan=plan, has_capacity=capacity is not None, saved=saved, moved=moved)


def _capacity_without(
    cursor: Cursor, tenant_id: int, batch: PreparedBatch, now: np.ndarray, ship_dates: Sequence[date | None]
) -> Capacity | None:
    """Return what the warehouses still ship without these orders; one that ships on another day took nothing of this one's."""
    left = capacity_left(cursor, tenant_id=tenant_id, batch=batch)
    if left is None:
        return None
    days = batch.pricer.world.timetable.ship_dates(batch.pricer.wanted.at)
    same_day = np.array([days[column] == day for column, day in zip(now.tolist(), ship_dates, strict=True)])
    orders, lines = left.orders.copy(), left.lines.copy()
    np.add.at(orders, now[same_day], 1)
    np.add.at(lines, now[same_day], batch.need_counts[same_day])
    return Capacity(orders=orders, lines=lines)


def _write(cursor: Cursor, again: _Again, tenant_id: int, at: datetime) -> None:
    batch, plan = again.batch, again.plan
    records = record_rows(batch=batch, plan=plan, supersedes=outcomes.last_records(cursor, order_ids=batch.heads["order_id"]))
    outcomes.write_records(cursor, tenant_id=tenant_id, version_id=again.loaded.version_id, rows=records, at=at, reason=REASON)
    outcomes.write_shipments(cursor, tenant_id=tenant_id, rows=shipment_rows(batch=batch, plan=plan), at=at)
    if again.has_capacity:
        add_load(cursor, tenant_id=tenant_id, rows=load_rows(batch=batch, plan=plan)).check()
    reserved = reserved_stock(batch=batch, plan=plan)
    store.reserve_stock(cursor, tenant_id=tenant_id, stock_ids=reserved.stock_ids, units=reserved.draws.units).check()
