"""The allocation records that a filter finds, as a table to be exported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allocation.models import MODE_NAMES, Record
from allocation.record_search import RecordFilter, filter_from_document, search_values
from wms.exports.selections import Page, Parameters, Selection, register
from wms.tabular.writing import Cell
from wms.tenancy.access import UseCase
from wms.tenancy.models import Tenant
from wms.values.money import minor_digits

ROWS_A_PAGE: Final = 5_000
COLUMNS: Final = (
    *("pk", "decided_at", "order__external_number", "seller__name", "mode", "warehouse__code", "channel__code"),
    *("cost_minor", "nearest_cost_minor", "cheapest_otherwise_minor", "actor", "reason"),
)
RECORDS: Final = "records"
NAME: Final = gettext_lazy("allocation records")


def header(parameters: Parameters) -> Sequence[str]:
    """Return the columns."""
    of_order = [_("record"), _("when"), _("order number"), _("seller"), _("decided by"), _("warehouse"), _("channel")]
    return [*of_order, _("cost"), _("cost from the nearest"), _("cost from the cheapest"), _("currency"), _("by"), _("reason")]


def count(parameters: Parameters) -> int:
    """Return how many records there are in all: an upper bound, where a filter was asked for."""
    return Record.objects.count()


def page(parameters: Parameters, after: Any) -> Page:
    """Return the next records, the newest first."""
    tenant = Tenant.objects.get()
    found = search_values(wanted=_wanted(parameters), timezone=tenant.timezone, columns=COLUMNS, before=after, limit=ROWS_A_PAGE)
    table = _Table(tenant.timezone, tenant.currency)
    return Page([table.row(*values) for values in found.rows], found.older)


def register_selection() -> None:
    """Offer the records for export."""
    register(Selection(code=RECORDS, name=NAME, use_case=UseCase.SEE_ORDERS, header=header, count=count, page=page))


def _wanted(parameters: Parameters) -> RecordFilter:
    return filter_from_document(parameters)


class _Table:
    """Turns records into rows; what all of them share is worked out once."""

    def __init__(self, timezone: str, currency: str) -> None:
        self._zone, self._currency, self._digits = ZoneInfo(timezone), currency, minor_digits(currency)
        self._modes = {mode: str(name) for mode, name in MODE_NAMES}

    def row(self, pk: int, decided_at: datetime, number: str, seller: str, mode: int, *rest: Any) -> list[Cell]:
        """Return one row; the values come in the order of COLUMNS."""
        warehouse, channel, cost, nearest, cheapest_otherwise, actor, reason = rest
        when = decided_at.astimezone(self._zone).replace(tzinfo=None)
        cheapest = cost if cheapest_otherwise is None else cheapest_otherwise
        costs = (self._amount(cost), self._amount(nearest), self._amount(cheapest))
        return [pk, when, number, seller, self._modes[mode], warehouse, channel, *costs, self._currency, actor, reason]

    def _amount(self, amount_minor: int | None) -> Decimal | None:
        return None if amount_minor is None else Decimal(amount_minor).scaleb(-self._digits)
