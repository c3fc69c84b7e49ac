"""Making the database and its three roles, as a superuser, before the first migration.

The owner migrates and owns every table. The runtime role owns nothing and is subject to row security. The definer cannot log
in: it owns the few functions that look across tenants. Running it again changes nothing but the passwords.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg
from psycopg import Connection, sql

from wms.tenancy.rls import DEFINER_ROLE, OWNER_ROLE, RUNTIME_ROLE

RUNTIME_SETTINGS = {"random_page_cost": "1.1", "jit": "off"}
"""Sessions of the runtime role plan for solid-state disks and short statements, whatever the server's own settings are."""

POWERLESS = sql.SQL("NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passwords:
    """What the roles log in with. Empty leaves a role's password as it is."""

    owner: str = field(default="", repr=False)
    runtime: str = field(default="", repr=False)


def bootstrap_database(*, admin_url: str, database: str, passwords: Passwords) -> None:
    """Create the roles, the database and the grants that the migrations stand on."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        _ensure_role(admin, OWNER_ROLE, password=passwords.owner)
        _ensure_role(admin, RUNTIME_ROLE, password=passwords.runtime)
        _ensure_role(admin, DEFINER_ROLE, login=False)
        # To hand a function over with ALTER FUNCTION … OWNER TO, one must be a member of the role that receives it. The owner
        # does not inherit from it: else the definer's policies, which look across tenants, would hold for the owner too.
        admin.execute(_statement("ALTER ROLE {} NOINHERIT", OWNER_ROLE))
        admin.execute(_statement("GRANT {} TO {}", DEFINER_ROLE, OWNER_ROLE))
        _set_for_runtime(admin)
        _ensure_database(admin, database)
    with psycopg.connect(admin_url, dbname=database, autocommit=True) as admin:
        _open_schema(admin, database)


def _ensure_role(admin: Connection, role: str, *, login: bool = True, password: str = "") -> None:
    if not admin.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount:
        admin.execute(_statement("CREATE ROLE {}", role))
    attributes = sql.SQL("{} {}").format(sql.SQL("LOGIN" if login else "NOLOGIN"), POWERLESS)
    if password:
        attributes = sql.SQL("{} PASSWORD {}").format(attributes, sql.Literal(_scrambled(admin, role, password)))
    admin.execute(sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(role), attributes))


def _scrambled(admin: Connection, role: str, password: str) -> str:
    """Return the password as the server stores it, so that its log never sees the plain one."""
    return admin.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()


def _set_for_runtime(admin: Connection) -> None:
    for name, value in RUNTIME_SETTINGS.items():
        admin.execute(sql.SQL("ALTER ROLE {} SET {} = {}").format(sql.Identifier(RUNTIME_ROLE), sql.Identifier(name), sql.Literal(value)))


def _ensure_database(admin: Connection, database: str) -> None:
    if not admin.execute("SELECT FROM pg_database WHERE datname = %s", [database]).rowcount:
        # A managed service's administrator is no superuser: it may create a database for roles that it belongs to.
        admin.execute(_statement("GRANT {} TO CURRENT_USER", OWNER_ROLE))
        admin.execute(_statement("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0", database, OWNER_ROLE))


def _open_schema(admin: Connection, database: str) -> None:
    admin.execute(_statement("REVOKE ALL ON DATABASE {} FROM PUBLIC", database))
    # Temporary tables: an import gathers the rows of one order in one.
    admin.execute(_statement("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}, {}", database, OWNER_ROLE, RUNTIME_ROLE))
    admin.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    admin.execute(_statement("GRANT USAGE, CREATE ON SCHEMA public TO {}, {}", OWNER_ROLE, DEFINER_ROLE))
    admin.execute(_statement("GRANT USAGE ON SCHEMA public TO {}", RUNTIME_ROLE))


def _statement(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*map(sql.Identifier, names))
