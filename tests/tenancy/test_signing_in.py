"""Signing in with a second factor, at both doors: the password alone opens nothing, and nothing leads around the code."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.browser.pages import routes
from tests.markup import markup_of
from tests.tenancy.access_table import OUTSIDE
from tests.tenancy.codes import add_second_factor, app_code, key_of
from tests.world import NOON, add_member, add_platform_user, add_seller, add_tenant
from wms.tenancy.access import AccessDenied, Seat
from wms.tenancy.keys import create_api_key, seat_of_api_key
from wms.tenancy.models import AuditEntry, Membership, Role, SecondFactor, Tenant
from wms.tenancy.people import (
    OwnSeat,
    PersonOfOthers,
    Welcome,
    invite_person,
    require_second_factor,
    reset_password,
    reset_second_factor,
)
from wms.tenancy.scope import tenant_scope
from wms.tenancy.second_factor import FREE_TRIES, confirmed_factor_id
from wms.tenancy.signing_in import PASSWORD_GIVEN, PATIENCE

pytestmark = pytest.mark.django_db

PASSWORD = "nine-quiet-cranes"
ENGLISH = {"Accept-Language": "en"}
ORDERS = "/console/orders/order/"
DOORS = {
    "console": ("/console/login/", "/console/login/code/", "/console/security/", ORDERS, Role.OPERATOR),
    "portal": ("/portal/sign-in/", "/portal/sign-in/code/", "/portal/security/", "/portal/stock/", Role.SELLER),
}
SIGNING = {"console:login", "console:code", "console:logout", "portal:sign_in", "portal:code", "portal:sign_out"}
both_doors = pytest.mark.parametrize("door", DOORS)


@pytest.fixture
def tenant() -> Tenant:
    return add_tenant(code="east")


def add_person(tenant: Tenant, role: Role, *, username: str = "ann") -> User:
    """Return a person who signs in by the password of this file."""
    person = add_member(tenant=tenant, role=role, seller=add_seller(tenant=tenant) if role == Role.SELLER else None, username=username)
    person.set_password(PASSWORD)
    person.save()
    return person


def give_password(client: Client, door: str, *, username: str = "ann", leads_to: str = "") -> HttpResponseBase:
    address = DOORS[door][0]
    posted = {"username": username, "password": PASSWORD, **({"next": leads_to} if leads_to else {})}
    return client.post(address, posted, headers=ENGLISH)


def give_code(client: Client, door: str, code: str) -> HttpResponseBase:
    return client.post(DOORS[door][1], {"code": code}, headers=ENGLISH)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def answer_of(client: Client, method: str, address: str) -> tuple[int, str]:
    answer = getattr(client, method)(address)
    return answer.status_code, answer.headers.get("Location", "")


def every_address() -> dict[str, str]:
    return {
        route.name: reverse(route.name, kwargs={argument: "orders" if argument == "app_label" else "1" for argument in route.arguments})
        for route in routes()
    }


def entries(tenant: Tenant) -> list[tuple[str, str, str]]:
    with tenant_scope(tenant_id=tenant.pk):
        found = AuditEntry.objects.filter(subject__in=("session", "second_factor")).order_by("pk")
        return [(entry.actor, entry.verb, entry.subject) for entry in found]


@both_doors
def test_the_password_leads_to_the_code_and_the_code_to_the_page_that_was_asked_for(tenant: Tenant, client: Client, door: str) -> None:
    _sign_in, code_page, _security, inside, role = DOORS[door]
    _key, recovery = add_second_factor(add_person(tenant, role))

    assert give_password(client, door, leads_to=inside).headers["Location"] == code_page
    assert not signed_in(client)
    assert "authenticator app" in markup_of(client.get(code_page, headers=ENGLISH))
    assert give_code(client, door, recovery[0]).headers["Location"] == inside
    assert client.get(inside).status_code == 200
    assert entries(tenant) == [("ann", "signed_in", "session")]


@both_doors
def test_a_code_of_the_app_opens_too_and_the_same_one_not_again(tenant: Tenant, client: Client, door: str) -> None:
    now = timezone.now()
    key, _recovery = add_second_factor(add_person(tenant, DOORS[door][4]), at=now - timedelta(hours=1))
    code = app_code(key, now)
    give_password(client, door)
    give_code(client, door, code)
    assert signed_in(client)

    other = Client()
    give_password(other, door)
    assert "was used already" in markup_of(give_code(other, door, code))
    assert not signed_in(other)


@both_doors
def test_who_has_no_second_factor_is_in_by_the_password(tenant: Tenant, client: Client, door: str) -> None:
    add_person(tenant, DOORS[door][4])
    give_password(client, door)

    assert signed_in(client)
    assert entries(tenant) == [("ann", "signed_in", "session")]


@both_doors
@pytest.mark.parametrize("method", ["get", "post"])
def test_half_signed_in_every_address_answers_as_it_answers_a_stranger(tenant: Tenant, client: Client, door: str, method: str) -> None:
    add_second_factor(add_person(tenant, DOORS[door][4]))
    give_password(client, door)
    stranger = Client()
    for name, address in every_address().items():
        if name not in SIGNING:
            assert answer_of(client, method, address) == answer_of(stranger, method, address), name
            assert not signed_in(client), name

    assert PASSWORD_GIVEN in client.session


def test_a_stranger_finds_no_page_for_a_code(client: Client) -> None:
    assert client.get("/console/login/code/").headers["Location"] == "/console/login/"
    assert client.post("/portal/sign-in/code/", {"code": "123456"}).headers["Location"] == "/portal/sign-in/"


@both_doors
def test_wrong_codes_are_noted_and_slowed_down_across_sessions(tenant: Tenant, door: str) -> None:
    _key, recovery = add_second_factor(add_person(tenant, DOORS[door][4]))
    for _number in range(FREE_TRIES):
        client = Client()
        give_password(client, door)
        assert "This code is wrong" in markup_of(give_code(client, door, "not-a-code"))

    assert "Too many wrong codes. Try again in 1 minutes." in markup_of(give_code(client, door, recovery[0]))
    assert not signed_in(client)
    assert entries(tenant) == [("ann", "code_refused", "session")] * FREE_TRIES


@both_doors
def test_the_password_is_remembered_for_some_minutes_and_only_while_it_is_the_password(tenant: Tenant, client: Client, door: str) -> None:
    person = add_person(tenant, DOORS[door][4])
    _key, recovery = add_second_factor(person)
    voids: list[Any] = [
        lambda: _change_session(client, until=(timezone.now() - timedelta(seconds=1)).timestamp()),
        lambda: _change(person, password="other"),
        lambda: _change(person, is_active=False),
    ]
    for number, void in enumerate(voids):
        _change(person, is_active=True)
        person.set_password(PASSWORD)
        person.save()
        give_password(client, door)
        assert client.get(DOORS[door][1]).status_code == 200
        void()
        assert give_code(client, door, recovery[number]).headers["Location"] == DOORS[door][0]
        assert not signed_in(client)
    assert timedelta(minutes=1) < PATIENCE < timedelta(hours=1)


def _change_session(client: Client, **changes: Any) -> None:
    session = client.session
    session[PASSWORD_GIVEN] = {**session[PASSWORD_GIVEN], **changes}
    session.save()


def _change(person: User, **changes: Any) -> None:
    User.objects.filter(pk=person.pk).update(**changes)


def test_a_link_to_choose_a_password_leads_around_nothing(tenant: Tenant, client: Client) -> None:
    boss = add_person(tenant, Role.ADMIN, username="boss")
    person = add_person(tenant, Role.OPERATOR)
    add_second_factor(person)
    with tenant_scope(tenant_id=tenant.pk):
        member = Membership.objects.get(user=person)
    seat = Seat(tenant_id=tenant.pk, role=Role.ADMIN)
    welcome = reset_password(seat=seat, by_user_id=boss.pk, member_id=member.pk)
    address = client.get(f"/console/welcome/{welcome.uid}/{welcome.token}/").headers["Location"]
    client.post(address, {"new_password1": PASSWORD, "new_password2": PASSWORD})

    assert not signed_in(client)
    assert give_password(client, "console").headers["Location"] == "/console/login/code/"
    assert client.get(ORDERS).status_code == 302


@both_doors
def test_it_is_set_up_by_the_own_page_and_the_recovery_codes_are_shown_once(tenant: Tenant, client: Client, door: str) -> None:
    _sign_in, _code, security, inside, role = DOORS[door]
    person = add_person(tenant, role)
    give_password(client, door)
    assert "<svg" not in markup_of(client.get(security)).split('id="factor"')[1]
    client.post(security, {"act": "begin"})
    page = markup_of(client.get(security, headers=ENGLISH))
    assert key_of(person) in page
    assert "<path" in page.split('class="', 1)[1]
    refused = markup_of(client.post(security, {"act": "confirm", "code": "no"}, headers=ENGLISH))
    assert "This code is wrong" in refused

    shown = markup_of(client.post(security, {"act": "confirm", "code": app_code(key_of(person), timezone.now())}, headers=ENGLISH))
    assert shown.count("<li><code") == 10
    assert client.get(inside).status_code == 200
    again = markup_of(client.get(security, headers=ENGLISH))
    assert "<li><code" not in again
    assert "10 recovery codes are left" in again
    assert entries(tenant)[-1] == ("ann", "added", "second_factor")


@both_doors
def test_renewing_and_switching_off_take_a_code_and_are_noted(tenant: Tenant, client: Client, door: str) -> None:
    _sign_in, _code, security, inside, role = DOORS[door]
    _key, recovery = add_second_factor(add_person(tenant, role))
    give_password(client, door)
    give_code(client, door, recovery[0])

    assert "This code is wrong" in markup_of(client.post(security, {"act": "off", "code": recovery[0]}, headers=ENGLISH))
    shown = markup_of(client.post(security, {"act": "renew", "code": recovery[1]}, headers=ENGLISH))
    fresh = shown.split('<code class="')[1].split(">")[1].split("<")[0]
    client.post(security, {"act": "off", "code": fresh})
    assert not SecondFactor.objects.exists()
    assert client.get(inside).status_code == 200
    assert [verb for _actor, verb, subject in entries(tenant) if subject == "second_factor"] == ["changed", "removed"]


def test_the_secrets_are_in_no_entry_of_the_audit_log(tenant: Tenant, client: Client) -> None:
    person = add_person(tenant, Role.ADMIN)
    give_password(client, "console")
    client.post("/console/security/", {"act": "begin"})
    key = key_of(person)
    client.post("/console/security/", {"act": "confirm", "code": app_code(key, timezone.now())})
    with tenant_scope(tenant_id=tenant.pk):
        log = " ".join(f"{entry.changes} {entry.subject_name}" for entry in AuditEntry.objects.all())

    assert key not in log
    assert SecondFactor.objects.get().sealed not in log


def test_sessions_that_were_opened_without_it_end_when_it_is_switched_on_and_those_that_stand_on_it_when_it_goes(tenant: Tenant) -> None:
    person = add_person(tenant, Role.OPERATOR)
    before = Client()
    give_password(before, "console")
    _key, recovery = add_second_factor(person)
    assert before.get(ORDERS).headers["Location"].startswith("/console/login/")
    assert not signed_in(before)

    after = Client()
    give_password(after, "console")
    give_code(after, "console", recovery[0])
    assert after.get(ORDERS).status_code == 200
    SecondFactor.objects.all().delete()
    assert after.get(ORDERS).headers["Location"].startswith("/console/login/")


def test_the_session_changes_its_key_when_the_code_came(tenant: Tenant, client: Client) -> None:
    _key, recovery = add_second_factor(add_person(tenant, Role.OPERATOR))
    give_password(client, "console")
    before = client.session.session_key
    give_code(client, "console", recovery[0])

    assert client.session.session_key != before


@both_doors
def test_where_the_company_requires_it_nothing_opens_before_it_is_set_up(tenant: Tenant, client: Client, door: str) -> None:
    _sign_in, _code, security, inside, role = DOORS[door]
    person = add_person(tenant, role)
    give_password(client, door)
    assert client.get(inside).status_code == 200
    require_second_factor(seat=Seat(tenant_id=tenant.pk, role=Role.ADMIN), required=True)
    doors = {"console": "/console/security/", "portal": "/portal/security/"}
    for name, address in every_address().items():
        if name not in OUTSIDE:
            answers = {answer_of(client, method, address) for method in ("get", "post")}
            assert answers - {(405, "")} == {(302, doors[name.split(":")[0]])}, name

    assert "lets nobody in without a second factor" in markup_of(client.get(security, headers=ENGLISH))
    client.post(security, {"act": "begin"})
    client.post(security, {"act": "confirm", "code": app_code(key_of(person), timezone.now())})
    assert client.get(inside).status_code == 200


def test_the_requirement_is_the_company_s_own_and_spares_keys_and_platform_staff(tenant: Tenant, client: Client) -> None:
    west = add_tenant(code="west")
    add_person(tenant, Role.OPERATOR)
    add_member(tenant=west, role=Role.OPERATOR, username="ann")
    seat = Seat(tenant_id=tenant.pk, role=Role.ADMIN)
    key = create_api_key(seat=seat, role=Role.OPERATOR, name="ERP", created_by="boss", at=NOON)
    require_second_factor(seat=seat, required=True)
    give_password(client, "console")

    client.post("/console/company/", {"company": tenant.pk})
    assert client.get(ORDERS).headers["Location"] == "/console/security/"
    client.post("/console/company/", {"company": west.pk})
    assert client.get(ORDERS).status_code == 200
    assert seat_of_api_key(secret=key.secret, at=NOON) == Seat(tenant_id=tenant.pk, role=Role.OPERATOR)
    platform = Client()
    platform.force_login(add_platform_user())
    platform.post("/console/company/", {"company": tenant.pk})
    assert platform.get(ORDERS).status_code == 200


def test_an_administrator_requires_it_on_the_people_page_and_the_log_says_so(tenant: Tenant, client: Client) -> None:
    _key, recovery = add_second_factor(add_person(tenant, Role.ADMIN))
    give_password(client, "console")
    give_code(client, "console", recovery[0])

    assert client.get("/console/people/second-factor/").status_code == 405
    client.post("/console/people/second-factor/", {"required": "1"})
    assert "Let the password be enough" in markup_of(client.get("/console/people/", headers=ENGLISH))
    client.post("/console/people/second-factor/", {"required": "0"})
    with tenant_scope(tenant_id=tenant.pk):
        log = AuditEntry.objects.filter(subject="tenancy_tenant", verb="changed").order_by("pk")
        told = [(entry.actor, entry.changes) for entry in log]
    assert told == [("ann", {"requires_second_factor": [False, True]}), ("ann", {"requires_second_factor": [True, False]})]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY, Role.SELLER, "platform"])
def test_nobody_but_an_administrator_requires_it_or_takes_one_away(tenant: Tenant, role: str) -> None:
    seat = Seat(tenant_id=tenant.pk, role=role)

    with pytest.raises(AccessDenied):
        require_second_factor(seat=seat, required=False)
    with pytest.raises(AccessDenied):
        reset_second_factor(seat=seat, by_user_id=0, member_id=1)


def test_a_lost_one_is_taken_away_by_an_administrator_with_the_sessions_that_stand_on_it(tenant: Tenant, client: Client) -> None:
    boss, person = add_member(tenant=tenant, role=Role.ADMIN, username="boss"), add_person(tenant, Role.OPERATOR)
    _key, recovery = add_second_factor(person)
    give_password(client, "console")
    give_code(client, "console", recovery[0])
    assert client.get(ORDERS).status_code == 200
    with tenant_scope(tenant_id=tenant.pk):
        address = f"/console/people/{Membership.objects.get(user=person).pk}/"
    at_desk = Client(headers=ENGLISH)
    at_desk.force_login(boss)

    assert "Take the second factor away" in markup_of(at_desk.get(address))
    at_desk.post(address, {"factor": "1"})
    assert confirmed_factor_id(user_id=person.pk) is None
    assert client.get(ORDERS).status_code == 302
    assert "Take the second factor away" not in markup_of(at_desk.get(address))
    assert entries(tenant)[-1] == ("boss", "removed", "second_factor")


def test_the_own_one_and_one_that_guards_another_company_are_not_an_administrator_s_to_take(tenant: Tenant) -> None:
    boss = add_person(tenant, Role.ADMIN, username="boss")
    both = add_person(tenant, Role.OPERATOR)
    add_member(tenant=add_tenant(code="west"), role=Role.OPERATOR, username="ann")
    seat = Seat(tenant_id=tenant.pk, role=Role.ADMIN)
    with tenant_scope(tenant_id=tenant.pk):
        own, other = (Membership.objects.get(user=person).pk for person in (boss, both))
    for person in (boss, both):
        add_second_factor(person)

    for member_id, refusal in ((own, OwnSeat), (other, PersonOfOthers)):
        with pytest.raises(refusal):
            reset_second_factor(seat=seat, by_user_id=boss.pk, member_id=member_id)
    assert SecondFactor.objects.count() == 2


def test_a_command_helps_whom_no_administrator_can_help(tenant: Tenant) -> None:
    person = add_person(tenant, Role.ADMIN)
    add_second_factor(person)
    call_command("reset_second_factor", "ann")

    assert confirmed_factor_id(user_id=person.pk) is None
    assert entries(tenant) == [("", "removed", "second_factor")]
    for name in ("ann", "nobody"):
        with pytest.raises(CommandError, match=name):
            call_command("reset_second_factor", name)


def test_an_invited_person_of_a_company_that_requires_it_is_led_to_set_it_up(tenant: Tenant, client: Client) -> None:
    seat = Seat(tenant_id=tenant.pk, role=Role.ADMIN)
    require_second_factor(seat=seat, required=True)
    welcome = invite_person(seat=seat, username="new", role=Role.OPERATOR)
    assert isinstance(welcome, Welcome)
    address = client.get(f"/console/welcome/{welcome.uid}/{welcome.token}/").headers["Location"]
    client.post(address, {"new_password1": PASSWORD, "new_password2": PASSWORD})
    give_password(client, "console", username="new")

    assert client.get(ORDERS).headers["Location"] == "/console/security/"
