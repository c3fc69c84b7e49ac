"""`make bench-pages`: server time of the main pages over a million stored orders and records, into benchmarks/results/pages.json.

Each page is asked in this process through the whole of Django (middleware, row security, templates), as a signed-in person, with
another address every time; what the network and the browser add is not in it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from benchmarks.content import Size
from benchmarks.report import Figures, circumstances
from benchmarks.services import CHECKOUT, SCHEMA, Services, private_services
from benchmarks.world import load_world

RESULTS = CHECKOUT / "benchmarks" / "results" / "pages.json"
WORLD = "bench_pages"
RUNS = 20
"""Of the scripted reassignment."""
WAITING = 1000
"""So many orders wait for a person; their ids follow those of the stored ones."""


def main() -> None:
    """Load the world, measure in a process that is a web server's, and keep what it says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--stored", type=int, default=1_000_000, help="stored orders and records")
    parser.add_argument("--samples", type=int, default=100, help="how often each page is asked for")
    parser.add_argument("--export", type=int, default=100_000, help="records of the export; 0 for none")
    parser.add_argument("--out", type=Path, default=RESULTS)
    wanted = parser.parse_args()
    with private_services() as services:
        services.databases.create(WORLD, template=SCHEMA)
        with services.databases.open(WORLD) as connection:
            load_world(connection, Size(tenants=1, orders=WAITING, stored_orders=wanted.stored))
        result = {**circumstances(services.databases), "stored": wanted.stored, "samples": wanted.samples}
        result |= _told(services, "benchmarks.pages.measure", wanted.samples, wanted.stored, WAITING)
        if wanted.export:
            result |= _told(services, "benchmarks.pages.export", wanted.export)
        # What a browser may spoil does not take the rest with it.
        wanted.out.write_text(json.dumps(result, indent=2) + "\n")
        result |= _told(services, "benchmarks.pages.keystrokes", RUNS, wanted.stored)
        wanted.out.write_text(json.dumps(result, indent=2) + "\n")
    for name, value in result.items():
        if isinstance(value, int | float):
            print(f"{name:>28} {value:>12,.1f}")


def _told(services: Services, module: str, *words: int) -> Figures:
    """Return what a process of the product says of itself."""
    command = [sys.executable, "-m", module, *map(str, words)]
    done = subprocess.run(command, cwd=CHECKOUT, env=services.environment(WORLD), check=True, stdout=subprocess.PIPE, text=True)
    figures: Figures = json.loads(done.stdout)
    return figures


if __name__ == "__main__":
    main()
