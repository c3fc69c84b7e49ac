"""Why an order is not taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError


class OrderInvalid(DomainError):
    """One thing that is wrong with an order."""


class StoreUnknown(OrderInvalid):
    code = "store_unknown"
    sentence = _("The seller has no store “%(store)s”.")


class SkuUnknown(OrderInvalid):
    code = "sku_unknown"
    sentence = _("The seller has no SKU “%(sku)s”.")


class OrderNumberMissing(OrderInvalid):
    code = "order_number_missing"
    sentence = _("The order has no number.")


class OrderTextTooLong(OrderInvalid):
    code = "text_too_long"
    sentence = _("The text has %(length)s characters; at most %(most)s fit.")


class OrderTextUnprintable(OrderInvalid):
    code = "text_unprintable"
    sentence = _("The text holds control characters.")


class OrderValueOutOfRange(OrderInvalid):
    code = "order_value_out_of_range"
    sentence = _("An order's value is between 0 and %(most)s: %(value)s.")


class OrderCurrencyUnknown(OrderInvalid):
    code = "currency_unknown"
    sentence = _("A currency is three capital letters, such as USD: “%(value)s”.")


class OrderWithoutLines(OrderInvalid):
    code = "order_without_lines"
    sentence = _("The order asks for nothing.")


class OrderLinesTooMany(OrderInvalid):
    code = "order_lines_too_many"
    sentence = _("The order has %(lines)s lines; at most %(most)s fit.")


class UnitsOutOfRange(OrderInvalid):
    code = "units_out_of_range"
    sentence = _("A line is for 1 to %(most)s units: %(units)s.")


class RowsOfOrderDisagree(OrderInvalid):
    code = "order_rows_disagree"
    sentence = _("The order's rows disagree: “%(first)s” in line %(line)s, “%(second)s” here.")


@dataclass(frozen=True, slots=True)
class OrderFault:
    """What is wrong, in which order and field of it (and in which of its lines, counted from 0)."""

    position: int
    field: str
    error: DomainError
    line: int | None = None


class OrdersRefused(DomainError):
    """Some of the orders can't be taken, so none was. `faults` says which and why."""

    code = "orders_refused"
    sentence = _("%(count)s faults were found and no order was taken. The first: %(first)s")

    def __init__(self, faults: Sequence[OrderFault]) -> None:
        super().__init__(count=len(faults), first=str(faults[0].error))
        self.faults = tuple(faults)
