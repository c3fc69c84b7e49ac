"""Commands that run for one company, or for each of them in its own scope."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from wms.tenancy.selectors import every_tenant
from wms.tenancy.services import tenant_id_of


class EachTenantCommand(BaseCommand):
    """A command with the option --tenant; `chosen` says for which companies it runs."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", help=_("the code of the only company to serve"))

    @staticmethod
    def chosen(tenant: str | None) -> dict[int, str]:
        """Return the codes of the companies by their numbers."""
        return every_tenant() if tenant is None else {tenant_id_of(code=tenant): tenant}
