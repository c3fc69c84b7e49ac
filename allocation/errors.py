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
