"""The console's content security policy.

Unfold's pages are driven by Alpine, which evaluates the expressions in their markup, and carry style attributes. Nothing
else of the product needs either, so both stay confined to the console's addresses.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.csp import CSP

CONSOLE_CSP: Mapping[str, list[str]] = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.UNSAFE_EVAL],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.SELF],
}
