"""Read the sealed allocation records again and say whether they are what was sealed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from allocation.seals import verify_records
from wms.tenancy.commands import EachTenantCommand


class Command(EachTenantCommand):
    help = _("Say whether the sealed allocation records are still what was sealed.")

    def handle(self, *, tenant: str | None, **options: Any) -> None:
        broken = 0
        for tenant_id, code in self.chosen(tenant).items():
            verified = verify_records(tenant_id=tenant_id)
            told = {"tenant": code, "records": verified.records, "links": verified.links, "hash": verified.sha256 or "–"}
            self.stdout.write(_("%(tenant)s: %(records)s records in %(links)s links; newest hash %(hash)s") % told)
            for fault in verified.faults:
                self.stdout.write(f"{code}: {fault}")
            broken += len(verified.faults)
        if broken:
            raise CommandError(_("%(count)s differences.") % {"count": broken})
