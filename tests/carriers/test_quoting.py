"""费用试算: every channel's answer, by the versions that are in force on the ship date."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from carriers.core.types import Destination, Origin, Parcel, Quote
from carriers.live.accounts import add_account, price_live
from carriers.models import AreaList, Channel, FxRate, RateCard
from carriers.quoting import ChannelQuote, quote_channels
from tests.world import NOON, add_carrier, add_channel, add_fuel_rate, add_rate_card, add_tenant, add_zone_chart, flat_card
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 2)
EDISON = Origin(key=1, country="US", postcode="08817", code="NJ1")
DALLAS = Origin(key=2, country="US", postcode="75201", code="DAL")
NEW_YORK = Destination(country="US", postcode="10001")
TWO_KILOGRAMS = Parcel(actual_mg=2_000_000)


@pytest.fixture
def tenant() -> Tenant:
    return add_tenant()


@pytest.fixture
def channel(tenant: Tenant) -> Channel:
    """Return a channel that has no prices yet."""
    return add_channel(carrier=add_carrier(tenant=tenant))


def quotes(tenant: Tenant, *, day: date = DAY, **more: Any) -> tuple[ChannelQuote, ...]:
    asked: dict[str, Any] = {"origins": [EDISON], "parcels": [TWO_KILOGRAMS], "destination": NEW_YORK} | more
    return quote_channels(tenant_id=tenant.pk, ship_date=day, **asked)


def add_card(channel: Channel, *, code: str = "2026", **fields: Any) -> RateCard:
    return add_rate_card(channel=channel, zone_chart=add_zone_chart(carrier=channel.carrier, code=code), **fields)


def add_fx_rate(tenant: Tenant, source: str, rate: str) -> None:
    with tenant_scope(tenant_id=tenant.pk):
        FxRate.objects.create(tenant=tenant, source=source, target=tenant.currency, effective_from=date(2026, 1, 1), rate=rate)


def reasons(found: tuple[ChannelQuote, ...]) -> list[str | None]:
    return [each.rejection.slug if each.rejection else None for each in found]


def test_a_quote_has_its_lines_zone_weight_and_days(tenant: Tenant, channel: Channel) -> None:
    add_card(channel, document=flat_card() | {"fuel": True})
    add_fuel_rate(channel=channel, percent="10")
    (found,) = quotes(tenant)
    assert isinstance(found.answer, Quote)
    assert [(line.code, line.amount_minor) for line in found.answer.lines] == [("base", 600), ("fuel", 60)]
    assert (found.total_minor, found.currency) == (660, "USD")
    assert (found.answer.zone, found.answer.billable_mg, found.answer.billable_reason, found.answer.transit_days) == (
        "1",
        2_000_000,
        "actual",
        3,
    )


def test_a_channel_without_a_card_in_force_says_so(tenant: Tenant, channel: Channel) -> None:
    assert reasons(quotes(tenant)) == ["not_effective"]
    add_card(channel, effective_from=date(2026, 3, 3))
    assert reasons(quotes(tenant)) == ["not_effective"]
    assert reasons(quotes(tenant, day=date(2026, 3, 3))) == [None]


def test_a_channel_that_is_switched_off_is_not_asked(tenant: Tenant) -> None:
    add_card(add_channel(carrier=add_carrier(tenant=tenant), active=False))
    assert quotes(tenant) == ()


def test_the_cheapest_comes_first_whatever_its_currency(tenant: Tenant) -> None:
    carrier = add_carrier(tenant=tenant)
    for code, price, currency in (("YUAN", "40.00", "CNY"), ("DOLLAR", "8.00", "USD"), ("EURO", "1.00", "EUR")):
        card = flat_card(first_kg=price, further_kg="0.00") | {"currency": currency}
        add_card(add_channel(carrier=carrier, code=code), code=code, document=card, currency=currency)
    add_fx_rate(tenant, "CNY", "0.14")
    found = quotes(tenant)
    assert [(each.channel_code, each.total_minor) for each in found] == [("YUAN", 560), ("DOLLAR", 800), ("EURO", None)]
    assert reasons(found) == [None, None, "no_fx"]


def test_channels_start_only_where_the_lanes_let_them(tenant: Tenant, channel: Channel) -> None:
    add_card(channel)
    assert [each.origin.code for each in quotes(tenant, origins=[EDISON, DALLAS])] == ["DAL", "NJ1"]
    only_dallas = quotes(tenant, origins=[EDISON, DALLAS], lanes={(DALLAS.key, channel.pk)})
    assert [each.origin.code for each in only_dallas] == ["DAL"]


def test_a_list_of_areas_is_the_one_in_force_on_the_day(tenant: Tenant, channel: Channel) -> None:
    remote = {"code": "remote", "amounts": "3.00", "when": [{"area": {"list": "far away"}}]}
    add_card(channel, document=flat_card() | {"surcharges": [remote]})
    assert reasons(quotes(tenant)) == ["no_area_list"]
    add_areas(channel, since=date(2026, 3, 1), postcodes="10001")
    add_areas(channel, since=date(2026, 3, 5), postcodes="99501")
    assert [each.total_minor for each in quotes(tenant)] == [900]
    assert [each.total_minor for each in quotes(tenant, day=date(2026, 3, 5))] == [600]


def test_of_two_lists_of_one_day_the_later_written_one_holds(tenant: Tenant, channel: Channel) -> None:
    remote = {"code": "remote", "amounts": "3.00", "when": [{"area": {"list": "far away"}}]}
    add_card(channel, document=flat_card() | {"surcharges": [remote]})
    add_areas(channel, since=DAY, postcodes="10001")
    add_areas(channel, since=DAY, postcodes="99501")
    assert [each.total_minor for each in quotes(tenant)] == [600]


def add_areas(channel: Channel, *, since: date, postcodes: str) -> None:
    document = {"code": "far away", "entries": [{"country": "US", "postcodes": [postcodes]}]}
    with tenant_scope(tenant_id=channel.tenant_id):
        AreaList.objects.create(
            tenant_id=channel.tenant_id,
            carrier_id=channel.carrier_id,
            code="far away",
            effective_from=since,
            document=document,
            entries=1,
            sha256=postcodes,
            created_at=NOON,
        )


def test_another_company_s_channels_are_not_asked(tenant: Tenant) -> None:
    other = add_tenant(code="westlake")
    add_card(add_channel(carrier=add_carrier(tenant=other)))
    assert quotes(tenant) == ()


def test_a_live_channel_without_a_rate_card_says_that_nobody_was_asked(tenant: Tenant, channel: Channel) -> None:
    account = add_account(tenant_id=tenant.pk, provider="easypost", name="Main", fields={"api_key": "none"})
    price_live(tenant_id=tenant.pk, account_id=account.pk, channel_id=channel.pk, carrier="USPS", service="Priority")

    assert reasons(quotes(tenant)) == ["live_quote_failed"]
