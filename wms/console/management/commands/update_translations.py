from typing import Any

from django.core.management.base import BaseCommand

from wms.console.translations import compile_catalogue, update_catalogue


class Command(BaseCommand):
    help = "List in the Chinese catalogue exactly the texts that code and templates ask for, and say which lack a translation."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        missing = update_catalogue()
        compile_catalogue()
        for text in missing:
            self.stdout.write(repr(text.text))
        self.stdout.write(f"{len(missing)} texts lack a translation.")
