import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import Connection

from wms.tenancy.bootstrap import Passwords, bootstrap_database
from wms.tenancy.rls import DEFINER_ROLE, OWNER_ROLE, RUNTIME_ROLE

NAME = "fencang_bootstrapped"


@pytest.fixture
def fresh(admin_connection: Connection) -> Iterator[str]:
    """Return the address of a database that is bootstrapped twice."""
    admin_url = os.environ["ADMIN_DATABASE_URL"]
    name = f"{NAME}_{os.getpid()}"
    for _ in range(2):
        bootstrap_database(admin_url=admin_url, database=name, passwords=Passwords())
    yield urlsplit(admin_url)._replace(path=f"/{name}").geturl()
    admin_connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_bootstrapping_twice_makes_the_three_roles_without_powers(fresh):
    with psycopg.connect(fresh) as admin:
        roles = admin.execute(
            "SELECT rolname, rolcanlogin, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles "
            "WHERE rolname LIKE 'fencang%' ORDER BY 1"
        ).fetchall()
        owner = admin.execute("SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()").fetchone()

    assert roles == [(RUNTIME_ROLE, True, False), (DEFINER_ROLE, False, False), (OWNER_ROLE, True, False)]
    assert owner == (OWNER_ROLE,)


def test_the_runtime_role_creates_nothing_but_temporary_tables(fresh):
    with psycopg.connect(fresh) as admin:
        may = admin.execute(
            "SELECT has_database_privilege(%(role)s, current_database(), 'CREATE'), "
            "has_database_privilege(%(role)s, current_database(), 'TEMPORARY'), "
            "has_schema_privilege(%(role)s, 'public', 'CREATE'), has_schema_privilege(%(role)s, 'public', 'USAGE'), "
            "pg_has_role(%(role)s, 'fencang_definer', 'MEMBER'), pg_has_role(%(role)s, 'fencang_owner', 'MEMBER')",
            {"role": RUNTIME_ROLE},
        ).fetchone()

    assert may == (False, True, False, True, False, False)
