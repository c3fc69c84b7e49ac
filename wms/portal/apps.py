from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "wms.portal"
    label = "portal"
    verbose_name = _("Sellers' portal")

    def ready(self) -> None:
        from wms.portal.selections import register_selections  # noqa: PLC0415 - models can be imported only now

        register_selections()
