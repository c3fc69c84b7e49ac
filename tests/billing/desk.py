"""A company whose shipments are billed: figures that a reader can add up in the head.

A lamp weighs 1 kg. GROUND costs 5.00 for the first kilogram and 1.00 for each further one in zone 1, 3.00 more in zone 2 (Canada),
2.00 to a home, and 10 % fuel on the base. One lamp to a home in New York: base 5.00, residential 2.00, fuel 0.50, so 7.50. The
warehouse's handling of 0.70 is no part of the carrier's bill.
"""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from allocation.models import Shipment, ShipmentState
from allocation.runner import drain_tenant
from billing.core.comparing import Reason
from billing.models import BilledParcel
from billing.reconciling import Reconciled, reconcile_invoices
from billing.services import save_format
from tests.tabular.tables import write_text
from tests.world import (
    NOON,
    add_carrier,
    add_channel,
    add_fuel_rate,
    add_lane,
    add_order,
    add_rate_card,
    add_seller,
    add_sku,
    add_store,
    add_strategy,
    add_tenant,
    add_warehouse,
    add_zone_chart,
    flat_card,
    queue_order,
    set_stock,
)
from wms.tenancy.scope import tenant_scope

LONG_FORMAT: dict[str, Any] = {
    "columns": {"tracking_number": "Tracking #"},
    "codes": {"Freight": "base", "Residential": "residential", "Fuel Surcharge": "fuel", "Address correction": "address_correction"},
    "options": {"weight_unit": "kg"},
}
HEADER = "Invoice,Invoice date,Currency,Tracking #,Order number,Weight,Zone,Charge,Amount\n"
AS_RECKONED = (("Freight", "5.00"), ("Residential", "2.00"), ("Fuel Surcharge", "0.50"))
CHART = {"code": "two", "origins": [{"from": {}, "to": [{"countries": ["US"], "zone": "1"}, {"countries": ["CA"], "zone": "2"}]}]}


def card(**fields: Any) -> dict[str, Any]:
    """Return the card of the module's docstring."""
    one, two = flat_card(), flat_card(first_kg="8.00")
    rates = [{**near, "amounts": near["amounts"] + far["amounts"]} for near, far in zip(one["rates"], two["rates"], strict=True)]
    home = {"code": "residential", "when": [{"residential": True}], "amounts": "2.00", "fuelable": False}
    return {**one, "zones": ["1", "2"], "rates": rates, "surcharges": [home], "fuel": True, "transit_days": {}, **fields}


def rows(
    *charges: tuple[str, str],
    tracking: str = "",
    order: str = "",
    weight: str = "1",
    zone: str = "1",
    invoice: str = "INV-1",
    on: str = "2026-03-09",
) -> str:
    """Return the rows of a parcel, the weight and zone on the first only."""
    lines = []
    for place, (word, amount) in enumerate(charges or AS_RECKONED):
        measured = f"{weight},{zone}" if not place else ","
        lines.append(f"{invoice},{on},USD,{tracking},{order},{measured},{word},{amount}\n")
    return "".join(lines)


class Desk:
    """A company, its shipments and its carrier's bills."""

    def __init__(self, folder: Path, *, code: str = "eastlake", currency: str = "USD") -> None:
        self.folder = folder
        self.code = code
        self.tenant = add_tenant(code=code, currency=currency)
        self.seller = add_seller(tenant=self.tenant)
        self.store = add_store(seller=self.seller)
        self.warehouse = add_warehouse(tenant=self.tenant, handling_per_order_minor=70, handling_currency=currency)
        self.carrier = add_carrier(tenant=self.tenant)
        self.channel = add_channel(carrier=self.carrier)
        add_rate_card(channel=self.channel, zone_chart=add_zone_chart(carrier=self.carrier, document=CHART), document=card())
        add_fuel_rate(channel=self.channel, percent="10")
        add_lane(warehouse=self.warehouse, channel=self.channel)
        add_strategy(tenant=self.tenant, warehouses=[self.warehouse], channels=[self.channel])
        self.lamp = add_sku(seller=self.seller, code="LAMP")
        set_stock(sku=self.lamp, warehouse=self.warehouse, on_hand=100)
        self.format()

    @property
    def tenant_id(self) -> int:
        return int(self.tenant.pk)

    def format(self, name: str = "Weekly", **fields: Any) -> None:
        """Store a format."""
        save_format(tenant_id=self.tenant_id, carrier="USPS", name=name, document={**LONG_FORMAT, **fields}, at=NOON)

    def ship(self, number: str, *, tracking: str | None = None, units: int = 1, store: Any = None) -> Shipment:
        """Return the shipment of an order that is decided now."""
        order = add_order(store=store or self.store, number=number, lines=[(self.lamp, units)])
        queue_order(order=order)
        drain_tenant(tenant_id=self.tenant_id, at=NOON)
        with tenant_scope(tenant_id=self.tenant_id):
            shipment: Shipment = Shipment.objects.get(order=order)
            shipment.tracking_number = tracking
            shipment.save(update_fields=["tracking_number"])
        return shipment

    def cancel(self, shipment: Shipment) -> None:
        with tenant_scope(tenant_id=self.tenant_id):
            Shipment.objects.filter(pk=shipment.pk).update(state=ShipmentState.CANCELLED)

    def take(self, content: str | Path, *options: str, name: str = "Weekly", header: str = HEADER) -> str:
        """Import an invoice, and return what the command says."""
        path = content if isinstance(content, Path) else write_text(self.folder / "invoice.csv", header + content)
        self.said = StringIO()
        with translation.override("en"):
            command = ("import_invoice", str(path), "--tenant", self.code, "--carrier", "USPS", "--format", name)
            call_command(*command, *options, stdout=self.said)
        return self.said.getvalue()

    def refuse(self, content: str | Path, *options: str, **named: str) -> str:
        """Import what is not taken, and return what the command says."""
        with pytest.raises(CommandError) as caught:
            self.take(content, *options, **named)
        return f"{self.said.getvalue()}{caught.value}"

    def reconcile(self) -> Reconciled:
        return reconcile_invoices(tenant_id=self.tenant_id, at=NOON)

    def parcels(self) -> list[BilledParcel]:
        """Return the billed parcels in the order in which they came in; each adds up."""
        with tenant_scope(tenant_id=self.tenant_id):
            parcels = list(BilledParcel.objects.select_related("invoice").order_by("pk"))
        for parcel in parcels:
            assert sum(parcel.charges_minor) == parcel.billed_minor
            if parcel.reconciled_at:
                assert sum(parcel.estimates_minor) == parcel.estimated_minor
                assert parcel.estimated_minor + sum(parcel.variances_minor) == parcel.billed_minor
        return parcels

    def parcel(self) -> BilledParcel:
        """Return the only one."""
        (parcel,) = self.parcels()
        return parcel

    def bill(self, content: str) -> BilledParcel:
        """Import what one parcel was billed, reconcile, and return it."""
        self.take(content)
        self.reconcile()
        return self.parcels()[-1]


def told(parcel: BilledParcel) -> list[tuple[str, str, int]]:
    """Return (cost line, reason, amount) of each variance."""
    found = zip(parcel.variance_codes, parcel.variance_reasons, parcel.variances_minor, strict=True)
    return [(code, Reason(reason).slug, amount) for code, reason, amount in found]


def day(text: str) -> date:
    return date.fromisoformat(text)
