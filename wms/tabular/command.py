"""The one shape of all import commands."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from wms.errors import DomainError
from wms.tabular.columns import ColumnMapping, read_mapping
from wms.tabular.imports import Importer, Manner, run_import
from wms.tabular.progress import Shown
from wms.tabular.report import Report
from wms.tabular.source import open_source
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import seller_id_of, tenant_id_of

SHOWN_EXAMPLES: Final = 20

type Scope = Callable[[], AbstractContextManager[Any]]


class ImportCommand(BaseCommand):
    """Import a CSV or XLSX file. Subclasses say of what."""

    of_tenant = True
    of_seller = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help=_("CSV (also .gz) or XLSX; encoding and delimiter are found"))
        if self.of_tenant:
            parser.add_argument("--tenant", required=True, help=_("code of the company"))
        if self.of_seller:
            parser.add_argument("--seller", required=True, help=_("code of the seller"))
        parser.add_argument("--map", type=Path, help=_("TOML file that says which column is which"))
        parser.add_argument("--dry-run", action="store_true", help=_("check everything, save nothing"))
        parser.add_argument("--take-good-rows", action="store_true", help=_("save the good rows although others are refused"))
        parser.add_argument("--refused", type=Path, help=_("write the refused rows with their reasons to this CSV file"))
        parser.add_argument("--encoding", help=_("encoding of a CSV file, if it is not found rightly"))
        parser.add_argument("--sheet", help=_("sheet of an XLSX file; the first if not given"))

    def mapping(self, options: dict[str, Any]) -> ColumnMapping:
        """Return what the mapping file and the options say of the columns."""
        return read_mapping(options["map"])

    def importer(self, *, mapping: ColumnMapping, tenant_id: int, seller_id: int, options: dict[str, Any]) -> Importer:
        """Return what knows this kind of row; ids are 0 where the command has none."""
        raise NotImplementedError

    def scope(self, *, tenant_id: int) -> Scope:
        """Return what opens the transaction of the import."""
        return partial(tenant_scope, tenant_id=tenant_id)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._run(options)
        except DomainError as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(told(report, dry_run=options["dry_run"], refused_path=options["refused"]))
        if report.refused and not options["take_good_rows"]:
            raise CommandError(_("Rows were refused, so nothing was saved. --take-good-rows saves the others."))

    def _run(self, options: dict[str, Any]) -> Report:
        mapping = self.mapping(options)
        tenant_id = tenant_id_of(code=options["tenant"]) if self.of_tenant else 0
        seller_id = seller_id_of(tenant_id=tenant_id, code=options["seller"]) if self.of_seller else 0
        importer = self.importer(mapping=mapping, tenant_id=tenant_id, seller_id=seller_id, options=options)
        manner = Manner(
            scope=self.scope(tenant_id=tenant_id),
            file_name=options["file"].name,
            mapping=mapping,
            dry_run=options["dry_run"],
            take_good_rows=options["take_good_rows"],
            refused_path=options["refused"],
        )
        encoding, sheet = options["encoding"] or mapping.encoding, options["sheet"] or mapping.sheet
        with open_source(options["file"], encoding=encoding, sheet=sheet) as source:
            return run_import(source=source, importer=importer, manner=manner, progress=Shown(sys.stderr))


def told(report: Report, *, dry_run: bool, refused_path: Path | None) -> str:
    """Return the report in words."""
    lines = [report.description]
    if report.extra_columns:
        lines.append(_("Columns not used: %(columns)s") % {"columns": ", ".join(report.extra_columns)})
    lines += _examples(report)
    lines += [f"  {code} ({column or '–'}): {count:,}" for (code, column), count in report.reasons.most_common()]
    lines.append(
        _("Rows in %(rows_in)s = accepted %(accepted)s + repeated %(repeated)s + refused %(refused)s")
        % {
            "rows_in": f"{report.rows_in:,}",
            "accepted": f"{report.accepted:,}",
            "repeated": f"{report.repeated:,}",
            "refused": f"{report.refused:,}",
        }
    )
    if refused_path and report.refused:
        lines.append(_("The refused rows are in %(path)s") % {"path": refused_path})
    lines.append(outcome_of(report, dry_run=dry_run))
    return "\n".join(lines)


def _examples(report: Report) -> list[str]:
    shown = [
        _("Line %(line)s, %(column)s: %(sentence)s") % {"line": example.line, "column": example.column or "–", "sentence": example.sentence}
        for example in report.examples[:SHOWN_EXAMPLES]
    ]
    if report.refused > len(shown):
        shown.append("…")
    return shown


def outcome_of(report: Report, *, dry_run: bool) -> str:
    """Return what was saved, in a sentence."""
    if dry_run:
        return _("Dry run: nothing was saved.")
    if not report.saved:
        return _("Nothing was saved.")
    if not report.accepted:
        return _("Nothing new: every row was there already.") if report.repeated else _("Nothing new.")
    return _("Saved: %(things)s") % {"things": ", ".join(f"{count:,} {name}" for name, count in report.things.items())}
