"""The gateway: order, caches, breakers, limits, tokens, and what it never does."""

from __future__ import annotations

import dataclasses
import logging
import pickle
import socket
import ssl
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.db import transaction

from carriers.live.breaker import FAILURES_TO_OPEN, OPEN_SECONDS, Breaker
from carriers.live.exchange import retry_after_seconds
from carriers.live.gateway import Gateway, QuotedInsideTransaction, quote_key
from carriers.live.protocol import Cause, Credentials
from carriers.live.providers import PROVIDERS
from carriers.live.stores import FallbackStore, LocalStore, shared_store
from tests.carriers.live.accounts import (
    BERLIN,
    EDISON,
    KEY,
    KILOGRAM,
    NEW_YORK,
    PROVIDER_CODES,
    account,
    accounts_of_all,
    new_gateway,
    shipment,
)
from tests.carriers.live.stub_apis import FAULTS, SECRETS
from tests.carriers.live.stub_server import StubServer
from wms.sealing import Sealer

PATIENCE = 20


@pytest.fixture
def stub() -> Iterator[StubServer]:
    with StubServer() as server:
        yield server


@pytest.fixture
def gateway(stub: StubServer) -> Iterator[Gateway]:
    opened = new_gateway(stub)
    yield opened
    opened.close()


def ask(gateway: Gateway, *accounts, request=None, deadline_seconds: float = PATIENCE, **options):
    [answers] = gateway.quote_batch(requests=[request or shipment()], accounts=accounts, deadline_seconds=deadline_seconds, **options)
    return answers


def test_answers_come_in_the_order_of_requests_and_accounts(stub, gateway):
    accounts = accounts_of_all(stub, "ok")
    requests = [shipment(), shipment(destination=BERLIN)]

    answers = gateway.quote_batch(requests=requests, accounts=accounts, deadline_seconds=PATIENCE)

    assert [[answer.account_id for answer in row] for row in answers] == [[each.id for each in accounts]] * 2
    assert all(answer.rates for answer in answers[0])
    assert answers[1][PROVIDER_CODES.index("usps")].rejections[0].cause == Cause.UNSUPPORTED


def test_nothing_to_ask_is_answered_by_nothing(gateway):
    assert gateway.quote_batch(requests=[], accounts=[]) == ()
    assert gateway.quote_batch(requests=[shipment()], accounts=[]) == ((),)


def test_an_account_that_hangs_costs_the_others_nothing(stub, gateway):
    hanging, well = account("ups", stub.base_url("ups", "hang"), account_id=1), account("fedex", stub.base_url("fedex"), account_id=2)

    late, good = ask(gateway, hanging, well, deadline_seconds=3)

    assert [rejection.cause for rejection in late.rejections] == [Cause.TIMEOUT]
    assert good.rates


def test_the_same_question_is_asked_once_in_a_batch(stub, gateway):
    easypost = account("easypost", stub.base_url("easypost"))

    answers = gateway.quote_pairs([(shipment(), easypost)] * 5, deadline_seconds=PATIENCE)

    assert len({answer.rates for answer in answers}) == 1
    assert stub.stub.rates_asked("easypost", "ok") == 1


def test_a_quote_is_kept_with_its_age_until_its_time_is_over(stub):
    clock = [1000.0]
    gateway = new_gateway(stub, make_store=lambda: LocalStore(clock=lambda: clock[0]), clock=lambda: clock[0])
    dhl = account("dhl", stub.base_url("dhl"), cache_seconds=60)

    [fresh] = ask(gateway, dhl)
    clock[0] += 40
    [kept] = ask(gateway, dhl)
    [past_the_cache] = ask(gateway, dhl, use_cache=False)
    clock[0] += 40
    [again] = ask(gateway, dhl)
    gateway.close()

    assert (fresh.is_cached, kept.is_cached, past_the_cache.is_cached, again.is_cached) == (False, True, False, False)
    assert (fresh.age_seconds, kept.age_seconds) == (0, 40)
    assert kept.rates == fresh.rates
    assert stub.stub.rates_asked("dhl", "ok") == 3


def test_a_rejection_is_not_kept(stub, gateway):
    shippo = account("shippo", stub.base_url("shippo", "bad-request"), cache_seconds=60)

    ask(gateway, shippo)
    ask(gateway, shippo)

    assert stub.stub.rates_asked("shippo", "bad-request") == 2


def test_prices_are_kept_beside_the_carriers_that_do_not_serve_such_a_shipment(stub, gateway):
    easypost = account("easypost", stub.base_url("easypost"), cache_seconds=60)

    [fresh] = ask(gateway, easypost)
    [kept] = ask(gateway, easypost)

    assert (fresh.is_cached, kept.is_cached, kept.results) == (False, True, fresh.results)
    assert [rejection.carrier for rejection in kept.rejections] == ["FedEx"]


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": dataclasses.replace(EDISON, postcode="08818")},
        {"destination": dataclasses.replace(NEW_YORK, postcode="10002")},
        {"destination": dataclasses.replace(NEW_YORK, residential=False)},
        {"destination": dataclasses.replace(NEW_YORK, country="CA")},
        {"parcels": (KILOGRAM, KILOGRAM)},
        {"parcels": (dataclasses.replace(KILOGRAM, actual_mg=1_000_001),)},
        {"ship_date": shipment().ship_date + timedelta(days=1)},
        {"value_minor": 1},
        {"currency": "EUR"},
    ],
)
def test_what_determines_the_price_makes_another_question(changes):
    ups = account("ups", "https://onlinetools.ups.com")

    assert quote_key(shipment(**changes), ups) != quote_key(shipment(), ups)


def test_a_name_or_a_turned_parcel_makes_no_other_question_but_another_account_does():
    ups = account("ups", "https://onlinetools.ups.com")
    turned = dataclasses.replace(KILOGRAM, length_um=KILOGRAM.width_um, width_um=KILOGRAM.length_um)
    same = shipment(destination=dataclasses.replace(NEW_YORK, name="Bo", phone="1", street="9 Side St"), parcels=(turned,))

    assert quote_key(same, ups) == quote_key(shipment(), ups)
    for other in ({"id": 2}, {"tenant_id": 2}, {"revision": "2"}, {"options": {"account_number": "9"}}):
        assert quote_key(shipment(), dataclasses.replace(ups, **other)) != quote_key(shipment(), ups)


def test_all_questions_of_an_account_share_one_token(stub, gateway):
    fedex = account("fedex", stub.base_url("fedex"))
    requests = [shipment(value_minor=number) for number in range(10)]

    answers = gateway.quote_batch(requests=requests, accounts=[fedex], deadline_seconds=PATIENCE)

    assert all(answer.rates for [answer] in answers)
    assert stub.stub.tokens_granted("fedex", "ok") == 1


@pytest.mark.parametrize("code", ["ups", "fedex", "usps"])
def test_credentials_that_get_no_token_are_not_accepted(stub, gateway, code):
    [answer] = ask(gateway, account(code, stub.base_url(code, "no-token")))

    assert [(rejection.cause, rejection.detail) for rejection in answer.rejections] == [(Cause.AUTH, "no token: HTTP 401")]


def test_after_a_row_of_failures_an_account_is_not_asked_for_a_while(stub, gateway):
    failing = account("karrio", stub.base_url("karrio", "malformed"))

    causes = [ask(gateway, failing)[0].rejections[0].cause for _ in range(FAILURES_TO_OPEN + 2)]

    assert causes == [Cause.MALFORMED] * FAILURES_TO_OPEN + [Cause.BREAKER_OPEN] * 2
    assert stub.stub.rates_asked("karrio", "malformed") == FAILURES_TO_OPEN


def test_shipments_that_a_carrier_refuses_open_no_breaker(stub, gateway):
    refusing = account("karrio", stub.base_url("karrio", "bad-request"))

    causes = {ask(gateway, refusing)[0].rejections[0].cause for _ in range(FAILURES_TO_OPEN + 2)}

    assert causes == {Cause.HTTP_ERROR}


def test_a_breaker_tries_again_after_its_pause_and_opens_again_at_once():
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN):
        assert breaker.why_not(at=100) is None
        breaker.fail(at=100)

    assert breaker.why_not(at=100 + OPEN_SECONDS - 1) == Cause.BREAKER_OPEN
    assert breaker.why_not(at=100 + OPEN_SECONDS) is None
    breaker.fail(at=100 + OPEN_SECONDS)
    assert breaker.why_not(at=100 + OPEN_SECONDS + 1) == Cause.BREAKER_OPEN


def test_a_success_forgives_the_failures_before_it():
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN - 1):
        breaker.fail(at=0)
    breaker.succeed()
    breaker.fail(at=0)

    assert breaker.why_not(at=0) is None


def test_who_asks_to_be_left_alone_is_left_alone(stub, gateway):
    busy = account("usps", stub.base_url("usps", "too-many"))

    causes = [ask(gateway, busy)[0].rejections[0].cause for _ in range(3)]

    assert causes == [Cause.RATE_LIMITED] * 3
    assert stub.stub.rates_asked("usps", "too-many") == 1


def test_an_account_s_own_limit_is_kept_within_the_deadline(stub, gateway):
    slow = account("shippo", stub.base_url("shippo"), rate_per_second=1)
    requests = [shipment(value_minor=number) for number in range(8)]

    answers = gateway.quote_batch(requests=requests, accounts=[slow], deadline_seconds=1.5)

    refused = [answer for [answer] in answers if answer.rejections and answer.rejections[0].cause == Cause.RATE_LIMITED]
    assert len(refused) >= 6
    assert stub.stub.rates_asked("shippo", "ok") <= 2


def test_refuses_to_ask_inside_a_transaction(stub, gateway, db):
    with transaction.atomic(), pytest.raises(QuotedInsideTransaction):
        ask(gateway, account("dhl", stub.base_url("dhl")))

    assert stub.stub.received == []


def test_addresses_that_nobody_allowed_are_not_asked(stub):
    gateway = new_gateway()

    [answer] = ask(gateway, account("karrio", stub.base_url("karrio")))
    gateway.close()

    assert answer.rejections[0].cause == Cause.UNSUPPORTED
    assert stub.stub.received == []


def test_a_provider_that_is_not_there_is_no_crash(gateway):
    [answer] = ask(gateway, dataclasses.replace(account("ups", "https://onlinetools.ups.com"), provider="pigeon"))

    assert answer.rejections[0].cause == Cause.UNSUPPORTED


def test_an_answer_that_surprises_a_provider_costs_the_others_nothing(stub, gateway, monkeypatch):
    monkeypatch.setattr(type(PROVIDERS["dhl"]), "parse", lambda *_: 1 / 0)

    broken, well = ask(gateway, account("dhl", stub.base_url("dhl")), account("ups", stub.base_url("ups"), account_id=2))

    assert [(rejection.cause, rejection.detail) for rejection in broken.rejections] == [(Cause.MALFORMED, "ZeroDivisionError")]
    assert well.rates


def test_a_closed_port_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    gateway = Gateway(make_store=LocalStore, sealer=Sealer([KEY]), hosts=[f"127.0.0.1:{port}"])

    [answer] = ask(gateway, account("easypost", f"http://127.0.0.1:{port}"))
    gateway.close()

    assert answer.rejections[0].cause == Cause.REFUSED


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(tmp_path):
    with StubServer(certificate=own_certificate(tmp_path)) as server:
        gateway = new_gateway(server)
        [answer] = ask(gateway, account("easypost", server.base_url("easypost")))
        gateway.close()

    assert answer.rejections[0].cause == Cause.TLS
    assert server.stub.received == []


def own_certificate(directory) -> ssl.SSLContext:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    pem = dated.sign(key, SHA256()).public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = directory / "certificate.pem"
    path.write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_no_secret_is_logged_raised_or_shown_whatever_goes_wrong(stub, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    gateway = new_gateway(stub)
    shown = []
    with structlog.testing.capture_logs() as lines:
        for fault in (*FAULTS, "ok", "no-token", "expired-token"):
            accounts = accounts_of_all(stub, fault)
            shown += [repr(accounts), repr(ask(gateway, *accounts, deadline_seconds=0.5 if fault in {"hang", "drip"} else PATIENCE))]
            shown += [repr(PROVIDERS[one.provider].build(shipment(), one)) for one in accounts]
    gateway.close()
    shown += [repr(lines), caplog.text, *capfd.readouterr(), repr(gateway)]
    text = "\n".join(shown)

    assert "live_quote_failed" in text
    assert "[redacted]" in text
    for secret in (value for secrets in SECRETS.values() for value in secrets.values()):
        assert secret not in text
    assert "-token-" not in text


def test_credentials_hide_themselves():
    credentials = Credentials({"api_key": "hunter2hunter2"})

    assert "hunter2" not in f"{credentials} {credentials!r} {[credentials]} {account('karrio', 'x', credentials=credentials)}"
    with pytest.raises(TypeError):
        pickle.dumps(credentials)
    try:
        credentials["password"]
    except Exception:
        assert "hunter2" not in traceback.format_exc()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        (" 0 ", 0),
        ("Mon, 02 Mar 2026 12:01:00 GMT", 60),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("-1", None),
    ],
)
def test_reads_retry_after_in_both_its_forms(header, seconds):
    assert retry_after_seconds({"retry-after": header}, at=datetime(2026, 3, 2, 12, tzinfo=UTC)) == seconds


def test_workers_share_tokens_and_quotes_through_the_broker(stub, broker):
    first, second = (new_gateway(stub, make_store=lambda: shared_store(broker.url())) for _ in range(2))
    ups = account("ups", stub.base_url("ups"), cache_seconds=60)

    [fresh] = ask(first, ups)
    [kept] = ask(second, ups)
    [other] = ask(second, ups, request=shipment(value_minor=5))
    for gateway in (first, second):
        gateway.close()

    assert (fresh.is_cached, kept.is_cached, other.is_cached) == (False, True, False)
    assert kept.rates == fresh.rates
    assert stub.stub.tokens_granted("ups", "ok") == 1
    with broker.client() as client:
        everything = b"".join((client.get(key) or b"") + key for key in client.keys("fencang:live:*"))
    assert b"ups-token-" not in everything


def test_without_the_broker_a_process_keeps_its_own(stub, broker):
    broker.stop()
    gateway = new_gateway(stub, make_store=lambda: shared_store(broker.url()))
    usps = account("usps", stub.base_url("usps"), cache_seconds=60)

    [fresh] = ask(gateway, usps)
    [kept] = ask(gateway, usps)
    gateway.close()

    assert (fresh.is_cached, kept.is_cached) == (False, True)
    assert isinstance(gateway._store, FallbackStore)
