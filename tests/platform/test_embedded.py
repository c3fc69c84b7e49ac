import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.services import QUICK, ROOT
from wms.embedded import EmbeddedBroker, EmbeddedPostgres
from wms.embedded.home import Embedded
from wms.env import Environment

SMALL = {**QUICK, "shared_buffers": "16MB"}


@pytest.fixture
def directory() -> Iterator[Path]:
    """Return a directory that may be closed to other accounts, as a checkout in a home directory is."""
    path = Path(tempfile.mkdtemp(prefix="fencang-own-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def postgres(directory: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(directory / "data", settings=SMALL)
    server.start()
    yield server
    server.stop()


def count(server: EmbeddedPostgres) -> int:
    with psycopg.connect(server.url(database="postgres")) as connection:
        return len(connection.execute("SELECT FROM kept").fetchall())


def keep_a_row(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url(database="postgres")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept ()")
        connection.execute("INSERT INTO kept DEFAULT VALUES")


def test_a_second_start_finds_the_server_that_runs(postgres):
    first = postgres.pid()

    EmbeddedPostgres(postgres.data_dir).start()

    assert first is not None
    assert EmbeddedPostgres(postgres.data_dir).pid() == first


def test_what_was_committed_outlives_a_killed_server(postgres):
    keep_a_row(postgres)

    postgres.kill()

    assert postgres.pid() is None
    postgres.start()
    assert count(postgres) == 1


def test_a_killed_postmaster_alone_is_replaced_once_its_processes_have_gone(postgres):
    keep_a_row(postgres)
    postmaster = psutil.Process(postgres.pid())
    postmaster.kill()
    psutil.wait_procs([postmaster])

    postgres.start()

    assert postgres.pid() != postmaster.pid
    assert count(postgres) == 1


def test_a_stale_pid_file_that_names_another_program_is_not_believed(postgres):
    postgres.kill()
    note = postgres.files / "postmaster.pid"
    note.write_text("\n".join([str(os.getpid()), *note.read_text().split("\n")[1:]]))

    assert postgres.pid() is None
    postgres.start()
    assert postgres.pid() not in {None, os.getpid()}


def test_stopping_twice_is_no_error(postgres):
    postgres.stop()
    postgres.stop()

    assert postgres.pid() is None


def test_nobody_else_may_enter_the_sockets_directory(postgres):
    sockets = Path(psycopg.conninfo.conninfo_to_dict(postgres.url())["host"])

    assert sockets.stat().st_mode & 0o077 == 0


def test_a_deep_checkout_gets_a_short_directory_for_its_sockets(directory):
    deep = directory / ("x" * 60) / ("y" * 60)
    broker = EmbeddedBroker(deep)
    broker.start()
    try:
        assert len(bytes(broker.socket)) <= 103
        assert EmbeddedBroker(deep).pid() == broker.pid()
    finally:
        broker.stop()
        shutil.rmtree(broker.socket.parent)


def test_a_killed_broker_starts_again_empty(directory):
    broker = EmbeddedBroker(directory / "data")
    broker.start()
    with broker.client() as client:
        client.set("hint", 7)
    broker.kill()
    assert broker.pid() is None

    broker.start()
    with broker.client() as client:
        assert client.dbsize() == 0
    broker.stop()


def test_a_checkout_keeps_its_secret_key_to_itself(directory):
    key = Embedded(directory / "data").secret_key()

    assert Embedded(directory / "data").secret_key() == key
    assert len(key) > 50
    assert (directory / "data" / "secret_key").stat().st_mode & 0o077 == 0


def test_a_checkout_keeps_a_key_that_seals_credentials(directory):
    key = Embedded(directory / "data").credential_key()

    assert Embedded(directory / "data").credential_key() == key
    assert Environment({"KEYS": key}).fernet_keys("KEYS") == [key]
    assert (directory / "data" / "credential_key").stat().st_mode & 0o077 == 0


def test_services_that_the_environment_names_are_left_alone(directory):
    elsewhere = {"DATABASE_URL": "postgresql://x@y/z", "REDIS_URL": "redis://y", "FENCANG_DATA_DIR": str(directory / "data")}

    said = subprocess.run(
        [sys.executable, "-m", "wms.embedded", "start"],
        cwd=ROOT,
        env={**os.environ, **elsewhere},
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == "PostgreSQL: elsewhere, at DATABASE_URL\nValkey: elsewhere, at REDIS_URL\n"
    assert not (directory / "data").exists()
