"""The numbers of docs/decisions.md, computed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from allocation.core.joint import Contest, decide_together, unserved_by_priority
from benchmarks.contested import first_come

DOCUMENT = Path(__file__).resolve().parents[4] / "docs" / "decisions.md"
WAREHOUSES = ("NJ1", "DAL")


def _rows() -> dict[str, list[str]]:
    """Return the cells of the section's table by the first one."""
    section = DOCUMENT.read_text().split("## Deciding together", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith(("| 1 |", "| 2 |", "| sum |"))]
    return {cells[0]: cells[1:] for cells in ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)}


def _minor(text: str) -> int:
    return round(float(text) * 100)


def test_the_table_of_two_orders_says_what_is_decided() -> None:
    rows = _rows()
    cost = np.array([[_minor(text) for text in rows[order][:2]] for order in ("1", "2")])
    nothing = np.zeros(2, dtype=np.int64)
    contest = Contest(
        cost=cost,
        preference=np.argsort(np.argsort(cost, axis=1), axis=1),
        starts=np.arange(2),
        need_row=nothing,
        need_units=nothing + 1,
        stock=np.array([[1, 5]]),
        priority=nothing,
        unserved=unserved_by_priority(cost=cost, priority=nothing),
    )
    start = first_come(contest)
    keys = {"order_keys": np.arange(2), "row_keys": np.arange(1), "warehouse_keys": np.arange(2)}
    together = decide_together(contest, start=start, **keys, time_limit_s=60.0).warehouse
    for column, decided in ((2, start), (3, together)):
        told = [f"{WAREHOUSES[w]} {cost[k, w] / 100:.2f}" for k, w in enumerate(decided.tolist())]
        assert [rows["1"][column], rows["2"][column]] == told
        assert _minor(rows["sum"][column]) == sum(cost[k, w] for k, w in enumerate(decided.tolist()))
