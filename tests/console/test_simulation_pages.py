"""The pages of what-if runs: progress, both sides, putting in force, and who may."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from allocation.core.strategies import Objective, Terms
from allocation.models import SimulationRun, SimulationState, StockBasis, Strategy
from allocation.simulation.running import run_simulation
from allocation.simulation.scenarios import Scenario
from allocation.simulation.services import Asked, request_simulation
from allocation.strategies.reading import draft_of
from tests.console.shop import Shop, add_decided_order, add_shop
from tests.markup import markup_of
from tests.world import NOON, add_member
from wms.tenancy.models import Role, Tenant
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def shop() -> Shop:
    shop = add_shop(code="east")
    add_decided_order(shop, number="A-1")
    return shop


@pytest.fixture
def run(shop: Shop) -> int:
    """Return a run, not begun yet, in which only the far warehouse ships."""
    with tenant_scope(tenant_id=shop.tenant.pk):
        key = Strategy.objects.get().pk
        draft = replace(draft_of(strategy_id=key), warehouse_ids=(shop.far.pk,), terms=Terms(objective=Objective.NEAREST))
    return request_simulation(
        tenant_id=shop.tenant.pk,
        name="far only",
        author="Li",
        scenario=Scenario(strategies={key: draft}),
        asked=Asked(since=NOON.date(), until=NOON.date(), stock_basis=StockBasis.BEFORE),
        at=NOON,
    )


def state_of(shop: Shop, run: int) -> str:
    with tenant_scope(tenant_id=shop.tenant.pk):
        return str(SimulationRun.objects.get(pk=run).state)


def page_of(client: Client, run: int) -> str:
    page = client.get(reverse("console:simulation", args=[run]), headers=ENGLISH)
    assert page.status_code == 200
    return markup_of(page)


def test_a_run_under_way_shows_its_progress_and_can_be_ended(shop: Shop, run: int, client: Client) -> None:
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATOR))
    assert "<progress" in page_of(client, run)
    client.post(reverse("console:cancel_simulation", args=[run]))
    assert state_of(shop, run) == SimulationState.CANCELLED
    assert "<progress" not in page_of(client, run)


def test_a_finished_run_shows_both_sides_and_each_order_that_differs(shop: Shop, run: int, client: Client) -> None:
    run_simulation(tenant_id=shop.tenant.pk, run_id=run, at=NOON)
    client.force_login(add_member(tenant=shop.tenant, role=Role.READ_ONLY))
    page = page_of(client, run)
    assert "A-1" in page
    assert "$5.70" in page
    assert "$5.90" in page
    assert "+$0.20" in page
    assert reverse("console:publish_simulation", args=[run]) not in page


def test_what_was_tried_is_put_in_force_by_who_may(shop: Shop, run: int, client: Client) -> None:
    run_simulation(tenant_id=shop.tenant.pk, run_id=run, at=NOON)
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATIONS))
    assert client.post(reverse("console:publish_simulation", args=[run])).status_code == 403
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATOR))
    client.post(reverse("console:publish_simulation", args=[run]))
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert draft_of(strategy_id=Strategy.objects.get().pk).warehouse_ids == (shop.far.pk,)


def test_the_draft_of_the_rules_is_tried_from_the_list(shop: Shop, client: Client) -> None:
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATOR))
    answer = client.post(reverse("console:simulations"), {"since": "2026-03-01", "until": "2026-03-02", "stock_basis": "now"})
    with tenant_scope(tenant_id=shop.tenant.pk):
        made = SimulationRun.objects.get()
    assert answer.headers["Location"] == reverse("console:simulation", args=[made.pk])
    assert made.scenario == {"strategies": {}, "rules_draft": True, "stock_price_days": None}


def test_days_in_the_wrong_order_are_refused_with_a_sentence(shop: Shop, client: Client) -> None:
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATOR))
    days = {"since": "2026-03-02", "until": "2026-03-01", "stock_basis": "now"}
    page = client.post(reverse("console:simulations"), days, headers=ENGLISH)
    assert "must not come before the first" in markup_of(page)


def test_the_other_company_s_run_is_as_if_it_were_not_there(shop: Shop, run: int, client: Client) -> None:
    client.force_login(add_member(tenant=add_shop(code="west").tenant, role=Role.ADMIN))
    assert client.get(reverse("console:simulation", args=[run])).status_code == 404
    client.post(reverse("console:cancel_simulation", args=[run]))
    assert state_of(shop, run) == SimulationState.WAITING
    assert "far only" not in markup_of(client.get(reverse("console:simulations")))


def test_prices_of_stock_are_tried_from_the_list_and_put_in_force(shop: Shop, client: Client) -> None:
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATOR))
    for days, name in (("7", "Scarce stock priced by 7 days"), ("0", "Only costs count")):
        form = {"since": NOON.date(), "until": NOON.date(), "stock_basis": "before", "stock_price_days": days}
        begun = client.post(reverse("console:simulations"), form, headers=ENGLISH)
        (run,) = re.findall(r"simulations/([0-9]+)/", begun["Location"])
        run_simulation(tenant_id=shop.tenant.pk, run_id=int(run), at=NOON)
        assert name in page_of(client, int(run))
        client.post(reverse("console:publish_simulation", args=[run]))
        with tenant_scope(tenant_id=shop.tenant.pk):
            assert Tenant.objects.get(pk=shop.tenant.pk).stock_price_days == (int(days) or None)


def test_too_many_days_are_refused_by_the_field(shop: Shop, client: Client) -> None:
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATOR))
    page = client.post(reverse("console:simulations"), {"stock_basis": "now", "stock_price_days": "91"}, headers=ENGLISH)
    assert "less than or equal to 90" in markup_of(page)
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert not SimulationRun.objects.exists()
