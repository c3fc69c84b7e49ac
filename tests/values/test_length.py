"""Length converts exactly into micrometres."""

from decimal import Decimal

import pytest

from wms.values.length import Length, LengthUnit, length_in, length_um, length_unit


@pytest.mark.parametrize(
    ("value", "unit", "expected_um"),
    [
        ("1", "in", 25_400),
        ("48", "in", 1_219_200),
        ("0.5", "in", 12_700),
        ("1.5", "cm", 15_000),
        ("2", "m", 2_000_000),
        ("0.0001", "mm", 0),
        ("12.3456", "mm", 12_345),
        (9, "um", 9),
    ],
)
def test_converts_exactly_and_rounds_down(value: str | int, unit: LengthUnit, expected_um: int) -> None:
    assert length_um(value, unit) == expected_um


def test_shows_lengths_in_the_unit() -> None:
    assert length_in(1_219_200, "in") == Decimal("48.0")
    assert length_in(1_219_200, "cm", 2) == Decimal("121.92")


def test_refuses_negative_lengths_and_unknown_units() -> None:
    with pytest.raises(ValueError, match="negative"):
        length_um("-1", "cm")
    with pytest.raises(ValueError, match="ell"):
        length_unit("ell")


def test_keeps_what_the_document_stated() -> None:
    assert Length(Decimal(30), "in").um == 762_000
