"""费用试算 in the console."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from carriers.tiers import save_seller_tier
from tests.carriers.live.stub_server import StubServer
from tests.console.shop import Shop, add_live_service, add_shop
from tests.markup import markup_of
from tests.world import add_channel, add_lane, add_member, add_warehouse
from wms.tenancy.models import Role

pytestmark = pytest.mark.django_db

QUESTION = {
    "parcels-TOTAL_FORMS": "1",
    "parcels-INITIAL_FORMS": "0",
    "parcels-0-weight": "2 kg",
    "parcels-0-size": "10x8x4in",
    "country": "US",
    "postcode": "10001",
    "residential": "on",
    "units": "1",
    "ship_date": "2026-03-02",
}


def ask(client: Client, *, language: str = "en", **changes: str) -> str:
    page = client.get("/console/quote/", {**QUESTION, **changes}, headers={"Accept-Language": language})
    assert page.status_code == 200
    return markup_of(page)


def test_the_empty_form_asks_for_one_parcel(staff: Client) -> None:
    text = ask(staff, country="")
    assert "Parcel 1" in text
    page = markup_of(staff.get("/console/quote/", headers={"Accept-Language": "en"}))
    assert ("Parcel 1" in page, "Parcel 2" in page, "errorlist" in page) == (True, False, False)


def test_offers_come_with_their_lines_the_cheapest_first(shop: Shop, staff: Client) -> None:
    text = ask(staff)
    near, far = text.index("$6.70"), text.index("$6.90")
    assert near < far
    assert "+$0.20" in text
    for words in ("base freight", "$6.00", "handling", "$0.70", "2 kg", "actual weight", "3 days"):
        assert words in text


def test_a_chosen_seller_s_tier_is_a_line_of_its_own(shop: Shop, staff: Client) -> None:
    save_seller_tier(tenant_id=shop.tenant.pk, code="GOLD", name="Gold", percent=Decimal(10), seller_ids=[shop.seller.pk])
    assert "GOLD +10 %" not in ask(staff)
    text = ask(staff, seller=str(shop.seller.pk))
    for words in ("GOLD +10 %", "$0.60", "$7.30"):
        assert words in text
    stranger = add_shop(code="west").seller
    assert "GOLD" not in ask(staff, seller=str(stranger.pk))


def test_what_has_no_price_says_why(shop: Shop, staff: Client) -> None:
    add_lane(warehouse=shop.near, channel=add_channel(carrier=shop.channel.carrier, code="NEW", name="New channel"))
    add_warehouse(tenant=shop.tenant, code="EMPTY")
    text = ask(staff)
    assert "New channel" in text
    assert "no rate card in force" in text
    assert "Ship by no channel: EMPTY" in text


def test_answers_in_chinese(staff: Client) -> None:
    assert "基础运费" in ask(staff, language="zh-hans")


def test_several_parcels_are_one_shipment_and_a_row_is_added_by_asking(staff: Client) -> None:
    more = ask(staff, another="1")
    assert 'name="parcels-1-weight"' in more
    assert "Offers" not in more
    both = ask(staff, **{"parcels-TOTAL_FORMS": "2", "parcels-1-weight": "1 kg"})
    assert "$11.70" in both


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("parcels-0-weight", "heavy", "“heavy” is not a weight such as 3lb or 1.36kg."),
        ("parcels-0-size", "10x8", "“10x8” is not a size such as 10x8x4in or 25x20x10cm."),
        ("postcode", "00000", "There is no postcode 00000 in US."),
        ("country", "Atlantis", "There is no country “Atlantis”"),
        ("units", "0", "greater than or equal to 1"),
        ("ship_date", "soon", "Enter a valid date."),
        ("warehouses", "elsewhere", "Select a valid choice."),
    ],
)
def test_says_at_the_field_what_it_does_not_understand(staff: Client, field: str, value: str, sentence: str) -> None:
    text = ask(staff, **{field: value})
    assert sentence in text.replace("&#x27;", "'").replace("&quot;", '"')
    assert "Offers" not in text


@pytest.mark.parametrize("total", ["x", "-1", "9" * 20, "1000"])
def test_an_odd_number_of_parcels_is_no_way_to_break_the_page(staff: Client, total: str) -> None:
    ask(staff, **{"parcels-TOTAL_FORMS": total})
    ask(staff, **{"parcels-TOTAL_FORMS": total}, another="1")


def test_only_who_may_see_prices_asks(shop: Shop, client: Client) -> None:
    for role in (Role.OPERATIONS, Role.SELLER):
        seller = shop.seller if role == Role.SELLER else None
        client.force_login(add_member(tenant=shop.tenant, role=role, seller=seller))
        assert client.get("/console/quote/", QUESTION).status_code == 403


def test_another_company_s_warehouses_are_not_offered(shop: Shop, staff: Client) -> None:
    other = add_shop(code="west")
    assert "west" not in ask(staff).lower()
    assert "Select a valid choice" in ask(staff, warehouses=other.near.code)


def test_a_quote_changes_nothing(staff: Client) -> None:
    assert staff.post("/console/quote/", QUESTION).status_code == 405


def test_a_live_channel_s_carrier_is_asked_after_the_request_and_shown_beside_the_others(
    committed_db: None, client: Client, settings: Any
) -> None:
    shop = add_shop(code="east")
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATOR))
    channel = add_channel(carrier=shop.channel.carrier, code="LIVE", name="Live post")
    add_lane(warehouse=shop.near, channel=channel)
    with StubServer() as stub:
        settings.LIVE_QUOTE_HOSTS = [stub.host]
        add_live_service(shop, channel, stub)
        page = client.get("/console/quote/", QUESTION, headers={"Accept-Language": "en"})
        text = markup_of(page)
        assert text.index("$6.70") < text.index("Live post") < text.index("$9.95")
        assert ("live price" in text, stub.stub.rates_asked("easypost", "ok")) == (True, 1)
        # It is a page of the console like any other: nothing of its answer is kept, and its scripts are allowed.
        empty = client.get("/console/quote/")
        for header in ("Content-Security-Policy", "Cache-Control"):
            assert page.headers[header] == empty.headers[header]
