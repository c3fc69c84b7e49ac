"""EasyPost: stateless rates for one parcel, an order for several.

Documentation: https://docs.easypost.com/docs/shipments/rates (rates), https://docs.easypost.com/docs/shipments/messages,
https://docs.easypost.com/guides/errors-guide; the requests are those of https://github.com/EasyPost/examples
(official/docs/curl/current/rates/retrieve-stateless.sh, orders/create.sh). Ounces and inches; amounts are decimal strings.
"""

from __future__ import annotations

from typing import Any

from carriers.core.types import Parcel
from carriers.live.documents import days, entries, listed, minor, needed, note, outcome, read_json, text, write_json
from carriers.live.measures import mass, sides
from carriers.live.protocol import Account, AccountField, Address, HttpRequest, HttpResponse, LiveRate, QuoteRequest, Result
from carriers.live.signing import basic
from wms.values.decimals import plain


class EasyPost:
    code = "easypost"
    name = "EasyPost"
    base_urls = ("https://api.easypost.com",)
    fields = (AccountField(name="api_key", secret=True), AccountField(name="carrier_accounts", required=False))

    def build(self, request: QuoteRequest, account: Account) -> HttpRequest:
        """Ask for the rates of one parcel without a trace, or of several as one order."""
        common: dict[str, Any] = {"to_address": _address(request.destination), "from_address": _address(request.origin)}
        chosen = account.listed("carrier_accounts")
        parcels = [_parcel(parcel) for parcel in request.parcels]
        if len(parcels) == 1:
            path = "/beta/rates"
            document = {"shipment": {**common, "parcel": parcels[0], **({"carrier_accounts": chosen} if chosen else {})}}
        else:
            path = "/v2/orders"
            accounts = {"carrier_accounts": [{"id": one} for one in chosen]} if chosen else {}
            document = {"order": {**common, "shipments": [{"parcel": parcel} for parcel in parcels], **accounts}}
        headers = {"Authorization": basic(account.credentials["api_key"], ""), "Content-Type": "application/json"}
        return HttpRequest(url=account.base_url + path, headers=headers, body=write_json(document))

    def parse(self, response: HttpResponse, request: QuoteRequest) -> tuple[Result, ...]:
        """Read the rates, and the messages of carriers that have none."""
        document = read_json(response.body)
        said = [note(text(message, "message"), text(message, "carrier")) for message in entries(document, "messages")]
        return outcome((_rate(entry) for entry in listed(document, "rates")), said)

    def fault(self, document: Any) -> str:
        """Read {"error": {"code", "message"}}."""
        return text(document, "error", "message")


def _rate(entry: Any) -> LiveRate:
    currency = needed(entry, "currency")
    return LiveRate(
        service=needed(entry, "service"),
        carrier=needed(entry, "carrier"),
        amount_minor=minor(needed(entry, "rate"), currency),
        currency=currency,
        transit_days=days(text(entry, "delivery_days")),
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
    return {**{name: value for name, value in named.items() if value}, "residential": address.residential}


def _parcel(parcel: Parcel) -> dict[str, str]:
    known = sides(parcel, "in")
    size = dict(zip(("length", "width", "height"), map(plain, known), strict=True)) if known else {}
    return {**size, "weight": plain(mass(parcel, "oz"))}
