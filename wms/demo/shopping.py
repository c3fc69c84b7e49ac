"""What the sample world's customers order: the same for the same seller, from a fixed seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from orders.core.types import NewLine, NewOrder
from wms.demo.companies import COUNTRY
from wms.demo.destinations import draw_town
from wms.demo.goods import Article

LINES_OF_A_HUNDRED = (0, 64, 22, 9, 5)
UNITS_OF_A_HUNDRED = (0, 86, 11, 3)
RESIDENTIAL_SHARE = 0.82
PROMISED_SHARE = 0.4

FIRST_NAMES = ("Ada", "Ben", "Carla", "Dev", "Elena", "Frank", "Grace", "Hugo", "Ivy", "Jamal", "Kim", "Liam", "Mei", "Noah")
LAST_NAMES = ("Adams", "Brooks", "Chen", "Diaz", "Evans", "Fisher", "Garcia", "Hill", "Iyer", "Jones", "Kaur", "Lopez", "Nguyen")
STREETS = ("Maple St", "Oak Ave", "Main St", "Cedar Ln", "Park Rd", "2nd St", "Lake Dr", "Hill Ct", "Elm St", "River Rd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A seller as its customers see it: its stores by platform, and its articles with the ids of their SKUs."""

    code: str
    store_ids: Mapping[str, int]
    articles: tuple[tuple[Article, int], ...]


def draw_orders(*, shop: Shop, count: int, at: datetime) -> Iterator[NewOrder]:
    """Yield the seller's first `count` orders, placed in the day before `at`."""
    draw = Random(f"orders of {shop.code}")
    totals = tuple(accumulate(article.popularity for article, _ in shop.articles))
    for number in range(count):
        yield _order(draw, shop, totals, number, at)


def _order(draw: Random, shop: Shop, totals: tuple[float, ...], number: int, at: datetime) -> NewOrder:
    platform = draw.choice(tuple(shop.store_ids))
    town = draw_town(draw)
    wanted = _basket(draw, shop, totals)
    placed_at = at - timedelta(seconds=draw.randrange(86_400))
    return NewOrder(
        store_id=shop.store_ids[platform],
        external_number=_external_number(draw, platform, number),
        country=COUNTRY,
        state_code=town.state,
        city=town.city,
        postcode=town.postcode,
        address=f"{draw.randrange(1, 9_900)} {draw.choice(STREETS)}",
        recipient=f"{draw.choice(FIRST_NAMES)} {draw.choice(LAST_NAMES)}",
        residential=draw.random() < RESIDENTIAL_SHARE,
        service_level="standard",
        value_minor=sum(article.price_minor * units for article, _, units in wanted),
        placed_at=placed_at,
        promised_date=placed_at.date() + timedelta(days=draw.randint(6, 9)) if draw.random() < PROMISED_SHARE else None,
        lines=tuple(NewLine(sku_id=sku_id, units=units) for _, sku_id, units in wanted),
    )


def _basket(draw: Random, shop: Shop, totals: tuple[float, ...]) -> list[tuple[Article, int, int]]:
    """Return (article, SKU id, units) of each line; now and then two lines are of one article."""
    lines = draw.choices(range(len(LINES_OF_A_HUNDRED)), weights=LINES_OF_A_HUNDRED)[0]
    chosen = draw.choices(shop.articles, cum_weights=totals, k=lines)
    units = draw.choices(range(len(UNITS_OF_A_HUNDRED)), weights=UNITS_OF_A_HUNDRED, k=lines)
    return [(article, sku_id, ordered) for (article, sku_id), ordered in zip(chosen, units, strict=True)]


def _external_number(draw: Random, platform: str, number: int) -> str:
    """Return an order number as the platform writes them; `number` makes it the only one."""
    tail = f"{number:06}"
    match platform:
        case "amazon":
            return f"11{draw.randrange(1, 5)}-{draw.randrange(10**7):07}-{draw.randrange(10)}{tail}"
        case "temu":
            return f"PO-211-{draw.randrange(10**11):011}{tail}"
        case "tiktok-shop":
            return f"5765{draw.randrange(10**8):08}{tail}"
        case "shein":
            return f"GSU1{draw.randrange(10**6):06}{tail}"
        case "ebay":
            return f"{draw.randrange(10, 30)}-{draw.randrange(10**5):05}-{tail}"
        case _:
            return f"#{tail}"
