"""The demo's own services, in `.data/` of the checkout (or where FENCANG_DATA_DIR says)."""

from __future__ import annotations

import os
import secrets
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from wms.embedded.broker import EmbeddedBroker
from wms.embedded.postgres import DATABASE, EmbeddedPostgres


class Embedded:
    """PostgreSQL and the broker of one data directory. Asking for an address starts nothing."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.postgres = EmbeddedPostgres(data_dir)
        self.broker = EmbeddedBroker(data_dir)

    def database_url(self, role: str, database: str = DATABASE) -> str:
        """Return PostgreSQL's address for a role."""
        return self.postgres.url(role, database)

    def broker_url(self) -> str:
        """Return the broker's address as Celery wants it."""
        return self.broker.url()

    def secret_key(self) -> str:
        """Return this checkout's own key for signing sessions, made at the first call."""
        return self._kept("secret_key", lambda: secrets.token_urlsafe(50))

    def credential_key(self) -> str:
        """Return this checkout's own key for sealing credentials, made at the first call."""
        return self._kept("credential_key", lambda: b64encode(secrets.token_bytes(32), altchars=b"-_").decode())

    def _kept(self, name: str, make: Callable[[], str]) -> str:
        kept = self.data_dir / name
        with suppress(FileNotFoundError):
            return kept.read_text()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        fresh = self.data_dir / f"{name}.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        with suppress(FileExistsError):
            os.link(fresh, kept)
        fresh.unlink()
        return kept.read_text()


EMBEDDED = Embedded(Path(os.environ.get("FENCANG_DATA_DIR") or Path(__file__).resolve().parents[2] / ".data"))
