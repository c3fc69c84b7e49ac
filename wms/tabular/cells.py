"""Turn one cell's text into a value, or say in one sentence why not.

Each function returns a reader for a column; readers get text without surrounding blanks that is not empty. Digits are 0 to
9 only: Python's own int() and Decimal() take any script's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any, Final

from wms.tabular.errors import (
    CellFault,
    FormulaRefused,
    NotCurrency,
    NotDate,
    NotMoment,
    NotNumber,
    NotTimeOfDay,
    NotWholeNumber,
    NotYesNo,
    NumberLostDigits,
    NumberOutOfRange,
    SpreadsheetError,
    TextTooLong,
    TextUnprintable,
)
from wms.values.money import CURRENCY_CODE

type Reader = Callable[[str], Any]

WHOLE_NUMBER: Final = re.compile(r"([+-]?[0-9]{1,30})(\.0{1,10})?")
DECIMAL_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.[0-9]{1,18})?")
SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{2,3}", re.IGNORECASE)
YEAR_FIRST: Final = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?"
    r"(?:[ T]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?)? ?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
TIME_OF_DAY: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
SPREADSHEET_ERRORS: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})
YES: Final = frozenset({"yes", "y", "true", "1", "是", "住宅", "residential"})
NO: Final = frozenset({"no", "n", "false", "0", "否", "商业", "commercial"})
FIRST_YEAR, LAST_YEAR = 2000, 2099
SHOWN_CHARACTERS: Final = 60


def refuse_unreadable(cell: str) -> None:
    """Raise for what a spreadsheet should have turned into a value before it got here."""
    if cell[0] == "=":
        raise FormulaRefused(value=shown(cell))
    if cell[0] == "#" and cell.upper() in SPREADSHEET_ERRORS:
        raise SpreadsheetError(value=cell)


def shown(cell: str) -> str:
    """Return the cell's text, cut for a sentence."""
    return cell if len(cell) <= SHOWN_CHARACTERS else f"{cell[:SHOWN_CHARACTERS]}…"


def text(*, most: int) -> Reader:
    """Return a reader of printable text of at most `most` characters."""

    def read(cell: str) -> str:
        if len(cell) > most:
            raise TextTooLong(length=len(cell), most=most)
        return cell if cell.isprintable() else _on_one_line(cell)

    return read


def _on_one_line(cell: str) -> str:
    """Return the text with one blank for each line break or odd blank; marks that join letters stay."""
    words = " ".join(cell.split())
    if CONTROL.search(words):
        raise TextUnprintable
    return words


def identifier(*, most: int) -> Reader:
    """Return a reader of a number or code that must arrive as it was written."""

    def read(cell: str) -> str:
        if len(cell) > most:
            raise TextTooLong(length=len(cell), most=most)
        if not cell.isprintable():
            raise TextUnprintable
        if SCIENTIFIC.fullmatch(cell):
            raise NumberLostDigits(value=cell)
        return cell

    return read


def whole_number(*, least: int, most: int) -> Reader:
    """Return a reader of an integer between two bounds, both included."""

    def read(cell: str) -> int:
        match = WHOLE_NUMBER.fullmatch(cell)
        if match is None:
            raise NotWholeNumber(value=shown(cell))
        number = int(match[1])
        if not least <= number <= most:
            raise NumberOutOfRange(value=shown(cell), least=least, most=most)
        return number

    return read


def decimal(*, least: Decimal, most: Decimal) -> Reader:
    """Return a reader of a decimal number between two bounds, both included; commas may part thousands."""

    def read(cell: str) -> Decimal:
        if DECIMAL_NUMBER.fullmatch(cell) is None:
            raise NotNumber(value=shown(cell))
        number = Decimal(cell.replace(",", ""))
        if not least <= number <= most:
            raise NumberOutOfRange(value=shown(cell), least=least, most=most)
        return number

    return read


def currency(cell: str) -> str:
    """Return an ISO currency code."""
    code = cell.upper()
    if not CURRENCY_CODE.fullmatch(code):
        raise NotCurrency(value=shown(cell))
    return code


def yes_no(cell: str) -> bool:
    """Return whether the cell says yes."""
    word = cell.casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise NotYesNo(value=shown(cell))


def day(cell: str) -> date:
    """Return a date written year first."""
    return _year_first(cell, NotDate).date()


def moment(*, zone: tzinfo, pattern: str | None = None) -> Reader:
    """Return a reader of instants: year first, or in the pattern of strptime; `zone` is meant where none is written."""

    def read(cell: str) -> datetime:
        found = _by_pattern(cell, pattern) if pattern else _year_first(cell, NotMoment)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)

    return read


def time_of_day(cell: str) -> time:
    """Return a time such as 14:30."""
    match = TIME_OF_DAY.fullmatch(cell)
    try:
        if match:
            return time(int(match[1]), int(match[2]), int(match[3] or 0))
    except ValueError:
        pass
    raise NotTimeOfDay(value=shown(cell))


def _by_pattern(cell: str, pattern: str) -> datetime:
    try:
        return _within_years(datetime.strptime(cell, pattern))  # noqa: DTZ007 - the zone is the caller's
    except ValueError:
        raise NotMoment(value=shown(cell)) from None


def _year_first(cell: str, fault: type[CellFault]) -> datetime:
    match = YEAR_FIRST.fullmatch(cell)
    if match is None:
        raise fault(value=shown(cell))
    year, month, day_of_month, hour, minute, second, zone = match.groups()
    stamp = f"{year}-{month:>02}-{day_of_month:>02}T{hour or '00':>02}:{minute or '00'}:{second or '00'}{zone or ''}"
    try:
        return _within_years(datetime.fromisoformat(stamp))
    except ValueError:
        raise fault(value=shown(cell)) from None


def _within_years(found: datetime) -> datetime:
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(found)
    return found
