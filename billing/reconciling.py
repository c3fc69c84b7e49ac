"""对账: compare what carriers billed with what we reckoned, parcel by parcel, and say why it differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import connection

from allocation.estimates import Estimate, Estimator
from allocation.models import ShipmentState
from billing.core.comparing import (
    NEVER_TOLERATED,
    Charge,
    Lines,
    Reason,
    Tolerance,
    Variance,
    all_for,
    compare,
    summed,
    without_repetitions,
)
from billing.formats import tolerance_of
from billing.matching import Match, match_parcels
from billing.models import BilledParcel, BillState, Invoice
from carriers.core.rating import AsBilled
from carriers.core.types import CostLine
from carriers.models import Carrier
from carriers.selectors import fx_rates_to
from wms.tenancy.scope import tenant_scope
from wms.values.fx import Rate, convert_minor

PARCELS_AT_A_TIME: Final = 500
SAVE: Final = """
UPDATE billing_billedparcel
SET shipment_id = %s, matched_by = %s, warehouse_id = %s, seller_id = %s, estimate_codes = %s::text[], estimates_minor = %s::bigint[],
    estimated_minor = %s, variance_codes = %s::text[], variance_reasons = %s::smallint[], variances_minor = %s::bigint[],
    reconciled_at = %s, state = %s
WHERE tenant_id = %s AND id = %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """How many open parcels were looked at, how many of them are a shipment of ours, and how many agree within the tolerance."""

    parcels: int = 0
    matched: int = 0
    agreed: int = 0

    def __add__(self, other: Reconciled) -> Reconciled:
        return Reconciled(parcels=self.parcels + other.parcels, matched=self.matched + other.matched, agreed=self.agreed + other.agreed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is found about one parcel. In the invoice's currency; the estimate and all variances add up to the bill."""

    estimated: Lines
    variances: tuple[Variance, ...]

    @property
    def reasons(self) -> frozenset[Reason]:
        """Return why the bill differs."""
        return frozenset(variance.reason for variance in self.variances)


def reconcile_invoices(*, tenant_id: int, at: datetime, carrier_id: int | None = None) -> Reconciled:
    """Look at every parcel that is still open, of one carrier or of all; return what became of them.

    What was accepted or disputed stays as it is. Of two bills for one shipment the one that came in first stands.
    """
    with tenant_scope(tenant_id=tenant_id):
        open_parcels = BilledParcel.objects.filter(state=BillState.OPEN)
        invoices = Invoice.objects.filter(pk__in=open_parcels.values("invoice_id")).select_related("invoice_format").order_by("pk")
        if carrier_id is not None:
            invoices = invoices.filter(carrier_id=carrier_id)
        pending = list(invoices)
    estimator = Estimator()
    total = Reconciled()
    for invoice in pending:
        for done in _reconcile_invoice(tenant_id, invoice, estimator, at):
            total += done
    return total


def _reconcile_invoice(tenant_id: int, invoice: Invoice, estimator: Estimator, at: datetime) -> Iterator[Reconciled]:
    """Look at an invoice's open parcels, some hundred in a transaction."""
    last = 0
    while True:
        with tenant_scope(tenant_id=tenant_id):
            # Two runs over one carrier wait for each other, so that each sees which shipments are billed already.
            Carrier.objects.select_for_update(no_key=True).get(pk=invoice.carrier_id)
            waiting = BilledParcel.objects.filter(invoice=invoice, state=BillState.OPEN, pk__gt=last).order_by("pk")
            parcels = list(waiting[:PARCELS_AT_A_TIME])
            if not parcels:
                return
            yield _reconcile(invoice, parcels, estimator, at)
        last = parcels[-1].pk


def _reconcile(invoice: Invoice, parcels: Sequence[BilledParcel], estimator: Estimator, at: datetime) -> Reconciled:
    matches = match_parcels(carrier_id=invoice.carrier_id, parcels=parcels)
    estimates = estimator.estimates_of([match.shipment for match in matches.values()])
    earlier = _EarlierBills(matches.values())
    rates = _Rates(invoice.currency, invoice.issued_date)
    tolerance = tolerance_of(invoice.invoice_format.document, currency_code=invoice.currency)
    agreed = 0
    for parcel in parcels:
        match = matches.get(parcel.pk)
        finding = _finding(parcel, match, estimates, earlier, rates)
        _note(parcel, match, finding, at)
        if _agrees(parcel, finding, tolerance):
            parcel.state = BillState.ACCEPTED
            agreed += 1
    _save(parcels)
    return Reconciled(parcels=len(parcels), matched=len(matches), agreed=agreed)


def _finding(
    parcel: BilledParcel, match: Match | None, estimates: Mapping[int, Estimate], earlier: _EarlierBills, rates: _Rates
) -> Finding:
    charges = charges_of(parcel)
    if match is None:
        return Finding(estimated={}, variances=all_for(Reason.NOT_OURS, summed(charges)))
    if match.shipment.state == ShipmentState.CANCELLED:
        return Finding(estimated={}, variances=all_for(Reason.CANCELLED, summed(charges)))
    before = earlier.words_before(match.shipment.pk, parcel)
    fresh, repeated = without_repetitions(charges, before or ())
    duplicates = all_for(Reason.DUPLICATE, summed(repeated))
    if before is not None:
        # The first bill has used up the estimate; what comes later is on top.
        finding = Finding(estimated={}, variances=compare(estimated={}, steps=(), billed=summed(fresh)))
    else:
        finding = _compared(parcel, estimates[match.shipment.pk], summed(fresh), rates)
    return replace(finding, variances=(*finding.variances, *duplicates))


def _compared(parcel: BilledParcel, estimate: Estimate, billed: Lines, rates: _Rates) -> Finding:
    rate = rates.of(estimate.currency, parcel.ship_date)
    if rate is None:
        return Finding(estimated={}, variances=all_for(Reason.NO_ESTIMATE, billed))
    steps: list[tuple[Reason, Lines]] = []
    by_weight = AsBilled(mass_mg=parcel.billed_mg)
    for reason, as_billed, differs in (
        (Reason.WEIGHT, by_weight, parcel.billed_mg not in (None, estimate.billable_mg)),
        (Reason.ZONE, replace(by_weight, zone=parcel.zone), parcel.zone not in ("", estimate.zone)),
    ):
        lines = estimate.lines_as_billed(as_billed) if differs else None
        if lines is not None:
            steps.append((reason, _converted(lines, rate)))
    estimated = _converted(estimate.lines, rate)
    return Finding(estimated=estimated, variances=compare(estimated=estimated, steps=steps, billed=billed))


def charges_of(parcel: BilledParcel) -> list[Charge]:
    """Return what a parcel bears."""
    return list(zip(parcel.charge_words, parcel.charge_codes, parcel.charges_minor, strict=True))


def _converted(lines: Iterable[CostLine], rate: Rate) -> dict[str, int]:
    return summed((line.code, line.code, convert_minor(line.amount_minor, rate)) for line in lines)


def _note(parcel: BilledParcel, match: Match | None, finding: Finding, at: datetime) -> None:
    shipment = match.shipment if match else None
    parcel.shipment_id = shipment.pk if shipment else None
    parcel.matched_by = match.by if match else None
    parcel.warehouse_id = shipment.warehouse_id if shipment else None
    parcel.seller_id = shipment.seller_id if shipment else None
    parcel.estimate_codes = list(finding.estimated)
    parcel.estimates_minor = list(finding.estimated.values())
    parcel.estimated_minor = sum(finding.estimated.values())
    parcel.variance_codes = [variance.code for variance in finding.variances]
    parcel.variance_reasons = [int(variance.reason) for variance in finding.variances]
    parcel.variances_minor = [variance.amount_minor for variance in finding.variances]
    parcel.reconciled_at = at


def _save(parcels: Sequence[BilledParcel]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            SAVE,
            [
                (
                    *(parcel.shipment_id, parcel.matched_by, parcel.warehouse_id, parcel.seller_id),
                    *(parcel.estimate_codes, parcel.estimates_minor, parcel.estimated_minor),
                    *(parcel.variance_codes, parcel.variance_reasons, parcel.variances_minor),
                    *(parcel.reconciled_at, parcel.state, parcel.tenant_id, parcel.pk),
                )
                for parcel in parcels
            ],
        )


def _agrees(parcel: BilledParcel, finding: Finding, tolerance: Tolerance) -> bool:
    return not finding.reasons & NEVER_TOLERATED and tolerance.covers(
        estimated_minor=parcel.estimated_minor, billed_minor=parcel.billed_minor
    )


@dataclass(frozen=True, slots=True)
class _Bill:
    """A parcel that a shipment was billed by; `place` is where it stands among them all."""

    place: tuple[int, int]
    is_judged: bool
    words: frozenset[str]


class _EarlierBills:
    """Which charges of a shipment were billed before: by a parcel that was judged, or by one that came in earlier."""

    def __init__(self, matches: Iterable[Match]) -> None:
        self._bills: dict[int, dict[int, _Bill]] = {}
        stored = BilledParcel.objects.filter(shipment_id__in={match.shipment.pk for match in matches})
        for parcel in stored.only("pk", "shipment_id", "invoice_id", "state", "charge_words"):
            self._remember(parcel.shipment_id, parcel)

    def words_before(self, shipment_id: int, parcel: BilledParcel) -> set[str] | None:
        """Return the words of the charges that were billed before this parcel, None where none were; remember this one."""
        self._remember(shipment_id, parcel)
        bills = self._bills[shipment_id]
        place = bills[parcel.pk].place
        before = [bill.words for number, bill in bills.items() if number != parcel.pk and (bill.is_judged or bill.place < place)]
        return {word for words in before for word in words} if before else None

    def _remember(self, shipment_id: int, parcel: BilledParcel) -> None:
        bill = _Bill((parcel.invoice_id, parcel.pk), parcel.state != BillState.OPEN, frozenset(parcel.charge_words))
        self._bills.setdefault(shipment_id, {})[parcel.pk] = bill


class _Rates:
    """Exchange rates to an invoice's currency, on the day of shipping or, where the bill names none, of the invoice."""

    def __init__(self, currency: str, issued_date: date) -> None:
        self._currency = currency
        self._issued_date = issued_date
        self._known: dict[date, dict[str, str]] = {}

    def of(self, source: str, ship_date: date | None) -> Rate | None:
        """Return the rate from a currency, None where none is on file."""
        if source == self._currency:
            return Rate.of(source, source, 1)
        if not source:
            return None
        on = ship_date or self._issued_date
        if on not in self._known:
            self._known[on] = dict(fx_rates_to(currency=self._currency, ship_date=on))
        value = self._known[on].get(source)
        return None if value is None else Rate.of(source, self._currency, Decimal(value))
