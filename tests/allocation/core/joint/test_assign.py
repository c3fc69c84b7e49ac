"""Generalised assignment: the optimum where it can be counted out, and sound bounds on the published kinds of instances."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from allocation.core.joint import assign
from benchmarks.generalised_assignment import draw_instance, measure_assignment, read_instances


def _cheapest(costs: np.ndarray, units: np.ndarray, capacities: np.ndarray) -> float:
    agents, jobs = costs.shape
    at, best = np.arange(jobs), math.inf
    for choice in product(range(agents), repeat=jobs):
        chosen = np.array(choice, dtype=np.int64)
        if (np.bincount(chosen, weights=units[chosen, at], minlength=agents) <= capacities).all():
            best = min(best, float(costs[chosen, at].sum()))
    return best


def test_finds_and_proves_the_optimum_of_small_instances() -> None:
    feasible = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        agents, jobs = rng.integers(1, 4), rng.integers(1, 7)
        costs, units = rng.integers(1, 20, (agents, jobs)), rng.integers(1, 9, (agents, jobs))
        capacities = rng.integers(1, 20, agents)
        best = _cheapest(costs, units, capacities)
        found = assign(costs, units, capacities, 10.0)
        assert (found.objective, found.bound) == (best, best)
        feasible += math.isfinite(best)
    assert 50 < feasible < 200


@pytest.mark.parametrize("kind", "abcde")
def test_keeps_within_the_capacities_and_above_the_bound(kind: str) -> None:
    drawn = draw_instance(kind, agents=5, jobs=60, seed=1)
    agents, objective, bound = assign(drawn.costs, drawn.units, drawn.capacities, 10.0)
    jobs = np.arange(60)
    load = np.bincount(agents, weights=drawn.units[agents, jobs], minlength=5)
    assert (load <= drawn.capacities).all()
    assert drawn.costs[agents, jobs].sum() == objective
    assert bound <= objective <= bound * 1.1


def test_the_benchmark_tells_how_far_each_type_is_from_its_bound() -> None:
    figures = measure_assignment(agents=(3,), jobs=(20,), seconds=10.0)
    assert figures["assignment_proven"] == {"a": "1 of 1", "b": "1 of 1", "c": "1 of 1"}
    assert figures["assignment_over_bound_pct"] == {"a": 0.0, "b": 0.0, "c": 0.0}


def test_type_a_is_solved_to_the_optimum() -> None:
    drawn = draw_instance("a", agents=20, jobs=200, seed=1)
    found = assign(drawn.costs, drawn.units, drawn.capacities, 60.0)
    assert found.objective == found.bound


def test_says_so_where_nothing_can_be_assigned() -> None:
    found = assign([[1, 1]], [[3, 3]], [5], 1.0)
    assert found.agents.tolist() == [-1, -1]
    assert (found.objective, found.bound) == (math.inf, math.inf)


def test_a_job_that_no_agent_can_take_leaves_nothing() -> None:
    assert assign([[1, 1], [1, 1]], [[3, 9], [3, 9]], [5, 5], 1.0).agents.tolist() == [-1, -1]


def test_without_time_for_the_solver_what_the_search_finds_is_returned_with_a_sound_bound() -> None:
    drawn = draw_instance("a", agents=5, jobs=100, seed=1)
    hurried = assign(drawn.costs, drawn.units, drawn.capacities, 0.0)
    best = assign(drawn.costs, drawn.units, drawn.capacities, 60.0)
    assert (hurried.agents >= 0).all()
    assert hurried.bound <= best.objective <= hurried.objective


def test_the_same_instance_has_the_same_answer() -> None:
    drawn = draw_instance("b", agents=5, jobs=30, seed=2)
    first, again = (assign(drawn.costs, drawn.units, drawn.capacities, 60.0) for _ in range(2))
    assert first.agents.tolist() == again.agents.tolist()


def test_no_jobs_cost_nothing() -> None:
    assert assign(np.empty((2, 0)), np.empty((2, 0)), [1, 1], 1.0).objective == 0


def test_arrays_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="agents × jobs"):
        assign([[1, 2]], [[1]], [1], 1.0)
    with pytest.raises(ValueError, match="negative"):
        assign([[1]], [[-1]], [1], 1.0)


def test_reads_instances_as_the_library_writes_them() -> None:
    text = "2\n2 3\n 1 2 3\n 4 5 6\n 7 8 9\n 1 1 1\n 20 21\n 1 1\n 5\n 6\n 7\n"
    first, second = read_instances(text, name="gap")
    assert first.costs.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert first.units.tolist() == [[7, 8, 9], [1, 1, 1]]
    assert first.capacities.tolist() == [20, 21]
    assert (second.name, second.costs.tolist(), second.capacities.tolist()) == ("gap-2", [[5]], [7])
    profits = next(read_instances(text, name="gap", maximise=True))
    assert profits.costs.tolist() == [[-1, -2, -3], [-4, -5, -6]]
