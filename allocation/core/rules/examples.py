"""An order that fits given conditions, to show people what a finding is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from allocation.core.rules.implication import Alternative, countries_of, merged_numbers, words_left
from allocation.core.rules.marks import marks_read_by
from allocation.core.rules.matching import Traits, holds_postcode, marks_of_goods, matches
from allocation.core.rules.postcodes import WHOLE, Span, spans_of
from allocation.core.rules.terms import GOODS, Condition, Field, Test
from carriers.core.postcodes import SECTOR
from wms.values.postcodes import BRITISH, DIGITS

NOON_SECONDS: Final = 1_772_452_800
QUARTER_HOUR: Final = 900
QUARTERS_OF_A_WEEK: Final = 7 * 96
OTHERS: Final[Mapping[Field, tuple[str, ...]]] = {
    Field.PLATFORM: ("amazon", "ebay", "temu", "shopify"),
    Field.COUNTRY: ("US", "GB", "DE", "CA", "FR", "JP"),
    Field.SERVICE_LEVEL: ("", "standard", "express"),
}
ANOTHER_ID: Final = 0
"""Stands for a seller, store or SKU that no condition names."""


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What is known of a store."""

    seller_id: int
    platform: str


@dataclass(frozen=True, slots=True)
class Article:
    """An article with its marks' words."""

    sku_id: int
    seller_id: int = ANOTHER_ID
    tags: tuple[str, ...] = ()
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The stores and articles that rules name, so that no example mixes those of two sellers."""

    stores: Mapping[int, StoreFacts]
    articles: Mapping[int, Article]


NOTHING_KNOWN: Final = Catalogue(stores={}, articles={})


def example_of(conditions: Alternative, catalogue: Catalogue = NOTHING_KNOWN) -> Traits | None:
    """Return an order that fits all the conditions, or None where none was found: that proves nothing."""
    articles = _articles(conditions, catalogue)
    base = _base(conditions, articles, catalogue)
    if base is None or base.units < len(articles):
        return None
    for order in _in_time(conditions, base):
        if all(matches(condition, order) for condition in conditions):
            return order
    return None


def _base(conditions: Alternative, articles: tuple[Article, ...], catalogue: Catalogue) -> Traits | None:
    country = _country(conditions)
    store_id = _id(conditions, Field.STORE)
    store = catalogue.stores.get(store_id)
    sellers = {article.seller_id for article in articles if article.seller_id} | ({store.seller_id} if store else set())
    if len(sellers) > 1:
        return None
    numbers = {condition.field: condition for condition in merged_numbers(conditions)}
    marks = {mark for condition in conditions for mark in marks_read_by(condition)}
    currency = next((condition.within for condition in conditions if condition.field == Field.VALUE), "USD")
    return Traits(
        seller_id=next(iter(sellers), None) or _id(conditions, Field.SELLER),
        store_id=store_id,
        platform=store.platform if store else _word(conditions, Field.PLATFORM),
        country=country,
        state_code=_state(conditions, country),
        postcode=_postcode(conditions, country),
        service_level=_word(conditions, Field.SERVICE_LEVEL),
        sku_ids=tuple(article.sku_id for article in articles),
        units=_number(numbers.get(Field.UNITS), usual=len(articles)),
        weight_mg=_number(numbers.get(Field.WEIGHT), usual=1_000_000),
        value_minor=_number(numbers.get(Field.VALUE), usual=5_000),
        currency=currency,
        placed_at=_number(numbers.get(Field.PLACED), usual=NOON_SECONDS),
        marks=marks_of_goods(marks, [(article.tags, article.category) for article in articles]),
    )


def _in_time(conditions: Alternative, order: Traits) -> Iterator[Traits]:
    yield order
    if any(condition.field == Field.WEEK_TIME for condition in conditions):
        for quarter in range(1, QUARTERS_OF_A_WEEK):
            yield replace(order, placed_at=order.placed_at + quarter * QUARTER_HOUR)


def _number(bounds: Condition | None, *, usual: int) -> int:
    if bounds is None:
        return usual
    least = usual if bounds.least is None else max(bounds.least, usual)
    return least if bounds.most is None else min(least, bounds.most)


def _id(conditions: Iterable[Condition], field: Field) -> int:
    left = words_left(conditions, field)
    return int(left[0]) if left else ANOTHER_ID


def _word(conditions: Alternative, field: Field) -> str:
    left = words_left(conditions, field)
    barred = {value for condition in conditions if condition.field == field and condition.test == Test.IS_NOT for value in condition.values}
    return str(left[0]) if left else next((word for word in OTHERS[field] if word not in barred), "")


def _country(conditions: Alternative) -> str:
    local = [condition for condition in conditions if condition.field in (Field.STATE, Field.POSTCODE) and condition.test == Test.IS]
    named = words_left(conditions, Field.COUNTRY)
    for condition in local:
        return next((country for country in countries_of(condition) if not named or country in named), condition.within)
    return _word(conditions, Field.COUNTRY)


def _state(conditions: Alternative, country: str) -> str:
    named = [c for c in conditions if c.field == Field.STATE and c.test == Test.IS and c.within == country]
    barred = {value for c in conditions if c.field == Field.STATE and c.test == Test.IS_NOT for value in c.values}
    left = [str(value) for c in named for value in c.values if value not in barred and all(value in other.values for other in named)]
    return left[0].upper() if left else ""


def _postcode(conditions: Alternative, country: str) -> str:
    asked = [condition for condition in conditions if condition.field == Field.POSTCODE]
    named = [condition for condition in asked if condition.test == Test.IS]
    spans = [span for condition in named for entry in condition.values for span in spans_of(condition.within, str(entry))]
    codes = [_whole_code(country, span, text) for span in spans for text in (span.first, span.last)]
    fitting = (
        code for code in codes if all(holds_postcode(each, country=country, postcode=code) == (each.test == Test.IS) for each in asked)
    )
    return next(fitting, "")


def _whole_code(country: str, span: Span, text: str) -> str:
    """Return a postcode that begins so."""
    if span.level == WHOLE:
        return text
    if country in BRITISH:
        return f"{text}AA" if span.level == SECTOR else f"{text}1" if text.isalpha() else text
    return text.ljust(DIGITS.get(country, len(text)), "0")


def _articles(conditions: Alternative, catalogue: Catalogue) -> tuple[Article, ...]:
    """Return articles of which each condition on goods that wants some finds one; an order has at least one."""
    goods = [condition for condition in conditions if condition.field in GOODS]
    every = [condition for condition in goods if condition.test == Test.ALL]
    found: list[Article] = []
    for condition in [c for c in goods if c.test == Test.ANY] or every[:1]:
        if not any(_is_meant(condition, article) for article in found):
            found.append(_article([condition, *every], goods, catalogue))
    return tuple(found) or (_article(every, goods, catalogue),)


def _article(wanted: list[Condition], goods: list[Condition], catalogue: Catalogue) -> Article:
    barred = {(c.field, value) for c in goods if c.test == Test.NONE for value in c.values}

    def common(field: Field) -> list[int | str]:
        named = [set(condition.values) for condition in wanted if condition.field == field]
        left = set.intersection(*named) if named else set()
        return sorted((value for value in left if (field, value) not in barred), key=str)

    sku_ids = common(Field.SKU)
    known = next((catalogue.articles[int(sku_id)] for sku_id in sku_ids if int(sku_id) in catalogue.articles), None)
    if known is not None:
        return known
    tags = {str(value) for c in wanted if c.field == Field.TAG for value in c.values[:1]}
    categories = common(Field.CATEGORY)
    return Article(
        sku_id=int(sku_ids[0]) if sku_ids else ANOTHER_ID,
        tags=tuple(sorted(tags)),
        category=str(categories[0]) if categories else "",
    )


def _is_meant(condition: Condition, article: Article) -> bool:
    words: dict[Field, set[int | str]] = {Field.SKU: {article.sku_id}, Field.TAG: set(article.tags), Field.CATEGORY: {article.category}}
    return not set(condition.values).isdisjoint(words[condition.field])
