"""Sheets of rates: the matrix and the long form, and what is wrong with them, by the cell."""

from __future__ import annotations

from typing import Any

import pytest

from carriers.sheets.book import Book, Given, begin_book, finish_book
from carriers.sheets.grid import Grid

TERMS = {"units": {"weight": "kg", "length": "cm"}, "currency": "USD", "code": "card", "effective_from": "2026-01-01"}


def read(*lines: str, name: str = "rates") -> Book:
    """Read a sheet whose cells are parted by |."""
    rows: list[Any] = [(number, line.split("|")) for number, line in enumerate(lines, start=1)]
    return finish_book(begin_book([Grid(name, rows)]), Given(document=TERMS))


def rates(*lines: str) -> Any:
    book = read(*lines)
    assert [str(fault) for fault in book.faults.found] == []
    assert book.document is not None
    return book.document["zones"], book.document["rates"]


def faults(*lines: str) -> list[tuple[str, str]]:
    return [(fault.spot.address, fault.code) for fault in read(*lines).faults.found]


def test_the_long_form_says_the_same_as_the_matrix() -> None:
    matrix = rates("not over|1|2", "1|5|6", "2|7|–")
    assert rates("zone|not over|amount", "1|1|5", "2|1|6", "1|2|7", "2|2|–") == matrix


def test_the_order_of_the_long_form_says_nothing_of_weights() -> None:
    assert rates("zone|weight|price", "1|2|7", "1|1|5") == rates("not over|1", "1|5", "2|7")


def test_a_price_by_step_goes_with_the_fixed_price_of_its_weight() -> None:
    zones, (row,) = rates("重量上限|计价方式|续重单位|首重|1区", "30|固定价|||32.00", "30|续重|0.5|0.5|5.5")
    assert zones == ["1"]
    assert row == {"not_over": "30", "amounts": ["32.00"], "step": "0.5", "beyond": "0.5", "per_step": ["5.5"]}


def test_another_unit_may_stand_in_the_header_or_in_the_cell() -> None:
    assert rates("Weight (lb)|1", "1|5", "1 kg|6")[1][0]["not_over"] == {"value": "1", "unit": "lb"}
    assert rates("Weight (lb)|1", "1|5", "1 kg|6")[1][1]["not_over"] == "1"


def test_amounts_may_bear_the_card_s_own_currency() -> None:
    assert rates("not over|1", "1|$5", "2|USD 6.50", "3|1,007.00 usd")[1][2]["amounts"] == ["1007.00"]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (("not over|1|2", "1|5|6", "2|7|", "3|8|9"), [("C3", "price_gap")]),
        (("not over|1|2", "1|5|", "2|7|8", "3|9|"), []),
        (("zone|not over|amount", "1|1|5", "2|1|6", "1|2|7"), [("B4", "price_missing")]),
        (("zone|not over|amount", "1|1|5", "1|1|6"), [("A3", "row_repeated")]),
        (("zone|not over|amount|currency", "1|1|5|USD", "1|2|6|CNY"), [("D3", "currency_foreign")]),
        (("over|not over|1", "0|1|5", "2|3|6"), [("A3", "weight_gap")]),
        (("over|not over|1", "0|2|5", "1|3|6"), [("A3", "weight_overlap")]),
        (("over|not over|1", "0|1|5", "1|3|6"), []),
        (("not over|1", "1|¥5"), [("B2", "currency_foreign")]),
        (("not over|1", "1|five"), [("B2", "not_a_number")]),
        (("not over|1|Zone 1", "1|5|6"), [("C1", "column_repeated")]),
        (("not over|charge|1", "1|by magic|5"), [("B2", "word_unknown")]),
        (("not over|charge|step|1|2", "9|amount||5|6", "9|per step|1|2|"), [("E3", "price_missing")]),
    ],
)
def test_a_fault_is_found_in_its_cell(lines: tuple[str, ...], found: list[tuple[str, str]]) -> None:
    assert faults(*lines) == found
