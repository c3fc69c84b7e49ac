"""DHL Express: MyDHL API, rates of one shipment.

Documentation: https://developer.dhl.com/api-reference/dhl-express-mydhl-api (POST /rates; OpenAPI document 2.7.0; errors as
`detail` and `additionalDetails`). Kilograms and centimetres. Of a product's prices the one in the billing currency (BILLC) counts;
a product without a price is not offered to the account.
"""

from __future__ import annotations

from typing import Any, Final

from carriers.core.types import Parcel
from carriers.live.documents import days, entries, listed, minor, needed, outcome, read_json, text, write_json
from carriers.live.measures import known_sides, mass
from carriers.live.protocol import Account, AccountField, Address, HttpRequest, HttpResponse, LiveRate, QuoteRequest, Result
from carriers.live.signing import basic
from wms.values.money import from_minor

BILLING: Final = "BILLC"
# Between these no customs declaration is made.
# Source: the customs union of the EU, and Monaco.
CUSTOMS_UNION: Final = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MC MT NL PL PT RO SE SI SK".split())


class Dhl:
    code = "dhl"
    name = "DHL Express"
    base_urls = ("https://express.api.dhl.com/mydhlapi", "https://express.api.dhl.com/mydhlapi/test")
    fields = (AccountField(name="username", secret=True), AccountField(name="password", secret=True), AccountField(name="account_number"))

    def build(self, request: QuoteRequest, account: Account) -> HttpRequest:
        """Ask for all products of a shipment of one parcel or several."""
        customs = request.crosses_border and not {request.origin.country, request.destination.country} <= CUSTOMS_UNION
        document = {
            "customerDetails": {"shipperDetails": _address(request.origin), "receiverDetails": _address(request.destination)},
            "accounts": [{"typeCode": "shipper", "number": account.options.get("account_number", "")}],
            "plannedShippingDateAndTime": f"{request.ship_date.isoformat()}T13:00:00GMT+00:00",
            "unitOfMeasurement": "metric",
            "isCustomsDeclarable": customs,
            "packages": [_package(parcel) for parcel in request.parcels],
            **({"monetaryAmount": [_declared(request)]} if customs and request.value_minor else {}),
        }
        signed = basic(account.credentials["username"], account.credentials["password"])
        headers = {"Authorization": signed, "Content-Type": "application/json"}
        return HttpRequest(url=f"{account.base_url}/rates", headers=headers, body=write_json(document))

    def parse(self, response: HttpResponse, request: QuoteRequest) -> tuple[Result, ...]:
        """Read the products that have a price."""
        products = listed(read_json(response.body), "products")
        return outcome(rate for product in products for rate in _rates(product))

    def fault(self, document: Any) -> str:
        """Read {"title", "detail", "additionalDetails"}."""
        more = [str(entry) for entry in entries(document, "additionalDetails")]
        return "; ".join([text(document, "detail") or text(document, "title"), *more])


def _rates(product: Any) -> list[LiveRate]:
    prices = [price for price in entries(product, "totalPrice") if text(price, "price") and text(price, "priceCurrency")]
    price = next((price for price in prices if text(price, "currencyType") == BILLING), None)
    if price is None:
        return []
    currency = needed(price, "priceCurrency")
    return [
        LiveRate(
            service=needed(product, "productCode"),
            name=text(product, "productName"),
            amount_minor=minor(needed(price, "price"), currency),
            currency=currency,
            transit_days=days(text(product, "deliveryCapabilities", "totalTransitDays")),
        )
    ]


def _declared(request: QuoteRequest) -> dict[str, Any]:
    return {"typeCode": "declaredValue", "value": from_minor(request.value_minor, request.currency), "currency": request.currency}


def _address(address: Address) -> dict[str, str]:
    # A city must be named, even where the postcode says it all.
    place = {"postalCode": address.postcode, "cityName": address.city or "-", "countryCode": address.country}
    return {**place, **({"addressLine1": address.street} if address.street else {})}


def _package(parcel: Parcel) -> dict[str, Any]:
    size = dict(zip(("length", "width", "height"), known_sides(parcel, "cm", 1), strict=True))
    return {"weight": mass(parcel, "kg", 3), "dimensions": size}
