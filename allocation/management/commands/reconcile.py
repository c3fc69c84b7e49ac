"""Compare the books: reserved units with reservations, and orders with their queue, exceptions, records and units."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from allocation.reconcile import order_faults
from inventory.reconcile import stock_faults
from wms.tenancy.commands import EachTenantCommand


class Command(EachTenantCommand):
    help = _("Compare reserved units with reservations, and orders with their queue, exceptions, records and units.")

    def handle(self, *, tenant: str | None, **options: Any) -> None:
        found = 0
        for tenant_id, code in self.chosen(tenant).items():
            faults = (*stock_faults(tenant_id=tenant_id), *order_faults(tenant_id=tenant_id))
            for fault in faults:
                self.stdout.write(f"{code}: {fault}")
            if not faults:
                self.stdout.write(_("%(tenant)s: the books agree.") % {"tenant": code})
            found += len(faults)
        if found:
            raise CommandError(_("%(count)s differences.") % {"count": found})
