"""`make bench-pricing`: how fast parcels are priced, by rate cards and live.

Writes benchmarks/results/pricing.json and prints its figures: medians over the samples, with their spread beside them. What is
measured is said in benchmarks/prices and benchmarks/live_quotes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.live_quotes import live_seconds
from benchmarks.prices.compiling import Compiled, sample
from benchmarks.prices.throughput import compiled_prices_per_s, lone_quotes_per_s, scalar_quotes_per_s
from benchmarks.report import Figures, surroundings
from benchmarks.services import CHECKOUT

RESULTS = CHECKOUT / "benchmarks" / "results" / "pricing.json"
SINGLE_FIGURES = (
    "scalar_quotes_per_s",
    "lone_quotes_per_s",
    "compiled_prices_per_s",
    "compile_s",
    "compile_mb",
    "live_fanout_s",
    "live_hang_s",
)


def main() -> None:
    """Measure everything, and store and print it."""
    wanted = _parse()
    result = {
        **surroundings(),
        **_rate("scalar_quotes_per_s", scalar_quotes_per_s(wanted.samples)),
        **_rate("lone_quotes_per_s", lone_quotes_per_s(wanted.samples)),
        **_rate("compiled_prices_per_s", compiled_prices_per_s(wanted.samples)),
        **_compiling([sample() for _ in range(wanted.samples)]),
        **_live(wanted.rounds),
    }
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    wanted.out.write_text(json.dumps(result, indent=2) + "\n")
    print("\n".join(f"{key:>24}: {result[key]}" for key in SINGLE_FIGURES))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pricing", description=__doc__)
    parser.add_argument("--samples", type=int, default=7, help="samples of each figure by rate cards")
    parser.add_argument("--rounds", type=int, default=5, help="batches of live quotes; after five the hanging account is left alone")
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


def _rate(name: str, samples: Sequence[float]) -> Figures:
    return {name: round(median(samples)), f"{name}_spread": [round(min(samples)), round(max(samples))], f"{name}_samples": len(samples)}


def _compiling(samples: Sequence[Compiled]) -> Figures:
    def middle(name: str) -> float:
        return round(median(getattr(one, name) for one in samples), 2)

    seconds = [one.seconds for one in samples]
    return {
        "compile_s": middle("seconds"),
        "compile_s_spread": [round(min(seconds), 2), round(max(seconds), 2)],
        "compile_s_samples": len(samples),
        "compile_mb": middle("held_mb"),
        "compile_cpu_s": {part: middle(f"{part}_cpu_seconds") for part in ("reading", "compiling", "filling")},
    }


def _live(rounds: int) -> Figures:
    """Return the slowest round: what is promised is a deadline."""
    result: Figures = {"live_rounds": rounds}
    for name, seconds in live_seconds(rounds).items():
        result |= {name: round(max(seconds), 3), f"{name}_spread": [round(min(seconds), 3), round(max(seconds), 3)]}
    return result


if __name__ == "__main__":
    main()
