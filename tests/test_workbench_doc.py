"""docs/workbench.md adds up: the ten seconds are what their keystrokes sum to."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

SECONDS = {"K": Decimal("0.28"), "P": Decimal("1.1"), "H": Decimal("0.4"), "M": Decimal("1.35")}
OVER_TEN = {"three orders at once, by mouse"}
"""Scenes that the document says take longer."""


def scenes() -> list[tuple[str, str, Decimal]]:
    text = (Path(__file__).parents[1] / "docs" / "workbench.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")]
    return [(row[0], row[2], Decimal(row[3])) for row in rows[2:]]


def seconds_of(operators: str) -> Decimal:
    steps = [re.fullmatch(r"(\d*)([KPHM])", step) for step in operators.split()]
    return sum((int(step[1] or 1) * SECONDS[step[2]] for step in steps if step), Decimal(0))


@pytest.mark.parametrize(("scene", "operators", "stated"), scenes(), ids=lambda value: str(value)[:30])
def test_each_scene_adds_up_and_stays_within_ten_seconds(scene: str, operators: str, stated: Decimal) -> None:
    assert all(re.fullmatch(r"\d*[KPHM]", step) for step in operators.split())
    assert seconds_of(operators) == stated
    assert (stated > 10) == (scene in OVER_TEN)


def test_there_are_scenes() -> None:
    assert len(scenes()) == 9
