"""Why a bill differs from its estimate; estimate and variances are the bill, to the cent."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.core.comparing import Reason, Tolerance, all_for, compare, summed, without_repetitions

CODES = ("base", "discount", "fuel", "residential", "peak", "tax")
amounts = st.dictionaries(st.sampled_from(CODES), st.integers(-(10**9), 10**9))
steps = st.lists(st.tuples(st.sampled_from([Reason.WEIGHT, Reason.ZONE]), amounts), max_size=2)


def told(estimated, steps, billed):
    return [(found.code, found.reason.slug, found.amount_minor) for found in compare(estimated=estimated, steps=steps, billed=billed)]


def test_a_bill_as_reckoned_has_no_variance() -> None:
    assert told({"base": 1000, "fuel": 150}, [], {"fuel": 150, "base": 1000}) == []


def test_what_is_left_is_told_by_the_kind_of_the_cost_line() -> None:
    assert told({"base": 1000, "fuel": 150}, [], {"base": 1010, "fuel": 170, "residential": 500}) == [
        ("base", "rate", 10),
        ("fuel", "fuel", 20),
        ("residential", "surcharge", 500),
    ]


def test_a_billed_weight_explains_what_the_card_says_it_costs_and_no_more() -> None:
    at_two_kilos = {"base": 1200, "fuel": 180}
    assert told({"base": 1000, "fuel": 150}, [(Reason.WEIGHT, at_two_kilos)], {"base": 1250, "fuel": 180}) == [
        ("base", "weight", 200),
        ("fuel", "weight", 30),
        ("base", "rate", 50),
    ]


def test_weight_and_zone_are_told_apart() -> None:
    heavier, farther = {"base": 1200}, {"base": 1500}
    assert told({"base": 1000}, [(Reason.WEIGHT, heavier), (Reason.ZONE, farther)], {"base": 1500}) == [
        ("base", "weight", 200),
        ("base", "zone", 300),
    ]


def test_a_charge_that_was_expected_and_not_billed_is_a_variance_below_zero() -> None:
    assert told({"base": 1000, "residential": 500}, [], {"base": 1000}) == [("residential", "surcharge", -500)]


def test_a_bill_without_a_discount_line_bills_what_is_left_after_it() -> None:
    estimated = {"base": 1000, "discount": -200}
    assert told(estimated, [], {"base": 800}) == []
    assert told(estimated, [], {"base": 1000, "discount": -150}) == [("discount", "rate", 50)]


def test_a_discount_on_a_charge_is_taken_off_that_charge_unless_it_is_billed_as_such() -> None:
    estimated = {"base": 1000, "residential": 400, "residential_discount": -100, "fuel": 130, "fuel_discount": -13}
    assert told(estimated, [], {"base": 1000, "residential": 300, "fuel": 117}) == []
    assert told(estimated, [], {"base": 1000, "residential": 400, "residential_discount": -50, "fuel": 120}) == [
        ("residential_discount", "surcharge", 50),
        ("fuel", "fuel", 3),
    ]


@given(estimated=amounts, steps=steps, billed=amounts)
def test_estimate_and_variances_are_the_bill_to_the_cent(estimated, steps, billed) -> None:
    found = compare(estimated=estimated, steps=steps, billed=billed)
    assert sum(estimated.values()) + sum(variance.amount_minor for variance in found) == sum(billed.values())


charges = st.lists(st.tuples(st.sampled_from(["Freight", "Fuel", "Home"]), st.sampled_from(CODES), st.integers(-50, 50)), max_size=9)


@given(charges=charges, before=st.sets(st.sampled_from(["Freight", "Fuel"])))
def test_no_charge_is_lost_where_repetitions_are_set_aside(charges, before) -> None:
    fresh, repeated = without_repetitions(charges, before)
    assert sorted([*fresh, *repeated]) == sorted(charges)
    again = all_for(Reason.DUPLICATE, summed(repeated))
    assert sum(variance.amount_minor for variance in again) == sum(amount for _word, _code, amount in repeated)


def test_the_same_word_with_the_same_amount_is_billed_twice_and_a_credit_never_is() -> None:
    freight, other, credit = ("Freight", "base", 500), ("Freight", "base", 700), ("Freight", "base", -500)
    assert without_repetitions([freight, freight, other, credit, credit]) == ([freight, other, credit, credit], [freight])


def test_a_later_bill_repeats_the_words_of_the_earlier_one_whatever_their_amount() -> None:
    freight, correction = ("Freight", "base", 700), ("Address correction", "address_correction", 300)
    assert without_repetitions([freight, correction], {"Freight"}) == ([correction], [freight])


def test_the_tolerance_is_the_greater_of_an_amount_and_a_share_and_its_bound_is_within() -> None:
    five_cents, one_percent = Tolerance(amount_minor=5), Tolerance(percent=Decimal(1))
    assert five_cents.covers(estimated_minor=1000, billed_minor=1005)
    assert not five_cents.covers(estimated_minor=1000, billed_minor=1006)
    assert one_percent.covers(estimated_minor=1000, billed_minor=990)
    assert not one_percent.covers(estimated_minor=1099, billed_minor=1110)
    assert not Tolerance().covers(estimated_minor=0, billed_minor=1)
