"""The sandbox carrier: asked like any other, with prices that a reader can work out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from carriers.core.types import Parcel
from carriers.live.gateway import Answer, Gateway
from carriers.live.protocol import Account, Address, Cause, Credentials
from carriers.live.sandbox.carrier import API_KEY, SandboxCarrier
from carriers.live.sandbox.server import CarrierServer
from carriers.live.stores import LocalStore
from tests.carriers.live.accounts import EDISON, KEY, KILOGRAM, NEW_YORK, account, shipment
from wms.sealing import Sealer

CALIFORNIA = Address(country="US", postcode="90210", state="CA", city="Beverly Hills")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[CarrierServer]:
    with CarrierServer(SandboxCarrier()) as server:
        yield server


def ask(sandbox: CarrierServer, *, key: str = API_KEY, **changes: object) -> Answer:
    asked: Account = account("easypost", f"http://{sandbox.host}", credentials=Credentials({"api_key": key}))
    gateway = Gateway(make_store=LocalStore, sealer=Sealer([KEY]), hosts=[sandbox.host])
    [[answer]] = gateway.quote_batch(requests=[shipment(**changes)], accounts=[asked])
    gateway.close()
    return answer


def told(answer: Answer) -> list[tuple[str, str, int, int | None]]:
    return [(rate.carrier, rate.service, rate.amount_minor, rate.transit_days) for rate in answer.rates]


def test_prices_follow_weight_and_distance_and_name_the_sandbox(sandbox: CarrierServer) -> None:
    # 1 kg is 35.28 oz, so 3 lb. From 08817 to 10001 is 1 step: 6.10 + 0.18 + 3 × 0.29; to 90210 9: 6.10 + 1.62 + 3 × 0.85.
    near, far = ask(sandbox, origin=EDISON, destination=NEW_YORK), ask(sandbox, origin=EDISON, destination=CALIFORNIA)

    assert told(near) == [("Sandbox", "Ground", 715, 2), ("Sandbox", "Express", 1830, 1)]
    assert told(far) == [("Sandbox", "Ground", 1027, 6), ("Sandbox", "Express", 2454, 2)]


def test_what_is_too_heavy_has_no_price(sandbox: CarrierServer) -> None:
    answer = ask(sandbox, parcels=(Parcel(actual_mg=40_000_000),))

    assert [(rejection.cause, rejection.carrier) for rejection in answer.rejections] == [(Cause.UNSUPPORTED, "Sandbox")]


def test_another_key_is_not_accepted_and_several_parcels_are_not_priced(sandbox: CarrierServer) -> None:
    wrong, several = ask(sandbox, key="another"), ask(sandbox, parcels=(KILOGRAM, KILOGRAM))

    assert [rejection.cause for answer in (wrong, several) for rejection in answer.rejections] == [Cause.AUTH, Cause.HTTP_ERROR]
