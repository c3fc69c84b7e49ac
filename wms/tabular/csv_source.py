"""Read CSV: encoding and delimiter found, quotes obeyed, never more than a line in memory."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from wms.tabular.encoding import OpenFile, checked_encoding, detect_encoding
from wms.tabular.errors import (
    CellFault,
    DelimiterUnclear,
    FileEmpty,
    FileNotTable,
    LineTooLong,
    QuoteNeverCloses,
    RowBroken,
)

DELIMITERS: Final = ",;\t|"
GZIP_MAGIC: Final = b"\x1f\x8b"
MOST_LINE_CHARACTERS: Final = 1_000_000
MOST_BLANK_LINES: Final = 1_000
# A gzip bomb unpacks a thousandfold, a table tenfold.
MOST_UNPACKED_BYTES: Final = 4 << 30


@dataclass(eq=False)
class CsvSource:
    """A CSV file whose header has been read."""

    encoding: str
    delimiter: str
    header: list[str]
    _lines: _Lines
    _file: BinaryIO
    _size: int

    @property
    def description(self) -> str:
        """Return encoding and delimiter as found."""
        return f"CSV, {self.encoding}, {'tab' if self.delimiter == chr(9) else self.delimiter}"

    def share_read(self) -> float:
        """Return how much of the file has been read, 0 to 1."""
        return min(self._file.tell() / self._size, 1.0) if self._size else 1.0

    def rows(self) -> Iterator[tuple[int, list[str] | CellFault]]:
        """Yield the rows below the header. Raises QuoteNeverCloses or LineTooLong where reading on would be guessing."""
        lines = self._lines
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
        while True:
            start = lines.number + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as fault:
                # The broken cell has swallowed lines that can't be told from its text.
                if lines.number > start or "end of data" in str(fault) or "field larger" in str(fault):
                    raise QuoteNeverCloses(line=start) from fault
                yield start, RowBroken()
                continue
            if any(cells) and not all(cell.isspace() or not cell for cell in cells):
                yield start, cells


class _Lines:
    """The lines of a text file, counted, each of bounded length."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(MOST_LINE_CHARACTERS)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == MOST_LINE_CHARACTERS:
            raise LineTooLong(line=self.number)
        return line


class _Gunzipped(gzip.GzipFile):
    """A gzip file that stops at a size that no table reaches."""

    def read(self, size: int | None = -1) -> bytes:
        return self._counted(super().read(size))

    def read1(self, size: int = -1) -> bytes:
        return self._counted(super().read1(size))

    def _counted(self, chunk: bytes) -> bytes:
        if self.tell() > MOST_UNPACKED_BYTES:
            raise FileNotTable
        return chunk


@contextmanager
def open_csv(path: Path, *, encoding: str | None = None) -> Iterator[CsvSource]:
    """Open a CSV file, plain or gzipped. Raises FileFault."""
    gzipped = _is_gzipped(path)

    def open_again() -> BinaryIO:
        return _Gunzipped(path) if gzipped else path.open("rb")  # type: ignore[return-value]

    try:
        found = _encoding_of(open_again, encoding)
        with path.open("rb") as file:
            raw = _Gunzipped(fileobj=file) if gzipped else file
            with io.TextIOWrapper(raw, encoding=found, newline="") as text:
                yield _read_header(text, file, found, path.stat().st_size)
    except (EOFError, gzip.BadGzipFile) as fault:
        raise FileNotTable from fault


def _is_gzipped(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == GZIP_MAGIC


def _encoding_of(open_again: OpenFile, encoding: str | None) -> str:
    return checked_encoding(open_again, encoding) if encoding else detect_encoding(open_again)


def _read_header(text: TextIO, file: BinaryIO, encoding: str, size: int) -> CsvSource:
    lines = _Lines(text)
    first = _first_line(lines)
    named = _delimiter_named_in(first)
    if named:
        first = _first_line(lines)
    delimiter = named or max(DELIMITERS, key=lambda candidate: len(_split(first, candidate)))
    header = [name.strip() for name in _split(first, delimiter)]
    if len(header) < 2:
        raise DelimiterUnclear(header=header[0][:80] if header else "")
    return CsvSource(encoding, delimiter, header, lines, file, size)


def _first_line(lines: _Lines) -> str:
    for line in lines:
        if line.strip(f"{DELIMITERS}\r\n\t "):
            return line + _rest_of_quoted(line, lines)
        if lines.number > MOST_BLANK_LINES:
            break
    raise FileEmpty


def _rest_of_quoted(line: str, lines: _Lines) -> str:
    """Return the further lines of a header that breaks a line within quotation marks."""
    rest = ""
    while (line + rest).count('"') % 2 and len(rest) < MOST_LINE_CHARACTERS:
        following = next(lines, None)
        if following is None:
            raise QuoteNeverCloses(line=1)
        rest += following
    return rest


def _delimiter_named_in(line: str) -> str | None:
    """Return the delimiter that Excel's own first line "sep=;" names."""
    text = line.strip("\r\n")
    return text[4] if len(text) == 5 and text.startswith("sep=") else None


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(line.splitlines(keepends=True), delimiter=delimiter, strict=True))
    except csv.Error:
        return []
