"""How an import is run, whatever it imports."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils.functional import Promise
from psycopg.errors import DeadlockDetected

from tests.tabular.tables import write_text
from wms.arrays import array_cursor
from wms.tabular.cells import identifier, whole_number
from wms.tabular.columns import Column, Layout
from wms.tabular.errors import CellFault
from wms.tabular.imports import Bad, Good, Group, Manner, Outcome, run_import
from wms.tabular.progress import Silent
from wms.tabular.report import Report
from wms.tabular.source import open_source
from wms.tenancy.access import UseCase

pytestmark = pytest.mark.django_db

LOSE_A_DEADLOCK = "DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40P01'; END $$"


class OddRefused(CellFault):
    code = "odd"
    sentence = "%(value)s is odd."


class Evens:
    """Takes even numbers into a list; loses some deadlocks on the way."""

    columns: Sequence[Column] = (
        Column(name="number", label="number", read=whole_number(least=0, most=10**6), required=True),
        Column(name="note", label="note", read=identifier(most=9)),
    )
    key: tuple[str, ...] = ("number",)
    most_rows_per_key = 1
    rows_may_repeat = False
    things: str | Promise = "numbers"
    use_case = UseCase.CONFIGURE

    def __init__(self, *, deadlocks: int = 0, through_django: bool = False) -> None:
        self.deadlocks = deadlocks
        self.through_django = through_django
        self.saved: list[int] = []
        self.begun = self.finished = 0

    def begin(self, layout: Layout) -> None:
        self.begun += 1

    def check(self, groups: Sequence[Group]) -> Sequence[Outcome]:
        return [self._outcome(group) for group in groups]

    def _outcome(self, group: Group) -> Outcome:
        row = group.rows[0]
        number = row.values["number"]
        return Bad(((row.line, "number", OddRefused(value=number)),)) if number % 2 else Good(number)

    def save(self, items: Sequence[Any]) -> None:
        self.saved += items
        if self.deadlocks:
            self.deadlocks -= 1
            if self.through_django:
                with connection.cursor() as django_cursor:
                    django_cursor.execute(LOSE_A_DEADLOCK)
            with array_cursor() as cursor:
                cursor.execute(LOSE_A_DEADLOCK)

    def finish(self) -> None:
        self.finished += 1


def run(folder: Path, numbers: Sequence[object], importer: Evens, **manner: Any) -> Report:
    path = write_text(folder / "numbers.csv", "number,note\n" + "".join(f"{number},x\n" for number in numbers))
    with open_source(path) as source:
        return run_import(source=source, importer=importer, manner=Manner(scope=transaction.atomic, **manner), progress=Silent())


def test_many_rows_are_taken_in_their_order(tmp_path: Path) -> None:
    numbers = [number * 2 for number in range(9_001)][::-1]
    importer = Evens()
    report = run(tmp_path, numbers, importer)
    assert importer.saved == numbers
    assert (report.rows_in, report.accepted, report.saved, report.adds_up()) == (9_001, 9_001, True, True)
    assert (importer.begun, importer.finished) == (1, 1)


def test_after_the_first_refusal_nothing_more_is_saved_and_all_is_still_checked(tmp_path: Path) -> None:
    importer = Evens()
    report = run(tmp_path, [*range(0, 20_000, 2), 1, *range(20_000, 30_000, 2), 3], importer)
    assert (report.accepted, report.refused, report.saved, report.adds_up()) == (15_000, 2, False, True)
    assert 30_000 - 2 not in importer.saved
    assert importer.finished == 0


def test_a_fault_in_the_reading_keeps_everything_unsaved_from_the_start(tmp_path: Path) -> None:
    importer = Evens()
    report = run(tmp_path, [2, "", 4], importer)
    assert (report.accepted, report.refused, importer.saved) == (2, 1, [])


@pytest.mark.parametrize("through_django", [False, True])
def test_a_lost_deadlock_is_made_up_for(tmp_path: Path, through_django: bool) -> None:
    importer = Evens(deadlocks=3, through_django=through_django)
    refused = tmp_path / "refused.csv"
    report = run(tmp_path, [2, 3, 4], importer, take_good_rows=True, refused_path=refused)
    assert importer.saved[-2:] == [2, 4]
    assert (report.rows_in, report.accepted, report.refused, report.saved) == (3, 2, 1, True)
    assert (report.things["numbers"], dict(report.reasons)) == (2, {("odd", "number"): 1})
    assert len(list(csv.reader(refused.open(encoding="utf-8-sig")))) == 2


def test_a_deadlock_that_is_always_lost_ends_the_import(tmp_path: Path) -> None:
    with pytest.raises((DeadlockDetected, OperationalError)):
        run(tmp_path, [2], Evens(deadlocks=99))
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_the_report_keeps_the_first_refusals_and_counts_them_all(tmp_path: Path) -> None:
    report = run(tmp_path, range(1, 5_000, 2), Evens())
    assert (report.refused, len(report.examples), report.reasons["odd", "number"]) == (2_500, 1_000, 2_500)
    assert str(report.examples[0].sentence) == "1 is odd."


def test_repetitions_are_refused_and_contradictions_with_all_their_rows(tmp_path: Path) -> None:
    path = write_text(tmp_path / "numbers.csv", "number,note\n2,a\n4,b\n2,a\n4,c\n6,d\n6,d\n6,d\n")
    importer = Evens()
    with open_source(path) as source:
        manner = Manner(scope=transaction.atomic, take_good_rows=True)
        report = run_import(source=source, importer=importer, manner=manner, progress=Silent())
    assert importer.saved == [2, 6]
    assert [(example.line, example.code) for example in report.examples] == [
        (4, "duplicate_row"),
        (3, "rows_disagree"),
        (5, "rows_disagree"),
        (7, "duplicate_row"),
        (8, "duplicate_row"),
    ]


def test_one_number_on_thousands_of_rows_is_refused_without_being_collected(tmp_path: Path) -> None:
    report = run(tmp_path, [2] * 9_000 + [4], Evens(), take_good_rows=True)
    assert (report.accepted, report.refused) == (1, 9_000)
    assert report.reasons == {("too_many_rows", ""): 9_000}
