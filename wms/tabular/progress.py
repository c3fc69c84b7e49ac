"""Show how far an import has come: a bar on a terminal, a line now and then elsewhere, nothing when not wanted."""

from __future__ import annotations

from time import monotonic
from typing import Final, Protocol, TextIO

from django.utils.translation import gettext as _

BAR_CELLS: Final = 30
SECONDS_BETWEEN_DRAWS: Final = 0.1
SECONDS_BETWEEN_LINES: Final = 10.0


class Progress(Protocol):
    """What is told how far an import has come."""

    def reading(self, *, share: float, rows: int) -> None: ...

    def checking(self, *, share: float, rows: int) -> None: ...

    def done(self) -> None: ...


class Silent:
    """Shows nothing."""

    def reading(self, *, share: float, rows: int) -> None:
        pass

    def checking(self, *, share: float, rows: int) -> None:
        pass

    def done(self) -> None:
        pass


class Shown:
    """Writes to a stream: a bar redrawn in place if it is a terminal, else a plain line every ten seconds."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._on_terminal = stream.isatty()
        self._drawn_at = monotonic()
        self._is_open = False

    def reading(self, *, share: float, rows: int) -> None:
        """Show how much of the file has been read."""
        self._show(_("Reading"), share, rows)

    def checking(self, *, share: float, rows: int) -> None:
        """Show how many of its rows have been checked and saved."""
        self._show(_("Checking and saving"), share, rows)

    def done(self) -> None:
        """Leave the bar's line."""
        if self._is_open:
            self._stream.write("\n")
            self._stream.flush()
            self._is_open = False

    def _show(self, phase: str, share: float, rows: int) -> None:
        now = monotonic()
        if now - self._drawn_at < (SECONDS_BETWEEN_DRAWS if self._on_terminal else SECONDS_BETWEEN_LINES):
            return
        self._drawn_at = now
        words = f"{phase} {share:4.0%}  {rows:,}"
        if self._on_terminal:
            full = round(share * BAR_CELLS)
            self._stream.write(f"\r\x1b[2K{'█' * full}{'░' * (BAR_CELLS - full)} {words}")
            self._is_open = True
        else:
            self._stream.write(f"{words}\n")
        self._stream.flush()
