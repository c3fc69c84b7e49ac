"""Reads for reconciling: what was billed against what was reckoned, by carrier, warehouse, seller, month, or reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from django.db import connection
from django.db.models import Count, Q, Sum

from billing.core.comparing import Reason
from billing.models import BilledParcel, BillState, Invoice
from carriers.selectors import fx_rates_to
from wms.tenancy.models import Tenant
from wms.values.fx import Rate, convert_minor


class By(StrEnum):
    """What totals are made by."""

    CARRIER = "carrier"
    WAREHOUSE = "warehouse"
    SELLER = "seller"
    MONTH = "month"


LABELS: Final[dict[By, str]] = {
    By.CARRIER: "c.code",
    By.WAREHOUSE: "coalesce(w.code, '')",
    By.SELLER: "coalesce(s.code, '')",
    By.MONTH: "to_char(i.issued_date, 'YYYY-MM')",
}
TOTALS: Final = """
SELECT {label} AS label, i.currency, i.issued_date, count(*), sum(p.billed_minor), sum(p.estimated_minor),
       sum(p.billed_minor) FILTER (WHERE p.state = 3)
FROM billing_billedparcel p
JOIN billing_invoice i ON i.tenant_id = p.tenant_id AND i.id = p.invoice_id
JOIN carriers_carrier c ON c.tenant_id = i.tenant_id AND c.id = i.carrier_id
LEFT JOIN inventory_warehouse w ON w.tenant_id = p.tenant_id AND w.id = p.warehouse_id
LEFT JOIN tenancy_seller s ON s.tenant_id = p.tenant_id AND s.id = p.seller_id
WHERE (%(invoice)s::bigint IS NULL OR i.id = %(invoice)s) AND (%(carrier)s::bigint IS NULL OR i.carrier_id = %(carrier)s)
  AND (%(since)s::date IS NULL OR i.issued_date >= %(since)s) AND (%(until)s::date IS NULL OR i.issued_date < %(until)s)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
BY_REASON: Final = """
SELECT v.reason, i.currency, count(DISTINCT p.id), sum(v.amount)
FROM billing_billedparcel p
JOIN billing_invoice i ON i.tenant_id = p.tenant_id AND i.id = p.invoice_id
CROSS JOIN LATERAL unnest(p.variance_reasons, p.variances_minor) AS v(reason, amount)
WHERE (%(invoice)s::bigint IS NULL OR i.id = %(invoice)s) AND (%(carrier)s::bigint IS NULL OR i.carrier_id = %(carrier)s)
  AND (%(since)s::date IS NULL OR i.issued_date >= %(since)s) AND (%(until)s::date IS NULL OR i.issued_date < %(until)s)
GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which bills are meant: of one invoice, one carrier, or the days [since, until) of invoices; None: all."""

    invoice_id: int | None = None
    carrier_id: int | None = None
    since: date | None = None
    until: date | None = None

    def parameters(self) -> Mapping[str, Any]:
        """Return the selection as the statements name it."""
        return {"invoice": self.invoice_id, "carrier": self.carrier_id, "since": self.since, "until": self.until}


EVERYTHING: Final = Selection()


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What was billed in one currency under a label ("": no shipment of ours), beside the estimates.

    `landed_billed_minor` is the bill in the company's currency, each invoice by the rate of its day; None where a rate is missing.
    """

    label: str
    currency: str
    parcels: int
    billed_minor: int
    estimated_minor: int
    disputed_minor: int
    landed_billed_minor: int | None

    @property
    def variance_minor(self) -> int:
        """Return by how much the bill is above the estimate."""
        return self.billed_minor - self.estimated_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonTotal:
    """How much was billed above the estimates for one reason, in how many parcels."""

    reason: Reason
    currency: str
    parcels: int
    variance_minor: int


def totals(*, by: By, of: Selection = EVERYTHING) -> tuple[Total, ...]:
    """Return what was billed, by label and currency: currencies are never added. Call it inside the tenant's scope."""
    own = str(Tenant.objects.values_list("currency", flat=True).get())
    found: dict[tuple[str, str], Total] = {}
    with connection.cursor() as cursor:
        cursor.execute(TOTALS.format(label=LABELS[by]), of.parameters())
        rows = cursor.fetchall()
    for label, currency, issued, parcels, billed, estimated, disputed in rows:
        landed = _landed(int(billed), currency, own, issued)
        before = found.get((label, currency))
        total = Total(
            label=label,
            currency=currency,
            parcels=parcels,
            billed_minor=int(billed),
            estimated_minor=int(estimated),
            disputed_minor=int(disputed or 0),
            landed_billed_minor=landed,
        )
        found[label, currency] = total if before is None else _sum(before, total)
    return tuple(found.values())


def variances_by_reason(*, of: Selection = EVERYTHING) -> tuple[ReasonTotal, ...]:
    """Return why bills differ, the dearest reason first. Call it inside the tenant's scope."""
    with connection.cursor() as cursor:
        cursor.execute(BY_REASON, of.parameters())
        return tuple(
            ReasonTotal(reason=Reason(reason), currency=currency, parcels=parcels, variance_minor=int(amount))
            for reason, currency, parcels, amount in cursor.fetchall()
        )


def _landed(amount_minor: int, currency: str, own: str, on: date) -> int | None:
    if currency == own:
        return amount_minor
    value = dict(fx_rates_to(currency=own, ship_date=on)).get(currency)
    return None if value is None else convert_minor(amount_minor, Rate.of(currency, own, Decimal(value)))


def _sum(first: Total, second: Total) -> Total:
    landed = first.landed_billed_minor, second.landed_billed_minor
    return Total(
        label=first.label,
        currency=first.currency,
        parcels=first.parcels + second.parcels,
        billed_minor=first.billed_minor + second.billed_minor,
        estimated_minor=first.estimated_minor + second.estimated_minor,
        disputed_minor=first.disputed_minor + second.disputed_minor,
        landed_billed_minor=None if landed[0] is None or landed[1] is None else landed[0] + landed[1],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An invoice, how many parcels it bills and how many of them are open or disputed, and its sums in its own currency."""

    invoice: Invoice
    parcels: int
    open: int
    disputed: int
    billed_minor: int
    estimated_minor: int


def latest_invoices(*, most: int, carrier_id: int | None = None) -> list[Standing]:
    """Return the newest invoices. Call it inside the tenant's scope."""
    invoices = Invoice.objects.select_related("carrier").order_by("-issued_date", "-pk")
    if carrier_id is not None:
        invoices = invoices.filter(carrier_id=carrier_id)
    shown = list(invoices[:most])
    sums = BilledParcel.objects.filter(invoice__in=shown).values("invoice_id")
    counted = sums.annotate(
        parcels=Count("pk"),
        open=Count("pk", filter=Q(state=BillState.OPEN)),
        disputed=Count("pk", filter=Q(state=BillState.DISPUTED)),
        billed_minor_sum=Sum("billed_minor"),
        estimated_minor_sum=Sum("estimated_minor"),
    )
    by_invoice = {row["invoice_id"]: row for row in counted}
    return [
        Standing(
            invoice=invoice,
            parcels=row["parcels"],
            open=row["open"],
            disputed=row["disputed"],
            billed_minor=int(row["billed_minor_sum"]),
            estimated_minor=int(row["estimated_minor_sum"]),
        )
        for invoice in shown
        if (row := by_invoice.get(invoice.pk))
    ]
