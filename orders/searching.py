"""Find orders among millions by what a person has at hand: a number or its last digits, a postcode, a seller, an article.

Beginnings are written as ranges (see wms.tenancy.prefixes), and each way has an index of its own. Call it inside the tenant's
scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from wms.errors import DomainError
from wms.tenancy.models import Seller
from wms.tenancy.prefixes import prefix_range

MOST_FOUND: Final = 50
SHORTEST_ENDING: Final = 3
MOST_SKUS: Final = 20
MOST_SELLERS: Final = 20
_WITHOUT_END: Final = "\U0010ffff"


class FoundBy(StrEnum):
    NUMBER = "number"
    LAST_DIGITS = "last_digits"
    POSTCODE = "postcode"
    SELLER = "seller"
    SKU = "sku"


BY_NUMBER: Final = """
SELECT id FROM orders_order
WHERE tenant_id = app_tenant() AND external_number >= %(low)s AND external_number < %(high)s
ORDER BY external_number, id DESC LIMIT %(limit)s
"""
BY_LAST_DIGITS: Final = """
SELECT id FROM orders_order
WHERE tenant_id = app_tenant() AND number_reversed >= %(low)s AND number_reversed < %(high)s
ORDER BY number_reversed LIMIT %(limit)s
"""
BY_POSTCODE: Final = """
SELECT id FROM orders_order
WHERE tenant_id = app_tenant() AND postcode >= %(low)s AND postcode < %(high)s
ORDER BY postcode DESC, id DESC LIMIT %(limit)s
"""
# One walk down the index per seller or article: the newest orders of each, without reading the others.
BY_SELLER: Final = """
SELECT o.id FROM unnest(%(sellers)s::bigint[]) AS s(seller_id) CROSS JOIN LATERAL (
  SELECT id, placed_at FROM orders_order WHERE tenant_id = app_tenant() AND seller_id = s.seller_id
  ORDER BY placed_at DESC, id DESC LIMIT %(limit)s
) o ORDER BY o.placed_at DESC, o.id DESC LIMIT %(limit)s
"""
BY_SKU: Final = """
WITH wanted AS MATERIALIZED (
  SELECT id FROM inventory_sku
  WHERE tenant_id = app_tenant() AND seller_id = ANY(%(sellers)s::bigint[]) AND code >= %(low)s AND code < %(high)s
  ORDER BY code LIMIT %(skus)s
)
SELECT DISTINCT l.order_id FROM wanted w CROSS JOIN LATERAL (
  SELECT order_id FROM orders_orderline WHERE tenant_id = app_tenant() AND sku_id = w.id ORDER BY order_id DESC LIMIT %(limit)s
) l ORDER BY 1 DESC LIMIT %(limit)s
"""


def find_orders(*, text: str, by: FoundBy | None = None, most: int = MOST_FOUND) -> tuple[int, ...]:
    """Return the ids of the orders that `text` finds, at most so many: by one way, or by each in turn where none is named.

    The order in which the ways are tried is that of FoundBy; the newest come first within a seller, an article and a postcode.
    """
    text = text.strip()
    if not text:
        return ()
    found: dict[int, None] = {}
    for way in (by,) if by else FoundBy:
        found |= dict.fromkeys(_WAYS[way](text, most))
        if len(found) >= most:
            break
    return tuple(found)[:most]


class OrderNumberNotOne(DomainError):
    code = "order_number_not_one"
    sentence = _("%(count)s orders have the number %(number)s.")


def order_numbered(number: str) -> int:
    """Return the id of the one order with this number. Raises OrderNumberNotOne where there is none, or several sellers have one."""
    found = list(Order.objects.filter(external_number=number).values_list("pk", flat=True)[:MOST_FOUND])
    if len(found) != 1:
        raise OrderNumberNotOne(count=len(found), number=number)
    return int(found[0])


def _by_number(text: str, most: int) -> Iterator[int]:
    return _ids(BY_NUMBER, limit=most, **_range(text))


def _by_last_digits(text: str, most: int) -> Iterator[int]:
    if len(text) < SHORTEST_ENDING:
        return iter(())
    return _ids(BY_LAST_DIGITS, limit=most, **_range(text[::-1]))


def _by_postcode(text: str, most: int) -> Iterator[int]:
    return _ids(BY_POSTCODE, limit=most, **_range(text.upper()))


def _by_seller(text: str, most: int) -> Iterator[int]:
    beginning = text.casefold()
    rows = Seller.objects.order_by("code").values_list("pk", "code", "name")
    sellers = [pk for pk, *names in rows if any(name.casefold().startswith(beginning) for name in names)]
    return _ids(BY_SELLER, limit=most, sellers=sellers[:MOST_SELLERS])


def _by_sku(text: str, most: int) -> Iterator[int]:
    sellers = list(Seller.objects.values_list("pk", flat=True))
    return _ids(BY_SKU, limit=most, sellers=sellers, skus=MOST_SKUS, **_range(text))


_WAYS: Final[dict[FoundBy, Callable[[str, int], Iterator[int]]]] = {
    FoundBy.NUMBER: _by_number,
    FoundBy.LAST_DIGITS: _by_last_digits,
    FoundBy.POSTCODE: _by_postcode,
    FoundBy.SELLER: _by_seller,
    FoundBy.SKU: _by_sku,
}


def _range(beginning: str) -> dict[str, str]:
    low, high = prefix_range(beginning)
    return {"low": low, "high": _WITHOUT_END if high is None else high}


def _ids(query: str, **parameters: Any) -> Iterator[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows: Sequence[tuple[int]] = cursor.fetchall()
    return iter([order_id for (order_id,) in rows])
