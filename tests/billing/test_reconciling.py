"""对账: what a bill is matched to, and why it differs."""

from __future__ import annotations

from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import ProgrammingError
from django.utils import translation

from billing.errors import ParcelsUnknown
from billing.models import BilledParcel, BillState, MatchedBy
from billing.reconciling import Reconciled
from billing.selectors import By, Selection, totals, variances_by_reason
from billing.services import judge_parcels
from carriers.models import FxRate, RateCard
from carriers.services import publish_rate_card
from tests.billing.desk import AS_RECKONED, Desk, card, rows, told
from tests.world import NOON, add_carrier, add_channel, add_seller, add_store
from wms.tenancy.scope import tenant_scope


def test_a_bill_as_reckoned_is_accepted_by_itself(desk: Desk) -> None:
    shipment = desk.ship("1001", tracking="T1")
    desk.take(rows(tracking="T1"))
    assert desk.reconcile() == Reconciled(parcels=1, matched=1, agreed=1)

    parcel = desk.parcel()
    assert (parcel.shipment_id, parcel.matched_by) == (shipment.pk, MatchedBy.TRACKING_NUMBER)
    assert (parcel.warehouse_id, parcel.seller_id) == (desk.warehouse.pk, desk.seller.pk)
    assert dict(zip(parcel.estimate_codes, parcel.estimates_minor, strict=True)) == {"base": 500, "residential": 200, "fuel": 50}
    assert (parcel.state, parcel.judged_by, told(parcel)) == (BillState.ACCEPTED, "", [])


def test_a_heavier_bill_is_told_by_weight_with_the_fuel_on_it(desk: Desk) -> None:
    desk.ship("1001", tracking="T1")
    parcel = desk.bill(rows(("Freight", "7.00"), ("Residential", "2.00"), ("Fuel Surcharge", "0.70"), tracking="T1", weight="3"))
    assert told(parcel) == [("base", "weight", 200), ("fuel", "weight", 20)]
    assert parcel.state == BillState.OPEN


def test_a_lighter_bill_is_told_by_weight_too(desk: Desk) -> None:
    desk.ship("1001", tracking="T1", units=3)
    assert told(desk.bill(rows(tracking="T1", weight="1"))) == [("base", "weight", -200), ("fuel", "weight", -20)]


def test_zone_rate_fuel_and_surcharges_are_told_apart(desk: Desk) -> None:
    desk.ship("1001", tracking="T1")
    charges = (("Freight", "9.25"), ("Residential", "2.10"), ("Fuel Surcharge", "1.00"), ("Address correction", "4.00"))
    assert told(desk.bill(rows(*charges, tracking="T1", weight="2", zone="2"))) == [
        ("base", "weight", 100),
        ("fuel", "weight", 10),
        ("base", "zone", 300),
        ("fuel", "zone", 30),
        ("base", "rate", 25),
        ("residential", "surcharge", 10),
        ("fuel", "fuel", 10),
        ("address_correction", "surcharge", 400),
    ]


def test_a_billed_weight_and_zone_without_a_price_leave_it_to_the_rate(desk: Desk) -> None:
    desk.ship("1001", tracking="T1")
    parcel = desk.bill(rows(("Freight", "99.00"), tracking="T1", weight="400", zone="9"))
    assert told(parcel) == [("base", "rate", 9400), ("residential", "surcharge", -200), ("fuel", "fuel", -50)]


def test_an_order_number_finds_the_shipment_that_has_no_tracking_number_yet(desk: Desk) -> None:
    shipment = desk.ship("1001")
    parcel = desk.bill(rows(tracking="T1", order="1001"))
    assert (parcel.shipment_id, parcel.matched_by) == (shipment.pk, MatchedBy.ORDER_NUMBER)


def test_a_shipment_under_another_tracking_number_is_another_parcel(desk: Desk) -> None:
    desk.ship("1001", tracking="T1")
    assert told(desk.bill(rows(tracking="T2", order="1001"))) == [
        ("base", "not_ours", 500),
        ("residential", "not_ours", 200),
        ("fuel", "not_ours", 50),
    ]


def test_an_order_number_that_two_sellers_use_finds_neither(desk: Desk) -> None:
    desk.ship("1001")
    other = add_seller(tenant=desk.tenant, code="mango")
    desk.lamp.seller = other
    desk.ship("1001", store=add_store(seller=other))
    assert {reason for _code, reason, _amount in told(desk.bill(rows(order="1001")))} == {"not_ours"}


def test_another_carrier_s_shipment_is_not_this_carrier_s(desk: Desk) -> None:
    shipment = desk.ship("1001", tracking="T1")
    elsewhere = add_channel(carrier=add_carrier(tenant=desk.tenant, code="UPS"), code="UPSGROUND")
    with tenant_scope(tenant_id=desk.tenant_id):
        shipment.channel = elsewhere
        shipment.save(update_fields=["channel"])
    assert {reason for _code, reason, _amount in told(desk.bill(rows(tracking="T1")))} == {"not_ours"}


def test_a_cancelled_shipment_is_billed_for_nothing(desk: Desk) -> None:
    desk.cancel(desk.ship("1001", tracking="T1"))
    parcel = desk.bill(rows(("Freight", "5.00"), tracking="T1"))
    assert (parcel.estimated_minor, told(parcel)) == (0, [("base", "cancelled", 500)])


def test_a_charge_that_stands_twice_in_one_bill_is_billed_twice(desk: Desk) -> None:
    desk.ship("1001", tracking="T1")
    assert told(desk.bill(rows(*AS_RECKONED, AS_RECKONED[0], tracking="T1"))) == [("base", "duplicate", 500)]


def test_a_second_bill_for_a_shipment_is_a_duplicate_but_for_what_is_new_on_it(desk: Desk) -> None:
    desk.ship("1001", tracking="T1")
    desk.take(rows(tracking="T1"))
    desk.take(rows(("Freight", "5.00"), ("Address correction", "4.00"), tracking="T1", invoice="INV-2"))
    desk.reconcile()
    first, second = desk.parcels()
    assert told(first) == []
    assert (second.estimated_minor, told(second)) == (0, [("address_correction", "surcharge", 400), ("base", "duplicate", 500)])


def test_bills_that_came_in_together_are_judged_alike_however_often_one_looks(desk: Desk) -> None:
    desk.ship("1001", tracking="T1")
    desk.take(rows(("Freight", "6.00"), tracking="T1", invoice="B") + rows(("Freight", "6.00"), tracking="T1", invoice="A"))
    desk.reconcile()
    once = [told(parcel) for parcel in desk.parcels()]
    assert desk.reconcile().parcels == 2
    assert [told(parcel) for parcel in desk.parcels()] == once
    assert sum(parcel.estimated_minor for parcel in desk.parcels()) == 750


def test_a_bill_that_was_accepted_holds_the_estimate_against_what_is_matched_later(desk: Desk) -> None:
    shipment = desk.ship("1001")
    desk.take(rows(tracking="T1") + rows(order="1001"))
    desk.reconcile()
    with tenant_scope(tenant_id=desk.tenant_id):
        shipment.tracking_number = "T1"
        shipment.save(update_fields=["tracking_number"])
    desk.reconcile()
    late, accepted = desk.parcels()
    assert (accepted.state, accepted.estimated_minor) == (BillState.ACCEPTED, 750)
    assert {reason for _code, reason, _amount in told(late)} == {"duplicate"}


def test_a_difference_within_the_tolerance_is_accepted_by_itself(desk: Desk) -> None:
    desk.format(tolerance={"amount": "0.05"})
    for number, tracking in (("1001", "T1"), ("1002", "T2")):
        desk.ship(number, tracking=tracking)
    desk.take(rows(*AS_RECKONED[:2], ("Fuel Surcharge", "0.55"), tracking="T1"))
    desk.take(rows(*AS_RECKONED[:2], ("Fuel Surcharge", "0.56"), tracking="T2", invoice="INV-2"))
    assert desk.reconcile().agreed == 1
    assert [(parcel.state, told(parcel)) for parcel in desk.parcels()] == [
        (BillState.ACCEPTED, [("fuel", "fuel", 5)]),
        (BillState.OPEN, [("fuel", "fuel", 6)]),
    ]


def test_no_tolerance_covers_what_is_not_ours(desk: Desk) -> None:
    desk.format(tolerance={"amount": "100"})
    assert desk.bill(rows(("Freight", "0.01"), tracking="T9")).state == BillState.OPEN


def test_the_estimate_is_that_of_the_decision_whatever_the_card_says_now(desk: Desk) -> None:
    desk.ship("1001", tracking="T1")
    with tenant_scope(tenant_id=desk.tenant_id):
        chart_id = RateCard.objects.get(channel=desk.channel).zone_chart_id
    dearer = card(code="dearer", surcharges=[])
    publish_rate_card(tenant_id=desk.tenant_id, channel_id=desk.channel.pk, zone_chart_id=chart_id, document=dearer, at=NOON)
    assert told(desk.bill(rows(tracking="T1"))) == []


def test_an_estimate_in_another_currency_is_converted_by_the_rate_of_the_ship_date(desk: Desk) -> None:
    desk.ship("1001", tracking="T1")
    with tenant_scope(tenant_id=desk.tenant_id):
        for since, rate in (("2026-01-01", "7.2"), ("2026-03-05", "7.0")):
            FxRate.objects.create(tenant=desk.tenant, source="USD", target="CNY", effective_from=date.fromisoformat(since), rate=rate)
    header = "Invoice,Invoice date,Currency,Tracking #,Ship date,Charge,Amount\n"
    line = "INV-1,2026-03-09,CNY,T1,2026-03-02,Freight,36.00\n"
    desk.take(line, header=header)
    desk.reconcile()
    parcel = desk.parcel()
    assert dict(zip(parcel.estimate_codes, parcel.estimates_minor, strict=True)) == {"base": 3600, "residential": 1440, "fuel": 360}
    assert told(parcel) == [("residential", "surcharge", -1440), ("fuel", "fuel", -360)]


def test_without_an_exchange_rate_nothing_is_compared(desk: Desk) -> None:
    desk.ship("1001", tracking="T1")
    desk.take(rows(("Freight", "36.00"), tracking="T1").replace("USD", "CNY"))
    desk.reconcile()
    assert (desk.parcel().estimated_minor, told(desk.parcel())) == (0, [("base", "no_estimate", 3600)])


def test_what_a_person_judged_stays_and_can_be_opened_again(desk: Desk) -> None:
    parcel = desk.bill(rows(("Freight", "5.00"), tracking="T9"))
    judged: dict[str, Any] = {"tenant_id": desk.tenant_id, "parcel_ids": [parcel.pk], "actor": "Li", "at": NOON}
    assert judge_parcels(**judged, state=BillState.DISPUTED, note="not ours") == 1
    assert desk.reconcile().parcels == 0
    parcel = desk.parcel()
    assert (parcel.state, parcel.judged_by, parcel.judged_at, parcel.note) == (BillState.DISPUTED, "Li", NOON, "not ours")
    assert judge_parcels(**judged, state=BillState.DISPUTED) == 0

    assert judge_parcels(**judged, state=BillState.OPEN) == 1
    assert desk.reconcile().parcels == 1
    assert (desk.parcel().judged_at, desk.parcel().note) == (None, "")


def test_all_or_none_are_judged(desk: Desk) -> None:
    parcel = desk.bill(rows(("Freight", "5.00"), tracking="T9"))
    with pytest.raises(ParcelsUnknown, match="1 of the billed parcels"):
        judge_parcels(tenant_id=desk.tenant_id, parcel_ids=[parcel.pk, 999_999], state=BillState.ACCEPTED, actor="Li", at=NOON)
    assert desk.parcel().state == BillState.OPEN


def test_what_an_invoice_says_is_written_once(desk: Desk) -> None:
    parcel = desk.bill(rows(tracking="T9"))
    with pytest.raises(ProgrammingError, match="permission denied"), tenant_scope(tenant_id=desk.tenant_id):
        BilledParcel.objects.filter(pk=parcel.pk).update(billed_minor=1)


def test_totals_by_carrier_warehouse_seller_month_and_reason(desk: Desk) -> None:
    desk.ship("1001", tracking="T1")
    desk.take(rows(("Freight", "6.00"), tracking="T1") + rows(("Freight", "4.00"), tracking="T9", invoice="INV-2", on="2026-04-01"))
    desk.reconcile()
    with tenant_scope(tenant_id=desk.tenant_id):
        found = {by: [(row.label, row.billed_minor, row.estimated_minor, row.variance_minor) for row in totals(by=by)] for by in By}
        by_reason = [(row.reason.slug, row.parcels, row.variance_minor) for row in variances_by_reason()]
        april = totals(by=By.CARRIER, of=Selection(since=date(2026, 4, 1)))
    assert found == {
        By.CARRIER: [("USPS", 1000, 750, 250)],
        By.WAREHOUSE: [("", 400, 0, 400), ("NJ1", 600, 750, -150)],
        By.SELLER: [("", 400, 0, 400), ("lumen", 600, 750, -150)],
        By.MONTH: [("2026-03", 600, 750, -150), ("2026-04", 400, 0, 400)],
    }
    assert by_reason == [("not_ours", 1, 400), ("rate", 1, 100), ("fuel", 1, -50), ("surcharge", 1, -200)]
    assert [row.billed_minor for row in april] == [400]


def test_totals_never_add_currencies_and_land_in_the_company_s_by_the_day_s_rate(desk: Desk) -> None:
    line = rows(("Freight", "72.00"), tracking="T8", invoice="CN-1").replace("USD", "CNY")
    desk.take(line + rows(("Freight", "4.00"), tracking="T9"))
    desk.reconcile()
    with tenant_scope(tenant_id=desk.tenant_id):
        assert [(row.currency, row.billed_minor, row.landed_billed_minor) for row in totals(by=By.CARRIER)] == [
            ("CNY", 7200, None),
            ("USD", 400, 400),
        ]
        FxRate.objects.create(tenant=desk.tenant, source="CNY", target="USD", effective_from=date(2026, 1, 1), rate="0.14")
        assert totals(by=By.CARRIER)[0].landed_billed_minor == 1008


def test_other_companies_bills_are_out_of_sight(desk: Desk, tmp_path) -> None:
    other = Desk(tmp_path, code="westlake")
    other.ship("1001", tracking="T1")
    parcel = desk.bill(rows(tracking="T1"))
    assert {reason for _code, reason, _amount in told(parcel)} == {"not_ours"}
    assert other.reconcile() == Reconciled()
    with pytest.raises(ParcelsUnknown):
        judge_parcels(tenant_id=other.tenant_id, parcel_ids=[parcel.pk], state=BillState.ACCEPTED, actor="Li", at=NOON)


@pytest.mark.parametrize(("language", "words"), [("en", "price differs from the rate card"), ("zh-hans", "价格与价卡不符")])
def test_the_command_says_what_became_of_the_bills(desk: Desk, language: str, words: str) -> None:
    desk.ship("1001", tracking="T1")
    desk.take(rows(("Freight", "6.00"), ("Residential", "2.00"), ("Fuel Surcharge", "0.50"), tracking="T1"))
    said = StringIO()
    with translation.override(language):
        call_command("reconcile_invoices", "--tenant", "eastlake", "--by", "seller", stdout=said)
    assert words in said.getvalue()
    if language == "en":
        assert "Looked at 1 open parcels: 1 are shipments of ours, 0 agree." in said.getvalue()
        assert "lumen  USD             1    8.50       7.50        1.00      0.00" in said.getvalue()
