"""Records decided again: a contended world is decided by the engine, and every record is replayed.

python -m benchmarks.decisions_replay [--orders 2000]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

from benchmarks.content import Size
from benchmarks.report import Figures
from benchmarks.services import CHECKOUT, SCHEMA, private_services
from benchmarks.world import load_world, release_orders

ORDERS = 2_000
DATABASE = "bench_replay"
SCARCE = "UPDATE inventory_stock SET on_hand = least(on_hand, 1), safety = 0"


def measure_replay(*, orders: int = ORDERS) -> Figures:
    """Return how many records came out differently when decided again, and how many there were and were decided together."""
    with private_services() as services:
        services.databases.create(DATABASE, template=SCHEMA)
        with services.databases.open(DATABASE) as connection:
            size = Size(tenants=1, orders=orders)
            load_world(connection, size)
            connection.execute(SCARCE)
            release_orders(connection, size.measured_ids)
        command = [sys.executable, "-m", "benchmarks.replaying"]
        done = subprocess.run(command, cwd=CHECKOUT, env=services.environment(DATABASE), check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decisions_replay", description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS)
    print(json.dumps(measure_replay(orders=parser.parse_args().orders), indent=2))


if __name__ == "__main__":
    main()
