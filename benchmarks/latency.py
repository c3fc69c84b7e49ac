"""How long a single order waits: from its hint until its record is committed, on an idle worker."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

import numpy as np

from benchmarks.contestants import RUN, Arena, warm_up_worker
from benchmarks.worker import has_record, running_worker
from benchmarks.world import release_orders

QUIET_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds from hint to commit."""

    samples: int
    p50_ms: float
    p95_ms: float
    worst_ms: float


def single_order_latency(arena: Arena) -> Latency:
    """Give the worker one order at a time and watch for its record; the first orders warm it up."""
    tenant_id = 1
    waits_ms = []
    arena.databases.create(RUN, template=arena.world)
    with running_worker(arena.services, RUN, processes=1) as worker, arena.databases.open(RUN) as connection:
        warm_up_worker(arena, worker, connection)
        for order_id in arena.size.measured_ids:
            # The drain that decided the last order looks once more whether another one waits: it must have ended.
            time.sleep(QUIET_SECONDS)
            release_orders(connection, range(order_id, order_id + 1))
            if has_record(connection, tenant_id=tenant_id, order_id=order_id):
                raise SystemExit(f"order {order_id} was decided before its hint: the worker was not idle")
            started = time.perf_counter()
            worker.hint(tenant_id)
            worker.wait_for_record(connection, tenant_id=tenant_id, order_id=order_id)
            waits_ms.append((time.perf_counter() - started) * 1000)
    return Latency(
        samples=len(waits_ms),
        p50_ms=median(waits_ms),
        p95_ms=float(np.percentile(waits_ms, 95)),
        worst_ms=max(waits_ms),
    )
