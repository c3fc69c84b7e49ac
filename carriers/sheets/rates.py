"""The sheet of rates: a row for each weight and a column for each zone, or a row for each price (long form).

Both give the `zones` and `rates` of a card's document. A row is for a fixed price unless its column "charge" says that it is
for each step or unit of weight; such a row goes with the fixed row of the same weight above it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from carriers.sheets.columns import LONG_RATE_FIELDS, RATE_FIELDS, unit_of_weight
from carriers.sheets.faults import (
    CurrencyForeign,
    Faults,
    OwnFieldDiffers,
    PriceGap,
    PriceMissing,
    RowRepeated,
    Spot,
    WeightGap,
    WeightOverlap,
)
from carriers.sheets.grid import Grid, Table, TableRow, read_table, zone_of, zone_text
from carriers.sheets.places import Places
from carriers.sheets.values import amount_text, measure, measure_text
from carriers.sheets.vocabulary import CHARGE, NOTHING_SIGN, says_nothing
from wms.tabular.cells import shown
from wms.tabular.columns import plain_name
from wms.values.mass import exact_mass_mg, mass_unit

AMOUNT: Final = "amount"
STEPWISE: Final = ("per_step", "per_unit")
UNIT_OF: Final = {"not_over": unit_of_weight}


@dataclass(frozen=True, slots=True)
class Money:
    """What weights and amounts are in."""

    currency: str
    weight_unit: str


@dataclass(slots=True)
class Rates:
    """The columns and rows of a card's document."""

    zones: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class _Line:
    """What a sheet says for one weight and one kind of charge: a price for each zone, None for none; `blanks` say nothing."""

    row: TableRow
    charge: str
    not_over: Any
    over: Any
    step: Any
    beyond: Any
    prices: list[str | None]
    spots: list[Spot]
    blanks: frozenset[int] = frozenset()

    def goes_with(self, line: _Line) -> bool:
        """Return whether this is the price by step of the same weight as a line of fixed prices."""
        same_weight = measure_text(self.not_over) == measure_text(line.not_over)
        return self.charge != AMOUNT and line.charge == AMOUNT and same_weight


def is_long(grid: Grid) -> bool:
    """Return whether the sheet has a row for each price."""
    header = grid.rows[0][1] if grid.rows else []
    names = {plain_name(cell) for cell in header} if isinstance(header, list) else set()
    needed = [column.word for column in LONG_RATE_FIELDS if column.name in ("zone", AMOUNT)]
    return all(word.names() & names for word in needed)


def unit_in_header(grid: Grid) -> str | None:
    """Return the unit of weight that the header names, None if it names none."""
    header = grid.rows[0][1] if grid.rows else []
    units = [unit_of_weight(cell) for cell in header] if isinstance(header, list) else []
    return next((unit for unit in units if unit), None)


def read_rates(grid: Grid, money: Money, faults: Faults, places: Places) -> Rates:
    """Return zones and rows; what they mean together is for carriers.core to judge."""
    if is_long(grid):
        table = read_table(grid, LONG_RATE_FIELDS, faults, unit_of=UNIT_OF)
        zones, lines = _long_lines(table, money) if table else ([], [])
    else:
        table = read_table(grid, RATE_FIELDS, faults, zones=True, unit_of=UNIT_OF)
        zones = table.zones if table else []
        lines = [_matrix_line(row, money) for row in table.rows()] if table else []
    if table is None:
        return Rates()
    places.put("rates", table.header_spot())
    places.put("zones", table.header_spot())
    pairs = _pairs(lines)
    _refuse_gaps(zones, pairs, faults)
    _refuse_breaks([line for line, _stepwise in pairs], money)
    return Rates(list(zones), [_document(f"rates[{i}]", *pair, places) for i, pair in enumerate(pairs)])


def _matrix_line(row: TableRow, money: Money) -> _Line:
    table = row.table
    spots = [table.spot(row.line, column) for column in table.zone_columns]
    cells = [row.at(column) for column in table.zone_columns]
    line = _line(row, money)
    line.spots = spots
    line.blanks = frozenset(zone for zone, cell in enumerate(cells) if not cell and not table.faults.has(spots[zone]))
    line.prices = [
        None if not cell or says_nothing(cell) else amount_text(row, column, money.currency)
        for cell, column in zip(cells, table.zone_columns, strict=True)
    ]
    return line


def _line(row: TableRow, money: Money) -> _Line:
    unit = money.weight_unit
    return _Line(
        row=row,
        charge=row.choice("charge", CHARGE) or AMOUNT,
        not_over=measure(row, "not_over", own_unit=unit),
        over=measure(row, "over", own_unit=unit),
        step=measure(row, "step", own_unit=unit),
        beyond=measure(row, "beyond", own_unit=unit),
        prices=[],
        spots=[],
    )


def _long_lines(table: Table, money: Money) -> tuple[list[str], list[_Line]]:
    """Gather the rows of the long form by weight and kind of charge, in the order of weights."""
    zones: list[str] = []
    gathered: dict[tuple[str, str], dict[str, _Line]] = {}
    for row in table.rows():
        zone = zone_of(row.needed("zone"))
        _refuse_currency(row, money)
        if zone and zone not in zones:
            zones.append(zone)
        line = _line(row, money)
        known = gathered.setdefault((measure_text(line.not_over), line.charge), {}).setdefault(zone, line)
        if known is not line:
            row.refuse("zone", RowRepeated(line=known.row.line))
    lines = [_long_line(by_zone, zones, money) for by_zone in gathered.values()]
    return zones, sorted(lines, key=lambda line: (_mg(line.not_over, money), line.charge != AMOUNT))


def _long_line(by_zone: Mapping[str, _Line], zones: Sequence[str], money: Money) -> _Line:
    """Return the rows of one weight as one line; those that lack a zone's row are at fault at their first row."""
    first = next(iter(by_zone.values()))
    for line in by_zone.values():
        for name in ("over", "step", "beyond"):
            if getattr(line, name) != getattr(first, name):
                line.row.refuse(name, OwnFieldDiffers(line=first.row.line, first=measure_text(getattr(first, name))))
    for zone in zones:
        if zone not in by_zone:
            first.row.refuse("not_over", PriceMissing(zone=zone, weight=measure_text(first.not_over) or "∞"))
        row = by_zone[zone].row if zone in by_zone else first.row
        cell = row.needed(AMOUNT) if zone in by_zone else ""
        price = amount_text(row, row.table.columns[AMOUNT], money.currency) if cell and not says_nothing(cell) else None
        first.prices.append(price)
        first.spots.append(row.spot(AMOUNT))
    return first


def _refuse_currency(row: TableRow, money: Money) -> None:
    text = row.text("currency")
    if text and text.upper() != money.currency:
        row.refuse("currency", CurrencyForeign(value=shown(text), currency=money.currency))


def _pairs(lines: Sequence[_Line]) -> list[tuple[_Line, _Line | None]]:
    """Return each line with the price by step that goes with it, if any."""
    pairs: list[tuple[_Line, _Line | None]] = []
    for line in lines:
        if pairs and pairs[-1][1] is None and line.goes_with(pairs[-1][0]):
            pairs[-1] = (pairs[-1][0], line)
        else:
            pairs.append((line, None))
    return pairs


def _refuse_gaps(zones: Sequence[str], pairs: Sequence[tuple[_Line, _Line | None]], faults: Faults) -> None:
    """Note each blank cell between prices of its zone, or beside a fixed price that goes with it."""
    for zone, label in enumerate(zones):
        priced = [i for i, (line, _stepwise) in enumerate(pairs) if line.prices[zone] is not None]
        for line, stepwise in pairs[priced[0] : priced[-1] + 1] if priced else ():
            if zone in line.blanks:
                faults.add(line.spots[zone], PriceGap(zone=label))
            elif stepwise is not None and zone in stepwise.blanks and line.prices[zone] is not None:
                faults.add(stepwise.spots[zone], PriceMissing(zone=label, weight=measure_text(line.not_over) or "∞"))


def _refuse_breaks(lines: Sequence[_Line], money: Money) -> None:
    """Note where a row begins (起重) elsewhere than the one before it ends."""
    for before, line in pairwise(lines):
        begins, ends = _mg(line.over, money), _mg(before.not_over, money)
        if line.over is not None and begins != ends:
            error = WeightGap if begins > ends else WeightOverlap
            line.row.refuse("over", error(begins=measure_text(line.over), ends=measure_text(before.not_over) or "∞"))


def _mg(stated: Any, money: Money) -> float:
    """Return a weight to compare by; nothing stated is without bound. What can't be compared is for carriers.core to refuse."""
    if stated is None:
        return float("inf")
    value, unit = (stated["value"], stated["unit"]) if isinstance(stated, Mapping) else (stated, money.weight_unit)
    try:
        return float(exact_mass_mg(value, mass_unit(unit)))
    except ValueError:
        return float("inf")


def _document(path: str, line: _Line, stepwise: _Line | None, places: Places) -> dict[str, Any]:
    """Return a row of the document."""
    document: dict[str, Any] = {} if line.not_over is None else {"not_over": line.not_over}
    places.put(path, line.row.spot(), line.row.table.columns, line.spots)
    for part in (line, stepwise):
        if part is None:
            continue
        document["amounts" if part.charge == AMOUNT else part.charge] = part.prices
        document |= {name: getattr(part, name) for name in ("step", "beyond") if getattr(part, name) is not None}
    if stepwise is not None:
        places.put(f"{path}.{stepwise.charge}", stepwise.row.spot(), None, stepwise.spots)
        for name in ("step", "beyond"):
            places.put(f"{path}.{name}", stepwise.row.spot(name))
    return document


def write_rates(document: Mapping[str, Any], language: str) -> list[list[str]]:
    """Return the rows of the matrix, header first, of a canonical document."""
    stepwise = any(name in row for row in document["rates"] for name in STEPWISE)
    names = ["not_over", *(("charge", "step", "beyond") if stepwise else ())]
    words = {column.name: column.word for column in RATE_FIELDS}
    rows = [[*(words[name].text(language) for name in names), *map(zone_text, document["zones"])]]
    for row in document["rates"]:
        for charge, prices in _charges(row):
            own = {"not_over": measure_text(row.get("not_over")), "charge": CHARGE.text_of(charge, language)}
            if charge != AMOUNT:
                own |= {name: measure_text(row.get(name)) for name in ("step", "beyond")}
            rows.append([*(own.get(name, "") for name in names), *map(_price_text, prices)])
    return rows


def write_long_rates(document: Mapping[str, Any], language: str) -> list[list[str]]:
    """Return the rows of the long form, header first, of a canonical document."""
    names = [column.name for column in LONG_RATE_FIELDS if column.name != "over"]
    rows = [[column.word.text(language) for column in LONG_RATE_FIELDS if column.name != "over"]]
    for row in document["rates"]:
        for charge, prices in _charges(row):
            for zone, price in zip(document["zones"], prices, strict=True):
                own = {"zone": zone_text(zone), "not_over": measure_text(row.get("not_over")), "amount": _price_text(price)}
                own |= {"charge": CHARGE.text_of(charge, language), "currency": document["currency"]}
                if charge != AMOUNT:
                    own |= {name: measure_text(row.get(name)) for name in ("step", "beyond")}
                rows.append([own.get(name, "") for name in names])
    return rows


def _charges(row: Mapping[str, Any]) -> list[tuple[str, Sequence[str | None]]]:
    found = [(AMOUNT, row["amounts"])] if "amounts" in row else []
    return found + [(charge, row[charge]) for charge in STEPWISE if charge in row]


def _price_text(price: str | None) -> str:
    return NOTHING_SIGN if price is None else price
