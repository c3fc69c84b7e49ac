"""The carriers' own prices of many shipments are found in one look, each by its order and warehouse."""

from __future__ import annotations

import numpy as np

from allocation.core.live_costing import SaidPrices


def said(*cells: tuple[int, int, int]) -> SaidPrices:
    """Return prices by (order, warehouse, amount)."""
    order, warehouse, amount = np.array(cells, dtype=np.int64).T
    return SaidPrices(order=order, warehouse=warehouse, amount_minor=amount, days=order * 0, currency=np.array([b"USD"] * len(cells)))


def test_each_shipment_has_the_price_of_its_order_and_warehouse() -> None:
    prices = said((7, 0, 925), (0, 3, 801), (0, 1, 750), (7, 3, 990))
    found = prices.amounts_of(np.array([0, 7, 7, 0, 0]), np.array([1, 3, 0, 3, 1]))
    assert found.tolist() == [750, 990, 925, 801, 750]


def test_no_shipments_have_no_prices() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert said((1, 1, 925)).amounts_of(nothing, nothing).tolist() == []
