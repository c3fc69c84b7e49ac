from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from wms.embedded import EMBEDDED
from wms.env import Environment
from wms.tenancy.bootstrap import Passwords, bootstrap_database
from wms.tenancy.rls import OWNER_ROLE, RUNTIME_ROLE


class Command(BaseCommand):
    help = (
        "Create the database and its three roles, as the superuser of ADMIN_DATABASE_URL (by default the embedded one). "
        "The passwords are those of OWNER_DATABASE_URL and DATABASE_URL."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        databases, env = settings.DATABASES, Environment.of_process()
        for alias, role in (("default", RUNTIME_ROLE), ("owner", OWNER_ROLE)):
            if alias not in databases:
                raise CommandError("OWNER_DATABASE_URL must be set, too, where DATABASE_URL is.")
            if databases[alias]["USER"] != role:
                raise CommandError(f"The database address for {role} names the role {databases[alias]['USER']!r}.")
        if env.text("DATABASE_URL") and not env.text("ADMIN_DATABASE_URL"):
            raise CommandError("ADMIN_DATABASE_URL must name a superuser of the server that DATABASE_URL is on.")
        admin_url = env.text("ADMIN_DATABASE_URL", EMBEDDED.database_url("postgres", "postgres"))
        passwords = Passwords(owner=databases["owner"]["PASSWORD"], runtime=databases["default"]["PASSWORD"])
        try:
            bootstrap_database(admin_url=admin_url, database=databases["owner"]["NAME"], passwords=passwords)
        except psycopg.Error as failed:
            raise CommandError(f"The database could not be prepared: {failed}") from failed
        self.stdout.write(f"The database {databases['owner']['NAME']!r} and its roles are ready.")
