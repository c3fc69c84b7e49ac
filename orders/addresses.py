"""Correct where an order goes."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from orders.checking import faults_of_text
from orders.models import Order
from orders.store import state_as_kept
from wms.places.errors import PlaceFault
from wms.places.services import locate_many
from wms.tenancy.scope import tenant_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAddress:
    """Where an order shall go, as a person writes it."""

    country: str
    postcode: str
    state_code: str = ""
    city: str = ""
    address: str = ""
    recipient: str = ""
    residential: bool = True


def correct_address(*, tenant_id: int, order_id: int, address: NewAddress) -> bool:
    """Write a corrected address into an order; return whether it differs from the one before.

    Raises the first fault that is found with it, as orders that come in have them.
    """
    with tenant_scope(tenant_id=tenant_id):
        order = Order.objects.select_for_update(of=("self",)).get(pk=order_id)
        fields = _checked(address)
        if all(getattr(order, name) == value for name, value in fields.items()):
            return False
        Order.objects.filter(pk=order_id).update(**fields)
        return True


def _checked(address: NewAddress) -> dict[str, object]:
    for name in ("state_code", "city", "address", "recipient"):
        for fault in faults_of_text(name, getattr(address, name)):
            raise fault
    place = locate_many([(address.country, address.postcode)])[address.country, address.postcode]
    if isinstance(place, PlaceFault):
        raise place
    located = {"country": place.country, "postcode": place.postcode, "lat": place.lat, "lon": place.lon}
    return {**asdict(address), **located, "state_code": state_as_kept(address.state_code, place)}
