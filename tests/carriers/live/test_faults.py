"""Every fault of every provider is a coded rejection, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from carriers.live.gateway import Answer
from carriers.live.protocol import CODE, Cause, LiveRejection
from tests.carriers.live.accounts import PROVIDER_CODES, accounts_of_all, new_gateway, shipment
from tests.carriers.live.stub_apis import FAULTS
from tests.carriers.live.stub_server import StubServer

CAUSES = {
    "bad-request": Cause.HTTP_ERROR,
    "unauthorized": Cause.AUTH,
    "forbidden": Cause.AUTH,
    "not-found": Cause.HTTP_ERROR,
    "too-many": Cause.RATE_LIMITED,
    "server-error": Cause.HTTP_ERROR,
    "malformed": Cause.MALFORMED,
    "wrong-shape": Cause.MALFORMED,
    "redirect": Cause.HTTP_ERROR,
    "endless": Cause.MALFORMED,
    "hung-up": Cause.REFUSED,
    "hang": Cause.TIMEOUT,
    "drip": Cause.TIMEOUT,
}
NEVER_ENDING = {"hang", "drip"}
SAYS_WHY = {"bad-request", "not-found", "too-many"}


@pytest.fixture(scope="module")
def stub() -> Iterator[StubServer]:
    with StubServer() as server:
        yield server


@pytest.fixture(scope="module")
def answers(stub: StubServer) -> Iterator[dict[tuple[str, str], Answer]]:
    """Ask all providers once with each fault; those that never end are let go after half a second, the others have their time."""
    gateway = new_gateway(stub)
    found: dict[tuple[str, str], Answer] = {}
    for fault in (*FAULTS, "ok", "too-many-once", "server-error-once", "expired-token"):
        [answers] = gateway.quote_batch(
            requests=[shipment()], accounts=accounts_of_all(stub, fault), deadline_seconds=0.5 if fault in NEVER_ENDING else 20
        )
        found |= {(fault, code): answer for code, answer in zip(PROVIDER_CODES, answers, strict=True)}
        gateway.close()
        gateway = new_gateway(stub)
    yield found
    gateway.close()


def test_the_faults_are_those_of_the_table():
    assert set(FAULTS) == set(CAUSES)


@pytest.mark.parametrize("code", PROVIDER_CODES)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_a_rejection_with_its_cause(answers, fault, code):
    [rejection] = answers[fault, code].results

    assert isinstance(rejection, LiveRejection)
    assert (rejection.code, rejection.cause) == (CODE, CAUSES[fault])


@pytest.mark.parametrize("code", PROVIDER_CODES)
@pytest.mark.parametrize("fault", sorted(SAYS_WHY))
def test_a_rejection_says_what_the_provider_said(answers, fault, code):
    [rejection] = answers[fault, code].results

    assert rejection.detail.startswith("HTTP 4")
    assert rejection.detail.endswith("the postcode is not of that state")


@pytest.mark.parametrize("code", PROVIDER_CODES)
@pytest.mark.parametrize("passing", ["ok", "too-many-once", "server-error-once", "expired-token"])
def test_what_passes_by_itself_costs_no_answer(answers, passing, code):
    assert answers[passing, code].rates


@pytest.mark.parametrize("code", PROVIDER_CODES)
def test_asks_once_more_where_that_may_help_and_not_where_it_cannot(answers, stub, code):
    asked = {fault: stub.stub.rates_asked(code, fault) for fault in ("ok", "server-error", "too-many-once", "bad-request", "too-many")}

    assert asked == {"ok": 1, "server-error": 2, "too-many-once": 2, "bad-request": 1, "too-many": 1}


@pytest.mark.parametrize("code", ["ups", "fedex", "usps"])
def test_an_expired_token_is_replaced_once(answers, stub, code):
    assert stub.stub.tokens_granted(code, "expired-token") == 2
    assert stub.stub.rates_asked(code, "expired-token") == 2
    assert stub.stub.tokens_granted(code, "ok") == 1
