"""Run a what-if run: both sides decide the same orders in the same batches, each on its own stock. Nothing else is changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import structlog

from allocation import store
from allocation.core.settings import Settings
from allocation.core.stock_prices import StockPrices
from allocation.core.world import World, compile_world
from allocation.models import SimulationDifference, SimulationRun, SimulationState, StockBasis
from allocation.rules.reading import draft_or_active, rows_of, terms_of
from allocation.selectors import read_settings, ship_date_of
from allocation.simulation.rows import loads_given, orders_received, orders_waiting, skus_of, units_held, write_differences
from allocation.simulation.scenarios import Scenario, scenario_from_document, settings_under
from allocation.simulation.sides import DailyPricing, Side, SimulatedLoads, SimulatedShelf
from allocation.stock_prices import newest_prices_id, read_stock_prices
from allocation.strategies.reading import read_drafts
from allocation.worlds import joint_terms_of, price_book
from orders.services import head_and_lines
from wms.arrays import array_cursor
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

BATCH_ORDERS: Final = 1000
STALLED_AFTER: Final = timedelta(minutes=5)
MOST_DIFFERENCES: Final = 20_000
"""So many orders are listed one by one; all are counted."""

Int64s = npt.NDArray[np.int64]
log = structlog.get_logger(__name__)


class _Ended(Exception):
    """Somebody cancelled the run."""


def run_simulation(*, tenant_id: int, run_id: int, at: datetime) -> bool:
    """Run a waiting what-if run to its end; return whether it was this call that ended it.

    A fault of ours is written to the run and to the log, so that no run waits for ever.
    """
    with tenant_scope(tenant_id=tenant_id):
        waiting = SimulationRun.objects.filter(pk=run_id, state=SimulationState.WAITING)
        if not waiting.update(state=SimulationState.RUNNING, touched_at=at):
            return False
    try:
        _Simulation(tenant_id, run_id, at).run()
    except _Ended:
        return False
    except Exception:
        log.exception("simulation_failed", tenant_id=tenant_id, run_id=run_id)
        with tenant_scope(tenant_id=tenant_id):
            SimulationRun.objects.filter(pk=run_id).update(state=SimulationState.FAILED, finished_at=at)
    return True


class _Simulation:
    """One run under way."""

    def __init__(self, tenant_id: int, run_id: int, at: datetime) -> None:
        self._tenant_id, self._run_id, self._at = tenant_id, run_id, at
        self._differences = 0

    def run(self) -> None:
        """Decide all orders on both sides, and store what came out."""
        with tenant_scope(tenant_id=self._tenant_id), array_cursor() as cursor:
            run = SimulationRun.objects.get(pk=self._run_id)
            tenant = Tenant.objects.get(pk=self._tenant_id)
            order_ids, received_at = self._orders(run, tenant)
            before, after = self._sides(cursor, run, tenant, order_ids)
            self._touch(orders=len(order_ids))
        for batch, at in _batches(order_ids, received_at, self._at, past=run.since is not None):
            self._decide(batch, at, before, after)
        self._finish(before, after)

    def _orders(self, run: SimulationRun, tenant: Tenant) -> tuple[Int64s, Int64s]:
        """Return the orders' ids and when they were received, in seconds since 1970, in the order of their coming."""
        if run.since is None or run.until is None:
            found = orders_waiting()
        else:
            zone = ZoneInfo(tenant.timezone)
            since = datetime.combine(run.since, time(), tzinfo=zone)
            until = datetime.combine(run.until + timedelta(days=1), time(), tzinfo=zone)
            found = orders_received(since=since, until=until)
        rows = list(found.order_by("pk").values_list("pk", "received_at"))
        ids = np.array([pk for pk, _ in rows], dtype=np.int64)
        return ids, np.array([int(received.timestamp()) for _, received in rows], dtype=np.int64)

    def _sides(self, cursor: store.Cursor, run: SimulationRun, tenant: Tenant, order_ids: Int64s) -> tuple[Side, Side]:
        in_force = read_settings(tenant=tenant, ship_date=ship_date_of(tenant=tenant, at=self._at))
        rules = tuple(terms_of(row) for row in rows_of(draft_or_active()) if row.enabled)
        scenario = scenario_from_document(run.scenario)
        tried = settings_under(scenario=scenario, settings=in_force, drafts=read_drafts(), rules=rules)
        sku_ids = skus_of(cursor, tenant_id=self._tenant_id, order_ids=order_ids)
        before = run.stock_basis == StockBasis.BEFORE
        held = units_held(cursor, tenant_id=self._tenant_id, order_ids=order_ids) if before else None
        given = loads_given(cursor, tenant_id=self._tenant_id, order_ids=order_ids) if before else None
        worlds = [self._world(settings) for settings in (in_force, tried)]
        shelves = [SimulatedShelf(tenant_id=self._tenant_id, world=world, given_back=held) for world in worlds]
        for shelf in shelves if len(sku_ids) else ():
            shelf.fill(cursor, sku_ids)
        first, second = (
            Side(
                world=world,
                shelf=shelf,
                loads=SimulatedLoads(tenant_id=self._tenant_id, world=world, given_back=given),
                joint=joint_terms_of(tenant),
                stock_prices=prices,
                pricing=pricing,
            )
            for world, shelf, (prices, pricing) in zip(worlds, shelves, self._stock_prices(tenant, scenario, run), strict=True)
        )
        return first, second

    def _stock_prices(
        self, tenant: Tenant, scenario: Scenario, run: SimulationRun
    ) -> tuple[tuple[StockPrices | None, DailyPricing | None], ...]:
        """Return by what each side prices its units: both as the company does by now, or, where that is what is tried, day by day."""
        if scenario.stock_price_days is None:
            newest = newest_prices_id(tenant=tenant, at=self._at)
            return ((None if newest is None else read_stock_prices(newest), None),) * 2
        asked, past = (tenant.stock_price_days, scenario.stock_price_days), run.since is not None
        return tuple((None, DailyPricing(tenant_id=self._tenant_id, days=days, past=past) if days else None) for days in asked)

    def _world(self, settings: Settings) -> World:
        book = price_book(settings)
        return compile_world(settings=settings, cards=book.cards, charts=book.charts, areas=book.areas)

    def _decide(self, order_ids: Int64s, at: datetime, before: Side, after: Side) -> None:
        with tenant_scope(tenant_id=self._tenant_id), array_cursor() as cursor:
            heads, needs, counts = head_and_lines(order_ids=order_ids.tolist())
            claim = store.Claim(heads=heads, needs=needs, need_counts=counts)
            plans = [(side.decide(cursor, claim, at), side.world) for side in (before, after)]
            self._differences += write_differences(
                cursor,
                tenant_id=self._tenant_id,
                run_id=self._run_id,
                order_ids=heads["order_id"],
                plans=plans,
                most=MOST_DIFFERENCES - self._differences,
            )
            self._touch(orders_done=before.tally.orders)

    def _touch(self, **changes: Any) -> None:
        """Note how far the run has come; stop where somebody has cancelled it."""
        running = SimulationRun.objects.filter(pk=self._run_id, state=SimulationState.RUNNING)
        if not running.update(touched_at=datetime.now(UTC), **changes):
            raise _Ended

    def _finish(self, before: Side, after: Side) -> None:
        result = {"before": before.tally.to_document(), "after": after.tally.to_document(), "differences": self._differences}
        with tenant_scope(tenant_id=self._tenant_id):
            self._touch(state=SimulationState.DONE, result=result, finished_at=datetime.now(UTC))


def _batches(order_ids: Int64s, received_at: Int64s, at: datetime, *, past: bool) -> Iterator[tuple[Int64s, datetime]]:
    """Yield the orders in batches with the moment at which each is decided: past ones when the last of the batch had come.

    A batch of past orders lies within one day, so that cut-off times and promised days mean what they meant then.
    """
    days = received_at // 86_400 if past else np.zeros_like(received_at)
    begins = np.flatnonzero(np.diff(days, prepend=-1))
    for begin, end in pairwise([*begins.tolist(), len(order_ids)]):
        for first in range(begin, end, BATCH_ORDERS):
            part = slice(first, min(first + BATCH_ORDERS, end))
            moment = datetime.fromtimestamp(int(received_at[part].max()), UTC) if past else at
            yield order_ids[part], moment


def run_waiting_simulations(*, tenant_id: int, at: datetime) -> int:
    """Run what waits of a tenant's what-if runs, and again what a dead worker left; return how many were run."""
    with tenant_scope(tenant_id=tenant_id):
        left = SimulationRun.objects.filter(state=SimulationState.RUNNING, touched_at__lt=at - STALLED_AFTER)
        for run_id in left.select_for_update(skip_locked=True).values_list("pk", flat=True):
            SimulationDifference.objects.filter(run_id=run_id).delete()
            SimulationRun.objects.filter(pk=run_id).update(state=SimulationState.WAITING, touched_at=at)
        waiting = list(SimulationRun.objects.filter(state=SimulationState.WAITING).order_by("pk").values_list("pk", flat=True))
    return sum(run_simulation(tenant_id=tenant_id, run_id=run_id, at=at) for run_id in waiting)
