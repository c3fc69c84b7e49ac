"""Prices of scarce units: the worked numbers of docs/decisions.md, and what has no price."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from allocation.core.joint import Contest
from allocation.core.joint.contest import NO_OFFER
from allocation.core.stock_prices import StockPrices, solve_unit_prices

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "decisions.md"
LAMP, SHADE, NEAR, FAR = 0, 1, 0, 1


def _period(lamps_near: int) -> Contest:
    """Return three orders of a lamp and a shade: NEAR serves them for 5.00, FAR has no shade."""
    cost = np.array([[500, NO_OFFER]] * 3)
    return Contest(
        cost=cost,
        preference=np.array([[0, 1]] * 3),
        starts=np.array([0, 2, 4]),
        need_row=np.array([LAMP, SHADE] * 3),
        need_units=np.ones(6, dtype=np.int64),
        stock=np.array([[lamps_near, 5], [6, 0]]),
        priority=np.zeros(3, dtype=np.int64),
        unserved=np.ones(3, dtype=np.int64),
    )


def _told() -> dict[str, list[int]]:
    section = DOCUMENT.read_text().split("<!-- stock prices -->", 1)[1].split("\n\n", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "| 5.00" in line or "| 7.00" in line]
    return {code: [round(float(text) * 100) for text in figures] for code, *figures in rows}


def test_the_worked_numbers_are_what_is_found() -> None:
    prices = solve_unit_prices(_period(lamps_near=2))
    told = _told()
    for code, column in (("NEAR", NEAR), ("FAR", FAR)):
        cost, price, both = told[code]
        assert prices[LAMP, column] == pytest.approx(price, abs=15)
        assert cost + price == both
    assert told["FAR"][2] < told["NEAR"][2]


def test_what_suffices_for_all_has_no_price() -> None:
    assert not solve_unit_prices(_period(lamps_near=3)).any()


def test_prices_are_found_by_sku_and_warehouse_and_the_rest_costs_nothing() -> None:
    held = StockPrices(id=1, sku_ids=np.array([7, 7, 9]), warehouse_ids=np.array([1, 2, 2]), minor=np.array([10, 20, 30]))
    assert held.of(sku_ids=np.array([9, 8, 7]), warehouse_ids=np.array([2, 1, 3])).tolist() == [[30, 0, 0], [0, 0, 0], [20, 10, 0]]
    assert held.by_cell() == {(7, 1): 10, (7, 2): 20, (9, 2): 30}
