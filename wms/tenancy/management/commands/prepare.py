"""Make everything ready to run in one process: database, roles, tables, translations, static files."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Bootstrap and migrate the database, compile the translations, collect the static files."

    def handle(self, **options: Any) -> None:
        call_command("bootstrap_database")
        call_command("migrate", database="owner", verbosity=0)
        call_command("compile_translations")
        call_command("collectstatic", interactive=False, verbosity=0)
