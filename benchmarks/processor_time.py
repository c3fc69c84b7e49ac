"""Processor time of the server and its clients together: the cost of an order that a busy neighbour hardly changes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import psutil


def processor_seconds(roots: Iterable[int]) -> float:
    """Return what these processes and all that descend from them have used so far, those included that have ended."""
    return sum(_of_family(psutil.Process(root)) for root in roots)


def _of_family(root: psutil.Process) -> float:
    return sum(_of_process(process) for process in (root, *root.children(recursive=True)))


def _of_process(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0
