"""The PostgreSQL server, the databases and the broker that a run of the tests uses.

Everything lies in one temporary directory of the run, shared by its workers: a template database, bootstrapped as in
production and migrated once by the owner, and one copy of it for each worker. Tests connect as the runtime role. The
addresses go into the environment, so that the programs that a test starts use the same ones. With ADMIN_DATABASE_URL (and
OWNER_DATABASE_URL and DATABASE_URL) set, the databases are made on that server instead.

A server of the run's own begins with the files of an earlier run's migrated server, kept under `.data/` for as long as no
migration, and nothing else that they are made of, has changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import Connection, sql

from wms.embedded import EmbeddedBroker, EmbeddedPostgres
from wms.embedded.processes import exclusive
from wms.env import postgres_url
from wms.tenancy.bootstrap import Passwords, bootstrap_database
from wms.tenancy.rls import OWNER_ROLE, RUNTIME_ROLE

ROOT = Path(__file__).resolve().parent.parent
RUN = "FENCANG_TEST_RUN"
"""The variable by which the workers learn the directory of the run."""

OWN_SERVER = "FENCANG_TEST_OWN_SERVER"
"""The variable by which they learn that the run has a server of its own."""

QUICK = {"fsync": "off", "full_page_writes": "off"}
"""A test database need not outlive a power cut; what is committed still outlives a killed server."""

KEPT_SERVERS = ROOT / ".data" / "test-servers"
"""Where the files of a migrated server lie, by the fingerprint of what they are made of."""

MADE_OF = ("*/migrations/*.py", "wms/*/migrations/*.py", "wms/tenancy/*.py", "wms/embedded/*.py", "requirements.lock")

KEPT = ("django_migrations", "django_content_type", "auth_permission")
"""Tables that the migrations fill."""


@dataclass(frozen=True, slots=True)
class Services:
    """The services of one worker, or of the run when it has no workers."""

    run: Path
    worker: str

    @property
    def broker(self) -> EmbeddedBroker:
        return EmbeddedBroker(self.run / self.worker)

    @property
    def database(self) -> str:
        return f"{self._prefix}_{self.worker}"

    def use(self) -> None:
        """Point the environment, and so the settings, to these services; nothing is started."""
        os.environ["FENCANG_DATA_DIR"] = str(self.run)
        os.environ["REDIS_URL"] = self.broker.url()
        os.environ["ADMIN_DATABASE_URL"] = self.admin_url("postgres")
        os.environ["OWNER_DATABASE_URL"] = self._url("OWNER_DATABASE_URL", OWNER_ROLE, self.database)
        os.environ["DATABASE_URL"] = self._url("DATABASE_URL", RUNTIME_ROLE, self.database)

    def admin_url(self, database: str = "") -> str:
        """Return the superuser's address of a database, by default the worker's."""
        return self._url("ADMIN_DATABASE_URL", "postgres", database or self.database)

    def make_database(self) -> None:
        """Start the server unless it runs, and give the worker a fresh copy of the migrated template."""
        if self._is_embedded:
            self._start_server()
        with exclusive(self.run, "template"), psycopg.connect(self.admin_url("postgres"), autocommit=True) as admin:
            if not admin.execute("SELECT FROM pg_database WHERE datname = %s", [self._template]).rowcount:
                self._make_template(admin)
            self._drop(admin, self.database)
            names = map(sql.Identifier, (self.database, self._template, OWNER_ROLE))
            admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*names))
            self._bootstrap(self.database)

    def end_run(self) -> None:
        """Stop what the run started and remove its files."""
        if self._is_embedded:
            EmbeddedPostgres(self.run).stop()
        else:
            self._drop_databases()
        shutil.rmtree(self.run)

    def _start_server(self) -> None:
        server, kept = EmbeddedPostgres(self.run, settings=QUICK), KEPT_SERVERS / _fingerprint()
        with exclusive(KEPT_SERVERS.parent, "test-servers"):
            if server.files.exists():
                return
            if kept.exists():
                _copy(kept, server.files)
                server.start()
                return
            server.start()
            with psycopg.connect(self.admin_url("postgres"), autocommit=True) as admin:
                self._make_template(admin)
            server.stop()
            _keep(server.files, kept)
            server.start()

    @property
    def _prefix(self) -> str:
        return "fencang_test" if self._is_embedded else self.run.name.replace("-", "_").lower()

    @property
    def _template(self) -> str:
        return f"{self._prefix}_template"

    @property
    def _is_embedded(self) -> bool:
        return bool(os.environ.get(OWN_SERVER))

    def _url(self, variable: str, role: str, database: str) -> str:
        given = os.environ.get(variable)
        if given:
            return urlsplit(given)._replace(path=f"/{quote(database)}").geturl()
        return EmbeddedPostgres(self.run).url(role, database)

    def _make_template(self, admin: Connection) -> None:
        making = f"{self._prefix}_making"
        self._drop(admin, making)
        self._bootstrap(making)
        owner_url = self._url("OWNER_DATABASE_URL", OWNER_ROLE, making)
        migrate = [sys.executable, "manage.py", "migrate", "--database", "owner", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env={**os.environ, "OWNER_DATABASE_URL": owner_url}, check=True)
        names = map(sql.Identifier, (making, self._template))
        admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))

    def _bootstrap(self, database: str) -> None:
        passwords = Passwords(
            owner=postgres_url("OWNER_DATABASE_URL", os.environ["OWNER_DATABASE_URL"]).password,
            runtime=postgres_url("DATABASE_URL", os.environ["DATABASE_URL"]).password,
        )
        bootstrap_database(admin_url=self.admin_url("postgres"), database=database, passwords=passwords)

    def _drop_databases(self) -> None:
        with psycopg.connect(self.admin_url("postgres"), autocommit=True) as admin:
            for (name,) in admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [self._prefix]).fetchall():
                self._drop(admin, name)

    def _drop(self, admin: Connection, database: str) -> None:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def services_of_this_process() -> Services:
    """Return the services of this worker, beginning a run when nobody has."""
    if is_worker():
        return Services(Path(os.environ[RUN]), os.environ["PYTEST_XDIST_WORKER"])
    if not os.environ.get("ADMIN_DATABASE_URL"):
        os.environ[OWN_SERVER] = "1"
        os.environ.pop("OWNER_DATABASE_URL", None)
        os.environ.pop("DATABASE_URL", None)
    run = Path(tempfile.mkdtemp(prefix="fencang-test-"))
    run.chmod(0o711)
    os.environ[RUN] = str(run)
    return Services(run, "alone")


def is_worker() -> bool:
    """Return whether another pytest process leads the run."""
    return RUN in os.environ and "PYTEST_XDIST_WORKER" in os.environ


def empty_tables(admin: Connection) -> None:
    """Remove every row that a test committed."""
    tables = admin.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace "
        "AND relname <> ALL (%s) ORDER BY 1",
        [list(KEPT)],
    )
    names = [sql.Identifier(name) for (name,) in tables]
    filled = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name.as_string()), name) for name in names
    )
    full = [name for (name,) in admin.execute(filled)]
    if full:
        admin.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(map(sql.SQL, full))))


def _fingerprint() -> str:
    content = hashlib.sha256()
    for path in sorted(path for pattern in MADE_OF for path in ROOT.glob(pattern)):
        content.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return content.hexdigest()[:16]


def _keep(files: Path, kept: Path) -> None:
    """Keep a stopped server's files, and none of an earlier fingerprint."""
    shutil.rmtree(kept.parent, ignore_errors=True)
    kept.parent.mkdir()
    unfinished = kept.with_suffix(".unfinished")
    _copy(files, unfinished)
    unfinished.replace(kept)


def _copy(files: Path, target: Path) -> None:
    """Copy a stopped server's files with their owner, who is not us when we are root."""
    subprocess.run(["cp", "-pR", files, target], check=True)
