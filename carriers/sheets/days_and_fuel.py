"""The sheets of transit days by zone or postcode and of fuel surcharges by day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from carriers.core.fuel import percent_millis
from carriers.sheets.areas import entry_cell, postcode_cells, whole_entry
from carriers.sheets.columns import FUEL_FIELDS, TRANSIT_FIELDS
from carriers.sheets.faults import Faults, FuelUnreadable, RowRepeated
from carriers.sheets.grid import Grid, TableRow, read_table, zone_of, zone_text
from carriers.sheets.places import Places
from carriers.sheets.values import number_text, percent_text
from wms.places.countries import country_code
from wms.places.errors import CountryUnknown
from wms.tabular.cells import shown
from wms.tabular.errors import CellMissing


def read_transit(grid: Grid, faults: Faults, places: Places) -> dict[str, Any]:
    """Return the transit days of a card's document, by zone and by postcode."""
    table = read_table(grid, TRANSIT_FIELDS, faults)
    days: dict[str, str] = {}
    lines: dict[str, int] = {}
    by_postcode: list[dict[str, Any]] = []
    for row in table.rows() if table else ():
        number = number_text(row, "days")
        if not row.text("zone") and (row.text("country") or row.text("postcodes")):
            places.put(f"transit_postcodes[{len(by_postcode)}]", row.spot(), row.table.columns)
            by_postcode.append(_places_of(row) | ({"days": number} if number else {}))
            continue
        zone = zone_of(row.needed("zone"))
        if zone in lines:
            row.refuse("zone", RowRepeated(line=lines[zone]))
            continue
        lines[zone] = row.line
        places.put(f"transit_days.{zone}", row.spot("zone"))
        if zone and number:
            days[zone] = number
    return {"transit_days": days, "transit_postcodes": by_postcode}


def _places_of(row: TableRow) -> dict[str, Any]:
    """Return the country and the postcodes of a row, as a document states them."""
    text = row.text("country")
    country = country_code(text) if text else None
    if country is None:
        row.refuse("country", CountryUnknown(country=text) if text else CellMissing())
        return {}
    entries = [whole_entry(country, cell) for cell in postcode_cells(row)]
    return {"country": country} | ({"postcodes": [", ".join(entries)]} if entries else {})


def write_transit(document: Mapping[str, Any], language: str) -> list[list[str]]:
    """Return the rows of the sheet, header first."""
    days, by_postcode = document.get("transit_days", {}), document.get("transit_postcodes", ())
    names = ("zone", *(("country", "postcodes") if by_postcode else ()), "days")
    rows = [{"zone": zone_text(zone), "days": str(days[zone])} for zone in document["zones"] if zone in days]
    for row in by_postcode:
        entries = [entry for text in row.get("postcodes", ("",)) for entry in text.split(", ")]
        own = {"country": row["country"], "days": str(row["days"])}
        rows += [own | {"postcodes": entry_cell(row["country"], entry)} for entry in entries]
    words = {column.name: column.word for column in TRANSIT_FIELDS}
    return [[words[name].text(language) for name in names], *([row.get(name, "") for name in names] for row in rows)]


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
