"""Which shipment of ours a billed parcel is: by its tracking number, else by its order number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from allocation.models import Shipment, ShipmentState
from billing.models import BilledParcel, MatchedBy
from orders.models import Order, Store


@dataclass(frozen=True, slots=True)
class Match:
    """A shipment, and what it was found by."""

    shipment: Shipment
    by: MatchedBy


def match_parcels(*, carrier_id: int, parcels: Sequence[BilledParcel]) -> dict[int, Match]:
    """Return the shipments of parcels by the parcels' ids; what is no shipment of this carrier, or could be several, is left out.

    Call it inside the tenant's scope.
    """
    by_tracking = _by_tracking_number(carrier_id, {parcel.tracking_number for parcel in parcels if parcel.tracking_number})
    found = {
        parcel.pk: Match(by_tracking[parcel.tracking_number], MatchedBy.TRACKING_NUMBER)
        for parcel in parcels
        if parcel.tracking_number in by_tracking
    }
    left = [parcel for parcel in parcels if parcel.pk not in found and parcel.order_number]
    by_order = _by_order_number(carrier_id, {parcel.order_number for parcel in left})
    for parcel in left:
        shipment = by_order.get(parcel.order_number)
        if shipment is not None and not _is_another_parcel(shipment, parcel):
            found[parcel.pk] = Match(shipment, MatchedBy.ORDER_NUMBER)
    return found


def _is_another_parcel(shipment: Shipment, parcel: BilledParcel) -> bool:
    """Return whether both have tracking numbers, which then differ."""
    return bool(shipment.tracking_number and parcel.tracking_number)


def _shipments(carrier_id: int) -> QuerySet[Shipment]:
    found: QuerySet[Shipment] = Shipment.objects.filter(channel__carrier_id=carrier_id).select_related("rate_card")
    return found


def _by_tracking_number(carrier_id: int, numbers: set[str]) -> dict[str, Shipment]:
    shipments = _shipments(carrier_id).filter(tracking_number__in=numbers).order_by("pk") if numbers else ()
    return _only_ones((shipment.tracking_number or "", shipment) for shipment in shipments)


def _by_order_number(carrier_id: int, numbers: set[str]) -> dict[str, Shipment]:
    if not numbers:
        return {}
    # Naming the stores lets the unique index of store and number answer.
    stores = list(Store.objects.values_list("pk", flat=True))
    number_of = dict(Order.objects.filter(store_id__in=stores, external_number__in=numbers).values_list("pk", "external_number"))
    shipments = _shipments(carrier_id).filter(order_id__in=number_of).order_by("pk")
    return _only_ones((number_of[shipment.order_id], shipment) for shipment in shipments)


def _only_ones(shipments: Iterable[tuple[str, Shipment]]) -> dict[str, Shipment]:
    """Return the one shipment under each number: the live one, else the last that was cancelled; none where several are live."""
    live: dict[str, list[Shipment]] = {}
    cancelled: dict[str, Shipment] = {}
    for number, shipment in shipments:
        if shipment.state == ShipmentState.CANCELLED:
            cancelled[number] = shipment
        else:
            live.setdefault(number, []).append(shipment)
    last = cancelled | {number: found[-1] for number, found in live.items()}
    return {number: shipment for number, shipment in last.items() if len(live.get(number, ())) < 2}
