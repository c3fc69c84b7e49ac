"""Who gets into the portal."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.markup import markup_of
from tests.world import add_member, add_platform_user, add_seller, add_tenant
from wms.portal.urls import urlpatterns
from wms.tenancy.models import Role
from wms.tenancy.services import create_member, create_user

pytestmark = pytest.mark.django_db

ENGLISH = {"Accept-Language": "en"}
PASSWORD = "nine-quiet-cranes"
OUTSIDE = {"sign_in", "code", "sign_out", "security", "company"}
INSIDE = sorted(str(url.name) for url in urlpatterns if not url.pattern.converters and url.name not in OUTSIDE)


def test_a_seller_signs_in_and_is_led_to_the_page_that_was_asked_for(client: Client) -> None:
    tenant = add_tenant()
    user = create_user(username="ann", password=PASSWORD)
    create_member(tenant_id=tenant.pk, user_id=user.pk, role="seller", seller_id=add_seller(tenant=tenant).pk)

    asked = client.get("/portal/stock/")
    assert asked.headers["Location"] == "/portal/sign-in/?next=/portal/stock/"
    assert client.post(asked.headers["Location"], {"username": "ann", "password": PASSWORD, "next": "/portal/stock/"}).status_code == 302
    assert client.get("/portal/stock/").status_code == 200


def test_signing_in_leads_to_no_other_site(client: Client) -> None:
    create_user(username="ann", password=PASSWORD)

    answer = client.post("/portal/sign-in/", {"username": "ann", "password": PASSWORD, "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/portal/"


def test_a_wrong_password_is_named_by_the_form(client: Client) -> None:
    create_user(username="ann", password=PASSWORD)

    page = client.post("/portal/sign-in/", {"username": "ann", "password": "wrong"}, headers=ENGLISH)
    assert "Please enter a correct username and password" in markup_of(page)


@pytest.mark.parametrize("name", INSIDE)
@pytest.mark.parametrize("role", [Role.ADMIN, Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY])
def test_the_company_s_people_are_told_that_the_portal_is_closed(client: Client, role: Role, name: str) -> None:
    client.force_login(add_member(tenant=add_tenant(), role=role))

    page = client.get(reverse(f"portal:{name}"), headers=ENGLISH)
    assert page.status_code == 403
    assert "This is the sellers' portal" in markup_of(page)


def test_platform_staff_do_not_come_in(client: Client) -> None:
    client.force_login(add_platform_user())

    assert client.get("/portal/").headers["Location"] == "/portal/company/"


def test_a_seller_of_two_companies_chooses(client: Client) -> None:
    east, west = add_tenant(code="east", name="East Co"), add_tenant(code="west", name="West Co")
    ann = add_member(tenant=east, role=Role.SELLER, seller=add_seller(tenant=east), username="ann")
    add_member(tenant=west, role=Role.SELLER, seller=add_seller(tenant=west, name="Ann's Lamps"), username="ann")
    client.force_login(ann)

    assert client.get("/portal/").headers["Location"] == "/portal/company/"
    client.post("/portal/company/", {"company": west.pk})
    assert "West Co" in markup_of(client.get("/portal/"))


def test_a_company_in_which_one_is_no_seller_cannot_be_chosen(client: Client) -> None:
    east, west = add_tenant(code="east"), add_tenant(code="west")
    ann = add_member(tenant=east, role=Role.SELLER, seller=add_seller(tenant=east), username="ann")
    add_member(tenant=west, role=Role.ADMIN, username="ann")
    client.force_login(ann)

    client.post("/portal/company/", {"company": west.pk})
    assert "tenant_id" not in client.session


def test_signing_out_is_a_post(client: Client) -> None:
    tenant = add_tenant()
    client.force_login(add_member(tenant=tenant, role=Role.SELLER, seller=add_seller(tenant=tenant)))

    assert client.get("/portal/sign-out/").status_code == 405
    client.post("/portal/sign-out/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("address", ["/portal/sign-in/", "/portal/"])
def test_the_portal_s_pages_run_our_own_files_only(client: Client, address: str) -> None:
    tenant = add_tenant()
    if address == "/portal/":
        client.force_login(add_member(tenant=tenant, role=Role.SELLER, seller=add_seller(tenant=tenant)))
    policy = client.get(address).headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
