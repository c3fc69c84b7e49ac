"""A person who has an account is offered a seat in a further company, and has it once they say so."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client

from tests.markup import markup_of
from tests.world import add_member, add_platform_user, add_seller, add_tenant
from wms.tenancy.access import Seat
from wms.tenancy.models import AuditEntry, Membership, Role, Tenant
from wms.tenancy.offers import OfferGone, answer_offer, offers_to
from wms.tenancy.people import (
    MemberUnknown,
    Offered,
    Welcome,
    invite_person,
    let_in_again,
    reset_password,
    reset_second_factor,
    send_away,
)
from wms.tenancy.scope import acting_as, tenant_scope
from wms.tenancy.selectors import seats_of
from wms.tenancy.services import UserNameTaken

pytestmark = pytest.mark.django_db

ENGLISH = {"Accept-Language": "en"}
CHOOSE = "/console/company/"
ORDERS = "/console/orders/order/"


@pytest.fixture
def east() -> Tenant:
    return add_tenant(code="east", name="East Co")


@pytest.fixture
def west() -> Tenant:
    return add_tenant(code="west", name="West Co")


@pytest.fixture
def ann(west: Tenant) -> User:
    return add_member(tenant=west, role=Role.OPERATOR, username="ann")


def admin_of(tenant: Tenant) -> Seat:
    return Seat(tenant_id=tenant.pk, role=Role.ADMIN)


def offer_seat(tenant: Tenant, **other: object) -> Welcome | Offered:
    return invite_person(**{"seat": admin_of(tenant), "username": "ann", "role": Role.OPERATIONS, **other})  # type: ignore[arg-type]


def member_of(tenant: Tenant) -> Membership:
    with tenant_scope(tenant_id=tenant.pk):
        found: Membership = Membership.objects.get(user__username="ann")
        return found


def test_an_offer_opens_nothing_until_it_is_accepted(east: Tenant, west: Tenant, ann: User, client: Client) -> None:
    assert offer_seat(east) == Offered(username="ann", for_seller=False)
    client.force_login(ann)

    assert [seat.tenant_id for seat in seats_of(user_id=ann.pk)] == [west.pk]
    client.post(CHOOSE, {"company": east.pk})
    assert "West Co" in markup_of(client.get(ORDERS))
    assert "East Co offers you a seat: operations staff." in markup_of(client.get(CHOOSE, headers=ENGLISH))
    client.post(CHOOSE, {"accept": east.pk})
    client.post(CHOOSE, {"company": east.pk})
    assert "East Co" in markup_of(client.get(ORDERS))
    assert [(seat.tenant_id, seat.role) for seat in seats_of(user_id=ann.pk)] == [(east.pk, "operations"), (west.pk, "operator")]
    assert "offers you" not in markup_of(client.get(CHOOSE, headers=ENGLISH))


def test_who_declines_is_asked_no_more_and_may_be_asked_again(east: Tenant, ann: User, client: Client) -> None:
    offer_seat(east)
    client.force_login(ann)
    client.post(CHOOSE, {"decline": east.pk})

    assert offers_to(user_id=ann.pk) == ()
    with tenant_scope(tenant_id=east.pk):
        assert not Membership.objects.exists()
    offer_seat(east)
    assert [offer.company for offer in offers_to(user_id=ann.pk)] == ["East Co"]


def test_a_seller_s_seat_is_accepted_in_the_portal(east: Tenant, west: Tenant, client: Client) -> None:
    mia = add_member(tenant=west, role=Role.SELLER, seller=add_seller(tenant=west), username="ann")
    offered = offer_seat(east, role=Role.SELLER, seller_id=add_seller(tenant=east).pk)
    client.force_login(mia)

    assert isinstance(offered, Offered)
    assert offered.for_seller
    assert "East Co offers you a seat: seller." in markup_of(client.get("/portal/company/", headers=ENGLISH))
    client.post("/portal/company/", {"accept": east.pk})
    assert len(seats_of(user_id=mia.pk)) == 2


def test_nobody_accepts_for_another_or_what_was_never_offered(east: Tenant, west: Tenant, ann: User, client: Client) -> None:
    offer_seat(east)
    stranger = add_member(tenant=west, role=Role.OPERATOR, username="bob")
    client.force_login(stranger)
    for answer in ({"accept": east.pk}, {"decline": east.pk}, {"accept": "9" * 40}, {"accept": "x"}):
        assert client.post(CHOOSE, answer).status_code == 200

    with pytest.raises(OfferGone):
        answer_offer(person=stranger, tenant_id=east.pk, accepts=True)
    assert [seat.tenant_id for seat in seats_of(user_id=stranger.pk)] == [west.pk]
    assert len(offers_to(user_id=ann.pk)) == 1


def test_only_the_person_makes_a_seat_of_an_offer(east: Tenant, ann: User) -> None:
    offer_seat(east)
    by: dict[str, object] = {"seat": admin_of(east), "by_user_id": 0, "member_id": member_of(east).pk}

    for act in (let_in_again, reset_password, reset_second_factor):
        with pytest.raises(MemberUnknown):
            act(**by)  # type: ignore[arg-type]
    with tenant_scope(tenant_id=east.pk), pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.update(active=True)
    assert member_of(east).offered


def test_an_offer_is_withdrawn_and_leaves_the_person_s_account_alone(east: Tenant, west: Tenant, ann: User) -> None:
    offer_seat(east)
    send_away(seat=admin_of(east), by_user_id=0, member_id=member_of(east).pk)

    assert offers_to(user_id=ann.pk) == ()
    assert User.objects.get(pk=ann.pk).is_active
    with pytest.raises(OfferGone):
        answer_offer(person=ann, tenant_id=east.pk, accepts=True)


def test_an_offer_keeps_no_other_company_from_helping_its_own_people(east: Tenant, west: Tenant, ann: User) -> None:
    offer_seat(east)

    with acting_as("boss of west"):
        welcome = reset_password(seat=admin_of(west), by_user_id=0, member_id=member_of(west).pk)
    assert welcome.username == "ann"


def test_a_new_password_opens_no_seat_that_was_offered_before(east: Tenant, west: Tenant, ann: User) -> None:
    offer_seat(east)
    with acting_as("boss of west"):
        reset_password(seat=admin_of(west), by_user_id=0, member_id=member_of(west).pk)

    assert offers_to(user_id=ann.pk) == ()
    assert [seat.tenant_id for seat in seats_of(user_id=ann.pk)] == [west.pk]
    with tenant_scope(tenant_id=east.pk):
        assert list(AuditEntry.objects.order_by("pk").values_list("actor", "verb").reverse()[:1]) == [("", "removed")]
    with tenant_scope(tenant_id=west.pk):
        assert AuditEntry.objects.filter(actor="boss of west", verb="changed").exists()


def test_accounts_that_were_ended_are_not_offered_anything(east: Tenant, ann: User) -> None:
    User.objects.filter(pk=ann.pk).update(is_active=False)

    with pytest.raises(UserNameTaken):
        offer_seat(east)


def test_platform_staff_may_accept_a_seat_as_anybody(east: Tenant, client: Client) -> None:
    platform = add_platform_user(username="ann")
    offer_seat(east)
    client.force_login(platform)
    client.post(CHOOSE, {"accept": east.pk})

    assert [seat.role for seat in seats_of(user_id=platform.pk)] == ["operations"]


def test_the_log_says_who_offered_and_who_accepted(east: Tenant, ann: User, client: Client) -> None:
    boss = add_member(tenant=east, role=Role.ADMIN, username="boss")
    at_desk = Client(headers=ENGLISH)
    at_desk.force_login(boss)
    page = markup_of(at_desk.post("/console/people/", {"username": "ann", "role": "operations", "seller": ""}))
    client.force_login(ann)
    client.post(CHOOSE, {"accept": east.pk})
    with tenant_scope(tenant_id=east.pk):
        log = list(AuditEntry.objects.filter(subject_name="ann").order_by("pk").values_list("actor", "verb"))

    assert "http://testserver/console/company/" in page
    (row,) = [row for row in page.split("<tr>") if ">ann</a>" in row]
    assert "offered" in row
    assert row.count("<td>–</td>") == 3, "nothing is told of a person who has not accepted"
    assert log == [("boss", "added"), ("ann", "changed")]
