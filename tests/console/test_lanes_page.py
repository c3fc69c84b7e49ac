"""Which warehouse ships by which channel, ticked in a table."""

from __future__ import annotations

import pytest
from django.test import Client

from allocation.errors import LaneUnknown
from allocation.lanes import change_lanes, lanes_in_force
from tests.console.shop import Shop, add_decided_order, add_shop
from tests.markup import markup_of
from tests.world import add_member
from wms.tenancy.models import Role, Tenant
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db
PAGE = "/console/lanes/"


def lane(shop: Shop, *, far: bool = False) -> tuple[int, int]:
    return (shop.far if far else shop.near).pk, shop.channel.pk


def open_lanes(shop: Shop) -> frozenset[tuple[int, int]]:
    with tenant_scope(tenant_id=shop.tenant.pk):
        return lanes_in_force()


def save(client: Client, shop: Shop, *ticked: tuple[int, int], role: Role = Role.OPERATOR) -> str:
    client.force_login(add_member(tenant=shop.tenant, role=role))
    sent = {"seen": [f"{w}:{c}" for w, c in open_lanes(shop)], "lane": [f"{w}:{c}" for w, c in ticked]}
    return markup_of(client.post(PAGE, sent, follow=True, headers={"Accept-Language": "en"}))


def test_a_lane_that_is_unticked_is_closed_and_the_next_order_heeds_it(shop: Shop, client: Client) -> None:
    with tenant_scope(tenant_id=shop.tenant.pk):
        before = Tenant.objects.get().settings_revision
    assert "Opened: 0. Closed: 1." in save(client, shop, lane(shop, far=True))
    assert open_lanes(shop) == {lane(shop, far=True)}
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert Tenant.objects.get().settings_revision > before
    order = add_decided_order(shop)
    assert "east-FAR" in markup_of(client.get(f"/console/orders/order/?q={order.external_number}"))


def test_what_somebody_else_changed_meanwhile_stays(shop: Shop) -> None:
    seen = open_lanes(shop)
    change_lanes(tenant_id=shop.tenant.pk, seen=seen, wanted=seen - {lane(shop)})
    change_lanes(tenant_id=shop.tenant.pk, seen=seen, wanted=seen)
    assert open_lanes(shop) == {lane(shop, far=True)}


def test_another_company_s_warehouse_gets_no_lane(shop: Shop, client: Client) -> None:
    other = add_shop(code="west")
    with pytest.raises(LaneUnknown):
        change_lanes(tenant_id=shop.tenant.pk, seen=frozenset(), wanted=frozenset({(other.near.pk, shop.channel.pk)}))
    assert "There is no active warehouse" in save(client, shop, lane(shop), (other.near.pk, shop.channel.pk))
    assert open_lanes(shop) == {lane(shop), lane(shop, far=True)}


def test_who_may_not_configure_looks_only(shop: Shop, client: Client) -> None:
    save(client, shop, role=Role.OPERATIONS)
    assert open_lanes(shop) == {lane(shop), lane(shop, far=True)}
    page = markup_of(client.get(PAGE, headers={"Accept-Language": "en"}))
    assert "disabled" in page
    assert "east-NEAR → east-GROUND" in page
