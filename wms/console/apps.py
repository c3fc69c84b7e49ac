from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    name = "wms.console"
    verbose_name = _("Console")

    def ready(self) -> None:
        from wms.console import audit_export, record_export  # noqa: PLC0415 - models can be imported only now

        audit_export.register_selection()
        record_export.register_selection()
