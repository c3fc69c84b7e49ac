"""The worked numbers of docs/decisions.md, section Splits, are executed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from allocation.core.splits.plan import plan_splits
from allocation.core.splits.types import SplitLimits, SplitOrder
from tests.allocation.core.splits.exhaustive import RandomOrder, priced
from wms.values.money import format_minor, to_minor

PAGE = (Path(__file__).parents[4] / "docs/decisions.md").read_text(encoding="utf-8")

type Row = dict[str, str]


def table(marker: str) -> list[Row]:
    found = re.search(rf"<!-- {marker} -->\n((?:\|.*\n)+)", PAGE)
    assert found is not None
    head, _, *rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in found[1].splitlines()]
    return [dict(zip(head, row, strict=True)) for row in rows]


PRICES: dict[tuple[int, tuple[int, ...]], int] = {
    (warehouse, (int(row["lamps"]), int(row["rugs"]))): to_minor(row[name], "USD")
    for row in table("parcels")
    for warehouse, name in enumerate(("DAL", "NJ1"))
}


def goods(text: str) -> tuple[int, int]:
    """Return (lamps, rugs) of "1 lamp, 2 rug"; "–" is none."""
    lamps, rugs = (re.search(rf"(\d+) {name}", text) for name in ("lamp", "rug"))
    return int(lamps[1]) if lamps else 0, int(rugs[1]) if rugs else 0


@pytest.mark.parametrize("row", table("splits"))
def test_a_row_comes_out_as_written(row: Row) -> None:
    units = (int(row["lamps"]), int(row["rugs"]))
    limits = SplitLimits(
        most_shipments=2, least_value=int(row["least half"]), price_per_split_minor=to_minor(row["price of a split"], "USD")
    )
    order = SplitOrder(
        units=units,
        unit_values=(1, 1),
        stock=np.array([goods(row["in DAL"]), goods(row["in NJ1"])]).T,
        metres=np.zeros(2, dtype=np.int64),
        limits=limits,
    )
    case = RandomOrder(order, lambda warehouse, parcel: (PRICES[warehouse, parcel], 2))
    (plan,) = plan_splits(orders=[order], price=lambda parcels: priced([case], parcels))
    if row["cost"] == "no plan":
        assert plan is None
        return
    assert plan is not None
    shipped = {shipment.warehouse: shipment.units for shipment in plan.shipments}
    assert (shipped.get(0, (0, 0)), shipped.get(1, (0, 0))) == (goods(row["DAL ships"]), goods(row["NJ1 ships"]))
    assert format_minor(plan.cost, "USD") == row["cost"]
