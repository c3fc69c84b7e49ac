"""Say how invoices are read, and judge what they bill: accept it, dispute it, or look at it again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from billing.errors import InvoiceFormatUnknown, ParcelsUnknown
from billing.formats import checked_document
from billing.models import BilledParcel, BillState, InvoiceFormat
from carriers.errors import CarrierUnknown
from carriers.models import Carrier
from wms.tenancy.scope import tenant_scope


def save_format(*, tenant_id: int, carrier: str, name: str, document: Mapping[str, Any], at: datetime) -> InvoiceFormat:
    """Store how a carrier's invoices are read, in place of what went by this name. Raises CarrierUnknown or InvoiceFormatInvalid."""
    checked = checked_document(document)
    with tenant_scope(tenant_id=tenant_id):
        stored: InvoiceFormat
        stored, _is_new = InvoiceFormat.objects.update_or_create(
            tenant_id=tenant_id, carrier=carrier_with(code=carrier), name=name, defaults={"document": checked, "changed_at": at}
        )
    return stored


def format_named(*, carrier: str, name: str) -> InvoiceFormat:
    """Return a stored format. Call it inside the tenant's scope. Raises CarrierUnknown or InvoiceFormatUnknown."""
    found: InvoiceFormat | None = InvoiceFormat.objects.filter(carrier=carrier_with(code=carrier), name=name).first()
    if found is None:
        raise InvoiceFormatUnknown(carrier=carrier, name=name)
    return found


def carrier_with(*, code: str) -> Carrier:
    """Return the carrier. Call it inside the tenant's scope. Raises CarrierUnknown."""
    found: Carrier | None = Carrier.objects.filter(code=code).first()
    if found is None:
        raise CarrierUnknown(carrier=code)
    return found


def judge_parcels(*, tenant_id: int, parcel_ids: Collection[int], state: BillState, actor: str, at: datetime, note: str = "") -> int:
    """Accept or dispute billed parcels, or open them again; return how many changed. All or none. Raises ParcelsUnknown."""
    wanted = set(parcel_ids)
    with tenant_scope(tenant_id=tenant_id):
        parcels = BilledParcel.objects.select_for_update().order_by("pk").filter(pk__in=wanted)
        known = dict(parcels.values_list("pk", "state"))
        if missing := wanted - known.keys():
            raise ParcelsUnknown(count=len(missing))
        changing = [parcel_id for parcel_id, before in known.items() if before != state]
        judged_at = None if state == BillState.OPEN else at
        return BilledParcel.objects.filter(pk__in=changing).update(state=state, judged_by=actor, judged_at=judged_at, note=note)
