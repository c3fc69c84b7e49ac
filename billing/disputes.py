"""The dispute file: what is disputed, charge line by charge line, as carriers want it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from billing.core.comparing import summed
from billing.models import BilledParcel, BillState
from billing.reconciling import charges_of
from billing.words import reason
from carriers.words import cost_line
from wms.tabular.writing import Cell
from wms.values.mass import mass_in
from wms.values.money import from_minor

FETCHED_ROWS: Final = 2_000


def dispute_header() -> list[str]:
    """Return the names of the columns, in the reader's language."""
    return [
        *(_("invoice number"), _("invoice date"), _("tracking number"), _("order number"), _("line in the file"), _("ship date")),
        *(_("charge"), _("cost line"), _("currency"), _("billed"), _("estimated"), _("difference"), _("reasons")),
        *(_("billed weight (kg)"), _("zone"), _("note")),
    ]


def dispute_rows(*, carrier_id: int | None = None, invoice_id: int | None = None) -> Iterator[list[Cell]]:
    """Yield a row for each cost line of each disputed parcel, as it is read. Call it inside the tenant's scope."""
    disputed = BilledParcel.objects.filter(state=BillState.DISPUTED).select_related("invoice").order_by("invoice_id", "pk")
    if carrier_id is not None:
        disputed = disputed.filter(invoice__carrier_id=carrier_id)
    if invoice_id is not None:
        disputed = disputed.filter(invoice_id=invoice_id)
    for parcel in disputed.iterator(chunk_size=FETCHED_ROWS):
        yield from _rows_of(parcel)


def _rows_of(parcel: BilledParcel) -> Iterator[list[Cell]]:
    invoice, currency = parcel.invoice, parcel.invoice.currency
    charges = charges_of(parcel)
    billed = summed(charges)
    estimated = dict(zip(parcel.estimate_codes, parcel.estimates_minor, strict=True))
    for code in dict.fromkeys((*billed, *estimated)):
        words = dict.fromkeys(word for word, line, _amount in charges if line == code)
        of_line = zip(parcel.variance_codes, parcel.variance_reasons, strict=True)
        reasons = dict.fromkeys(reason(number) for line, number in of_line if line == code)
        before, after = estimated.get(code, 0), billed.get(code, 0)
        yield [
            *(invoice.number, invoice.issued_date, parcel.tracking_number, parcel.order_number, parcel.first_line, parcel.ship_date),
            *(", ".join(words), cost_line(code), currency, from_minor(after, currency), from_minor(before, currency)),
            *(from_minor(after - before, currency), ", ".join(reasons)),
            *(None if parcel.billed_mg is None else mass_in(parcel.billed_mg, "kg"), parcel.zone, parcel.note),
        ]
