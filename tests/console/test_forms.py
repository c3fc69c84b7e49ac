"""Forms: in people's units, through the services, with what is wrong at its field; versions are added, never changed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from carriers.models import Carrier, Channel, FuelRate, FxRate, Holiday, SellerInTier, SellerTier
from inventory.models import Sku, Stock, StockMovement, Warehouse
from tests.console.shop import Shop, add_decided_order, add_shop
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db

WAREHOUSE = {
    "code": "ATL",
    "name": "Atlanta",
    "active": "on",
    "priority": "50",
    "country": "US",
    "postcode": "30301",
    "timezone": "America/New_York",
    "handling_currency": "USD",
    "handling_per_order": "0.80",
    "handling_per_piece": "0.10",
    "handling_per_kg": "0",
}


def save(client: Client, address: str, form: dict[str, Any]) -> str:
    """Return what the page says against the form, "" where it was saved."""
    answer = client.post(f"/console/{address}", form, headers={"Accept-Language": "en"})
    if answer.status_code == 302:
        return ""
    assert answer.status_code == 200
    return " ".join(error for errors in answer.context["adminform"].form.errors.values() for error in errors)


def row(shop: Shop, model: Any, **named: Any) -> Any:
    with tenant_scope(tenant_id=shop.tenant.pk):
        return model.objects.get(**named)


def test_a_warehouse_lies_where_its_postcode_does_and_charges_in_whole_units(shop: Shop, staff: Client) -> None:
    assert save(staff, "inventory/warehouse/add/", WAREHOUSE) == ""
    atlanta = row(shop, Warehouse, code="ATL")
    assert (atlanta.handling_per_order_minor, atlanta.handling_per_piece_minor, atlanta.priority) == (80, 10, 50)
    assert 33 < atlanta.lat < 34.5


def test_a_warehouse_s_fees_by_tag_are_written_as_they_are_shown(shop: Shop, staff: Client) -> None:
    assert save(staff, "inventory/warehouse/add/", {**WAREHOUSE, "handling_per_tag": "Fragile: 1.50, liquid: 0.90"}) == ""
    atlanta = row(shop, Warehouse, code="ATL")
    assert atlanta.handling_per_tag_minor == {"fragile": 150, "liquid": 90}
    form = staff.get(f"/console/inventory/warehouse/{atlanta.pk}/change/").context["adminform"].form
    assert form.initial["handling_per_tag"] == "fragile: 1.50; liquid: 0.90"
    assert save(staff, f"inventory/warehouse/{atlanta.pk}/change/", {**WAREHOUSE, "handling_per_tag": ""}) == ""
    assert row(shop, Warehouse, code="ATL").handling_per_tag_minor == {}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("handling_per_tag", "fragile", "no tag with a fee"),
        ("code", "east-NEAR", "This code is taken."),
        ("postcode", "00000", "There is no postcode 00000 in US."),
        ("country", "ZZ", "There is no country"),
        ("timezone", "Mars/Olympus", "There is no time zone “Mars/Olympus”."),
        ("handling_per_order", "0.805", "more decimals"),
        ("handling_currency", "dollar", "at most 3 characters"),
        ("lat", "95", "both coordinates"),
    ],
)
def test_what_is_wrong_with_a_warehouse_is_said(shop: Shop, staff: Client, field: str, value: str, sentence: str) -> None:
    assert sentence in save(staff, "inventory/warehouse/add/", {**WAREHOUSE, field: value})


def test_a_warehouse_keeps_its_code_and_its_change_moves_the_settings(shop: Shop, staff: Client) -> None:
    def revision() -> int:
        return int(row(shop, Tenant).settings_revision)

    before = revision()
    assert save(staff, f"inventory/warehouse/{shop.near.pk}/change/", {**WAREHOUSE, "code": "other", "name": "Nearest"}) == ""
    near = row(shop, Warehouse, pk=shop.near.pk)
    assert (near.code, near.name) == ("east-NEAR", "Nearest")
    assert revision() > before


def test_an_article_is_weighed_and_measured_as_people_write_it(shop: Shop, staff: Client) -> None:
    form = {
        "seller": shop.seller.pk,
        "code": "CHAIR",
        "name": "Chair",
        "weight": "4.5 kg",
        "size": "50x50x90 cm",
        "tag_names": "Fragile, home",
        "ships_alone": "on",
    }
    assert save(staff, "inventory/sku/add/", form) == ""
    chair = row(shop, Sku, code="CHAIR")
    assert (chair.mass_mg, chair.length_um, chair.height_um, chair.tags) == (4_500_000, 500_000, 900_000, ["fragile", "home"])
    assert chair.ships_alone
    assert "This code is taken." in save(staff, "inventory/sku/add/", form)
    assert "“heavy” is not a weight" in save(staff, "inventory/sku/add/", {**form, "code": "X", "weight": "heavy"})


def test_the_form_of_an_article_gives_back_what_it_shows(shop: Shop, staff: Client) -> None:
    page = staff.get(f"/console/inventory/sku/{shop.lamp.pk}/change/")
    shown = page.context["adminform"].form.initial
    form = {"name": shown["name"], "weight": shown["weight"], "size": shown["size"], "tag_names": shown["tag_names"], "category": ""}
    assert save(staff, f"inventory/sku/{shop.lamp.pk}/change/", form) == ""
    again = row(shop, Sku, pk=shop.lamp.pk)
    assert (again.mass_mg, again.length_um) == (shop.lamp.mass_mg, shop.lamp.length_um)


def test_a_count_below_what_is_reserved_releases_orders(shop: Shop, staff: Client) -> None:
    order = add_decided_order(shop, units=4)
    stock = row(shop, Stock, sku=shop.lamp, warehouse=shop.near)
    assert (stock.on_hand, stock.reserved) == (5, 4)
    assert save(staff, f"inventory/stock/{stock.pk}/change/", {"on_hand": "2", "safety": "1"}) == ""
    stock = row(shop, Stock, pk=stock.pk)
    assert (stock.on_hand, stock.reserved, stock.safety) == (2, 0, 1)
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert StockMovement.objects.latest("pk").actor == "operator@east"
        order.refresh_from_db()
    assert "-1 units are not between 0" in save(staff, f"inventory/stock/{stock.pk}/change/", {"on_hand": "-1", "safety": "0"})


def test_carriers_and_channels_are_added_and_renamed_under_their_code(shop: Shop, staff: Client) -> None:
    assert save(staff, "carriers/carrier/add/", {"code": "UPS", "name": "UPS"}) == ""
    ups = row(shop, Carrier, code="UPS")
    channel = {"carrier": ups.pk, "code": "UPS-G", "name": "UPS Ground", "active": "on"}
    assert save(staff, "carriers/channel/add/", channel) == ""
    assert "This code is taken." in save(staff, "carriers/channel/add/", channel)
    ground = row(shop, Channel, code="UPS-G")
    assert save(staff, f"carriers/channel/{ground.pk}/change/", {"code": "other", "name": "Ground"}) == ""
    ground = row(shop, Channel, pk=ground.pk)
    assert (ground.code, ground.name, ground.active) == ("UPS-G", "Ground", False)


def test_another_company_s_carrier_is_no_choice(shop: Shop, staff: Client) -> None:
    other = add_shop(code="west")
    form = {"carrier": other.channel.carrier_id, "code": "X", "name": "X"}
    assert "not one of the available choices" in save(staff, "carriers/channel/add/", form)


def test_rates_hold_from_their_own_day_and_none_is_changed(shop: Shop, staff: Client) -> None:
    assert save(staff, "carriers/fxrate/add/", {"source": "cny", "target": "usd", "effective_from": "2026-06-01", "rate": "0.15"}) == ""
    assert row(shop, FxRate, source="CNY", effective_from="2026-06-01").rate == Decimal("0.15")
    sentence = save(staff, "carriers/fxrate/add/", {"source": "CNY", "target": "USD", "effective_from": "2026-06-01", "rate": "0"})
    assert "is no exchange rate from CNY to USD" in sentence
    assert save(staff, "carriers/fuelrate/add/", {"channel": shop.channel.pk, "effective_from": "2026-06-01", "percent": "18.25"}) == ""
    for model in (FxRate, FuelRate):
        first = row(shop, model, effective_from="2026-01-01")
        address = f"/console/carriers/{model._meta.model_name}/{first.pk}/"
        assert staff.post(f"{address}change/", {"rate": "9", "percent": "9"}).status_code == 403
        assert staff.post(f"{address}delete/", {"post": "yes"}).status_code == 403


def test_a_tier_is_set_with_its_sellers_and_channels(shop: Shop, staff: Client) -> None:
    form = {"code": "GOLD", "name": "Gold", "percent": "-5", "channels": f"{shop.channel.code}: 2.5", "sellers": [shop.seller.pk]}
    assert save(staff, "carriers/sellertier/add/", form) == ""
    gold = row(shop, SellerTier, code="GOLD")
    assert (gold.percent, gold.channel_percents) == (-5, {shop.channel.code: "2.5"})
    assert row(shop, SellerInTier).seller_id == shop.seller.pk
    shown = staff.get(f"/console/carriers/sellertier/{gold.pk}/change/").context["adminform"].form
    assert (shown.initial["channels"], shown.initial["sellers"]) == (f"{shop.channel.code}: 2.5", [shop.seller.pk])
    assert "There is no channel “NOWHERE”." in save(staff, "carriers/sellertier/add/", {**form, "code": "X", "channels": "NOWHERE: 1"})
    assert "no per cent" in save(staff, "carriers/sellertier/add/", {**form, "code": "X", "percent": "-101"})
    assert "This code is taken." in save(staff, "carriers/sellertier/add/", form)


def test_a_holiday_is_added_once(shop: Shop, staff: Client) -> None:
    form = {"country": "美国", "date": "2026-12-25", "name": "Christmas"}
    assert save(staff, "carriers/holiday/add/", form) == ""
    assert row(shop, Holiday, date="2026-12-25").country == "US"
    assert "This day is a holiday already." in save(staff, "carriers/holiday/add/", form)


def test_an_invoice_format_is_written_as_text_and_read_back(shop: Shop, staff: Client) -> None:
    content = '[columns]\ntracking_number = "运单号"\n[codes]\n"运费" = "base"\n'
    form = {"carrier": shop.channel.carrier_id, "name": "Daily", "content": content}
    assert save(staff, "billing/invoiceformat/add/", form) == ""
    assert "This name is taken." in save(staff, "billing/invoiceformat/add/", form)
    assert "TOML" in save(staff, "billing/invoiceformat/add/", {**form, "name": "Bad", "content": "[codes"})
    assert "there is no such table" in save(staff, "billing/invoiceformat/add/", {**form, "name": "Bad", "content": "[colours]\nx=1"})
