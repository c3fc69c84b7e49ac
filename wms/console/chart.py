"""Bars drawn by the server: numbers become an SVG's coordinates here, so that the template only writes them down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH, HEIGHT, GAP = 720, 160, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar, in units of the drawing; `title` says in words what it shows."""

    x: str
    y: str
    width: str
    height: str
    title: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars side by side in a drawing of `width` × `height`."""

    width: int
    height: int
    bars: tuple[Bar, ...]


def bar_chart(rows: Sequence[tuple[str, int, str]]) -> Chart:
    """Return a bar for each (label, value, title), the highest as high as the drawing; values below zero are no bar."""
    most = max((value for _, value, _ in rows), default=0) or 1
    step = Decimal(WIDTH) / max(len(rows), 1)
    bars = []
    for place, (label, value, title) in enumerate(rows):
        height = Decimal(max(value, 0)) * HEIGHT / most
        bars.append(
            Bar(
                x=_written(step * place + GAP),
                y=_written(HEIGHT - height),
                width=_written(max(step - 2 * GAP, Decimal(1))),
                height=_written(height),
                title=title,
                label=label,
            )
        )
    return Chart(width=WIDTH, height=HEIGHT, bars=tuple(bars))


def _written(value: Decimal) -> str:
    return f"{value:.1f}"
