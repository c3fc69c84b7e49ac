"""Open a file as a header and numbered rows, whatever kind of table it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from wms.tabular.csv_source import open_csv
from wms.tabular.errors import CellFault, FileMissing, OldWorkbook
from wms.tabular.xlsx_source import open_xlsx

ZIP_MAGIC: Final = b"PK\x03\x04"
OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0"

type Cells = list[str]


class Source(Protocol):
    """A table being read."""

    @property
    def description(self) -> str:
        """Return the format as found, such as "CSV, utf-8, ;"."""

    @property
    def header(self) -> Cells:
        """Return the names in the first row that is not blank."""

    def rows(self) -> Iterator[tuple[int, Cells | CellFault]]:
        """Yield (line number, cells) of each row below the header that is not blank."""

    def share_read(self) -> float:
        """Return how much of the file has been read, 0 to 1."""


@contextmanager
def open_source(path: Path, *, encoding: str | None = None, sheet: str | None = None) -> Iterator[Source]:
    """Open a CSV (also .gz) or XLSX file, told apart by content and not by name."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as fault:
        raise FileMissing(path=str(path)) from fault
    if magic == OLE_MAGIC:
        raise OldWorkbook
    opened = open_xlsx(path, sheet=sheet) if magic == ZIP_MAGIC else open_csv(path, encoding=encoding)
    with opened as source:
        yield source
