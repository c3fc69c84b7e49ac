"""Import a seller's articles from a CSV or XLSX file."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from inventory.imports import SkuImport
from wms.tabular.columns import ColumnMapping
from wms.tabular.command import ImportCommand
from wms.tabular.imports import Importer


class Command(ImportCommand):
    help = _("Import a seller's SKUs with weight and size, in units that the header or a unit column names.")
    of_seller = True

    def importer(self, *, mapping: ColumnMapping, tenant_id: int, seller_id: int, options: dict[str, Any]) -> Importer:
        return SkuImport(tenant_id=tenant_id, seller_id=seller_id)
