"""Read settings from the environment: the one place where a variable's text becomes a value.

A bad value raises `SettingError`, whose text names the variable and says what was expected. The value itself is never
shown: it may be a secret.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


class SettingError(ValueError):
    """A setting that cannot be used; the message is meant for the person who starts the program."""

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"{name}: expected {expected}.")
        self.name = name
        self.expected = expected


# What libpq takes in a URL's query and what makes sense for us; anything else is more likely a typing mistake.
_POSTGRES_OPTIONS = frozenset(
    {
        "application_name",
        "connect_timeout",
        "keepalives",
        "keepalives_idle",
        "options",
        "passfile",
        "sslcert",
        "sslkey",
        "sslmode",
        "sslrootcert",
        "target_session_attrs",
        "tcp_user_timeout",
    }
)
_POSTGRES_EXPECTED = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE or postgresql://USER@/DATABASE?host=/SOCKET/DIRECTORY"
_BROKER_EXPECTED = "redis://HOST:PORT/NUMBER, rediss://…, or redis+socket:///PATH/TO/SOCKET"
_FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresUrl:
    """Where a database is and who connects to it. `host` may be the directory of a unix socket."""

    user: str
    password: str
    host: str
    port: str
    database: str
    options: Mapping[str, str]

    def django(self) -> dict[str, Any]:
        """Return the keys of a Django DATABASES entry that say where to connect."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": self.database,
            "USER": self.user,
            "PASSWORD": self.password,
            "HOST": self.host,
            "PORT": self.port,
            "OPTIONS": dict(self.options),
        }

    def libpq(self, *, database: str | None = None) -> dict[str, str]:
        """Return psycopg.connect's keywords, with another database when one is named."""
        given = {
            "user": self.user,
            "password": self.password,
            "host": self.host,
            "port": self.port,
            "dbname": database or self.database,
            **self.options,
        }
        return {key: value for key, value in given.items() if value}


def postgres_url(name: str, text: str) -> PostgresUrl:
    """Return the parts of a PostgreSQL URL; `name` is the variable to blame when it is not one."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise SettingError(name, _POSTGRES_EXPECTED) from None
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in {"postgresql", "postgres"} or not parts.username or not database or "/" in database:
        raise SettingError(name, _POSTGRES_EXPECTED)
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", "") or unquote(parts.hostname or "")
    query_port = query.pop("port", "")
    unknown = sorted(query.keys() - _POSTGRES_OPTIONS)
    if unknown:
        raise SettingError(name, f"no option {unknown[0]!r} in its query; known are {', '.join(sorted(_POSTGRES_OPTIONS))}")
    return PostgresUrl(
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        host=host,
        port=str(port or query_port),
        database=database,
        options=query,
    )


def broker_url(name: str, text: str) -> str:
    """Return the broker's URL as given, once it looks like one that Celery knows."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise SettingError(name, _BROKER_EXPECTED) from None
    if parts.scheme in {"redis", "rediss"} and parts.hostname:
        return text
    if parts.scheme == "redis+socket" and parts.path.startswith("/") and not parts.hostname:
        return text
    raise SettingError(name, _BROKER_EXPECTED)


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables of one process; an empty one counts as unset. A reader raises SettingError for a value it cannot use."""

    variables: Mapping[str, str]

    @classmethod
    def of_process(cls) -> Environment:
        """Return this process's variables."""
        return cls(os.environ)

    def text(self, name: str, default: str = "") -> str:
        """Return the text."""
        return self.variables.get(name, "").strip() or default

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a yes or no."""
        given = self.text(name).lower()
        if not given:
            return default
        if given not in _TRUE | _FALSE:
            raise SettingError(name, "true or false")
        return given in _TRUE

    def integer(self, name: str, *, default: int, least: int, most: int) -> int:
        """Return a whole number within its limits."""
        given = self.text(name)
        if not given:
            return default
        expected = f"a whole number from {least} to {most}"
        if not (given.isascii() and given.lstrip("-").isdigit()):
            raise SettingError(name, expected)
        value = int(given)
        if not least <= value <= most:
            raise SettingError(name, expected)
        return value

    def choice(self, name: str, *, default: str, of: Collection[str]) -> str:
        """Return one of the words `of`."""
        given = self.text(name, default)
        if given not in of:
            raise SettingError(name, f"one of {', '.join(sorted(of))}")
        return given

    def names(self, name: str, *, default: tuple[str, ...] = ()) -> list[str]:
        """Return a comma-separated list."""
        given = [part.strip() for part in self.text(name).split(",")]
        return [part for part in given if part] or list(default)

    def fernet_keys(self, name: str) -> list[str]:
        """Return a comma-separated list of keys, newest first: each 32 bytes in URL-safe base64."""
        keys = self.names(name)
        if not all(_FERNET_KEY.fullmatch(key) for key in keys):
            raise SettingError(name, "keys of 32 bytes in URL-safe base64 (44 characters), separated by commas, newest first")
        return keys

    def postgres(self, name: str, *, default: str) -> PostgresUrl:
        """Return where a database is."""
        return postgres_url(name, self.text(name, default))

    def broker(self, name: str, *, default: str) -> str:
        """Return the broker's URL."""
        return broker_url(name, self.text(name, default))
