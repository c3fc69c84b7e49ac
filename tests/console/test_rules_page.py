"""The rules page: built from plain fields, ordered, tried on orders, published, and shut to those who may not."""

from __future__ import annotations

import pytest
from django.test import Client

from allocation.models import Rule
from allocation.rules.reading import rules_in_force
from tests.console.shop import Shop, add_decided_order, add_shop
from tests.markup import markup_of
from tests.world import add_member
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db


def sign_in(shop: Shop, role: Role = Role.OPERATOR) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(add_member(tenant=shop.tenant, role=role))
    return client


def filled(shop: Shop, name: str = "Amazon", **more: object) -> dict[str, object]:
    form = {"name": name, "every": "all", "enabled": "on", "act": "pin", "unserved": "smart", "warehouses": [shop.far.pk], "do": "save"}
    row = {"b0-every": "all", "b0-c0-field": "platform", "b0-c0-test": "is", "b0-c0-values": "amazon, temu"}
    return {**form, **row, **more}


def names(shop: Shop) -> list[str]:
    with tenant_scope(tenant_id=shop.tenant.pk):
        return list(Rule.objects.order_by("position").values_list("name", flat=True))


def in_force(shop: Shop) -> list[str]:
    with tenant_scope(tenant_id=shop.tenant.pk):
        return [rule.name for rule in rules_in_force()]


def test_a_rule_is_built_ordered_and_published(shop: Shop) -> None:
    client = sign_in(shop)
    heavy = {"b0-c0-field": "weight", "b0-c0-least": "3 lb", "b0-c0-test": ""}
    assert client.post("/console/rules/new/", filled(shop)).status_code == 302
    assert client.post("/console/rules/new/", filled(shop, "Heavy", **heavy)).status_code == 302
    assert in_force(shop) == []
    page = markup_of(client.get("/console/rules/"))
    assert "amazon, temu" in page
    assert "contradicts" not in page
    client.post("/console/rules/order/", {"key": [1, 2], "move": "up:2"})
    assert names(shop) == ["Heavy", "Amazon"]
    client.post("/console/rules/publish/", {"comment": "first"})
    assert in_force(shop) == ["Heavy", "Amazon"]
    client.post("/console/rules/1/switch/", {"on": "0"})
    client.post("/console/rules/publish/", {})
    assert in_force(shop) == ["Heavy"]
    client.post("/console/rules/restore/1/")
    client.post("/console/rules/publish/", {})
    assert in_force(shop) == ["Heavy", "Amazon"]
    assert "first" in markup_of(client.get("/console/rules/history/"))


def test_what_is_wrong_is_said_and_nothing_is_saved(shop: Shop) -> None:
    answer = sign_in(shop).post("/console/rules/new/", filled(shop, **{"b0-c0-values": ""}))
    assert answer.status_code == 422
    assert "name at least one value" in markup_of(answer)
    assert names(shop) == []


def test_lines_are_added_and_removed_without_saving(shop: Shop) -> None:
    client = sign_in(shop)
    more = markup_of(client.post("/console/rules/new/", filled(shop, do="add:0")))
    assert 'name="b0-c1-field"' in more
    assert 'value="amazon, temu"' in more
    assert 'name="b1-c0-field"' in markup_of(client.post("/console/rules/new/", filled(shop, do="group")))
    assert 'name="b0-c0-field"' not in markup_of(client.post("/console/rules/new/", filled(shop, do="remove:0.0")))
    assert names(shop) == []


def test_a_condition_offers_the_company_s_own_country_and_currency(shop: Shop) -> None:
    client = sign_in(shop)
    for field, usual in (("state", "US"), ("postcode", "US"), ("value", "USD")):
        page = markup_of(client.post("/console/rules/new/", filled(shop, do="", **{"b0-c0-field": field, "b0-c0-values": ""})))
        assert f'name="b0-c0-within" value="{usual}"' in page
    written = {"b0-c0-field": "state", "b0-c0-within": "CA", "b0-c0-values": ""}
    assert 'name="b0-c0-within" value="CA"' in markup_of(client.post("/console/rules/new/", filled(shop, do="", **written)))


def test_rules_are_tried_on_orders_that_there_are(shop: Shop) -> None:
    add_decided_order(shop, number="1001")
    client = sign_in(shop)
    assert "1 of the last 1 orders match" in markup_of(client.post("/console/rules/new/", filled(shop, do="count")))
    client.post("/console/rules/new/", filled(shop))
    assert "matched and decided" in markup_of(client.get("/console/rules/?order=1001"))
    assert "Of 1 orders 0 match no rule" in markup_of(client.get("/console/rules/?count=1"))
    assert "no order with this number" in markup_of(client.get("/console/rules/?order=9"))


def test_those_who_do_not_configure_may_look_and_change_nothing(shop: Shop) -> None:
    sign_in(shop).post("/console/rules/new/", filled(shop))
    client = sign_in(shop, Role.OPERATIONS)
    assert client.get("/console/rules/").status_code == 200
    for address in ("new/", "1/", "order/", "1/switch/", "1/archive/", "1/duplicate/", "publish/", "discard/", "restore/1/"):
        assert client.post(f"/console/rules/{address}", filled(shop, "Changed")).status_code == 403
    assert client.get("/console/rules/1/switch/").status_code == 405
    assert names(shop) == ["Amazon"]


def test_another_company_sees_nothing_of_it(shop: Shop) -> None:
    sign_in(shop).post("/console/rules/new/", filled(shop))
    stranger = sign_in(add_shop(code="west"))
    assert "Amazon" not in markup_of(stranger.get("/console/rules/"))
    assert stranger.get("/console/rules/1/").status_code == 404
