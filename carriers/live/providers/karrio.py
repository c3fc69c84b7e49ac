"""A Karrio server of the company's own: rates of all carriers that are connected to it.

Documentation: https://docs.karrio.io/reference/api/proxy ("Fetch shipment rates", POST /v1/proxy/rates) and the OpenAPI document of
the server, 2026.1.32 (RateRequest, RateResponse; `Authorization: Token …`). Its amounts are sums of floats, so that a cent may come
as 0.010000000000000009: they are rounded to the minor unit.
"""

from __future__ import annotations

from typing import Any

from carriers.core.types import Parcel
from carriers.live.documents import days, entries, listed, minor, needed, note, outcome, read_json, text, write_json
from carriers.live.measures import mass, sides
from carriers.live.protocol import Account, AccountField, Address, HttpRequest, HttpResponse, LiveRate, QuoteRequest, Result


class Karrio:
    code = "karrio"
    name = "Karrio"
    base_urls: tuple[str, ...] = ()
    fields = (AccountField(name="api_key", secret=True), AccountField(name="carrier_ids", required=False))

    def build(self, request: QuoteRequest, account: Account) -> HttpRequest:
        """Ask the proxy, which keeps nothing but its log."""
        chosen = account.listed("carrier_ids")
        document = {
            "shipper": _address(request.origin),
            "recipient": _address(request.destination),
            "parcels": [_parcel(parcel) for parcel in request.parcels],
            "options": {"shipment_date": request.ship_date.isoformat()},
            **({"carrier_ids": chosen} if chosen else {}),
        }
        headers = {"Authorization": f"Token {account.credentials['api_key']}", "Content-Type": "application/json"}
        return HttpRequest(url=f"{account.base_url}/v1/proxy/rates", headers=headers, body=write_json(document))

    def parse(self, response: HttpResponse, request: QuoteRequest) -> tuple[Result, ...]:
        """Read the rates, and the messages of carriers that have none."""
        document = read_json(response.body)
        said = [note(text(message, "message"), text(message, "carrier_name")) for message in entries(document, "messages")]
        return outcome((_rate(entry) for entry in listed(document, "rates")), said)

    def fault(self, document: Any) -> str:
        """Read {"errors": [{"message"}]}, or {"messages": [{"message"}]} of the carriers behind it."""
        said = [*entries(document, "errors"), *entries(document, "messages")]
        return "; ".join(text(entry, "message") for entry in said)


def _rate(entry: Any) -> LiveRate:
    currency = needed(entry, "currency")
    return LiveRate(
        service=needed(entry, "service"),
        name=text(entry, "meta", "service_name"),
        carrier=needed(entry, "carrier_name"),
        amount_minor=minor(needed(entry, "total_charge"), currency),
        currency=currency,
        transit_days=days(text(entry, "transit_days")),
    )


def _address(address: Address) -> dict[str, Any]:
    named = {
        "person_name": address.name,
        "phone_number": address.phone,
        "address_line1": address.street,
        "city": address.city,
        "state_code": address.state,
        "postal_code": address.postcode,
        "country_code": address.country,
    }
    return {**{name: value for name, value in named.items() if value}, "residential": address.residential}


def _parcel(parcel: Parcel) -> dict[str, Any]:
    known = sides(parcel, "cm")
    size = {**dict(zip(("length", "width", "height"), known, strict=True)), "dimension_unit": "CM"} if known else {}
    return {**size, "weight": mass(parcel, "kg", 3), "weight_unit": "KG"}
