"""What Unfold reads as settings.UNFOLD. Everything that depends on the person who asks is named by its path."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

# Tailwind's blue, whose 600 carries white text at 5.2 : 1.
BLUE = {
    "50": "oklch(97% .014 254.604)",
    "100": "oklch(93.2% .032 255.585)",
    "200": "oklch(88.2% .059 254.128)",
    "300": "oklch(80.9% .105 251.813)",
    "400": "oklch(70.7% .165 254.624)",
    "500": "oklch(62.3% .214 259.815)",
    "600": "oklch(54.6% .245 262.881)",
    "700": "oklch(48.8% .243 264.376)",
    "800": "oklch(42.4% .199 265.638)",
    "900": "oklch(37.9% .146 265.522)",
    "950": "oklch(28.2% .091 267.935)",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Fencang"),
    "SITE_HEADER": _("Fencang"),
    "SITE_SUBHEADER": "wms.console.navigation.company_name",
    "SITE_SYMBOL": "warehouse",
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "COLORS": {"primary": BLUE},
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("console/favicon.svg")}],
    "STYLES": [lambda request: static("console/console.css")],
    "ACCOUNT": {"navigation": "wms.console.navigation.account_links"},
    "SIDEBAR": {"navigation": "wms.console.navigation.sidebar"},
}
