"""How long a what-if run takes: both sides decide the orders of a world, in a process of its own, as a worker does it."""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.content import Size
from benchmarks.report import Figures
from benchmarks.services import CHECKOUT, SCHEMA, private_services
from benchmarks.world import load_world

WORLD = "bench_backtest"
ORDERS = 100_000


def measure_backtest(orders: int = ORDERS) -> Figures:
    """Return the seconds that a run over so many orders takes, for 100,000, and what came out."""
    with private_services() as services:
        services.databases.create(WORLD, template=SCHEMA)
        with services.databases.open(WORLD) as connection:
            load_world(connection, Size(tenants=1, orders=orders))
        command = [sys.executable, "-m", "benchmarks.backtest_run"]
        done = subprocess.run(command, cwd=CHECKOUT, env=services.environment(WORLD), check=True, stdout=subprocess.PIPE, text=True)
    told: Figures = json.loads(done.stdout)
    return {"backtest_s_100k": round(told["seconds"] * 100_000 / told["orders"], 1), "backtest": told}
