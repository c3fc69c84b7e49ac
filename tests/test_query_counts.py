"""How many queries each page asks is written down, and held: more is a slower page, fewer is a figure that says too much."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext

from tests.browser.pages import Route, address_of, routes, visitor_of
from tests.console.shop import Shop, add_decided_order, add_shop
from tests.services import ROOT

DOCUMENT = ROOT / "tests" / "query_counts.json"
BOOKKEEPING = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")
"""What the transaction around a test adds."""

HINT = (
    "A page asks another number of queries than tests/query_counts.json says (page: [said, asked]). Where that is meant, renew it "
    "with FENCANG_WRITE_DOCS=1 .venv/bin/pytest tests/test_query_counts.py and look at what changed."
)


@pytest.mark.django_db
@pytest.mark.slow
def test_each_page_asks_as_many_queries_as_are_written_down() -> None:
    shop = add_shop(code="east")
    add_decided_order(shop)
    add_decided_order(shop, number="1002", units=9)
    asked = dict(_counted(shop))
    if os.environ.get("FENCANG_WRITE_DOCS"):
        DOCUMENT.write_text(json.dumps(asked, indent=2) + "\n", encoding="utf-8")

    said = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    differing = {page: [said.get(page), asked.get(page)] for page in said | asked if said.get(page) != asked.get(page)}
    assert differing == {}, HINT


def _counted(shop: Shop) -> Iterator[tuple[str, int]]:
    """Yield each page that answers, with its queries once the process is warm; what is made or changed for asking is undone."""
    for route in routes():
        with transaction.atomic():
            count = _queries_of(route, shop)
            transaction.set_rollback(True)
        if count is not None:
            yield route.name, count


def _queries_of(route: Route, shop: Shop) -> int | None:
    address, client = address_of(route, shop), Client(raise_request_exception=False)
    client.force_login(visitor_of(address, shop))
    # What a process keeps, it keeps once it is committed.
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.get(address)
    if answer.status_code != 200:
        return None
    with CaptureQueriesContext(connection) as captured:
        b"".join(client.get(address))
    return sum(not query["sql"].startswith(BOOKKEEPING) for query in captured.captured_queries)
