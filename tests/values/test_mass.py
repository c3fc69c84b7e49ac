"""Mass converts exactly and rounds down, so that limits and sums never jump a bracket."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wms.values.mass import UNIT_MG, Mass, MassUnit, mass_in, mass_mg, mass_text, mass_unit


@pytest.mark.parametrize(
    ("value", "unit", "expected_mg"),
    [
        ("1", "lb", 453_592),
        ("100", "lb", 45_359_237),
        ("3", "lb", 1_360_777),
        ("16", "oz", 453_592),
        ("15.999", "oz", 453_564),
        ("0.4", "kg", 400_000),
        ("20.0", "kg", 20_000_000),
        ("250", "g", 250_000),
        (7, "mg", 7),
        ("0", "kg", 0),
    ],
)
def test_converts_exactly_and_rounds_down(value: str | int, unit: MassUnit, expected_mg: int) -> None:
    assert mass_mg(value, unit) == expected_mg


@given(st.lists(st.integers(0, 10_000).map(lambda n: Decimal(n) / 100), min_size=1, max_size=30))
def test_sums_of_parts_never_exceed_the_whole(parts: list[Decimal]) -> None:
    assert sum(mass_mg(part, "lb") for part in parts) <= mass_mg(sum(parts), "lb")


@pytest.mark.parametrize("value", [1.5, True, None])
def test_refuses_floats_and_what_is_no_number(value: object) -> None:
    with pytest.raises(TypeError):
        mass_mg(value, "kg")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["", "heavy", "NaN", "Infinity", "-1", "1e19", "1e-19"])
def test_refuses_text_that_is_no_mass(value: str) -> None:
    with pytest.raises(ValueError, match=r"number|negative|digits"):
        mass_mg(value, "kg")


def test_refuses_an_unknown_unit() -> None:
    with pytest.raises(ValueError, match="stone"):
        mass_unit("stone")


@given(st.integers(0, 10**6), st.sampled_from(sorted(UNIT_MG)))
def test_shows_again_what_was_read(thousandths: int, unit: MassUnit) -> None:
    value = Decimal(thousandths) / 1_000
    if unit == "mg":
        value = Decimal(thousandths)
    assert mass_in(mass_mg(value, unit), unit) == value
    assert mass_text(mass_mg(value, unit), unit) == f"{value.normalize():f} {unit}"


def test_keeps_what_the_document_stated() -> None:
    three = Mass(Decimal("3.0"), "lb")
    assert (three.mg, three.exact_mg.denominator) == (1_360_777, 100)
