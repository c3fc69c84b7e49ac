"""Open a company, its sellers, and the seats of its people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import available_timezones

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError
from wms.tenancy.models import Membership, Role, Seller, Tenant
from wms.tenancy.scope import tenant_scope


class CodeNotSimple(DomainError):
    code = "code_not_simple"
    sentence = _("A code has letters, digits, hyphens and underscores only: “%(value)s”.")


class CodeTaken(DomainError):
    code = "code_taken"
    sentence = _("The code “%(value)s” is taken.")


class CurrencyUnknown(DomainError):
    code = "currency_unknown"
    sentence = _("A currency is three capital letters, such as USD: “%(value)s”.")


class TimeZoneUnknown(DomainError):
    code = "time_zone_unknown"
    sentence = _("There is no time zone “%(value)s”.")


class TenantUnknown(DomainError):
    code = "tenant_unknown"
    sentence = _("There is no company with the code “%(value)s”.")


class SellerUnknown(DomainError):
    code = "seller_unknown"
    sentence = _("There is no seller with the code “%(value)s”.")


class UserNameTaken(DomainError):
    code = "user_name_taken"
    sentence = _("The user name “%(value)s” is taken.")


class PasswordTooWeak(DomainError):
    code = "password_too_weak"
    sentence = _("The password is too weak: %(reasons)s")


class RoleUnknown(DomainError):
    code = "role_unknown"
    sentence = _("There is no role “%(value)s”.")


class SellerNotFitting(DomainError):
    code = "seller_not_fitting"
    sentence = _("The role “seller” names a seller; the other roles name none.")


class AlreadyMember(DomainError):
    code = "already_member"
    sentence = _("This person already has a role in this company.")


_REFUSED_BY: dict[str | None, type[DomainError]] = {
    "tenancy_tenant_code_key": CodeTaken,
    "seller_code_once_per_tenant": CodeTaken,
    "membership_once_per_tenant": AlreadyMember,
    "auth_user_username_key": UserNameTaken,
    "tenancy_membership_seller_id_within_tenant": SellerUnknown,
}


def create_tenant(*, code: str, name: str, currency: str = "USD", timezone: str = "UTC") -> Tenant:
    """Open a company. Its number comes first, so that its own scope is open when its row is written."""
    _refuse_odd_code(code)
    if not re.fullmatch("[A-Z]{3}", currency):
        raise CurrencyUnknown(value=currency)
    if timezone not in available_timezones():
        raise TimeZoneUnknown(value=timezone)
    with transaction.atomic():
        tenant_id = _next_tenant_id()
        with tenant_scope(tenant_id=tenant_id), conflicts_named(code):
            return Tenant.objects.create(id=tenant_id, code=code, name=name, currency=currency, timezone=timezone)


def create_seller(*, tenant_id: int, code: str, name: str) -> Seller:
    """Add an owner of goods to a company."""
    _refuse_odd_code(code)
    with tenant_scope(tenant_id=tenant_id), conflicts_named(code):
        seller: Seller = Seller.objects.create(tenant_id=tenant_id, code=code, name=name)
        return seller


def rename_seller(*, tenant_id: int, seller_id: int, name: str) -> None:
    """Give a seller another name; the code stays, by which files and other systems know it."""
    with tenant_scope(tenant_id=tenant_id):
        Seller.objects.filter(pk=seller_id).update(name=name)


def create_user(*, username: str, password: str, email: str = "") -> User:
    """Add a person who can sign in, and who has no seat yet."""
    try:
        validate_password(password, User(username=username, email=email))
    except ValidationError as weak:
        raise PasswordTooWeak(reasons=" ".join(weak.messages)) from weak
    if User.objects.filter(username=username).exists():
        raise UserNameTaken(value=username)
    return User.objects.create_user(username=username, password=password, email=email)


def create_member(*, tenant_id: int, user_id: int, role: str, seller_id: int | None = None, offered: bool = False) -> Membership:
    """Give a person a seat in a company, or offer it: then it opens nothing until the person accepts."""
    if role not in Role.values:
        raise RoleUnknown(value=role)
    if (role == Role.SELLER) != (seller_id is not None):
        raise SellerNotFitting()
    with tenant_scope(tenant_id=tenant_id), conflicts_named(seller_id):
        seat: Membership = Membership.objects.create(
            tenant_id=tenant_id, user_id=user_id, role=role, seller_id=seller_id, active=not offered, offered=offered
        )
        return seat


def tenant_id_of(*, code: str) -> int:
    """Return the number of the company with this code."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_with_code(%s)", [code])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        raise TenantUnknown(value=code)
    return int(row[0])


def seller_id_of(*, tenant_id: int, code: str) -> int:
    """Return the number of the company's seller with this code."""
    with tenant_scope(tenant_id=tenant_id):
        seller_id = Seller.objects.filter(code=code).values_list("pk", flat=True).first()
    if seller_id is None:
        raise SellerUnknown(value=code)
    return int(seller_id)


def _refuse_odd_code(code: str) -> None:
    try:
        validate_slug(code)
    except ValidationError as odd:
        raise CodeNotSimple(value=code) from odd


def _next_tenant_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('tenancy_tenant_id_seq')")
        return int(cursor.fetchone()[0])


@contextmanager
def conflicts_named(value: object) -> Iterator[None]:
    """Turn the database's refusal of a row into the sentence that a person understands."""
    try:
        yield
    except IntegrityError as refused:
        diagnosis = getattr(refused.__cause__, "diag", None)
        error = _REFUSED_BY.get(getattr(diagnosis, "constraint_name", None))
        if error is None:
            raise
        raise error(value=value) from refused
