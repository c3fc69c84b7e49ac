"""FedEx: Rates and Transit Times API, version 1.

Documentation: https://developer.fedex.com/api/en-us/catalog/rate/v1/docs.html and
https://developer.fedex.com/api/en-us/catalog/authorization/v1/docs.html (POST /oauth/token, a form, 60 minutes). The account's
price counts, list prices only where a service has no other.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from carriers.core.types import Parcel
from carriers.live.documents import days, entries, listed, minor, needed, outcome, read_json, text, write_json
from carriers.live.measures import in_pounds, mass, sides, total
from carriers.live.protocol import (
    Account,
    AccountField,
    Address,
    HttpRequest,
    HttpResponse,
    LiveRate,
    MalformedAnswer,
    QuoteRequest,
    Result,
    Token,
)
from carriers.live.tokens import form, read_token
from wms.values.money import from_minor

TRANSIT_DAYS: Final = {
    f"{word}_DAY{'' if count == 1 else 'S'}": count
    for count, word in enumerate(
        "ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN ELEVEN TWELVE THIRTEEN FOURTEEN FIFTEEN SIXTEEN SEVENTEEN EIGHTEEN".split(),
        start=1,
    )
}
OURS: Final = "ACCOUNT"


class FedEx:
    code = "fedex"
    name = "FedEx"
    base_urls = ("https://apis.fedex.com", "https://apis-sandbox.fedex.com")
    fields = (
        AccountField(name="client_id", secret=True),
        AccountField(name="client_secret", secret=True),
        AccountField(name="account_number"),
    )

    def build_token(self, account: Account) -> HttpRequest:
        """Ask for a token by client credentials."""
        secrets = {"client_id": account.credentials["client_id"], "client_secret": account.credentials["client_secret"]}
        return form(f"{account.base_url}/oauth/token", {"grant_type": "client_credentials", **secrets})

    def parse_token(self, response: HttpResponse) -> Token:
        """Read the token."""
        return read_token(response)

    def build(self, request: QuoteRequest, account: Account) -> HttpRequest:
        """Ask for all services with the account's prices and transit times."""
        document = {
            "accountNumber": {"value": account.options.get("account_number", "")},
            "rateRequestControlParameters": {"returnTransitTimes": True},
            "requestedShipment": _shipment(request),
        }
        headers = {"Content-Type": "application/json", "X-locale": "en_US"}
        return HttpRequest(url=f"{account.base_url}/rate/v1/rates/quotes", headers=headers, body=write_json(document))

    def parse(self, response: HttpResponse, request: QuoteRequest) -> tuple[Result, ...]:
        """Read one rate for each service."""
        return outcome(_rate(entry) for entry in listed(read_json(response.body), "output", "rateReplyDetails"))

    def fault(self, document: Any) -> str:
        """Read {"errors": [{"code", "message"}]}."""
        return "; ".join(f"{text(entry, 'code')} {text(entry, 'message')}" for entry in entries(document, "errors"))


def _rate(entry: Any) -> LiveRate:
    priced = listed(entry, "ratedShipmentDetails")
    if not priced:
        raise MalformedAnswer("ratedShipmentDetails is empty")
    ours = next((each for each in priced if text(each, "rateType") == OURS), priced[0])
    currency = text(ours, "currency") or needed(ours, "shipmentRateDetail", "currency")
    return LiveRate(
        service=needed(entry, "serviceType"),
        name=text(entry, "serviceName"),
        amount_minor=minor(needed(ours, "totalNetCharge"), currency),
        currency=currency,
        transit_days=_transit_days(entry),
    )


def _transit_days(entry: Any) -> int | None:
    """Read "2 Business Days" or THREE_DAYS, whichever the service has."""
    described = days(text(entry, "commit", "transitDays", "description"))
    return described if described is not None else TRANSIT_DAYS.get(text(entry, "operationalDetail", "transitTime"))


def _shipment(request: QuoteRequest) -> dict[str, Any]:
    pounds = in_pounds(request)
    return {
        "shipper": {"address": _address(request.origin)},
        "recipient": {"address": _address(request.destination)},
        "shipDateStamp": request.ship_date.isoformat(),
        "pickupType": "USE_SCHEDULED_PICKUP",
        "packagingType": "YOUR_PACKAGING",
        "rateRequestType": ["ACCOUNT", "LIST"],
        "requestedPackageLineItems": [_package(parcel, pounds=pounds) for parcel in request.parcels],
        **({"customsClearanceDetail": _customs(request)} if request.crosses_border else {}),
    }


def _customs(request: QuoteRequest) -> dict[str, Any]:
    weights = [_weight(parcel, pounds=in_pounds(request)) for parcel in request.parcels]
    whole = {"units": weights[0]["units"], "value": total([Decimal(weight["value"]) for weight in weights])}
    value = {"amount": from_minor(request.value_minor, request.currency), "currency": request.currency}
    goods = {"description": "Merchandise", "quantity": 1, "quantityUnits": "PCS", "weight": whole, "customsValue": value}
    return {"dutiesPayment": {"paymentType": "SENDER"}, "commodities": [goods]}


def _address(address: Address) -> dict[str, Any]:
    named = {
        "city": address.city,
        "stateOrProvinceCode": address.state,
        "postalCode": address.postcode,
        "countryCode": address.country,
    }
    lines = {"streetLines": [address.street]} if address.street else {}
    return {**lines, **{name: value for name, value in named.items() if value}, "residential": address.residential}


def _package(parcel: Parcel, *, pounds: bool) -> dict[str, Any]:
    known = sides(parcel, "in" if pounds else "cm", 0)
    size = dict(zip(("length", "width", "height"), known, strict=True)) if known else {}
    dimensions = {"dimensions": {**size, "units": "IN" if pounds else "CM"}} if size else {}
    return {"groupPackageCount": 1, "weight": _weight(parcel, pounds=pounds), **dimensions}


def _weight(parcel: Parcel, *, pounds: bool) -> dict[str, Any]:
    return {"units": "LB" if pounds else "KG", "value": mass(parcel, "lb" if pounds else "kg")}
