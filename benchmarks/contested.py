"""Contended batches, drawn from a seed: orders of one to three articles, popular ones scarce, stock unevenly spread over warehouses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from allocation.core.joint import Contest
from allocation.core.joint.contest import NOWHERE

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]

UNSERVED_MINOR = 2_500
"""What an unserved order is counted as: more than any shipment of these batches, about three times the usual one."""
LINES, LINE_SHARES = (1, 2, 3), (0.6, 0.25, 0.15)
UNITS = (1, 1, 1, 2)
POPULARITY_EXPONENT = 0.8
SHARE_OF_WAREHOUSES_THAT_STOCK_IT = 0.7


def draw_contest(*, orders: int, demand_pct: int, seed: int, warehouses: int = 20, skus: int = 400) -> Contest:
    """Return a contest in which, of every article, `demand_pct` % of the units that there are are asked for."""
    rng = np.random.default_rng([orders, demand_pct, seed, warehouses, skus])
    counts = rng.choice(LINES, size=orders, p=LINE_SHARES)
    popularity = np.arange(1, skus + 1) ** -POPULARITY_EXPONENT
    popularity /= popularity.sum()
    need_row = np.concatenate([np.sort(rng.choice(skus, size=count, replace=False, p=popularity)) for count in counts])
    need_units = rng.choice(UNITS, size=len(need_row)).astype(np.int64)
    starts = np.cumsum(counts) - counts
    cost = _costs(rng, np.add.reduceat(rng.uniform(0.3, 5, skus)[need_row] * need_units, starts), warehouses)
    demand = np.bincount(need_row, weights=need_units, minlength=skus)
    return Contest(
        cost=cost,
        preference=np.argsort(np.argsort(cost, axis=1, kind="stable"), axis=1),
        starts=starts,
        need_row=need_row,
        need_units=need_units,
        stock=_stock(rng, np.ceil(demand * 100 / demand_pct).astype(np.int64), warehouses),
        priority=np.zeros(orders, dtype=np.int64),
        unserved=np.full(orders, UNSERVED_MINOR, dtype=np.int64),
    )


def _costs(rng: np.random.Generator, mass_kg: Floats, warehouses: int) -> Int64s:
    """Return landed costs that grow with weight and with the distance on a square of 100 × 100."""
    origins, places = rng.uniform(0, 100, (warehouses, 2)), rng.uniform(0, 100, (len(mass_kg), 2))
    distance = np.hypot(*(places[:, None, axis] - origins[None, :, axis] for axis in (0, 1)))
    handling = rng.integers(0, 60, (1, warehouses))
    cost = 350 + 60 * mass_kg[:, None] + (2.2 + 0.9 * mass_kg[:, None]) * distance + handling
    return np.minimum(np.round(cost), UNSERVED_MINOR - 1).astype(np.int64)


def _stock(rng: np.random.Generator, units: Int64s, warehouses: int) -> Int64s:
    shares = rng.dirichlet(np.ones(warehouses), size=len(units)) * (
        rng.random((len(units), warehouses)) < SHARE_OF_WAREHOUSES_THAT_STOCK_IT
    )
    return np.stack(
        [rng.multinomial(n, row / row.sum()) if row.sum() else np.zeros(warehouses) for n, row in zip(units, shares, strict=True)]
    ).astype(np.int64)


def first_come(contest: Contest) -> Int64s:
    """Return what greedy decides: one order after the other goes to its best offer on what is left."""
    left = contest.stock.copy()
    warehouse = np.full(len(contest), NOWHERE, dtype=np.int64)
    for order, (start, count) in enumerate(zip(contest.starts.tolist(), contest.need_counts.tolist(), strict=True)):
        rows, units = contest.need_row[start : start + count], contest.need_units[start : start + count]
        fits = (left[rows] >= units[:, None]).all(axis=0) & (contest.cost[order] >= 0)
        if fits.any():
            chosen = int(np.where(fits, contest.preference[order], np.iinfo(np.int64).max).argmin())
            left[rows, chosen] -= units
            warehouse[order] = chosen
    return warehouse
