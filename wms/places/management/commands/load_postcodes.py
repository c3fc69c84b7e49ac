"""Load centroids of postcodes from a CSV or XLSX file."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from wms.places.imports import PostcodeImport
from wms.tabular.columns import ColumnMapping
from wms.tabular.command import ImportCommand, Scope
from wms.tabular.imports import Importer


class Command(ImportCommand):
    help = _("Load where postcodes lie: columns country, postcode, lat, lon, and state_code if there is one.")
    of_tenant = False

    def importer(self, *, mapping: ColumnMapping, tenant_id: int, seller_id: int, options: dict[str, Any]) -> Importer:
        return PostcodeImport()

    def scope(self, *, tenant_id: int) -> Scope:
        return transaction.atomic
