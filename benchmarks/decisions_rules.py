"""How long a batch takes to find its rules: 1,000 rules of two to five conditions each, 1,000 orders of one to four lines.

`.venv/bin/python -m benchmarks.decisions_rules` prints the median. Each order's columns are indexed anew in every run, as each
batch of a worker is; compiling the rules, which happens once per change of the settings, is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random
from statistics import median
from time import perf_counter

import numpy as np

from allocation.core.rules.bitsets import OrderColumns
from allocation.core.rules.compiled import CompiledRules, compile_rules
from allocation.core.rules.marks import Mark, marks_of_rules
from allocation.core.rules.terms import Act, Action, Condition, Field, Group, RuleTerms, Test, Unserved
from orders.core.packing import HEAD

RULES, ORDERS, RUNS, SKUS = 1_000, 1_000, 21, 5_000
SEED = 20_261_126
DAY = date(2026, 11, 26)
NOON_SECONDS = 1_795_694_400
PLATFORMS = ("amazon", "temu", "shein", "ebay", "walmart", "tiktok")
STATES = ("NY", "CA", "TX", "FL", "NJ", "IL", "WA", "GA", "PA", "OH")
TAGS = ("battery", "liquid", "fragile", "magnet", "powder", "oversize")


@dataclass(frozen=True, slots=True)
class RulesTiming:
    """The median time of a batch, and how many of its orders some rule matched."""

    milliseconds: float
    matched: int


def measure_rules(*, rules: int = RULES, orders: int = ORDERS, runs: int = RUNS) -> RulesTiming:
    """Return the median time in which a batch finds the rules that decide its orders."""
    rng = Random(SEED)
    terms = tuple(_rule(rng, number) for number in range(rules))
    compiled, columns = compile_rules(terms, day=DAY), _columns(rng, orders, marks_of_rules(terms))
    times = [_timed(compiled, columns) for _ in range(runs)]
    matched = sum(place >= 0 for place in compiled.first_matches(columns))
    return RulesTiming(1000 * median(times), matched)


def _timed(compiled: CompiledRules, columns: OrderColumns) -> float:
    begun = perf_counter()
    compiled.matches(columns)
    return perf_counter() - begun


def _rule(rng: Random, number: int) -> RuleTerms:
    """Return a rule that few orders match, so that most rules are looked at for most orders."""
    conditions = [_condition(rng) for _ in range(rng.randint(1, 3))]
    either = Group(every=False, parts=(_condition(rng), _condition(rng)))
    return RuleTerms(
        id=number + 1,
        name=f"Rule {number + 1}",
        condition=Group(every=True, parts=(_sku(rng), *conditions, either) if rng.random() < 0.5 else (_sku(rng), *conditions)),
        action=Action(act=Act.RESTRICT, warehouse_ids=(rng.randint(1, 20),)),
        unserved=Unserved.SMART,
    )


def _sku(rng: Random) -> Condition:
    return Condition(field=Field.SKU, test=Test.ANY, values=tuple(sorted(rng.sample(range(SKUS), 20))))


def _condition(rng: Random) -> Condition:
    made = {
        Field.PLATFORM: lambda: Condition(field=Field.PLATFORM, test=Test.IS, values=tuple(rng.sample(PLATFORMS, 2))),
        Field.STATE: lambda: Condition(
            field=Field.STATE, test=Test.IS_NOT, values=tuple(code.casefold() for code in rng.sample(STATES, 3)), within="US"
        ),
        Field.POSTCODE: lambda: Condition(
            field=Field.POSTCODE, test=Test.IS, values=tuple(f"{rng.randint(0, 99):02}*" for _ in range(8)), within="US"
        ),
        Field.TAG: lambda: Condition(field=Field.TAG, test=rng.choice([Test.ANY, Test.NONE]), values=(rng.choice(TAGS),)),
        Field.UNITS: lambda: Condition(field=Field.UNITS, test=Test.BETWEEN, least=rng.randint(1, 4)),
        Field.WEIGHT: lambda: Condition(field=Field.WEIGHT, test=Test.BETWEEN, most=rng.randrange(1_000_000, 9_000_000, 1_000)),
        Field.VALUE: lambda: Condition(field=Field.VALUE, test=Test.BETWEEN, least=rng.randrange(5_000), within="USD"),
        Field.SELLER: lambda: Condition(field=Field.SELLER, test=Test.IS, values=tuple(rng.sample(range(20), 5))),
        Field.WEEK_TIME: lambda: Condition(
            field=Field.WEEK_TIME, test=Test.BETWEEN, values=(0, 1, 2, 3), least=0, most=rng.randrange(600, 1400), within="America/New_York"
        ),
    }
    return made[rng.choice(list(made))]()


def _columns(rng: Random, orders: int, marks: frozenset[Mark]) -> OrderColumns:
    heads = np.zeros(orders, dtype=HEAD)
    heads["seller_id"] = [rng.randrange(20) for _ in range(orders)]
    heads["country"] = b"US"
    heads["currency"] = b"USD"
    heads["state_code"] = [rng.choice(STATES).encode() for _ in range(orders)]
    heads["postcode"] = [f"{rng.randrange(1_000, 99_999):05}".encode() for _ in range(orders)]
    heads["platform"] = [rng.choice(PLATFORMS).encode() for _ in range(orders)]
    heads["value_minor"] = [rng.randrange(500, 20_000) for _ in range(orders)]
    heads["placed_at"] = [NOON_SECONDS + rng.randrange(604_800) for _ in range(orders)]
    lines = [rng.randint(1, 4) for _ in range(orders)]
    return OrderColumns(
        heads=heads,
        sku_id=np.array([rng.randrange(SKUS) for _ in range(sum(lines))]),
        owner=np.repeat(np.arange(orders), lines),
        units=np.array(lines),
        weight_mg=np.array([rng.randrange(100_000, 9_000_000) for _ in range(orders)]),
        reviewed=np.zeros(orders, dtype=np.bool_),
        mark_mask=np.array([rng.randrange(1 << len(marks)) & rng.randrange(1 << len(marks)) for _ in range(orders)]),
        mark_bits={mark: bit for bit, mark in enumerate(sorted(marks))},
    )


if __name__ == "__main__":
    timing = measure_rules()
    print(f"rules_ms_1000x1000 {timing.milliseconds:.1f} ({timing.matched} of {ORDERS} orders matched)")
