"""Finding and ending processes by their id, never by a name."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

PATIENCE_SECONDS = 60.0


class ServiceFailed(RuntimeError):
    """An embedded service did not start or stop; the message says what it printed last."""


@contextmanager
def exclusive(data_dir: Path, name: str) -> Iterator[None]:
    """Let one process at a time start or stop the service `name` of a data directory."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def living(pid: int) -> psutil.Process | None:
    """Return the process, or None when it is gone or only waits for its parent to notice."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def wait_until(happened: Callable[[], bool], *, failure: Callable[[], str]) -> None:
    """Wait until `happened` says yes.

    Raises ServiceFailed with the sentence of `failure` when a minute has passed.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            raise ServiceFailed(failure())
        time.sleep(0.02)


def wait_until_gone(processes: Sequence[psutil.Process]) -> None:
    """Wait until each of the processes has ended, whether or not its parent has noticed."""
    wait_until(
        lambda: not any(process.is_running() and living(process.pid) for process in processes),
        failure=lambda: f"still running: {[process.pid for process in processes if process.is_running()]}",
    )


def last_lines(log: Path) -> str:
    """Return the end of a log, or nothing when there is none."""
    with suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    return ""
