"""Who may do what: one table of role × use case that the console, the portal and the API all ask.

What a row of the table opens is bounded by the database's row security: a role never reaches another tenant's rows, and a
seller never another seller's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from wms.errors import DomainError
from wms.tenancy.models import Role

PLATFORM: Final = "platform"
"""Platform staff: Django's superusers. They look after every tenant, and change none of its business."""


class UseCase(TextChoices):
    USE_CONSOLE = "use_console", _("use the console")
    USE_PORTAL = "use_portal", _("use the sellers' portal")
    SEE_ORDERS = "see_orders", _("see orders, shipments and allocation records")
    SEE_GOODS = "see_goods", _("see SKUs and stock")
    SEE_SETTINGS = "see_settings", _("see warehouses, channels and allocation settings")
    SEE_PRICES = "see_prices", _("see rate cards and other contract prices")
    BRING_ORDERS = "bring_orders", _("bring in orders and SKUs")
    ASSIGN = "assign", _("assign orders by hand, undo, cancel")
    OVERRIDE_LIMITS = "override_limits", _("override the limits of smart allocation")
    COUNT_STOCK = "count_stock", _("correct and bring in stock")
    RECONCILE = "reconcile", _("bring in carriers' invoices, accept and dispute them")
    CONFIGURE = "configure", _("change warehouses, carriers, prices and allocation settings")
    MANAGE_PEOPLE = "manage_people", _("manage sellers, people and keys")
    SEE_AUDIT = "see_audit", _("see the audit log")
    MANAGE_TENANTS = "manage_tenants", _("open and close companies")


_ADMIN, _OPERATOR, _OPERATIONS, _SELLER, _READ_ONLY = Role.ADMIN, Role.OPERATOR, Role.OPERATIONS, Role.SELLER, Role.READ_ONLY

MAY: Final[dict[UseCase, frozenset[str]]] = {
    UseCase.USE_CONSOLE: frozenset({PLATFORM, _ADMIN, _OPERATOR, _OPERATIONS, _READ_ONLY}),
    UseCase.USE_PORTAL: frozenset({_SELLER}),
    UseCase.SEE_ORDERS: frozenset({PLATFORM, _ADMIN, _OPERATOR, _OPERATIONS, _READ_ONLY, _SELLER}),
    UseCase.SEE_GOODS: frozenset({PLATFORM, _ADMIN, _OPERATOR, _OPERATIONS, _READ_ONLY, _SELLER}),
    UseCase.SEE_SETTINGS: frozenset({PLATFORM, _ADMIN, _OPERATOR, _OPERATIONS, _READ_ONLY}),
    UseCase.SEE_PRICES: frozenset({PLATFORM, _ADMIN, _OPERATOR, _READ_ONLY}),
    UseCase.BRING_ORDERS: frozenset({_ADMIN, _OPERATOR, _OPERATIONS, _SELLER}),
    UseCase.ASSIGN: frozenset({_ADMIN, _OPERATOR, _OPERATIONS}),
    UseCase.OVERRIDE_LIMITS: frozenset({_ADMIN, _OPERATOR}),
    UseCase.COUNT_STOCK: frozenset({_ADMIN, _OPERATOR, _OPERATIONS}),
    UseCase.RECONCILE: frozenset({_ADMIN, _OPERATOR}),
    UseCase.CONFIGURE: frozenset({_ADMIN, _OPERATOR}),
    UseCase.MANAGE_PEOPLE: frozenset({_ADMIN}),
    UseCase.SEE_AUDIT: frozenset({PLATFORM, _ADMIN}),
    UseCase.MANAGE_TENANTS: frozenset({PLATFORM}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """From where a person acts in one request: for which tenant, as what, and for a seller which one.

    `needs_second_factor`: the tenant lets nobody sit here without one.
    """

    tenant_id: int
    role: str
    seller_id: int | None = None
    needs_second_factor: bool = False


class AccessDenied(DomainError):
    code = "access_denied"
    sentence = _("Your role does not let you %(use_case)s.")


def may(*, role: str, use_case: UseCase) -> bool:
    """Return whether a role covers a use case."""
    return role in MAY[use_case]


def require(*, seat: Seat | None, use_case: UseCase) -> None:
    """Raise AccessDenied unless someone sits here whose role covers the use case."""
    if seat is None or not may(role=seat.role, use_case=use_case):
        raise AccessDenied(use_case=use_case.label)
