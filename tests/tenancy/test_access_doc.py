"""The documented table of roles is the one that holds, for each address."""

from __future__ import annotations

import os

import pytest

from tests.console.shop import add_decided_order, add_shop
from tests.services import ROOT
from tests.tenancy.access_table import ROLES, document, doors_of
from wms.tenancy.access import UseCase, may

DOCUMENT = ROOT / "docs" / "access.md"


@pytest.mark.django_db
@pytest.mark.slow
def test_the_document_says_whom_every_address_lets_in() -> None:
    shop = add_shop(code="east")
    add_decided_order(shop)
    add_decided_order(shop, number="1002", units=9)
    doors = doors_of(shop)
    told = document(doors)
    if os.environ.get("FENCANG_WRITE_DOCS"):
        DOCUMENT.write_text(told, encoding="utf-8")

    for half, use_case in (("console:", UseCase.USE_CONSOLE), ("portal:", UseCase.USE_PORTAL)):
        covered = {role for role in ROLES if may(role=role, use_case=use_case)}
        assert {route.name: roles - covered for route, roles in doors.items() if route.name.startswith(half) and roles - covered} == {}
    hint = "docs/access.md is out of date: FENCANG_WRITE_DOCS=1 pytest tests/tenancy/test_access_doc.py writes it; read what changed"
    assert DOCUMENT.read_text(encoding="utf-8") == told, hint
