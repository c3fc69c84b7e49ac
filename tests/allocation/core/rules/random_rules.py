"""Random rules and orders that often meet, small enough to read when a test fails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import numpy as np

from allocation.core.rules.bitsets import OrderColumns
from allocation.core.rules.marks import Mark, marks_of_rules
from allocation.core.rules.matching import Traits, marks_of_goods
from allocation.core.rules.postcodes import read_entry
from allocation.core.rules.terms import TESTS_OF, Act, Action, Condition, Field, Group, RuleTerms, Unserved
from orders.core.packing import HEAD

DAY = date(2026, 3, 2)
NOON_SECONDS = 1_772_452_800
PLATFORMS = ["amazon", "temu", "Shein"]
PLACES = [
    ("US", "NY", "10001"),
    ("US", "NJ", "08817"),
    ("US", "CA", "90001"),
    ("PR", "", "00601"),
    ("CA", "ON", "K1A0B1"),
    ("GB", "", "SE1 2AB"),
    ("GB", "", "SE10 0AA"),
    ("GB", "", "SE1A 1AA"),
    ("US", "NY", ""),
]
ENTRIES = {
    "US": ["10001", "100*", "8817", "10001-1234", "08000..08999", "100*..109*", "9*", "006*"],
    "GB": ["SE1*", "SE*", "SE1 2AB", "SE1 2*", "SE1..SE9", "SE10"],
    "CA": ["K1A*", "K1A 0B1", "K*"],
}
ARTICLES: dict[int, tuple[tuple[str, ...], str]] = {
    501: (("battery",), "Lamps"),
    502: ((), "lamps"),
    503: (("battery", "liquid"), "Cups"),
    504: ((), ""),
}


@dataclass(frozen=True)
class RandomOrder:
    """An order as rules read it; `needs` are (SKU id, units)."""

    traits: Traits
    needs: tuple[tuple[int, int], ...]


def random_rules(rng: Random, count: int) -> tuple[RuleTerms, ...]:
    return tuple(_rule(rng, number) for number in range(1, count + 1))


def _rule(rng: Random, number: int) -> RuleTerms:
    begins = rng.choice([None, None, None, DAY, DAY + timedelta(1)])
    return RuleTerms(
        id=number,
        name=f"Rule {number}",
        condition=random_group(rng, depth=2),
        action=_action(rng),
        unserved=rng.choice(list(Unserved)),
        effective_from=begins,
        effective_to=rng.choice([None, None, None, DAY + timedelta(2), DAY]),
    )


def _action(rng: Random) -> Action:
    act = rng.choice(list(Act))
    warehouses = {Act.REVIEW: (), Act.PIN: (rng.choice([101, 102]),)}.get(act, tuple(rng.sample([101, 102, 103], rng.randint(0, 2))))
    channels = () if act == Act.REVIEW else tuple(rng.sample([11, 12], 0 if warehouses and rng.random() < 0.6 else 1))
    return Action(act=act, warehouse_ids=tuple(sorted(warehouses)), channel_ids=channels)


def random_group(rng: Random, depth: int) -> Group:
    parts = [random_group(rng, depth - 1) if depth and rng.random() < 0.3 else random_condition(rng) for _ in range(rng.randint(1, 3))]
    return Group(every=rng.random() < 0.6, parts=tuple(parts))


def random_condition(rng: Random) -> Condition:
    field = rng.choice(list(Field))
    test = rng.choice(TESTS_OF[field])
    values, within = _words(rng, field)
    least, most = _bounds(rng, field)
    return Condition(field=field, test=test, values=values, least=least, most=most, within=within)


def _words(rng: Random, field: Field) -> tuple[tuple[int | str, ...], str]:
    if field == Field.STATE:
        return (rng.choice(["ny", "nj", "ca"]),), "US"
    if field == Field.POSTCODE:
        country = rng.choice(list(ENTRIES))
        return tuple(sorted({read_entry(country, text) for text in rng.sample(ENTRIES[country], rng.randint(1, 2))})), country
    if field == Field.VALUE:
        return (), rng.choice(["USD", "EUR"])
    if field == Field.WEEK_TIME:
        return tuple(sorted(rng.sample(range(7), rng.randint(0, 3)))), rng.choice(["UTC", "America/New_York"])
    words: dict[Field, list[int | str]] = {
        Field.SELLER: [21, 22],
        Field.STORE: [31, 32],
        Field.PLATFORM: ["amazon", "temu", "shein"],
        Field.COUNTRY: ["US", "GB", "CA", "PR"],
        Field.SERVICE_LEVEL: ["", "express", "标准"],
        Field.SKU: list(ARTICLES),
        Field.TAG: ["battery", "liquid", "glass"],
        Field.CATEGORY: ["lamps", "cups"],
    }
    return (tuple(sorted(rng.sample(words[field], rng.randint(1, 2)), key=str)), "") if field in words else ((), "")


def _bounds(rng: Random, field: Field) -> tuple[int | None, int | None]:
    steps = {
        Field.UNITS: (1, 2, 3, 5),
        Field.WEIGHT: (500_000, 1_000_000, 3_000_000),
        Field.VALUE: (0, 1000, 5000),
        Field.PLACED: (NOON_SECONDS, NOON_SECONDS + 3600, NOON_SECONDS + 86_400),
        Field.WEEK_TIME: (0, 480, 720, 1439),
    }.get(field)
    if steps is None:
        return None, None
    least, most = rng.choice([None, *steps]), rng.choice([None, *steps])
    if field != Field.WEEK_TIME and least is not None and most is not None and least > most and rng.random() < 0.9:
        return most, least
    return least, most


def random_order(rng: Random, marks: frozenset[Mark]) -> RandomOrder:
    country, state, postcode = rng.choice(PLACES)
    needs = tuple((sku_id, rng.choice([1, 1, 2])) for sku_id in sorted(rng.sample(list(ARTICLES), rng.randint(1, 3))))
    traits = Traits(
        seller_id=rng.choice([21, 22]),
        store_id=rng.choice([31, 32]),
        platform=rng.choice(PLATFORMS),
        country=country,
        state_code=state,
        postcode=postcode,
        service_level=rng.choice(["", "Express", "标准"]),
        sku_ids=tuple(sku_id for sku_id, _ in needs),
        units=sum(units for _, units in needs),
        weight_mg=rng.choice([200_000, 500_000, 1_000_000, 2_500_000]),
        value_minor=rng.choice([0, 999, 1000, 5000, 9900]),
        currency=rng.choice(["USD", "USD", "EUR"]),
        placed_at=NOON_SECONDS + rng.choice([-60, 0, 3600, 40_000, 100_000]),
        marks=marks_of_goods(marks, [ARTICLES[sku_id] for sku_id, _ in needs]),
        reviewed=rng.random() < 0.2,
    )
    return RandomOrder(traits, needs)


def random_batch(rng: Random, rules: tuple[RuleTerms, ...], count: int) -> tuple[RandomOrder, ...]:
    marks = marks_of_rules(rules)
    return tuple(random_order(rng, marks) for _ in range(count))


def as_columns(orders: tuple[RandomOrder, ...], marks: frozenset[Mark]) -> OrderColumns:
    heads = np.zeros(len(orders), dtype=HEAD)
    for name in ("seller_id", "store_id", "value_minor", "placed_at"):
        heads[name] = [getattr(order.traits, name) for order in orders]
    for name in ("country", "state_code", "postcode", "currency", "platform", "service_level"):
        heads[name] = [getattr(order.traits, name).encode() for order in orders]
    bits = {mark: bit for bit, mark in enumerate(sorted(marks))}
    return OrderColumns(
        heads=heads,
        sku_id=np.array([sku_id for order in orders for sku_id, _ in order.needs]),
        owner=np.array([row for row, order in enumerate(orders) for _ in order.needs]),
        units=np.array([order.traits.units for order in orders]),
        weight_mg=np.array([order.traits.weight_mg for order in orders]),
        reviewed=np.array([order.traits.reviewed for order in orders]),
        mark_mask=np.array([sum(1 << bits[mark] for mark in order.traits.marks) for order in orders]),
        mark_bits=bits,
    )
