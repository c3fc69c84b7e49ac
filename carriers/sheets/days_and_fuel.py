"""The sheets of transit days by zone and of fuel surcharges by day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from carriers.core.fuel import percent_millis
from carriers.sheets.columns import FUEL_FIELDS, TRANSIT_FIELDS
from carriers.sheets.faults import Faults, FuelUnreadable, RowRepeated
from carriers.sheets.grid import Grid, read_table, zone_of, zone_text
from carriers.sheets.places import Places
from carriers.sheets.values import number_text, percent_text
from wms.tabular.cells import shown


def read_transit(grid: Grid, faults: Faults, places: Places) -> dict[str, str]:
    """Return the transit days by zone."""
    table = read_table(grid, TRANSIT_FIELDS, faults)
    days: dict[str, str] = {}
    lines: dict[str, int] = {}
    for row in table.rows() if table else ():
        zone = zone_of(row.needed("zone"))
        if zone in lines:
            row.refuse("zone", RowRepeated(line=lines[zone]))
            continue
        lines[zone] = row.line
        places.put(f"transit_days.{zone}", row.spot("zone"))
        number = number_text(row, "days")
        if zone and number:
            days[zone] = number
    return days


def write_transit(document: Mapping[str, Any], language: str) -> list[list[str]]:
    """Return the rows of the sheet, header first."""
    days = document.get("transit_days", {})
    header = [column.word.text(language) for column in TRANSIT_FIELDS]
    return [header, *([zone_text(zone), str(days[zone])] for zone in document["zones"] if zone in days)]


def read_fuel(grid: Grid, faults: Faults) -> dict[date, Decimal]:
    """Return the fuel surcharges in per cent by the day from which they hold."""
    table = read_table(grid, FUEL_FIELDS, faults)
    percents: dict[date, Decimal] = {}
    lines: dict[str, int] = {}
    for row in table.rows() if table else ():
        day, text = row.day("from"), percent_text(row, "percent")
        if not row.needed("from") or not row.needed("percent") or not day or not text:
            continue
        if day in lines:
            row.refuse("from", RowRepeated(line=lines[day]))
            continue
        lines[day] = row.line
        try:
            percent_millis(Decimal(text))
        except ValueError:
            row.refuse("percent", FuelUnreadable(value=shown(row.text("percent"))))
        else:
            percents[date.fromisoformat(day)] = Decimal(text)
    return percents


def write_fuel(percents: Mapping[date, Decimal], language: str) -> list[list[str]]:
    """Return the rows of the sheet, header first."""
    header = [column.word.text(language) for column in FUEL_FIELDS]
    return [header, *([day.isoformat(), format(percent.normalize(), "f")] for day, percent in sorted(percents.items()))]
