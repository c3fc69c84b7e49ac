"""Who gets into the console."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.browser.pages import routes
from tests.markup import markup_of
from tests.world import add_member, add_platform_user, add_seller, add_tenant
from wms.tenancy.models import Role
from wms.tenancy.scope import tenant_scope
from wms.tenancy.services import create_member, create_user

pytestmark = pytest.mark.django_db

ORDERS = "/console/orders/order/"
CHOOSE = "/console/company/"
ENGLISH = {"Accept-Language": "en"}
PASSWORD = "nine-quiet-cranes"


def test_a_stranger_is_asked_to_sign_in_and_then_led_to_the_page(client: Client) -> None:
    tenant = add_tenant()
    user = create_user(username="ann", password=PASSWORD)
    create_member(tenant_id=tenant.pk, user_id=user.pk, role="operator")

    asked = client.get(ORDERS)
    assert asked.headers["Location"] == f"/console/login/?next={ORDERS}"
    signed_in = client.post(asked.headers["Location"], {"username": "ann", "password": PASSWORD})
    assert signed_in.headers["Location"] == ORDERS
    assert client.get(ORDERS).status_code == 200


def test_who_signs_in_at_the_door_comes_in(client: Client) -> None:
    tenant = add_tenant()
    user = create_user(username="ann", password=PASSWORD)
    create_member(tenant_id=tenant.pk, user_id=user.pk, role="operator")

    assert client.post("/console/login/", {"username": "ann", "password": PASSWORD}).headers["Location"] == "/console/"


def test_a_wrong_password_is_named_by_the_form(client: Client) -> None:
    create_user(username="ann", password=PASSWORD)

    page = client.post("/console/login/", {"username": "ann", "password": "wrong"}, headers=ENGLISH)
    assert page.status_code == 200
    assert "Please enter a correct username and password" in markup_of(page)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY])
def test_the_company_s_people_come_in(client: Client, role: Role) -> None:
    client.force_login(add_member(tenant=add_tenant(), role=role))

    assert client.get("/console/", follow=True).redirect_chain == [(reverse("console:dashboard"), 302)]


def test_a_seller_is_told_that_the_console_is_closed(client: Client) -> None:
    tenant = add_tenant()
    client.force_login(add_member(tenant=tenant, role=Role.SELLER, seller=add_seller(tenant=tenant)))

    page = client.get(ORDERS, headers=ENGLISH)
    assert page.status_code == 403
    assert "Your role does not open the console." in markup_of(page)


def test_a_person_of_two_companies_chooses_and_may_change(client: Client) -> None:
    east, west = add_tenant(code="east", name="East Co"), add_tenant(code="west", name="West Co")
    user = add_member(tenant=east, role=Role.ADMIN, username="ann")
    add_member(tenant=west, role=Role.ADMIN, username="ann")
    client.force_login(user)

    assert client.get(ORDERS).headers["Location"] == CHOOSE
    assert "East Co" in markup_of(client.get(CHOOSE))
    client.post(CHOOSE, {"company": west.pk})
    assert "West Co" in markup_of(client.get(ORDERS))
    client.post(CHOOSE, {"company": east.pk})
    assert "East Co" in markup_of(client.get(ORDERS))


def test_a_company_that_one_does_not_belong_to_cannot_be_chosen(client: Client) -> None:
    east, west = add_tenant(code="east"), add_tenant(code="west", name="West Co")
    client.force_login(add_member(tenant=east, role=Role.ADMIN))

    page = client.post(CHOOSE, {"company": west.pk})
    assert "West Co" not in markup_of(page)
    assert "tenant_id" not in client.session


def test_platform_staff_see_nothing_but_the_choice_of_a_company(client: Client) -> None:
    add_tenant(code="east", name="East Co")
    client.force_login(add_platform_user())

    for name in ("index", "orders_order_changelist", "records", "dashboard", "search", "password_change"):
        assert client.get(reverse(f"console:{name}")).headers["Location"] == CHOOSE
    assert "East Co" in markup_of(client.get(CHOOSE))


def test_platform_staff_look_into_the_company_that_they_chose_and_change_nothing(client: Client) -> None:
    tenant = add_tenant(name="East Co")
    client.force_login(add_platform_user())
    client.post(CHOOSE, {"company": tenant.pk})

    assert "East Co" in markup_of(client.get(ORDERS))
    assert client.get("/console/inventory/warehouse/add/").status_code == 403


def test_someone_without_a_role_is_told_so_and_can_leave(client: Client) -> None:
    client.force_login(create_user(username="ann", password=PASSWORD))

    assert client.get(ORDERS).headers["Location"] == CHOOSE
    assert "You have no role in any company yet." in markup_of(client.get(CHOOSE, headers=ENGLISH))
    assert client.post("/console/logout/").status_code == 200
    assert "_auth_user_id" not in client.session


def test_the_language_is_chosen_before_signing_in(client: Client) -> None:
    assert "登录" in markup_of(client.get("/console/login/", headers=ENGLISH | {"Accept-Language": "zh-CN"}))
    client.post("/i18n/setlang/", {"language": "en", "next": "/console/login/"})
    assert "Welcome back to" in markup_of(client.get("/console/login/"))


def test_signing_out_ends_the_seat(client: Client) -> None:
    tenant = add_tenant()
    client.force_login(add_member(tenant=tenant, role=Role.ADMIN))
    client.get(ORDERS)
    client.post("/console/logout/")

    assert client.get(ORDERS).status_code == 302
    with tenant_scope(tenant_id=tenant.pk):
        assert client.get(ORDERS).status_code == 302


@pytest.mark.parametrize("address", ["/console/login/", ORDERS, CHOOSE])
def test_the_console_s_pages_run_our_own_scripts_only(client: Client, address: str) -> None:
    if address != "/console/login/":
        client.force_login(add_member(tenant=add_tenant(), role=Role.ADMIN))

    policy = client.get(address).headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval';" in f"{policy};"
    assert "default-src 'self'" in policy


def test_nothing_but_the_console_lets_scripts_evaluate_text(client: Client) -> None:
    lax: dict[bool, set[bool]] = {True: set(), False: set()}
    for route in routes():
        address = reverse(route.name, kwargs={argument: "orders" if argument == "app_label" else "1" for argument in route.arguments})
        policy = client.get(address).headers["Content-Security-Policy"]
        lax[address.startswith("/console/")].add("unsafe-eval" in policy)
    for address in ("/healthz", "/", "/nowhere"):
        lax[False].add("unsafe" in client.get(address).headers["Content-Security-Policy"])

    assert lax == {True: {True}, False: {False}}
