"""What can be wrong with where an address says it is."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError


class PlaceFault(DomainError):
    """A place that cannot be. `field` is the part of the address that is at fault."""

    field = "postcode"


class CountryUnknown(PlaceFault):
    code = "country_unknown"
    sentence = _("There is no country “%(country)s”; write its two-letter code, such as US.")
    field = "country"


class PostcodeMissing(PlaceFault):
    code = "postcode_missing"
    sentence = _("An address in %(country)s needs a postcode.")


class PostcodeMalformed(PlaceFault):
    code = "postcode_malformed"
    sentence = _("“%(postcode)s” can't be a postcode of %(country)s.")


class PostcodeUnknown(PlaceFault):
    code = "postcode_unknown"
    sentence = _("There is no postcode %(postcode)s in %(country)s.")
