"""The sheet of area lists: a row for each postcode (or several in a cell), with its list and its tier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from carriers.core.areas import AreaList, area_list_from_document, area_list_to_document
from carriers.core.documents import DocumentError
from carriers.core.postcode_table import RANGE_SIGN, PostcodeConflictError, PostcodeTableBuilder
from carriers.sheets.columns import AREA_FIELDS
from carriers.sheets.faults import CardFault, Faults, PostcodeUnreadable, Spot, core_fault
from carriers.sheets.grid import Grid, TableRow, read_table
from carriers.sheets.values import list_of
from wms.places.countries import country_code
from wms.places.errors import CountryUnknown
from wms.tabular.cells import shown
from wms.tabular.errors import CellMissing
from wms.values.postcodes import DIGITS

NO_TIER: Final = "listed"
STAR: Final = "*"
# Countries where a code of one digit less than usual is rather one whose zero was dropped than the beginning of one.
BEGINS_WITH_ZERO: Final = frozenset({"US", "PR", "DE", "FR", "IT", "ES"})


@dataclass(slots=True)
class ListRows:
    """One list: the tables that tell at once what contradicts what, and its entries by country and tier."""

    entries: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    tiers: dict[str, int] = field(default_factory=dict)
    builder: PostcodeTableBuilder = field(default_factory=lambda: PostcodeTableBuilder(1))
    spot: Spot | None = None

    def document(self, *, code: str) -> dict[str, Any]:
        """Return the list's document."""
        rows: list[dict[str, Any]] = []
        for (country, tier), entries in self.entries.items():
            listed = [entry for entry in entries if entry]
            if listed:
                rows.append({"country": country, "tier": tier, "postcodes": [", ".join(listed)]})
            if len(listed) < len(entries):
                rows.append({"country": country, "tier": tier})
        return {"code": code, "entries": rows}


def read_areas(grid: Grid, faults: Faults, *, code: str = "", country: str = "") -> dict[str, dict[str, Any]]:
    """Return the canonical documents of the lists by their codes; `code` and `country` are meant where a row names none."""
    table = read_table(grid, AREA_FIELDS, faults)
    lists: dict[str, ListRows] = {}
    for row in table.rows() if table else ():
        name = row.text("list") or code
        if name:
            _take(row, lists.setdefault(name, ListRows(spot=row.spot())), country)
        else:
            row.refuse("list", CellMissing())
    found = {}
    for name, rows in lists.items():
        areas = _checked(rows, name, faults)
        if areas is not None:
            found[name] = area_list_to_document(areas)
    return found


def _take(row: TableRow, rows: ListRows, own_country: str) -> None:
    text = row.text("country") or own_country
    country = country_code(text) if text else None
    if country is None:
        row.refuse("country", CountryUnknown(country=text) if text else CellMissing())
        return
    tier, cells = row.text("tier") or NO_TIER, postcode_cells(row)
    for cell in cells:
        _add(row, rows, country, tier, cell)
    if not cells:
        _set_rest(row, rows, country, tier)


def postcode_cells(row: TableRow) -> list[str]:
    """Return the postcodes, beginnings and ranges that a row lists."""
    cells, last = list_of(row.text("postcodes")), row.text("postcodes_to")
    return [f"{cell}{RANGE_SIGN}{last}" for cell in cells] if last else cells


def _add(row: TableRow, rows: ListRows, country: str, tier: str, cell: str) -> None:
    entry = whole_entry(country, cell)
    try:
        rows.builder.add(column=0, country=country, entry=entry, value=rows.tiers.setdefault(tier, len(rows.tiers)))
    except PostcodeConflictError:
        row.refuse("tier" if row.table.has("tier") else "postcodes", CardFault("two_tiers_for_one_entry"))
    except ValueError:
        row.refuse("postcodes", PostcodeUnreadable(value=shown(cell), country=country))
    else:
        rows.entries.setdefault((country, tier), []).append(entry)


def whole_entry(country: str, cell: str) -> str:
    """Return a postcode, beginning or range with the zeros that a spreadsheet dropped."""
    return RANGE_SIGN.join(_whole(country, part) for part in cell.split(RANGE_SIGN))


def entry_cell(country: str, entry: str) -> str:
    """Return the cell that `whole_entry` reads as the entry."""
    parts = entry.split(RANGE_SIGN)
    return RANGE_SIGN.join(f"{part}{STAR}" if _could_lack_a_zero(country, part) else part for part in parts)


def _whole(country: str, text: str) -> str:
    """Return a postcode with the zero that a spreadsheet dropped; with a star behind it, it is a beginning as it stands."""
    text = text.strip()
    if text.endswith(STAR):
        return text.removesuffix(STAR)
    return f"0{text}" if _could_lack_a_zero(country, text) else text


def _could_lack_a_zero(country: str, text: str) -> bool:
    return country in BEGINS_WITH_ZERO and text.isdigit() and len(text) == DIGITS[country] - 1


def _set_rest(row: TableRow, rows: ListRows, country: str, tier: str) -> None:
    known = rows.entries.setdefault((country, tier), [])
    try:
        rows.builder.set_default(column=0, country=country, value=rows.tiers.setdefault(tier, len(rows.tiers)))
    except PostcodeConflictError:
        row.refuse("tier", CardFault("two_tiers_for_one_entry"))
    else:
        known.append("")


def _checked(rows: ListRows, code: str, faults: Faults) -> AreaList | None:
    """Return the list as the core reads it; what is wrong by now is a matter of several rows."""
    try:
        return area_list_from_document(rows.document(code=code))
    except DocumentError as refused:
        for fault in refused.faults:
            faults.add(rows.spot or Spot(sheet=code), core_fault(fault))
        return None


def write_areas(documents: Mapping[str, Mapping[str, Any]], language: str) -> list[list[str]]:
    """Return the rows of the sheet, header first: one for each entry of each list."""
    names = [column for column in AREA_FIELDS if column.name != "postcodes_to"]
    rows = [[column.word.text(language) for column in names]]
    for code, document in documents.items():
        for entry in document["entries"]:
            postcodes = [part for text in entry.get("postcodes", ("",)) for part in text.split(", ")]
            rows += [[code, entry["country"], entry["tier"], entry_cell(entry["country"], postcode)] for postcode in postcodes]
    return rows
