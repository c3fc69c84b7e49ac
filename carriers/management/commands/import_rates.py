"""Import a channel's prices from a CSV or XLSX file and put them in force from a day on."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from carriers.chart_imports import ChartFiles
from carriers.errors import ChannelUnknown, DetailsUnreadable, DocumentRefused, ZoneChartUnknown
from carriers.imports import RateMatrix, read_rate_matrix
from carriers.models import Channel, RateCard, ZoneChart
from carriers.services import Published, publish_rate_card, publish_zone_chart
from wms.errors import DomainError
from wms.places.countries import country_code
from wms.places.errors import CountryUnknown
from wms.tabular.command import told
from wms.tabular.report import Report
from wms.tabular.source import open_source
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import tenant_id_of
from wms.values.length import UNIT_UM
from wms.values.mass import UNIT_MG

LENGTH_UNIT_OF: Final = {"lb": "in", "oz": "in"}
SHOWN_FAULTS: Final = 20


class Command(BaseCommand):
    help = _("Import a channel's prices: a row for each weight, a column for each zone. The version before ends where this one begins.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help=_("CSV or XLSX; first column: weight not over, other columns: zones"))
        parser.add_argument("--tenant", required=True, help=_("code of the company"))
        parser.add_argument("--channel", required=True, help=_("code of the channel"))
        parser.add_argument("--effective-from", required=True, type=date.fromisoformat, help=_("first day in force, 2026-11-22"))
        parser.add_argument("--chart", type=Path, action="append", default=[], help=_("file of the zone chart; may be given again"))
        parser.add_argument("--chart-code", help=_("name of the zone chart; of one that is there already, without --chart"))
        parser.add_argument("--country", default="US", help=_("country of the zone chart's postcodes"))
        parser.add_argument("--code", help=_("name of this version"))
        parser.add_argument("--currency", help=_("currency of the prices; the company's if not given"))
        parser.add_argument("--unit", choices=sorted(UNIT_MG), help=_("unit of weight; the first header's if not given"))
        parser.add_argument("--length-unit", choices=sorted(UNIT_UM), help=_("unit of length; in for lb, else cm"))
        parser.add_argument("--divisor", help=_("volumetric divisor, length³ per weight, such as 139 or 5000"))
        parser.add_argument("--volume-above", help=_("size counts only above this volume, such as 1728"))
        parser.add_argument("--minimum-billable", help=_("least billable weight of a piece"))
        parser.add_argument("--round-up-to", help=_("billable weight is rounded up to multiples of this"))
        parser.add_argument("--fuel", action="store_true", help=_("the channel's fuel surcharge applies"))
        parser.add_argument("--estimated-zones", action="store_true", help=_("a zone by distance is good enough"))
        parser.add_argument("--details", type=Path, help=_("JSON file with further fields of the rate card's document"))
        parser.add_argument("--source", default="", help=_("where the prices come from"))
        parser.add_argument("--sheet", help=_("sheet of an XLSX file; the first if not given"))
        parser.add_argument("--encoding", help=_("encoding of a CSV file, if it is not found rightly"))
        parser.add_argument("--dry-run", action="store_true", help=_("check everything, save nothing"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._import(options)
        except DocumentRefused as fault:
            lines = [f"  {path}: {code} {text}".rstrip() for path, code, text in fault.faults[:SHOWN_FAULTS]]
            raise CommandError("\n".join([str(fault), *lines])) from fault
        except DomainError as fault:
            raise CommandError(str(fault)) from fault

    def _import(self, options: dict[str, Any]) -> None:
        tenant_id = tenant_id_of(code=options["tenant"])
        with tenant_scope(tenant_id=tenant_id):
            channel = Channel.objects.filter(code=options["channel"]).first()
            if channel is None:
                raise ChannelUnknown(channel=options["channel"])
            currency = options["currency"] or Tenant.objects.values_list("currency", flat=True).get(pk=tenant_id)
        with open_source(options["file"], encoding=options["encoding"], sheet=options["sheet"]) as source:
            matrix = read_rate_matrix(source, currency=currency, unit=options["unit"])
        chart = self._read_chart(options)
        self._refuse_bad_rows([matrix.report, *chart.reports], options)
        report = matrix.report
        try:
            with tenant_scope(tenant_id=tenant_id):
                published = _publish(tenant_id, channel, chart, matrix.document(_terms(options, matrix, currency)), options)
                if options["dry_run"]:
                    raise _DryRun
        except _DryRun:
            self.stdout.write(told(report, dry_run=True, refused_path=None))
            return
        report.saved = True
        if not published.is_new:
            report.repeated, report.accepted = report.accepted, 0
        self.stdout.write(told(report, dry_run=False, refused_path=None))

    def _read_chart(self, options: dict[str, Any]) -> ChartFiles:
        country = country_code(options["country"])
        if country is None:
            raise CountryUnknown(country=options["country"])
        files = ChartFiles(country)
        for path in options["chart"]:
            with open_source(path, encoding=options["encoding"]) as source:
                files.read(source)
        return files

    def _refuse_bad_rows(self, reports: Sequence[Report], options: dict[str, Any]) -> None:
        """Say what is wrong, and end: prices with holes that nobody meant are worse than none."""
        for report in reports:
            if report.refused:
                self.stdout.write(told(report, dry_run=options["dry_run"], refused_path=None))
        if any(report.refused for report in reports):
            raise CommandError(_("Rows were refused, so nothing was saved."))


class _DryRun(Exception):
    """The way out of a transaction that is to leave nothing behind."""


def _publish(tenant_id: int, channel: Channel, chart: ChartFiles, document: dict[str, Any], options: dict[str, Any]) -> Published:
    at = timezone.now()
    if options["chart"]:
        code = options["chart_code"] or options["chart"][0].name.split(".")[0][:64]
        chart_id = publish_zone_chart(
            tenant_id=tenant_id, carrier_id=channel.carrier_id, document=chart.document(code=code), at=at, source=options["source"]
        ).version_id
    else:
        chart_id = _stored_chart(channel, options["chart_code"])
    return publish_rate_card(
        tenant_id=tenant_id, channel_id=channel.pk, zone_chart_id=chart_id, document=document, at=at, source=options["source"]
    )


def _stored_chart(channel: Channel, code: str | None) -> int:
    """Return the carrier's chart of that name, or without a name the one that the channel uses now."""
    if code:
        found = ZoneChart.objects.filter(carrier_id=channel.carrier_id, code=code).values_list("pk", flat=True).first()
    else:
        found = RateCard.objects.filter(channel=channel).order_by("-effective_from", "-pk").values_list("zone_chart_id", flat=True).first()
    if found is None:
        raise ZoneChartUnknown(chart=code or "–")
    return int(found)


def _terms(options: dict[str, Any], matrix: RateMatrix, currency: str) -> dict[str, Any]:
    """Return the fields of the card's document that are no prices."""
    effective_from = options["effective_from"]
    terms: dict[str, Any] = {
        "code": options["code"] or f"{options['channel']} {effective_from.isoformat()}",
        "currency": currency,
        "effective_from": effective_from.isoformat(),
        "units": {"weight": matrix.unit, "length": options["length_unit"] or LENGTH_UNIT_OF.get(matrix.unit, "cm")},
        "fuel": options["fuel"],
        "allow_estimated_zone": options["estimated_zones"],
    }
    if options["divisor"]:
        above = {"above_volume": options["volume_above"]} if options["volume_above"] else {}
        terms["volumetric"] = {"divisor": options["divisor"], **above}
    if options["minimum_billable"]:
        terms["minimum_billable"] = options["minimum_billable"]
    if options["round_up_to"]:
        terms["rounding"] = {"step": options["round_up_to"], "mode": "up"}
    return terms | _details(options["details"])


def _details(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        details = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise DetailsUnreadable(path=str(path), cause=str(fault)) from fault
    if not isinstance(details, dict):
        raise DetailsUnreadable(path=str(path), cause=type(details).__name__)
    return details
