"""`make bench-decisions`: how good decisions are, and how fast; writes benchmarks/results/decisions.json.

Each part is a module of its own, named in PARTS, and returns its figures: contended batches against the bound
(`decisions_joint`), splits against exhaustive search, rules, generalised assignment, records decided again, and a what-if run.
What is measured, and how, is in docs/decisions.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from benchmarks.backtest import measure_backtest
from benchmarks.decisions_joint import measure_joint
from benchmarks.decisions_replay import measure_replay
from benchmarks.decisions_rules import measure_rules
from benchmarks.decisions_stock_prices import measure_stock_prices
from benchmarks.generalised_assignment import measure_assignment
from benchmarks.report import Figures, surroundings
from benchmarks.services import CHECKOUT
from tests.allocation.core.splits.exhaustive import exhaustive_differences

RESULTS = CHECKOUT / "benchmarks" / "results" / "decisions.json"


def _exhaustive() -> Figures:
    return {"exhaustive_differences": exhaustive_differences()}


def _rules() -> Figures:
    timing = measure_rules()
    return {"rules_ms_1000x1000": round(timing.milliseconds, 1), "rules_orders_matched": timing.matched}


PARTS: dict[str, Callable[[], Figures]] = {
    "exhaustive": _exhaustive,
    "joint": measure_joint,
    "stock_prices": measure_stock_prices,
    "rules": _rules,
    "assignment": measure_assignment,
    "replay": measure_replay,
    "backtest": measure_backtest,
}


def main() -> None:
    """Measure the parts that are asked for, keep the figures of the others, and print what was found."""
    wanted = _parse()
    result = json.loads(wanted.out.read_text()) if wanted.out.exists() else {}
    result |= surroundings()
    for name in wanted.parts:
        began = perf_counter()
        figures = PARTS[name]()
        result |= figures
        result["part_seconds"] = {**result.get("part_seconds", {}), name: round(perf_counter() - began, 1)}
        print(f"{name}: {json.dumps(figures, indent=2)}", flush=True)
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    wanted.out.write_text(json.dumps(result, indent=2) + "\n")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decisions", description=__doc__)
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=list(PARTS), help="only these parts")
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
