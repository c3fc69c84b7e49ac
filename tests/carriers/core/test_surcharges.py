"""When surcharges hold, what they cost, and which of them exclude each other."""

from datetime import date
from typing import Any

import pytest

from carriers.core.areas import area_list_from_document
from carriers.core.types import Destination, Parcel, Quote
from tests.carriers.core.cards import DAY, HOME, SHOP, document, lines, parcel, price, total

CANADA = Destination(country="CA")
AREAS = {
    "das": area_list_from_document(
        {
            "code": "das",
            "entries": [
                {"country": "US", "tier": "das", "postcodes": ["90210"]},
                {"country": "US", "tier": "extended", "postcodes": ["995"]},
            ],
        }
    )
}


def charged(surcharge: dict[str, Any], *parcels: Parcel, to: Destination = SHOP, day: date = DAY, **card: Any) -> int:
    """Return what one surcharge adds, 0 if nothing."""
    found = lines(price(document(surcharges=[{"code": "x", **surcharge}], **card), *parcels, to=to, day=day, areas=AREAS))
    return found.get("x", 0)


# ---- triggers


@pytest.mark.parametrize(
    ("when", "one", "to", "holds"),
    [
        ({"residential": True}, parcel("1"), HOME, True),
        ({"residential": True}, parcel("1"), SHOP, False),
        ({"residential": False}, parcel("1"), SHOP, True),
        ({"countries": ["CA"]}, parcel("1"), CANADA, True),
        ({"countries": ["CA"]}, parcel("1"), SHOP, False),
        ({"zones": ["2"]}, parcel("1"), CANADA, True),
        ({"zones": ["2"]}, parcel("1"), SHOP, False),
        ({"area": {"list": "das"}}, parcel("1"), SHOP, True),
        ({"area": {"list": "das", "tiers": ["extended"]}}, parcel("1"), SHOP, False),
        ({"area": {"list": "das", "tiers": ["extended"]}}, parcel("1"), Destination(country="US", postcode="99501"), True),
        ({"area": {"list": "das"}}, parcel("1"), CANADA, False),
        ({"tags": ["battery", "magnet"]}, parcel("1", tags={"magnet"}), SHOP, True),
        ({"tags": ["battery"]}, parcel("1", tags={"fragile"}), SHOP, False),
        ({"longest_over": "120"}, parcel("1", sides=(10, 120, 10)), SHOP, False),
        ({"longest_over": "120"}, parcel("1", sides=(10, "120.1", 10)), SHOP, True),
        ({"second_over": "76"}, parcel("1", sides=(76, 10, 100)), SHOP, False),
        ({"second_over": "76"}, parcel("1", sides=("76.1", 10, 100)), SHOP, True),
        ({"girth_over": "60"}, parcel("1", sides=(100, 20, 10)), SHOP, False),
        ({"girth_over": "60"}, parcel("1", sides=(100, 20, "10.1")), SHOP, True),
        ({"length_and_girth_over": "160"}, parcel("1", sides=(100, 20, 10)), SHOP, False),
        ({"length_and_girth_over": "160"}, parcel("1", sides=(100, 20, "10.1")), SHOP, True),
        ({"volume_over": "6000"}, parcel("1", sides=(10, 20, 30)), SHOP, False),
        ({"volume_over": "6000"}, parcel("1", sides=(10, 20, "30.1")), SHOP, True),
        ({"actual_over": "5"}, parcel("5"), SHOP, False),
        ({"actual_over": "5"}, parcel("5.000001"), SHOP, True),
        ({"actual_over": {"value": "11", "unit": "lb"}}, parcel("5"), SHOP, True),  # 11 lb are 4.9895 kg
        ({"billable_over": "5"}, parcel("1", sides=(50, 50, 10)), SHOP, False),  # 5 kg by size
        ({"billable_over": "5"}, parcel("1", sides=(50, 51, 10)), SHOP, True),
        ({"residential": True, "actual_over": "5"}, parcel("6"), SHOP, False),
        ({"residential": True, "actual_over": "5"}, parcel("6"), HOME, True),
    ],
)
def test_a_condition_holds(when: dict[str, Any], one: Parcel, to: Destination, holds: bool) -> None:
    amount = charged({"amounts": "3", "when": [when]}, one, to=to, volumetric={"divisor": "5000"})
    assert amount == (3_00 if holds else 0)


def test_any_of_the_conditions_will_do() -> None:
    surcharge = {"amounts": "3", "when": [{"residential": True}, {"actual_over": "5"}]}
    found = [charged(surcharge, parcel(mass), to=to) for mass in ("1", "6") for to in (SHOP, HOME)]
    assert found == [0, 3_00, 3_00, 3_00]


@pytest.mark.parametrize(("day", "amount"), [("2026-10-03", 0), ("2026-10-04", 3_00), ("2027-01-17", 3_00), ("2027-01-18", 0)])
def test_a_season_runs_from_its_first_day_until_before_its_last(day: str, amount: int) -> None:
    surcharge = {"amounts": "3", "from": "2026-10-04", "to": "2027-01-18"}
    assert charged(surcharge, parcel("1"), day=date.fromisoformat(day)) == amount


def test_an_inactive_surcharge_is_never_charged() -> None:
    assert charged({"amounts": "3", "active": False}, parcel("1")) == 0


# ---- amounts


def test_an_amount_by_zone() -> None:
    surcharge = {"amounts": {"1": "3", "*": "4"}}
    assert [charged(surcharge, parcel("1"), to=to) for to in (SHOP, CANADA)] == [3_00, 4_00]


def test_an_amount_by_billable_weight_and_zone() -> None:
    surcharge = {"bands": [{"not_over": "3", "amounts": ["0.40", "0.55"]}, {"amounts": "1.05"}]}
    found = [charged(surcharge, parcel(mass), to=to) for mass in ("3", "3.001") for to in (SHOP, CANADA)]
    assert found == [40, 55, 1_05, 1_05]


def test_a_weight_above_the_last_band_is_not_taken_for_free() -> None:
    surcharges = [{"code": "peak", "bands": [{"not_over": "3", "amounts": "0.40"}]}]
    assert total(price(document(surcharges=surcharges), parcel("4"))) == "no_rate"


@pytest.mark.parametrize(("mass", "amount"), [("1", 5_00), ("10", 5_00), ("10.1", 5_50), ("12", 6_00), ("20", 8_00)])
def test_a_price_per_kilogram_with_a_minimum_and_a_maximum(mass: str, amount: int) -> None:
    surcharge = {"per_unit": "0.50", "step": "1", "minimum": "5", "maximum": "8"}
    assert charged(surcharge, parcel(mass)) == amount


def test_a_per_cent_of_the_net_base() -> None:
    surcharge = {"percent": "12.5"}
    assert charged(surcharge, parcel("3"), discount={"percent": "20"}) == 3_00
    assert charged(surcharge | {"minimum": "4"}, parcel("1")) == 4_00


@pytest.mark.parametrize(("per", "amount"), [("piece", 6_00), ("shipment", 3_00)])
def test_is_due_for_each_piece_that_bears_it_or_once(per: str, amount: int) -> None:
    heavy, light = parcel("6"), parcel("1")
    assert charged({"amounts": "3", "per": per, "when": [{"actual_over": "5"}]}, heavy, light, heavy) == amount


def test_bands_look_at_the_piece_or_at_the_shipment() -> None:
    bands = [{"not_over": "2", "amounts": "1"}, {"amounts": "5"}]
    pieces = [parcel("2"), parcel("2")]
    found = [charged({"bands": bands, "per": per}, *pieces) for per in ("piece", "shipment")]
    assert found == [2_00, 5_00]


# ---- groups, dependencies, side effects

OVERSIZE = {"code": "oversize", "amounts": "200", "group": "handling", "priority": 1, "when": [{"longest_over": "240"}]}
HANDLING = {"code": "handling by size", "amounts": "30", "group": "handling", "priority": 2, "when": [{"longest_over": "120"}]}
WEIGHT = {"code": "handling by weight", "amounts": "40", "group": "handling", "priority": 3, "when": [{"actual_over": "5"}]}


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
@pytest.mark.parametrize(
    ("one", "code"),
    [
        (parcel("6", sides=(250, 1, 1)), "oversize"),
        (parcel("6", sides=(130, 1, 1)), "handling by size"),
        (parcel("6"), "handling by weight"),
    ],
)
def test_of_a_group_only_the_first_by_priority_is_charged(order: list[int], one: Parcel, code: str) -> None:
    surcharges = [(OVERSIZE, HANDLING, WEIGHT)[i] for i in order]
    assert list(lines(price(document(surcharges=surcharges), one))) == ["base", code]


def test_a_group_is_decided_piece_by_piece() -> None:
    card = document(surcharges=[OVERSIZE, HANDLING])
    found = lines(price(card, parcel("1", sides=(250, 1, 1)), parcel("1", sides=(130, 1, 1))))
    assert found == {"base": 20_00, "oversize": 200_00, "handling by size": 30_00}


def test_an_inactive_rival_does_not_exclude() -> None:
    card = document(surcharges=[OVERSIZE | {"active": False}, HANDLING])
    assert list(lines(price(card, parcel("1", sides=(250, 1, 1))))) == ["base", "handling by size"]


def test_a_surcharge_may_bring_a_minimum_billable_weight() -> None:
    card = document(surcharges=[HANDLING | {"minimum_billable": "15"}])
    answer = price(card, parcel("2", sides=(130, 1, 1)))
    assert lines(answer) == {"base": 150_00, "handling by size": 30_00}
    assert isinstance(answer, Quote)
    assert (answer.billable_mg, answer.billable_reason) == (15_000_000, "minimum")
    assert lines(price(card, parcel("2"))) == {"base": 20_00}


def test_an_excluded_surcharge_brings_no_minimum() -> None:
    card = document(surcharges=[OVERSIZE, HANDLING | {"minimum_billable": "15"}])
    assert lines(price(card, parcel("2", sides=(250, 1, 1)))) == {"base": 20_00, "oversize": 200_00}


def test_triggers_look_at_the_weight_before_such_a_minimum() -> None:
    heavy = {"code": "heavy", "amounts": "9", "when": [{"billable_over": "10"}]}
    card = document(surcharges=[HANDLING | {"minimum_billable": "15"}, heavy])
    assert "heavy" not in lines(price(card, parcel("2", sides=(130, 1, 1))))


def test_a_surcharge_may_depend_on_another() -> None:
    surcharges = [
        {"code": "area at home", "amounts": "4", "depends_on": "home", "when": [{"area": {"list": "das"}}]},
        {"code": "home", "amounts": "5", "when": [{"residential": True}]},
    ]
    card = document(surcharges=surcharges)
    assert lines(price(card, parcel("1"), to=HOME, areas=AREAS)) == {"base": 10_00, "area at home": 4_00, "home": 5_00}
    assert lines(price(card, parcel("1"), to=SHOP, areas=AREAS)) == {"base": 10_00}


def test_what_depends_on_an_excluded_surcharge_is_not_charged() -> None:
    surcharges = [OVERSIZE, HANDLING, {"code": "crane", "amounts": "7", "depends_on": "handling by size"}]
    card = document(surcharges=surcharges)
    assert "crane" in lines(price(card, parcel("1", sides=(130, 1, 1))))
    assert "crane" not in lines(price(card, parcel("1", sides=(250, 1, 1))))


def test_lines_stand_in_the_order_of_the_card_whatever_depends_on_what() -> None:
    surcharges = [{"code": "b", "amounts": "1", "depends_on": "a"}, {"code": "a", "amounts": "1"}]
    assert list(lines(price(document(surcharges=surcharges), parcel("1")))) == ["base", "b", "a"]
