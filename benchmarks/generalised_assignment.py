"""Published generalised-assignment instances, and others drawn as they were, fed to allocation.core.joint.assign.

    python -m benchmarks.generalised_assignment FILE [FILE …] [--seconds 60] [--maximise]
    python -m benchmarks.generalised_assignment --drawn abcde [--agents 5 10 20] [--jobs 100 200]

A file is a list of whole numbers as the OR-Library has them: how many instances, and for each its agents and jobs, the costs by agent,
the units by agent, and the agents' capacities. The first collection (gap1 to gap12) is to be maximised, types a to e minimised.
Types a to d are drawn as in Chu and Beasley (1997), type e as in Yagiura, Ibaraki and Glover (2006).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt

from allocation.core.joint import Assignment, assign
from benchmarks.report import Figures

KINDS, AGENTS, JOBS = "abc", (5, 10, 20), (100, 200)
SEED, SECONDS = 1, 10.0
"""The sizes of the published types a, b and c, one instance of each from a fixed seed, and the solver's time for each."""

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance: costs and units by (agent, job), capacities by agent."""

    name: str
    costs: Int64s
    units: Int64s
    capacities: Int64s


def read_instances(text: str, *, name: str, maximise: bool = False) -> Iterator[Instance]:
    """Yield the instances of a file; profits to maximise become costs below zero."""
    numbers = np.array(text.split(), dtype=np.int64)
    place = 1
    for instance in range(int(numbers[0])):
        agents, jobs = numbers[place : place + 2].tolist()
        place += 2
        table = numbers[place : place + 2 * agents * jobs].reshape(2, agents, jobs)
        place += table.size
        costs = -table[0] if maximise else table[0]
        yield Instance(f"{name}-{instance + 1}", costs, table[1], numbers[place : place + agents])
        place += agents


def draw_instance(kind: str, *, agents: int, jobs: int, seed: int) -> Instance:
    """Return an instance of type a, b, c, d or e."""
    rng = np.random.default_rng([ord(kind), agents, jobs, seed])
    shape = (agents, jobs)
    if kind == "e":
        units = np.ceil(1 - 10 * np.log(1 - rng.random(shape))).astype(np.int64)
        costs = np.ceil(1000 / units - 10 * rng.random(shape)).astype(np.int64)
    elif kind == "d":
        units = rng.integers(1, 101, shape)
        costs = 111 - units + rng.integers(-10, 11, shape)
    else:
        units, costs = rng.integers(5, 26, shape), rng.integers(10, 51, shape)
    return Instance(f"{kind}-{agents}x{jobs}-{seed}", costs, units, _capacities(kind, costs, units))


def _capacities(kind: str, costs: Int64s, units: Int64s) -> Int64s:
    agents, jobs = units.shape
    if kind in "cde":
        return (0.8 * units.sum(axis=1) / agents).astype(np.int64)
    cheapest = costs.argmin(axis=0)
    most = np.bincount(cheapest, weights=units[cheapest, np.arange(jobs)], minlength=agents).max()
    loose = 9 * (jobs / agents) + 0.4 * most
    return np.full(agents, int(loose if kind == "a" else 0.7 * loose), dtype=np.int64)


def measure_assignment(*, agents: Sequence[int] = AGENTS, jobs: Sequence[int] = JOBS, seconds: float = SECONDS) -> Figures:
    """Return by type how far the worst answer lies above its bound, in per cent, and how many are proven to be the best."""
    worst: dict[str, float] = {}
    proven: dict[str, str] = {}
    for kind in KINDS:
        drawn = [draw_instance(kind, agents=some, jobs=many, seed=SEED) for some in agents for many in jobs]
        found = [assign(each.costs, each.units, each.capacities, seconds) for each in drawn]
        worst[kind] = round(max(100 * (each.objective / each.bound - 1) for each in found), 4)
        proven[kind] = f"{sum(each.objective == each.bound for each in found)} of {len(found)}"
    return {"assignment_over_bound_pct": worst, "assignment_proven": proven, "assignment_seconds_each": seconds}


def main() -> None:
    """Solve what the command line names and print a line for each."""
    wanted = _parse()
    for instance in _instances(wanted):
        began = perf_counter()
        found = assign(instance.costs, instance.units, instance.capacities, wanted.seconds)
        print(_told(instance, found, perf_counter() - began), flush=True)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generalised_assignment", description=__doc__)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--maximise", action="store_true", help="the files hold profits")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the solver, for each instance")
    parser.add_argument("--drawn", default="", help="types to draw, such as abc")
    parser.add_argument("--agents", type=int, nargs="*", default=[5, 10, 20])
    parser.add_argument("--jobs", type=int, nargs="*", default=[100, 200])
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _instances(wanted: argparse.Namespace) -> Iterator[Instance]:
    for file in wanted.files:
        yield from read_instances(file.read_text(), name=file.stem, maximise=wanted.maximise)
    for kind in wanted.drawn:
        for agents in wanted.agents:
            for jobs in wanted.jobs:
                yield draw_instance(kind, agents=agents, jobs=jobs, seed=wanted.seed)


def _told(instance: Instance, found: Assignment, seconds: float) -> str:
    gap = f"{found.objective - found.bound:,.0f} above the bound" if np.isfinite(found.objective) else "nothing found"
    return f"{instance.name:>16}  {found.objective:>10,.0f}  {gap:>24}  {seconds:6.1f} s"


if __name__ == "__main__":
    main()
