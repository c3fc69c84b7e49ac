"""Eight carriers and aggregators on loopback: real HTTP, documented formats, and every fault that a provider can have.

The first part of a path is the fault, the second the provider; what follows is the API's own path:

    with StubServer() as stub:
        stub.base_url("ups", "hang")  # http://127.0.0.1:…/hang/ups

Requests are checked as the documentation demands: without the right credentials a 401, without the fields that must be there a 400.
`python -m tests.carriers.live.stub_server` runs it until it is ended, and prints its port: a sandbox without credentials.
"""

from __future__ import annotations

import ssl
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.carriers.live.stub_apis import PREFIXES, TOKEN_PATHS, Received, Reply, Stub

PATIENCE_SECONDS = 60


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        _, fault, provider, path = self.path.split("/", 3)
        path = "/" + path
        path = path.removeprefix(PREFIXES.get(provider, ""))
        asked = Received(fault, provider, path, {name.lower(): value for name, value in self.headers.items()}, body)
        reply = self.server.stub.reply(asked)
        if path == TOKEN_PATHS.get(provider):
            self._send(reply)
            return
        self._send_with_fault(fault, reply)

    def log_message(self, *_: Any) -> None:
        """Keep the test's output to itself."""

    def _send_with_fault(self, fault: str, reply: Reply) -> None:
        stopping = self.server.stub.stopping
        match fault:
            case "hang":
                stopping.wait(PATIENCE_SECONDS)
                self.close_connection = True
            case "hung-up":
                self.close_connection = True
            case "drip":
                self._drip(stopping)
            case "endless":
                self._pour(stopping)
            case _:
                if fault.startswith("delay"):
                    stopping.wait(int(fault.removeprefix("delay")) / 1000)
                self._send(reply)

    def _send(self, reply: Reply) -> None:
        body = reply.body.encode()
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _begin(self, length: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _drip(self, stopping: threading.Event) -> None:
        self._begin(1_000_000)
        with suppress(OSError):
            while not stopping.wait(0.05):
                self.wfile.write(b" ")
        self.close_connection = True

    def _pour(self, stopping: threading.Event) -> None:
        self._begin(1_000_000_000)
        with suppress(OSError):
            while not stopping.is_set():
                self.wfile.write(b" " * 1_000_000)
        self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, stub: Stub, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.stub = stub

    def handle_error(self, *_: Any) -> None:
        """Say nothing of clients that went away: some tests are about them."""


class StubServer:
    """The server, on a free port of loopback while the context is open."""

    def __init__(self, *, certificate: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.stub = Stub()
        self._server = _Server(self.stub, port)
        self._scheme = "http"
        if certificate is not None:
            self._scheme = "https"
            self._server.socket = certificate.wrap_socket(self._server.socket, server_side=True)

    def __enter__(self) -> StubServer:
        threading.Thread(target=self._server.serve_forever, name="stub-server", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stub.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def host(self) -> str:
        """Return what LIVE_QUOTE_HOSTS must name."""
        return f"127.0.0.1:{self.port}"

    def base_url(self, provider: str, fault: str = "ok") -> str:
        return f"{self._scheme}://{self.host}/{fault}/{provider}{PREFIXES.get(provider, '')}"


def main() -> None:
    """Run until ended, and say where."""
    with StubServer() as server:
        print(server.port, flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
