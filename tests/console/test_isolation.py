"""Every registered page × two companies × every role, by guessing addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import transaction
from django.db.models import Model
from django.test import Client, RequestFactory
from pytest_django import DjangoDbBlocker

import wms.console.admin  # noqa: F401 - what registers every page
from billing.models import InvoiceFormat
from carriers.models import AreaList, Carrier, Channel, FuelRate, FxRate, Holiday, RateCard, SellerTier, ZoneChart
from inventory.models import Sku, Stock, Warehouse
from orders.models import Order, Store
from tests.console.shop import Shop, add_decided_order, add_shop
from tests.markup import markup_of
from tests.world import add_member
from wms.console.base import TenantAdmin
from wms.console.site import console
from wms.tenancy.access import Seat
from wms.tenancy.models import Role, Seller, TenantModel
from wms.tenancy.scope import tenant_scope

SHOWN_TO: dict[type[Model], set[Role]] = {
    Order: {Role.ADMIN, Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY},
    Sku: {Role.ADMIN, Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY},
    Stock: {Role.ADMIN, Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY},
    Warehouse: {Role.ADMIN, Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY},
    Carrier: {Role.ADMIN, Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY},
    Channel: {Role.ADMIN, Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY},
    RateCard: {Role.ADMIN, Role.OPERATOR, Role.READ_ONLY},
    ZoneChart: {Role.ADMIN, Role.OPERATOR, Role.READ_ONLY},
    AreaList: {Role.ADMIN, Role.OPERATOR, Role.READ_ONLY},
    FuelRate: {Role.ADMIN, Role.OPERATOR, Role.READ_ONLY},
    FxRate: {Role.ADMIN, Role.OPERATOR, Role.READ_ONLY},
    SellerTier: {Role.ADMIN, Role.OPERATOR, Role.READ_ONLY},
    Holiday: {Role.ADMIN, Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY},
    InvoiceFormat: {Role.ADMIN, Role.OPERATOR, Role.READ_ONLY},
    Seller: {Role.ADMIN, Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY},
    Store: {Role.ADMIN, Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY},
}
"""Who sees the pages of which model; a page that is not listed fails."""

CHANGED_BY: dict[type[Model], set[Role]] = {
    Sku: {Role.ADMIN, Role.OPERATOR, Role.OPERATIONS},
    Stock: {Role.ADMIN, Role.OPERATOR, Role.OPERATIONS},
    Warehouse: {Role.ADMIN, Role.OPERATOR},
    Carrier: {Role.ADMIN, Role.OPERATOR},
    Channel: {Role.ADMIN, Role.OPERATOR},
    FuelRate: {Role.ADMIN, Role.OPERATOR},
    FxRate: {Role.ADMIN, Role.OPERATOR},
    SellerTier: {Role.ADMIN, Role.OPERATOR},
    Holiday: {Role.ADMIN, Role.OPERATOR},
    InvoiceFormat: {Role.ADMIN, Role.OPERATOR},
    Seller: {Role.ADMIN},
    Store: {Role.ADMIN},
}
"""Who changes rows of which model, or adds some; of all others nobody anything."""

INSIDE = (Role.ADMIN, Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY)
every_page = pytest.mark.parametrize("model", list(console._registry), ids=lambda model: model._meta.label_lower)
every_role = pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)


@dataclass(frozen=True, slots=True)
class Two:
    """Two companies with the same kinds of rows; everything of the other one has "birch" in its name."""

    own: Shop
    other: Shop
    members: dict[Role, User]


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Two]:
    """Fill both companies once; nothing of it is committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        own, other = add_shop(code="aster"), add_shop(code="birch")
        add_decided_order(own, number="aster-1001")
        add_decided_order(other, number="birch-1001")
        sellers = {Role.SELLER: own.seller}
        yield Two(own, other, {role: add_member(tenant=own.tenant, role=role, seller=sellers.get(role)) for role in Role})
        transaction.set_rollback(True)


@pytest.fixture
def two(filled: Two) -> Iterator[Two]:
    with transaction.atomic():
        yield filled
        transaction.set_rollback(True)


def list_of(model: type[Model]) -> str:
    return f"/console/{model._meta.app_label}/{model._meta.model_name}/"


def keys_of(shop: Shop, model: type[Model]) -> list[Any]:
    with tenant_scope(tenant_id=shop.tenant.pk):
        return list(model._default_manager.values_list("pk", flat=True))


@every_page
def test_each_page_is_listed_here_and_stands_on_the_shared_base(model: type[Model]) -> None:
    assert model in SHOWN_TO
    assert issubclass(model, TenantModel)
    assert isinstance(console._registry[model], TenantAdmin)


@every_page
@every_role
def test_a_list_opens_to_the_roles_that_see_it_and_shows_the_own_company_only(
    two: Two, client: Client, model: type[Model], role: Role
) -> None:
    client.force_login(two.members[role])
    page = client.get(list_of(model))

    assert page.status_code == (200 if role in SHOWN_TO[model] else 403)
    assert "birch" not in markup_of(page).lower()
    if role in SHOWN_TO[model]:
        assert f"{list_of(model)}{keys_of(two.own, model)[0]}/change/" in markup_of(page)


@every_page
@every_role
def test_a_guessed_row_of_the_other_company_is_as_if_it_were_not_there(two: Two, client: Client, model: type[Model], role: Role) -> None:
    client.force_login(two.members[role])
    for key in keys_of(two.other, model):
        for action in ("change", "delete", "history"):
            page = client.get(f"{list_of(model)}{key}/{action}/", follow=True)
            assert "birch" not in markup_of(page).lower()
            assert page.status_code in (200, 403, 404)
            assert page.status_code != 200 or page.redirect_chain


@every_page
@every_role
def test_an_own_row_opens_to_the_roles_that_see_it(two: Two, client: Client, model: type[Model], role: Role) -> None:
    client.force_login(two.members[role])
    page = client.get(f"{list_of(model)}{keys_of(two.own, model)[0]}/change/", follow=True)

    assert page.status_code == (200 if role in SHOWN_TO[model] else 403)


@every_page
@every_role
def test_nobody_changes_more_than_the_role_may(two: Two, client: Client, model: type[Model], role: Role) -> None:
    if role in CHANGED_BY.get(model, set()):
        return
    client.force_login(two.members[role])
    key = keys_of(two.own, model)[0]
    for address in ("add/", f"{key}/change/", f"{key}/delete/"):
        assert client.post(f"{list_of(model)}{address}", {"name": "x", "post": "yes"}).status_code in (403, 405)
    client.post(list_of(model), {"action": "delete_selected", "_selected_action": key, "post": "yes"})
    assert key in keys_of(two.own, model)


@every_page
@pytest.mark.parametrize(
    "lookup", ["id__gt", "pk__gte", "tenant__id__exact", "tenant__code__startswith", "tenant_id", "seller__name__contains"]
)
def test_an_address_cannot_ask_about_fields_that_are_not_shown(two: Two, client: Client, model: type[Model], lookup: str) -> None:
    client.force_login(two.members[Role.ADMIN])

    assert client.get(list_of(model), {lookup: "1"}).status_code == 400


def test_prices_cannot_be_guessed_through_filters(two: Two, client: Client) -> None:
    client.force_login(two.members[Role.OPERATIONS])

    for model, lookup in ((Warehouse, "handling_per_order_minor__gt"), (Channel, "ratecard__currency")):
        assert client.get(list_of(model), {lookup: "1"}).status_code == 400


@pytest.mark.parametrize("role", INSIDE, ids=lambda role: role.value)
def test_the_filters_of_a_list_offer_the_own_company_s_rows(two: Two, client: Client, role: Role) -> None:
    client.force_login(two.members[role])

    page = markup_of(client.get(list_of(Stock), headers={"Accept-Language": "en"}))
    assert f"warehouse__id__exact={two.own.near.pk}" in page
    assert f"warehouse__id__exact={two.other.near.pk}" not in page
    assert client.get(list_of(Stock), {"warehouse__id__exact": two.other.near.pk}).content.count(b"/change/") == 0


def test_the_search_of_the_console_names_pages_only_and_remembers_nothing(two: Two, client: Client) -> None:
    cache.clear()
    client.force_login(two.members[Role.OPERATIONS])

    found = client.get("/console/search/", {"s": "rate"}, headers={"Accept-Language": "en"})
    assert "ratecard" not in markup_of(found)
    client.force_login(two.members[Role.ADMIN])
    found = client.get("/console/search/", {"s": "rate"}, headers={"Accept-Language": "en"})
    assert "/console/carriers/ratecard/" in markup_of(found)
    assert client.get("/console/search/", {"s": "aster-1001"}).content.count(b"aster-1001") <= 1


def test_the_search_remembers_nothing_of_a_person_s_other_company(two: Two, client: Client) -> None:
    cache.clear()
    person = add_member(tenant=two.own.tenant, role=Role.OPERATIONS, username="both")
    add_member(tenant=two.other.tenant, role=Role.ADMIN, username="both")
    client.force_login(person)
    found: dict[int, list[bool]] = {}
    for company in (two.other, two.own, two.other):
        client.post("/console/company/", {"company": company.tenant.pk})
        page = client.get("/console/search/", {"s": "rate"}, headers={"Accept-Language": "en"})
        found.setdefault(company.tenant.pk, []).append("/console/carriers/ratecard/" in markup_of(page))

    assert found == {two.other.tenant.pk: [True, True], two.own.tenant.pk: [False]}


@every_page
def test_a_list_reads_no_lists_into_itself(model: type[Model]) -> None:
    assert not getattr(console._registry[model], "list_sections", ())


@every_page
def test_no_address_of_an_action_takes_a_link(two: Two, model: type[Model]) -> None:
    page, request = console._registry[model], RequestFactory().get("/")
    request.seat = Seat(tenant_id=two.own.tenant.pk, role=Role.ADMIN)  # type: ignore[attr-defined]
    for kind in ("row", "detail", "list", "submit_line"):
        for action in getattr(page, f"_get_base_actions_{kind}")():
            assert action.method(request).status_code == 405


def test_doors_of_the_admin_that_answer_for_any_model_are_shut(two: Two, client: Client) -> None:
    client.force_login(two.members[Role.ADMIN])

    assert client.get("/console/r/1/1/").status_code == 404
    assert client.get("/console/auth/user/").status_code == 404
    assert client.get("/console/autocomplete/", {"app_label": "orders", "model_name": "order", "field_name": "seller"}).status_code == 404
