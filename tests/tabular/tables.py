"""Small files to import."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from wms.tabular.source import open_source


def write_text(path: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def write_xlsx(path: Path, rows: Sequence[Sequence[Any]], *, title: str = "Sheet") -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def read_all(path: Path, *, encoding: str | None = None, sheet: str | None = None) -> tuple[str, list[str], list[tuple[int, Any]]]:
    """Return description, header and rows."""
    with open_source(path, encoding=encoding, sheet=sheet) as source:
        return source.description, list(source.header), list(source.rows())
