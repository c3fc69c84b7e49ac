"""A Celery worker of the benchmark's own: started, hinted, watched and ended."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
import psycopg
from celery import Celery

from benchmarks.services import CHECKOUT, Services

Connection = psycopg.Connection[Any]

START_SECONDS = 60.0
DECIDE_SECONDS = 120.0
LOOK_SECONDS = 0.01
QUICK_LOOK_SECONDS = 0.0005


class TooSlow(Exception):
    """Something did not happen within a time that is far more than enough."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of a worker, in megabytes: of all its processes added up, and of the largest."""

    total_mb: float = 0.0
    largest_mb: float = 0.0


class Worker:
    """A running worker, and hints to it."""

    def __init__(self, process: subprocess.Popen[bytes], hints: Celery, *, processes: int) -> None:
        self._process = process
        self._hints = hints
        self._processes = processes

    @property
    def pid(self) -> int:
        """Return the process id of the worker's parent process."""
        return self._process.pid

    def hint(self, tenant_id: int) -> None:
        """Say that a tenant has orders waiting."""
        self._hints.send_task("allocation.drain", args=[tenant_id])

    def decide(self, connection: Connection, *, tenant_ids: Iterable[int], orders: int) -> None:
        """Hint at the tenants and wait until so many orders in all are decided, to the last commit.

        Where there are fewer tenants than processes each tenant gets a hint per process, as it does when orders keep coming.
        """
        tenants = list(tenant_ids)
        for _ in range(self._processes if len(tenants) < self._processes else 1):
            for tenant_id in tenants:
                self.hint(tenant_id)
        _wait(lambda: decided_orders(connection) >= orders, seconds=DECIDE_SECONDS, look_seconds=LOOK_SECONDS)

    def wait_for_record(self, connection: Connection, *, tenant_id: int, order_id: int) -> None:
        """Wait until the order has a committed record."""
        _wait(
            lambda: has_record(connection, tenant_id=tenant_id, order_id=order_id),
            seconds=DECIDE_SECONDS,
            look_seconds=QUICK_LOOK_SECONDS,
        )

    def memory(self) -> Memory:
        """Return what the worker's processes hold now."""
        family = [psutil.Process(self._process.pid)]
        family += family[0].children(recursive=True)
        sizes = [member.memory_info().rss / 2**20 for member in family]
        return Memory(total_mb=sum(sizes), largest_mb=max(sizes))


@contextmanager
def running_worker(services: Services, database: str, *, processes: int) -> Iterator[Worker]:
    """Start a worker on a database and return when it takes tasks; end it afterwards."""
    with services.broker.client() as broker:
        broker.flushall()
    hints = Celery("benchmark", broker=services.broker.url())
    command = [sys.executable, "-m", "celery", "-A", "wms", "worker", f"--concurrency={processes}", "--loglevel=WARNING"]
    log = (services.directory / "worker.log").open("ab")
    with log, subprocess.Popen(command, cwd=CHECKOUT, env=services.environment(database), stdout=log, stderr=log) as process:
        try:
            _wait(lambda: bool(hints.control.ping(timeout=0.5)), seconds=START_SECONDS, look_seconds=0.0)
            yield Worker(process, hints, processes=processes)
        finally:
            process.terminate()
            process.wait()
            hints.close()


def has_record(connection: Connection, *, tenant_id: int, order_id: int) -> bool:
    """Return whether the order has a committed record."""
    query = "SELECT FROM allocation_record WHERE tenant_id = %s AND order_id = %s"
    return connection.execute(query, [tenant_id, order_id]).rowcount == 1


def decided_orders(connection: Connection) -> int:
    """Return how many decisions the outbox names: cheaper to ask again and again than counting records."""
    row = connection.execute("SELECT coalesce(sum(cardinality(record_ids)), 0) FROM allocation_outboxbatch").fetchone()
    assert row is not None
    return int(row[0])


def _wait(done: Callable[[], bool], *, seconds: float, look_seconds: float) -> None:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise TooSlow
        time.sleep(look_seconds)
