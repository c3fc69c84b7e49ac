"""Why stock, an article or a warehouse is not taken."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError


class InventoryRefused(DomainError):
    """What the inventory does not take."""


class WarehouseUnknown(InventoryRefused):
    code = "warehouse_unknown"
    sentence = _("There is no warehouse “%(warehouse)s”.")


class SkuUnknown(InventoryRefused):
    code = "sku_unknown"
    sentence = _("The seller has no SKU “%(sku)s”.")


class CountedTwice(InventoryRefused):
    code = "counted_twice"
    sentence = _("SKU %(sku)s is named twice for warehouse %(warehouse)s.")


class UnitsOutOfRange(InventoryRefused):
    code = "units_out_of_range"
    sentence = _("%(units)s units are not between %(least)s and %(most)s.")


class StockTooLarge(InventoryRefused):
    code = "stock_too_large"
    sentence = _("With this receipt a warehouse would hold more than %(most)s units of one SKU.")


class ReservedUnexplained(InventoryRefused):
    code = "reserved_unexplained"
    sentence = _("Units of SKU %(sku)s in warehouse %(warehouse)s are reserved for nobody; reconcile the stock first.")


class TimeZoneUnknown(InventoryRefused):
    code = "time_zone_unknown"
    sentence = _("There is no time zone “%(value)s”.")


class TagTooLong(InventoryRefused):
    code = "tag_too_long"
    sentence = _("The tag “%(tag)s” is longer than %(most)s characters.")


class TagFeeUnreadable(InventoryRefused):
    code = "tag_fee_unreadable"
    sentence = _("“%(value)s” is no tag with a fee, such as fragile: 1.50.")


class TagFeeRepeated(InventoryRefused):
    code = "tag_fee_repeated"
    sentence = _("The tag “%(tag)s” has two fees.")


class UnitMissing(InventoryRefused):
    code = "unit_missing"
    sentence = _("The unit is not said: name it in the header, as in “Weight (kg)”, or in a unit column.")


class UnitUnknown(InventoryRefused):
    code = "unit_unknown"
    sentence = _("“%(unit)s” is no unit that is known here; use %(known)s.")


class MeasureOutOfRange(InventoryRefused):
    code = "measure_out_of_range"
    sentence = _("%(value)s %(unit)s is not above zero and at most %(most)s.")


class CoordinatesHalfGiven(InventoryRefused):
    code = "coordinates_half_given"
    sentence = _("Latitude and longitude come together or not at all.")
