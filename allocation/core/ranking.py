"""Picking the least of each row of an array, and adding up in the order given."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]

FARTHEST = np.int64(2**62)


def filled(served: Bools, values: Int64s) -> Int64s:
    """Return the values of those that are served, and -1 for the others."""
    filled = np.full(len(served), -1, dtype=np.int64)
    filled[served] = values
    return filled


def narrow(candidates: Bools, values: Int64s) -> Bools:
    """Return which candidates of each row have that row's least value."""
    masked = np.where(candidates, values, FARTHEST)
    return candidates & (masked == masked.min(axis=1, keepdims=True, initial=FARTHEST))


def first_by(candidates: Bools, rank: Int64s) -> Int64s:
    """Return the first of each row's candidates by the columns' rank."""
    return np.where(candidates, rank, FARTHEST).argmin(axis=1)


def running_totals(cell: Int64s, units: Int64s) -> Int64s:
    """Return, for each entry, the units asked of its cell up to and including it, in the order given."""
    order = np.argsort(cell, kind="stable")
    totals = np.cumsum(units[order])
    begins = np.flatnonzero(np.append(True, np.diff(cell[order]) != 0))
    before = np.repeat(np.append(0, totals)[begins], np.diff(np.append(begins, len(cell))))
    result = np.empty_like(totals)
    result[order] = totals - before
    return result
