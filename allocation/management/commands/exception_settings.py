"""From when on exceptions are a person's matter."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from allocation.policies import set_exception_policy
from wms.errors import DomainError
from wms.tenancy.services import tenant_id_of


class Command(BaseCommand):
    help = _("Set after how many rejections by warehouses a person decides, and from how many hours on waiting is overdue.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help=_("the code of the company"))
        parser.add_argument("--most-rejections", type=int)
        parser.add_argument("--overdue-hours", type=int)

    def handle(self, *, tenant: str, most_rejections: int | None, overdue_hours: int | None, **options: Any) -> None:
        try:
            policy = set_exception_policy(tenant_id=tenant_id_of(code=tenant), most_rejections=most_rejections, overdue_hours=overdue_hours)
        except DomainError as fault:
            raise CommandError(str(fault)) from fault
        words = _("A person decides after %(rejections)s rejections; waiting is overdue after %(hours)s hours.")
        self.stdout.write(words % {"rejections": policy.most_rejections, "hours": policy.overdue_hours})
