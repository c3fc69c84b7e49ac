"""Import rate cards, zone charts, lists of areas and fuel surcharges from a workbook or a CSV file (docs/rate-sheets.md)."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from carriers.errors import DetailsUnreadable, DocumentRefused
from carriers.rate_files import RateFile, check_publication, propose, publish
from carriers.rate_words import tell_published, tell_warnings
from carriers.sheets.telling import tell_difference, tell_faults, tell_ignored
from wms.errors import DomainError
from wms.places.countries import country_code
from wms.places.errors import CountryUnknown
from wms.tenancy.services import tenant_id_of
from wms.values.length import UNIT_UM
from wms.values.mass import UNIT_MG

type Document = dict[str, Any]


class Command(BaseCommand):
    help = _(
        "Import prices from a workbook or a CSV file: say what they would change, and put them in force from a day on. "
        "export_rates writes a template."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help=_("workbook (XLSX), or one sheet of it as CSV"))
        parser.add_argument("--tenant", required=True, help=_("code of the company"))
        parser.add_argument("--channel", default="", help=_("code of the channel, if the file does not name it"))
        parser.add_argument("--carrier", default="", help=_("code of the carrier, for a file of nothing but lists of areas"))
        parser.add_argument("--effective-from", type=date.fromisoformat, help=_("first day in force, 2026-11-22"))
        parser.add_argument("--dry-run", action="store_true", help=_("check everything, save nothing"))
        parser.add_argument("--source", default="", help=_("where the prices come from"))
        parser.add_argument("--sheet", help=_("only this sheet of an XLSX file"))
        parser.add_argument("--encoding", help=_("encoding of a CSV file, if it is not found rightly"))
        chart = parser.add_argument_group(_("zone charts and lists"))
        chart.add_argument("--chart", type=Path, action="append", default=[], help=_("file of the zone chart; may be given again"))
        chart.add_argument("--chart-code", default="", help=_("name of the zone chart; of one that is there already, without --chart"))
        chart.add_argument("--country", default="US", help=_("country of postcodes in rows that name none"))
        chart.add_argument("--list", default="", help=_("code of the list of areas, if the file does not name it"))
        terms = parser.add_argument_group(_("terms, for files without a sheet of them"))
        terms.add_argument("--code", help=_("name of this version"))
        terms.add_argument("--currency", help=_("currency of the prices; the company's if not given"))
        terms.add_argument("--unit", choices=sorted(UNIT_MG), help=_("unit of weight; the first header's if not given"))
        terms.add_argument("--length-unit", choices=sorted(UNIT_UM), help=_("unit of length; in for lb, else cm"))
        terms.add_argument("--divisor", help=_("volumetric divisor, length³ per weight, such as 139 or 5000"))
        terms.add_argument("--volume-above", help=_("size counts only above this volume, such as 1728"))
        terms.add_argument("--minimum-billable", help=_("least billable weight of a piece"))
        terms.add_argument("--round-up-to", help=_("billable weight is rounded up to multiples of this"))
        terms.add_argument("--fuel", action="store_true", help=_("the channel's fuel surcharge applies"))
        terms.add_argument("--estimated-zones", action="store_true", help=_("a zone by distance is good enough"))
        terms.add_argument("--details", type=Path, help=_("JSON file with further fields of the rate card's document"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tenant_id = tenant_id_of(code=options["tenant"])
            proposal = propose(tenant_id=tenant_id, file=_rate_file(options), today=timezone.localdate())
            self._say([*tell_ignored(proposal.book.ignored)])
            if proposal.book.faults.count:
                self._say([*tell_faults(proposal.book.faults)])
                raise CommandError(_("Nothing was saved."))
            self._say([*tell_difference(proposal.difference), *tell_warnings(proposal)])
            at, source = timezone.now(), options["source"]
            if options["dry_run"]:
                check_publication(tenant_id=tenant_id, proposal=proposal, at=at, source=source)
                said = _("Dry run: nothing was saved.")
            else:
                said = tell_published(publish(tenant_id=tenant_id, proposal=proposal, at=at, source=source))
        except DocumentRefused as refused:
            lines = [f"  {path}: {code} {text}".rstrip() for path, code, text in refused.faults]
            raise CommandError("\n".join([str(refused), *lines])) from refused
        except DomainError as fault:
            raise CommandError(str(fault)) from fault
        self._say([said])

    def _say(self, lines: list[str]) -> None:
        for line in lines:
            self.stdout.write(line)


def _rate_file(options: Document) -> RateFile:
    country = country_code(options["country"])
    if country is None:
        raise CountryUnknown(country=options["country"])
    return RateFile(
        path=options["file"],
        channel=options["channel"],
        carrier=options["carrier"],
        effective_from=options["effective_from"],
        document=_stated(options) | _details(options["details"]),
        charts=options["chart"],
        chart_code=options["chart_code"],
        country=country,
        list_code=options["list"],
        encoding=options["encoding"],
        sheet=options["sheet"],
    )


def _stated(options: Document) -> Document:
    """Return the fields of the card's document that options state."""
    units = {"weight": options["unit"], "length": options["length_unit"]}
    volumetric = {"divisor": options["divisor"], "above_volume": options["volume_above"]}
    fields: Document = {
        "code": options["code"],
        "currency": options["currency"],
        "units": {name: unit for name, unit in units.items() if unit},
        "volumetric": {name: number for name, number in volumetric.items() if number},
        "minimum_billable": options["minimum_billable"],
        "rounding": {"step": options["round_up_to"], "mode": "up"} if options["round_up_to"] else None,
        "fuel": options["fuel"],
        "allow_estimated_zone": options["estimated_zones"],
    }
    return {name: value for name, value in fields.items() if value}


def _details(path: Path | None) -> Document:
    if path is None:
        return {}
    try:
        details = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise DetailsUnreadable(path=str(path), cause=str(fault)) from fault
    if not isinstance(details, dict):
        raise DetailsUnreadable(path=str(path), cause=type(details).__name__)
    return details
