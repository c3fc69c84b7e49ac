"""What the sample world's sellers sell, and how much of it lies where."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from inventory.core.types import NewSku
from wms.demo.companies import CONTENT
from wms.values.length import length_um
from wms.values.mass import mass_mg

MASS_THAT_SELLS_LAST_MG = 6_000_000
"""Heavy articles sell less: from this mass on they stand behind every light one."""

UNITS_OF_A_BEST_SELLER = 70
"""What the sample orders ask of a seller's best-selling article, about; the others sell less by their rank."""

EMPTY_SHELVES = 0.14
"""The share of (warehouse, article) pairs without stock."""

SCARCE_PLACES = frozenset({11, 26})
"""The places in a seller's sales ranking whose articles run out: a few units, in one warehouse only."""

SOLD_OUT_PLACE = 33
"""The place whose article lies nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One SKU of the catalogue, its price in cents, and its place in the seller's sales ranking, counted from 0."""

    sku: NewSku
    price_minor: int
    place: int

    @property
    def popularity(self) -> float:
        """Return its share of the seller's sales, relative to the others'."""
        return 1 / (self.place + 3)

    @property
    def expected_units(self) -> float:
        """Return how many units the sample orders ask for, about."""
        return UNITS_OF_A_BEST_SELLER * 3 * self.popularity


@cache
def catalogue() -> Mapping[str, tuple[Article, ...]]:
    """Return each seller's articles."""
    document = tomllib.loads((CONTENT / "catalogue.toml").read_text())
    return {seller: _articles(seller, stated) for seller, stated in document.items()}


def _articles(seller: str, stated: dict[str, Any]) -> tuple[Article, ...]:
    pairs = [(article, variant) for article in stated["articles"] for variant in stated["variants"]]
    alone = stated.get("ships_alone", [])
    skus = [_sku(stated["category"], article, variant, ships_alone=article[0] in alone) for article, variant in pairs]
    draw = Random(f"sales ranking of {seller}")
    ranked = sorted(skus, key=lambda sku: draw.random() + sku.mass_mg / MASS_THAT_SELLS_LAST_MG)
    places = {sku.code: place for place, sku in enumerate(ranked)}
    return tuple(
        Article(sku=sku, price_minor=article[7] * variant[3], place=places[sku.code])
        for sku, (article, variant) in zip(skus, pairs, strict=True)
    )


def _sku(category: str, article: list[Any], variant: list[Any], *, ships_alone: bool) -> NewSku:
    """Return the SKU of an article in a variant; in a pack of two the second lies on the first."""
    code, chinese, english, kilograms, *sides, _price, tags = article
    variant_code, variant_chinese, variant_english, pieces = variant
    long, wide, high = sorted(sides, reverse=True)
    return NewSku(
        code=f"{code}-{variant_code}",
        name=f"{chinese} {variant_chinese} / {english}, {variant_english}",
        mass_mg=mass_mg(Decimal(kilograms) * pieces, "kg"),
        length_um=length_um(long, "cm"),
        width_um=length_um(wide, "cm"),
        height_um=length_um(high * pieces, "cm"),
        tags=tuple(tags),
        category=category,
        ships_alone=ships_alone,
    )


def draw_stock(*, seller: str, warehouses: tuple[str, ...], main: str) -> dict[tuple[str, str], int]:
    """Return the units by (warehouse code, SKU code): enough on the whole, but not of everything everywhere.

    The main warehouse has three times as much as the others.
    """
    draw = Random(f"stock of {seller}")
    units: dict[tuple[str, str], int] = {}
    for article in catalogue()[seller]:
        if article.place == SOLD_OUT_PLACE:
            continue
        if article.place in SCARCE_PLACES:
            units[draw.choice(warehouses), article.sku.code] = max(1, round(article.expected_units / 2))
            continue
        for warehouse in warehouses:
            is_main = warehouse == main
            if draw.random() >= EMPTY_SHELVES or is_main:
                units[warehouse, article.sku.code] = 3 + round(article.expected_units * draw.uniform(0.4, 1.2) * (3 if is_main else 1))
    return units


def draw_safety_stock(*, seller: str, units: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Return how many of these units are kept back, where any are."""
    draw = Random(f"safety stock of {seller}")
    return {key: 2 for key, held in sorted(units.items()) if held > 10 and draw.random() < 0.2}
