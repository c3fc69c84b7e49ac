"""Run an import: read, bring together, check, save, report; all or nothing unless asked otherwise.

What a file is about (an order, a count) may span several rows. Rows of one thing stand or fall together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import psycopg
from django.db import OperationalError, transaction
from django.utils import translation
from django.utils.functional import Promise
from psycopg.errors import DeadlockDetected

from wms.tabular.columns import Column, ColumnMapping, Fault, Layout, lay_out
from wms.tabular.errors import CellFault, CellMissing, DuplicateRow, GroupRefused, RowsDisagree, TooManyRows
from wms.tabular.progress import Progress
from wms.tabular.report import RefusedRows, Report
from wms.tabular.source import Cells, Source
from wms.tabular.staging import StagedRow, Staging
from wms.tenancy.access import UseCase
from wms.tenancy.audit import note
from wms.tenancy.models import AuditVerb
from wms.tenancy.scope import current_scope

KEY_SEPARATOR: Final = "\x1f"
ROWS_AT_A_TIME: Final = 4_000
MOST_TRIES: Final = 5
PROGRESS_EVERY_ROWS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """A row whose cells could all be read."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one thing, in the file's order."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Good:
    """A thing to be saved."""

    item: Any


@dataclass(frozen=True, slots=True)
class Repeated:
    """A thing that is there already, just so."""


@dataclass(frozen=True, slots=True)
class Bad:
    """A thing that is refused; faults are (line, column name, error), and all its rows fall with it."""

    faults: tuple[tuple[int, str, Any], ...]


type Outcome = Good | Repeated | Bad
type SourceRow = tuple[int, Cells | CellFault]


class Importer(Protocol):
    """What one kind of import knows of its rows. Where rows of one thing may repeat each other word by word, each counts."""

    columns: Sequence[Column]
    key: tuple[str, ...]
    most_rows_per_key: int
    rows_may_repeat: bool
    things: str | Promise
    use_case: UseCase

    def begin(self, layout: Layout) -> None:
        """Look up what holds for the whole file. Raises DomainError. Called within the transaction."""

    def check(self, groups: Sequence[Group]) -> Sequence[Outcome]:
        """Return what becomes of each group, without writing anything."""

    def save(self, items: Sequence[Any]) -> None:
        """Write the items of good groups."""

    def finish(self) -> None:
        """Do what follows once everything is saved, within the transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How an import is run: `scope` opens the transaction that all of it happens in. The audit log names the file by `file_name`."""

    scope: Callable[[], AbstractContextManager[Any]]
    file_name: str = ""
    mapping: ColumnMapping = field(default_factory=ColumnMapping)
    dry_run: bool = False
    take_good_rows: bool = False
    refused_path: Path | None = None


class _NothingSaved(Exception):
    """The way out of a transaction that is to leave nothing behind."""


def run_import(*, source: Source, importer: Importer, manner: Manner, progress: Progress) -> Report:
    """Return what became of each row. Raises a FileFault where the file as a whole can't be read."""
    layout = lay_out(source.header, importer.columns, manner.mapping)
    report = Report(source.description, layout.extra)
    try:
        with manner.scope(), RefusedRows(manner.refused_path, source.header) as refused_rows:
            importer.begin(layout)
            staging = Staging()
            rows = _going_on(source.rows(), importer, layout) if manner.mapping.rows_go_on else source.rows()
            _stage(source, rows, importer, layout, staging, report, refused_rows, progress)
            report = _check_and_save(_Run(importer, layout, manner, report, refused_rows, progress), staging)
            if not report.saved:
                raise _NothingSaved
            _note(importer, report, manner.file_name)
    except _NothingSaved:
        pass
    progress.done()
    return report


def _note(importer: Importer, report: Report, file_name: str) -> None:
    """Write down who brought what in; what belongs to no company is in no company's log."""
    if current_scope() is None:
        return
    with translation.override(None):
        things = str(importer.things)
    counts = {"accepted": (None, report.accepted), "refused": (None, report.refused), "repeated": (None, report.repeated)}
    note(
        use_case=importer.use_case,
        verb=AuditVerb.BROUGHT_IN,
        subject=things,
        name=file_name,
        rows=report.accepted,
        changes={name: pair for name, pair in counts.items() if pair[1]},
    )


def _stage(
    source: Source,
    rows: Iterable[SourceRow],
    importer: Importer,
    layout: Layout,
    staging: Staging,
    report: Report,
    refused_rows: RefusedRows,
    progress: Progress,
) -> None:
    """Put every row that says what it is about into the staging table; refuse the others."""
    key_of = _key_reader(importer, layout)
    with staging.filling() as writer:
        for line, cells in rows:
            report.rows_in += 1
            if report.rows_in % PROGRESS_EVERY_ROWS == 0:
                progress.reading(share=source.share_read(), rows=report.rows_in)
            if isinstance(cells, CellFault):
                refused_rows.write(report.refuse(line, [("", cells)]), [])
            elif key := key_of(cells):
                writer.add(line, key, cells)
            else:
                faults = [(fault.column, fault.error) for fault in layout.read(cells)[1]] or [("", CellMissing())]
                refused_rows.write(report.refuse(line, faults), cells)
    progress.reading(share=1.0, rows=report.rows_in)


def _going_on(rows: Iterable[SourceRow], importer: Importer, layout: Layout) -> Iterator[SourceRow]:
    """Yield the rows; one that names nothing of its own, under the same required cells, goes on with the row above it."""
    placed = [(place.column, place.index) for place in layout.filled if place.index is not None]
    needed = [index for column, index in placed if column.required]
    naming = [index for column, index in placed if column.name in importer.key and not column.required]
    above: Sequence[str] = ()
    for line, cells in rows:
        if isinstance(cells, CellFault):
            yield line, cells
            continue
        full = [*cells, *[""] * (layout.width - len(cells))]
        goes_on = above and not any(full[index].strip() for index in naming)
        if goes_on and all(full[index].strip() in ("", above[index].strip()) for index in needed):
            for index in (*naming, *needed):
                full[index] = above[index]
        above = full
        yield line, full


def _key_reader(importer: Importer, layout: Layout) -> Callable[[Sequence[str]], str]:
    """Return a function from cells to the key, "" where a part of the key is missing."""
    places = [place for place in layout.filled if place.column.name in importer.key]
    optional = "\x1e"

    def key_of(cells: Sequence[str]) -> str:
        parts = []
        for place in places:
            cell = cells[place.index].strip() if place.index is not None and place.index < len(cells) else ""
            if not cell and place.default is None and place.column.required:
                return ""
            parts.append(cell or optional)
        return KEY_SEPARATOR.join(parts)

    return key_of


@dataclass(slots=True)
class _Run:
    """One pass over the staged rows."""

    importer: Importer
    layout: Layout
    manner: Manner
    report: Report
    refused_rows: RefusedRows
    progress: Progress

    @property
    def still_saves(self) -> bool:
        return not self.manner.dry_run and (self.manner.take_good_rows or not self.report.refused)


def _check_and_save(run: _Run, staging: Staging) -> Report:
    """Check and save in one pass; a pass that loses a deadlock is undone and made again."""
    for tries_left in reversed(range(MOST_TRIES)):
        attempt = _Run(run.importer, run.layout, run.manner, run.report.copy(), run.refused_rows, run.progress)
        mark = run.refused_rows.position()
        try:
            with transaction.atomic():
                _pass_over(attempt, staging)
            return attempt.report
        except (OperationalError, psycopg.OperationalError) as fault:
            if not tries_left or not _lost_deadlock(fault):
                raise
            run.refused_rows.rewind(mark)
    raise AssertionError("the last try returns or raises")


def _lost_deadlock(fault: Exception) -> bool:
    """Return whether PostgreSQL ended the transaction for another's sake; a cursor of our own raises unwrapped errors."""
    return isinstance(fault, DeadlockDetected) or isinstance(fault.__cause__, DeadlockDetected)


def _pass_over(run: _Run, staging: Staging) -> None:
    # Closed within the savepoint: a cursor that outlives it can't be closed any more.
    with closing(staging.rows()) as staged:
        _take_rows(run, staged)
    if run.still_saves:
        run.importer.finish()
        run.report.saved = True


def _take_rows(run: _Run, staged: Iterator[StagedRow]) -> None:
    for groups in _chunks(_good_groups(run, staged)):
        outcomes = run.importer.check([group for group, _rows in groups])
        items = []
        for (group, rows), outcome in zip(groups, outcomes, strict=True):
            if isinstance(outcome, Good):
                items.append(outcome.item)
                run.report.accepted += len(group.rows)
            elif isinstance(outcome, Repeated):
                run.report.repeated += len(group.rows)
            else:
                faults = [(line, Fault(run.layout.header_of(name), error)) for line, name, error in outcome.faults]
                _refuse(run, rows, faults)
        run.report.things[str(run.importer.things)] += len(items)
        if run.still_saves:
            run.importer.save(items)


type _ReadGroup = tuple[Group, list[StagedRow]]


def _chunks(groups: Iterator[_ReadGroup]) -> Iterator[list[_ReadGroup]]:
    chunk: list[_ReadGroup] = []
    rows = 0
    for group in groups:
        chunk.append(group)
        rows += len(group[1])
        if rows >= ROWS_AT_A_TIME:
            yield chunk
            chunk, rows = [], 0
    if chunk:
        yield chunk


def _good_groups(run: _Run, rows: Iterator[StagedRow]) -> Iterator[_ReadGroup]:
    """Yield the groups whose every row can be read; refuse the others."""
    seen = run.report.refused
    for staged in _grouped(rows):
        seen += len(staged)
        if seen % PROGRESS_EVERY_ROWS < len(staged):
            run.progress.checking(share=seen / max(run.report.rows_in, 1), rows=seen)
        kept, faults = _without_repetitions(run, staged)
        read = []
        for row in kept:
            values, found = run.layout.read(row.cells)
            read.append(Row(row.line, values))
            faults += [(row.line, fault) for fault in found]
        if faults:
            _refuse(run, kept, faults)
        else:
            yield Group(tuple(read)), kept


def _grouped(rows: Iterator[StagedRow]) -> Iterator[list[StagedRow]]:
    """Yield rows of one key together; a key with more than a chunk of rows comes in parts, each to be refused."""
    group: list[StagedRow] = []
    for row in rows:
        if group and (row.key != group[0].key or len(group) >= ROWS_AT_A_TIME):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _without_repetitions(run: _Run, staged: list[StagedRow]) -> tuple[list[StagedRow], list[tuple[int, Fault]]]:
    """Return the rows to go on with, and what is wrong with them as a whole.

    Where a thing has one row, a repetition word by word is refused alone and the first row stands; where it may have
    several, a repetition may be a slip or a second line, so that the whole thing is refused.
    """
    size, most = staged[0].group_size, run.importer.most_rows_per_key
    if size == 1:
        return staged, []
    if size > max(most, 2) and (most > 1 or size > ROWS_AT_A_TIME):
        return staged, [(row.line, Fault("", TooManyRows(rows=size, most=most))) for row in staged]
    if run.importer.rows_may_repeat:
        return staged, []
    repetitions = _repetitions(staged)
    if most > 1:
        return staged, repetitions
    if len(repetitions) < len(staged) - 1:
        return staged, [(row.line, Fault("", RowsDisagree(line=staged[row is staged[0]].line))) for row in staged]
    _refuse(run, staged[1:], repetitions)
    return staged[:1], []


def _repetitions(staged: list[StagedRow]) -> list[tuple[int, Fault]]:
    first_with: dict[tuple[str, ...], int] = {}
    faults = []
    for row in staged:
        first = first_with.setdefault(tuple(row.cells), row.line)
        if first != row.line:
            faults.append((row.line, Fault("", DuplicateRow(line=first))))
    return faults


def _refuse(run: _Run, rows: Sequence[StagedRow], faults: Sequence[tuple[int, Fault]]) -> None:
    """Refuse all these rows of one thing: those at fault with their own faults, the others for them."""
    by_line: dict[int, list[tuple[str, Any]]] = {}
    for line, fault in faults:
        by_line.setdefault(line, []).append((fault.column, fault.error))
    culprit = min(by_line)
    for row in rows:
        own = by_line.get(row.line) or [("", GroupRefused(line=culprit))]
        run.refused_rows.write(run.report.refuse(row.line, own), row.cells)
