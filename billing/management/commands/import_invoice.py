"""Import a carrier's invoice from a CSV or XLSX file."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.formats import Format, format_of, read_format_file
from billing.imports import InvoiceImport
from billing.models import InvoiceFormat
from billing.services import format_named, save_format
from wms.tabular.columns import ColumnMapping
from wms.tabular.command import ImportCommand
from wms.tabular.imports import Importer
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import tenant_id_of


class Command(ImportCommand):
    help = _("Import a carrier's invoice. A file that was imported already adds nothing.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--carrier", required=True, help=_("code of the carrier"))
        parser.add_argument("--format", required=True, help=_("name of the invoice format; --map stores it under this name first"))
        parser.add_argument("--number", help=_("invoice number, for files that do not say it"))
        parser.add_argument("--date", help=_("invoice date, for files that do not say it"))
        parser.add_argument("--currency", help=_("currency, for files that do not say it"))

    def mapping(self, options: dict[str, Any]) -> ColumnMapping:
        tenant_id, path = tenant_id_of(code=options["tenant"]), options["map"]
        if path is not None:
            _store(tenant_id, path, options)
        with tenant_scope(tenant_id=tenant_id):
            stored = format_named(carrier=options["carrier"], name=options["format"])
        options["stored_format"] = stored
        found = format_of(stored.document).mapping
        given = {"invoice_number": options["number"], "invoice_date": options["date"], "currency": options["currency"]}
        return replace(found, defaults={**found.defaults, **{name: value for name, value in given.items() if value}})

    def importer(self, *, mapping: ColumnMapping, tenant_id: int, seller_id: int, options: dict[str, Any]) -> Importer:
        stored: InvoiceFormat = options["stored_format"]
        read: Format = format_of(stored.document)
        return InvoiceImport(tenant_id=tenant_id, carrier_id=stored.carrier_id, format_id=stored.pk, invoice_format=read, at=timezone.now())


def _store(tenant_id: int, path: Path, options: dict[str, Any]) -> None:
    if options["dry_run"]:
        raise CommandError(_("--map stores a format, which a dry run does not: leave one of the two out."))
    save_format(
        tenant_id=tenant_id,
        carrier=options["carrier"],
        name=options["format"],
        document=read_format_file(path),
        at=timezone.now(),
    )
