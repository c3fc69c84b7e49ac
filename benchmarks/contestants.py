"""Run one contestant once: a fresh copy of the world, warmed-up processes, the clock, and a check of what is left."""

from __future__ import annotations

import pickle
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.content import Size
from benchmarks.databases import Connection, Databases
from benchmarks.floor import BATCH_ORDERS, read_answers, strip_tables
from benchmarks.outcome import check_outcome
from benchmarks.processor_time import processor_seconds
from benchmarks.race import WARM_UP, children, race
from benchmarks.services import Services
from benchmarks.worker import Memory, Worker, decided_orders, running_worker
from benchmarks.world import release_orders

RUN = "bench_run"
CHANGED_BEFORE = ("orders_queuedorder", "orders_order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena:
    """A world that all contestants get a copy of, and how many processes each may use."""

    services: Services
    size: Size
    processes: int
    world: str
    answers_file: Path

    @property
    def databases(self) -> Databases:
        """Return the server's databases."""
        return self.services.databases

    @property
    def tenant_ids(self) -> range:
        """Return the ids of all tenants."""
        return range(1, self.size.tenants + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One timed run."""

    seconds: float
    cpu_seconds: float
    orders: int
    allocated: int
    exceptions: int
    lost_races: int = 0
    memory: Memory = field(default_factory=Memory)

    @property
    def orders_per_s(self) -> float:
        """Return the throughput."""
        return self.orders / self.seconds

    @property
    def cpu_us_per_order(self) -> float:
        """Return the processor time of the server and its clients, microseconds per order."""
        return self.cpu_seconds / self.orders * 1e6


def run_floor(arena: Arena) -> Run:
    """Write the engine's answers with nothing decided."""
    arena.databases.create(RUN, template=arena.world)
    with arena.databases.open(RUN) as connection:
        strip_tables(connection)
    url, answers = arena.databases.url(RUN), str(arena.answers_file)
    return _race_processes(arena, lambda i: ["benchmarks.floor", url, answers, str(i), str(arena.processes)])


def run_engine(arena: Arena) -> Run:
    """Decide with the batch runner in its own process."""
    arena.databases.create(RUN, template=arena.world)
    return _race_processes(arena, lambda i: ["benchmarks.engine", str(BATCH_ORDERS), *map(str, _share(arena, i))])


def _share(arena: Arena, index: int) -> list[int]:
    """Return the tenants of one process: a part of them if there are enough, else all."""
    if arena.size.tenants < arena.processes:
        return list(arena.tenant_ids)
    return [tenant_id for tenant_id in arena.tenant_ids if tenant_id % arena.processes == index]


def _race_processes(arena: Arena, module_of: Callable[[int], list[str]]) -> Run:
    commands = [[sys.executable, "-m", *module_of(index)] for index in range(arena.processes)]
    with arena.databases.open(RUN) as connection, children(commands, arena.services.environment(RUN)) as runners:
        for warm_up_round in range(arena.size.warm_up_rounds):
            release_orders(connection, arena.size.warm_up_ids(warm_up_round))
            runners[warm_up_round % len(runners)].ask(WARM_UP)
        release_orders(connection, arena.size.measured_ids)
        arena.databases.settle(RUN, *CHANGED_BEFORE)
        involved = [arena.databases.server_pid(), *(child.process.pid for child in runners)]
        used_before = processor_seconds(involved)
        seconds, answers = race(runners)
        cpu_seconds = processor_seconds(involved) - used_before
    return _finished(arena, seconds=seconds, cpu_seconds=cpu_seconds, lost_races=sum(answer["lost_races"] for answer in answers))


def run_worker(arena: Arena) -> Run:
    """Decide in a Celery worker, from the hints to the last commit."""
    arena.databases.create(RUN, template=arena.world)
    with running_worker(arena.services, RUN, processes=arena.processes) as worker, arena.databases.open(RUN) as connection:
        decided = warm_up_worker(arena, worker, connection)
        release_orders(connection, arena.size.measured_ids)
        arena.databases.settle(RUN, *CHANGED_BEFORE)
        involved = [arena.databases.server_pid(), worker.pid]
        used_before = processor_seconds(involved)
        started = time.perf_counter()
        worker.decide(connection, tenant_ids=arena.tenant_ids, orders=decided + arena.size.orders)
        seconds = time.perf_counter() - started
        cpu_seconds, memory = processor_seconds(involved) - used_before, worker.memory()
    return _finished(arena, seconds=seconds, cpu_seconds=cpu_seconds, memory=memory)


def warm_up_worker(arena: Arena, worker: Worker, connection: Connection) -> int:
    """Let the worker decide the orders for warming up, a round at a time; return how many orders the outbox names then.

    Which of its processes takes a hint is chance: with several rounds each has met nearly every tenant.
    """
    decided = decided_orders(connection)
    for warm_up_round in range(arena.size.warm_up_rounds):
        release_orders(connection, arena.size.warm_up_ids(warm_up_round))
        decided += arena.size.tenants
        worker.decide(connection, tenant_ids=arena.tenant_ids, orders=decided)
    return decided


def _finished(arena: Arena, **measured: Any) -> Run:
    with arena.databases.open(RUN) as connection:
        found = check_outcome(connection)
    return Run(orders=arena.size.orders, allocated=found["allocated"], exceptions=found["exceptions"], **measured)


def prepare_answers(arena: Arena) -> int:
    """Let the engine decide the world once, untimed, keep what it wrote for the floor, and return the record table's bytes."""
    run_engine(replace(arena, processes=1))
    with arena.databases.open(RUN) as connection:
        arena.answers_file.write_bytes(pickle.dumps(read_answers(connection, arena.size)))
        row = connection.execute("SELECT pg_total_relation_size('allocation_record')").fetchone()
    assert row is not None
    return int(row[0])
