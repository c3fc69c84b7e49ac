"""Tables for a terminal, where Chinese characters are two cells wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import zip_longest


def width_of(text: str) -> int:
    """Return how many cells of a terminal the text takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def table(*, header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Return a table's lines; `right` are the columns of figures."""
    everything = [header, *rows]
    widths = [max(map(width_of, column)) for column in zip_longest(*everything, fillvalue="")]
    lines = [_line(row, widths, right) for row in everything]
    return [lines[0], "─" * max(map(width_of, lines)), *lines[1:]]


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    cells = []
    for number, (text, width) in enumerate(zip(row, widths, strict=False)):
        blank = " " * (width - width_of(text))
        cells.append(blank + text if number in right else text + blank)
    return "  ".join(cells).rstrip()
