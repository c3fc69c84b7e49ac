"""A PostgreSQL and a Valkey of the benchmark's own, in a directory that goes away with it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from benchmarks.databases import Databases
from wms.embedded import EmbeddedBroker, EmbeddedPostgres
from wms.tenancy.bootstrap import Passwords, bootstrap_database
from wms.tenancy.rls import OWNER_ROLE, RUNTIME_ROLE

CHECKOUT = Path(__file__).resolve().parent.parent
SCHEMA = "bench_schema"

SETTINGS: Mapping[str, str] = {
    "shared_buffers": "1GB",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
}
"""Beyond the product's own: no checkpoint and no autovacuum falls into a timed run; each is made before the clock starts."""


@dataclass(frozen=True, slots=True)
class Services:
    """The running servers."""

    databases: Databases
    broker: EmbeddedBroker
    directory: Path

    def environment(self, database: str) -> dict[str, str]:
        """Return the environment of a product's process that works on this database."""
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")]),
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "wms.settings"),
            "SECRET_KEY": "benchmark",
            "DATABASE_URL": self.databases.url(database, role=RUNTIME_ROLE),
            "OWNER_DATABASE_URL": self.databases.url(database, role=OWNER_ROLE),
            "REDIS_URL": self.broker.url(),
        }


@contextmanager
def private_services(parent: Path | None = None) -> Iterator[Services]:
    """Start both servers with an empty, migrated database; stop them and remove their files at the end, SIGTERM included."""
    signal.signal(signal.SIGTERM, _leave)
    directory = Path(tempfile.mkdtemp(prefix="fencang-bench-", dir=parent))
    directory.chmod(0o755)
    postgres, broker = EmbeddedPostgres(directory, settings=SETTINGS), EmbeddedBroker(directory)
    try:
        postgres.start()
        broker.start()
        services = Services(Databases(postgres), broker, directory)
        _make_schema(services)
        yield services
    finally:
        broker.stop()
        postgres.stop()
        shutil.rmtree(directory, ignore_errors=True)


def _leave(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def _make_schema(services: Services) -> None:
    bootstrap_database(admin_url=services.databases.url("postgres"), database=SCHEMA, passwords=Passwords())
    command = [sys.executable, "manage.py", "migrate", "--database=owner", "--verbosity=0"]
    subprocess.run(command, cwd=CHECKOUT, env=services.environment(SCHEMA), check=True)
