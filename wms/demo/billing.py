"""A sample invoice over parcels of the sample world: most are billed as reckoned, some dearer, so that there is a case to judge."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from allocation.estimates import Estimator
from allocation.models import Shipment, ShipmentState
from billing.formats import format_of
from billing.imports import InvoiceImport
from billing.models import Invoice
from billing.reconciling import reconcile_invoices
from billing.services import save_format
from carriers.core.types import CostLine
from wms.demo.world import World
from wms.tabular.imports import Manner, run_import
from wms.tabular.progress import Silent
from wms.tabular.source import open_source
from wms.tenancy.scope import tenant_scope
from wms.values.money import format_minor

CARRIER: Final = "USPS"
CHANNEL: Final = "USPS-GA"
CURRENCY: Final = "USD"
MOST_PARCELS: Final = 60
DEARER_EVERY, CORRECTED_EVERY, FOREIGN_EVERY = 7, 11, 20
"""Which parcels are billed by a tenth more, with a correction of their address, and beside them one that is nobody's."""
POSTAGE, CORRECTION = "base", "address_correction"
"""Cost lines; this carrier names its charges as we do."""
CORRECTION_MINOR: Final = 1_100
HEADER: Final = ("Invoice", "Invoice date", "Currency", "Order number", "Charge", "Amount")
TOLERANCE: Final = {"amount": "0.05", "percent": "0.5"}


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel as the carrier knows it."""

    order_number: str
    lines: tuple[CostLine, ...]


def bill_sample_parcels(*, world: World, at: datetime) -> int:
    """Bring an invoice in for each company that has none, and reconcile it; return how many parcels were billed."""
    billed = 0
    for _company, tenant_id in world.tenants:
        with tenant_scope(tenant_id=tenant_id):
            parcels = [] if Invoice.objects.exists() else _parcels()
        if parcels:
            _bring_in(tenant_id, parcels, at)
            reconcile_invoices(tenant_id=tenant_id, at=at)
            billed += len(parcels)
    return billed


def _parcels() -> list[Parcel]:
    """Return the oldest parcels of the channel, with what their freight was reckoned from."""
    shipments = Shipment.objects.filter(channel__code=CHANNEL, rate_card__currency=CURRENCY).exclude(state=ShipmentState.CANCELLED)
    oldest = list(shipments.select_related("order", "rate_card").order_by("pk")[:MOST_PARCELS])
    reckoned = Estimator().estimates_of(oldest)
    return [Parcel(shipment.order.external_number, reckoned[shipment.pk].lines) for shipment in oldest]


def _bring_in(tenant_id: int, parcels: list[Parcel], at: datetime) -> None:
    words = {code: code for code in (CORRECTION, *(line.code for parcel in parcels for line in parcel.lines))}
    document = {"codes": words, "tolerance": TOLERANCE}
    stored = save_format(tenant_id=tenant_id, carrier=CARRIER, name="Weekly 周账单", document=document, at=at)
    read = format_of(stored.document)
    importer = InvoiceImport(tenant_id=tenant_id, carrier_id=stored.carrier_id, format_id=stored.pk, invoice_format=read, at=at)
    scope = partial(tenant_scope, tenant_id=tenant_id)
    manner = Manner(scope=scope, mapping=read.mapping, dry_run=False, take_good_rows=False, file_name="invoice.csv")
    with TemporaryDirectory(prefix="fencang-demo-") as folder:
        path = Path(folder) / "invoice.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADER, *_rows(parcels, at.date())])
        with open_source(path) as source:
            run_import(source=source, importer=importer, manner=manner, progress=Silent())


def _rows(parcels: list[Parcel], day: date) -> Iterator[tuple[str, ...]]:
    head = (f"USPS-{day:%Y%m%d}", day.isoformat(), CURRENCY)
    for place, parcel in enumerate(parcels, start=1):
        for line in parcel.lines:
            dearer = line.amount_minor // 10 if line.code == POSTAGE and place % DEARER_EVERY == 0 else 0
            yield (*head, parcel.order_number, line.code, format_minor(line.amount_minor + dearer, CURRENCY))
        if place % CORRECTED_EVERY == 0:
            yield (*head, parcel.order_number, CORRECTION, format_minor(CORRECTION_MINOR, CURRENCY))
        if place % FOREIGN_EVERY == 0:
            yield (*head, f"LOST-{place}", POSTAGE, format_minor(parcel.lines[0].amount_minor, CURRENCY))
