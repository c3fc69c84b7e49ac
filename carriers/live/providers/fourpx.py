"""4PX (递四方): the estimate of a parcel that starts in China (预估费用查询/运费试算, interface 181, ds.xms.estimated_cost.get).

Documentation: https://open.4px.com/apiInfo/detail?id=181 (fields, units, addresses), https://open.4px.com/v2/help (signature: MD5 over the
common parameters in alphabetical order, the body and the secret). Grams and centimetres; amounts are decimal strings in CNY. Where it
starts is not asked: it is a service from China. The postcode's part in an estimate is not documented well enough to be sent.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from carriers.live.documents import days, entries, minor, needed, outcome, read_json, text, write_json
from carriers.live.measures import mass, one_parcel, sides
from carriers.live.protocol import (
    Account,
    AccountField,
    Cause,
    HttpRequest,
    HttpResponse,
    LiveRate,
    LiveRejection,
    QuoteRequest,
    QuoteUnsupported,
    Result,
)

PATH: Final = "/router/api/service"
METHOD: Final = "ds.xms.estimated_cost.get"
CURRENCY: Final = "CNY"
START: Final = "CN"
PARCEL: Final = "P"
SUCCESS: Final = "1"
VERSION: Final = "1.0.0"


class FourPx:
    code = "fourpx"
    name = "4PX 递四方"
    base_urls = ("https://open.4px.com", "https://open-test.4px.com")
    fields = (AccountField(name="app_key", secret=True), AccountField(name="app_secret", secret=True))

    def build(self, request: QuoteRequest, account: Account) -> HttpRequest:
        """Ask for the estimates of all products for one parcel."""
        if request.origin.country != START:
            raise QuoteUnsupported("prices parcels that start in China")
        parcel = one_parcel(request)
        size = dict(zip(("length", "width", "height"), map(str, sides(parcel, "cm") or ()), strict=False))
        document = {"country_code": request.destination.country, "weight": str(mass(parcel, "g", 0)), "cargocode": PARCEL, **size}
        return HttpRequest(url=account.base_url + PATH, headers={"Content-Type": "application/json"}, body=write_json(document))

    def sign(self, request: HttpRequest, account: Account, *, at: datetime) -> HttpRequest:
        """Add the common parameters with the signature of this instant."""
        common = {
            "app_key": account.credentials["app_key"],
            "format": "json",
            "method": METHOD,
            "timestamp": str(int(at.timestamp() * 1000)),
            "v": VERSION,
        }
        signed = "".join(f"{name}{value}" for name, value in common.items()) + request.body.decode() + account.credentials["app_secret"]
        digest = hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()
        query = urlencode({**common, "sign": digest, "language": "en"})
        return HttpRequest(url=f"{request.url}?{query}", headers=request.headers, body=request.body, method=request.method)

    def parse(self, response: HttpResponse, request: QuoteRequest) -> tuple[Result, ...]:
        """Read the products' estimates, or what was said against the question in a successful response."""
        document = read_json(response.body)
        if needed(document, "result") != SUCCESS:
            return (LiveRejection(cause=Cause.HTTP_ERROR, detail=self.fault(document)),)
        products = document.get("data")
        if isinstance(products, str):
            products = read_json(products.encode())
        return outcome(_rate(product) for product in entries({"data": products}, "data"))

    def fault(self, document: Any) -> str:
        """Read {"msg", "errors": [{"error_code", "error_msg"}]}."""
        return "; ".join(text(error, "error_msg") for error in entries(document, "errors")) or text(document, "msg")


def _rate(product: Any) -> LiveRate:
    return LiveRate(
        service=needed(product, "logistics_product_code"),
        amount_minor=minor(needed(product, "lump_sum_fee"), CURRENCY),
        currency=CURRENCY,
        transit_days=days(text(product, "estimated_time")),
    )
