"""People, API keys and the audit log in the console: who opens them, what is shown once, what is exported."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from carriers.models import Channel
from tests.console.shop import Shop, add_decided_order, add_shop
from tests.markup import markup_of
from tests.world import NOON, add_member
from wms.exports.models import ExportJob, ExportPart
from wms.exports.runner import run_export
from wms.tenancy.access import Seat
from wms.tenancy.keys import create_api_key, seat_of_api_key
from wms.tenancy.models import ApiKey, Membership, Role
from wms.tenancy.scope import acting_as, tenant_scope

pytestmark = pytest.mark.django_db

PEOPLE, KEYS, AUDIT = "/console/people/", "/console/api-keys/", "/console/audit/"


def member_id(shop: Shop, username: str) -> int:
    with tenant_scope(tenant_id=shop.tenant.pk):
        return int(Membership.objects.get(user__username=username).pk)


@pytest.mark.parametrize("page", [PEOPLE, KEYS, AUDIT])
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY])
def test_only_administrators_look(shop: Shop, client: Client, page: str, role: Role) -> None:
    client.force_login(add_member(tenant=shop.tenant, role=role))

    assert client.get(page).status_code == 403


def test_an_operator_makes_nobody_an_administrator_by_guessing_the_address(shop: Shop, client: Client) -> None:
    client.force_login(add_member(tenant=shop.tenant, role=Role.OPERATOR, username="ann"))

    own = member_id(shop, "ann")
    assert client.post(f"{PEOPLE}{own}/", {"role": "admin", "seller": ""}).status_code == 403
    assert client.post(PEOPLE, {"username": "mole", "role": "admin", "seller": ""}).status_code == 403
    with tenant_scope(tenant_id=shop.tenant.pk):
        assert Membership.objects.get(pk=own).role == Role.OPERATOR


def test_a_person_is_invited_by_a_link_that_is_shown_once(boss: Client, shop: Shop) -> None:
    page = markup_of(boss.post(PEOPLE, {"username": "ann", "role": "operations", "seller": ""}))

    (link,) = re.findall(r"http://testserver(/console/welcome/[^<]+)<", page)
    assert Client().get(link).status_code == 302
    assert "/console/welcome/" not in markup_of(boss.get(PEOPLE))
    assert "ann" in markup_of(boss.get(PEOPLE))


def test_what_is_wrong_with_an_invitation_is_said_by_the_form(boss: Client, shop: Shop) -> None:
    page = markup_of(boss.post(PEOPLE, {"username": "boss", "role": "operations", "seller": ""}))

    assert "already has a role in this company" in page
    assert "/console/welcome/" not in page


def test_the_roles_are_explained_by_the_table_that_decides(boss: Client) -> None:
    page = markup_of(boss.get(PEOPLE))

    assert "see orders, shipments and allocation records" in page
    assert "manage sellers, people and keys" in page


def test_a_role_is_changed_a_seat_ended_and_a_password_reset(boss: Client, shop: Shop) -> None:
    ann = add_member(tenant=shop.tenant, role=Role.READ_ONLY, username="ann")
    address = f"{PEOPLE}{member_id(shop, 'ann')}/"

    boss.post(address, {"role": "operator", "seller": ""})
    assert "/console/welcome/" in markup_of(boss.post(address, {"reset": "1"}))
    boss.post(address, {"away": "1"})
    with tenant_scope(tenant_id=shop.tenant.pk):
        member = Membership.objects.get(user=ann)
    assert (member.role, member.active) == ("operator", False)
    boss.post(address, {"again": "1"})
    assert User.objects.get(pk=ann.pk).is_active


def test_the_own_seat_is_refused_in_words(boss: Client, shop: Shop) -> None:
    page = markup_of(boss.post(f"{PEOPLE}{member_id(shop, 'boss')}/", {"away": "1"}, follow=True))

    assert "Nobody changes the own role" in page


def test_a_member_of_another_company_is_not_there(boss: Client, shop: Shop) -> None:
    west = add_shop(code="west")
    add_member(tenant=west.tenant, role=Role.OPERATOR, username="stranger")

    assert boss.get(f"{PEOPLE}{member_id(west, 'stranger')}/").status_code == 404
    assert boss.post(f"{PEOPLE}{member_id(west, 'stranger')}/", {"away": "1"}).status_code == 404
    assert "stranger" not in markup_of(boss.get(PEOPLE))


def test_a_key_is_shown_once_and_acts_in_its_role_until_it_is_revoked(boss: Client, shop: Shop) -> None:
    page = markup_of(boss.post(KEYS, {"name": "ERP", "role": "operations", "lives_days": "30"}))

    (secret,) = re.findall(r"fc_[\w-]{40,}", page)
    assert secret not in markup_of(boss.get(KEYS))
    now = timezone.now()
    assert seat_of_api_key(secret=secret, at=now) == Seat(tenant_id=shop.tenant.pk, role="operations")
    with tenant_scope(tenant_id=shop.tenant.pk):
        key = ApiKey.objects.get()
    assert key.expires_at is not None
    assert timedelta(days=29) < key.expires_at - now < timedelta(days=31)
    boss.post(f"{KEYS}{key.pk}/revoke/")
    assert seat_of_api_key(secret=secret, at=now) is None
    assert "revoked" in markup_of(boss.get(KEYS))


def test_a_key_for_a_seller_or_without_a_name_is_not_made(boss: Client, shop: Shop) -> None:
    for wrong in ({"name": "ERP", "role": "seller"}, {"name": " ", "role": "admin"}):
        boss.post(KEYS, {**wrong, "lives_days": ""})

    with tenant_scope(tenant_id=shop.tenant.pk):
        assert not ApiKey.objects.exists()


def test_an_expired_key_opens_nothing(boss: Client, shop: Shop) -> None:
    now = timezone.now()
    seat = Seat(tenant_id=shop.tenant.pk, role=Role.ADMIN)
    past = create_api_key(
        seat=seat, role=Role.ADMIN, name="old", created_by="boss", at=now - timedelta(days=9), expires_at=now - timedelta(days=1)
    )

    assert seat_of_api_key(secret=past.secret, at=now) is None
    assert "expired" in markup_of(boss.get(KEYS))


def test_a_seller_s_key_is_revoked_by_the_company_and_another_company_s_is_not(boss: Client, shop: Shop) -> None:
    west = add_shop(code="west")
    keys = [
        create_api_key(
            seat=Seat(tenant_id=each.tenant.pk, role=Role.SELLER, seller_id=each.seller.pk),
            role=Role.SELLER,
            name="x",
            created_by="mia",
            at=NOON,
        )
        for each in (shop, west)
    ]
    for fresh in keys:
        boss.post(f"{KEYS}{fresh.key.pk}/revoke/")

    assert [seat_of_api_key(secret=fresh.secret, at=NOON) is None for fresh in keys] == [True, False]


def test_the_log_tells_changes_in_the_reader_s_words(boss: Client, shop: Shop) -> None:
    add_decided_order(shop)
    with acting_as("wu"), tenant_scope(tenant_id=shop.tenant.pk):
        Channel.objects.filter(pk=shop.channel.pk).update(active=False)
    page = markup_of(boss.get(AUDIT, {"actor": "wu"}))

    assert page.count("<tr>") == 2
    assert "Channel" in page
    assert re.search(r"Active: <span[^>]*>yes →</span> no", page)
    assert f"/console/carriers/channel/{shop.channel.pk}/change/" in page
    assert "启用" in markup_of(boss.get(AUDIT, {"actor": "wu"}, headers={"Accept-Language": "zh-CN"}))


def test_a_key_in_a_change_is_told_as_what_it_points_to(boss: Client, shop: Shop) -> None:
    page = markup_of(boss.get(AUDIT, {"subject": "allocation_strategywarehouse"}))

    assert "east-NEAR" in page


def test_a_filter_that_the_form_does_not_know_is_named_and_asks_for_nothing(boss: Client) -> None:
    page = boss.get(AUDIT, {"verb": "eaten"})

    assert page.status_code == 200
    assert "eaten" in markup_of(page)


def test_the_log_of_another_company_is_not_seen(boss: Client, shop: Shop) -> None:
    add_shop(code="birch")

    assert "birch" not in markup_of(boss.get(AUDIT)).lower()


def test_older_entries_are_reached_by_key(boss: Client, shop: Shop) -> None:
    with acting_as("wu"), tenant_scope(tenant_id=shop.tenant.pk):
        for number in range(60):
            Channel.objects.update(name=f"name {number:02}")
    first = markup_of(boss.get(AUDIT, {"actor": "wu"}))
    (older,) = re.findall(r'href="\?([^"]+)" rel="next"', first)
    second = markup_of(boss.get(f"{AUDIT}?{older.replace('&amp;', '&')}"))

    assert "name 59" in first
    assert "name 00" not in first
    assert "name 00" in second
    assert 'rel="next"' not in second


def test_what_the_filter_finds_is_exported_without_formulas(boss: Client, shop: Shop) -> None:
    with acting_as("=wu"), tenant_scope(tenant_id=shop.tenant.pk):
        Channel.objects.update(name="=1+1")
    boss.post(f"{AUDIT}export/", {"actor": "=wu", "format": "csv"})
    with tenant_scope(tenant_id=shop.tenant.pk):
        job = ExportJob.objects.get()
    run_export(tenant_id=shop.tenant.pk, job_id=job.pk, now=timezone.now)
    with tenant_scope(tenant_id=shop.tenant.pk):
        lines = bytes(ExportPart.objects.get().content).decode("utf-8-sig").splitlines()

    assert len(lines) == 2
    assert "'=wu" in lines[1]


def test_a_file_is_closed_to_whoever_may_no_longer_see_what_it_holds(client: Client, shop: Shop) -> None:
    ann = add_member(tenant=shop.tenant, role=Role.ADMIN, username="ann")
    client.force_login(ann)
    client.post(f"{AUDIT}export/", {"format": "csv"})
    with tenant_scope(tenant_id=shop.tenant.pk):
        job = ExportJob.objects.get()
    run_export(tenant_id=shop.tenant.pk, job_id=job.pk, now=timezone.now)
    address = f"/console/exports/{job.pk}/file/"
    answers = {}
    for role in (Role.ADMIN, Role.OPERATOR, Role.ADMIN):
        with tenant_scope(tenant_id=shop.tenant.pk):
            Membership.objects.filter(user=ann).update(role=role)
        offered = address in markup_of(client.get("/console/exports/"))
        answers[role] = (client.get(address).status_code, offered)

    assert answers == {Role.ADMIN: (200, True), Role.OPERATOR: (403, False)}
