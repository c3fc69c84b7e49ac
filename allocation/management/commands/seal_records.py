"""Seal the allocation records that are not sealed yet."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.seals import newest_seal, seal_records
from allocation.settled import RecordsStillWritten
from wms.tenancy.commands import EachTenantCommand


class Command(EachTenantCommand):
    help = _("Seal the allocation records that are not sealed yet, by a chain of hashes. Keep the newest hash somewhere else.")

    def handle(self, *, tenant: str | None, **options: Any) -> None:
        for tenant_id, code in self.chosen(tenant).items():
            try:
                sealed = seal_records(tenant_id=tenant_id, at=timezone.now())
            except RecordsStillWritten as still:
                raise CommandError(f"{code}: {still}") from still
            newest = newest_seal(tenant_id=tenant_id) or "–"
            self.stdout.write(
                _("%(tenant)s: %(count)s records sealed; newest hash %(hash)s") % {"tenant": code, "count": sealed, "hash": newest}
            )
