"""Price tiers of sellers, from the settings to decisions, their stories, shipments and bills."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from allocation.estimates import Estimator
from allocation.explain import explain_record
from allocation.models import Shipment, StrategyChannel
from allocation.replay import replay_record
from carriers.errors import ChannelUnknown, MarkupUnreadable
from carriers.models import SellerInTier
from carriers.tiers import channel_percents_text, read_channel_percents, save_seller_tier
from tests.allocation.scene import Scene
from tests.world import add_seller
from wms.tenancy.scope import tenant_scope

type Build = Callable[..., Scene]


@pytest.fixture
def scene(build: Build) -> Scene:
    scene = build(DAL="5.00", places={"DAL": {"handling_per_order_minor": 30}})
    eco = scene.add_channel("ECO", DAL="5.20")
    with tenant_scope(tenant_id=scene.tenant_id):
        StrategyChannel.objects.create(tenant=scene.tenant, strategy=scene.strategy, channel=eco)
    scene.receive("LAMP", DAL=50)
    return scene


def put_in_tier(scene: Scene, *, percent: str, code: str = "GOLD", seller_id: int | None = None, **channels: str) -> None:
    save_seller_tier(
        tenant_id=scene.tenant_id,
        code=code,
        name="Gold",
        percent=Decimal(percent),
        channel_percents=channels,
        seller_ids=[seller_id or scene.seller.pk],
    )


def test_a_tier_marks_prices_up_with_a_line_and_leaves_handling_alone(scene: Scene) -> None:
    before = scene.place(LAMP=1)
    scene.drain()
    put_in_tier(scene, percent="10")
    after = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(before)[2] == 530
    assert scene.decision(after)[2] == 580
    with tenant_scope(tenant_id=scene.tenant_id):
        assert Shipment.objects.get(order_id=after).cost_lines == [500, 50, 30]
        told = explain_record(scene.records(after)[-1])
        chosen = next(channel for channel in told.warehouses[0].channels if channel.chosen)
        assert [(line.code, line.amount_minor, line.detail) for line in chosen.lines[1:2]] == [("seller_tier", 50, "GOLD +10 %")]
        assert all(replay_record(scene.records(order)[-1]).same for order in (before, after))


def test_a_channel_s_own_per_cent_can_turn_the_decision(scene: Scene) -> None:
    put_in_tier(scene, percent="2", ECO="-10")
    order = scene.place(LAMP=1)
    scene.drain()
    with tenant_scope(tenant_id=scene.tenant_id):
        shipment = Shipment.objects.select_related("channel").get(order_id=order)
    assert (shipment.channel.code, shipment.cost_minor, shipment.cost_lines) == ("ECO", 498, [520, -52, 30])


def test_other_sellers_pay_the_channel_s_own_price(scene: Scene) -> None:
    other = add_seller(tenant=scene.tenant, code="other")
    put_in_tier(scene, percent="50", seller_id=other.pk)
    order = scene.place(LAMP=1)
    scene.drain()
    assert scene.decision(order)[2] == 530


def test_a_carrier_s_bill_is_expected_without_the_tier(scene: Scene) -> None:
    put_in_tier(scene, percent="10")
    order = scene.place(LAMP=1)
    scene.drain()
    with tenant_scope(tenant_id=scene.tenant_id):
        shipment = Shipment.objects.get(order_id=order)
        assert Estimator().estimates_of([shipment])[shipment.pk].freight_minor == 500


def test_a_seller_is_in_one_tier_and_leaves_it_where_it_is_not_named(scene: Scene) -> None:
    put_in_tier(scene, percent="10")
    put_in_tier(scene, percent="20", code="SILVER")
    with tenant_scope(tenant_id=scene.tenant_id):
        assert [row.tier.code for row in SellerInTier.objects.select_related("tier")] == ["SILVER"]
    save_seller_tier(tenant_id=scene.tenant_id, code="SILVER", name="Silver", percent=Decimal(20))
    with tenant_scope(tenant_id=scene.tenant_id):
        assert not SellerInTier.objects.exists()


def test_refuses_an_unknown_channel_and_what_is_no_per_cent(scene: Scene) -> None:
    with pytest.raises(ChannelUnknown):
        put_in_tier(scene, percent="1", NOWHERE="2")
    for percent in ("-101", "1000.5", "0.0001"):
        with pytest.raises(MarkupUnreadable):
            put_in_tier(scene, percent=percent)
    with tenant_scope(tenant_id=scene.tenant_id):
        assert not SellerInTier.objects.exists()


def test_per_cents_by_channel_are_read_as_they_are_written() -> None:
    percents = read_channel_percents("GROUND: -5； AIR +3.25%, SEA=−1")
    assert percents == {"GROUND": "-5", "AIR": "+3.25", "SEA": "-1"}
    assert read_channel_percents(channel_percents_text(percents)) == percents
    for text in ("GROUND", "GROUND: x", "GROUND: 1; GROUND: 2", "GROUND: -101"):
        with pytest.raises(MarkupUnreadable):
            read_channel_percents(text)
