"""Seal all that is kept sealed with the newest of FENCANG_CREDENTIAL_KEYS, so that the older keys can be taken out."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from carriers.live.accounts import seal_again, tenants_with_live_accounts
from wms.sealing import SealBroken
from wms.tenancy.second_factor import seal_factors_again


class Command(BaseCommand):
    help = "Seal carriers' credentials and people's second factors with the newest of FENCANG_CREDENTIAL_KEYS."

    def handle(self, **options: Any) -> None:
        """Seal company by company, then the people's; what no key opens is named and left as it is."""
        sealed, broken = 0, []
        for tenant_id in tenants_with_live_accounts():
            try:
                sealed += seal_again(tenant_id=tenant_id)
            except SealBroken:
                broken.append(str(tenant_id))
        self.stdout.write(_("%(count)s accounts are sealed with the newest key.") % {"count": sealed})
        factors, unopened = seal_factors_again()
        self.stdout.write(_("%(count)s second factors are sealed with the newest key.") % {"count": factors})
        if broken:
            raise CommandError(_("No key opens credentials of these companies: %(tenants)s") % {"tenants": ", ".join(broken)})
        if unopened:
            raise CommandError(_("No key opens the second factors of these people: %(people)s") % {"people": ", ".join(unopened)})
