"""The allocation records that a filter finds, as a table to be exported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allocation.models import Record
from allocation.record_search import RecordFilter, filter_from_document, search_records
from wms.exports.selections import Page, Parameters, Selection, register
from wms.tabular.writing import Cell
from wms.tenancy.access import UseCase
from wms.tenancy.models import Tenant
from wms.values.money import from_minor

ROWS_A_PAGE: Final = 5_000
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
    found = search_records(wanted=_wanted(parameters), timezone=tenant.timezone, before=after, limit=ROWS_A_PAGE)
    return Page([_row(record, tenant) for record in found.records], found.older)


def register_selection() -> None:
    """Offer the records for export."""
    register(Selection(code=RECORDS, name=NAME, use_case=UseCase.SEE_ORDERS, header=header, count=count, page=page))


def _wanted(parameters: Parameters) -> RecordFilter:
    return filter_from_document(parameters)


def _row(record: Record, tenant: Tenant) -> list[Cell]:
    currency = tenant.currency
    costs = (record.cost_minor, record.nearest_cost_minor, record.cheapest_cost_minor)
    return [
        record.pk,
        localtime(record.decided_at, ZoneInfo(tenant.timezone)).replace(tzinfo=None),
        record.order.external_number,
        record.seller.name,
        str(record.get_mode_display()),
        record.warehouse.code if record.warehouse else None,
        record.channel.code if record.channel else None,
        *(None if cost is None else from_minor(cost, currency) for cost in costs),
        currency,
        record.actor,
        record.reason,
    ]
