"""Smart allocation in three steps: saving, switching, restoring, and who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from allocation.core.strategies import Objective, TagRestriction
from allocation.models import SimulationRun, SimulationState, Strategy
from allocation.strategies.reading import draft_of
from tests.console.shop import Shop, add_shop
from tests.markup import markup_of
from tests.world import add_member
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


def asked(shop: Shop, **changes: Any) -> dict[str, Any]:
    """Return what a person posts for a plain setting, with some of it changed."""
    plain = {
        "name": "plain",
        "active": "on",
        "objective": "cost",
        "warehouses": [shop.near.pk],
        "channels": [shop.channel.pk],
        "most_shipments": "1",
        "keep_back_units": "0",
        "priority": "100",
    }
    return plain | changes


def saved(shop: Shop, name: str = "plain") -> Any:
    with tenant_scope(tenant_id=shop.tenant.pk):
        return draft_of(strategy_id=Strategy.objects.get(name=name).pk)


def test_a_setting_is_saved_with_all_that_was_asked(shop: Shop, staff: Client) -> None:
    ban = f"battery, *, {shop.channel.code}"
    posted = asked(
        shop,
        objective="weighted",
        late_day_price="2.50",
        most_distance_km="1200",
        countries="us ca",
        restrictions=ban,
        fallback_1="exception",
    )
    answer = staff.post(reverse("console:new_strategy"), posted)
    assert answer.headers["Location"] == reverse("console:strategies")
    draft = saved(shop)
    assert draft.terms.objective == Objective.WEIGHTED
    assert draft.terms.late_day_price_minor == 250
    assert draft.terms.most_distance_m == 1_200_000
    assert draft.terms.restrictions == (TagRestriction(tag="battery", channel_id=shop.channel.pk),)
    assert draft.scope.countries == ("CA", "US")
    assert draft.fallbacks == ("exception",)


def test_the_page_shows_what_was_saved_so_that_saving_again_changes_nothing(shop: Shop, staff: Client) -> None:
    staff.post(reverse("console:new_strategy"), asked(shop, late_day_price="2.50", restrictions=f"battery, {shop.near.code}, *"))
    before = saved(shop)
    with tenant_scope(tenant_id=shop.tenant.pk):
        key = Strategy.objects.get(name="plain").pk
    form = staff.get(reverse("console:strategy", args=[key])).context["form"]
    again = {name: value for name, value in form.initial.items() if value not in (None, False)}
    staff.post(reverse("console:strategy", args=[key]), again)
    assert saved(shop) == before


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"channels": []}, "channel"),
        ({"warehouses": []}, "warehouse"),
        ({"name": ""}, "This field is required."),
        ({"late_day_price": "2.505"}, "smallest unit"),
        ({"restrictions": "battery"}, "is not a tag, a warehouse and a channel"),
        ({"restrictions": "battery, NOWHERE, *"}, "NOWHERE"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(shop: Shop, staff: Client, changes: dict[str, Any], sentence: str) -> None:
    page = staff.post(reverse("console:new_strategy"), asked(shop, **changes), headers=ENGLISH)
    assert page.status_code == 200
    assert sentence in markup_of(page)
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert Strategy.objects.count() == 1


def test_two_people_who_change_one_setting_do_not_overwrite_each_other(shop: Shop, staff: Client) -> None:
    staff.post(reverse("console:new_strategy"), asked(shop))
    with tenant_scope(tenant_id=shop.tenant.pk):
        key = Strategy.objects.get(name="plain").pk
    address = reverse("console:strategy", args=[key])
    staff.post(address, asked(shop, priority="5", version="1"))
    page = staff.post(address, asked(shop, priority="7", version="1"), headers=ENGLISH)
    assert page.status_code == 200
    assert saved(shop).priority == 5


def test_an_overlap_is_told_when_saving(shop: Shop, staff: Client) -> None:
    page = staff.post(reverse("console:new_strategy"), asked(shop), follow=True, headers=ENGLISH)
    assert "east lowest cost" in " ".join(str(message) for message in page.context["messages"])


def test_a_setting_is_switched_off_and_on(shop: Shop, staff: Client) -> None:
    staff.post(reverse("console:new_strategy"), asked(shop))
    with tenant_scope(tenant_id=shop.tenant.pk):
        key = Strategy.objects.get(name="plain").pk
    staff.post(reverse("console:switch_strategy", args=[key]))
    assert not saved(shop).active
    staff.post(reverse("console:switch_strategy", args=[key]), {"on": "1"})
    assert saved(shop).active


def test_an_earlier_version_is_restored(shop: Shop, staff: Client) -> None:
    staff.post(reverse("console:new_strategy"), asked(shop, priority="5"))
    with tenant_scope(tenant_id=shop.tenant.pk):
        key = Strategy.objects.get(name="plain").pk
    staff.post(reverse("console:strategy", args=[key]), asked(shop, priority="7"))
    staff.post(reverse("console:restore_strategy", args=[key]), {"version": "1"})
    assert saved(shop).priority == 5


def test_a_preview_tries_the_draft_on_today_s_orders_and_saves_nothing(shop: Shop, staff: Client) -> None:
    answer = staff.post(reverse("console:new_strategy"), asked(shop, preview="1"))
    with tenant_scope(tenant_id=shop.tenant.pk):
        run = SimulationRun.objects.get()
        assert Strategy.objects.count() == 1
    assert answer.headers["Location"] == reverse("console:simulation", args=[run.pk])
    assert staff.get(answer.headers["Location"]).status_code == 200


def test_who_saw_a_preview_goes_on_with_the_form_as_it_was(shop: Shop, staff: Client) -> None:
    shown = staff.post(reverse("console:new_strategy"), asked(shop, name="Tried", priority="7", preview="1")).headers["Location"]
    with tenant_scope(tenant_id=shop.tenant.pk):
        SimulationRun.objects.update(state=SimulationState.DONE)
        run = SimulationRun.objects.get()
    onward = f"{reverse('console:new_strategy')}?preview={run.pk}"
    assert onward in markup_of(staff.get(shown))
    form = markup_of(staff.get(onward))
    assert 'value="Tried"' in form
    assert 'name="priority" value="7"' in form
    with tenant_scope(tenant_id=shop.tenant.pk):
        saved_one = Strategy.objects.get()
    assert staff.get(f"{reverse('console:strategy', args=[saved_one.pk])}?preview={run.pk}").status_code == 404


def test_a_preview_of_another_company_is_as_if_it_were_not_there(shop: Shop, staff: Client, client: Client) -> None:
    staff.post(reverse("console:new_strategy"), asked(shop, preview="1"))
    with tenant_scope(tenant_id=shop.tenant.pk):
        run = SimulationRun.objects.get()
    client.force_login(add_member(tenant=add_shop(code="west").tenant, role=Role.ADMIN))
    assert client.get(f"{reverse('console:new_strategy')}?preview={run.pk}").status_code == 404


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.READ_ONLY])
def test_who_does_not_configure_may_look_and_no_more(shop: Shop, client: Client, role: Role) -> None:
    client.force_login(add_member(tenant=shop.tenant, role=role))
    assert client.get(reverse("console:strategies")).status_code == 200
    assert client.post(reverse("console:new_strategy"), asked(shop)).status_code == 403
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert Strategy.objects.count() == 1


def test_the_other_company_s_setting_is_as_if_it_were_not_there(shop: Shop, client: Client) -> None:
    west = add_shop(code="west")
    with tenant_scope(tenant_id=shop.tenant.pk):
        key = Strategy.objects.get().pk
    client.force_login(add_member(tenant=west.tenant, role=Role.ADMIN))
    assert client.get(reverse("console:strategy", args=[key])).status_code == 404
    client.post(reverse("console:switch_strategy", args=[key]))
    assert saved(shop, "east lowest cost").active
    assert "east lowest cost" not in markup_of(client.get(reverse("console:strategies")))
