from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from wms.errors import DomainError
from wms.tenancy.services import create_tenant


class Command(BaseCommand):
    help = "Open a company that runs warehouses."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="short name for addresses and commands, such as eastlake")
        parser.add_argument("name", help="the name that people see")
        parser.add_argument("--currency", default="USD", help="currency of landed costs (default: USD)")
        parser.add_argument("--timezone", default="UTC", help="such as America/Los_Angeles (default: UTC)")

    def handle(self, *args: Any, code: str, name: str, currency: str, timezone: str, **options: Any) -> None:
        try:
            tenant = create_tenant(code=code, name=name, currency=currency, timezone=timezone)
        except DomainError as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(_("Company %(name)s (%(code)s) is open.") % {"name": tenant.name, "code": tenant.code})
