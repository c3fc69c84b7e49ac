from typing import Any

from django.core.management.base import BaseCommand

from wms.console.translations import compile_catalogue


class Command(BaseCommand):
    help = "Compile the Chinese catalogue with Babel, if its source has changed."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        compile_catalogue()
