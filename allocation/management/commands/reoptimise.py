"""Decide contended orders again that are not with the warehouse yet: now, or now and then."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.services.joint_settings import set_least_saving
from allocation.services.reoptimising import reoptimise
from wms.errors import DomainError
from wms.tenancy.services import tenant_id_of


class Command(BaseCommand):
    help = _("Decide contended orders again that are not with the warehouse yet.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help=_("code of the company"))
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument("--least-saving-minor", type=int, help=_("now: move orders only where that saves so many cents"))
        how.add_argument("--keep-doing-from-minor", type=int, help=_("every few minutes: move orders where that saves so many cents"))
        how.add_argument("--never", action="store_true", help=_("no longer every few minutes"))

    def handle(self, *args: Any, tenant: str, least_saving_minor: int | None, keep_doing_from_minor: int | None, **options: Any) -> None:
        try:
            tenant_id = tenant_id_of(code=tenant)
            if least_saving_minor is None:
                set_least_saving(tenant_id=tenant_id, least_saving_minor=keep_doing_from_minor)
        except DomainError as refused:
            raise CommandError(str(refused)) from refused
        if least_saving_minor is not None:
            done = reoptimise(tenant_id=tenant_id, least_saving_minor=least_saving_minor, at=timezone.now())
            told = {"orders": len(done.order_ids), "saved": done.saved_minor}
            self.stdout.write(_("moved %(orders)s orders, saved %(saved)s cents") % told)
        elif keep_doing_from_minor is None:
            self.stdout.write(_("%(company)s: planned orders stay where they are.") % {"company": tenant})
        else:
            moves = _("%(company)s: planned orders move where that saves %(saved)s cents.")
            self.stdout.write(moves % {"company": tenant, "saved": keep_doing_from_minor})
