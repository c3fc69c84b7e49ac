"""The monthly statement: what the shipments of one month cost, by warehouse and channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from allocation.models import Shipment, ShipmentState
from wms.figures import money
from wms.portal.door import company_of, portal_page, seller_seat, show
from wms.tabular.writing import Cell, csv_lines
from wms.tenancy.access import UseCase
from wms.values.money import from_minor

EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(9000, 12, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """The shipments of one month from one warehouse by one channel."""

    warehouse_code: str
    warehouse_name: str
    channel_code: str
    channel_name: str
    shipments: int
    cost_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A month's rows in the order of their codes, and their sums."""

    month: date
    rows: tuple[StatementRow, ...]

    @property
    def shipments(self) -> int:
        """Return how many shipments there were in all."""
        return sum(row.shipments for row in self.rows)

    @property
    def cost_minor(self) -> int:
        """Return what they cost in all."""
        return sum(row.cost_minor for row in self.rows)


def statement_of(*, seller_id: int, month: date) -> Statement:
    """Return a month's statement, in the time that is active. Cancelled shipments cost nothing. Call it inside the seller's scope."""
    shipments = Shipment.objects.filter(seller_id=seller_id, created_at__gte=_begin(month), created_at__lt=_begin(next_month(month)))
    places = ("warehouse__code", "warehouse__name", "channel__code", "channel__name")
    sums = shipments.exclude(state=ShipmentState.CANCELLED).values_list(*places).annotate(Count("pk"), Sum("cost_minor"))
    return Statement(
        month=month,
        rows=tuple(
            StatementRow(
                warehouse_code=warehouse_code,
                warehouse_name=warehouse_name,
                channel_code=channel_code,
                channel_name=channel_name,
                shipments=count,
                cost_minor=int(cost),
            )
            for warehouse_code, warehouse_name, channel_code, channel_name, count, cost in sums.order_by("warehouse__code", "channel__code")
        ),
    )


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def previous_month(month: date) -> date:
    """Return the first day of the month before."""
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


@portal_page(UseCase.SEE_ORDERS)
def statement(request: HttpRequest) -> HttpResponse:
    """Show a month's statement; without a month, this one's."""
    month, currency = _month(request), company_of(request).currency
    told = statement_of(seller_id=seller_seat(request).seller_id or 0, month=month)
    context = {
        "statement": told,
        "rows": [(row, money(row.cost_minor, currency)) for row in told.rows],
        "total": money(told.cost_minor, currency),
        "previous": previous_month(month),
        "next": next_month(month) if next_month(month) <= timezone.localdate() else None,
        "latest": timezone.localdate(),
    }
    return show(request, "portal/statement.html", context)


@portal_page(UseCase.SEE_ORDERS)
def statement_csv(request: HttpRequest) -> HttpResponseBase:
    """Hand out a month's statement as CSV."""
    month, currency = _month(request), company_of(request).currency
    told = statement_of(seller_id=seller_seat(request).seller_id or 0, month=month)
    header = [_("month"), _("warehouse"), _("warehouse name"), _("channel"), _("channel name"), _("shipments"), _("cost"), _("currency")]
    body = list(csv_lines(header=header, rows=_csv_rows(told, currency)))
    answer = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="statement-{month:%Y-%m}.csv"'
    return answer


def _csv_rows(told: Statement, currency: str) -> Iterator[list[Cell]]:
    for row in told.rows:
        names: list[Cell] = [row.warehouse_code, row.warehouse_name, row.channel_code, row.channel_name]
        yield [f"{told.month:%Y-%m}", *names, row.shipments, from_minor(row.cost_minor, currency), currency]


def _month(request: HttpRequest) -> date:
    """Return the month that the address names, or the present one."""
    try:
        named = datetime.strptime(request.GET.get("month", ""), "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        return timezone.localdate().replace(day=1)
    return min(max(named, EARLIEST), LATEST)


def _begin(month: date) -> datetime:
    return datetime.combine(month, time.min, tzinfo=timezone.get_current_timezone())
