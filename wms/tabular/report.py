"""What became of each row of a file."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TextIO

from wms.errors import DomainError

MOST_EXAMPLES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that is wrong with one row."""

    line: int
    column: str
    code: str
    sentence: str


@dataclass(slots=True)
class Report:
    """Counts of rows; `rows_in` is the sum of the others. `examples` are the first refusals, however many there are.

    `accepted` rows were saved if `saved`; `repeated` ones were there already, just so.
    """

    description: str = ""
    extra_columns: tuple[str, ...] = ()
    rows_in: int = 0
    accepted: int = 0
    repeated: int = 0
    refused: int = 0
    saved: bool = False
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: list[Refusal] = field(default_factory=list)
    things: Counter[str] = field(default_factory=Counter)

    def refuse(self, line: int, faults: Sequence[tuple[str, DomainError]]) -> list[Refusal]:
        """Count one row as refused for these (column, error) pairs; the reasons count each pair."""
        self.refused += 1
        refusals = [Refusal(line, column, error.code, str(error)) for column, error in faults]
        for refusal in refusals:
            self.reasons[refusal.code, refusal.column] += 1
        self.examples += refusals[: MOST_EXAMPLES - len(self.examples)]
        return refusals

    def copy(self) -> Report:
        """Return a report that counts on from here by itself."""
        return replace(self, reasons=self.reasons.copy(), examples=[*self.examples], things=self.things.copy())

    def adds_up(self) -> bool:
        """Return whether every row that came in is accounted for."""
        return self.rows_in == self.accepted + self.repeated + self.refused


class RefusedRows:
    """A CSV file of the refused rows, each with its reason in front, to be put right and imported again.

    Nothing is written, nor an old file touched, until the first refusal.
    """

    def __init__(self, path: Path | None, header: Sequence[str]) -> None:
        self._path = path
        self._header = header
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        if self._file:
            self._file.close()

    def position(self) -> int:
        """Return where the file ends now."""
        return self._file.tell() if self._file else 0

    def rewind(self, position: int) -> None:
        """Forget what was written since."""
        if self._file:
            self._file.seek(position)
            self._file.truncate()

    def write(self, refusals: Sequence[Refusal], cells: Sequence[str]) -> None:
        """Add one row with what is wrong with it."""
        if self._path is None:
            return
        if self._file is None:
            self._file = self._path.open("w", encoding="utf-8-sig", newline="")
        if not self._file.tell():
            csv.writer(self._file).writerow(["refused_line", "refused_column", "refused_code", "refused_reason", *self._header])
        columns, codes, sentences = (
            " | ".join(words) for words in zip(*((refusal.column, refusal.code, refusal.sentence) for refusal in refusals), strict=True)
        )
        csv.writer(self._file).writerow([refusals[0].line, columns, codes, sentences, *cells])
