"""Decide contended orders again that are not with the warehouse yet."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.services.reoptimising import reoptimise
from wms.errors import DomainError
from wms.tenancy.services import tenant_id_of


class Command(BaseCommand):
    help = _("Decide contended orders again that are not with the warehouse yet.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help=_("code of the company"))
        parser.add_argument("--least-saving-minor", type=int, required=True, help=_("move orders only where that saves so many cents"))

    def handle(self, *args: Any, tenant: str, least_saving_minor: int, **options: Any) -> None:
        try:
            tenant_id = tenant_id_of(code=tenant)
        except DomainError as refused:
            raise CommandError(str(refused)) from refused
        done = reoptimise(tenant_id=tenant_id, least_saving_minor=least_saving_minor, at=timezone.now())
        told = {"orders": len(done.order_ids), "saved": done.saved_minor}
        self.stdout.write(_("moved %(orders)s orders, saved %(saved)s cents") % told)
