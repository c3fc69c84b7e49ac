"""The words of rules, as people read them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from allocation.core.rules.terms import Act, Field, Test

FIELDS: dict[str, Promise] = {
    Field.SELLER: _("seller"),
    Field.STORE: _("store"),
    Field.PLATFORM: _("platform"),
    Field.COUNTRY: _("country"),
    Field.STATE: _("state or province"),
    Field.POSTCODE: _("postcode"),
    Field.SERVICE_LEVEL: _("service level"),
    Field.SKU: _("SKU"),
    Field.TAG: _("SKU tag"),
    Field.CATEGORY: _("category"),
    Field.UNITS: _("quantity"),
    Field.WEIGHT: _("weight"),
    Field.VALUE: _("order value"),
    Field.PLACED: _("placed between"),
    Field.WEEK_TIME: _("placed at the time of the week"),
}

TESTS: dict[str, Promise] = {
    Test.IS: _("is one of"),
    Test.IS_NOT: _("is none of"),
    Test.ANY: _("any article has"),
    Test.ALL: _("every article has"),
    Test.NONE: _("no article has"),
    Test.BETWEEN: _("is between"),
}

ACTS: dict[str, Promise] = {
    Act.RESTRICT: _("ship only from or by"),
    Act.FORBID: _("never ship from or by"),
    Act.PIN: _("pin to a warehouse"),
    Act.REVIEW: _("send to review"),
}

WEEKDAYS: tuple[Promise, ...] = (
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
)
