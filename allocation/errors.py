"""Why a decision can't be changed as somebody wished."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError


class OrderNotFound(DomainError):
    code = "order_not_found"
    sentence = _("There is no order %(order_id)s.")


class OrderCannotMove(DomainError):
    code = "order_cannot_move"
    sentence = _("Order %(number)s is “%(state)s”; it can't become “%(target)s”.")


class LaneUnknown(DomainError):
    code = "lane_unknown"
    sentence = _("There is no active warehouse %(warehouse_id)s, or it does not ship by channel %(channel_id)s.")


class WarehouseCannotServe(DomainError):
    code = "warehouse_cannot_serve"
    sentence = _("Warehouse %(warehouse)s can't serve order %(number)s: %(reason)s.")


class NothingToUndo(DomainError):
    code = "nothing_to_undo"
    sentence = _("Order %(number)s has no decision by hand to undo.")


class OrderChanged(DomainError):
    """Somebody else changed the order since it was looked at. The fields carry how it stands now."""

    code = "order_changed"
    sentence = _(
        "Order %(number)s was changed meanwhile by %(by)s: it is now “%(state)s”, warehouse %(warehouse)s. Look again, then choose."
    )


class PriceChanged(DomainError):
    """The price is another than the one that the person chose by."""

    code = "price_changed"
    sentence = _("Order %(number)s from warehouse %(warehouse)s now costs %(now)s, not %(seen)s as it did. Look again, then choose.")


class ReasonMissing(DomainError):
    code = "reason_missing"
    sentence = _("Say why a limit may be overridden for order %(number)s.")


class BulkReasonMissing(DomainError):
    code = "bulk_reason_missing"
    sentence = _("Say why limits may be overridden for these orders.")


class SplitPartsOdd(DomainError):
    code = "split_parts_odd"
    sentence = _("A split of order %(number)s by hand names two warehouses or more, each of them once, and units for each.")


class SplitUnitsOdd(DomainError):
    code = "split_units_odd"
    sentence = _("Order %(number)s asks for %(asked)s of article %(sku)s, the parts have %(given)s.")


class NotInReview(DomainError):
    code = "not_in_review"
    sentence = _("Order %(number)s is “%(state)s”; nobody holds it back.")


class NotExcluded(DomainError):
    code = "not_excluded"
    sentence = _("Order %(number)s is not excluded from automation.")


class TooManyOrders(DomainError):
    code = "too_many_orders"
    sentence = _("%(orders)s orders were chosen; at most %(most)s can be moved at once.")


class AddressNotOpen(DomainError):
    code = "address_not_open"
    sentence = _("The address of order %(number)s can't be corrected: the order is “%(state)s”.")


class AddressUnchanged(DomainError):
    code = "address_unchanged"
    sentence = _("The address of order %(number)s is the same as before.")


class NotWithWarehouse(DomainError):
    code = "not_with_warehouse"
    sentence = _("Warehouse %(warehouse)s has nothing of order %(number)s to ship.")


class TrackingNumberInvalid(DomainError):
    code = "tracking_number_invalid"
    sentence = _("A tracking number has 1 to %(most)s printable characters: “%(value)s”.")


class JointThresholdOdd(DomainError):
    code = "joint_threshold_odd"
    sentence = _("Batches can be decided together from 1 to %(most)s orders on, not from %(value)s.")


class LeastSavingOdd(DomainError):
    code = "least_saving_odd"
    sentence = _("Planned orders can be decided again where it saves 1 to %(most)s cents, not %(value)s.")


class StockPriceDaysOdd(DomainError):
    code = "stock_price_days_odd"
    sentence = _("Stock can be priced by the orders of 1 to %(most)s days, not of %(value)s.")
