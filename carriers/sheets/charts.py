"""The sheets of a zone chart: a row for each destination (from each origin), and zones by distance.

They take what carriers publish: pairs of postcode beginnings, ranges in one column or two, zones by country.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from carriers.core.documents import ANYWHERE
from carriers.core.postcode_table import RANGE_SIGN
from carriers.core.postcodes import entry_level
from carriers.sheets.columns import CHART_FIELDS, DISTANCE_FIELDS
from carriers.sheets.faults import CardFault, Faults, PostcodeUnreadable, Spot, ZonesConflict
from carriers.sheets.grid import Grid, Table, TableRow, read_table, zone_of, zone_text
from carriers.sheets.places import Places
from carriers.sheets.values import list_of, list_text, number_text
from carriers.sheets.vocabulary import DISTANCE_UNIT, NOTHING_SIGN, says_nothing
from wms.places.countries import country_code
from wms.places.errors import CountryUnknown
from wms.tabular.cells import shown
from wms.tabular.columns import plain_name
from wms.tabular.errors import CellMissing
from wms.values.postcodes import BRITISH

REMEMBERED: Final = 1 << 16
# A spreadsheet's cell holds 32,767 characters.
MOST_CELL: Final = 30_000
ZIP_DIGITS: Final = {"zip3": 3, "zip5": 5}

type From = tuple[tuple[str, ...], tuple[str, ...], str, tuple[str, ...]]
"""Warehouses, keys, country and postcodes of a block of origins."""


@dataclass(slots=True)
class ChartRows:
    """What the sheets of one chart say so far: for each origin and destination the zone and its line."""

    zone_of: dict[tuple[From, str, str], tuple[str | None, Spot]] = field(default_factory=dict)
    bands: dict[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.zone_of or self.bands)

    def spot_of(self, entry: str) -> Spot | None:
        """Return where a range or a postcode stands that contradicts others."""
        found = (spot for (_origin, _country, own), (_zone, spot) in self.zone_of.items() if own == entry)
        return next(found, None) if entry else None

    def document(self, *, code: str) -> dict[str, Any]:
        """Return the chart's document."""
        blocks: dict[From, dict[tuple[str, str | None], list[str]]] = {}
        for (origin, country, entry), (zone, _spot) in self.zone_of.items():
            blocks.setdefault(origin, {}).setdefault((country, zone), []).append(entry)
        document: dict[str, Any] = {
            "code": code,
            "origins": [{"from": _from(*origin), "to": _to(rows)} for origin, rows in blocks.items()],
        }
        return document | ({"distance_bands": self.bands} if self.bands else {})


def _from(warehouses: Sequence[str], keys: Sequence[str], country: str, postcodes: Sequence[str]) -> dict[str, Any]:
    parts = {"warehouses": list(warehouses), "keys": [int(key) for key in keys], "country": country, "postcodes": list(postcodes)}
    return {name: part for name, part in parts.items() if part}


def _to(rows: Mapping[tuple[str, str | None], Sequence[str]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for (country, zone), entries in rows.items():
        listed = [entry for entry in entries if entry]
        if listed:
            found.append({"country": country, "zone": zone, "postcodes": [", ".join(listed)]})
        if len(listed) < len(entries):
            found.append({"country": country, "zone": zone})
    return found


def read_chart(grid: Grid, rows: ChartRows, faults: Faults, places: Places, *, country: str = "") -> None:
    """Add what the sheet says to the chart; `country` is meant where a row names none."""
    table = read_table(grid, CHART_FIELDS, faults)
    if table is None:
        return
    places.put("origins", table.header_spot())
    digits = _digits(table)
    for row in table.rows():
        _take(row, rows, digits, country)


def _digits(table: Table) -> dict[str, int]:
    """Return the digits of columns called such as "origin_zip3": spreadsheets drop leading zeros."""
    names = {name: plain_name(table.headers[column]) for name, column in table.columns.items()}
    return {name: count for name, header in names.items() for ending, count in ZIP_DIGITS.items() if header.endswith(ending)}


def _take(row: TableRow, rows: ChartRows, digits: Mapping[str, int], own_country: str) -> None:
    cell = row.needed("zone")
    zone = None if says_nothing(cell) else zone_of(cell)
    origin = _origin(row, digits, own_country)
    countries = _countries(row, own_country)
    entries = _entries(row, digits, countries)
    if not cell or origin is None or entries is None:
        return
    for country in countries:
        for entry in entries:
            known, spot = rows.zone_of.setdefault((origin, country, _canonical(country, entry)), (zone, row.spot("zone")))
            if known != zone:
                row.refuse("zone", ZonesConflict(line=f"{spot.sheet} {spot.line}", zone=known or NOTHING_SIGN))


def _origin(row: TableRow, digits: Mapping[str, int], own_country: str) -> From | None:
    country = row.text("from_country")
    postcodes = tuple(_padded(entry, digits.get("from_postcodes", 0)) for entry in list_of(row.text("from_postcodes")))
    if country or postcodes:
        found = country_code(country or own_country)
        if found is None:
            row.refuse("from_country" if country else "from_postcodes", CountryUnknown(country=country))
            return None
        country = found
    if not all(_is_entry(country, entry) for entry in postcodes):
        row.refuse("from_postcodes", PostcodeUnreadable(value=shown(row.text("from_postcodes")), country=country))
        return None
    keys = tuple(list_of(row.text("from_keys")))
    if not all(key.isdigit() for key in keys):
        row.refuse("from_keys", CardFault("not_a_number", value=shown(row.text("from_keys"))))
        return None
    return tuple(list_of(row.text("from_warehouses"))), keys, country, postcodes


def _countries(row: TableRow, own_country: str, name: str = "country") -> list[str]:
    texts = list_of(row.text(name)) or ([own_country] if own_country else [])
    if not texts:
        row.refuse(name, CellMissing())
    found = []
    for text in texts:
        code = ANYWHERE if text == ANYWHERE else country_code(text)
        if code is None:
            row.refuse(name, CountryUnknown(country=text))
        else:
            found.append(code)
    return found


def _entries(row: TableRow, digits: Mapping[str, int], countries: Sequence[str]) -> list[str] | None:
    """Return the postcodes of the row, [""] for the rest of its countries, None where they can't be read."""
    width, last = digits.get("postcodes", 0), row.text("postcodes_to")
    entries = [_padded(entry, width) for entry in list_of(row.text("postcodes"))]
    if last:
        entries = [f"{entry}{RANGE_SIGN}{_padded(last, width or len(entry))}" for entry in entries]
    if not entries:
        if last:
            row.refuse("postcodes", CellMissing())
        return None if last else [""]
    if len(countries) != 1 or ANYWHERE in countries:
        row.refuse("postcodes", CardFault("needs_one_country"))
        return None
    for entry in entries:
        if not _is_entry(countries[0], entry):
            row.refuse("postcodes", PostcodeUnreadable(value=shown(entry), country=countries[0]))
            return None
    return entries


def _padded(entry: str, digits: int) -> str:
    return entry.zfill(digits) if entry.isdigit() else entry.removesuffix("*")


@lru_cache(maxsize=REMEMBERED)
def _is_entry(country: str, entry: str) -> bool:
    """Return whether this is a postcode, the beginning of one, or a range of them."""
    first, sign, last = entry.partition(RANGE_SIGN)
    try:
        level, text = entry_level(country, first)
        last_level, last_text = entry_level(country, last) if sign else (level, text)
    except ValueError:
        return False
    return level == last_level and (country in BRITISH or text <= last_text)


@lru_cache(maxsize=REMEMBERED)
def _canonical(country: str, entry: str) -> str:
    """Return an entry in its one spelling, so that two rows for the same are seen as such."""
    return RANGE_SIGN.join(entry_level(country, part)[1] for part in entry.split(RANGE_SIGN)) if entry else ""


def read_distance(grid: Grid, rows: ChartRows, faults: Faults, places: Places, *, country: str = "") -> None:
    """Add the zones by distance to the chart."""
    table = read_table(grid, DISTANCE_FIELDS, faults)
    if table is None:
        return
    countries: list[str] = []
    unit = ""
    bands: list[dict[str, Any]] = []
    places.put("distance_bands", table.header_spot())
    name = next((each for each in ("max_miles", "max_km") if table.has(each)), "not_over")
    for row in table.rows():
        places.put(f"distance_bands.bands[{len(bands)}]", row.spot(), table.columns | {"not_over": table.columns.get(name, 0)})
        bound = number_text(row, name)
        bands.append({"zone": zone_of(row.needed("zone")), **({"not_over": bound} if bound else {})})
        unit = unit or row.choice("unit", DISTANCE_UNIT)
        countries = countries or _countries(row, country, "countries")
    unit = {"max_miles": "mi", "max_km": "km"}.get(name, unit)
    if bands:
        rows.bands = {"unit": unit, "countries": countries, "bands": bands}


def write_chart(document: Mapping[str, Any], language: str) -> list[list[str]]:
    """Return the rows of the sheet, header first, of a canonical document."""
    rows = []
    for block in document["origins"]:
        origin = block["from"]
        own = {
            "from_warehouses": list_text(origin.get("warehouses", ())),
            "from_keys": list_text(map(str, origin.get("keys", ()))),
            "from_country": origin.get("country", ""),
            "from_postcodes": list_text(origin.get("postcodes", ())),
        }
        for to in block["to"]:
            zone = NOTHING_SIGN if to["zone"] is None else zone_text(to["zone"])
            country = list_text(to.get("countries", [to.get("country", "")]))
            rows += [{**own, "country": country, "postcodes": cell, "zone": zone} for cell in _cells_of(to.get("postcodes", [""]))]
    names = [column for column in CHART_FIELDS if column.required or any(row.get(column.name) for row in rows)]
    return [[column.word.text(language) for column in names], *([row.get(column.name, "") for column in names] for row in rows)]


def _cells_of(texts: Sequence[str]) -> list[str]:
    """Return postcodes in cells that a spreadsheet can hold."""
    cells = [""]
    for entry in (part for text in texts for part in text.split(", ")):
        if len(cells[-1]) + len(entry) > MOST_CELL:
            cells.append("")
        cells[-1] += f", {entry}" if cells[-1] else entry
    return cells


def write_distance(document: Mapping[str, Any], language: str) -> list[list[str]]:
    """Return the rows of the sheet, header first."""
    names = [column for column in DISTANCE_FIELDS if column.name in ("not_over", "unit", "countries", "zone")]
    header = [column.word.text(language) for column in names]
    bands = document.get("distance_bands")
    if bands is None:
        return [header]
    unit, countries = DISTANCE_UNIT.text_of(bands["unit"], language), list_text(bands["countries"])
    return [header, *([band.get("not_over") or "", unit, countries, zone_text(band["zone"])] for band in bands["bands"])]
