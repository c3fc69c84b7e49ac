"""`manage.py quote` prints what the allocation would reckon with: freight and handling, in either language."""

from __future__ import annotations

import json
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from carriers.tiers import save_seller_tier
from tests.world import (
    add_carrier,
    add_channel,
    add_lane,
    add_rate_card,
    add_seller,
    add_tenant,
    add_warehouse,
    add_zone_chart,
    flat_card,
    one_zone_chart,
)
from wms.tenancy.models import Tenant

pytestmark = pytest.mark.django_db

SHIPMENT = ("--to", "US:10001", "--ship-date", "2026-03-02", "--weight", "2kg")


@pytest.fixture
def tenant() -> Tenant:
    """Return a company with a warehouse in Edison, its parcel post (5 USD and 1 a further kg), and one in Dallas without channel."""
    tenant = add_tenant()
    carrier = add_carrier(tenant=tenant)
    edison = add_warehouse(tenant=tenant, code="NJ1", handling_per_order_minor=80, handling_per_piece_minor=10)
    add_warehouse(tenant=tenant, code="DAL")
    channel, overseas = add_channel(carrier=carrier), add_channel(carrier=carrier, code="OVERSEAS")
    add_rate_card(channel=channel, zone_chart=add_zone_chart(carrier=carrier), document=flat_card())
    canada = add_zone_chart(carrier=carrier, code="Canada", document=one_zone_chart(countries=["CA"]))
    add_rate_card(channel=overseas, zone_chart=canada, document=flat_card())
    for one in (channel, overseas):
        add_lane(warehouse=edison, channel=one)
    return tenant


def quote(*more: str, **options: Any) -> str:
    out = StringIO()
    call_command("quote", "--tenant", "eastlake", *SHIPMENT, *more, stdout=out, **options)
    return out.getvalue()


def test_prints_the_landed_cost_with_its_lines_and_why_others_have_no_price(tenant: Tenant) -> None:
    lines = quote("--size", "10x8x4in", "--residential", "--units", "2").splitlines()
    assert lines[0] == "2 kg, 25.4 × 20.3 × 10.2 cm · → US 10001 · residential address · ships on 2026-03-02"
    assert lines[2].split() == ["warehouse", "channel", "USD", "days", "zone", "billable", "weight", "cost", "lines"]
    assert lines[4] == "NJ1        GROUND   7.00     3  1     2 kg, actual weight  base freight 6.00 · handling 1.00"
    assert "NJ1        OVERSEAS  no zone for this postcode (US)" in lines
    assert lines[-1] == "Ship by no channel: DAL"


def test_answers_in_chinese(tenant: Tenant) -> None:
    assert "没有" in quote("--language", "zh-hans")


def test_prints_json(tenant: Tenant) -> None:
    answer = json.loads(quote("--json"))
    assert (answer["currency"], answer["ship_date"], answer["without_channel"]) == ("USD", "2026-03-02", ["DAL"])
    priced, refused = answer["offers"]
    assert (priced["warehouse"], priced["channel"], priced["cost"], priced["billable_mg"]) == ("NJ1", "GROUND", "6.90", 2_000_000)
    assert [(line["code"], line["amount"]) for line in priced["lines"]] == [("base", "6.00"), ("handling", "0.90")]
    assert (refused["cost"], refused["rejection"], refused["detail"]) == (None, "no_zone", "US")


def test_several_parcels_are_one_shipment(tenant: Tenant) -> None:
    answer = json.loads(quote("--weight", "3kg", "--json"))
    assert answer["offers"][0]["lines"][0]["amount"] == "13.00"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--from", "XXX"), "There is no warehouse “XXX”."),
        (("--weight", "heavy"), "“heavy” is not a weight such as 3lb or 1.36kg."),
        (("--size", "10x8"), "“10x8” is not a size such as 10x8x4in or 25x20x10cm."),
        (("--size", "1x1x1in", "--size", "1x1x1in"), "There are more sizes than weights."),
        (("--to", "US:00000"), "There is no postcode 00000 in US."),
        (("--to", "Atlantis"), "There is no country “Atlantis”; write its two-letter code, such as US."),
    ],
)
def test_says_what_it_does_not_understand(tenant: Tenant, more: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message.replace(".", r"\.")):
        quote(*more)


def test_a_seller_sees_the_line_of_their_tier_and_others_the_channel_s_own_price(tenant: Tenant) -> None:
    seller, other = add_seller(tenant=tenant, code="lamps"), add_seller(tenant=tenant, code="rugs")
    save_seller_tier(
        tenant_id=tenant.pk,
        code="GOLD",
        name="Gold",
        percent=Decimal(10),
        channel_percents={"OVERSEAS": "50"},
        seller_ids=[seller.pk],
    )
    assert "base freight 6.00 · seller's price tier 0.60 · handling 0.90" in quote("--seller", "lamps")
    for asked in ((), ("--seller", other.code)):
        told = quote(*asked)
        assert ("base freight 6.00 · handling 0.90" in told, "price tier" in told) == (True, False)
    with pytest.raises(CommandError, match="nobody"):
        quote("--seller", "nobody")
