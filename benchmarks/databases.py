"""Make a database as it was before a run: copied from a template, vacuumed, analysed, checkpointed, alike for everyone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from wms.embedded import EmbeddedPostgres

Connection = psycopg.Connection[Any]


class Databases:
    """The databases of a private server."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server

    def url(self, database: str, *, role: str = "postgres") -> str:
        """Return the address of a database for a role."""
        return self._server.url(role, database)

    def server_pid(self) -> int:
        """Return the process id of the running server."""
        pid = self._server.pid()
        assert pid is not None
        return pid

    @contextmanager
    def open(self, database: str) -> Iterator[Connection]:
        """Open a superuser's connection that commits each statement."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            yield connection

    def create(self, database: str, *, template: str) -> None:
        """Make (again) a database that is a copy of another."""
        with self.open("postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy")

    def drop(self, database: str) -> None:
        """Remove a database."""
        with self.open("postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def rename(self, database: str, *, to: str) -> None:
        """Give a database another name, in the place of the one that has it."""
        self.drop(to)
        with self.open("postgres") as connection:
            connection.execute(f"ALTER DATABASE {database} RENAME TO {to}")

    def settle(self, database: str, *tables: str) -> None:
        """Leave nothing to catch up on when the clock starts; `tables` are those that changed since the template, if not all."""
        with self.open(database) as connection:
            connection.execute(f"VACUUM ANALYZE {', '.join(tables)}")
            connection.execute("CHECKPOINT")
