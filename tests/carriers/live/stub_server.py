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

from carriers.live.sandbox.server import CarrierHandler, CarrierServer, Reply
from tests.carriers.live.stub_apis import PREFIXES, TOKEN_PATHS, Stub

PATIENCE_SECONDS = 60


class _Handler(CarrierHandler):
    def answer(self, reply: Reply) -> None:
        """Answer with the fault that the path names, but for requests for a token."""
        _, fault, provider, path = self.path.split("/", 3)
        if f"/{path}".removeprefix(PREFIXES.get(provider, "")) == TOKEN_PATHS.get(provider):
            super().answer(reply)
            return
        self._send_with_fault(fault, reply)

    def _send_with_fault(self, fault: str, reply: Reply) -> None:
        assert isinstance(self.server.carrier, Stub)
        stopping = self.server.carrier.stopping
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
                super().answer(reply)

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


class StubServer:
    """The server, on a free port of loopback while the context is open."""

    def __init__(self, *, certificate: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.stub = Stub()
        self._server = CarrierServer(self.stub, handler=_Handler, certificate=certificate, port=port)

    def __enter__(self) -> StubServer:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.stub.stopping.set()
        self._server.__exit__()

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def host(self) -> str:
        """Return what LIVE_QUOTE_HOSTS must name."""
        return self._server.host

    def base_url(self, provider: str, fault: str = "ok") -> str:
        return f"{self._server.scheme}://{self.host}/{fault}/{provider}{PREFIXES.get(provider, '')}"


def main() -> None:
    """Run until ended, and say where."""
    with StubServer() as server:
        print(server.port, flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
