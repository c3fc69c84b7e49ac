"""ShipStation API (formerly ShipEngine): an estimate for one parcel, rates of a shipment for several.

Documentation: https://docs.shipstation.com/apis/shipengine/docs/rates/estimate (request, and that it takes one parcel),
https://docs.shipstation.com/apis/shipengine/openapi/shipments/list_shipment_rates (the rate: a total is shipping, insurance,
confirmation and other amounts together). The address ends with the version: /v1 of ShipEngine, /v2 of ShipStation.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from carriers.core.types import Parcel
from carriers.live.documents import days, entries, find, listed, minor, needed, note, outcome, read_json, text, write_json
from carriers.live.measures import mass, one_parcel, sides
from carriers.live.protocol import (
    Account,
    AccountField,
    Address,
    HttpRequest,
    HttpResponse,
    LiveRate,
    LiveRejection,
    MalformedAnswer,
    QuoteRequest,
    Result,
)

PARTS: Final = ("shipping_amount", "insurance_amount", "confirmation_amount", "other_amount")
# A flat-rate envelope is no price for a parcel of ours.
OWN_PACKAGING: Final = frozenset({"", "package"})


class ShipStation:
    code = "shipstation"
    name = "ShipStation"
    base_urls = ("https://api.shipengine.com/v1", "https://api.shipstation.com/v2")
    fields = (AccountField(name="api_key", secret=True), AccountField(name="carrier_ids"))

    def build(self, request: QuoteRequest, account: Account) -> HttpRequest:
        """Ask for an estimate by postcodes, which takes one parcel, or for the rates of a shipment."""
        chosen = account.listed("carrier_ids")
        if len(request.parcels) == 1:
            path, document = "/rates/estimate", {"carrier_ids": chosen, **_estimate(request)}
        else:
            path, document = "/rates", {"shipment": _shipment(request), "rate_options": {"carrier_ids": chosen}}
        headers = {"API-Key": account.credentials["api_key"], "Content-Type": "application/json"}
        return HttpRequest(url=account.base_url + path, headers=headers, body=write_json(document))

    def parse(self, response: HttpResponse, request: QuoteRequest) -> tuple[Result, ...]:
        """Read a list of rates, or the rates of a shipment with those that are not valid."""
        document = read_json(response.body)
        found = document if isinstance(document, list) else listed(document, "rate_response", "rates")
        said = [note(text(fault, "message")) for fault in entries(document, "rate_response", "errors")]
        rates: list[LiveRate] = []
        for entry in found:
            read = _rate(entry)
            if isinstance(read, LiveRejection):
                said.append(read)
            elif text(entry, "package_type") in OWN_PACKAGING:
                rates.append(read)
        return outcome(rates, said)

    def fault(self, document: Any) -> str:
        """Read {"errors": [{"message"}]}."""
        return "; ".join(text(entry, "message") for entry in entries(document, "errors"))


def _rate(entry: Any) -> LiveRate | LiveRejection:
    carrier = needed(entry, "carrier_code")
    faults = entries(entry, "error_messages")
    if faults:
        return note("; ".join(str(fault) for fault in faults), carrier)
    currency = needed(entry, "shipping_amount", "currency").upper()
    return LiveRate(
        service=needed(entry, "service_code"),
        carrier=carrier,
        name=text(entry, "service_type"),
        amount_minor=minor(str(_total(entry, currency)), currency),
        currency=currency,
        transit_days=days(text(entry, "delivery_days")),
    )


def _total(entry: Any, currency: str) -> Decimal:
    total = Decimal()
    for part in PARTS:
        if find(entry, part) is None:
            continue
        if needed(entry, part, "currency").upper() != currency:
            raise MalformedAnswer(f"{part} is in another currency")
        try:
            total += Decimal(needed(entry, part, "amount"))
        except InvalidOperation:
            raise MalformedAnswer(f"{part} is no number") from None
    return total


def _estimate(request: QuoteRequest) -> dict[str, Any]:
    start, end = request.origin, request.destination
    named = {
        "from_country_code": start.country,
        "from_postal_code": start.postcode,
        "from_city_locality": start.city,
        "from_state_province": start.state,
        "to_country_code": end.country,
        "to_postal_code": end.postcode,
        "to_city_locality": end.city,
        "to_state_province": end.state,
        "ship_date": request.ship_date.isoformat(),
    }
    said = {name: value for name, value in named.items() if value}
    return {**said, **_parcel(one_parcel(request)), "confirmation": "none", "address_residential_indicator": _residential(end)}


def _shipment(request: QuoteRequest) -> dict[str, Any]:
    return {
        "ship_date": request.ship_date.isoformat(),
        "ship_from": _address(request.origin),
        "ship_to": _address(request.destination),
        "packages": [_parcel(parcel) for parcel in request.parcels],
    }


def _address(address: Address) -> dict[str, str]:
    named = {
        "name": address.name,
        "phone": address.phone,
        "address_line1": address.street,
        "city_locality": address.city,
        "state_province": address.state,
        "postal_code": address.postcode,
        "country_code": address.country,
    }
    said = {name: value for name, value in named.items() if value}
    return {**said, "address_residential_indicator": _residential(address)}


def _residential(address: Address) -> str:
    return "yes" if address.residential else "no"


def _parcel(parcel: Parcel) -> dict[str, Any]:
    known = sides(parcel, "in")
    size = {"dimensions": {"unit": "inch", **dict(zip(("length", "width", "height"), known, strict=True))}} if known else {}
    return {"weight": {"value": mass(parcel, "oz"), "unit": "ounce"}, **size}
