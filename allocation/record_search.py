"""Find records by what a person asks for, a page at a time, however many there are.

A page walks the records from the newest back and stops at so many records looked at, found or not: what is rare costs a page no more
than what is common, and the answer says how far back it looked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet

from allocation.models import OrderException, Record
from orders.models import Order, Store
from wms.tenancy.prefixes import prefix_range

RECORDS_LOOKED_AT: Final = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFilter:
    """What a person asks for; None and "" ask for nothing. Costs in the tenant's minor units, days in the tenant's time.

    `reason` is a number of allocation.core.types: orders that are exceptions for it now. `number` is the beginning of an order number.
    """

    mode: int | None = None
    warehouse: int | None = None
    channel: int | None = None
    seller: int | None = None
    decided_by: int | None = None
    reason: int | None = None
    cost_from: int | None = None
    cost_to: int | None = None
    since: date | None = None
    until: date | None = None
    person: str = ""
    number: str = ""

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is asked for."""
        return self == RecordFilter()

    def to_document(self) -> dict[str, Any]:
        """Return what is asked for as JSON values."""
        asked = {name: value for name, value in asdict(self).items() if value not in {None, ""}}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in asked.items()}


def filter_from_document(document: Mapping[str, Any]) -> RecordFilter:
    """Return the filter that `RecordFilter.to_document` wrote."""
    named = {field.name for field in fields(RecordFilter)}
    values = {name: value for name, value in document.items() if name in named}
    for day in ("since", "until"):
        if isinstance(values.get(day), str):
            values[day] = date.fromisoformat(values[day])
    return RecordFilter(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """Records, the newest first. `older` is the key of the next page, None at the end of what there is.

    `looked_back_to` tells how far a page with less than it could hold has looked, where there are older records still.
    """

    records: tuple[Record, ...]
    older: int | None
    looked_back_to: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesPage:
    """Some columns of records, the newest first; `older` is the key of the next page, None at the end of what there is."""

    rows: tuple[tuple[Any, ...], ...]
    older: int | None


def search_records(*, wanted: RecordFilter, timezone: str, before: int | None = None, limit: int = 50) -> RecordPage:
    """Return a page of the records before the key `before`, in the scope that is open."""
    found, floor = _found(wanted, timezone, before)
    rows = tuple(found.select_related("order", "warehouse", "channel", "seller").defer("candidates")[: limit + 1])
    if len(rows) > limit:
        return RecordPage(records=rows[:limit], older=rows[limit - 1].pk, looked_back_to=None)
    looked_back_to = None if floor is None else Record.objects.values_list("decided_at", flat=True).get(pk=floor)
    return RecordPage(records=rows, older=floor, looked_back_to=looked_back_to)


def search_values(*, wanted: RecordFilter, timezone: str, columns: Sequence[str], before: int | None = None, limit: int) -> ValuesPage:
    """Return a page of the same records as columns, their paths as a QuerySet's: a table of many needs no records."""
    found, floor = _found(wanted, timezone, before)
    rows = tuple(found.values_list("pk", *columns)[: limit + 1])
    older = rows[limit - 1][0] if len(rows) > limit else floor
    return ValuesPage(rows=tuple(row[1:] for row in rows[:limit]), older=older)


def every_record(*, wanted: RecordFilter, timezone: str, chunk: int = 2000) -> Iterator[Record]:
    """Yield all records asked for, the newest first, reading them in chunks."""
    before: int | None = None
    while True:
        page = search_records(wanted=wanted, timezone=timezone, before=before, limit=chunk)
        yield from page.records
        if page.older is None:
            return
        before = page.older


def _found(wanted: RecordFilter, timezone: str, before: int | None) -> tuple[QuerySet[Record], int | None]:
    """Return the records that are asked for, and the key at which a page of them stops looking.

    Where nothing is asked for each record that is looked at is found, and no page looks further than it is long.
    """
    records: QuerySet[Record] = Record.objects.order_by("-pk")
    if before is not None:
        records = records.filter(pk__lt=before)
    if wanted.is_empty:
        return records, None
    floor, found = _floor(before), _asked(records, wanted, timezone)
    return (found if floor is None else found.filter(pk__gte=floor)), floor


def _floor(before: int | None) -> int | None:
    """Return the key at which this page stops looking, None where fewer records are left."""
    query = (
        "SELECT id FROM allocation_record WHERE tenant_id = (SELECT app_tenant()) AND (%(before)s::bigint IS NULL OR id < %(before)s) "
        "ORDER BY id DESC OFFSET %(looked_at)s LIMIT 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, {"before": before, "looked_at": RECORDS_LOOKED_AT})
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _asked(records: QuerySet[Record], wanted: RecordFilter, timezone: str) -> QuerySet[Record]:
    columns = {
        "mode": wanted.mode,
        "warehouse_id": wanted.warehouse,
        "channel_id": wanted.channel,
        "seller_id": wanted.seller,
        "decided_by_id": wanted.decided_by,
        "cost_minor__gte": wanted.cost_from,
        "cost_minor__lte": wanted.cost_to,
        "decided_at__gte": _midnight(wanted.since, timezone),
        "decided_at__lt": _midnight(wanted.until and wanted.until + timedelta(days=1), timezone),
        "actor": wanted.person or None,
    }
    asked = Q(**{column: value for column, value in columns.items() if value is not None})
    if wanted.number:
        # Naming the stores lets the unique index of store and number answer.
        low, high = prefix_range(wanted.number)
        bounds = {"external_number__gte": low} | ({} if high is None else {"external_number__lt": high})
        asked &= Q(order__in=Order.objects.filter(store__in=Store.objects.all(), **bounds))
    if wanted.reason is not None:
        asked &= Q(order__in=OrderException.objects.filter(reasons__contains=[wanted.reason]).values("order"))
    return records.filter(asked)


def _midnight(day: date | None, timezone: str) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), tzinfo=ZoneInfo(timezone))
