"""The page of a seller's stock: each article with what lies of it in each warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from inventory.models import Sku, Stock
from wms.portal.door import portal_page, seller_seat, show
from wms.tenancy.access import UseCase
from wms.tenancy.prefixes import prefix_range

PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRow:
    """What one warehouse holds of an article; `available` is what new orders may still take."""

    warehouse: str
    on_hand: int
    reserved: int
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuRow:
    sku: Sku
    available: int
    rows: tuple[StockRow, ...]


@portal_page(UseCase.SEE_GOODS)
def stock(request: HttpRequest) -> HttpResponse:
    """List the articles by code, found by the beginning of it."""
    seat, code, after = seller_seat(request), request.GET.get("code", "").strip()[:64], request.GET.get("after", "")
    skus = Sku.objects.filter(seller_id=seat.seller_id).order_by("code")
    if code:
        low, high = prefix_range(code)
        skus = skus.filter(code__gte=low, code__lt=high) if high else skus.filter(code__gte=low)
    if after:
        skus = skus.filter(code__gt=after)
    found = list(skus[: PAGE + 1])
    more = urlencode({"code": code, "after": found[PAGE - 1].code}) if len(found) > PAGE else ""
    return show(request, "portal/stock.html", {"rows": sku_rows(found[:PAGE]), "code": code, "more": more, "first": bool(after)})


def sku_rows(skus: list[Sku]) -> tuple[SkuRow, ...]:
    """Return the articles with their stock by warehouse."""
    by_sku: dict[int, list[StockRow]] = {}
    held = Stock.objects.filter(sku_id__in=[sku.pk for sku in skus]).select_related("warehouse").order_by("warehouse__code")
    for row in held:
        free = max(0, row.on_hand - row.reserved - row.safety)
        by_sku.setdefault(row.sku_id, []).append(
            StockRow(warehouse=str(row.warehouse), on_hand=row.on_hand, reserved=row.reserved, available=free)
        )
    return tuple(
        SkuRow(sku=sku, available=sum(row.available for row in by_sku.get(sku.pk, ())), rows=tuple(by_sku.get(sku.pk, ()))) for sku in skus
    )
