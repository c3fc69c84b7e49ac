from collections import Counter
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from allocation.models import Rule, StrategyChannel
from allocation.runner import drain_tenant
from billing.models import BilledParcel, BillState
from carriers.models import LiveService, RateCard
from inventory.models import Sku, Stock, StockMovement, Warehouse
from orders.models import Order, OrderLine, QueuedOrder, Store
from tests.world import NOON
from wms.demo.billing import bill_sample_parcels
from wms.demo.companies import companies
from wms.demo.goods import catalogue
from wms.demo.people import PLATFORM_USER
from wms.demo.prices import tariffs
from wms.demo.shopping import Shop, draw_orders
from wms.demo.world import ensure_world, place_sample_orders, shares
from wms.places.services import Place, locate_many
from wms.tenancy.models import Membership, Seller
from wms.tenancy.scope import tenant_scope

COUNTED = (Seller, Membership, Warehouse, Sku, Stock, StockMovement, Store, RateCard, Order, OrderLine, QueuedOrder)


def counts(world):
    """Return how many rows each company has of each kind."""
    found = {}
    for company, tenant_id in world.tenants:
        with tenant_scope(tenant_id=tenant_id):
            found |= {(company.code, model.__name__): model.objects.count() for model in COUNTED}
    return found


@pytest.mark.django_db
def test_the_sample_world_is_made_once_and_found_again(tmp_path):
    first = ensure_world(data_dir=tmp_path, at=NOON)
    placed = place_sample_orders(world=first, count=60, at=NOON)
    made = counts(first)

    second = ensure_world(data_dir=tmp_path, at=NOON)
    placed_again = place_sample_orders(world=second, count=60, at=NOON)

    assert (first.is_new, second.is_new) == (True, False)
    assert (placed, placed_again) == (60, 0)
    assert counts(second) == made
    assert second.password == first.password
    assert User.objects.count() == 1 + len(companies()) * 7


@pytest.mark.django_db
def test_a_larger_sample_world_adds_only_what_is_missing(tmp_path):
    world = ensure_world(data_dir=tmp_path, at=NOON)
    place_sample_orders(world=world, count=30, at=NOON)

    assert place_sample_orders(world=world, count=60, at=NOON) == 30


@pytest.mark.django_db
def test_the_sample_world_is_as_large_as_promised(tmp_path):
    world = ensure_world(data_dir=tmp_path, at=NOON)
    rows = Counter()
    for (_, model), count in counts(world).items():
        rows[model] += count

    assert (rows["Seller"], rows["Warehouse"], rows["Sku"]) == (6, 8, 300)
    assert {len(company.sellers) for company, _ in world.tenants} == {3}
    assert rows["Stock"] == rows["StockMovement"] < rows["Sku"] * 4


@pytest.mark.django_db
def test_a_lost_password_is_made_anew_for_the_same_people(tmp_path):
    first = ensure_world(data_dir=tmp_path / "first", at=NOON)
    second = ensure_world(data_dir=tmp_path / "second", at=NOON)

    person = User.objects.get(username=PLATFORM_USER)
    assert not second.is_new
    assert person.check_password(second.password)
    assert not person.check_password(first.password)


@pytest.mark.django_db
def test_prices_hold_on_a_computer_whose_clock_is_behind(tmp_path):
    long_ago = datetime(2024, 5, 1, tzinfo=UTC)
    world = ensure_world(data_dir=tmp_path, at=long_ago)

    for _, tenant_id in world.tenants:
        with tenant_scope(tenant_id=tenant_id):
            assert {card.effective_from for card in RateCard.objects.all()} == {long_ago.date()}


@pytest.mark.parametrize("count", [0, 1, 7, 60, 1999, 2000])
def test_the_orders_are_shared_out_to_the_last_one(count):
    assert sum(shares(count).values()) == count


def test_most_sample_orders_are_the_first_company_s():
    assert sum(orders for (company, _), orders in shares(2000).items() if company == "eastlake") == 1200


def shop(code="wildgrove"):
    return Shop(
        code=code,
        store_ids={"amazon": 1, "ebay": 2, "own-shop": 3},
        articles=tuple((article, number) for number, article in enumerate(catalogue()[code], start=1)),
    )


def test_the_same_orders_are_drawn_each_time_and_the_first_ones_stay_the_first():
    fifty = tuple(draw_orders(shop=shop(), count=50, at=NOON))

    assert tuple(draw_orders(shop=shop(), count=20, at=NOON)) == fifty[:20]
    assert len({order.external_number for order in fifty}) == 50


@pytest.mark.django_db
def test_orders_go_to_postcodes_that_exist_in_the_state_that_they_name():
    orders = tuple(draw_orders(shop=shop(), count=300, at=NOON))
    places = locate_many({(order.country, order.postcode) for order in orders})

    for order in orders:
        place = places[order.country, order.postcode]
        assert isinstance(place, Place)
        assert place.state_code == order.state_code
    assert {len(order.lines) for order in orders} == {1, 2, 3, 4}
    assert {order.residential for order in orders} == {True, False}


def test_every_price_names_its_source_and_that_it_is_for_demonstration():
    for tariff in tariffs().values():
        assert "effective 20" in tariff.source
        assert "For demonstration only." in tariff.source


@pytest.mark.django_db
def test_one_strategy_asks_the_sandbox_carrier_wherever_it_is_now(tmp_path, settings):
    settings.LIVE_QUOTE_HOSTS = ["127.0.0.1:1001", "127.0.0.1:1002"]
    ensure_world(data_dir=tmp_path, at=NOON, sandbox_url="http://127.0.0.1:1001")
    world = ensure_world(data_dir=tmp_path, at=NOON, sandbox_url="http://127.0.0.1:1002")

    [tenant_id] = [tenant_id for company, tenant_id in world.tenants if company.code == "polaris"]
    with tenant_scope(tenant_id=tenant_id):
        [service] = LiveService.objects.select_related("account", "channel")
        strategies = [row.strategy.platforms for row in StrategyChannel.objects.filter(channel=service.channel)]
    assert (service.account.base_url, service.channel.code, strategies) == ("http://127.0.0.1:1002", "SANDBOX-GROUND", [["ebay"]])


@pytest.mark.django_db
def test_a_large_seller_has_a_price_tier_that_a_quote_shows(tmp_path):
    company = ensure_world(data_dir=tmp_path, at=NOON).tenants[0][0]
    out = StringIO()
    asked = ("--to", "US:10001", "--weight", "3lb", "--size", "10x8x4in", "--ship-date", "2026-09-01", "--language", "en")
    call_command("quote", "--tenant", company.code, *asked, "--seller", company.tiers[0].sellers[0], stdout=out)
    assert "seller's price tier -" in out.getvalue()


@pytest.mark.django_db
def test_its_rules_are_in_force_and_an_invoice_holds_cases_to_judge(tmp_path):
    world = ensure_world(data_dir=tmp_path, at=NOON)
    place_sample_orders(world=world, count=120, at=NOON)
    for _company, tenant_id in world.tenants:
        drain_tenant(tenant_id=tenant_id, at=NOON)
    billed = bill_sample_parcels(world=world, at=NOON)

    assert bill_sample_parcels(world=world, at=NOON) == 0
    with tenant_scope(tenant_id=world.tenants[0][1]):
        assert [rule.enabled for rule in Rule.objects.filter(version__state="active").order_by("position")] == [True, True, False]
        parcels = list(BilledParcel.objects.values_list("state", "shipment_id", "variances_minor"))
    assert 20 < len(parcels) <= billed + 3
    assert any(shipment_id is None for _, shipment_id, _ in parcels)
    assert any(sum(variances) > 0 for _, shipment_id, variances in parcels if shipment_id)
    agreed = [state for state, _, _ in parcels if state == BillState.ACCEPTED]
    assert len(agreed) > len(parcels) // 2
