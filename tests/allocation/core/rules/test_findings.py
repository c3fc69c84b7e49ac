"""What is claimed of a set of rules holds; what people expect to be told is told."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocation.core.rules.examples import Article, Catalogue, StoreFacts
from allocation.core.rules.findings import Trouble, findings_of
from allocation.core.rules.implication import alternatives_of, entails, is_impossible
from allocation.core.rules.marks import marks_of_rules
from allocation.core.rules.matching import matches, rules_matching
from allocation.core.rules.terms import Act, Action, Condition, Field, Group, RuleTerms, Test, Unserved
from tests.allocation.core.rules.random_rules import DAY, random_batch, random_group, random_rules

some = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@some
@given(st.integers(0, 2**32))
def test_a_rule_that_is_said_never_to_match_never_does(seed):
    rng = Random(seed)
    rules = random_rules(rng, rng.randint(2, 6))
    dead = {finding.rule.id for finding in findings_of(rules) if finding.trouble != Trouble.CONFLICT}
    for order in random_batch(rng, rules, 40):
        assert dead.isdisjoint(rule.id for rule in rules_matching(rules, order.traits, day=DAY))


@some
@given(st.integers(0, 2**32))
def test_what_follows_from_a_condition_holds_for_every_order_that_fits_it(seed):
    rng = Random(seed)
    one, other = random_group(rng, 1), random_group(rng, 1)
    rule = RuleTerms(
        id=1,
        name="",
        condition=Group(every=True, parts=(one, other)),
        action=Action(act=Act.REVIEW),
        unserved=Unserved.SMART,
    )
    orders = [order.traits for order in random_batch(rng, (rule,), 60)]
    for alternative in alternatives_of(one) or ():
        fitting = [order for order in orders if all(matches(condition, order) for condition in alternative)]
        assert not (is_impossible(alternative) and fitting)
        if entails(alternative, other):
            assert all(matches(other, order) for order in fitting)


@some
@given(st.integers(0, 2**32))
def test_a_conflict_is_shown_by_an_order_that_fits_both_rules(seed):
    rules = random_rules(Random(seed), 5)
    marks = marks_of_rules(rules)
    for finding in findings_of(rules):
        if finding.trouble == Trouble.CONFLICT:
            assert finding.earlier is not None
            assert finding.example is not None
            assert matches(finding.rule.condition, finding.example)
            assert matches(finding.earlier.condition, finding.example)
            assert finding.example.marks <= marks
            assert finding.example.units >= len(finding.example.sku_ids) > 0


def one_of(field, *values, within="", test=Test.IS):
    return Condition(field=field, test=test, values=values, within=within)


def at_least(field, least, most=None, within=""):
    return Condition(field=field, test=Test.BETWEEN, least=least, most=most, within=within)


def rule(number, *conditions, action=None, unserved=Unserved.SMART, every=True, **days):
    return RuleTerms(
        id=number,
        name=f"Rule {number}",
        condition=Group(every=every, parts=conditions),
        action=action or Action(act=Act.PIN, warehouse_ids=(100 + number,)),
        unserved=unserved,
        **days,
    )


US_NY = one_of(Field.STATE, "ny", within="US")
US = one_of(Field.COUNTRY, "US")
ZIP_COUNTRIES = one_of(Field.COUNTRY, "AS", "FM", "GU", "MH", "MP", "PR", "PW", "UM", "US", "VI")


def troubles(*rules, **options):
    return [(finding.trouble, finding.rule.id, finding.earlier and finding.earlier.id) for finding in findings_of(rules, **options)]


@pytest.mark.parametrize(
    "conditions",
    [
        (US, one_of(Field.COUNTRY, "GB")),
        (US, one_of(Field.COUNTRY, "US", test=Test.IS_NOT)),
        (one_of(Field.COUNTRY, "GB"), US_NY),
        (US_NY, one_of(Field.STATE, "nj", within="US")),
        (US_NY, one_of(Field.STATE, "ny", "nj", within="US", test=Test.IS_NOT)),
        (one_of(Field.POSTCODE, "100*", within="US"), one_of(Field.POSTCODE, "101*", within="US")),
        (one_of(Field.POSTCODE, "SE1*", within="GB"), one_of(Field.POSTCODE, "SE10*", within="GB")),
        (one_of(Field.POSTCODE, "10001", within="US"), one_of(Field.POSTCODE, "08000..09999", within="US")),
        (at_least(Field.UNITS, 5), at_least(Field.UNITS, None, 4)),
        (at_least(Field.VALUE, 1, within="USD"), at_least(Field.VALUE, 1, within="EUR")),
        (one_of(Field.SKU, 1, test=Test.ANY), one_of(Field.SKU, 1, 2, test=Test.NONE)),
        (one_of(Field.SKU, 1, test=Test.ALL), one_of(Field.SKU, 2, test=Test.ANY)),
    ],
)
def test_a_rule_that_contradicts_itself_is_named(conditions):
    assert troubles(rule(1, *conditions)) == [(Trouble.CONTRADICTS_ITSELF, 1, None)]


def test_a_day_that_ends_before_it_begins_is_named():
    assert troubles(rule(1, US, effective_from=DAY, effective_to=DAY)) == [(Trouble.NEVER_IN_FORCE, 1, None)]


@pytest.mark.parametrize(
    ("broad", "narrow"),
    [
        (US, US_NY),
        (ZIP_COUNTRIES, one_of(Field.POSTCODE, "100*", within="US")),
        (one_of(Field.POSTCODE, "1*", within="US"), one_of(Field.POSTCODE, "100*", "10001", within="US")),
        (one_of(Field.POSTCODE, "SE*", within="GB"), one_of(Field.POSTCODE, "SE1*", within="GB")),
        (at_least(Field.WEIGHT, 10), at_least(Field.WEIGHT, 20, 30)),
        (one_of(Field.TAG, "battery", "liquid", test=Test.ANY), one_of(Field.TAG, "battery", test=Test.ALL)),
        (one_of(Field.SELLER, 1, test=Test.IS_NOT), one_of(Field.SELLER, 2)),
    ],
)
def test_a_rule_behind_a_broader_one_is_shadowed(broad, narrow):
    assert troubles(rule(1, broad), rule(2, narrow)) == [(Trouble.SHADOWED, 2, 1)]
    assert troubles(rule(1, narrow), rule(2, broad))[0][0] == Trouble.CONFLICT


def test_a_rule_behind_one_that_gives_way_is_not_shadowed():
    assert troubles(rule(1, US, unserved=Unserved.NEXT_RULE), rule(2, US_NY)) == [(Trouble.CONFLICT, 2, 1)]


def test_a_rule_that_outlives_a_broader_one_is_not_shadowed():
    assert troubles(rule(1, US, effective_to=DAY), rule(2, US_NY)) == [(Trouble.CONFLICT, 2, 1)]


def test_a_rule_behind_a_review_serves_what_was_reviewed():
    review = Action(act=Act.REVIEW)
    assert troubles(rule(1, US, action=review), rule(2, US_NY)) == [(Trouble.CONFLICT, 2, 1)]
    assert troubles(rule(1, US, action=review), rule(2, US_NY, action=review)) == [(Trouble.SHADOWED, 2, 1)]


def test_rules_that_permit_a_common_warehouse_do_not_conflict():
    wide, narrow = (Action(act=Act.RESTRICT, warehouse_ids=ids) for ids in ((101, 102), (102, 103)))
    forbid = Action(act=Act.FORBID, warehouse_ids=(101,))
    assert troubles(rule(1, US_NY, action=wide), rule(2, US, action=narrow)) == []
    assert troubles(rule(1, US_NY, action=forbid), rule(2, US, action=wide)) == []
    assert troubles(rule(1, US_NY, action=forbid), rule(2, US)) == []
    assert troubles(rule(1, US_NY), rule(2, US, action=forbid)) == [(Trouble.CONFLICT, 2, 1)]


def test_stores_and_goods_of_two_sellers_never_meet_in_one_order():
    catalogue = Catalogue(
        stores={7: StoreFacts(seller_id=2, platform="temu")}, articles={5: Article(sku_id=5, seller_id=1, tags=("battery",))}
    )
    of_store, of_sku = one_of(Field.STORE, 7), one_of(Field.SKU, 5, test=Test.ANY)
    assert troubles(rule(1, of_store), rule(2, of_sku)) == [(Trouble.CONFLICT, 2, 1)]
    assert troubles(rule(1, of_store), rule(2, of_sku), catalogue=catalogue) == []
    assert troubles(rule(1, of_store), rule(2, one_of(Field.PLATFORM, "amazon")), catalogue=catalogue) == []
    assert troubles(rule(1, of_sku), rule(2, one_of(Field.TAG, "liquid", test=Test.ANY)), catalogue=catalogue)[0][0] == Trouble.CONFLICT


def test_only_what_concerns_one_rule_is_told_on_request():
    rules = (rule(1, US), rule(2, US_NY), rule(3, one_of(Field.COUNTRY, "GB"), US))
    assert troubles(*rules) == [(Trouble.SHADOWED, 2, 1), (Trouble.CONTRADICTS_ITSELF, 3, None)]
    assert troubles(*rules, only=1) == [(Trouble.SHADOWED, 2, 1)]
    assert troubles(*rules, only=3) == [(Trouble.CONTRADICTS_ITSELF, 3, None)]
