"""Real PostgreSQL and a real broker for the tests that ask for them.

- `@pytest.mark.django_db` (or the fixture `db`): a transaction that is rolled back, as the runtime role.
- `committed_db`: real commits, for races and for work in other processes; what was committed is removed afterwards.
- `owner_connection`, `admin_connection`: psycopg connections as the owner of the tables and as superuser. They see only what
  is committed.
- `broker`: an empty Valkey of this worker's own, to which the Celery app points.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import django
import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from django.utils import translation
from psycopg import Connection
from pytest_django import DjangoDbBlocker

from tests.services import empty_tables, is_worker, services_of_this_process
from wms.embedded import EmbeddedBroker

SERVICES = services_of_this_process()
SERVICES.use()
os.environ["DJANGO_SETTINGS_MODULE"] = "wms.settings"
django.setup()
# Left in the environment, it would make pytest-django read the settings of a worker before the worker has its own.
del os.environ["DJANGO_SETTINGS_MODULE"]
if settings.DATABASES["default"]["NAME"] != SERVICES.database:
    SERVICES.end_run()
    raise pytest.UsageError("Django was set up before the tests had a database of their own: unset DJANGO_SETTINGS_MODULE.")
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_unconfigure() -> None:
    if not is_worker():
        SERVICES.end_run()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Read messages in English unless a test chooses otherwise."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Put the worker's own database in place of the one that Django would create."""
    SERVICES.make_database()
    with admin_connect() as admin:
        remove_committed_rows = pytest.MonkeyPatch()
        remove_committed_rows.setattr(TransactionTestCase, "_fixture_teardown", lambda case: empty_tables(admin))
        yield
        remove_committed_rows.undo()
    with django_db_blocker.unblock():
        connections.close_all()


def admin_connect() -> Connection:
    """Return a superuser's connection that does not wait long for a lock which a test left behind."""
    return psycopg.connect(SERVICES.admin_url(), autocommit=True, options="-c lock_timeout=20s")


@pytest.fixture
def committed_db(transactional_db: None) -> None:
    """Commit for real; afterwards every table is emptied, which the runtime role itself may not do."""


@pytest.fixture
def admin_connection(django_db_setup: None) -> Iterator[Connection]:
    """Open a superuser's connection, autocommitting."""
    with admin_connect() as connection:
        yield connection


@pytest.fixture
def owner_connection(django_db_setup: None) -> Iterator[Connection]:
    """Open a connection of the role that owns the tables, autocommitting."""
    with psycopg.connect(os.environ["OWNER_DATABASE_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def running_broker() -> Iterator[EmbeddedBroker]:
    """Run this worker's broker until its last test."""
    SERVICES.broker.start()
    yield SERVICES.broker
    SERVICES.broker.stop()


@pytest.fixture
def broker(running_broker: EmbeddedBroker) -> EmbeddedBroker:
    """Return the broker, running and empty."""
    running_broker.start()
    with running_broker.client() as client:
        client.flushall()
    return running_broker
