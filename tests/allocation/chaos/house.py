"""A whole installation in a directory of its own: PostgreSQL, broker, workers and beat, to be broken and mended by their ids."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psutil
import psycopg

from tests.services import QUICK, ROOT
from wms.embedded import EmbeddedBroker, EmbeddedPostgres
from wms.tenancy.bootstrap import Passwords, bootstrap_database
from wms.tenancy.rls import OWNER_ROLE, RUNTIME_ROLE

DATABASE = "chaos"
PATIENCE_SECONDS = 60.0
SETTINGS = {**QUICK, "shared_buffers": "64MB", "restart_after_crash": "on"}

# A worker that waits for a stock row has written everything else of its batch.
IN_THE_MIDDLE = f"""
SELECT pid FROM pg_stat_activity
WHERE usename = '{RUNTIME_ROLE}' AND wait_event_type = 'Lock' AND query ILIKE '%UPDATE inventory_stock%'
"""


class House:
    """The installation. Whatever is ended is a process that was started here."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.postgres = EmbeddedPostgres(directory, settings=SETTINGS)
        self.broker = EmbeddedBroker(directory)
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._log = (directory / "processes.log").open("a")

    @property
    def environment(self) -> dict[str, str]:
        given = {
            "DJANGO_SETTINGS_MODULE": "wms.settings",
            "SECRET_KEY": "chaos",
            "FENCANG_DATA_DIR": str(self.directory),
            "ADMIN_DATABASE_URL": self.postgres.url(database="postgres"),
            "DATABASE_URL": self.postgres.url(RUNTIME_ROLE, DATABASE),
            "OWNER_DATABASE_URL": self.postgres.url(OWNER_ROLE, DATABASE),
            "REDIS_URL": self.broker.url(),
        }
        return {**os.environ, **given}

    def build(self) -> None:
        """Start the servers and make an empty database."""
        self.postgres.start()
        self.broker.start()
        bootstrap_database(admin_url=self.postgres.url(database="postgres"), database=DATABASE, passwords=Passwords())
        self.manage("migrate", "--database=owner", "--verbosity=0")

    def manage(self, *words: str) -> str:
        """Run a command of the product and return what it prints."""
        command = [sys.executable, "manage.py", *words]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": self._log}
        return subprocess.run(command, cwd=ROOT, env=self.environment, check=True, text=True, **pipes).stdout

    def admin(self) -> psycopg.Connection:
        """Return a superuser's connection."""
        return psycopg.connect(self.postgres.url(database=DATABASE), autocommit=True)

    def ask(self, query: str) -> list[Any]:
        """Return the rows of a question, asked again while the server is down."""
        answer: list[Any] = []

        def asked() -> bool:
            with suppress(psycopg.OperationalError), self.admin() as admin:
                answer.append(admin.execute(query).fetchall())
            return bool(answer)

        wait_until(asked)
        return list(answer[0])

    def start(self, name: str, *words: str) -> subprocess.Popen[str]:
        """Start a process of the product and remember it by a name."""
        self._processes[name] = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if name == "seller" else self._log,
            stderr=self._log,
            text=True,
        )
        return self._processes[name]

    def start_worker(self, name: str) -> None:
        """Start a worker with one pool process."""
        quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=WARNING")
        self.start(name, "celery", "-A", "wms", "worker", "--concurrency=1", "-n", f"{name}@chaos", *quiet)

    def start_beat(self) -> None:
        """Start what sends the sweeps."""
        schedule = self.directory / f"beat-{time.monotonic_ns()}"
        self.start("beat", "celery", "-A", "wms", "beat", "--loglevel=WARNING", f"--schedule={schedule}", "--pidfile=")

    def family(self, name: str) -> list[psutil.Process]:
        """Return a process and all that it started."""
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self._processes[name].pid)
            return [parent, *parent.children(recursive=True)]
        return []

    def kill(self, *names: str) -> None:
        """End these processes and what they started at once, as kill -9 does."""
        kill([member for name in names for member in self.family(name)])
        for name in names:
            with self._processes.pop(name) as process:
                process.wait()

    def kill_backend(self, pid: int) -> None:
        """End one process of the server, which must be a child of our own."""
        postmaster = self.postgres.pid()
        process = psutil.Process(pid)
        assert process.ppid() == postmaster
        kill([process])

    def close(self) -> None:
        """End everything and remove the files."""
        self.kill(*list(self._processes))
        self.broker.kill()
        self.postgres.kill()
        self._log.close()
        shutil.rmtree(self.directory)

    @contextmanager
    def worker_in_the_middle(self, work: Callable[[], None]) -> Iterator[int]:
        """Let `work` arrive, and stop the first worker that decides it between its writes and its commit.

        Gives the id of the server's process that works for it.
        """
        holder = self.admin()
        try:
            with holder.transaction():
                holder.execute("SELECT FROM inventory_stock ORDER BY id FOR UPDATE")
                work()
                wait_until(lambda: bool(self.ask(IN_THE_MIDDLE)))
                yield self.ask(IN_THE_MIDDLE)[0][0]
        except psycopg.OperationalError:
            pass  # the server was killed, and the lock with it
        finally:
            holder.close()


class Seller:
    """The seller's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in: IO[str] = process.stdin
        self._out: IO[str] = process.stdout
        self.wait_for("ready")

    def begin(self, orders: int) -> None:
        """Let him place so many orders, and do not wait for it."""
        self._in.write(f"{orders}\n")
        self._in.flush()

    def place(self, orders: int) -> None:
        """Let him place so many orders."""
        self.begin(orders)
        self.wait_for("placed")

    def wait_for(self, word: str) -> None:
        assert self._out.readline().strip() == word


@contextmanager
def own_house() -> Iterator[House]:
    """Build an installation, and remove it in the end."""
    directory = Path(tempfile.mkdtemp(prefix="fencang-chaos-"))
    directory.chmod(0o711)
    house = House(directory)
    try:
        house.build()
        yield house
    except BaseException:
        sys.stderr.write((directory / "processes.log").read_text()[-10_000:])
        raise
    finally:
        house.close()


def kill(processes: Sequence[psutil.Process]) -> None:
    """End these processes at once, and wait until they are gone."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=PATIENCE_SECONDS)


def wait_until(happened: Callable[[], bool]) -> None:
    """Look until `happened` says yes."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
