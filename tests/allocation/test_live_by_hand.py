"""A person who chooses sees the carriers' own prices: those said not long ago at once, others on request, and what they saw holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from allocation.candidates import ChannelNow, candidates_of
from allocation.errors import PriceChanged
from allocation.explain import explain_record
from allocation.live_standing import LiveStanding
from allocation.models import OrderQuotes
from allocation.quoting.asking import ask_about_order
from allocation.replay import replay_record
from allocation.services import Chosen, assign_order, fix_address, hold_order, preview_assignments, undo_assignment
from carriers.live.gateway import DEADLINE_SECONDS, QuotedInsideTransaction
from orders.addresses import NewAddress
from orders.models import Order
from tests.allocation.conftest import Build
from tests.allocation.live_scene import LiveScene
from tests.allocation.scene import Scene
from tests.carriers.live.accounts import new_gateway
from tests.carriers.live.stub_server import StubServer
from tests.world import NOON
from wms.tenancy.scope import tenant_scope

CARD, LIVE, GROUND = 1050, 925, 1200
"""What channel LIVE costs by its rate card and by its carrier, and what GROUND costs, from DAL; from NJ1 all cards are 1.00 dearer."""


@pytest.fixture
def live(committed_scene: Build, settings) -> Iterator[LiveScene]:
    """Return a scene of two warehouses that have the goods, where LIVE has a rate card as well, with an order that waits for its price."""
    with StubServer() as stub:
        settings.LIVE_QUOTE_HOSTS = [stub.host]
        scene = committed_scene(DAL="12.00", NJ1="13.00")
        live = LiveScene(scene, stub, card={"DAL": "10.50", "NJ1": "11.50"})
        scene.receive("LAMP", DAL=5, NJ1=5)
        scene.place(LAMP=1)
        yield live


def look(live: LiveScene, warehouse: str, at: datetime = NOON) -> ChannelNow:
    """Return channel LIVE from a warehouse as the only order's candidates tell it."""
    (order,) = live.scene.placed
    found = candidates_of(tenant_id=live.scene.tenant_id, order_id=order, at=at)
    assert found.has_live
    channels = next(one for one in found.warehouses if one.code == warehouse).channels
    return next(channel for channel in channels if channel.code == "LIVE")


def standing(channel: ChannelNow) -> tuple[int | None, int | None, str]:
    assert channel.live is not None
    return channel.cost_minor, channel.live.age_seconds, channel.live.cause


def choose(live: LiveScene, warehouse: str, *, at: datetime = NOON, **options) -> int:
    (order,) = live.scene.placed
    return assign_order(
        tenant_id=live.scene.tenant_id, order_id=order, warehouse_id=live.scene.warehouse(warehouse).pk, actor="Li", at=at, **options
    )


def recorded(scene: Scene, warehouse: str) -> LiveStanding | None:
    """Return what the order's newest record says of LIVE from a warehouse, and see that all its records replay."""
    (order,) = scene.placed
    with tenant_scope(tenant_id=scene.tenant_id):
        records = scene.records(order)
        assert all(replay_record(record).same for record in records)
        told = explain_record(records[-1])
        return next(c for w in told.warehouses if w.code == warehouse for c in w.channels if c.code == "LIVE").live


def kept(scene: Scene) -> int:
    with tenant_scope(tenant_id=scene.tenant_id):
        return OrderQuotes.objects.count()


def test_what_the_decision_was_told_is_shown_at_once_and_a_choice_commits_it(live: LiveScene) -> None:
    live.decide(deadline_seconds=DEADLINE_SECONDS)
    later = NOON + timedelta(minutes=5)
    asked = live.asked()
    assert standing(look(live, "NJ1", later)) == (LIVE, 300, "")
    choose(live, "NJ1", at=later, seen_cost_minor=LIVE)

    assert (live.scene.decision(live.scene.placed[0]), live.asked()) == (("manual", "NJ1", LIVE), asked)
    told = recorded(live.scene, "NJ1")
    assert told is not None
    assert (told.asked_at, told.age_seconds, told.cause) == (NOON, 300, "")


def test_after_a_quarter_of_an_hour_they_are_old_and_the_rate_card_says_why_it_stands_there(live: LiveScene) -> None:
    live.decide(deadline_seconds=DEADLINE_SECONDS)
    assert standing(look(live, "NJ1", NOON + timedelta(minutes=15))) == (LIVE, 900, "")
    assert standing(look(live, "NJ1", NOON + timedelta(minutes=15, seconds=1))) == (CARD + 100, None, "not_asked")


def test_a_person_asks_and_the_choice_takes_what_was_said(live: LiveScene) -> None:
    (order,) = live.scene.placed
    assert standing(look(live, "DAL")) == (CARD, None, "not_asked")
    assert [answer.amount_minor for answer in live.ask(order)] == [LIVE, LIVE]
    assert (standing(look(live, "DAL")), kept(live.scene)) == ((LIVE, None, ""), 1)
    choose(live, "DAL", at=NOON + timedelta(seconds=8), seen_cost_minor=LIVE)

    assert (live.scene.decision(order), live.asked(), kept(live.scene)) == (("manual", "DAL", LIVE), 1, 0)
    assert live.cost_lines(order) == (False, [LIVE])
    told = recorded(live.scene, "DAL")
    assert told is not None
    assert (told.age_seconds, told.cause) == (None, "")


def test_who_does_not_answer_leaves_the_rate_card_and_its_cause(live: LiveScene) -> None:
    (order,) = live.scene.placed
    live.answer_with("hang")
    live.ask(order)
    assert standing(look(live, "DAL")) == (CARD, None, "timeout")
    choose(live, "DAL", seen_cost_minor=CARD)
    assert live.scene.decision(order) == ("manual", "DAL", CARD)
    told = recorded(live.scene, "DAL")
    assert told is not None
    assert told.cause == "timeout"


def test_a_price_that_is_another_by_now_is_told_and_nothing_is_moved(live: LiveScene) -> None:
    (order,) = live.scene.placed
    live.ask(order)
    with pytest.raises(PriceChanged, match=r"now costs 10\.50 USD, not 9\.25 USD"):
        choose(live, "DAL", at=NOON + timedelta(minutes=16), seen_cost_minor=LIVE)
    assert live.scene.records(order) == []
    assert live.scene.stock("LAMP", "DAL") == (5, 0)


def test_the_price_seen_of_a_named_channel_is_that_channel_s(live: LiveScene) -> None:
    (order,) = live.scene.placed
    live.ask(order)
    with pytest.raises(PriceChanged):
        choose(live, "DAL", channel_id=live.scene.ground.pk, seen_cost_minor=LIVE)
    choose(live, "DAL", channel_id=live.scene.ground.pk, seen_cost_minor=GROUND)
    assert live.scene.decision(order) == ("manual", "DAL", GROUND)


def test_quotes_that_an_order_brought_from_the_queue_are_not_lost_when_a_person_takes_it(live: LiveScene) -> None:
    (order,) = live.scene.placed
    live.scene.drain()
    live.quote()
    assert standing(look(live, "DAL")) == (LIVE, None, "")
    hold_order(tenant_id=live.scene.tenant_id, order_id=order, actor="Li", reason="", at=NOON)
    assert standing(look(live, "DAL")) == (LIVE, None, "")


def test_what_was_asked_about_another_address_is_forgotten(live: LiveScene) -> None:
    (order,) = live.scene.placed
    live.scene.drain()
    live.ask(order)
    address = NewAddress(
        country="US", postcode="90001", state_code="CA", city="Los Angeles", address="1 Pier", recipient="A", residential=True
    )
    fix_address(tenant_id=live.scene.tenant_id, order_id=order, address=address, actor="Li", at=NOON)
    assert (standing(look(live, "DAL")), kept(live.scene)) == ((CARD, None, "not_asked"), 0)


class Correcting:
    """A gateway that is slow: meanwhile somebody corrects the address of an order."""

    def __init__(self, live: LiveScene, order_id: int) -> None:
        self.live, self.order_id, self.gateway = live, order_id, new_gateway(live.stub)

    def quote_pairs(self, *args: Any, **options: Any) -> Any:
        with tenant_scope(tenant_id=self.live.scene.tenant_id):
            Order.objects.filter(pk=self.order_id).update(city="Elsewhere")
        return self.gateway.quote_pairs(*args, **options)


def test_an_answer_about_an_address_that_was_corrected_meanwhile_is_not_kept(live: LiveScene) -> None:
    (order,) = live.scene.placed
    slow: Any = Correcting(live, order)
    assert len(ask_about_order(tenant_id=live.scene.tenant_id, order_id=order, at=NOON, through=slow)) == 2
    assert kept(live.scene) == 0


def test_only_warehouses_with_the_goods_are_asked_about_those_that_the_order_holds_included(live: LiveScene) -> None:
    (order,) = live.scene.placed
    choose(live, "NJ1")
    others = live.scene.place(LAMP=4)
    assign_order(tenant_id=live.scene.tenant_id, order_id=others, warehouse_id=live.scene.warehouse("NJ1").pk, actor="Li", at=NOON)
    last = live.scene.place(LAMP=5)
    assert [answer.warehouse_id for answer in live.ask(order)] == [live.scene.warehouse(code).pk for code in ("DAL", "NJ1")]
    assert [answer.warehouse_id for answer in live.ask(last)] == [live.scene.warehouse("DAL").pk]


def test_many_moved_at_once_go_by_what_was_said_of_each(live: LiveScene) -> None:
    scene, (order,) = live.scene, live.scene.placed
    other = scene.place(LAMP=1)
    live.ask(order)
    moves = preview_assignments(
        tenant_id=scene.tenant_id,
        chosen=[Chosen(order), Chosen(other)],
        warehouse_id=scene.warehouse("DAL").pk,
        channel_id=live.channel.pk,
        actor="Li",
        at=NOON,
    )
    assert [outcome.cost_after_minor for outcome in moves.outcomes] == [LIVE, CARD]


def test_what_is_taken_back_is_decided_by_what_the_record_says(live: LiveScene) -> None:
    (order,) = live.scene.placed
    live.decide(deadline_seconds=DEADLINE_SECONDS)
    choose(live, "NJ1")
    undo_assignment(tenant_id=live.scene.tenant_id, order_id=order, actor="Li", at=NOON)
    assert live.scene.decision(order) == ("undo", "DAL", LIVE)
    assert recorded(live.scene, "DAL") is not None


def test_nobody_is_asked_inside_a_transaction(live: LiveScene) -> None:
    (order,) = live.scene.placed
    with tenant_scope(tenant_id=live.scene.tenant_id), pytest.raises(QuotedInsideTransaction):
        ask_about_order(tenant_id=live.scene.tenant_id, order_id=order, at=NOON)


def test_a_terminal_asks_and_shows_what_may_be_chosen(live: LiveScene, capsys) -> None:
    scene, (order,) = live.scene, live.scene.placed
    with tenant_scope(tenant_id=scene.tenant_id):
        number = Order.objects.get(pk=order).external_number
        Order.objects.filter(pk=order).update(placed_at=timezone.now())
    call_command("orders", "--tenant", scene.tenant.code, "ask", number)
    told = capsys.readouterr().out
    assert told.count("live price") == 2
    assert "9.25" in told


def test_a_company_without_live_channels_has_nobody_to_ask(build: Build) -> None:
    scene = build(DAL="5.00")
    scene.receive("LAMP", DAL=5)
    order = scene.place(LAMP=1)
    found = candidates_of(tenant_id=scene.tenant_id, order_id=order, at=NOON)
    assert not found.has_live
    assert [channel.live for one in found.warehouses for channel in one.channels] == [None]
