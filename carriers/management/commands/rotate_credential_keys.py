"""Seal all carriers' credentials with the newest of FENCANG_CREDENTIAL_KEYS, so that the older keys can be taken out."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from carriers.live.accounts import seal_again, tenants_with_live_accounts
from carriers.live.sealing import SealBroken


class Command(BaseCommand):
    help = "Seal all carriers' credentials with the newest of FENCANG_CREDENTIAL_KEYS."

    def handle(self, **options: Any) -> None:
        """Seal company by company; one whose credentials no key opens is named and left as it is."""
        sealed, broken = 0, []
        for tenant_id in tenants_with_live_accounts():
            try:
                sealed += seal_again(tenant_id=tenant_id)
            except SealBroken:
                broken.append(str(tenant_id))
        self.stdout.write(_("%(count)s accounts are sealed with the newest key.") % {"count": sealed})
        if broken:
            raise CommandError(_("No key opens credentials of these companies: %(tenants)s") % {"tenants": ", ".join(broken)})
