"""Rate cards from spreadsheets: a row for each weight, a column for each zone.

The first column is the weight that a row holds up to, inclusive ("2.5", or "15.999 oz" in another unit than the card's); a
blank price means that the zone has none there. Everything else that a card says comes as fields of its document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from carriers.errors import (
    AmountInvalid,
    RowsTooMany,
    WeightInvalid,
    WeightsNotRising,
    WeightUnitMissing,
    ZoneColumnsMissing,
    ZoneTwice,
)
from wms.errors import DomainError
from wms.tabular.cells import refuse_unreadable
from wms.tabular.columns import plain_name
from wms.tabular.errors import CellFault, RowTooWide
from wms.tabular.report import Report
from wms.tabular.source import Source
from wms.values.mass import MassUnit, mass_mg, mass_unit
from wms.values.money import to_minor

MOST_ROWS: Final = 20_000
ZONE_NAME: Final = re.compile(r"(?:zone|zona|分区|区|z)?[\s_#-]*(.+?)[\s_]*区?", re.IGNORECASE)
WEIGHT: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([a-z]{1,2}|公斤|千克|克|磅|盎司)?", re.IGNORECASE)
UNIT_WORDS: Final[dict[str, MassUnit]] = {
    "kg": "kg",
    "kgs": "kg",
    "公斤": "kg",
    "千克": "kg",
    "g": "g",
    "克": "g",
    "lb": "lb",
    "lbs": "lb",
    "磅": "lb",
    "oz": "oz",
    "盎司": "oz",
}

type CellFaults = list[tuple[str, DomainError]]


@dataclass(slots=True)
class RateMatrix:
    """The prices of a file as fields of a rate card's document, and what became of its rows."""

    unit: MassUnit
    zones: tuple[str, ...]
    report: Report
    rates: list[dict[str, object]] = field(default_factory=list)

    def document(self, terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return a whole document from these prices and the card's other fields."""
        return {"zones": list(self.zones), "rates": self.rates, **terms}


def read_rate_matrix(source: Source, *, currency: str, unit: MassUnit | None = None) -> RateMatrix:
    """Read all prices; rows with a fault are in the report and not among the rates.

    The unit is the given one, else the one that the first header names. Raises PricesRefused where the header can't be read.
    """
    own_unit = unit or unit_in(source.header[0])
    if own_unit is None:
        raise WeightUnitMissing
    matrix = RateMatrix(own_unit, _zones(source.header), Report(source.description))
    reading = _Reading(matrix, currency, source.header)
    for line, cells in source.rows():
        if matrix.report.rows_in >= MOST_ROWS:
            raise RowsTooMany(most=MOST_ROWS)
        matrix.report.rows_in += 1
        reading.take(line, cells)
    matrix.report.things[str(_("rates"))] = matrix.report.accepted
    return matrix


def unit_in(header: str) -> MassUnit | None:
    """Return the unit that ends a header: "max_weight_lb", "重量（kg）"."""
    name = plain_name(header)
    words = sorted(UNIT_WORDS, key=len, reverse=True)
    return next((UNIT_WORDS[word] for word in words if name.endswith(word)), None)


def _zones(header: Sequence[str]) -> tuple[str, ...]:
    names = list(header[1:])
    while names and not names[-1]:
        names.pop()
    if not names or not all(names):
        raise ZoneColumnsMissing
    zones: list[str] = []
    for name in names:
        match = ZONE_NAME.fullmatch(name)
        zone = match[1] if match else name
        if zone in zones:
            raise ZoneTwice(zone=zone)
        zones.append(zone)
    return tuple(zones)


@dataclass(slots=True)
class _Reading:
    """Turns rows into rates, one after the other, since weights must rise."""

    matrix: RateMatrix
    currency: str
    header: Sequence[str]
    heaviest_mg: int = -1
    heaviest_line: int = 0

    def take(self, line: int, cells: Sequence[str] | CellFault) -> None:
        """Add the row's rate, or note why not."""
        faults: CellFaults = []
        if isinstance(cells, CellFault):
            self.matrix.report.refuse(line, [("", cells)])
            return
        not_over = self._weight(line, cells[0].strip(), faults)
        amounts = [self._amount(number, cells, faults) for number in range(1, len(self.matrix.zones) + 1)]
        if any(cell.strip() for cell in cells[len(self.matrix.zones) + 1 :]):
            faults.append(("", RowTooWide(cells=len(cells), columns=len(self.header))))
        if faults:
            self.matrix.report.refuse(line, faults)
            return
        self.matrix.report.accepted += 1
        self.matrix.rates.append({"not_over": not_over, "amounts": amounts})

    def _weight(self, line: int, cell: str, faults: CellFaults) -> object:
        match = WEIGHT.fullmatch(cell)
        word = (match[2] or "").casefold() if match else ""
        if match is None or (word and word not in UNIT_WORDS):
            faults.append((self.header[0], WeightInvalid(value=cell)))
            return None
        unit = UNIT_WORDS[word] if word else self.matrix.unit
        mass = mass_mg(match[1], mass_unit(unit))
        if mass <= self.heaviest_mg:
            faults.append((self.header[0], WeightsNotRising(value=cell, line=self.heaviest_line)))
            return None
        self.heaviest_mg, self.heaviest_line = mass, line
        return match[1] if unit == self.matrix.unit else {"value": match[1], "unit": unit}

    def _amount(self, number: int, cells: Sequence[str], faults: CellFaults) -> str | None:
        cell = cells[number].strip() if number < len(cells) else ""
        if not cell:
            return None
        try:
            refuse_unreadable(cell)
            return _decimal_text(cell, self.currency)
        except CellFault as fault:
            faults.append((self.header[number], fault))
        except ValueError:
            faults.append((self.header[number], AmountInvalid(value=cell, currency=self.currency)))
        return None


def _decimal_text(cell: str, currency: str) -> str:
    """Return an amount as a document states it. Raises ValueError for what is none."""
    text = cell.lstrip("$€£¥￥ ").replace(",", "")
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", text):
        raise ValueError(cell)
    value = Decimal(text)
    to_minor(value, currency)
    return text
