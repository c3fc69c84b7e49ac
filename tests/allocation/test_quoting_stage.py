"""Orders wait for what carriers answer over the network: asked outside transactions, stored, decided by, never asked again."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from allocation.core.live import LiveCause
from allocation.explain import ChannelExplained, explain_record
from allocation.facts import facts_of
from allocation.models import Strategy, StrategySeller
from allocation.quoting.stage import Quoted
from allocation.quoting.store import Leased, lease_orders, make_ready
from allocation.replay import replay_record
from allocation.services import cancel_order
from allocation.sweeps import tenants_with_orders_ready, tenants_with_orders_to_quote
from carriers.tiers import save_seller_tier
from orders.models import QueuedOrder
from tests.allocation.conftest import Build
from tests.allocation.live_scene import DEADLINE_SECONDS, USPS_PRIORITY, LiveScene
from tests.allocation.scene import Scene
from tests.carriers.live.accounts import new_gateway
from tests.carriers.live.stub_apis import FAULTS, SECRETS
from tests.carriers.live.stub_server import StubServer
from tests.markup import markup_of
from tests.world import NOON, add_member, add_seller, add_store, add_strategy
from wms.arrays import array_cursor
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope


@pytest.fixture
def stub(settings) -> Iterator[StubServer]:
    with StubServer() as server:
        settings.LIVE_QUOTE_HOSTS = [server.host]
        yield server


def queued(scene: Scene) -> list[tuple[int, bool]]:
    """Return (order, ready) of what is on the queue."""
    with tenant_scope(tenant_id=scene.tenant_id):
        return list(QueuedOrder.objects.order_by("order_id").values_list("order_id", "ready"))


def live_channel(scene: Scene, order_id: int, warehouse: str = "DAL") -> ChannelExplained:
    with tenant_scope(tenant_id=scene.tenant_id):
        told = explain_record(scene.records(order_id)[-1])
        return next(c for w in told.warehouses if w.code == warehouse for c in w.channels if c.code == "LIVE")


def causes(scene: Scene, order_id: int) -> set[LiveCause | None]:
    """Return the causes that the order's record has instead of live prices."""
    with tenant_scope(tenant_id=scene.tenant_id):
        return {answer.cause for answer in facts_of(scene.records(order_id)[-1]).order.answers.values()}


def replays(scene: Scene, order_id: int) -> bool:
    with tenant_scope(tenant_id=scene.tenant_id):
        return all(replay_record(record).same for record in scene.records(order_id))


def lease(scene: Scene, *, seconds: float = 15) -> Leased | None:
    """Take the orders as a worker does that is not heard of again."""
    with tenant_scope(tenant_id=scene.tenant_id), array_cursor() as cursor:
        return lease_orders(cursor, tenant_id=scene.tenant_id, lease=uuid4(), limit=10, seconds=seconds)


def test_a_seller_s_tier_counts_on_the_carrier_s_own_price_too(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(DAL="12.00", places={"DAL": {"handling_per_order_minor": 30}})
    live = LiveScene(scene, stub)
    save_seller_tier(tenant_id=scene.tenant_id, code="GOLD", name="Gold", percent=Decimal(-10), seller_ids=[scene.seller.pk])
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=1)
    live.decide()
    assert scene.decision(order) == ("smart", "DAL", 862)  # 9.25 - 0.93 + 0.30
    assert live.cost_lines(order) == (False, [925, -93, 30])
    explained = live_channel(scene, order)
    assert [(line.code, line.amount_minor) for line in explained.lines] == [("live", 925), ("seller_tier", -93), ("handling", 30)]


def test_an_order_waits_for_the_live_price_and_is_decided_by_it(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(DAL="12.00", NJ1="12.50")
    live = LiveScene(scene, stub)
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=1)

    assert (scene.drain().to_quote, scene.state(order), queued(scene)) == (1, "pending", [(order, False)])
    assert (tenants_with_orders_to_quote(), tenants_with_orders_ready()) == ((scene.tenant_id,), ())
    assert live.quote() == Quoted(orders=1, batches=1)
    assert (tenants_with_orders_to_quote(), tenants_with_orders_ready()) == ((), (scene.tenant_id,))
    scene.drain()

    assert scene.decision(order) == ("smart", "DAL", 925)
    assert live.cost_lines(order) == (False, [925])
    assert live.asked() == 1  # NJ1 has no lamp: it is not worth a question
    explained = live_channel(scene, order)
    assert (explained.cost_minor, [line.code for line in explained.lines]) == (925, ["live"])
    assert explained.live is not None
    assert (explained.live.asked_at, explained.live.age_seconds, explained.live.cause) == (NOON, None, "")


def test_a_replay_gives_the_same_decision_and_asks_nobody(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(DAL="12.00", NJ1="12.50")
    live = LiveScene(scene, stub)
    scene.receive("LAMP", DAL=5, NJ1=5)
    order = scene.place(LAMP=1)
    live.decide()
    asked = live.asked()
    live.answer_with("bad-request")

    assert replays(scene, order)
    assert live.asked() == asked
    assert live.asked("bad-request") == 0


def test_orders_that_no_live_channel_concerns_are_decided_at_once(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(DAL="12.00")
    LiveScene(scene, stub)
    other = add_seller(tenant=scene.tenant, code="other")
    cards = add_strategy(tenant=scene.tenant, name="Cards", warehouses=[scene.warehouse("DAL")], channels=[scene.ground], priority=1)
    with tenant_scope(tenant_id=scene.tenant_id):
        StrategySeller.objects.create(tenant=scene.tenant, strategy=cards, seller=other)
    scene.add_sku("CUP", seller=other)
    scene.receive("LAMP", DAL=5)
    scene.receive("CUP", DAL=5)
    waits = scene.place(LAMP=1)
    scene.store = add_store(seller=other)
    at_once = scene.place(CUP=1)

    drained = scene.drain()

    assert (drained.allocated, drained.to_quote, queued(scene)) == (1, 1, [(waits, False)])
    assert scene.decision(at_once) == ("smart", "DAL", 1200)
    assert len(scene.records(at_once)[-1].candidates) < 60


def test_whatever_the_carrier_does_the_rate_card_stands_in_within_the_deadline(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(DAL="12.00")
    live = LiveScene(scene, stub, card={"DAL": "10.50"})
    scene.receive("LAMP", DAL=100)
    for fault in FAULTS:
        live.answer_with(fault)
        order = scene.place(LAMP=1)
        scene.drain()
        gateway = new_gateway(stub)
        begun = time.monotonic()
        live.quote(through=gateway)
        took = time.monotonic() - begun
        gateway.close()
        scene.drain()

        assert (fault, scene.decision(order)) == (fault, ("smart", "DAL", 1050))
        assert live.cost_lines(order) == (True, [1050])
        explained = live_channel(scene, order)
        assert explained.live is not None
        assert [explained.live.cause] == [cause.slug for cause in causes(scene, order) if cause]
        assert replays(scene, order)
        # Not a measure of speed: without the deadline a hang would last for a minute.
        assert took < 20 * DEADLINE_SECONDS


def test_without_a_rate_card_every_fault_is_a_coded_rejection(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(DAL="12.00")
    live = LiveScene(scene, stub)
    scene.receive("LAMP", DAL=100)
    for fault in FAULTS:
        live.answer_with(fault)
        order = scene.place(LAMP=1)
        live.decide()

        assert (fault, scene.decision(order)) == (fault, ("smart", "DAL", 1200))
        assert live_channel(scene, order).rejection == "live_quote_failed"
        assert replays(scene, order)


def test_a_strategy_that_wants_live_prices_only_takes_no_rate_card(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(DAL="12.00")
    live = LiveScene(scene, stub, card={"DAL": "10.50"})
    with tenant_scope(tenant_id=scene.tenant_id):
        Strategy.objects.update(live_fallback=False)
    scene.receive("LAMP", DAL=5)
    live.answer_with("hung-up")
    order = scene.place(LAMP=1)
    live.decide()

    assert scene.decision(order) == ("smart", "DAL", 1200)
    assert live_channel(scene, order).rejection == "live_quote_failed"
    assert causes(scene, order) == {LiveCause.REFUSED}
    assert replays(scene, order)


def test_an_order_that_only_a_live_channel_could_serve_says_so(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(DAL="12.00", covered=["DAL"])
    live = LiveScene(scene, stub)
    with tenant_scope(tenant_id=scene.tenant_id):
        scene.strategy.channels.exclude(channel=live.channel).delete()
    scene.receive("LAMP", DAL=5)
    live.answer_with("server-error")
    order = scene.place(LAMP=1)
    live.decide()

    assert (scene.state(order), scene.reasons(order)) == ("exception", {"live_quote_failed"})

    live.answer_with("ok")
    scene.retry()
    live.decide()
    assert scene.decision(order) == ("smart", "DAL", 925)


def test_what_failed_for_want_of_a_price_is_asked_about_again_after_a_while(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(DAL="12.00", covered=["DAL"])
    live = LiveScene(scene, stub)
    with tenant_scope(tenant_id=scene.tenant_id):
        scene.strategy.channels.exclude(channel=live.channel).delete()
    scene.receive("LAMP", DAL=5)
    live.answer_with("bad-request")
    order = scene.place(LAMP=1)
    live.decide()

    assert scene.reasons(order) == {"live_quote_failed"}
    assert [scene.retry(at=NOON + timedelta(minutes=minutes)) for minutes in (14, 16)] == [0, 1]
    assert [ready for _, ready in queued(scene)] == [True]


def test_a_live_price_in_another_currency_is_converted_by_the_dated_rate(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(currency="CNY", DAL="12.00")
    live = LiveScene(scene, stub)
    scene.add_rate(USD="7.1")
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=1)
    live.decide()

    assert scene.decision(order) == ("smart", "DAL", 65_68)  # 9.25 × 7.1 = 65.675
    assert live.cost_lines(order) == (False, [925])
    assert replays(scene, order)


def test_a_live_price_without_a_rate_of_exchange_is_not_compared(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(currency="CNY", DAL="12.00")
    live = LiveScene(scene, stub)
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=1)
    live.decide()

    assert (scene.state(order), scene.reasons(order)) == ("exception", {"no_fx"})
    assert live_channel(scene, order).rejection == "no_fx"


def test_what_was_kept_is_told_with_its_age(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(DAL="12.00")
    live = LiveScene(scene, stub, service=USPS_PRIORITY)
    live.change_account(cache_seconds=600)
    scene.receive("LAMP", DAL=5)
    first = scene.place(LAMP=1)
    now = [1_000_000.0]
    gateway = new_gateway(stub, clock=lambda: now[0])
    live.decide(through=gateway)
    now[0] += 40
    second = scene.place(LAMP=1)
    live.decide(through=gateway)
    gateway.close()

    told = [live_channel(scene, order).live for order in (first, second)]
    assert [live and live.age_seconds for live in told] == [None, 40]
    assert (scene.decision(second), live_channel(scene, second).days, live.asked()) == (("smart", "DAL", 1007), 2, 1)


def test_a_dead_workers_orders_are_taken_over(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(DAL="12.00")
    live = LiveScene(scene, stub)
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=1)
    scene.drain()

    dead = lease(scene)
    assert dead is not None
    assert live.quote() == Quoted()  # while the lease holds nobody else asks

    with tenant_scope(tenant_id=scene.tenant_id):
        QueuedOrder.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert live.quote().orders == 1
    with tenant_scope(tenant_id=scene.tenant_id), array_cursor() as cursor:
        late = make_ready(cursor, tenant_id=scene.tenant_id, lease=dead.lease, order_ids=dead.order_ids, quotes=[b""])
    assert late == 0
    scene.drain()
    assert scene.decision(order) == ("smart", "DAL", 925)


def test_an_order_cancelled_while_carriers_are_asked_stays_cancelled(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(DAL="12.00")
    LiveScene(scene, stub)
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=1)
    scene.drain()
    leased = lease(scene)
    assert leased is not None
    cancel_order(tenant_id=scene.tenant_id, order_id=order, actor="Li", at=NOON)

    with tenant_scope(tenant_id=scene.tenant_id), array_cursor() as cursor:
        ready = make_ready(cursor, tenant_id=scene.tenant_id, lease=leased.lease, order_ids=leased.order_ids, quotes=[b""])

    assert (ready, queued(scene), scene.drain().decided, scene.state(order)) == (0, [], 0, "cancelled")


def test_prices_that_waited_too_long_are_asked_for_again(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(DAL="12.00")
    live = LiveScene(scene, stub)
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=1)
    scene.drain()
    live.quote()
    later = NOON + timedelta(minutes=16)

    assert scene.drain(at=later).to_quote == 1
    live.quote(at=later)
    assert (scene.drain(at=later).allocated, live.asked(), scene.state(order)) == (1, 2, "allocated")


def test_an_account_that_is_switched_off_leaves_its_channel_to_the_rate_card(committed_scene: Build, stub: StubServer) -> None:
    scene = committed_scene(DAL="12.00")
    live = LiveScene(scene, stub, card={"DAL": "10.50"})
    live.change_account(active=False)
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=1)

    assert (scene.drain().allocated, live.asked()) == (1, 0)
    assert scene.decision(order) == ("smart", "DAL", 1050)
    assert live_channel(scene, order).live is None


def test_allocate_asks_and_decides_without_a_broker(committed_scene: Build, stub: StubServer, capsys) -> None:
    scene = committed_scene(DAL="12.00")
    LiveScene(scene, stub)
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=1)

    call_command("allocate")

    assert "allocated 1" in capsys.readouterr().out
    assert scene.decision(order) == ("smart", "DAL", 925)


def test_secrets_that_a_carrier_repeats_go_nowhere(committed_scene: Build, stub: StubServer, caplog, client: Client) -> None:
    scene = committed_scene(DAL="12.00")
    live = LiveScene(scene, stub, card={"DAL": "10.50"})
    live.answer_with("unauthorized")  # this carrier says the credentials back
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=1)
    scene.drain()
    with caplog.at_level(logging.DEBUG):
        live.quote()
        with tenant_scope(tenant_id=scene.tenant_id):
            kept = bytes(QueuedOrder.objects.get(pk=order).quotes)
        scene.drain()
    client.force_login(add_member(tenant=scene.tenant, role=Role.OPERATOR))
    page = markup_of(client.get(f"/console/orders/order/{order}/change/", headers={"Accept-Language": "en"}))

    assert "did not accept the credentials" in page
    for secret in SECRETS["easypost"].values():
        assert secret not in caplog.text
        assert secret.encode() not in kept + bytes(scene.records(order)[-1].candidates)
        assert secret not in page
