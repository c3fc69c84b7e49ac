"""A temporary table that brings the rows of one thing together, however far apart they stand in a file of any size.

PostgreSQL sorts on its own disk; nothing is kept in Python. COPY is allowed here, unlike into tables under row security.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.db import connections

FETCHED_ROWS: Final = 5_000
CREATE: Final = (
    "DROP TABLE IF EXISTS pg_temp.staged_rows",
    'CREATE TEMPORARY TABLE staged_rows (line bigint, key text COLLATE "C", cells text) ON COMMIT DROP',
)
IN_GROUPS: Final = """
SELECT line, key, cells, size FROM (
  SELECT line, key, cells, min(line) OVER whole AS first, count(*) OVER whole AS size FROM staged_rows WINDOW whole AS (PARTITION BY key)
) rows ORDER BY first, line
"""


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A row as the file has it, the key of the thing it is about, and how many rows are about that thing."""

    line: int
    key: str
    cells: list[str]
    group_size: int


class Staging:
    """The rows of one import, within the transaction that is open."""

    def __init__(self, using: str = "default") -> None:
        connections[using].ensure_connection()
        self._connection: psycopg.Connection[Any] = connections[using].connection
        with psycopg.Cursor(self._connection) as cursor:
            for statement in CREATE:
                cursor.execute(statement)

    @contextmanager
    def filling(self) -> Iterator[StagingWriter]:
        """Open the table for rows; no other statement can run until it is closed."""
        with psycopg.Cursor(self._connection) as cursor, cursor.copy("COPY staged_rows FROM STDIN") as copy:
            yield StagingWriter(copy)

    def rows(self) -> Generator[StagedRow]:
        """Yield all rows, those of one key together, keys in the order in which the file first has them."""
        with psycopg.ServerCursor(self._connection, "staged_rows_in_groups") as cursor:
            cursor.itersize = FETCHED_ROWS
            for line, key, cells, size in cursor.execute(IN_GROUPS):
                yield StagedRow(line, key, json.loads(cells), size)


class StagingWriter:
    """Adds rows."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy = copy
        self._encode = json.JSONEncoder(ensure_ascii=False).encode

    def add(self, line: int, key: str, cells: list[str]) -> None:
        """Add a row."""
        self._copy.write_row((line, key, self._encode(cells)))
