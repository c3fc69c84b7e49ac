"""Write a channel's rate card as the workbook that import_rates reads, or a template to start from."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from carriers.rate_files import channel_sheets
from carriers.sheets.book import Sheet
from carriers.sheets.files import write_csv, write_xlsx
from carriers.sheets.template import template_sheets
from carriers.sheets.vocabulary import Kind
from wms.errors import DomainError
from wms.tenancy.services import tenant_id_of


class Command(BaseCommand):
    help = _("Export a channel's rate card as a workbook, or one sheet of it as CSV; or write a template to fill in.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help=_("file to write: .xlsx, or .csv with --sheet"))
        parser.add_argument("--template", action="store_true", help=_("write an example to fill in; needs no company"))
        parser.add_argument("--tenant", help=_("code of the company"))
        parser.add_argument("--channel", help=_("code of the channel"))
        parser.add_argument("--day", type=date.fromisoformat, help=_("the version in force on this day; today if not given"))
        parser.add_argument("--sheet", choices=list(Kind), help=_("which sheet a CSV file is to hold"))
        parser.add_argument("--long", action="store_true", help=_("a row for each price, instead of a column for each zone"))
        parser.add_argument("--without-areas", action="store_true", help=_("leave out the lists of areas, which may be long"))
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], help=_("language of the sheets"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sheets = _sheets(options, options["language"] or get_language() or "en")
        except DomainError as fault:
            raise CommandError(str(fault)) from fault
        path: Path = options["file"]
        if path.suffix.casefold() == ".csv":
            path.write_bytes(write_csv(_only(sheets, options["sheet"])))
        else:
            write_xlsx(path, [sheet for sheet in sheets if options["sheet"] in (None, sheet.kind)])
        self.stdout.write(_("Written: %(path)s") % {"path": path})


def _sheets(options: dict[str, Any], language: str) -> list[Sheet]:
    if options["template"]:
        return template_sheets(language)
    if not options["tenant"] or not options["channel"]:
        raise CommandError(_("Name a company and a channel, or ask for the template."))
    return channel_sheets(
        tenant_id=tenant_id_of(code=options["tenant"]),
        channel=options["channel"],
        day=options["day"] or timezone.localdate(),
        language=language,
        long_rates=options["long"],
        with_areas=not options["without_areas"],
    )


def _only(sheets: Sequence[Sheet], kind: str | None) -> Sheet:
    if kind is None:
        raise CommandError(_("A CSV file holds one sheet: name it with --sheet."))
    return next(sheet for sheet in sheets if sheet.kind == kind)
