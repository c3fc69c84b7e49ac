"""The sheets of surcharges and of restrictions: one row each, or several of the same code.

Each row of a code may add an amount for a further weight, and a further condition (any of them will do). What is about the
surcharge as a whole stands in its first row; the others leave it blank or repeat it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

from carriers.sheets.columns import CONDITIONS, RESTRICTION_FIELDS, SURCHARGE_FIELDS
from carriers.sheets.faults import CardFault, Faults, OwnFieldDiffers
from carriers.sheets.grid import Grid, Table, TableRow, read_table, zone_of, zone_text
from carriers.sheets.places import Places
from carriers.sheets.rates import AMOUNT, STEPWISE, Money
from carriers.sheets.values import amount_text, list_of, list_text, measure, measure_text, number_text, percent_text
from carriers.sheets.vocabulary import CHARGE, PER, REFUSAL, Field, says_nothing, yes_or_no
from wms.tabular.cells import shown

type Document = dict[str, Any]

BAND_COLUMNS: Final = ("charge", "not_over", "step", "beyond")
LIST_CONDITIONS: Final = ("countries", "zones", "tags")
OVER_CONDITIONS: Final = tuple(word.code for word in CONDITIONS if word.code.endswith("_over"))
CONDITION_PATHS: Final = {"area_list": "area.list", "tiers": "area.tiers"}
SHARED: Final = ("from", "to", "active")
OF_SURCHARGE: Final = (
    *("percent", "minimum", "maximum", "per", *SHARED),
    *("group", "priority", "depends_on", "minimum_billable", "fuelable", "discount"),
)
OF_RESTRICTION: Final = ("code", *SHARED)


def read_surcharges(grid: Grid, zones: Sequence[str], money: Money, faults: Faults, places: Places) -> list[Document]:
    """Return the surcharges of a card's document."""
    table = read_table(grid, SURCHARGE_FIELDS, faults, zones=True)
    if table is None:
        return []
    for label, column in zip(table.zones, table.zone_columns, strict=True):
        if label not in zones:
            faults.add(table.header_spot(column), CardFault("unknown_zone", value=shown(label)))
    places.put("surcharges", table.header_spot())
    found: list[Document] = []
    for rows in _grouped(table, "code", OF_SURCHARGE):
        found.append(_surcharge(rows, f"surcharges[{len(found)}]", zones, money, places))
    return found


def read_restrictions(grid: Grid, faults: Faults, places: Places) -> list[Document]:
    """Return the restrictions of a card's document."""
    table = read_table(grid, RESTRICTION_FIELDS, faults)
    if table is None:
        return []
    places.put("restrictions", table.header_spot())
    found: list[Document] = []
    for rows in _grouped(table, "name", OF_RESTRICTION):
        path, first = f"restrictions[{len(found)}]", rows[0]
        places.put(path, first.spot(), _columns(table))
        code = first.choice("code", REFUSAL)
        document: Document = {"name": first.text("name")} | ({"code": code} if code else {}) | _shared(first)
        found.append(document | {"when": _conditions(rows, path, places)})
    return found


def _grouped(table: Table, name: str, own: Sequence[str]) -> Iterator[list[TableRow]]:
    """Yield the rows of each code, in the order of their first ones; a later one that differs in its own fields is at fault."""
    groups: dict[str, list[TableRow]] = {}
    for row in table.rows():
        code = row.needed(name)
        if code:
            groups.setdefault(code, []).append(row)
    for rows in groups.values():
        for row in rows[1:]:
            for column in own:
                if row.text(column) not in ("", rows[0].text(column)):
                    row.refuse(column, OwnFieldDiffers(line=rows[0].line, first=shown(rows[0].text(column))))
        yield rows


def _columns(table: Table) -> dict[str, int]:
    """Return the columns by what the core calls their fields."""
    paths = {CONDITION_PATHS.get(name, name): column for name, column in table.columns.items()}
    return paths | ({"amounts": table.columns[AMOUNT]} if table.has(AMOUNT) else {})


def _surcharge(rows: Sequence[TableRow], path: str, zones: Sequence[str], money: Money, places: Places) -> Document:
    first = rows[0]
    places.put(path, first.spot(), _columns(first.table))
    document: Document = {"code": first.text("code")} | _shared(first)
    own: tuple[tuple[str, Callable[[TableRow, str], object]], ...] = (
        ("minimum", number_text),
        ("maximum", number_text),
        ("group", TableRow.text),
        ("priority", number_text),
        ("depends_on", TableRow.text),
        ("minimum_billable", lambda row, name: measure(row, name, own_unit=money.weight_unit)),
        ("per", lambda row, name: row.choice(name, PER)),
        ("discount", percent_text),
    )
    document |= {name: value for name, read in own if (value := read(first, name))}
    fuelable = first.flag("fuelable")
    document |= {} if fuelable is None else {"fuelable": fuelable}
    percent = percent_text(first, "percent")
    bands = _bands(rows, path, zones, money, places)
    document |= ({"percent": percent} if percent else {}) | ({"bands": bands} if bands else {})
    return document | {"when": _conditions(rows, path, places)}


def _shared(row: TableRow) -> Document:
    """Return what surcharges and restrictions have in common."""
    active = row.flag("active")
    days = {name: day for name in ("from", "to") if (day := row.day(name))}
    return days | ({} if active is None else {"active": active})


def _bands(rows: Sequence[TableRow], path: str, zones: Sequence[str], money: Money, places: Places) -> list[Document]:
    """Return the amounts by weight; a row for each step or unit goes with the fixed amount of the same weight above it."""
    bands: list[Document] = []
    for row in rows:
        prices = _prices(row, zones, money)
        if prices is None:
            continue
        charge = row.choice("charge", CHARGE) or AMOUNT
        not_over = measure(row, "not_over", own_unit=money.weight_unit)
        own: Document = {} if not_over is None else {"not_over": not_over}
        goes_with = charge != AMOUNT and bands and bands[-1].keys() <= {"not_over", "amounts"} and bands[-1].get("not_over") == not_over
        if not goes_with:
            bands.append(own)
        here = f"{path}.bands[{len(bands) - 1}]"
        places.put(here, row.spot(), _columns(row.table), _zone_spots(row, zones))
        bands[-1]["amounts" if charge == AMOUNT else charge] = prices
        for name in ("step", "beyond"):
            stated = measure(row, name, own_unit=money.weight_unit)
            bands[-1] |= {} if stated is None else {name: stated}
    return bands


def _prices(row: TableRow, zones: Sequence[str], money: Money) -> list[str | None] | None:
    """Return the amount for each zone, None where the row has none at all."""
    table = row.table
    general = _amount(row, table.columns[AMOUNT], money) if row.text(AMOUNT) else None
    own = {
        label: _amount(row, column, money)
        for label, column in zip(table.zones, table.zone_columns, strict=True)
        if row.at(column) and label in zones
    }
    if not own and not row.text(AMOUNT):
        return None
    return [own.get(zone, general) for zone in zones]


def _amount(row: TableRow, column: int, money: Money) -> str | None:
    return None if says_nothing(row.at(column)) else amount_text(row, column, money.currency)


def _zone_spots(row: TableRow, zones: Sequence[str]) -> list[Any]:
    columns = dict(zip(row.table.zones, row.table.zone_columns, strict=True))
    return [row.table.spot(row.line, columns.get(zone, row.table.columns.get(AMOUNT))) for zone in zones]


def _conditions(rows: Sequence[TableRow], path: str, places: Places) -> list[Document]:
    found: list[Document] = []
    for row in rows:
        condition = _condition(row)
        if condition:
            places.put(f"{path}.when[{len(found)}]", row.spot(), _columns(row.table))
            found.append(condition)
    return found


def _condition(row: TableRow) -> Document:
    residential = row.flag("residential")
    condition: Document = {} if residential is None else {"residential": residential}
    tiers = list_of(row.text("tiers"))
    if row.text("area_list") or tiers:
        condition["area"] = {"list": row.text("area_list")} | ({"tiers": tiers} if tiers else {})
    for name in LIST_CONDITIONS:
        items = list_of(row.text(name))
        if items:
            condition[name] = [zone_of(item) for item in items] if name == "zones" else items
    for name in OVER_CONDITIONS:
        stated = number_text(row, name) if name == "volume_over" else measure(row, name)
        condition |= {name: stated} if stated else {}
    return condition


def write_surcharges(document: Mapping[str, Any], language: str) -> list[list[str]]:
    """Return the rows of the sheet, header first, of a canonical document."""
    zones = document["zones"]
    by_zone = any(not _is_uniform(prices) for one in document["surcharges"] for row in one.get("bands", ()) for prices in _all_prices(row))
    rows: list[dict[str, str]] = []
    for surcharge in document["surcharges"]:
        bands = [line for row in surcharge.get("bands", ()) for line in _band_rows(row, zones, language)]
        own = _own_cells(surcharge, language)
        rows += _stacked(surcharge["code"], "code", own, bands, surcharge["when"], language)
    return _as_cells(SURCHARGE_FIELDS, rows, language, zones if by_zone else ())


def write_restrictions(document: Mapping[str, Any], language: str) -> list[list[str]]:
    """Return the rows of the sheet, header first, of a canonical document."""
    rows: list[dict[str, str]] = []
    for restriction in document["restrictions"]:
        own = {"code": REFUSAL.text_of(restriction["code"], language), **_shared_cells(restriction, language)}
        rows += _stacked(restriction["name"], "name", own, (), restriction["when"], language)
    return _as_cells(RESTRICTION_FIELDS, rows, language, ())


def _as_cells(columns: Sequence[Field], rows: Sequence[Mapping[str, str]], language: str, zones: Sequence[str]) -> list[list[str]]:
    """Return rows with the columns that are in use; an empty sheet shows all of them."""
    used = [column for column in columns if column.required or not rows or any(row.get(column.name) for row in rows)]
    labels = [f"zone: {zone}" for zone in zones]
    header = [*(column.word.text(language) for column in used), *map(zone_text, zones)]
    return [header, *([row.get(name, "") for name in (*(column.name for column in used), *labels)] for row in rows)]


def _stacked(
    code: str, name: str, own: Mapping[str, str], bands: Sequence[Mapping[str, str]], when: Sequence[Document], language: str
) -> list[dict[str, str]]:
    """Return the rows of one surcharge: its own fields in the first, a band and a condition in each."""
    conditions = [_condition_cells(condition, language) for condition in when]
    rows = [{name: code, **(band or {}), **(condition or {})} for band, condition in zip_longest(bands, conditions)] or [{name: code}]
    rows[0] |= own
    return rows


def _own_cells(surcharge: Mapping[str, Any], language: str) -> dict[str, str]:
    plain = {
        name: str(surcharge[name])
        for name in ("percent", "minimum", "maximum", "group", "priority", "depends_on", "discount")
        if name in surcharge
    }
    return {
        **plain,
        **_shared_cells(surcharge, language),
        "per": PER.text_of(surcharge["per"], language),
        "minimum_billable": measure_text(surcharge.get("minimum_billable")),
        "fuelable": yes_or_no(surcharge["fuelable"], language),
    }


def _shared_cells(document: Mapping[str, Any], language: str) -> dict[str, str]:
    active = {} if document["active"] else {"active": yes_or_no(False, language)}
    return {name: document[name] for name in ("from", "to") if name in document} | active


def _band_rows(band: Mapping[str, Any], zones: Sequence[str], language: str) -> list[dict[str, str]]:
    """Return a row for the fixed amounts of a band, and one for its price by step."""
    rows = []
    for charge in ("amounts", *STEPWISE):
        if charge not in band:
            continue
        cells = {"not_over": measure_text(band.get("not_over"))}
        if charge != "amounts":
            cells |= {
                "charge": CHARGE.text_of(charge, language),
                "step": measure_text(band["step"]),
                "beyond": measure_text(band.get("beyond")),
            }
        prices = band[charge]
        cells |= {AMOUNT: prices[0]} if _is_uniform(prices) else {f"zone: {zone}": price for zone, price in zip(zones, prices, strict=True)}
        rows.append(cells)
    return rows


def _all_prices(band: Mapping[str, Any]) -> list[Sequence[str]]:
    return [band[charge] for charge in ("amounts", *STEPWISE) if charge in band]


def _is_uniform(prices: Sequence[str]) -> bool:
    return len(set(prices)) == 1


def _condition_cells(condition: Mapping[str, Any], language: str) -> dict[str, str]:
    cells = {name: measure_text(condition.get(name)) for name in OVER_CONDITIONS}
    if "residential" in condition:
        cells["residential"] = yes_or_no(condition["residential"], language)
    if "area" in condition:
        cells |= {"area_list": condition["area"]["list"], "tiers": list_text(condition["area"].get("tiers", ()))}
    for name in LIST_CONDITIONS:
        items = condition.get(name, ())
        cells[name] = list_text(map(zone_text, items) if name == "zones" else items)
    return cells
