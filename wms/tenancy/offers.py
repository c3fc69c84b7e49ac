"""A seat in a further company: offered to who has an account already, by the exact user name, and had once that person accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import connection
from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError
from wms.tenancy.models import Membership, Role
from wms.tenancy.scope import acting_as, tenant_scope


class OfferGone(DomainError):
    code = "offer_gone"
    sentence = _("This offer was withdrawn or answered already.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A company that offers a person a seat, and as what."""

    tenant_id: int
    company: str
    role: Role


def offers_to(*, user_id: int) -> tuple[Offer, ...]:
    """Return the seats that a person has yet to accept or decline, by the company's name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, name, role FROM offers_to(%s)", [user_id])
        return tuple(Offer(tenant_id=tenant, company=name, role=Role(role)) for tenant, name, role in cursor.fetchall())


def answer_offer(*, person: User, tenant_id: int, accepts: bool) -> None:
    """Take the seat that a company offers, or decline it. Raises OfferGone."""
    with acting_as(person.username), tenant_scope(tenant_id=tenant_id):
        offered = Membership.objects.filter(user=person, offered=True)
        answered = offered.update(offered=False, active=True) if accepts else offered.delete()[0]
        if not answered:
            raise OfferGone


def drop_offers(*, person: User) -> None:
    """Withdraw what other companies offered to a person, whose account somebody else may now get hold of; nobody is named there."""
    for offer in offers_to(user_id=person.pk):
        with acting_as(""), tenant_scope(tenant_id=offer.tenant_id):
            Membership.objects.filter(user=person, offered=True).delete()


def answer_posted(*, person: User, said: Mapping[str, str]) -> bool:
    """Answer the offer that a button of the page for choosing a company names; return whether there was one."""
    for button, accepts in (("accept", True), ("decline", False)):
        if button not in said:
            continue
        chosen = next((offer for offer in offers_to(user_id=person.pk) if str(offer.tenant_id) == said[button]), None)
        if chosen is not None:
            answer_offer(person=person, tenant_id=chosen.tenant_id, accepts=accepts)
            return True
    return False
