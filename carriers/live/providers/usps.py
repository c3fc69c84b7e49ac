"""USPS: Domestic Prices API, version 3, the list of base rates.

Documentation: https://developers.usps.com/domesticpricesv3 (3.4.22: POST /prices/v3/base-rates-list/search; a mailing date lies at
most 7 days ahead; one parcel a request, pounds and inches, longest side first) and https://developers.usps.com/Oauth (POST
/oauth2/v3/token); the examples are those of https://github.com/USPS/api-examples. The list holds flat-rate boxes and drop-shipped
entries too: only prices for a package of one's own that is handed in anywhere count, the least of each mail class.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from carriers.live.documents import days, entries, listed, minor, needed, outcome, read_json, text, write_json
from carriers.live.measures import known_sides, mass, one_parcel
from carriers.live.protocol import Account, AccountField, HttpRequest, HttpResponse, LiveRate, QuoteRequest, QuoteUnsupported, Result, Token
from carriers.live.tokens import read_token
from wms.values.postcodes import ZIP_COUNTRIES

CURRENCY: Final = "USD"
DEFAULT_CLASSES: Final = ("USPS_GROUND_ADVANTAGE", "PRIORITY_MAIL")
# Rate indicators of Publication 205: single piece, dimensional (rectangular or not), Express in one's own packaging.
OWN_PACKAGING: Final = frozenset({"SP", "DR", "DN", "PA"})
ANYWHERE: Final = frozenset({"", "NONE"})


class Usps:
    code = "usps"
    name = "USPS"
    base_urls = ("https://apis.usps.com", "https://apis-tem.usps.com")
    fields = (
        AccountField(name="client_id", secret=True),
        AccountField(name="client_secret", secret=True),
        AccountField(name="mail_classes", required=False),
        AccountField(name="price_type", required=False),
        AccountField(name="account_type", required=False),
        AccountField(name="account_number", required=False),
    )

    def build_token(self, account: Account) -> HttpRequest:
        """Ask for a token by client credentials, as JSON."""
        secrets = {"client_id": account.credentials["client_id"], "client_secret": account.credentials["client_secret"]}
        body = write_json({"grant_type": "client_credentials", **secrets})
        return HttpRequest(url=f"{account.base_url}/oauth2/v3/token", headers={"Content-Type": "application/json"}, body=body)

    def parse_token(self, response: HttpResponse) -> Token:
        """Read the token; its seconds come as a string."""
        return read_token(response)

    def build(self, request: QuoteRequest, account: Account) -> HttpRequest:
        """Ask for the prices of one domestic parcel."""
        if not {request.origin.country, request.destination.country} <= ZIP_COUNTRIES:
            raise QuoteUnsupported("domestic parcels only")
        parcel = one_parcel(request)
        document = {
            "originZIPCode": request.origin.postcode,
            "destinationZIPCode": request.destination.postcode,
            "weight": mass(parcel, "lb"),
            **dict(zip(("length", "width", "height"), known_sides(parcel, "in"), strict=True)),
            "mailClasses": account.listed("mail_classes") or list(DEFAULT_CLASSES),
            "priceType": account.options.get("price_type") or "COMMERCIAL",
            "mailingDate": request.ship_date.isoformat(),
            **_payer(account),
        }
        url = f"{account.base_url}/prices/v3/base-rates-list/search"
        return HttpRequest(url=url, headers={"Content-Type": "application/json"}, body=write_json(document))

    def parse(self, response: HttpResponse, request: QuoteRequest) -> tuple[Result, ...]:
        """Read the least price of each mail class."""
        options = listed(read_json(response.body), "rateOptions")
        return outcome(
            _least_of_each_class(_rate(option, entry) for option in options for entry in entries(option, "rates") if _fits(entry))
        )

    def fault(self, document: Any) -> str:
        """Read {"error": {"code", "message"}}."""
        return text(document, "error", "message")


def _payer(account: Account) -> dict[str, str]:
    return {
        name: account.options[key]
        for name, key in (("accountType", "account_type"), ("accountNumber", "account_number"))
        if account.options.get(key)
    }


def _fits(entry: Any) -> bool:
    indicator = text(entry, "rateIndicator")
    return (not indicator or indicator in OWN_PACKAGING) and text(entry, "destinationEntryFacilityType") in ANYWHERE


def _rate(option: Any, entry: Any) -> LiveRate:
    return LiveRate(
        service=needed(entry, "mailClass"),
        name=text(entry, "description"),
        amount_minor=minor(text(option, "totalBasePrice") or needed(entry, "price"), CURRENCY),
        currency=CURRENCY,
        transit_days=days(text(option, "commitment", "name")),
    )


def _least_of_each_class(rates: Iterable[LiveRate]) -> list[LiveRate]:
    least: dict[str, LiveRate] = {}
    for rate in rates:
        known = least.get(rate.service)
        if known is None or rate.amount_minor < known.amount_minor:
            least[rate.service] = rate
    return list(least.values())
