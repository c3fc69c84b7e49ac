"""Bars drawn by the server: numbers become an SVG's coordinates here, so that the template only writes them down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

WIDTH, HEIGHT, GAP = 720, 160, 2
ROUND: Final = (1, 2, 5, 10)
"""A scale ends at one of these times a power of ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A value with what it is called, what it says in full, and where it leads ("": nowhere)."""

    label: str
    value: int
    title: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar, in units of the drawing; `title` says in words what it shows."""

    x: str
    y: str
    width: str
    height: str
    title: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars side by side in a drawing of `width` × `height`: the words of its scale from the top down, those of its days from the left."""

    width: int
    height: int
    middle: int
    bars: tuple[Bar, ...]
    scale: tuple[str, str, str]
    labels: tuple[str, ...]


def bar_chart(rows: Sequence[Measured], *, tell: Callable[[int], str]) -> Chart:
    """Return a bar for each row under a round top of the scale, which `tell` puts in words; values below zero are no bar."""
    top = _round_above(max((row.value for row in rows), default=0))
    step = Decimal(WIDTH) / max(len(rows), 1)
    bars = []
    for place, row in enumerate(rows):
        height = Decimal(max(row.value, 0)) * HEIGHT / top
        bars.append(
            Bar(
                x=_written(step * place + GAP),
                y=_written(HEIGHT - height),
                width=_written(max(step - 2 * GAP, Decimal(1))),
                height=_written(height),
                title=row.title,
                link=row.link,
            )
        )
    ends = sorted({0, len(rows) // 2, len(rows) - 1}) if rows else ()
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        middle=HEIGHT // 2,
        bars=tuple(bars),
        scale=(tell(top), tell(top // 2), tell(0)),
        labels=tuple(rows[place].label for place in ends),
    )


def _round_above(most: int) -> int:
    """Return the least round number that is not below the greatest value, and even, so that its half is one."""
    power = 10 ** (len(str(max(most, 2))) - 1)
    return next(digit * power for digit in ROUND if digit * power >= most and digit * power % 2 == 0)


def _written(value: Decimal) -> str:
    return f"{value:.1f}"
