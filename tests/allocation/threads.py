"""Other people at work: threads with a database connection of their own, told what to do step by step.

with in_thread() as storekeeper:
storekeeper.run(lambda: storekeeper.open_scope(tenant_id))
storekeeper.run(lambda: receive(...))        # done when this returns, and not committed
cancelling = clerk.start(lambda: cancel(...))  # does not return: waits for a lock that the storekeeper holds
clerk.wait_until_blocked()
storekeeper.run(storekeeper.commit)
cancelling.result()
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import psycopg
from django.db import connection, connections

from wms.tenancy.scope import tenant_scope

PATIENCE_SECONDS = 30.0


class Thread:
    """One thread and its connection."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._open = ExitStack()
        self.run(give_up_on_locks)
        self.backend_pid = self.run(backend_pid)

    def start[R](self, step: Callable[[], R]) -> Future[R]:
        """Begin a step in the thread and return at once."""
        return self._pool.submit(step)

    def run[R](self, step: Callable[[], R]) -> R:
        """Do a step in the thread and return its result."""
        return self.start(step).result(timeout=PATIENCE_SECONDS)

    def open_scope(self, tenant_id: int) -> None:
        """Begin a transaction; steps that open scopes of their own become parts of it."""
        self._open.enter_context(tenant_scope(tenant_id=tenant_id))

    def commit(self) -> None:
        """End the transaction that `open_scope` began."""
        self._open.pop_all().close()

    def roll_back(self) -> None:
        """Undo the transaction that `open_scope` began."""
        try:
            with self._open.pop_all():
                raise RollBack
        except RollBack:
            pass

    def is_blocked(self) -> bool:
        """Return whether the thread's statement waits for a lock."""
        return self.backend_pid in _blocked()

    def wait_until_blocked(self) -> None:
        """Wait until the thread's statement waits for a lock."""
        wait_until(self.is_blocked)

    def close(self) -> None:
        """Undo what is open and let the thread end."""
        self._pool.submit(self.roll_back).result(timeout=PATIENCE_SECONDS)
        self._pool.submit(connections.close_all).result(timeout=PATIENCE_SECONDS)
        self._pool.shutdown()


class RollBack(Exception):
    """Ends a transaction without its changes."""


@contextmanager
def in_thread() -> Iterator[Thread]:
    """Start a thread, and end it when the block ends."""
    thread = Thread()
    try:
        yield thread
    finally:
        thread.close()


def wait_until(happened: Callable[[], bool]) -> None:
    """Look until `happened` says yes."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def give_up_on_locks() -> None:
    """Let this thread's statements fail that wait for a lock too long."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '20s'")


def backend_pid() -> int:
    """Return the id of the server's process that serves this thread's connection."""
    connection.ensure_connection()
    pid: int = connection.connection.info.backend_pid
    return pid


def _blocked() -> set[int]:
    with psycopg.connect(os.environ["ADMIN_DATABASE_URL"], autocommit=True) as admin:
        rows = admin.execute("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchall()
    return {pid for (pid,) in rows}
