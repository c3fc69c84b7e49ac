"""The numbers of docs/decisions.md, computed."""

from __future__ import annotations

import numpy as np
import pytest

from allocation.core.joint import Contest, decide_together, unserved_by_priority
from benchmarks.contested import first_come
from tests.allocation.core.test_decisions_doc import table

WAREHOUSES = ("NJ1", "DAL")


def _amount(text: str) -> int:
    """Return a sum of money in cents, or a distance in kilometres."""
    return int(text.removesuffix(" km")) if text.endswith(" km") else round(float(text) * 100)


def _chosen(text: str) -> tuple[str, int]:
    code, amount = text.split(" ", 1)
    return code, _amount(amount)


@pytest.mark.parametrize(("marker", "wish_weight"), [("together by cents", 0), ("together by metres", 1)])
def test_the_table_of_two_orders_says_what_is_decided(marker: str, wish_weight: int) -> None:
    *orders, totals = table(marker)
    cost = np.array([[_amount(row[f"from {code}"]) for code in WAREHOUSES] for row in orders])
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
        wish_weight=wish_weight,
    )
    start = first_come(contest)
    keys = {"order_keys": np.arange(2), "row_keys": np.arange(1), "warehouse_keys": np.arange(2)}
    together = decide_together(contest, start=start, **keys, time_limit_s=60.0).warehouse
    for column, decided in (("first come", start.tolist()), ("together", together.tolist())):
        assert [_chosen(row[column]) for row in orders] == [(WAREHOUSES[w], cost[k, w]) for k, w in enumerate(decided)]
        assert _amount(totals[column]) == sum(cost[k, w] for k, w in enumerate(decided))
