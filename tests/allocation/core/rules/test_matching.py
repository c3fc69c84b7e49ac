"""What a condition holds and what it does not, where people are easily surprised."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from allocation.core.rules.documents import (
    RuleFault,
    action_from_document,
    condition_from_document,
    group_from_document,
    group_to_document,
    rule_from_document,
    rule_to_document,
)
from allocation.core.rules.marks import Mark, marks_read_by
from allocation.core.rules.matching import Seen, Traits, first_failing, marks_of_goods, matches, trace
from allocation.core.rules.terms import Field, Group
from tests.allocation.core.rules.random_rules import DAY, random_rules
from tests.allocation.core.rules.test_findings import US, US_NY, one_of, rule

ORDER = Traits(
    seller_id=21,
    store_id=31,
    platform="Amazon",
    country="US",
    state_code="NY",
    postcode="10001",
    service_level="Express",
    sku_ids=(501, 502),
    units=3,
    weight_mg=1_500_000,
    value_minor=4_999,
    currency="USD",
    placed_at=int(datetime(2026, 3, 2, 4, 30, tzinfo=UTC).timestamp()),
)


def fits(**stated):
    order = replace(ORDER, **stated.pop("order", {}))
    return matches(condition_from_document(stated), order)


@pytest.mark.parametrize(
    ("country", "entry", "postcode", "held"),
    [
        ("GB", "SE1*", "SE1 2AB", True),
        ("GB", "SE1*", "SE10 0AA", False),
        ("GB", "SE1", "SE1 2AB", True),
        ("GB", "SE*", "SE10 0AA", True),
        ("GB", "S*", "SE1 2AB", False),
        ("GB", "SE1 2*", "SE1 2AB", True),
        ("GB", "SE1..SE9", "SE5 8AA", True),
        ("GB", "SE1..SE9", "SE10 0AA", False),
        ("US", "10001-1234", "10001", True),
        ("US", "8817", "08817", True),
        ("US", "8817", "88170", False),
        ("US", "881*", "08817", False),
        ("US", "08000..8999", "08817", True),
        ("US", "100*..102*", "10199", True),
        ("US", "100*..102*", "10300", False),
        ("US", "10001", "", False),
        ("CA", "K1A*", "K1A0B1", True),
        ("CA", "k1a 0b1", "K1A0B1", True),
        ("CA", "K1A", "K1A0B1", False),
    ],
)
def test_postcodes_are_held_as_carriers_hold_them(country, entry, postcode, held):
    order = {"country": country, "postcode": postcode}
    assert fits(field="postcode", test="is", within=country, values=[entry], order=order) is held
    assert fits(field="postcode", test="is_not", within=country, values=[entry], order=order) is not held


def test_postcodes_of_places_that_the_us_post_serves_stand_in_its_lists():
    assert fits(field="postcode", test="is", within="US", values=["006*"], order={"country": "PR", "postcode": "00601"})
    assert not fits(field="postcode", test="is", within="PR", values=["006*"], order={"country": "US", "postcode": "00601"})


def test_the_state_ca_is_not_the_country_ca():
    assert fits(field="state", test="is", within="US", values=["CA"], order={"state_code": "CA"})
    assert not fits(field="state", test="is", within="US", values=["CA"], order={"country": "CA", "state_code": "CA"})


def test_words_are_compared_without_regard_to_capitals():
    assert fits(field="platform", test="is", values=["AMAZON"])
    assert fits(field="service_level", test="is", values=["express"])
    assert not fits(field="platform", test="is_not", values=["amazon"])


def test_a_value_in_another_currency_does_not_match():
    assert fits(field="value", test="between", within="USD", least=4_999, most=4_999)
    assert not fits(field="value", test="between", within="EUR", least=0)
    assert not fits(field="value", test="between", within="USD", least=5_000)


def test_a_time_of_the_week_is_the_zones_own_and_may_pass_midnight():
    # 04:30 UTC on a Monday is 23:30 on Sunday in New York.
    night = {"field": "week_time", "test": "between", "least": 22 * 60, "most": 6 * 60}
    assert fits(**night, within="America/New_York", values=[6])
    assert not fits(**night, within="America/New_York", values=[0])
    assert fits(**night, within="UTC", values=[0])
    assert not fits(field="week_time", test="between", within="UTC", least=5 * 60)


def test_goods_match_by_any_all_or_none_of_the_articles():
    assert fits(field="sku", test="any", values=[501])
    assert not fits(field="sku", test="all", values=[501])
    assert fits(field="sku", test="all", values=[501, 502, 503])
    assert fits(field="sku", test="none", values=[503])


@pytest.mark.parametrize(
    ("test", "values", "held"),
    [
        ("any", ["liquid"], True),
        ("all", ["liquid"], False),
        ("all", ["battery"], True),
        ("none", ["glass"], True),
        ("none", ["liquid"], False),
    ],
)
def test_tags_are_those_of_all_articles_together(test, values, held):
    condition = condition_from_document({"field": "tag", "test": test, "values": values})
    marks = marks_of_goods(marks_read_by(condition), [(("battery",), "Lamps"), (("battery", "liquid"), "Cups")])
    assert matches(condition, replace(ORDER, marks=marks)) is held


def test_categories_are_compared_without_regard_to_capitals():
    assert Mark(Field.CATEGORY, ("lamps",)).fits(tags=(), category="LAMPS")
    assert Mark(Field.CATEGORY, ("lamps",), lacking=True).fits(tags=(), category="")


def test_the_first_condition_that_fails_is_named():
    texas, express = one_of(Field.STATE, "tx", within="US"), one_of(Field.SERVICE_LEVEL, "standard")
    either = Group(every=False, parts=(texas, express))
    assert first_failing(Group(every=True, parts=(US, texas, express)), ORDER) == texas
    assert first_failing(Group(every=True, parts=(US, either)), ORDER) == either
    assert first_failing(Group(every=False, parts=(texas,)), ORDER) == texas
    assert first_failing(Group(every=True, parts=(US, US_NY)), ORDER) is None


def test_a_trace_ends_where_the_decision_fell():
    texas = one_of(Field.STATE, "tx", within="US")
    rules = (rule(1, texas), rule(2, US, effective_from=DAY, effective_to=DAY), rule(3, US), rule(4, US))
    told = trace(rules, ORDER, day=DAY, decided_by=3)
    assert [(looked.rule.id, looked.seen) for looked in told] == [
        (1, Seen.DID_NOT_MATCH),
        (2, Seen.NOT_IN_FORCE),
        (3, Seen.DECIDED),
    ]
    assert told[0].failed == texas


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"field": "colour", "test": "is", "values": ["red"]}, "field_unknown"),
        ({"field": "platform", "test": "any", "values": ["amazon"]}, "test_not_fitting"),
        ({"field": "platform", "test": "is", "values": []}, "values_missing"),
        ({"field": "platform", "test": "is", "values": ["x" * 33]}, "text_unusable"),
        ({"field": "service_level", "test": "is", "values": ["次日达" * 4]}, "text_unusable"),
        ({"field": "country", "test": "is", "values": ["USA"]}, "country_missing"),
        ({"field": "postcode", "test": "is", "values": ["10001"]}, "country_missing"),
        ({"field": "postcode", "test": "is", "within": "US", "values": ["1000A"]}, "postcode_unreadable"),
        ({"field": "postcode", "test": "is", "within": "US", "values": ["10099..10001"]}, "postcode_unreadable"),
        ({"field": "postcode", "test": "is", "within": "GB", "values": ["SE1..SW9"]}, "postcode_unreadable"),
        ({"field": "value", "test": "between", "least": 1}, "currency_missing"),
        ({"field": "units", "test": "between"}, "bounds_missing"),
        ({"field": "units", "test": "between", "least": 5, "most": 2}, "bounds_reversed"),
        ({"field": "units", "test": "between", "least": "5"}, "not_a_number"),
        ({"field": "week_time", "test": "between", "least": 5, "within": "Mars/Olympus"}, "timezone_unknown"),
        ({"field": "sku", "test": "any", "values": ["LAMP"]}, "not_a_number"),
    ],
)
def test_what_can_be_no_condition_is_refused_by_name(document, code):
    with pytest.raises(RuleFault) as refused:
        condition_from_document(document)
    assert refused.value.code == code


def test_an_empty_group_is_refused_wherever_it_stands():
    for empty in ({"every": True, "parts": []}, {"every": True, "parts": [{"every": False, "parts": []}]}):
        with pytest.raises(RuleFault, match="empty_condition"):
            group_from_document(empty)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"act": "explode"}, "act_unknown"),
        ({"act": "restrict"}, "nothing_named"),
        ({"act": "pin", "channel_ids": [1]}, "pin_names_one_warehouse"),
        ({"act": "pin", "warehouse_ids": [1, 2]}, "pin_names_one_warehouse"),
    ],
)
def test_an_action_that_says_nothing_is_refused(document, code):
    with pytest.raises(RuleFault) as refused:
        action_from_document(document)
    assert refused.value.code == code


def test_a_rule_is_read_back_as_it_was_written():
    rules = random_rules(Random(7), 60)
    readable = [terms for terms in rules if _reads(terms)]
    assert len(readable) > 20
    for terms in readable:
        assert rule_from_document(rule_to_document(terms)) == terms
        assert group_from_document(group_to_document(terms.condition)) == terms.condition


def _reads(terms):
    try:
        rule_from_document(rule_to_document(terms))
    except RuleFault:
        return False
    return True
