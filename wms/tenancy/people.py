"""A company's people: invited by a link that is shown once (or by an offer), given another role, sent away, let in again.

Whoever is sent away loses the seat with the next request. A password is never known to anybody but its person: who forgot it is
sent a link, and until it is used nobody signs in. Who lost the second factor has it taken away, and sets up another.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError
from wms.tenancy.access import Seat, UseCase, require
from wms.tenancy.audit import SECOND_FACTOR, note
from wms.tenancy.models import AuditVerb, Membership, Role, Tenant
from wms.tenancy.offers import drop_offers
from wms.tenancy.scope import tenant_scope
from wms.tenancy.second_factor import take_away
from wms.tenancy.selectors import is_member_elsewhere, seats_of
from wms.tenancy.services import RoleUnknown, SellerNotFitting, conflicts_named, create_member

LONGEST_NAME = 150


class UserNameOdd(DomainError):
    code = "user_name_odd"
    sentence = _("A user name has at most 150 letters, digits and @ . + - _ only: “%(value)s”.")


class MemberUnknown(DomainError):
    code = "member_unknown"
    sentence = _("There is no such person in this company.")


class OwnSeat(DomainError):
    code = "own_seat"
    sentence = _("Nobody changes the own role or ends the own seat: ask another administrator.")


class LastAdministrator(DomainError):
    code = "last_administrator"
    sentence = _("%(person)s is the last administrator of this company: make somebody else one first.")


class PersonOfOthers(DomainError):
    code = "person_of_others"
    sentence = _("%(person)s does not belong to this company alone and changes the own password and second factor.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What a link needs by which a person chooses a password, once, within three days."""

    username: str
    for_seller: bool
    uid: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """That a seat was offered to who has an account already, and accepts or declines it where companies are chosen."""

    username: str
    for_seller: bool


def invite_person(*, seat: Seat, username: str, role: str, seller_id: int | None = None) -> Welcome | Offered:
    """Add a person with a seat, who chooses a password by the link that this returns; who has an account is offered the seat.

    Raises AccessDenied, UserNameOdd, UserNameTaken, AlreadyMember, RoleUnknown, SellerNotFitting, SellerUnknown.
    """
    require(seat=seat, use_case=UseCase.MANAGE_PEOPLE)
    username = username.strip()
    _refuse_odd_name(username)
    with tenant_scope(tenant_id=seat.tenant_id):
        known = User.objects.filter(username=username, is_active=True).first()
        if known is not None:
            create_member(tenant_id=seat.tenant_id, user_id=known.pk, role=role, seller_id=seller_id, offered=True)
            return Offered(username=username, for_seller=seller_id is not None)
        with conflicts_named(username):
            person = User.objects.create_user(username=username)
        member = create_member(tenant_id=seat.tenant_id, user_id=person.pk, role=role, seller_id=seller_id)
        return _welcome(person, member)


def change_role(*, seat: Seat, by_user_id: int, member_id: int, role: str, seller_id: int | None = None) -> None:
    """Give a person another role. Raises AccessDenied, MemberUnknown, OwnSeat, LastAdministrator, RoleUnknown, SellerNotFitting."""
    require(seat=seat, use_case=UseCase.MANAGE_PEOPLE)
    if role not in Role.values:
        raise RoleUnknown(value=role)
    if (role == Role.SELLER) != (seller_id is not None):
        raise SellerNotFitting
    with tenant_scope(tenant_id=seat.tenant_id), conflicts_named(seller_id):
        member = _take(member_id, by_user_id)
        if role != Role.ADMIN:
            _refuse_last_admin(member)
        member.role, member.seller_id = role, seller_id
        member.save(update_fields=["role", "seller"])


def send_away(*, seat: Seat, by_user_id: int, member_id: int) -> None:
    """End a person's seat at once; who has no other seat is signed out. A seat that is only offered is withdrawn.

    Raises AccessDenied, MemberUnknown, OwnSeat, LastAdministrator.
    """
    require(seat=seat, use_case=UseCase.MANAGE_PEOPLE)
    with tenant_scope(tenant_id=seat.tenant_id):
        member = _take(member_id, by_user_id)
        if member.offered:
            member.delete()
            return
        _refuse_last_admin(member)
        member.active = False
        member.save(update_fields=["active"])
        if not seats_of(user_id=member.user_id) and not member.user.is_superuser:
            User.objects.filter(pk=member.user_id).update(is_active=False)


def let_in_again(*, seat: Seat, by_user_id: int, member_id: int) -> None:
    """Give a person the seat back that was ended. Raises AccessDenied, MemberUnknown, OwnSeat."""
    require(seat=seat, use_case=UseCase.MANAGE_PEOPLE)
    with tenant_scope(tenant_id=seat.tenant_id):
        member = _take(member_id, by_user_id)
        if member.offered:
            raise MemberUnknown
        member.active = True
        member.save(update_fields=["active"])
        User.objects.filter(pk=member.user_id).update(is_active=True)


def reset_password(*, seat: Seat, by_user_id: int, member_id: int) -> Welcome:
    """End a person's password and sessions, and what other companies offered; return what the link to choose another password needs.

    Raises AccessDenied, MemberUnknown, OwnSeat, PersonOfOthers.
    """
    require(seat=seat, use_case=UseCase.MANAGE_PEOPLE)
    with tenant_scope(tenant_id=seat.tenant_id):
        member = _take_own(member_id, by_user_id)
        person = member.user
        drop_offers(person=person)
        person.set_unusable_password()
        person.save(update_fields=["password"])
        note(
            use_case=UseCase.MANAGE_PEOPLE,
            verb=AuditVerb.CHANGED,
            subject=Membership._meta.db_table,
            key=member.pk,
            name=person.username,
            changes={"password": ("…", "…")},
        )
        return _welcome(person, member)


def reset_second_factor(*, seat: Seat, by_user_id: int, member_id: int) -> None:
    """Take the second factor away of a person who lost it, and end the sessions that stand on it; who has none keeps none.

    Raises AccessDenied, MemberUnknown, OwnSeat, PersonOfOthers.
    """
    require(seat=seat, use_case=UseCase.MANAGE_PEOPLE)
    with tenant_scope(tenant_id=seat.tenant_id):
        person = _take_own(member_id, by_user_id).user
        if take_away(user_id=person.pk):
            note(use_case=UseCase.MANAGE_PEOPLE, verb=AuditVerb.REMOVED, subject=SECOND_FACTOR, name=person.username)


def require_second_factor(*, seat: Seat, required: bool) -> None:
    """Say whether the company's people need a second factor: who has none sets one up before anything else. Raises AccessDenied."""
    require(seat=seat, use_case=UseCase.MANAGE_PEOPLE)
    with tenant_scope(tenant_id=seat.tenant_id):
        Tenant.objects.filter(pk=seat.tenant_id).update(requires_second_factor=required)


def _take(member_id: int, by_user_id: int) -> Membership:
    """Return a member, with every administrator's seat locked: of two who demote each other one waits, and is then refused."""
    list(Membership.objects.filter(role=Role.ADMIN).order_by("pk").select_for_update(of=("self",)))
    member: Membership | None = (
        Membership.objects.select_related("user").select_for_update(of=("self",), no_key=True).filter(pk=member_id).first()
    )
    if member is None:
        raise MemberUnknown
    if member.user_id == by_user_id:
        raise OwnSeat
    return member


def _take_own(member_id: int, by_user_id: int) -> Membership:
    """Return a member who works for this company alone: nobody gets hold of an account that opens another company."""
    member = _take(member_id, by_user_id)
    if not member.active:
        raise MemberUnknown
    if member.user.is_superuser or is_member_elsewhere(user_id=member.user_id):
        raise PersonOfOthers(person=member.user.username)
    return member


def _refuse_last_admin(member: Membership) -> None:
    others = Membership.objects.filter(role=Role.ADMIN, active=True).exclude(pk=member.pk)
    if member.role == Role.ADMIN and not others.exists():
        raise LastAdministrator(person=member.user.username)


def _refuse_odd_name(username: str) -> None:
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError as odd:
        raise UserNameOdd(value=username) from odd
    if len(username) > LONGEST_NAME:
        raise UserNameOdd(value=username[:LONGEST_NAME])


def _welcome(person: User, member: Membership) -> Welcome:
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    token = default_token_generator.make_token(person)
    return Welcome(username=person.username, for_seller=member.seller_id is not None, uid=uid, token=token)
