"""docs/access.md as the code has it: who may do what, and whom each address lets in, found by asking.

FENCANG_WRITE_DOCS=1 pytest tests/tenancy/test_access_doc.py     # writes the file anew
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import translation

from tests.browser.pages import Route, address_of, routes
from tests.console.shop import Shop
from tests.world import add_member, add_platform_user
from wms.tenancy.access import MAY, PLATFORM, UseCase
from wms.tenancy.models import Role

ROLES: Sequence[str] = (PLATFORM, Role.ADMIN, Role.OPERATOR, Role.OPERATIONS, Role.READ_ONLY, Role.SELLER)
NAMES = {PLATFORM: "platform staff", **{role.value: str(role.value).replace("_", "-") for role in Role}}
OUTSIDE = (
    *("console:login", "console:code", "console:logout", "console:choose_company", "console:welcome", "console:security"),
    *("portal:sign_in", "portal:code", "portal:sign_out", "portal:company", "portal:welcome", "portal:security"),
)
"""Addresses that are open before anybody has a seat."""

HEAD = """# Who may do what

Written by the code (`tests/tenancy/access_table.py`) and held against it by a test. The one table is `MAY` in `wms/tenancy/access.py`;
console, portal and API ask it. Row security in the database bounds what it opens: no role reaches another company's rows, and a
seller never another seller's.

"""


def document(doors: Mapping[Route, Iterable[str]]) -> str:
    """Return the whole file."""
    with translation.override("en"):
        rights = [[str(use_case.label), *(_mark(role in MAY[use_case]) for role in ROLES)] for use_case in UseCase]
    addresses = [[f"`{route.name}`", *(_mark(role in open_to) for role in ROLES)] for route, open_to in doors.items()]
    return "\n".join(
        [
            HEAD + _table("use case", rights),
            "",
            "## Whom each address lets in",
            "",
            "Each address was asked for in each role, by GET, or by POST where it takes nothing else. Signing in and out, choosing",
            "a company, choosing a password by a link, and the own second factor are open to all. What a page then offers, it offers by",
            "the table above.",
            "",
            _table("address", addresses),
            "",
        ]
    )


def doors_of(shop: Shop) -> dict[Route, set[str]]:
    """Return the roles that each named address lets in, in a shop. Nothing that is made or changed for asking stays."""
    clients = {role: _client(_person(role, shop), shop) for role in ROLES}
    doors: dict[Route, set[str]] = {}
    for route in routes():
        if route.name in OUTSIDE:
            continue
        with transaction.atomic():
            address = address_of(route, shop)
            doors[route] = {role for role in ROLES if _lets_in(address, clients[role])}
            transaction.set_rollback(True)
    return doors


def _person(role: str, shop: Shop) -> User:
    if role == PLATFORM:
        return add_platform_user()
    return add_member(tenant=shop.tenant, role=Role(role), seller=shop.seller if role == Role.SELLER else None, username=f"asks.{role}")


def _client(person: User, shop: Shop) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    session = client.session
    session["tenant_id"] = shop.tenant.pk
    session.save()
    return client


def _lets_in(address: str, client: Client) -> bool:
    with transaction.atomic():
        answer = client.get(address)
        if answer.status_code == 405:
            answer = client.post(address)
        transaction.set_rollback(True)
    assert answer.status_code < 500, f"{address}: {answer.status_code}"
    return answer.status_code != 403


def _mark(opened: bool) -> str:
    return "✓" if opened else "–"


def _table(first: str, rows: Iterable[Sequence[str]]) -> str:
    head = [first, *(NAMES[role] for role in ROLES)]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
