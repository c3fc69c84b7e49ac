"""Carriers on loopback: real HTTP in their documented formats, answered by whatever is behind it.

with CarrierServer(SandboxCarrier()) as server:
server.host  # 127.0.0.1:…, what LIVE_QUOTE_HOSTS must name
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Carrier(Protocol):
    """What is behind a server."""

    def reply(self, *, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Return the answer to a request; the names of headers are in lower case."""


class CarrierHandler(BaseHTTPRequestHandler):
    """Reads a request, asks the carrier, and answers; `answer` may be replaced by one with faults."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        """Answer a request."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.answer(self.server.carrier.reply(path=self.path, headers=headers, body=body))

    def answer(self, reply: Reply) -> None:
        """Send the answer."""
        body = reply.body.encode()
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Keep the output for what matters."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, carrier: Carrier, handler: type[CarrierHandler], port: int) -> None:
        super().__init__((LOOPBACK, port), handler)
        self.carrier = carrier

    def handle_error(self, *_: Any) -> None:
        """Say nothing of clients that went away."""


class CarrierServer:
    """The server, on a free port of loopback (or on the one given) while the context is open."""

    def __init__(
        self,
        carrier: Carrier,
        *,
        handler: type[CarrierHandler] = CarrierHandler,
        certificate: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self._server = _Server(carrier, handler, port)
        self.scheme = "http"
        if certificate is not None:
            self.scheme = "https"
            self._server.socket = certificate.wrap_socket(self._server.socket, server_side=True)

    def __enter__(self) -> CarrierServer:
        threading.Thread(target=self._server.serve_forever, name="carrier-server", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """Return the port that it listens on."""
        return int(self._server.server_address[1])

    @property
    def host(self) -> str:
        """Return what LIVE_QUOTE_HOSTS must name."""
        return f"{LOOPBACK}:{self.port}"
