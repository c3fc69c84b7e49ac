"""Say whether, and by the orders of how many days, a company's scarce stock is priced, or find its prices now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.services.pricing_stock import price_stock_anew, set_stock_price_days
from wms.errors import DomainError
from wms.tenancy.services import tenant_id_of


class Command(BaseCommand):
    help = _("Price scarce stock by what it is worth to the orders that are still to come.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help=_("code of the company"))
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument("--days", type=int, help=_("as if the orders of so many days came again before new stock does"))
        how.add_argument("--never", action="store_true", help=_("only costs count"))

    def handle(self, *args: Any, tenant: str, days: int | None, **options: Any) -> None:
        try:
            tenant_id = tenant_id_of(code=tenant)
            set_stock_price_days(tenant_id=tenant_id, days=days)
        except DomainError as refused:
            raise CommandError(str(refused)) from refused
        if price_stock_anew(tenant_id=tenant_id, at=timezone.now()) is None:
            self.stdout.write(_("%(company)s: only costs count.") % {"company": tenant})
        else:
            self.stdout.write(_("%(company)s: scarce stock is priced by the orders of %(days)s days.") % {"company": tenant, "days": days})
