"""HiGHS for 0/1 programs and their relaxations: one thread, a fixed seed, and no other limit than those given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from highspy._core import _Highs

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]

INFINITY = math.inf
COLUMNWISE, MINIMIZE = 1, 1
OUT_OF_TIME = "kTimeLimit"
WHOLE = 0.5
"""A column above this is taken in a 0/1 solution."""
NEIGHBOURHOOD_OPTIONS = ("mip_heuristic_run_rins", "mip_heuristic_run_rens", "mip_heuristic_run_root_reduced_cost")


class SolverStopped(Exception):
    """The solver had no answer: out of time, or it failed; `timed_out` says which."""

    def __init__(self, *, status: str, timed_out: bool) -> None:
        super().__init__(status)
        self.timed_out = timed_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Least `cost` of columns in [0, 1] with row_lower <= rows <= row_upper; entry e is `value[e]` at (`row[e]`, `column[e]`)."""

    cost: Floats
    row: Int64s
    column: Int64s
    value: Floats
    row_lower: Floats
    row_upper: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """The columns' values, the rows' duals (of a relaxation), and what is proven: no solution costs less than `bound`."""

    values: Floats
    row_duals: Floats
    objective: float
    bound: float
    seconds: float

    @property
    def taken(self) -> npt.NDArray[np.bool_]:
        """Return which columns a 0/1 solution takes."""
        return self.values > WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How far the search for a 0/1 solution goes: it ends at a relative `gap`, after `most_nodes`, or when time is over.

    `tries_neighbourhoods` lets it look for solutions in smaller programs of its own.
    """

    gap: float
    most_nodes: int = 2**31 - 1
    tries_neighbourhoods: bool = True


def relax(program: Program, *, time_limit_s: float, large: bool = False) -> Solution:
    """Return the optimum with fractions allowed; a `large` program by interior points. Raises SolverStopped where there is none in time."""
    return _run(program, time_limit_s, {"solver": "ipm"} if large else {}, None)


def solve(program: Program, *, effort: Effort, time_limit_s: float, start: Int64s | None = None, keep_late: bool = False) -> Solution:
    """Return the best 0/1 solution found; `start` are the columns of a known one.

    Raises SolverStopped where there is none in time; with `keep_late`, what time cut short is an answer too.
    """
    options: dict[str, float | int | str] = {"mip_rel_gap": effort.gap, "mip_abs_gap": 1e-6, "mip_max_nodes": effort.most_nodes}
    if not effort.tries_neighbourhoods:
        options |= dict.fromkeys(NEIGHBOURHOOD_OPTIONS, False)
    return _run(program, time_limit_s, options, np.empty(0, dtype=np.int64) if start is None else start, keep_late=keep_late)


def _run(
    program: Program, time_limit_s: float, options: Mapping[str, float | int | str], start: Int64s | None, *, keep_late: bool = False
) -> Solution:
    highs = _make_solver()
    settings = {"output_flag": False, "threads": 1, "parallel": "off", "random_seed": 0, "time_limit": max(time_limit_s, 0.0), **options}
    for name, value in settings.items():
        highs.setOptionValue(name, value)
    _pass_model(highs, program, integral=start is not None)
    if start is not None and len(start):
        highs.setSolution(len(start), start.astype(np.int32), np.ones(len(start)))
    highs.run()
    return _answer(highs, integral=start is not None, keep_late=keep_late)


def _make_solver() -> _Highs:
    """Return a solver that says nothing.

    It is loaded when it is first needed: most processes never decide anything together. The class that the package makes public
    sets up callbacks before it can be told to be silent, which prints a banner to standard output.
    """
    from highspy._core import _Highs  # noqa: PLC0415

    return _Highs()


def _pass_model(highs: _Highs, program: Program, *, integral: bool) -> None:
    columns, rows = len(program.cost), len(program.row_upper)
    order = np.argsort(program.column, kind="stable")
    starts = np.searchsorted(program.column[order], np.arange(columns))
    highs.passModel(
        columns,
        rows,
        len(order),
        COLUMNWISE,
        MINIMIZE,
        0.0,
        program.cost,
        np.zeros(columns),
        np.ones(columns),
        program.row_lower,
        program.row_upper,
        starts.astype(np.int32),
        program.row[order].astype(np.int32),
        program.value[order],
        np.full(columns, int(integral), dtype=np.int32),
    )


def _answer(highs: _Highs, *, integral: bool, keep_late: bool) -> Solution:
    status, info, found = highs.getModelStatus(), highs.getInfo(), highs.getSolution()
    fine = {"kOptimal", "kModelEmpty"}
    if integral:
        fine.add("kSolutionLimit")
    if keep_late:
        fine.add(OUT_OF_TIME)
    if status.name not in fine or not found.value_valid:
        raise SolverStopped(status=highs.modelStatusToString(status), timed_out=status.name == OUT_OF_TIME)
    return Solution(
        values=np.array(found.col_value),
        row_duals=np.array(found.row_dual),
        objective=info.objective_function_value,
        bound=info.mip_dual_bound if integral else info.objective_function_value,
        seconds=highs.getRunTime(),
    )
