"""A card's document is read strictly, with every fault by its path, and is written back."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from carriers.core.card import CardError, card_from_document, card_to_document
from tests.carriers.core import random_cards as world
from tests.carriers.core.cards import document


def faults_of(broken: Any) -> set[tuple[str, str]]:
    with pytest.raises(CardError) as caught:
        card_from_document(broken)
    return {(fault.path, fault.code) for fault in caught.value.faults}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(world.card_documents())
def test_reads_again_what_it_writes(written: dict[str, object]) -> None:
    card = card_from_document(written)
    assert card_from_document(card_to_document(card)) == card
    assert card_to_document(card_from_document(card_to_document(card))) == card_to_document(card)


def test_does_not_change_the_document() -> None:
    before = document(surcharges=[{"code": "x", "amounts": "1"}])
    kept = deepcopy(before)
    card_from_document(before)
    assert before == kept


@pytest.mark.parametrize("broken", [None, [], "card", 7])
def test_refuses_what_is_no_document(broken: Any) -> None:
    assert faults_of(broken) == {("", "not_an_object")}


def test_reports_all_faults_together() -> None:
    broken = document(
        effective_from="yesterday",
        minimum_billable="-1",
        colour="blue",
        rates=[{"not_over": "two", "amounts": ["1", "2", "3"]}, {"not_over": "3", "amounts": ["1.001", 2.5]}],
    )
    assert faults_of(broken) == {
        ("effective_from", "not_a_date"),
        ("minimum_billable", "negative"),
        ("colour", "unknown_field"),
        ("rates[0].not_over", "not_a_number"),
        ("rates[0].amounts", "wrong_number_of_zones"),
        ("rates[1].not_over", "not_ascending"),
        ("rates[1].amounts.0", "not_an_amount"),
        ("rates[1].amounts.1", "float_not_exact"),
    }


@pytest.mark.parametrize("weekdays", [[], [0], [8], ["1", "x"], "12", [1.0]])
def test_weekdays_are_a_list_of_1_to_7(weekdays: Any) -> None:
    assert {path for path, _ in faults_of(document(transit_calendar={"weekdays": weekdays}))} == {"transit_calendar.weekdays"}


def test_without_units_and_currency_nothing_else_is_read() -> None:
    assert faults_of({"rates": "?"}) == {
        ("currency", "missing"),
        ("currency", "unknown_word"),
        ("units", "missing"),
        ("units.weight", "unknown_word"),
        ("units.length", "unknown_word"),
        ("zones", "missing"),
        ("zones", "out_of_bounds"),
    }


ONE = {"not_over": "1", "amounts": "1"}


@pytest.mark.parametrize(
    ("rates", "fault"),
    [
        ([], ("rates", "empty")),
        ([ONE, ONE], ("rates[1].not_over", "repeated_row")),
        ([ONE | {"not_over": "2"}, ONE], ("rates[1].not_over", "not_ascending")),
        ([{"amounts": "1"}, ONE], ("rates[1].not_over", "not_ascending")),
        ([{"not_over": "1"}], ("rates[0].amounts", "missing")),
        ([ONE | {"amounts": [None, None]}], ("rates[0].amounts", "empty")),
        ([ONE | {"amounts": {"9": "1"}}], ("rates[0].amounts.9", "unknown_zone")),
        ([ONE | {"amounts": "1,50"}], ("rates[0].amounts", "not_a_number")),
        ([ONE | {"amounts": True}], ("rates[0].amounts", "not_a_number")),
        ([ONE | {"amounts": "-1"}], ("rates[0].amounts", "negative")),
        ([ONE | {"not_over": {"value": "1"}}], ("rates[0].not_over", "not_a_measure")),
        ([ONE | {"not_over": {"value": "1", "unit": "st"}}], ("rates[0].not_over", "unknown_unit")),
        ([ONE | {"not_over": "10001"}], ("rates[0].not_over", "out_of_bounds")),
        ([ONE | {"step": "1"}], ("rates[0].step", "needs_a_price")),
        ([ONE | {"per_step": "1"}], ("rates[0].step", "missing")),
        ([ONE | {"per_step": "1", "per_unit": "1", "step": "1"}], ("rates[0].per_step", "two_prices")),
        ([ONE | {"per_step": "1", "step": "0"}], ("rates[0].step", "out_of_bounds")),
        ([ONE | {"per_step": "0.0000001", "step": "1"}], ("rates[0].per_step", "not_an_amount")),
        ([ONE | {"per_step": "900000", "step": {"value": "1", "unit": "g"}}], ("rates[0].per_step", "too_fine")),
        (["1"], ("rates[0]", "not_an_object")),
    ],
)
def test_refuses_rates_with_gaps_repeats_and_slips(rates: list[Any], fault: tuple[str, str]) -> None:
    assert fault in faults_of(document(rates=rates))


X = {"code": "x", "amounts": "1"}


@pytest.mark.parametrize(
    ("surcharges", "faults"),
    [
        ([X, X], {("surcharges[1].code", "repeated_code")}),
        ([X | {"code": "fuel"}], {("surcharges[0].code", "reserved_code")}),
        ([{"code": "x"}], {("surcharges[0].amounts", "missing")}),
        ([X | {"percent": "1"}], {("surcharges[0].amounts", "two_amounts")}),
        ([{"code": "x", "percent": "1.0001"}], {("surcharges[0].percent", "not_a_percent")}),
        ([X | {"amounts": {"1": "2"}}], {("surcharges[0].amounts", "missing_zone")}),
        ([X | {"minimum": "2", "maximum": "1"}], {("surcharges[0].minimum", "above_maximum")}),
        ([X | {"depends_on": "y"}], {("surcharges[0].depends_on", "unknown_surcharge")}),
        ([X | {"depends_on": "x"}], {("surcharges", "circular_dependency")}),
        (
            [X | {"depends_on": "y"}, X | {"code": "y", "depends_on": "x"}],
            {("surcharges", "circular_dependency")},
        ),
        (
            [X | {"group": "g"}, X | {"code": "y", "group": "g"}],
            {("surcharges[0].priority", "repeated_priority"), ("surcharges[1].priority", "repeated_priority")},
        ),
        (
            [X | {"group": "g", "per": "shipment"}, X | {"code": "y", "group": "g", "priority": 1}],
            {("surcharges[0].per", "differs_within_group"), ("surcharges[1].per", "differs_within_group")},
        ),
        (
            [X | {"group": "g"}, X | {"code": "y", "group": "g", "priority": 1, "depends_on": "x"}],
            {("surcharges[1].depends_on", "excluded_by_group")},
        ),
        ([X | {"from": "2026-02-01", "to": "2026-02-01"}], {("surcharges[0].to", "ends_before_it_starts")}),
        ([X | {"when": [{}]}], {("surcharges[0].when[0]", "empty")}),
        ([X | {"when": [{"zones": ["9"]}]}], {("surcharges[0].when[0].zones", "unknown_zone")}),
        ([X | {"when": [{"countries": ["usa"]}]}], {("surcharges[0].when[0].countries", "not_a_country")}),
        (
            [X | {"when": [{"residentail": True}]}],
            {("surcharges[0].when[0].residentail", "unknown_field")},
        ),
        ([X | {"when": [{"area": {}}]}], {("surcharges[0].when[0].area.list", "missing")}),
        ([X | {"per": "box"}], {("surcharges[0].per", "unknown_word")}),
        ([X | {"priority": -1}], {("surcharges[0].priority", "out_of_bounds")}),
        ([X | {"active": "no"}], {("surcharges[0].active", "not_true_or_false")}),
    ],
)
def test_refuses_surcharges_that_contradict_themselves(surcharges: list[Any], faults: set[tuple[str, str]]) -> None:
    assert faults_of(document(surcharges=surcharges)) == faults


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"effective_to": "2026-01-01"}, ("effective_to", "ends_before_it_starts")),
        ({"zones": ["1", "1"]}, ("zones", "repeated_zone")),
        ({"currency": "usd"}, ("currency", "unknown_word")),
        ({"volumetric": {"divisor": "0"}}, ("volumetric.divisor", "out_of_bounds")),
        ({"volumetric": {"divisor": "0.0000001"}}, ("volumetric.divisor", "too_fine")),
        ({"volumetric": {"divisor": "5000", "counted_percent": "101"}}, ("volumetric.counted_percent", "out_of_bounds")),
        ({"dimensions": {"mode": "up", "step": "0.001"}}, ("dimensions.step", "out_of_bounds")),
        ({"dimensions": {"mode": "sideways"}}, ("dimensions.mode", "unknown_word")),
        ({"rounding": {"mode": "up"}}, ("rounding.step", "missing")),
        ({"rounding": {"step": "1", "below": {"step": "1"}}}, ("rounding.below.limit", "missing")),
        ({"discount": {"percent": "101"}}, ("discount.percent", "out_of_bounds")),
        ({"discount": {}}, ("discount.percent", "missing")),
        ({"discount": {"percent": "1", "bands": [{"percent": "2"}]}}, ("discount.percent", "two_discounts")),
        ({"discount": {"bands": []}}, ("discount.bands", "empty")),
        ({"discount": {"bands": [{"percent": "2"}, {"not_over": "3", "percent": "1"}]}}, ("discount.bands[1].not_over", "not_ascending")),
        ({"discount": {"bands": [{"not_over": "3"}]}}, ("discount.bands[0].percent", "missing")),
        ({"fuel_discount": "100.001"}, ("fuel_discount", "out_of_bounds")),
        ({"surcharges": [{"code": "x", "amounts": "1", "discount": "101"}]}, ("surcharges[0].discount", "out_of_bounds")),
        (
            {"surcharges": [{"code": "x", "amounts": "1", "discount": "1"}, {"code": "x_discount", "amounts": "1"}]},
            ("surcharges[0].discount", "reserved_code"),
        ),
        ({"limits": {"weight": "5", "wieght": "5"}}, ("limits.wieght", "unknown_field")),
        ({"limits": []}, ("limits", "not_an_object")),
        ({"pieces": {"most": 0}}, ("pieces.most", "out_of_bounds")),
        ({"pieces": {"most": "1.5"}}, ("pieces.most", "out_of_bounds")),
        ({"transit_days": {"9": 1}}, ("transit_days.9", "unknown_zone")),
        ({"transit_postcodes": [{"country": "US", "postcodes": ["902"]}]}, ("transit_postcodes[0].days", "missing")),
        ({"transit_postcodes": [{"country": "US", "days": 366}]}, ("transit_postcodes[0].days", "out_of_bounds")),
        (
            {"transit_postcodes": [{"country": "US", "days": 3}, {"country": "US", "days": 4}]},
            ("transit_postcodes[1].days", "two_days_for_one_entry"),
        ),
        (
            {"transit_postcodes": [{"country": "US", "days": day, "postcodes": [f"0100{day}..01009"]} for day in (1, 2)]},
            ("transit_postcodes", "overlapping_ranges"),
        ),
        ({"transit_days": {"1": -1}}, ("transit_days.1", "out_of_bounds")),
        ({"restrictions": [{"name": "x", "code": "no_fx"}]}, ("restrictions[0].code", "unknown_word")),
        ({"restrictions": [{"when": []}]}, ("restrictions[0].name", "missing")),
        (
            {"surcharges": [{"code": "x", "percent": "1"}], "pieces": {"rated": "sum_of_greater"}},
            ("surcharges[0].per", "piece_has_no_base"),
        ),
        ({"code": " "}, ("code", "not_a_text")),
        ({"fuel": "yes"}, ("fuel", "not_true_or_false")),
    ],
)
def test_refuses_terms_out_of_bounds(fields: dict[str, Any], fault: tuple[str, str]) -> None:
    assert fault in faults_of(document(**fields))


def test_a_fault_reads_as_a_sentence_for_the_log() -> None:
    with pytest.raises(CardError, match=r"rates\[0\].amounts: negative \(-1\)"):
        card_from_document(document(rates=[{"amounts": "-1"}]))
