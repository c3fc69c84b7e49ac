"""Each provider's request as the documentation asks for it, and its documented answer read to the cent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from carriers.core.types import Parcel
from carriers.live.protocol import (
    Cause,
    CredentialMissing,
    Credentials,
    HttpResponse,
    LiveRate,
    LiveRejection,
    MalformedAnswer,
    QuoteUnsupported,
    TokenProvider,
)
from carriers.live.providers import PROVIDERS
from tests.carriers.live.accounts import BERLIN, KILOGRAM, PROVIDER_CODES, account, shipment
from tests.carriers.live.stub_apis import PREFIXES, TOKEN_PATHS, Received, Stub, answer

RATES: Mapping[str, tuple[LiveRate, ...]] = {
    "easypost": (
        LiveRate(service="Priority", carrier="USPS", amount_minor=1007, currency="USD", transit_days=2),
        LiveRate(service="Ground", carrier="UPSDAP", amount_minor=925, currency="USD"),
    ),
    # 7.99 + 0.00 + 0.30 + 1.01; the flat-rate envelope is not ours to use.
    "shipstation": (
        LiveRate(
            service="usps_ground_advantage",
            carrier="stamps_com",
            name="USPS Ground Advantage",
            amount_minor=930,
            currency="USD",
            transit_days=3,
        ),
    ),
    "shippo": (
        LiveRate(
            service="usps_ground_advantage", carrier="USPS", name="Ground Advantage", amount_minor=550, currency="USD", transit_days=4
        ),
        LiveRate(service="ups_ground", carrier="UPS", name="Ground", amount_minor=1240, currency="USD"),
    ),
    # 41.030000000000001, as floats add up.
    "karrio": (LiveRate(service="fedex_ground", carrier="fedex", name="FEDEX GROUND", amount_minor=4103, currency="USD", transit_days=3),),
    # The negotiated 8.75 rather than 10.50; the second has no negotiated price.
    "ups": (
        LiveRate(service="03", name="UPS Ground", amount_minor=875, currency="USD", transit_days=4),
        LiveRate(service="02", name="UPS 2nd Day Air", amount_minor=3100, currency="USD", transit_days=2),
    ),
    # The account's 14.37 rather than the list's 20.12.
    "fedex": (
        LiveRate(service="FEDEX_GROUND", name="FedEx Ground®", amount_minor=1437, currency="USD", transit_days=4),
        LiveRate(service="STANDARD_OVERNIGHT", name="FedEx Standard Overnight®", amount_minor=6150, currency="USD", transit_days=1),
    ),
    # Neither the drop-shipped 4.59 nor the flat-rate envelope's 7.95.
    "usps": (
        LiveRate(service="USPS_GROUND_ADVANTAGE", name="USPS Ground Advantage Machinable Single-piece", amount_minor=845, currency="USD"),
        LiveRate(service="PRIORITY_MAIL", name="Priority Mail Machinable Single-piece", amount_minor=1260, currency="USD", transit_days=2),
    ),
    # The billing currency's price; products at nothing, or without a price, are not offered.
    "dhl": (LiveRate(service="P", name="EXPRESS WORLDWIDE", amount_minor=8925, currency="EUR", transit_days=3),),
}

SAID = {
    "easypost": [("FedEx", "Shipment cannot weigh less than 16oz")],
    "shipstation": [("ups", "A phone number is required.")],
    "shippo": [("FedEx", "FedEx did not respond. Please try again in a few minutes.")],
    "karrio": [("dhl_express", "No product is available.")],
}

each_provider = pytest.mark.parametrize("code", PROVIDER_CODES)


def at(code: str) -> str:
    return f"http://stub/ok/{code}{PREFIXES.get(code, '')}"


def written(code: str, **changes):
    """Return the request's document."""
    return json.loads(PROVIDERS[code].build(shipment(**changes), account(code, at(code))).body, parse_float=Decimal)


def read(code: str, body: str | bytes):
    body = body.encode() if isinstance(body, str) else body
    return PROVIDERS[code].parse(HttpResponse(status=200, body=body), shipment())


@each_provider
def test_reads_the_documented_answer_to_the_cent(code):
    results = read(code, answer(code))

    assert tuple(result for result in results if isinstance(result, LiveRate)) == RATES[code]
    assert [(said.carrier, said.detail) for said in results if isinstance(said, LiveRejection)] == SAID.get(code, [])


@each_provider
def test_asks_in_the_documented_form(code):
    provider, stub = PROVIDERS[code], Stub()
    signed = {}
    if isinstance(provider, TokenProvider):
        asked = provider.build_token(account(code, at(code)))
        granted = stub.reply_to(Received("ok", code, TOKEN_PATHS[code], lowered(asked.headers), asked.body))
        token = provider.parse_token(HttpResponse(status=granted.status, body=granted.body.encode()))
        signed = {"authorization": f"Bearer {token.value}"}
    asked = provider.build(shipment(), account(code, at(code)))

    reply = stub.reply_to(Received("ok", code, asked.url.removeprefix(at(code)), lowered(asked.headers) | signed, asked.body))

    assert reply.status == 200


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@each_provider
def test_reads_what_an_error_says(code):
    assert PROVIDERS[code].fault(json.loads(answer(f"{code}-error"))).endswith("the postcode is not of that state")


@each_provider
@pytest.mark.parametrize("document", ["null", "7", "[]", "{}", '{"errors": 7}', '"x"'])
def test_an_error_in_no_known_form_says_nothing_or_that_it_is_malformed(code, document):
    assert outcome_of(lambda: PROVIDERS[code].fault(json.loads(document))) in ("", "errors is not a list")


@each_provider
@pytest.mark.parametrize("body", ["", "null", "7", '"x"', "{}", "[7]", '{"rates": null}', "NaN", "\xff", "[" * 100_000])
def test_an_answer_in_another_form_is_malformed_or_has_no_rate(code, body):
    results = outcome_of(lambda: read(code, body.encode("latin-1")))

    assert isinstance(results, str) or [result.cause for result in results] == [Cause.UNSUPPORTED]


@each_provider
def test_every_field_that_is_left_out_of_an_answer_is_either_not_needed_or_named(code):
    whole = json.loads(answer(code), parse_float=str)
    for smaller in without_each_field(whole):
        results = outcome_of(lambda smaller=smaller: read(code, json.dumps(smaller)))

        assert results
        assert isinstance(results, tuple) or re.search(r"is missing|is empty|is no|no currency", results)


def outcome_of(attempt: Callable[[], Any]) -> Any:
    """Return what comes of it, or what is said of an answer that is malformed or a question that cannot be asked."""
    try:
        return attempt()
    except (MalformedAnswer, QuoteUnsupported) as refused:
        return str(refused)


def without_each_field(node):
    """Yield the document once for each of its fields, without it."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield {other: kept for other, kept in node.items() if other != name}
            yield from ({**node, name: smaller} for smaller in without_each_field(value))
    if isinstance(node, list):
        for place, value in enumerate(node):
            yield from ([*node[:place], smaller, *node[place + 1 :]] for smaller in without_each_field(value))


@each_provider
def test_an_account_without_its_secrets_cannot_ask(code):
    provider, poor = PROVIDERS[code], account(code, at(code), credentials=Credentials({}))

    with pytest.raises(CredentialMissing):
        provider.build_token(poor) if isinstance(provider, TokenProvider) else provider.build(shipment(), poor)


@each_provider
def test_a_parcel_of_unknown_size_is_asked_for_without_one_or_not_at_all(code):
    unknown = Parcel(actual_mg=1_000_000)

    text = outcome_of(lambda: json.dumps(written(code, parcels=(unknown,)), default=str))

    assert text == "the parcel's size is unknown" or "length" not in text.lower()


def test_three_pounds_stay_three_pounds_and_a_milligram_more_is_not_hidden():
    three_pounds = Parcel(actual_mg=1_360_777, length_um=254_000, width_um=254_000, height_um=254_000)
    heavier = Parcel(actual_mg=1_360_778, length_um=254_001, width_um=254_000, height_um=254_000)

    exact = written("ups", parcels=(three_pounds,))["RateRequest"]["Shipment"]["Package"][0]
    more = written("ups", parcels=(heavier,))["RateRequest"]["Shipment"]["Package"][0]

    assert exact["PackageWeight"] == {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": "3"}
    assert exact["Dimensions"] == {"UnitOfMeasurement": {"Code": "IN"}, "Length": "10", "Width": "10", "Height": "10"}
    assert (more["PackageWeight"]["Weight"], more["Dimensions"]["Length"]) == ("3.01", "10.01")


def test_a_shipment_from_europe_is_weighed_in_kilograms():
    package = written("fedex", origin=BERLIN)["requestedShipment"]["requestedPackageLineItems"][0]

    assert package["weight"] == {"units": "KG", "value": 1}
    assert package["dimensions"] == {"length": 30, "width": 20, "height": 10, "units": "CM"}


def test_goods_that_cross_a_border_are_declared():
    dhl = written("dhl", destination=BERLIN, value_minor=1999)
    fedex = written("fedex", destination=BERLIN, value_minor=1999)["requestedShipment"]
    ups = written("ups", destination=BERLIN, value_minor=1999)["RateRequest"]["Shipment"]

    assert dhl["isCustomsDeclarable"] is True
    assert dhl["monetaryAmount"] == [{"typeCode": "declaredValue", "value": Decimal("19.99"), "currency": "USD"}]
    assert fedex["customsClearanceDetail"]["commodities"][0]["customsValue"] == {"amount": Decimal("19.99"), "currency": "USD"}
    assert ups["InvoiceLineTotal"] == {"CurrencyCode": "USD", "MonetaryValue": "19.99"}
    assert written("dhl", origin=BERLIN, destination=BERLIN)["isCustomsDeclarable"] is False


def test_several_parcels_are_one_question_where_the_provider_can_price_them():
    two = {"parcels": (KILOGRAM, KILOGRAM)}

    assert len(written("easypost", **two)["order"]["shipments"]) == 2
    assert len(written("shipstation", **two)["shipment"]["packages"]) == 2
    assert len(written("shippo", **two)["parcels"]) == 2
    assert len(written("karrio", **two)["parcels"]) == 2
    assert len(written("ups", **two)["RateRequest"]["Shipment"]["Package"]) == 2
    assert len(written("fedex", **two)["requestedShipment"]["requestedPackageLineItems"]) == 2
    assert len(written("dhl", **two)["packages"]) == 2
    with pytest.raises(QuoteUnsupported):
        written("usps", **two)


def test_shipstation_s_rates_of_a_shipment_are_read_too():
    assert read("shipstation", answer("shipstation-shipment")) == (
        LiveRate(service="ups_ground", carrier="ups", name="UPS Ground", amount_minor=1598, currency="USD", transit_days=4),
    )


def test_usps_prices_domestic_parcels_only():
    with pytest.raises(QuoteUnsupported):
        written("usps", destination=BERLIN)


def test_shippo_rates_that_are_not_ready_are_late_not_missing():
    [result] = read("shippo", '{"status": "QUEUED", "rates": [], "messages": []}')

    assert result.cause == Cause.TIMEOUT


def test_a_lone_rated_shipment_of_ups_counts_as_a_list_of_one():
    document = json.loads(answer("ups"))
    document["RateResponse"]["RatedShipment"] = document["RateResponse"]["RatedShipment"][0]

    assert read("ups", json.dumps(document)) == RATES["ups"][:1]


@pytest.mark.parametrize(
    ("rate", "currency", "minor"),
    [("10.07", "USD", 1007), ("10.0749", "USD", 1007), ("10.075", "USD", 1008), ("1200", "JPY", 1200), ("1.2345", "KWD", 1235)],
)
def test_an_amount_is_rounded_to_the_currency_s_own_minor_unit(rate, currency, minor):
    [result] = read("easypost", json.dumps({"rates": [{"service": "S", "carrier": "C", "rate": rate, "currency": currency}]}))

    assert (result.amount_minor, result.currency) == (minor, currency)


@pytest.mark.parametrize("rate", ["-1.00", "1e40", "NaN", "Infinity", "ten", "1,00", "0x10"])
def test_an_amount_that_is_none_is_malformed(rate):
    with pytest.raises(MalformedAnswer):
        read("easypost", json.dumps({"rates": [{"service": "S", "carrier": "C", "rate": rate, "currency": "USD"}]}))


@pytest.mark.parametrize("currency", ["", "usd", "US", "DOLLAR", "12$"])
def test_an_amount_without_a_currency_is_malformed(currency):
    with pytest.raises(MalformedAnswer):
        read("easypost", json.dumps({"rates": [{"service": "S", "carrier": "C", "rate": "1.00", "currency": currency}]}))
