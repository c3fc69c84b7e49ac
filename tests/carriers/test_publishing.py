from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from carriers.errors import (
    ChannelUnknown,
    FxRateUnusable,
    RateCardInvalid,
    RateCardLeavesGap,
    RateCardOverlaps,
    RateInvalid,
    ZoneChartCodeTaken,
    ZoneChartUnknown,
    ZonesForeign,
)
from carriers.models import FuelRate, FxRate, RateCard
from carriers.services import FxQuote, publish_rate_card, publish_zone_chart, set_fuel_rates, set_fx_rates
from tests.world import NOON, add_carrier, add_channel, add_tenant
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db

CHART = {"code": "2026", "origins": [{"from": {}, "to": [{"country": "US", "zone": "1"}]}]}


class Contract:
    """A channel with a zone chart."""

    def __init__(self) -> None:
        self.tenant: Tenant = add_tenant()
        self.carrier = add_carrier(tenant=self.tenant)
        self.channel = add_channel(carrier=self.carrier)
        self.chart_id = self.publish_chart(CHART)

    def publish_chart(self, document: dict[str, Any]) -> int:
        return publish_zone_chart(tenant_id=self.tenant.pk, carrier_id=self.carrier.pk, document=document, at=NOON).version_id

    def publish(self, start: str, end: str | None = None, *, price: str = "1.00", chart_id: int = 0, **fields: Any) -> bool:
        document = {
            "code": "card",
            "currency": "USD",
            "effective_from": start,
            "units": {"weight": "kg", "length": "cm"},
            "zones": ["1"],
            "rates": [{"not_over": "1", "amounts": [price]}],
            **({"effective_to": end} if end else {}),
            **fields,
        }
        published = publish_rate_card(
            tenant_id=self.tenant.pk,
            channel_id=self.channel.pk,
            zone_chart_id=chart_id or self.chart_id,
            document=document,
            at=NOON,
        )
        return published.is_new

    def spans(self) -> list[tuple[str, str | None]]:
        with tenant_scope(tenant_id=self.tenant.pk):
            rows = RateCard.objects.order_by("effective_from", "pk").values_list("effective_from", "effective_to")
            return [(str(start), str(end) if end else None) for start, end in rows]

    def revision(self) -> int:
        with tenant_scope(tenant_id=self.tenant.pk):
            return Tenant.objects.get().settings_revision


@pytest.fixture
def contract() -> Contract:
    return Contract()


def test_versions_follow_one_another_without_a_gap(contract: Contract) -> None:
    for start in ("2026-01-01", "2026-07-01", "2026-04-01"):
        assert contract.publish(start)
    assert contract.spans() == [("2026-01-01", "2026-04-01"), ("2026-04-01", "2026-07-01"), ("2026-07-01", None)]


def test_the_same_version_is_published_once(contract: Contract) -> None:
    assert contract.publish("2026-01-01")
    before = contract.revision()
    assert not contract.publish("2026-01-01")
    assert (contract.spans(), contract.revision()) == ([("2026-01-01", None)], before)


def test_a_card_may_end_by_itself_where_nothing_follows_that_would_be_cut(contract: Contract) -> None:
    contract.publish("2026-01-01", "2026-03-01")
    contract.publish("2026-03-01", "2026-05-01")
    assert contract.spans() == [("2026-01-01", "2026-03-01"), ("2026-03-01", "2026-05-01")]


def test_a_card_cannot_reach_into_the_next(contract: Contract) -> None:
    contract.publish("2026-06-01")
    with pytest.raises(RateCardOverlaps):
        contract.publish("2026-01-01", "2026-07-01")


def test_a_card_that_ends_inside_another_would_leave_a_gap(contract: Contract) -> None:
    contract.publish("2026-01-01")
    with pytest.raises(RateCardLeavesGap):
        contract.publish("2026-10-01", "2027-01-01")
    assert contract.spans() == [("2026-01-01", None)]


def test_refuses_what_cannot_be_read_or_does_not_fit(contract: Contract) -> None:
    with pytest.raises(RateCardInvalid) as caught:
        contract.publish("2026-01-01", price="1.005")
    assert caught.value.faults == [("rates[0].amounts.0", "not_an_amount", "1.005")]
    with pytest.raises(ZonesForeign):
        contract.publish("2026-01-01", zones=["7"])
    with pytest.raises(ZoneChartUnknown):
        contract.publish("2026-01-01", chart_id=10**9)
    contract.channel.pk = 10**9
    with pytest.raises(ChannelUnknown):
        contract.publish("2026-01-01")


def test_another_carriers_chart_does_not_fit(contract: Contract) -> None:
    other = add_carrier(tenant=contract.tenant, code="UPS")
    theirs = publish_zone_chart(tenant_id=contract.tenant.pk, carrier_id=other.pk, document=CHART, at=NOON)
    with pytest.raises(ZoneChartUnknown):
        contract.publish("2026-01-01", chart_id=theirs.version_id)


def test_a_chart_is_written_once(contract: Contract) -> None:
    assert contract.publish_chart(CHART) == contract.chart_id
    with pytest.raises(ZoneChartCodeTaken):
        contract.publish_chart({**CHART, "origins": [{"from": {}, "to": [{"country": "US", "zone": "2"}]}]})


def test_fuel_is_set_by_day_and_the_same_again_moves_nothing(contract: Contract) -> None:
    week = {date(2026, 1, 5): Decimal("18.25"), date(2026, 1, 12): Decimal("18.5")}
    assert set_fuel_rates(tenant_id=contract.tenant.pk, channel_id=contract.channel.pk, percents=week) == 2
    before = contract.revision()
    assert set_fuel_rates(tenant_id=contract.tenant.pk, channel_id=contract.channel.pk, percents=week) == 0
    assert contract.revision() == before
    assert set_fuel_rates(tenant_id=contract.tenant.pk, channel_id=contract.channel.pk, percents={date(2026, 1, 5): Decimal(19)}) == 1
    with tenant_scope(tenant_id=contract.tenant.pk):
        assert dict(FuelRate.objects.values_list("effective_from", "percent")) == {**week, date(2026, 1, 5): Decimal(19)}
    with pytest.raises(RateInvalid):
        set_fuel_rates(tenant_id=contract.tenant.pk, channel_id=contract.channel.pk, percents={date(2026, 1, 5): Decimal(-1)})


def test_exchange_rates_are_set_by_day(contract: Contract) -> None:
    day = date(2026, 1, 5)
    rates = [FxQuote(source="CNY", target="USD", effective_from=day, rate=Decimal("0.1392"))]
    assert set_fx_rates(tenant_id=contract.tenant.pk, rates=rates) == 1
    assert set_fx_rates(tenant_id=contract.tenant.pk, rates=rates) == 0
    with tenant_scope(tenant_id=contract.tenant.pk):
        assert FxRate.objects.get().rate == Decimal("0.1392")
    for rate in (Decimal(0), Decimal("7.18234567891")):
        with pytest.raises(FxRateUnusable):
            set_fx_rates(tenant_id=contract.tenant.pk, rates=[FxQuote(source="USD", target="CNY", effective_from=day, rate=rate)])
