"""Contended batches of 5,000 orders, decided first come, first served, and together, against the relaxation's bound.

The bound is clairvoyant: an LP over the whole batch with all its offers. What an order left unserved is counted as is
`contested.UNSERVED_MINOR`. Seconds are processor time on one core, the greedy start not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from time import process_time

import numpy as np

from allocation.core.joint import Contest, JointPlan, decide_together
from allocation.core.joint.contest import score_of
from allocation.core.joint.search import program_of
from allocation.core.joint.solver import relax
from benchmarks.contested import UNSERVED_MINOR, draw_contest, first_come
from benchmarks.report import Figures

ORDERS = 5_000
DEMANDS_PCT = (60, 70, 80, 90, 100, 110)
SEEDS = (101, 102, 103)
"""Nothing was tuned on these."""
NO_LIMIT_S = 3_600.0


@dataclass(frozen=True, slots=True)
class _Run:
    greedy_over_pct: float
    joint_over_pct: float
    seconds: float
    unserved: tuple[int, int]


def measure_joint() -> Figures:
    """Return how far greedy and joint decisions are above the bound by demand, medians over seeds and the worst, and what a batch takes."""
    runs = {demand: [_run(demand, seed) for seed in SEEDS] for demand in DEMANDS_PCT}
    seconds = [run.seconds for each in runs.values() for run in each]
    return {
        "joint_over_bound_pct": {str(demand): _middle([run.joint_over_pct for run in each]) for demand, each in runs.items()},
        "joint_over_bound_pct_worst": _spread([run.joint_over_pct for each in runs.values() for run in each])[-1],
        "greedy_over_bound_pct": {str(demand): _middle([run.greedy_over_pct for run in each]) for demand, each in runs.items()},
        "joint_over_bound_pct_spread": {str(demand): _spread([run.joint_over_pct for run in each]) for demand, each in runs.items()},
        "unserved_greedy_joint": {str(demand): [run.unserved for run in each] for demand, each in runs.items()},
        "joint_s_per_5000": _middle(seconds),
        "joint_s_per_5000_spread": _spread(seconds),
        "joint_batches": len(seconds),
        "joint_seeds": list(SEEDS),
        "unserved_counted_as_minor": UNSERVED_MINOR,
    }


def _run(demand_pct: int, seed: int) -> _Run:
    contest = draw_contest(orders=ORDERS, demand_pct=demand_pct, seed=seed)
    bound, start = _bound(contest), first_come(contest)
    began = process_time()
    plan = _decide(contest, start)
    seconds = process_time() - began
    greedy = score_of(contest, start)
    over = [(sum(score.unserved) * UNSERVED_MINOR + score.cost_minor) / bound * 100 - 100 for score in (greedy, plan.score)]
    print(f"demand {demand_pct:>3} % seed {seed}: greedy +{over[0]:.2f} %, together +{over[1]:.2f} %, {seconds:.2f} s", flush=True)
    return _Run(over[0], over[1], seconds, (sum(greedy.unserved), sum(plan.score.unserved)))


def _decide(contest: Contest, start: np.ndarray) -> JointPlan:
    rows, warehouses = (np.arange(n) for n in contest.stock.shape)
    return decide_together(
        contest, start=start, order_keys=np.arange(len(contest)), row_keys=rows, warehouse_keys=warehouses, time_limit_s=NO_LIMIT_S
    )


def _bound(contest: Contest) -> float:
    orders, warehouses = np.nonzero(contest.fits(contest.stock))
    relaxed = relax(program_of(contest, orders, warehouses, contest.stock), time_limit_s=NO_LIMIT_S, large=True)
    return relaxed.bound + float(contest.unserved.sum())


def _middle(values: list[float]) -> float:
    return round(median(values), 2)


def _spread(values: list[float]) -> list[float]:
    return [round(min(values), 2), round(max(values), 2)]
