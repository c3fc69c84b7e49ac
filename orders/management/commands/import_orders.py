"""Import a seller's orders from a CSV or XLSX file."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from orders.imports import OrderImport, order_columns
from wms.tabular.columns import ColumnMapping
from wms.tabular.command import ImportCommand
from wms.tabular.imports import Importer
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope


class Command(ImportCommand):
    help = _("Import a seller's orders: one row per line of an order. A file that was imported already adds nothing.")
    of_seller = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--store", help=_("code of the store, for files without a store column"))

    def mapping(self, options: dict[str, Any]) -> ColumnMapping:
        found = super().mapping(options)
        return replace(found, defaults={**found.defaults, "store": options["store"]}) if options["store"] else found

    def importer(self, *, mapping: ColumnMapping, tenant_id: int, seller_id: int, options: dict[str, Any]) -> Importer:
        with tenant_scope(tenant_id=tenant_id):
            zone = ZoneInfo(Tenant.objects.values_list("timezone", flat=True).get(pk=tenant_id))
        columns = order_columns(zone=zone, moment_pattern=mapping.moment_pattern)
        return OrderImport(tenant_id=tenant_id, seller_id=seller_id, at=timezone.now(), columns=columns)
