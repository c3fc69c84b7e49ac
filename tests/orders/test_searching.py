"""Orders are found by what a person has at hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from orders.models import Order
from orders.searching import FoundBy, find_orders
from tests.world import add_order, add_seller, add_sku, add_store, add_tenant
from wms.tenancy.scope import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def orders() -> Iterator[dict[str, Order]]:
    tenant, other = add_tenant(code="eastlake"), add_tenant(code="westlake")
    lumen, maple = add_seller(tenant=tenant, code="lumen", name="LumenRock"), add_seller(tenant=tenant, code="maple", name="枫叶")
    lamp, cup = add_sku(seller=lumen, code="LAMP-1"), add_sku(seller=maple, code="CUP-1")
    store, second = add_store(seller=lumen), add_store(seller=maple)
    placed = {
        "A-1001": add_order(store=store, number="A-1001", lines=[(lamp, 1)], postcode="10001"),
        "A-1002": add_order(store=store, number="A-1002", lines=[(lamp, 1)], postcode="90210"),
        "B-2001": add_order(store=second, number="B-2001", lines=[(cup, 1)], postcode="10025"),
    }
    theirs = add_store(seller=add_seller(tenant=other, code="lumen", name="LumenRock"))
    add_order(store=theirs, number="A-1003", postcode="10001")
    with tenant_scope(tenant_id=tenant.pk):
        yield placed


def found(text: str, by: FoundBy | None = None) -> list[str]:
    numbers = dict(Order.objects.values_list("pk", "external_number"))
    return [numbers[order_id] for order_id in find_orders(text=text, by=by)]


@pytest.mark.parametrize(
    ("text", "by", "numbers"),
    [
        ("A-100", FoundBy.NUMBER, ["A-1001", "A-1002"]),
        (" A-1002 ", FoundBy.NUMBER, ["A-1002"]),
        ("001", FoundBy.LAST_DIGITS, ["A-1001", "B-2001"]),
        ("01", FoundBy.LAST_DIGITS, []),
        ("100", FoundBy.POSTCODE, ["B-2001", "A-1001"]),
        ("90210", FoundBy.POSTCODE, ["A-1002"]),
        ("lumenr", FoundBy.SELLER, ["A-1002", "A-1001"]),
        ("枫", FoundBy.SELLER, ["B-2001"]),
        ("LAMP", FoundBy.SKU, ["A-1002", "A-1001"]),
        ("CUP-1", FoundBy.SKU, ["B-2001"]),
        ("LAMP%", FoundBy.SKU, []),
        ("", None, []),
        ("2001", None, ["B-2001"]),
        ("1000", None, ["A-1001"]),
        ("maple", None, ["B-2001"]),
    ],
)
def test_finds_by_each_way(orders: dict[str, Order], text: str, by: FoundBy | None, numbers: list[str]) -> None:
    assert found(text, by) == numbers


def test_finds_no_more_than_asked_for(orders: dict[str, Order]) -> None:
    assert len(find_orders(text="A-", most=1)) == 1


@pytest.mark.parametrize(
    ("text", "by", "index"),
    [
        ("A-100", FoundBy.NUMBER, "order_by_number"),
        ("001", FoundBy.LAST_DIGITS, "order_by_last_digits"),
        ("100", FoundBy.POSTCODE, "order_by_postcode"),
        ("lumen", FoundBy.SELLER, "order_by_seller_and_day"),
        ("LAMP", FoundBy.SKU, "line_by_sku"),
    ],
)
def test_each_way_uses_its_index_under_row_security(orders: dict[str, Order], text: str, by: FoundBy, index: str) -> None:
    """With sequential scans forbidden the planner shows whether row security lets it use the index's order and range at all."""
    plans: list[str] = []

    def explain(execute, sql, params, many, context):
        if "orders_order" in sql and "LIMIT" in sql and not sql.startswith("EXPLAIN"):
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
                cursor.execute(f"EXPLAIN {sql}", params)
                plans.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        find_orders(text=text, by=by)
    condition = next(line for line in plans[0].split(index, maxsplit=1)[1].splitlines() if "Index Cond" in line)
    column = {"order_by_number": "external_number", "order_by_last_digits": "number_reversed", "order_by_postcode": "postcode"}
    assert column.get(index, "seller_id" if index == "order_by_seller_and_day" else "sku_id") in condition
