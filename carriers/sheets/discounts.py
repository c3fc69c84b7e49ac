"""The sheet of discounts by weight: a row for each band of billable weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carriers.sheets.columns import DISCOUNT_FIELDS
from carriers.sheets.faults import Faults
from carriers.sheets.grid import Grid, read_table
from carriers.sheets.places import Places
from carriers.sheets.rates import UNIT_OF
from carriers.sheets.values import measure, measure_text, percent_text


def read_discounts(grid: Grid, faults: Faults, places: Places, *, weight_unit: str) -> list[dict[str, Any]]:
    """Return the bands of the discount on the base freight."""
    table = read_table(grid, DISCOUNT_FIELDS, faults, unit_of=UNIT_OF)
    bands: list[dict[str, Any]] = []
    for row in table.rows() if table else ():
        places.put(f"discount.bands[{len(bands)}]", row.spot(), row.table.columns)
        not_over = measure(row, "not_over", own_unit=weight_unit)
        percent = percent_text(row, "percent") if row.needed("percent") else ""
        bands.append(({} if not_over is None else {"not_over": not_over}) | ({"percent": percent} if percent else {}))
    return bands


def write_discounts(document: Mapping[str, Any], language: str) -> list[list[str]]:
    """Return the rows of the sheet, header first."""
    header = [column.word.text(language) for column in DISCOUNT_FIELDS]
    bands = document.get("discount", {}).get("bands", ())
    return [header, *([measure_text(band.get("not_over")), band["percent"]] for band in bands)]
