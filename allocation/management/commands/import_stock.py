"""Import stock counts of a seller's articles from a CSV or XLSX file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.services import take_stock_count
from inventory.core.types import Count
from inventory.imports import StockImport
from wms.tabular.columns import ColumnMapping
from wms.tabular.command import ImportCommand
from wms.tabular.imports import Importer


class Command(ImportCommand):
    help = _("Import stock counts: units on hand of each SKU in each warehouse. Counts are facts; orders that lose their units wait again.")
    of_seller = True

    def importer(self, *, mapping: ColumnMapping, tenant_id: int, seller_id: int, options: dict[str, Any]) -> Importer:
        at, reference = timezone.now(), options["file"].name[:120]

        def take_counts(counts: Sequence[Count]) -> object:
            return take_stock_count(tenant_id=tenant_id, counts=counts, actor="import_stock", reference=reference, at=at)

        return StockImport(tenant_id=tenant_id, seller_id=seller_id, take_counts=take_counts)
