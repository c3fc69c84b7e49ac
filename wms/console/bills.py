"""What the reconciling pages show: flat rows of finished words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from billing.core.comparing import summed
from billing.models import BilledParcel, BillState, MatchedBy
from billing.reconciling import charges_of
from billing.selectors import ReasonTotal, Standing, Total
from billing.words import reason
from carriers.words import cost_line
from wms.console import words


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalRow:
    label: str
    parcels: int
    billed: str
    estimated: str
    difference: str
    disputed: str
    landed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRow:
    name: str
    parcels: int
    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow:
    """An invoice, and how its parcels stand."""

    pk: int
    number: str
    carrier: str
    issued: str
    parcels: int
    open: int
    disputed: int
    billed: str
    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """One cost line of a parcel."""

    name: str
    words: str
    billed: str
    estimated: str
    difference: str
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelRow:
    """A billed parcel with its cost lines."""

    pk: int
    name: str
    order_number: str
    order_id: int | None
    matched_by: str
    state: str
    state_name: str
    billed: str
    estimated: str
    difference: str
    reasons: tuple[str, ...]
    measured: str
    note: str
    by: str
    costs: tuple[CostRow, ...]


def total_rows(totals: Iterable[Total], *, own_currency: str, unnamed: str) -> Iterator[TotalRow]:
    """Yield totals; `unnamed` stands for bills of no shipment of ours."""
    for total in totals:
        yield TotalRow(
            label=total.label or unnamed,
            parcels=total.parcels,
            billed=words.money(total.billed_minor, total.currency),
            estimated=words.money(total.estimated_minor, total.currency),
            difference=words.signed_money(total.variance_minor, total.currency),
            disputed=words.money(total.disputed_minor, total.currency),
            landed="" if total.currency == own_currency else words.money(total.landed_billed_minor, own_currency),
        )


def reason_rows(found: Iterable[ReasonTotal]) -> Iterator[ReasonRow]:
    """Yield why bills differ."""
    for one in found:
        yield ReasonRow(name=reason(one.reason), parcels=one.parcels, difference=words.signed_money(one.variance_minor, one.currency))


def invoice_rows(standings: Iterable[Standing]) -> Iterator[InvoiceRow]:
    """Yield invoices."""
    for standing in standings:
        invoice = standing.invoice
        yield InvoiceRow(
            pk=invoice.pk,
            number=invoice.number,
            carrier=str(invoice.carrier),
            issued=invoice.issued_date.isoformat(),
            parcels=standing.parcels,
            open=standing.open,
            disputed=standing.disputed,
            billed=words.money(standing.billed_minor, invoice.currency),
            difference=words.signed_money(standing.billed_minor - standing.estimated_minor, invoice.currency),
        )


def parcel_rows(parcels: Sequence[BilledParcel], *, currency: str) -> Iterator[ParcelRow]:
    """Yield parcels of one invoice."""
    for parcel in parcels:
        measured = [words.mass(parcel.billed_mg) if parcel.billed_mg else "", parcel.zone]
        yield ParcelRow(
            pk=parcel.pk,
            name=str(parcel),
            order_number=parcel.order_number if parcel.tracking_number else "",
            order_id=parcel.shipment.order_id if parcel.shipment else None,
            matched_by=str(MatchedBy(parcel.matched_by).label) if parcel.matched_by else "",
            state=BillState(parcel.state).name.lower(),
            state_name=str(BillState(parcel.state).label),
            billed=words.money(parcel.billed_minor, currency),
            estimated=words.money(parcel.estimated_minor, currency),
            difference=words.signed_money(parcel.billed_minor - parcel.estimated_minor, currency),
            reasons=tuple(dict.fromkeys(reason(number) for number in parcel.variance_reasons)),
            measured=" · ".join(text for text in measured if text),
            note=parcel.note,
            by=parcel.judged_by,
            costs=tuple(_costs(parcel, currency)),
        )


def _costs(parcel: BilledParcel, currency: str) -> Iterator[CostRow]:
    charges = charges_of(parcel)
    billed = summed(charges)
    estimated = dict(zip(parcel.estimate_codes, parcel.estimates_minor, strict=True))
    variances = list(zip(parcel.variance_codes, parcel.variance_reasons, parcel.variances_minor, strict=True))
    for code in dict.fromkeys((*billed, *estimated)):
        after, before = billed.get(code, 0), estimated.get(code, 0)
        told = [f"{reason(number)} {words.signed_money(amount, currency)}" for line, number, amount in variances if line == code]
        yield CostRow(
            name=cost_line(code),
            words=", ".join(dict.fromkeys(word for word, line, _amount in charges if line == code)),
            billed=words.money(after, currency),
            estimated=words.money(before, currency),
            difference=words.signed_money(after - before, currency),
            reasons=" · ".join(told),
        )
