"""The people who look at the sample world, and the one password that they share.

The password is made at the first run and kept in the data directory, so that no installation has an account that everybody
knows the password of.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User

from wms.demo.companies import Company
from wms.tenancy.models import Role
from wms.tenancy.services import create_member

PLATFORM_USER = "demo.platform"
STAFF_ROLES = (Role.ADMIN, Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY)
PASSWORD_FILE = "demo_password"  # noqa: S105 - the file's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone with a seat in a company, for a seller when one is named."""

    username: str
    role: Role
    seller: str = ""


@dataclass(frozen=True, slots=True)
class Password:
    """The demo's password, and whether it was made just now."""

    text: str
    is_new: bool

    def hashed(self) -> str:
        """Return what to store. One hash serves all: to make one takes half a second."""
        return make_password(self.text)


def people_of(company: Company) -> tuple[Person, ...]:
    """Return a company's people."""
    staff = [Person(username=f"demo.{company.code}.{role.value}", role=role) for role in STAFF_ROLES]
    sellers = [Person(username=f"demo.{seller.code}", role=Role.SELLER, seller=seller.code) for seller in company.sellers]
    return (*staff, *sellers)


def demo_password(data_dir: Path) -> Password:
    """Return the password kept in the data directory, made at the first call."""
    kept = data_dir / PASSWORD_FILE
    with suppress(FileNotFoundError):
        return Password(kept.read_text().strip(), is_new=False)
    data_dir.mkdir(parents=True, exist_ok=True)
    kept.touch(mode=0o600)
    kept.write_text(f"fencang-{secrets.token_hex(4)}\n")
    return Password(kept.read_text().strip(), is_new=True)


def add_platform_user(*, password_hash: str) -> None:
    """Add the platform's own staff, who see every company."""
    User.objects.create(username=PLATFORM_USER, password=password_hash, is_superuser=True, is_staff=True)


def add_people(*, company: Company, tenant_id: int, seller_ids: Mapping[str, int], password_hash: str) -> None:
    """Seat a company's people."""
    for person in people_of(company):
        user = User.objects.create(username=person.username, password=password_hash)
        seller_id = seller_ids[person.seller] if person.seller else None
        create_member(tenant_id=tenant_id, user_id=user.pk, role=person.role.value, seller_id=seller_id)


def renew_passwords(*, companies: tuple[Company, ...], password_hash: str) -> None:
    """Give the demo's people a new password: theirs was lost with the data directory."""
    usernames = [person.username for company in companies for person in people_of(company)]
    User.objects.filter(username__in=[PLATFORM_USER, *usernames]).update(password=password_hash)
