from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    name = "wms.console"
    verbose_name = _("Console")

    def ready(self) -> None:
        from wms.console.record_export import register_selection  # noqa: PLC0415 - models can be imported only now

        register_selection()
