"""Import holidays of countries from a CSV or XLSX file."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from carriers.holiday_imports import HolidayImport
from wms.tabular.columns import ColumnMapping
from wms.tabular.command import ImportCommand
from wms.tabular.imports import Importer


class Command(ImportCommand):
    help = _("Import holidays: the days on which a country's warehouses and carriers do not work.")

    def importer(self, *, mapping: ColumnMapping, tenant_id: int, seller_id: int, options: dict[str, Any]) -> Importer:
        return HolidayImport(tenant_id=tenant_id)
