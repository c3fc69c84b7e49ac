"""Deciding without a broker."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import psycopg
import pytest
from django.core.management import CommandError, call_command

from tests.allocation.scene import Scene
from tests.allocation.threads import backend_pid, wait_until
from tests.services import ROOT

type Build = Callable[..., Scene]


def test_decides_what_waits_and_retries_what_a_change_may_help(committed_scene: Build, capsys: pytest.CaptureFixture[str]) -> None:
    scene, other = committed_scene(DAL="5.00"), committed_scene(code="westlake", DAL="5.00")
    late, theirs = scene.place(LAMP=1), other.place(CUP=1)
    call_command("allocate", tenant="eastlake")
    scene.receive("LAMP", DAL=1)
    call_command("allocate")
    assert (scene.state(late), other.state(theirs)) == ("allocated", "exception")
    assert capsys.readouterr().out == ("allocated 0, exceptions 1, lost races 0\nallocated 1, exceptions 1, lost races 0\n")


def test_every_exception_is_tried_again_when_a_person_says_so(committed_scene: Build, capsys: pytest.CaptureFixture[str]) -> None:
    scene, other = committed_scene(DAL="5.00"), committed_scene(code="westlake", DAL="5.00")
    late, theirs = scene.place(LAMP=1), other.place(CUP=1)
    for options in ({}, {}, {"tenant": "eastlake", "retry_all": True}):
        call_command("allocate", **options)
    assert [len(scene.records(late)), len(other.records(theirs))] == [2, 1]
    assert capsys.readouterr().out.splitlines()[1:] == [
        "allocated 0, exceptions 0, lost races 0",
        "allocated 0, exceptions 1, lost races 0",
    ]


def test_one_company_s_bad_settings_do_not_keep_the_others_waiting(committed_scene: Build) -> None:
    good = committed_scene(code="westlake", DAL="5.00")
    bad = committed_scene(DAL="5.00", places={"DAL": {"handling_currency": "CNY", "handling_per_order_minor": 1}})
    bad.add_rate(CNY="12345.1234567891")  # more digits than a rate can have
    stuck, waiting = bad.place(LAMP=1), good.place(LAMP=1)
    with pytest.raises(CommandError, match="eastlake"):
        call_command("allocate")
    assert (bad.state(stuck), good.state(waiting)) == ("pending", "exception")


def test_the_loop_goes_on_when_the_database_drops_it(committed_scene: Build, admin_connection: psycopg.Connection) -> None:
    scene = committed_scene(DAL="5.00")
    scene.receive("LAMP", DAL=2)
    first = scene.place(LAMP=1)
    with subprocess.Popen([sys.executable, "manage.py", "allocate", "--loop"], cwd=ROOT, stdout=subprocess.DEVNULL) as loop:
        try:
            wait_until(lambda: scene.state(first) == "allocated")
            dropped = admin_connection.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND usename = 'fencang_app' AND pid <> %s",
                [backend_pid()],
            ).fetchone()
            second = scene.place(LAMP=1)
            wait_until(lambda: scene.state(second) == "allocated")
        finally:
            loop.kill()
    assert dropped == (1,)
