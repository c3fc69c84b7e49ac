import os
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from wms.errors import DomainError
from wms.tenancy.models import Role
from wms.tenancy.services import create_member, create_user, seller_id_of, tenant_id_of

PASSWORD_VARIABLE = "FENCANG_PASSWORD"  # noqa: S105 - the name, not the password


class Command(BaseCommand):
    help = (
        "Give a person a role in a company; a new user is made if there is none with this name. "
        f"The password of a new user is read from {PASSWORD_VARIABLE}, or asked for."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--tenant", required=True, help="code of the company")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--seller", help="code of the seller, with --role seller only")

    def handle(self, *args: Any, username: str, tenant: str, role: str, seller: str | None, **options: Any) -> None:
        try:
            with transaction.atomic():
                tenant_id = tenant_id_of(code=tenant)
                seller_id = None if seller is None else seller_id_of(tenant_id=tenant_id, code=seller)
                create_member(tenant_id=tenant_id, user_id=_user_id(username), role=role, seller_id=seller_id)
        except DomainError as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            _("%(person)s is now %(role)s at %(company)s.") % {"person": username, "role": Role(role).label, "company": tenant}
        )


def _user_id(username: str) -> int:
    user = User.objects.filter(username=username).first()
    if user is None:
        password = os.environ.get(PASSWORD_VARIABLE) or getpass()
        user = create_user(username=username, password=password)
    return user.pk
