"""The fast matching is the readable one, on thousands of random sets of rules and batches of orders."""

from __future__ import annotations

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocation.core.rules.compiled import compile_rules
from allocation.core.rules.marks import marks_of_rules
from allocation.core.rules.matching import Seen, matches, rules_matching, trace
from tests.allocation.core.rules.random_rules import DAY, as_columns, random_batch, random_rules

many = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))


@many
@given(st.integers(0, 2**32))
def test_a_batch_matches_as_each_order_does_alone(seed):
    rng = Random(seed)
    rules = random_rules(rng, rng.randint(1, 8))
    orders = random_batch(rng, rules, rng.randint(1, 12))
    compiled = compile_rules(rules, day=DAY)
    columns = as_columns(orders, marks_of_rules(rules))

    alone = [tuple(rule.id for rule in rules_matching(rules, order.traits, day=DAY)) for order in orders]

    assert [tuple(rules[place].id for place in found) for found in compiled.matches(columns)] == alone
    first = [rules[place].id if place >= 0 else None for place in compiled.first_matches(columns)]
    assert first == [found[0] if found else None for found in alone]


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_a_trace_names_for_each_rule_something_that_does_not_hold(seed):
    rng = Random(seed)
    rules = random_rules(rng, rng.randint(1, 8))
    (order,) = random_batch(rng, rules, 1)
    found = rules_matching(rules, order.traits, day=DAY)

    told = trace(rules, order.traits, day=DAY, decided_by=found[-1].id if found else None)

    assert [looked.rule for looked in told if looked.seen in (Seen.DECIDED, Seen.MATCHED_AND_COULD_NOT_SERVE)] == list(found)
    for looked in told:
        assert (looked.failed is not None) == (looked.seen == Seen.DID_NOT_MATCH)
        if looked.failed is not None:
            assert not matches(looked.failed, order.traits)
