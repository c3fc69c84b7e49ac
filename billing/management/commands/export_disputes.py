"""Write what is disputed to a file for the carrier."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.disputes import dispute_header, dispute_rows
from billing.errors import NothingDisputed
from billing.models import BilledParcel, BillState
from billing.services import carrier_with
from wms.errors import DomainError
from wms.tabular.writing import write_csv
from wms.tabular.xlsx_writing import write_xlsx
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import tenant_id_of


class Command(BaseCommand):
    help = _("Export what is disputed with a carrier, line by line, to CSV or XLSX.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help=_("file to write: .csv or .xlsx"))
        parser.add_argument("--tenant", required=True, help=_("code of the company"))
        parser.add_argument("--carrier", required=True, help=_("code of the carrier"))
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], help=_("language of the sheets"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with tenant_scope(tenant_id=tenant_id_of(code=options["tenant"])):
                carrier = carrier_with(code=options["carrier"])
                if not BilledParcel.objects.filter(state=BillState.DISPUTED, invoice__carrier=carrier).exists():
                    raise NothingDisputed
                with translation.override(options["language"] or get_language()):
                    _write(options["file"], carrier.pk)
        except DomainError as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(_("Written: %(path)s") % {"path": options["file"]})


def _write(path: Path, carrier_id: int) -> None:
    header, rows = dispute_header(), dispute_rows(carrier_id=carrier_id)
    if path.suffix.casefold() == ".csv":
        with path.open("wb") as file:
            write_csv(file, header=header, rows=rows)
    else:
        write_xlsx(path, title=_("Disputed"), header=header, rows=rows)
