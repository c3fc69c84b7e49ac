"""Weights and sizes as people type them."""

import pytest

from carriers.measures import SizeUnreadable, WeightUnreadable, mass_mg_of, sides_um_of


@pytest.mark.parametrize(
    ("text", "mass_mg"),
    [
        ("3lb", 1_360_777),
        ("3 LBS", 1_360_777),
        ("3磅", 1_360_777),
        ("48oz", 1_360_777),
        ("1.36 kg", 1_360_000),
        ("1,360 g", 1_360_000),
        ("１．３６公斤", 1_360_000),  # full-width digits, as some keyboards type them
        (".5 kg", 500_000),
    ],
)
def test_reads_weights(text: str, mass_mg: int) -> None:
    assert mass_mg_of(text) == mass_mg


@pytest.mark.parametrize("text", ["", "3", "lb", "3 stone", "-3lb", "0 kg", "3 lb 4 oz", "1e3 g", "11000 kg", "1,36 kg"])
def test_refuses_what_is_no_weight(text: str) -> None:
    with pytest.raises(WeightUnreadable):
        mass_mg_of(text)


@pytest.mark.parametrize(
    ("text", "sides_um"),
    [
        ("10x8x4in", (254_000, 203_200, 101_600)),
        ("10 × 8 × 4 inches", (254_000, 203_200, 101_600)),
        ('10"x8"x4"', (254_000, 203_200, 101_600)),
        ("25*20*10厘米", (250_000, 200_000, 100_000)),
        ("1m x 20cm x 30mm", (1_000_000, 200_000, 30_000)),
    ],
)
def test_reads_sizes(text: str, sides_um: tuple[int, int, int]) -> None:
    assert sides_um_of(text) == sides_um


@pytest.mark.parametrize("text", ["", "10x8", "10x8x4", "10x8x4x2in", "10x8x0in", "10x8x4ft", "11m x 1m x 1m", "a x b x c in"])
def test_refuses_what_is_no_size(text: str) -> None:
    with pytest.raises(SizeUnreadable):
        sides_um_of(text)
