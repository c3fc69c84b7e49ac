"""The programs that the demo runs beside itself: web server, worker, beat. Each is a child, ended by its own id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from wms.celery import app
from wms.demo.errors import DemoFailed
from wms.embedded.processes import last_lines

CHECKOUT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
PORTS = range(8000, 8100)
PATIENCE_SECONDS = 60.0
GRACE_SECONDS = 15.0
LOOK_EVERY_SECONDS = 0.05
BROKER_TIMEOUT_SECONDS = 2.0
WORKER_PROCESSES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A running child and where it writes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def ended(self) -> str | None:
        """Return what to tell when the program has ended, None while it runs."""
        code = self.process.poll()
        if code is None:
            return None
        return f"{self.name} 已退出 ended with code {code}. {self.log}:\n{last_lines(self.log)}"


class Programs:
    """The demo's children. Leaving the context ends them, the last started first."""

    def __init__(self, log_dir: Path) -> None:
        self.log_dir = log_dir
        self._running: list[Program] = []

    def __enter__(self) -> Programs:
        self.log_dir.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        with _interrupts_ignored():
            self._stop()

    def start(self, name: str, *words: str, passing: Sequence[int] = ()) -> None:
        """Start a Python module as a child in a session of its own, so that Ctrl-C reaches only us."""
        path = self.log_dir / f"{name}.log"
        with path.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *words],
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=passing,
                start_new_session=True,
            )
        self._running.append(Program(name=name, process=process, log=path))

    def check(self) -> None:
        """Raise DemoFailed if a program has ended."""
        for program in self._running:
            if (ended := program.ended()) is not None:
                raise DemoFailed(ended)

    def wait_until(self, ready: Callable[[], bool], *, what: str) -> None:
        """Wait until something is ready; raise DemoFailed when a program ends before, or patience does."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise DemoFailed(f"{what} {PATIENCE_SECONDS:.0f} 秒内没有就绪 was not ready within {PATIENCE_SECONDS:.0f} s.")
            time.sleep(LOOK_EVERY_SECONDS)

    def _stop(self) -> None:
        for program in reversed(self._running):
            with suppress(ProcessLookupError):
                program.process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for program in reversed(self._running):
            try:
                program.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                # The child leads a session of its own: its id is the group's, and nobody else is in it.
                os.killpg(program.process.pid, signal.SIGKILL)
                program.process.wait()
        self._running.clear()


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Let an impatient second Ctrl-C not leave children behind."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def start_web(programs: Programs, *, port: int | None) -> str:
    """Start the web server on the port, or on the first free one; return its address."""
    with _listening(port) as listener:
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        bind = f"fd://{listener.fileno()}"
        options = ("--threads", "4", "--no-control-socket", "--access-logfile", "-")
        programs.start("web", "-m", "gunicorn", "wms.wsgi", "--bind", bind, *options, passing=[listener.fileno()])
    return address


def _listening(port: int | None) -> socket.socket:
    """Return a socket that listens. The web server inherits it, so that nobody can take the port in between."""
    for candidate in PORTS if port is None else [port]:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, candidate))
            listener.listen(64)
        except OSError:
            listener.close()
            continue
        return listener
    if port is None:
        raise DemoFailed(f"端口 {PORTS[0]}–{PORTS[-1]} 都被占用 all ports are taken: set PORT.")
    raise DemoFailed(f"端口 {port} 不可用 port {port} is taken or not allowed: set PORT to another one, or to none.")


def answers(address: str) -> bool:
    """Return whether the web server answers."""
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=BROKER_TIMEOUT_SECONDS) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def broker_answers() -> bool:
    """Return whether the broker takes messages."""
    try:
        with app.connection_for_write() as link:
            link.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_SECONDS)
    except Exception:  # whatever the broker's client raises: the demo goes on without it
        return False
    return True


def start_worker(programs: Programs, *, data_dir: Path) -> Callable[[], bool]:
    """Start the Celery worker and beat; return what tells whether the worker listens."""
    name = f"demo-{os.getpid()}@localhost"
    celery = ("-m", "celery", "-A", "wms")
    programs.start("worker", *celery, "worker", "--loglevel", "info", "--hostname", name, "--concurrency", str(WORKER_PROCESSES))
    programs.start("beat", *celery, "beat", "--loglevel", "info", "--schedule", str(data_dir / "beat-schedule"), "--pidfile", "")
    return lambda: bool(app.control.ping(destination=[name], timeout=0.5))


def start_allocating_loop(programs: Programs) -> None:
    """Start the program that decides without the broker."""
    programs.start("allocate", "manage.py", "allocate", "--loop")
