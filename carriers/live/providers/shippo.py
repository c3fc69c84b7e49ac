"""Shippo: a shipment made with `async: false` answers with its rates.

Documentation: https://docs.goshippo.com/api-concepts/asynchronus-api-call.md (async), https://docs.goshippo.com/docs/shipments/shipments/,
https://docs.goshippo.com/api-reference/rates/retrieve-a-rate (the rate and its messages; the header ShippoToken).
Amounts, weights and lengths are decimal strings.
"""

from __future__ import annotations

from typing import Any, Final

from carriers.core.types import Parcel
from carriers.live.documents import days, entries, listed, minor, needed, note, outcome, read_json, text, write_json
from carriers.live.measures import known_sides, mass
from carriers.live.protocol import (
    Account,
    AccountField,
    Address,
    Cause,
    HttpRequest,
    HttpResponse,
    LiveRate,
    LiveRejection,
    QuoteRequest,
    Result,
)
from wms.values.decimals import plain

API_VERSION: Final = "2018-02-08"
UNFINISHED: Final = frozenset({"WAITING", "QUEUED"})


class Shippo:
    code = "shippo"
    name = "Shippo"
    base_urls = ("https://api.goshippo.com",)
    fields = (AccountField(name="api_token", secret=True), AccountField(name="carrier_accounts", required=False))

    def build(self, request: QuoteRequest, account: Account) -> HttpRequest:
        """Ask for the rates of a shipment, and to be answered only when they are there."""
        chosen = account.listed("carrier_accounts")
        document = {
            "address_from": _address(request.origin),
            "address_to": _address(request.destination),
            "parcels": [_parcel(parcel) for parcel in request.parcels],
            "shipment_date": f"{request.ship_date.isoformat()}T12:00:00Z",
            "async": False,
            **({"carrier_accounts": chosen} if chosen else {}),
        }
        headers = {
            "Authorization": f"ShippoToken {account.credentials['api_token']}",
            "SHIPPO-API-VERSION": API_VERSION,
            "Content-Type": "application/json",
        }
        return HttpRequest(url=f"{account.base_url}/shipments/", headers=headers, body=write_json(document))

    def parse(self, response: HttpResponse, request: QuoteRequest) -> tuple[Result, ...]:
        """Read the rates, and the messages of carriers that have none."""
        document = read_json(response.body)
        rates = [_rate(entry) for entry in listed(document, "rates")]
        if not rates and text(document, "status") in UNFINISHED:
            return (LiveRejection(cause=Cause.TIMEOUT, detail="the rates were not ready"),)
        said = [note(text(message, "text"), text(message, "source")) for message in entries(document, "messages")]
        return outcome(rates, said)

    def fault(self, document: Any) -> str:
        """Read {"detail"}, or the first of {"field": ["what is wrong"]}."""
        if text(document, "detail"):
            return text(document, "detail")
        wrong = document if isinstance(document, dict) else {}
        return "; ".join(
            f"{name}: {said[0]}" for name, said in wrong.items() if isinstance(said, list) and said and isinstance(said[0], str)
        )


def _rate(entry: Any) -> LiveRate:
    currency = needed(entry, "currency")
    return LiveRate(
        service=needed(entry, "servicelevel", "token"),
        name=text(entry, "servicelevel", "name"),
        carrier=needed(entry, "provider"),
        amount_minor=minor(needed(entry, "amount"), currency),
        currency=currency,
        transit_days=days(text(entry, "estimated_days")),
    )


def _address(address: Address) -> dict[str, Any]:
    named = {
        "name": address.name,
        "street1": address.street,
        "city": address.city,
        "state": address.state,
        "zip": address.postcode,
        "country": address.country,
        "phone": address.phone,
    }
    return {**{name: value for name, value in named.items() if value}, "is_residential": address.residential}


def _parcel(parcel: Parcel) -> dict[str, str]:
    size = dict(zip(("length", "width", "height"), map(plain, known_sides(parcel, "cm")), strict=True))
    return {**size, "distance_unit": "cm", "weight": plain(mass(parcel, "kg", 3)), "mass_unit": "kg"}
