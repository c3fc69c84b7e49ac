"""Contended streams of orders, each order decided as it comes: by cost alone, and by cost and what its units are worth to later orders.

As many orders went before the stream as it has; they are the period that prices are first found from. Prices are found anew
SOLVED times on the way, each time from as many orders before as are still to come. An order left unserved is counted as
`contested.UNSERVED_MINOR`.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import numpy as np
import numpy.typing as npt

from allocation.core.joint import Contest
from allocation.core.joint.contest import NOWHERE, score_of
from allocation.core.stock_prices import solve_unit_prices
from benchmarks.contested import UNSERVED_MINOR, draw_contest, first_come
from benchmarks.report import Figures

Int64s = npt.NDArray[np.int64]

ORDERS = 3_000
SOLVED = 10
SEEDS = (101, 102, 103)
"""Nothing was tuned on these."""
ARTICLES = (400, 50)
DEMANDS_PCT = (60, 80, 100)


def measure_stock_prices() -> Figures:
    """Return how much less the streams cost with prices, in per cent, by articles and demand: medians over seeds, and the least."""
    saved = {str(skus): {str(demand): [_saved_pct(skus, demand, seed) for seed in SEEDS] for demand in DEMANDS_PCT} for skus in ARTICLES}
    return {
        "stock_prices_saved_pct": {skus: {demand: median(each) for demand, each in by.items()} for skus, by in saved.items()},
        "stock_prices_saved_pct_least": {skus: {demand: min(each) for demand, each in by.items()} for skus, by in saved.items()},
        "stock_prices_seeds": list(SEEDS),
    }


def _saved_pct(skus: int, demand_pct: int, seed: int) -> float:
    everything = draw_contest(orders=2 * ORDERS, demand_pct=2 * demand_pct, seed=seed, skus=skus)
    stream = everything.only(np.arange(ORDERS, 2 * ORDERS), everything.stock)
    plain, priced = _total(stream, first_come(stream)), _total(stream, _with_prices(everything))
    print(f"{skus} articles, demand {demand_pct} %, seed {seed}: prices save {100 - priced / plain * 100:.2f} %", flush=True)
    return round(100 - priced / plain * 100, 2)


def _with_prices(everything: Contest) -> Int64s:
    """Return where the stream's orders go, one after the other, by cost and prices."""
    left, chosen = everything.stock.copy(), np.full(ORDERS, NOWHERE, dtype=np.int64)
    for begin in range(0, ORDERS, ORDERS // SOLVED):
        now = ORDERS + begin
        unit = solve_unit_prices(everything.only(np.arange(begin + now - ORDERS, now), left))
        part = everything.only(np.arange(now, now + ORDERS // SOLVED), left)
        taken = np.add.reduceat(unit[part.need_row] * part.need_units[:, None], part.starts, axis=0)
        preference = np.argsort(np.argsort(part.cost + taken, axis=1, kind="stable"), axis=1)
        went = first_come(replace(part, preference=preference))
        chosen[begin : begin + len(went)], left = went, part.left_by(went)
    return chosen


def _total(contest: Contest, warehouse: Int64s) -> int:
    score = score_of(contest, warehouse)
    return sum(score.unserved) * UNSERVED_MINOR + score.cost_minor
