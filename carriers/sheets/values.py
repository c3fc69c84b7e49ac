"""Numbers, amounts, measures and lists in cells, and the cells that say them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from carriers.measures import LENGTH_WORDS, MASS_WORDS, split_measure
from carriers.sheets.faults import CardFault, CurrencyForeign, MeasureUnreadable
from carriers.sheets.grid import TableRow
from wms.tabular.cells import DECIMAL_NUMBER, shown

AMOUNT: Final = re.compile(
    r"(?P<before>[A-Z]{3}|[$€£¥￥])?\s*(?P<number>[+-]?[0-9][0-9,]*(?:\.[0-9]+)?)\s*(?P<after>[A-Z]{3}|元)?", re.IGNORECASE
)
DOLLARS: Final = frozenset("USD CAD AUD NZD HKD SGD TWD MXN CLP COP ARS BRL".split())
YUAN_OR_YEN: Final = frozenset({"CNY", "JPY"})
SIGN_OF: Final[dict[str, frozenset[str]]] = {
    "$": DOLLARS,
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "¥": YUAN_OR_YEN,
    "￥": YUAN_OR_YEN,
    "元": frozenset({"CNY", "TWD", "HKD"}),
    "RMB": frozenset({"CNY"}),
}
SEPARATORS: Final = re.compile(r"[,，;；、\n]")
WORDS_OF_UNITS: Final[Mapping[str, str]] = {**MASS_WORDS, **LENGTH_WORDS}


def number_text(row: TableRow, name: str) -> str:
    """Return a number as documents write it, "" where the cell is blank or wrong."""
    text = row.text(name)
    return _number(row, name, text) if text else ""


def percent_text(row: TableRow, name: str) -> str:
    """Return a per cent as documents write it, with or without its sign."""
    text = row.text(name).removesuffix("%").removesuffix("％").strip()
    return _number(row, name, text) if text else ""


def _number(row: TableRow, name: str, text: str) -> str:
    if DECIMAL_NUMBER.fullmatch(text):
        return text.replace(",", "")
    row.refuse(name, CardFault("not_a_number", value=shown(text)))
    return ""


def amount_text(row: TableRow, column: int, currency: str) -> str | None:
    """Return an amount as documents write it, None where the cell is wrong."""
    text = row.at(column)
    match = AMOUNT.fullmatch(text)
    if match is None or not DECIMAL_NUMBER.fullmatch(match["number"]):
        row.table.faults.add(row.table.spot(row.line, column), CardFault("not_a_number", value=shown(text)))
        return None
    for mark in (match["before"], match["after"]):
        if mark and currency not in SIGN_OF.get(mark.upper(), {mark.upper()}):
            row.table.faults.add(row.table.spot(row.line, column), CurrencyForeign(value=shown(text), currency=currency))
            return None
    return match["number"].replace(",", "")


def measure(row: TableRow, name: str, *, own_unit: str = "") -> object:
    """Return a weight or length as documents state it, None where the cell is blank or wrong.

    `own_unit` is the card's, in which a number needs no unit; another one may stand in the cell or in its header.
    """
    text = row.text(name)
    if not text:
        return None
    parts = split_measure(text)
    if parts is None or (parts[1] and parts[1] not in WORDS_OF_UNITS):
        row.refuse(name, MeasureUnreadable(value=shown(text)))
        return None
    number, word = parts
    unit = WORDS_OF_UNITS[word] if word else row.table.units.get(name, own_unit)
    return number if unit in ("", own_unit) else {"value": number, "unit": unit}


def measure_text(stated: Any) -> str:
    """Return a document's weight or length as a cell."""
    if isinstance(stated, Mapping):
        return f"{stated['value']} {stated['unit']}"
    return "" if stated is None else str(stated)


def list_of(text: str) -> list[str]:
    """Return the items of a cell, parted by commas; one with a comma of its own stands in quotation marks."""
    if '"' in text:
        rows = csv.reader(io.StringIO(text), skipinitialspace=True)
        items = [item for row in rows for item in row]
    else:
        items = SEPARATORS.split(text)
    return [item.strip() for item in items if item.strip()]


def list_text(items: Iterable[str]) -> str:
    """Return a cell that `list_of` reads as these items."""
    return ", ".join(f'"{item.replace(chr(34), chr(34) * 2)}"' if SEPARATORS.search(item) or '"' in item else item for item in items)
