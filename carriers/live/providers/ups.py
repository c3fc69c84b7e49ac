"""UPS: the Rating API, version 2409, "Shop" with time in transit.

Documentation: https://developer.ups.com/api/reference/rating and https://developer.ups.com/api/reference/oauth/client-credentials; the
formats are those of Rating.yaml and OAuthClientCredentials.yaml in https://github.com/UPS-API/api-documentation. The negotiated total
counts where there is one. Taxes are not asked for: a total is before them.
"""

from __future__ import annotations

from typing import Any, Final

from carriers.core.types import Parcel
from carriers.live.documents import days, entries, find, listed, minor, needed, outcome, read_json, text, write_json
from carriers.live.measures import in_pounds, mass, sides, total
from carriers.live.protocol import Account, AccountField, Address, HttpRequest, HttpResponse, LiveRate, QuoteRequest, Result, Token
from carriers.live.signing import basic
from carriers.live.tokens import form, read_token
from wms.values.decimals import plain
from wms.values.money import format_minor

VERSION: Final = "v2409"
CUSTOMER_PACKAGE: Final = "02"
NON_DOCUMENT: Final = "03"


class Ups:
    code = "ups"
    name = "UPS"
    base_urls = ("https://onlinetools.ups.com", "https://wwwcie.ups.com")
    fields = (
        AccountField(name="client_id", secret=True),
        AccountField(name="client_secret", secret=True),
        AccountField(name="account_number"),
    )

    def build_token(self, account: Account) -> HttpRequest:
        """Ask for a token by client credentials."""
        headers = {
            "Authorization": basic(account.credentials["client_id"], account.credentials["client_secret"]),
            "x-merchant-id": account.options.get("account_number", ""),
        }
        return form(f"{account.base_url}/security/v1/oauth/token", {"grant_type": "client_credentials"}, headers)

    def parse_token(self, response: HttpResponse) -> Token:
        """Read the token; its seconds come as a string."""
        return read_token(response)

    def build(self, request: QuoteRequest, account: Account) -> HttpRequest:
        """Ask for all services between the two places."""
        document = {"RateRequest": {"Request": {"RequestOption": "Shop"}, "Shipment": _shipment(request, account)}}
        url = f"{account.base_url}/api/rating/{VERSION}/Shop?additionalinfo=timeintransit"
        return HttpRequest(url=url, headers={"Content-Type": "application/json"}, body=write_json(document))

    def parse(self, response: HttpResponse, request: QuoteRequest) -> tuple[Result, ...]:
        """Read the rated shipments: a list, or a lone one."""
        return outcome(_rate(entry) for entry in listed(read_json(response.body), "RateResponse", "RatedShipment"))

    def fault(self, document: Any) -> str:
        """Read {"response": {"errors": [{"code", "message"}]}}."""
        faults = entries(document, "response", "errors")
        return "; ".join(f"{text(entry, 'code')} {text(entry, 'message')}" for entry in faults)


def _rate(entry: Any) -> LiveRate:
    charge = find(entry, "NegotiatedRateCharges", "TotalCharge") or find(entry, "TotalCharges")
    currency = needed(charge, "CurrencyCode")
    arrival = text(entry, "TimeInTransit", "ServiceSummary", "EstimatedArrival", "BusinessDaysInTransit")
    return LiveRate(
        service=needed(entry, "Service", "Code"),
        name=text(entry, "TimeInTransit", "ServiceSummary", "Service", "Description") or text(entry, "Service", "Description"),
        amount_minor=minor(needed(charge, "MonetaryValue"), currency),
        currency=currency,
        transit_days=days(arrival or text(entry, "GuaranteedDelivery", "BusinessDaysInTransit")),
    )


def _shipment(request: QuoteRequest, account: Account) -> dict[str, Any]:
    number, start = account.options.get("account_number", ""), _party(request.origin)
    return {
        "Shipper": {**start, "ShipperNumber": number},
        "ShipFrom": start,
        "ShipTo": _party(request.destination),
        "PaymentDetails": {"ShipmentCharge": [{"Type": "01", "BillShipper": {"AccountNumber": number}}]},
        "ShipmentRatingOptions": {"NegotiatedRatesIndicator": "Y"},
        "DeliveryTimeInformation": {"PackageBillType": NON_DOCUMENT, "Pickup": {"Date": request.ship_date.strftime("%Y%m%d")}},
        "NumOfPieces": str(len(request.parcels)),
        "Package": [_package(parcel, pounds=in_pounds(request)) for parcel in request.parcels],
        **(_across(request) if request.crosses_border else {}),
    }


def _across(request: QuoteRequest) -> dict[str, Any]:
    """Return what time in transit and some destinations want of a shipment that crosses a border."""
    pounds = in_pounds(request)
    weight = total([mass(parcel, "lb" if pounds else "kg") for parcel in request.parcels])
    value = format_minor(request.value_minor, request.currency)
    return {
        "ShipmentTotalWeight": {"UnitOfMeasurement": {"Code": "LBS" if pounds else "KGS"}, "Weight": plain(weight)},
        **({"InvoiceLineTotal": {"CurrencyCode": request.currency, "MonetaryValue": value}} if request.value_minor else {}),
    }


def _party(address: Address) -> dict[str, Any]:
    named = {
        "City": address.city,
        "StateProvinceCode": address.state,
        "PostalCode": address.postcode,
        "CountryCode": address.country,
        "ResidentialAddressIndicator": "Y" if address.residential else "",
    }
    lines = {"AddressLine": [address.street]} if address.street else {}
    place = {**lines, **{name: value for name, value in named.items() if value}}
    return {"Address": place, **({"Name": address.name} if address.name else {})}


def _package(parcel: Parcel, *, pounds: bool) -> dict[str, Any]:
    known = sides(parcel, "in" if pounds else "cm")
    size = dict(zip(("Length", "Width", "Height"), map(plain, known), strict=True)) if known else {}
    dimensions = {"Dimensions": {"UnitOfMeasurement": {"Code": "IN" if pounds else "CM"}, **size}} if size else {}
    weight = plain(mass(parcel, "lb" if pounds else "kg"))
    return {
        "PackagingType": {"Code": CUSTOMER_PACKAGE},
        "PackageWeight": {"UnitOfMeasurement": {"Code": "LBS" if pounds else "KGS"}, "Weight": weight},
        **dimensions,
    }
