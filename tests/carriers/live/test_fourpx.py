"""4PX over real HTTP: signed as documented, read to the fen, and every fault a coded rejection."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from carriers.core.types import Parcel
from carriers.live.gateway import Answer, Gateway
from carriers.live.protocol import Account, Cause, Credentials, QuoteRequest
from carriers.live.providers import PROVIDERS
from carriers.live.sandbox.server import CarrierServer, Reply
from carriers.live.stores import LocalStore
from tests.carriers.live.accounts import EDISON, KEY, KILOGRAM, account, shipment
from wms.sealing import Sealer

APP = {"app_key": "fourpx-app-key", "app_secret": "fourpx-app-secret"}
SHENZHEN = replace(EDISON, country="CN", postcode="518000", state="GD", city="Shenzhen")
PRODUCTS = [
    {"logistics_product_code": "PX", "lump_sum_fee": "87.60", "estimated_time": "9", "charge_weight": "1.200"},
    {"logistics_product_code": "QC", "lump_sum_fee": "63.255", "estimated_time": "8-15"},
    {"logistics_product_code": "F3", "lump_sum_fee": "0", "estimated_time": ""},
]
GOOD = json.dumps({"result": "1", "msg": "System processing successful", "data": PRODUCTS, "errors": []})
REFUSED = json.dumps(
    {"result": "0", "msg": "failed", "errors": [{"error_code": "DS000110", "error_msg": "no such country fourpx-app-secret"}]}
)


class FourPxStub:
    """Answers `reply` to what is signed as documented, else as 4PX does to a wrong signature."""

    def __init__(self) -> None:
        self.reply_with = Reply(status=200, body=GOOD)
        self.asked: list[tuple[str, dict[str, str], str]] = []

    def reply(self, *, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        parts = urlsplit(path)
        query = dict(parse_qsl(parts.query))
        self.asked.append((parts.path, query, body.decode()))
        named = "".join(f"{name}{query[name]}" for name in ("app_key", "format", "method", "timestamp", "v"))
        expected = hashlib.md5((named + body.decode() + APP["app_secret"]).encode(), usedforsecurity=False).hexdigest()
        return self.reply_with if query["sign"] == expected else Reply(status=200, body=REFUSED)


@pytest.fixture
def stub() -> FourPxStub:
    return FourPxStub()


@pytest.fixture
def server(stub: FourPxStub) -> Iterator[CarrierServer]:
    with CarrierServer(stub) as running:
        yield running


def own_account(server: CarrierServer, **secrets: str) -> Account:
    return account("fourpx", f"http://{server.host}", credentials=Credentials({**APP, **secrets}), options={})


def ask(server: CarrierServer, request: QuoteRequest | None = None, **secrets: str) -> Answer:
    gateway = Gateway(make_store=LocalStore, sealer=Sealer([KEY]), hosts=[server.host])
    [[answer]] = gateway.quote_batch(
        requests=[request or shipment(origin=SHENZHEN)], accounts=[own_account(server, **secrets)], deadline_seconds=5
    )
    gateway.close()
    return answer


def test_reads_each_product_to_the_fen_and_leaves_out_what_has_no_price(server: CarrierServer) -> None:
    told = [(rate.service, rate.amount_minor, rate.currency, rate.transit_days) for rate in ask(server).rates]

    assert told == [("PX", 8760, "CNY", 9), ("QC", 6326, "CNY", None)]


def test_asks_in_the_documented_form(server: CarrierServer, stub: FourPxStub) -> None:
    ask(server)

    [(path, query, body)] = stub.asked
    assert (path, query["method"], query["format"], query["v"]) == ("/router/api/service", "ds.xms.estimated_cost.get", "json", "1.0.0")
    assert len(query["timestamp"]) == 13
    assert json.loads(body) == {
        "country_code": "US",
        "weight": "1000",
        "cargocode": "P",
        "length": "30.00",
        "width": "20.00",
        "height": "10.00",
    }


def test_products_may_come_as_a_text_of_json(server: CarrierServer, stub: FourPxStub) -> None:
    stub.reply_with = Reply(status=200, body=json.dumps({"result": 1, "data": json.dumps(PRODUCTS)}))

    assert len(ask(server).rates) == 2


def test_a_signature_holds_for_its_instant() -> None:
    provider, asked = PROVIDERS["fourpx"], account("fourpx", "http://stub", credentials=Credentials(APP), options={})
    request = provider.build(shipment(origin=SHENZHEN), asked)
    urls = {provider.sign(request, asked, at=datetime(2026, 3, 2, 12, minute, tzinfo=UTC)).url for minute in (0, 1)}  # type: ignore[attr-defined]

    assert len(urls) == 2
    assert not any(APP["app_secret"] in url for url in urls)


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (Reply(status=200, body=REFUSED), Cause.HTTP_ERROR),
        (Reply(status=500, body="ApiException: API不存在"), Cause.HTTP_ERROR),
        (Reply(status=401, body=REFUSED), Cause.AUTH),
        (Reply(status=429, body="", headers={"Retry-After": "60"}), Cause.RATE_LIMITED),
        (Reply(status=200, body=GOOD[:-1]), Cause.MALFORMED),
        (Reply(status=200, body=json.dumps({"result": "1", "data": [{"lump_sum_fee": "1.00"}]})), Cause.MALFORMED),
        (Reply(status=200, body=json.dumps({"result": "1", "data": []})), Cause.UNSUPPORTED),
    ],
)
def test_every_fault_is_a_coded_rejection_without_secrets(server: CarrierServer, stub: FourPxStub, reply: Reply, cause: Cause) -> None:
    stub.reply_with = reply
    answer = ask(server)

    assert [rejection.cause for rejection in answer.rejections] == [cause]
    assert APP["app_secret"] not in repr(answer)


def test_another_secret_is_refused_and_a_missing_one_not_sent(server: CarrierServer, stub: FourPxStub) -> None:
    wrong, missing = ask(server, app_secret="another"), ask(server, app_secret="")

    assert [rejection.cause for answer in (wrong, missing) for rejection in answer.rejections] == [Cause.HTTP_ERROR, Cause.AUTH]
    assert len(stub.asked) == 1


@pytest.mark.parametrize("request_", [shipment(), shipment(origin=SHENZHEN, parcels=(KILOGRAM, KILOGRAM))])
def test_what_it_cannot_price_is_not_asked(server: CarrierServer, stub: FourPxStub, request_: QuoteRequest) -> None:
    assert [rejection.cause for rejection in ask(server, request_).rejections] == [Cause.UNSUPPORTED]
    assert stub.asked == []


def test_a_parcel_is_never_declared_too_light(server: CarrierServer, stub: FourPxStub) -> None:
    ask(server, shipment(origin=SHENZHEN, parcels=(Parcel(actual_mg=1_000_001),)))

    assert json.loads(stub.asked[0][2]) == {"country_code": "US", "weight": "1001", "cargocode": "P"}
