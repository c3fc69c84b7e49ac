"""What a shipment costs, rule by rule."""

from datetime import date
from typing import Any

import pytest

from carriers.core.areas import area_list_from_document
from carriers.core.fuel import FuelTable
from carriers.core.types import BillableReason, CostLine, Destination, Origin, PieceWeight, Quote, Rejection, RejectionCode
from carriers.core.zones import chart_from_document
from tests.carriers.core.cards import CHART, DAY, HOME, SHOP, document, lines, parcel, price, total

CANADA = Destination(country="CA")

# ---- the card as a whole


def test_a_quote_says_all_that_it_rests_on() -> None:
    card = document(transit_days={"1": 3})
    assert price(card, parcel("1.5")) == Quote(
        total_minor=20_00,
        currency="USD",
        lines=(CostLine("base", 20_00, "1.5 kg"),),
        zone="1",
        zone_estimated=False,
        billable_mg=1_500_000,
        billable_reason=BillableReason.ACTUAL,
        transit_days=3,
        card_code="plain",
        pieces=(PieceWeight(1_500_000, 0, 1_500_000, BillableReason.ACTUAL),),
    )


@pytest.mark.parametrize(
    ("day", "answer"),
    [("2025-12-31", "not_effective"), ("2026-01-01", 10_00), ("2026-06-30", 10_00), ("2026-07-01", "not_effective")],
)
def test_a_card_is_in_force_from_its_first_day_until_before_its_last(day: str, answer: int | str) -> None:
    card = document(effective_to="2026-07-01")
    assert total(price(card, parcel("1"), day=date.fromisoformat(day))) == answer


def test_a_shipment_has_at_least_one_parcel() -> None:
    with pytest.raises(ValueError, match="parcel"):
        price(document())


def test_refuses_more_pieces_than_the_channel_takes() -> None:
    card = document(pieces={"most": 2})
    one = parcel("1")
    assert [total(price(card, *[one] * pieces)) for pieces in (1, 2, 3)] == [10_00, 20_00, "too_many_pieces"]


# ---- zones


@pytest.mark.parametrize(
    ("country", "answer"),
    [("US", 10_00), ("CA", 20_00), ("FR", "no_zone"), ("CU", "not_served"), ("MX", "no_rate")],
)
def test_says_why_a_country_has_no_price(country: str, answer: int | str) -> None:
    assert total(price(document(), parcel("1"), to=Destination(country=country))) == answer


def test_takes_an_estimated_zone_only_where_the_channel_says_so_and_marks_it() -> None:
    bands = {"unit": "km", "countries": ["US"], "bands": [{"zone": "1", "not_over": "100"}, {"zone": "2", "not_over": None}]}
    chart = chart_from_document({"code": "bands", "distance_bands": bands})
    here, there = Origin(key=1, country="US", lat=37.0, lon=-80.0), Destination(country="US", lat=38.0, lon=-80.0)
    answer = price(document(allow_estimated_zone=True), parcel("1"), chart=chart, origin=here, to=there)
    assert isinstance(answer, Quote)
    assert (answer.total_minor, answer.zone, answer.zone_estimated) == (20_00, "2", True)
    assert total(price(document(), parcel("1"), chart=chart, origin=here, to=there)) == "no_zone"
    nowhere = Destination(country="US")
    assert total(price(document(allow_estimated_zone=True), parcel("1"), chart=chart, origin=here, to=nowhere)) == "no_zone"


# ---- weight rows


@pytest.mark.parametrize(
    ("mass", "answer"),
    [("0.1", 10_00), ("1.0", 10_00), ("1.000001", 20_00), ("20.0", 200_00), ("20.000001", "no_rate")],
)
def test_weight_rows_are_inclusive_and_end_with_the_table(mass: str, answer: int | str) -> None:
    assert total(price(document(), parcel(mass))) == answer


def test_an_empty_cell_is_no_price() -> None:
    rates = [{"not_over": "1", "amounts": ["10", None]}, {"not_over": "2", "amounts": ["20", "40"]}]
    answers = [total(price(document(rates=rates), parcel(mass), to=CANADA)) for mass in ("1", "2")]
    assert answers == ["no_rate", 40_00]


@pytest.mark.parametrize(("mass", "answer"), [("0.5", 32_00), ("0.51", 37_50), ("1", 37_50), ("1.001", 43_00), ("3", 59_50)])
def test_first_weight_and_continuation(mass: str, answer: int) -> None:
    # 首重 0.5 kg 32.00, 续重 5.50 for each further 0.5 kg begun.
    rates = [
        {"not_over": "0.5", "amounts": "32.00"},
        {"not_over": "30", "amounts": "32.00", "beyond": "0.5", "step": "0.5", "per_step": "5.50"},
    ]
    assert total(price(document(rates=rates), parcel(mass))) == answer


@pytest.mark.parametrize(("mass", "answer"), [("0.1", 25_85), ("0.101", 25_92), ("0.25", 36_13), ("2", 156_00)])
def test_a_price_by_gram_on_top_of_a_fee(mass: str, answer: int) -> None:
    # 68.50 a kg billed by the gram, plus 19.00 an item (挂号费), to 2 kg: 0.101 kg is 6.9185 + 19.00.
    rates = [{"not_over": "2", "amounts": "19.00", "step": "0.001", "per_unit": "68.50"}]
    assert total(price(document(rates=rates), parcel(mass))) == answer


def test_a_multiplier_on_the_whole_weight_above_the_table() -> None:
    rates = [{"not_over": "10", "amounts": "100.00"}, {"step": "1", "per_unit": "9.00"}]
    answers = [total(price(document(rates=rates), parcel(mass))) for mass in ("10", "10.2", "11", "100")]
    assert answers == [100_00, 99_00, 99_00, 900_00]


def test_steps_of_pounds_do_not_drift_from_the_pound() -> None:
    # 2 lb are 907,184.74 mg and 3 lb 1,360,777.11: whole milligrams differ by 453,593, more than one pound of 453,592.37.
    rates = [{"amounts": "10", "beyond": "2", "step": "1", "per_step": "1"}]
    card = document(rates=rates, units={"weight": "lb", "length": "in"})
    assert [total(price(card, parcel(mass, "lb"))) for mass in ("2", "3", "4", "70")] == [10_00, 11_00, 12_00, 78_00]


def test_prices_finer_than_a_cent_are_rounded_once_in_the_end() -> None:
    rates = [{"step": "0.001", "per_step": "0.000333"}]
    assert [total(price(document(rates=rates), parcel(mass))) for mass in ("0.015", "0.016", "1")] == [0, 1, 33]


# ---- billable weight


def weighed(answer: Quote | Rejection) -> tuple[int, str]:
    assert isinstance(answer, Quote), answer
    return answer.billable_mg, answer.billable_reason.value


def test_a_light_large_parcel_pays_for_its_size() -> None:
    # 60 x 50 x 40 cm / 5000 = 24 kg at 0.4 kg by scale.
    rates = [*document()["rates"], {"not_over": "24", "amounts": ["240", "480"]}]
    answer = price(document(rates=rates, volumetric={"divisor": "5000"}), parcel("0.4", sides=(60, 50, 40)))
    assert (total(answer), weighed(answer)) == (240_00, (24_000_000, "volumetric"))
    assert isinstance(answer, Quote)
    assert answer.pieces == (PieceWeight(400_000, 24_000_000, 24_000_000, BillableReason.VOLUMETRIC),)


def test_size_counts_only_above_the_volume_of_the_contract() -> None:
    card = document(volumetric={"divisor": "5000", "above_volume": "10000"})
    answers = [weighed(price(card, parcel("1", sides=(100, 10, height)))) for height in (10, "10.1")]
    assert answers == [(1_000_000, "actual"), (2_020_000, "volumetric")]


def test_half_of_the_excess_of_size_over_weight() -> None:
    # 分泡 50 %: 2 kg by scale, 10 kg by size, billed 2 + 8 / 2.
    card = document(volumetric={"divisor": "5000", "counted_percent": "50"})
    assert weighed(price(card, parcel("2", sides=(50, 50, 20)))) == (6_000_000, "volumetric")


@pytest.mark.parametrize(
    ("mode", "billable_mg"),
    [
        ("up", 23 * 23 * 23 * 1_000),
        ("nearest", 22 * 23 * 22 * 1_000),
        ("none", 224 * 225 * 2_206 // 10),  # 22.4 x 22.5 x 22.06 cm: tenths of a millimetre are kept
    ],
)
def test_sides_are_rounded_as_the_card_says(mode: str, billable_mg: int) -> None:
    # A divisor of 1000 bills one gram for each cubic centimetre.
    card = document(volumetric={"divisor": "1000"}, dimensions={"mode": mode, "step": "1"})
    assert weighed(price(card, parcel("0.1", sides=("22.4", "22.5", "22.06")))) == (billable_mg, "volumetric")


def test_halves_of_a_side_step_round_up() -> None:
    card = document(volumetric={"divisor": "1"}, dimensions={"mode": "nearest", "step": "1"})
    assert weighed(price(card, parcel("0", sides=("1.5", 1, 1)))) == (2_000_000, "volumetric")


@pytest.mark.parametrize(
    ("mode", "mass", "billable_mg"),
    [
        ("up", "1.2", 1_500_000),
        ("up", "1.5", 1_500_000),
        ("nearest", "1.2", 1_000_000),
        ("nearest", "1.25", 1_500_000),
        ("none", "1.2", 1_200_000),
    ],
)
def test_billable_weight_is_rounded_to_the_step(mode: str, mass: str, billable_mg: int) -> None:
    card = document(rounding={"step": "0.5", "mode": mode})
    assert weighed(price(card, parcel(mass)))[0] == billable_mg


@pytest.mark.parametrize(("mass", "billable_mg"), [("0.12", 200_000), ("0.95", 1_000_000), ("1", 1_000_000), ("1.01", 2_000_000)])
def test_light_parcels_are_rounded_to_finer_steps(mass: str, billable_mg: int) -> None:
    card = document(rounding={"step": "1", "mode": "up", "below": {"limit": "1", "step": "0.1", "mode": "up"}})
    assert weighed(price(card, parcel(mass)))[0] == billable_mg


def test_a_heavier_parcel_is_never_rounded_to_less() -> None:
    rounding = {"step": "0.5", "mode": "nearest", "below": {"limit": "1.2", "step": "0.5", "mode": "up"}}
    weights = [weighed(price(document(rounding=rounding), parcel(f"1.{n}")))[0] for n in range(10)]
    assert weights == sorted(weights)
    assert weights[2:4] == [1_200_000, 1_500_000]


def test_the_minimum_billable_weight_is_named_as_the_reason() -> None:
    card = document(minimum_billable="2", volumetric={"divisor": "5000"})
    assert weighed(price(card, parcel("0.4", sides=(10, 10, 10)))) == (2_000_000, "minimum")
    assert weighed(price(card, parcel("2"))) == (2_000_000, "actual")


def test_pounds_are_exactly_0_45359237_kg() -> None:
    # 44.0924 lb is a hair below 20 kg, 44.0925 lb a hair above.
    assert [total(price(document(), parcel(mass, "lb"))) for mass in ("44.0924", "44.0925")] == [200_00, "no_rate"]


# ---- limits


@pytest.mark.parametrize(
    ("mass", "sides", "answer"),
    [
        ("15", (0, 0, 0), 150_00),
        ("15.000001", (0, 0, 0), "too_heavy"),
        ("1", (100, 50, 10), 10_00),
        ("1", ("100.1", 50, 10), "too_large"),
        ("1", (100, "60.1", 0), "too_large"),
        ("1", (100, 60, 41), "too_large"),  # 100 + 2 x 101 > 300
        ("1", (41, 100, 60), "too_large"),  # whatever the order of the sides
        ("16", ("100.1", 1, 1), "too_heavy"),
    ],
)
def test_limits_are_inclusive(mass: str, sides: tuple[str | int, str | int, str | int], answer: int | str) -> None:
    card = document(limits={"weight": "15", "longest": "100", "second": "60", "length_and_girth": "300"})
    assert total(price(card, parcel(mass, sides=sides))) == answer


def test_beyond_the_systems_limits_nothing_is_priced() -> None:
    rates = [{"amounts": "1"}]
    card = document(rates=rates, volumetric={"divisor": "5000"})
    assert total(price(card, parcel("10000"))) == 1_00
    assert total(price(card, parcel("10000.000001"))) == "too_heavy"
    assert total(price(card, parcel("1", sides=(1_001, 1, 1)))) == "too_large"
    assert total(price(card, parcel("1", sides=(1_000, 1_000, 1_000)))) == "too_large"  # 200 t by size


# ---- fuel and discount

FUEL = FuelTable.of({date(2026, 8, 3): "18.25", date(2026, 7, 27): "17.5"})


def test_fuel_is_a_per_cent_of_the_week_of_shipping() -> None:
    card = document(fuel=True)
    assert lines(price(card, parcel("1"), fuel=FUEL)) == {"base": 10_00, "fuel": 1_83}  # 182.5 cents, half-up
    assert lines(price(card, parcel("1"), fuel=FUEL, day=date(2026, 8, 2))) == {"base": 10_00, "fuel": 1_75}
    assert total(price(card, parcel("1"), fuel=FUEL, day=date(2026, 7, 26))) == "no_fuel"
    assert total(price(card, parcel("1"))) == "no_fuel"


def test_fuel_is_due_on_the_net_base_and_on_fuelable_surcharges_only() -> None:
    surcharges = [
        {"code": "fuelled", "amounts": "4.00", "fuelable": True},
        {"code": "dry", "amounts": "8.00", "fuelable": False},
    ]
    card = document(fuel=True, surcharges=surcharges, discount={"percent": "40"})
    # 10 % of 10.00 - 4.00 + 4.00.
    ten = FuelTable.of({DAY: "10"})
    assert lines(price(card, parcel("1"), fuel=ten)) == {"base": 10_00, "discount": -4_00, "fuelled": 4_00, "dry": 8_00, "fuel": 1_00}


@pytest.mark.parametrize(
    ("percent", "minimum", "net"),
    [("35.5", "0", 6_45), ("35.5", "7.20", 7_20), ("35.5", "12.00", 10_00), ("0", "0", 10_00), ("100", "0", 0)],
)
def test_a_discount_leaves_at_least_the_minimum_net_charge(percent: str, minimum: str, net: int) -> None:
    card = document(discount={"percent": percent, "minimum_net": minimum})
    assert total(price(card, parcel("1"))) == net


@pytest.mark.parametrize(("mass", "net"), [("2", 14_00), ("2.001", 15_00), ("3", 15_00), ("5", 25_00), ("5.001", 60_00)], ids=str)
def test_a_discount_by_weight_looks_at_the_billable_weight(mass: str, net: int) -> None:
    # 30 % up to 2 kg, 50 % up to 5 kg, nothing above.
    card = document(discount={"bands": [{"not_over": "2", "percent": "30"}, {"not_over": "5", "percent": "50"}]})
    assert total(price(card, parcel(mass))) == net


def test_a_minimum_that_a_surcharge_brings_counts_for_the_discount_by_weight() -> None:
    bands = {"bands": [{"not_over": "2", "percent": "50"}, {"percent": "10"}], "minimum_net": "8"}
    card = document(discount=bands, surcharges=[{"code": "large", "amounts": "1.00", "minimum_billable": "4"}])
    assert lines(price(card, parcel("1"))) == {"base": 40_00, "discount": -4_00, "large": 1_00}
    assert lines(price(document(discount=bands), parcel("1"))) == {"base": 10_00, "discount": -2_00}  # 8.00 at the least


def test_pieces_of_two_weights_bear_two_discounts() -> None:
    card = document(discount={"bands": [{"not_over": "2", "percent": "30"}, {"percent": "40"}]})
    answer = price(card, parcel("1"), parcel("3"))
    assert isinstance(answer, Quote)
    assert answer.lines[1] == CostLine("discount", -15_00, "30 %, 40 %")  # 3.00 + 12.00


def test_fuel_is_due_on_what_a_surcharges_discount_leaves_and_has_a_discount_of_its_own() -> None:
    surcharges = [
        {"code": "residential", "amounts": "4.00", "discount": "25", "fuelable": True},
        {"code": "peak", "percent": "50", "discount": "100"},
    ]
    card = document(fuel=True, fuel_discount="20", surcharges=surcharges)
    answer = price(card, parcel("1"), fuel=FuelTable.of({DAY: "10"}))
    assert lines(answer) == {
        "base": 10_00,
        "residential": 4_00,
        "residential_discount": -1_00,
        "peak": 5_00,
        "peak_discount": -5_00,
        "fuel": 1_30,
        "fuel_discount": -26,
    }
    assert isinstance(answer, Quote)
    assert [line.detail for line in answer.lines if line.code.endswith("_discount")] == ["25 %", "100 %", "20 %"]


def test_percents_are_rounded_half_up_to_the_minor_unit() -> None:
    rates = [{"amounts": "0.50"}]
    halves = document(rates=rates, surcharges=[{"code": "tax", "percent": "1"}])
    assert lines(price(halves, parcel("1"))) == {"base": 50, "tax": 1}
    thirds = document(rates=rates, surcharges=[{"code": "tax", "percent": "0.999"}])
    assert lines(price(thirds, parcel("1"))) == {"base": 50}


def test_counts_in_the_currencys_own_minor_unit() -> None:
    yen = document(currency="JPY", rates=[{"amounts": "1050"}], fuel=True)
    assert lines(price(yen, parcel("1"), fuel=FuelTable.of({DAY: "3.1"}))) == {"base": 1_050, "fuel": 33}


# ---- several pieces

VOLUMETRIC = {"divisor": "5000"}
LIGHT_AND_LARGE = parcel("1", sides=(50, 50, 10))  # 5 kg by size
HEAVY_AND_SMALL = parcel("4", sides=(10, 10, 10))


@pytest.mark.parametrize(
    ("rated", "answer", "billable_mg"),
    [
        ("each", 90_00, 9_000_000),  # 50.00 + 40.00
        ("sum_of_greater", 90_00, 9_000_000),  # 5 + 4 kg in one
        ("greater_of_sums", 60_00, 5_200_000),  # 5 kg by scale, 5.2 by size
    ],
)
def test_pieces_are_rated_as_the_card_says(rated: str, answer: int, billable_mg: int) -> None:
    card = document(volumetric=VOLUMETRIC, pieces={"rated": rated})
    found = price(card, LIGHT_AND_LARGE, HEAVY_AND_SMALL)
    assert (total(found), weighed(found)) == (answer, (billable_mg, "volumetric"))


def test_pieces_rated_together_are_rounded_together() -> None:
    rounding = {"step": "1", "mode": "up"}
    pieces = [parcel("1.2"), parcel("1.2")]
    answers = [
        total(price(document(rounding=rounding, pieces={"rated": rated}), *pieces))
        for rated in ("each", "sum_of_greater", "greater_of_sums")
    ]
    assert answers == [40_00, 30_00, 30_00]


def test_each_piece_keeps_its_own_discount_and_minimum() -> None:
    card = document(discount={"percent": "50", "minimum_net": "8"})
    assert lines(price(card, parcel("1"), parcel("3"))) == {"base": 40_00, "discount": -17_00}


def test_one_bad_piece_rejects_the_shipment() -> None:
    card = document(limits={"weight": "5"})
    assert total(price(card, parcel("1"), parcel("6"))) == "too_heavy"


def test_names_the_reason_that_needs_the_most_explaining() -> None:
    card = document(volumetric=VOLUMETRIC)
    assert weighed(price(card, parcel("1"), LIGHT_AND_LARGE))[1] == "volumetric"


# ---- restrictions


@pytest.mark.parametrize(
    ("tags", "to", "answer"),
    [
        (set(), SHOP, Quote),
        ({"battery"}, SHOP, Rejection(RejectionCode.RESTRICTED, "batteries")),
        ({"battery", "fragile"}, CANADA, Rejection(RejectionCode.RESTRICTED, "batteries")),
        ({"liquid"}, SHOP, Quote),
        ({"liquid"}, CANADA, Rejection(RejectionCode.NOT_SERVED, "liquids abroad")),
    ],
)
def test_a_channel_refuses_what_it_may_not_carry(tags: set[str], to: Destination, answer: Any) -> None:
    restrictions = [
        {"name": "batteries", "when": [{"tags": ["battery"]}]},
        {"name": "liquids abroad", "code": "not_served", "when": [{"tags": ["liquid"], "countries": ["CA"]}]},
    ]
    found = price(document(restrictions=restrictions), parcel("1", tags=tags), to=to)
    assert found == answer if isinstance(answer, Rejection) else isinstance(found, answer)


def test_an_area_list_that_nobody_gave_is_not_taken_for_an_empty_one() -> None:
    surcharges = [{"code": "remote", "amounts": "9", "when": [{"area": {"list": "far"}}]}]
    card = document(surcharges=surcharges)
    assert price(card, parcel("1")) == Rejection(RejectionCode.NO_AREA_LIST, "far")
    far = area_list_from_document({"code": "far", "entries": [{"country": "US", "tier": "a", "postcodes": ["902"]}]})
    assert lines(price(card, parcel("1"), areas={"far": far})) == {"base": 10_00, "remote": 9_00}


def test_chart_and_home_of_these_tests_stay_what_they_say() -> None:
    assert (CHART.zones, HOME.residential, SHOP.residential) == (("1", "2", "no such column"), True, False)
