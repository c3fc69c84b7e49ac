"""Import a company's warehouses from a CSV or XLSX file."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from inventory.warehouse_imports import WarehouseImport
from wms.tabular.columns import ColumnMapping
from wms.tabular.command import ImportCommand
from wms.tabular.imports import Importer
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope


class Command(ImportCommand):
    help = _("Import a company's warehouses: addresses, capacities and handling fees.")

    def importer(self, *, mapping: ColumnMapping, tenant_id: int, seller_id: int, options: dict[str, Any]) -> Importer:
        with tenant_scope(tenant_id=tenant_id):
            timezone, currency = Tenant.objects.values_list("timezone", "currency").get(pk=tenant_id)
        return WarehouseImport(tenant_id=tenant_id, default_timezone=timezone, default_currency=currency)
