"""`make bench`: the engine and the worker against the floor, alternating, on the machine at hand.

Writes benchmarks/results/latest.json and prints a table. What is measured, and how, is in docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median

from benchmarks.content import Size
from benchmarks.contestants import Arena, Run, prepare_answers, run_engine, run_floor, run_worker
from benchmarks.latency import single_order_latency
from benchmarks.report import Figures, circumstances, table, throughput
from benchmarks.services import CHECKOUT, SCHEMA, Services, private_services
from benchmarks.world import load_world

RESULTS = CHECKOUT / "benchmarks" / "results" / "latest.json"
WARM_UP_ROUNDS = 6
GROWTH_ORDERS = 20_000

CONTESTANTS: dict[str, Callable[[Arena], Run]] = {"floor": run_floor, "engine": run_engine, "worker": run_worker}


def main() -> None:
    """Measure everything that the command line asks for."""
    wanted = _parse()
    with private_services(wanted.directory) as services:
        result = {**circumstances(services.databases), "orders": wanted.orders, "configurations": []}
        if wanted.samples:
            latency = single_order_latency(_arena(services, Size(tenants=1, orders=wanted.samples, warm_up_rounds=WARM_UP_ROUNDS)))
            result |= {"single_order_p95_ms": round(latency.p95_ms, 1), "single_order_ms": asdict(latency)}
        if wanted.stored:
            result |= _growth(services, wanted)
        for tenants in wanted.tenants:
            _measure_world(services, wanted, tenants, result)
    _keep(result, wanted.out)
    print(table(result))


def _keep(result: Figures, file: Path) -> None:
    """Write what is known so far: the whole takes most of an hour, and a run that is cut short has measured something."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result, indent=2) + "\n")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.allocate", description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000, help="orders of a run, over all tenants")
    parser.add_argument("--repeats", type=int, default=5, help="timed runs of each contestant")
    parser.add_argument("--tenants", type=int, nargs="*", default=[1, 50])
    parser.add_argument("--processes", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--samples", type=int, default=300, help="single orders to time; 0 for none")
    parser.add_argument("--stored", type=int, nargs="*", default=[10_000, 1_000_000], help="stored orders to compare; none to skip")
    parser.add_argument("--directory", type=Path, help="where the servers' files may lie (4 GB)")
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


def _arena(services: Services, size: Size, *, processes: int = 1) -> Arena:
    """Load a world and return the arena around it."""
    world = f"bench_{size.tenants}_{size.stored_orders}_{size.orders}"
    services.databases.create(world, template=SCHEMA)
    with services.databases.open(world) as connection:
        load_world(connection, size)
    return Arena(services=services, size=size, processes=processes, world=world, answers_file=services.directory / f"{world}.pickle")


def _measure_world(services: Services, wanted: argparse.Namespace, tenants: int, result: Figures) -> None:
    arena = _arena(services, Size(tenants=tenants, orders=wanted.orders, warm_up_rounds=WARM_UP_ROUNDS))
    record_bytes = prepare_answers(arena)
    if tenants == wanted.tenants[0]:
        result["record_bytes_per_order"] = round(record_bytes / arena.size.waiting_orders, 1)
    for processes in wanted.processes:
        runs = _alternate(replace(arena, processes=processes), CONTESTANTS, wanted.repeats)
        result["configurations"].append({"tenants": tenants, "processes": processes, **throughput(runs)})
        if processes == 1:
            _note_memory(result, tenants, runs["worker"])
        _keep(result, wanted.out)
    services.databases.drop(arena.world)


def _alternate(arena: Arena, contestants: dict[str, Callable[[Arena], Run]], repeats: int) -> dict[str, Sequence[Run]]:
    """Let the contestants take turns, so that whatever else the machine does falls on all alike."""
    runs: dict[str, list[Run]] = {name: [] for name in contestants}
    for _ in range(repeats):
        for name, run in contestants.items():
            runs[name].append(run(arena))
            print(
                f"{arena.size.tenants:>3} tenants {arena.processes} processes {name:>7} {runs[name][-1].orders_per_s:>10,.0f} orders/s",
                flush=True,
            )
    return dict(runs)


def _note_memory(result: Figures, tenants: int, runs: Sequence[Run]) -> None:
    """Keep the largest memory of a worker with one process: all its processes added up."""
    largest = max((run.memory for run in runs), key=lambda memory: memory.total_mb)
    result["worker_rss_mb"] = max(result.get("worker_rss_mb", 0.0), round(largest.total_mb, 1))
    result.setdefault("worker_memory", {})[f"{tenants} tenants"] = asdict(largest)


def _growth(services: Services, wanted: argparse.Namespace) -> Figures:
    """Return how the cost of an order changes from the smallest to the largest number of stored orders."""
    orders = min(GROWTH_ORDERS, wanted.orders)
    arenas = {
        stored: _arena(services, Size(tenants=1, orders=orders, warm_up_rounds=WARM_UP_ROUNDS, stored_orders=stored))
        for stored in wanted.stored
    }
    seconds: dict[int, list[float]] = {stored: [] for stored in arenas}
    for _ in range(wanted.repeats):
        for stored, arena in arenas.items():
            seconds[stored].append(run_engine(arena).seconds)
            print(f"{stored:>9,} stored {orders / seconds[stored][-1]:>10,.0f} orders/s", flush=True)
    cost_us = {stored: median(each) / orders * 1e6 for stored, each in seconds.items()}
    return {
        "growth_ratio": round(cost_us[max(cost_us)] / cost_us[min(cost_us)], 3),
        "growth": {"orders": orders, "us_per_order_by_stored": {str(stored): round(cost, 1) for stored, cost in cost_us.items()}},
    }


if __name__ == "__main__":
    main()
