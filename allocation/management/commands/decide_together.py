"""Say when a company's batches are decided together."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from allocation.services.joint_settings import set_joint_threshold
from wms.errors import DomainError
from wms.tenancy.services import tenant_id_of


class Command(BaseCommand):
    help = _("Decide batches together in which so many orders come too late for their best warehouse.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help=_("code of the company"))
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument("--from-orders", type=int, help=_("from so many orders on"))
        how.add_argument("--never", action="store_true", help=_("first come, first served"))

    def handle(self, *args: Any, tenant: str, from_orders: int | None, **options: Any) -> None:
        try:
            set_joint_threshold(tenant_id=tenant_id_of(code=tenant), from_orders=from_orders)
        except DomainError as refused:
            raise CommandError(str(refused)) from refused
        if from_orders is None:
            self.stdout.write(_("%(company)s: first come, first served.") % {"company": tenant})
        else:
            self.stdout.write(_("%(company)s: decided together from %(orders)s orders on.") % {"company": tenant, "orders": from_orders})
