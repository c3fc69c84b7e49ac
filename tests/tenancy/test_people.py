"""Who is let into a company, who may change it, and that nobody is left with more than they should have."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.db import connection, connections
from django.test import Client

from tests.markup import markup_of
from tests.world import add_member, add_platform_user, add_seller, add_tenant
from wms.errors import DomainError
from wms.tenancy.access import AccessDenied, Seat
from wms.tenancy.models import AuditEntry, Membership, Role, Tenant
from wms.tenancy.people import (
    LastAdministrator,
    MemberUnknown,
    OwnSeat,
    PersonOfOthers,
    UserNameOdd,
    Welcome,
    change_role,
    invite_person,
    let_in_again,
    reset_password,
    send_away,
)
from wms.tenancy.scope import tenant_scope
from wms.tenancy.selectors import seats_of
from wms.tenancy.services import AlreadyMember, RoleUnknown, SellerNotFitting

pytestmark = pytest.mark.django_db

ORDERS = "/console/orders/order/"


@pytest.fixture
def tenant() -> Tenant:
    return add_tenant(code="east")


@pytest.fixture
def boss(tenant: Tenant) -> User:
    return add_member(tenant=tenant, role=Role.ADMIN, username="boss")


def as_boss(tenant: Tenant, boss: User) -> dict[str, Any]:
    return {"seat": Seat(tenant_id=tenant.pk, role=Role.ADMIN), "by_user_id": boss.pk}


def welcomed(**invitation: Any) -> Welcome:
    """Return the link of a person who has no account yet."""
    welcome = invite_person(**invitation)
    assert isinstance(welcome, Welcome)
    return welcome


def member_of(tenant: Tenant, person: User) -> Membership:
    with tenant_scope(tenant_id=tenant.pk):
        found: Membership = Membership.objects.get(user=person)
        return found


def test_an_invited_person_has_a_seat_and_no_password_until_the_link_is_used(tenant: Tenant, boss: User, client: Client) -> None:
    welcome = welcomed(seat=as_boss(tenant, boss)["seat"], username=" ann ", role=Role.OPERATOR)

    ann = User.objects.get(username="ann")
    assert not ann.has_usable_password()
    assert [seat.role for seat in seats_of(user_id=ann.pk)] == ["operator"]
    address = client.get(f"/console/welcome/{welcome.uid}/{welcome.token}/").headers["Location"]
    answer = client.post(address, {"new_password1": "nine-quiet-cranes", "new_password2": "nine-quiet-cranes"})
    assert answer.headers["Location"] == "/console/login/"
    client.post("/console/login/", {"username": "ann", "password": "nine-quiet-cranes"})
    assert client.get(ORDERS).status_code == 200
    assert "used already" in markup_of(client.get(f"/console/welcome/{welcome.uid}/{welcome.token}/", headers={"Accept-Language": "en"}))


def test_a_weak_password_is_refused_behind_the_link(tenant: Tenant, boss: User, client: Client) -> None:
    welcome = welcomed(seat=as_boss(tenant, boss)["seat"], username="ann", role=Role.OPERATOR)
    address = client.get(f"/console/welcome/{welcome.uid}/{welcome.token}/").headers["Location"]

    client.post(address, {"new_password1": "12345", "new_password2": "12345"})
    assert not User.objects.get(username="ann").has_usable_password()


def test_a_seller_s_person_chooses_a_password_in_the_portal(tenant: Tenant, boss: User, client: Client) -> None:
    seller = add_seller(tenant=tenant)
    welcome = welcomed(seat=as_boss(tenant, boss)["seat"], username="mia", role=Role.SELLER, seller_id=seller.pk)

    assert welcome.for_seller
    address = client.get(f"/portal/welcome/{welcome.uid}/{welcome.token}/").headers["Location"]
    answer = client.post(address, {"new_password1": "nine-quiet-cranes", "new_password2": "nine-quiet-cranes"})
    assert answer.headers["Location"] == "/portal/sign-in/"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"username": "a b"}, UserNameOdd),
        ({"username": ""}, UserNameOdd),
        ({"username": "x" * 151}, UserNameOdd),
        ({"username": "boss"}, AlreadyMember),
        ({"role": "emperor"}, RoleUnknown),
        ({"role": Role.SELLER}, SellerNotFitting),
    ],
)
def test_a_wrong_invitation_leaves_nobody_behind(tenant: Tenant, boss: User, wrong: dict[str, str], error: type[DomainError]) -> None:
    with pytest.raises(error):
        invite_person(**{"seat": as_boss(tenant, boss)["seat"], "username": "ann", "role": "operator", **wrong})
    assert list(User.objects.values_list("username", flat=True)) == ["boss"]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY, Role.SELLER, "platform"])
def test_nobody_but_an_administrator_touches_people(tenant: Tenant, boss: User, role: str) -> None:
    ann = add_member(tenant=tenant, role=Role.OPERATOR, username="ann")
    own: dict[str, Any] = {"seat": Seat(tenant_id=tenant.pk, role=role), "by_user_id": ann.pk, "member_id": member_of(tenant, ann).pk}

    for change in (
        lambda: change_role(**own, role=Role.ADMIN),
        lambda: send_away(**own),
        lambda: reset_password(**own),
        lambda: let_in_again(**own),
    ):
        with pytest.raises(AccessDenied):
            change()
    with pytest.raises(AccessDenied):
        invite_person(seat=own["seat"], username="mole", role=Role.ADMIN)
    assert member_of(tenant, ann).role == Role.OPERATOR


def test_nobody_touches_the_own_seat(tenant: Tenant, boss: User) -> None:
    add_member(tenant=tenant, role=Role.ADMIN, username="other")
    own = {**as_boss(tenant, boss), "member_id": member_of(tenant, boss).pk}

    for change in (lambda: change_role(**own, role=Role.OPERATOR), lambda: send_away(**own), lambda: reset_password(**own)):
        with pytest.raises(OwnSeat):
            change()


def test_the_last_administrator_stays(tenant: Tenant, boss: User) -> None:
    by_nobody: dict[str, Any] = {
        "seat": Seat(tenant_id=tenant.pk, role=Role.ADMIN),
        "by_user_id": 0,
        "member_id": member_of(tenant, boss).pk,
    }
    former = add_member(tenant=tenant, role=Role.ADMIN, username="former")
    send_away(**{**by_nobody, "member_id": member_of(tenant, former).pk})

    for change in (lambda: change_role(**by_nobody, role=Role.OPERATOR), lambda: send_away(**by_nobody)):
        with pytest.raises(LastAdministrator, match="boss"):
            change()
    assert member_of(tenant, boss).active


def test_of_two_administrators_who_demote_each_other_one_is_refused(committed_db: None) -> None:
    tenant = add_tenant(code="east")
    one, two = (add_member(tenant=tenant, role=Role.ADMIN, username=name) for name in ("one", "two"))
    members = {person.pk: member_of(tenant, person).pk for person in (one, two)}
    refused: list[type[DomainError]] = []

    def demote_one() -> None:
        try:
            change_role(**as_boss(tenant, two), member_id=members[one.pk], role=Role.OPERATOR)
        except DomainError as fault:
            refused.append(type(fault))
        finally:
            connections.close_all()

    with tenant_scope(tenant_id=tenant.pk):
        change_role(**as_boss(tenant, one), member_id=members[two.pk], role=Role.OPERATOR)
        other = Thread(target=demote_one)
        other.start()
        wait_until_somebody_waits_for_a_lock()
    other.join()

    assert refused == [LastAdministrator]


def wait_until_somebody_waits_for_a_lock() -> None:
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return


def test_who_is_sent_away_is_out_with_the_next_request_and_in_again_when_let_in(tenant: Tenant, boss: User, client: Client) -> None:
    ann = add_member(tenant=tenant, role=Role.OPERATOR, username="ann")
    whom = {**as_boss(tenant, boss), "member_id": member_of(tenant, ann).pk}
    client.force_login(ann)
    assert client.get(ORDERS).status_code == 200

    send_away(**whom)
    assert client.get(ORDERS).headers["Location"].startswith("/console/login/")
    let_in_again(**whom)
    client.force_login(User.objects.get(username="ann"))
    assert client.get(ORDERS).status_code == 200


def test_who_is_sent_away_from_one_company_keeps_the_other(tenant: Tenant, boss: User, client: Client) -> None:
    west = add_tenant(code="west", name="West Co")
    ann = add_member(tenant=tenant, role=Role.OPERATOR, username="ann")
    add_member(tenant=west, role=Role.OPERATOR, username="ann")
    client.force_login(ann)
    client.post("/console/company/", {"company": tenant.pk})
    send_away(**as_boss(tenant, boss), member_id=member_of(tenant, ann).pk)

    assert "West Co" in markup_of(client.get(ORDERS))
    client.post("/console/company/", {"company": tenant.pk})
    assert client.session["tenant_id"] == tenant.pk
    assert "West Co" in markup_of(client.get(ORDERS))


def test_another_role_holds_with_the_next_request(tenant: Tenant, boss: User, client: Client) -> None:
    ann = add_member(tenant=tenant, role=Role.OPERATOR, username="ann")
    client.force_login(ann)
    assert client.get("/console/strategies/").status_code == 200
    seller = add_seller(tenant=tenant)
    change_role(**as_boss(tenant, boss), member_id=member_of(tenant, ann).pk, role=Role.SELLER, seller_id=seller.pk)

    assert client.get(ORDERS).status_code == 403
    assert client.get("/portal/").status_code == 200


def test_a_reset_ends_password_and_sessions_and_gives_a_link(tenant: Tenant, boss: User, client: Client) -> None:
    ann = add_member(tenant=tenant, role=Role.OPERATOR, username="ann")
    ann.set_password("nine-quiet-cranes")
    ann.save()
    client.force_login(ann)
    welcome = reset_password(**as_boss(tenant, boss), member_id=member_of(tenant, ann).pk)

    assert client.get(ORDERS).headers["Location"].startswith("/console/login/")
    ann.refresh_from_db()
    assert not ann.has_usable_password()
    assert default_token_generator.check_token(ann, welcome.token)
    with tenant_scope(tenant_id=tenant.pk):
        entry = AuditEntry.objects.order_by("-pk")[0]
    assert (entry.subject_name, entry.changes) == ("ann", {"password": ["…", "…"]})


def test_nobody_gets_hold_of_an_account_that_opens_another_company(tenant: Tenant, boss: User) -> None:
    west, west_boss = add_tenant(code="west"), add_member(tenant=add_tenant(code="north"), role=Role.ADMIN, username="x")
    ann = add_member(tenant=tenant, role=Role.OPERATOR, username="ann")
    add_member(tenant=west, role=Role.OPERATOR, username="ann")
    send_away(
        seat=Seat(tenant_id=west.pk, role=Role.ADMIN), by_user_id=west_boss.pk, member_id=member_of(west, ann).pk
    )  # a seat that was ended may be given back
    platform = add_platform_user()
    add_member(tenant=tenant, role=Role.OPERATOR, username=platform.username)

    for person in (ann, platform):
        with pytest.raises(PersonOfOthers):
            reset_password(**as_boss(tenant, boss), member_id=member_of(tenant, person).pk)


def test_another_company_s_people_are_as_if_they_were_not_there(tenant: Tenant, boss: User) -> None:
    west = add_tenant(code="west")
    stranger = add_member(tenant=west, role=Role.OPERATOR, username="stranger")
    whom = {**as_boss(tenant, boss), "member_id": member_of(west, stranger).pk}

    for change in (lambda: change_role(**whom, role=Role.OPERATIONS), lambda: send_away(**whom), lambda: reset_password(**whom)):
        with pytest.raises(MemberUnknown):
            change()
    assert member_of(west, stranger).role == Role.OPERATOR
