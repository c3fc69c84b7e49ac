from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from wms.tabular import errors
from wms.tabular.cells import (
    Reader,
    currency,
    day,
    decimal,
    identifier,
    moment,
    refuse_unreadable,
    text,
    time_of_day,
    whole_number,
    yes_no,
)

UNITS = whole_number(least=1, most=1_000_000)
PRICE = decimal(least=Decimal(0), most=Decimal(1_000_000))
SHANGHAI = moment(zone=ZoneInfo("Asia/Shanghai"))
NUMBER = identifier(most=10)


@pytest.mark.parametrize(
    ("read", "cell", "value"),
    [
        (UNITS, "3", 3),
        (UNITS, "+3", 3),
        (UNITS, "003", 3),
        (UNITS, "3.0", 3),
        (PRICE, "12.50", Decimal("12.50")),
        (PRICE, "1,234.5", Decimal("1234.5")),
        (day, "2026-11-22", date(2026, 11, 22)),
        (day, "2026/1/5", date(2026, 1, 5)),
        (day, "2026年1月5日", date(2026, 1, 5)),
        (SHANGHAI, "2026-11-22 14:30", datetime(2026, 11, 22, 6, 30, tzinfo=UTC)),
        (SHANGHAI, "2026/1/5 8:05:59", datetime(2026, 1, 5, 0, 5, 59, tzinfo=UTC)),
        (SHANGHAI, "2026-11-22T14:30:00Z", datetime(2026, 11, 22, 14, 30, tzinfo=UTC)),
        (SHANGHAI, "2026-11-22T14:30:00.123-05:00", datetime(2026, 11, 22, 19, 30, tzinfo=UTC)),
        (SHANGHAI, "2026-11-22", datetime(2026, 11, 21, 16, 0, tzinfo=UTC)),
        (moment(zone=UTC, pattern="%m/%d/%Y %H:%M"), "12/1/2010 8:26", datetime(2010, 12, 1, 8, 26, tzinfo=UTC)),
        (time_of_day, "14:30", time(14, 30)),
        (yes_no, "是", True),
        (yes_no, "FALSE", False),
        (currency, "usd", "USD"),
        (text(most=20), "a\u3000b\r\nc", "a b c"),
        (text(most=20), "👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        (NUMBER, "#12-a_b", "#12-a_b"),
    ],
)
def test_reads(read: Reader, cell: str, value: Any) -> None:
    assert read(cell) == value


@pytest.mark.parametrize(
    ("read", "cell", "error"),
    [
        (UNITS, "1.5", errors.NotWholeNumber),
        (UNITS, "1e30", errors.NotWholeNumber),
        (UNITS, "1E+30", errors.NotWholeNumber),
        (UNITS, "３", errors.NotWholeNumber),
        (UNITS, "٣", errors.NotWholeNumber),
        (UNITS, "1_000", errors.NotWholeNumber),
        (UNITS, "three", errors.NotWholeNumber),
        (UNITS, "NaN", errors.NotWholeNumber),
        (UNITS, "9" * 5_000, errors.NotWholeNumber),
        (UNITS, "0", errors.NumberOutOfRange),
        (UNITS, "-1", errors.NumberOutOfRange),
        (UNITS, "1000001", errors.NumberOutOfRange),
        (UNITS, "9" * 30, errors.NumberOutOfRange),
        (PRICE, "1,23", errors.NotNumber),
        (PRICE, "12,34.5", errors.NotNumber),
        (PRICE, "inf", errors.NotNumber),
        (PRICE, "１２", errors.NotNumber),
        (PRICE, "-0.01", errors.NumberOutOfRange),
        (day, "11/22/2026", errors.NotDate),
        (day, "2026-02-30", errors.NotDate),
        (day, "1899-12-31", errors.NotDate),
        (SHANGHAI, "22.11.2026", errors.NotMoment),
        (SHANGHAI, "2026-11-22 25:00", errors.NotMoment),
        (SHANGHAI, "46348.6", errors.NotMoment),
        (SHANGHAI, "9999-12-31 23:59", errors.NotMoment),
        (moment(zone=UTC, pattern="%m/%d/%Y"), "22/11/2026", errors.NotMoment),
        (time_of_day, "24:00", errors.NotTimeOfDay),
        (yes_no, "maybe", errors.NotYesNo),
        (currency, "US$", errors.NotCurrency),
        (text(most=3), "abcd", errors.TextTooLong),
        (text(most=9), "a\x07b", errors.TextUnprintable),
        (NUMBER, "12345678901", errors.TextTooLong),
        (NUMBER, "1.23E+17", errors.NumberLostDigits),
        (NUMBER, "A\u200b1", errors.TextUnprintable),
        (refuse_unreadable, "=SUM(A1:A9)", errors.FormulaRefused),
        (refuse_unreadable, "#N/A", errors.SpreadsheetError),
        (refuse_unreadable, "#ref!", errors.SpreadsheetError),
    ],
)
def test_refuses(read: Reader, cell: str, error: type[errors.CellFault]) -> None:
    with pytest.raises(error) as caught:
        read(cell)
    assert str(caught.value)
