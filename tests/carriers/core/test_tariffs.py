"""Published tariffs, calculated by hand: the figures in these tables were read off the printed rows, not off our code."""

from datetime import date
from typing import Any

import pytest

from carriers.core.areas import area_list_from_document
from carriers.core.batch import DestinationBatch
from carriers.core.compiled import CompiledChart
from carriers.core.fuel import FuelTable
from carriers.core.types import Destination, Origin, Quote
from tests.carriers.core import tariffs
from tests.carriers.core.cards import lines, parcel, price, total
from tests.carriers.core.tariffs import DIGITS, ROANOKE, in_zone

Sides = tuple[str | int, str | int, str | int]
SMALL: Sides = (8, 6, 4)
SUMMER, AUTUMN = date(2026, 8, 3), date(2026, 11, 23)

GROUND_ADVANTAGE = "usps_ground_advantage_commercial_2026-07-12.csv"
RETAIL_JULY = "usps_ground_advantage_retail_2026-07-12.csv"
RETAIL_JANUARY = "usps_ground_advantage_retail_2026-01.csv"


def by_pound(card: dict[str, Any], mass: str, sides: Sides, zone: str, day: date, **more: Any) -> Any:
    return price(card, parcel(mass, "lb", sides=sides, side_unit="in"), to=in_zone(zone), day=day, chart=DIGITS, **more)


@pytest.mark.parametrize(
    ("mass", "sides", "zone", "day", "answer"),
    [
        ("2.5", (16, 16, 8), "5", SUMMER, 21_15),  # 2,048 in³ / 139 = 14.7 lb, billed 15
        ("2.5", (16, 16, 8), "5", AUTUMN, 22_90),  # + 1.75
        ("3", SMALL, "5", SUMMER, 11_57),
        ("3.01", SMALL, "5", SUMMER, 12_84),
        ("0.5", SMALL, "1", SUMMER, 6_93),
        ("0.99", SMALL, "8", SUMMER, 8_40),
        ("1", SMALL, "8", SUMMER, 10_67),  # above 15.999 oz
        ("1.001", SMALL, "8", SUMMER, 12_87),
        ("1", SMALL, "8", AUTUMN, 11_22),  # + 0.55
        ("3", SMALL, "4", AUTUMN, 10_07),  # 9.67 + 0.40
        ("3.01", SMALL, "4", AUTUMN, 11_30),  # 10.65 + 0.65
        ("10", SMALL, "9", AUTUMN, 26_39),  # 25.34 + 1.05
        ("10.1", SMALL, "1", AUTUMN, 13_80),  # 12.75 + 1.05
        ("25", SMALL, "6", AUTUMN, 59_99),  # 58.24 + 1.75
        ("25.1", SMALL, "6", AUTUMN, "no_rate"),  # the increase above 25 lb was not read
        ("25.1", SMALL, "6", SUMMER, 61_73),
        ("5", (12, 12, 12), "8", SUMMER, 19_19),  # a cubic foot exactly: size does not count
        ("5", (13, 12, 12), "8", SUMMER, 31_53),  # 1,872 / 139 = 13.5 lb, billed 14
        ("5", ("12.4", 12, 12), "8", SUMMER, 19_19),  # rounded to 12
        ("5", ("12.5", 12, 12), "8", SUMMER, 31_53),  # rounded to 13
        ("70", SMALL, "7", SUMMER, 163_73),
        ("70.001", SMALL, "7", SUMMER, "too_heavy"),
        ("5", (58, 18, 18), "2", SUMMER, "no_rate"),  # 58 + 72 = 130 fits, but 18,792 / 139 = 135.2 lb has no row
        ("5", (59, 18, 18), "2", SUMMER, "too_large"),  # 59 + 72 = 131
    ],
)
def test_usps_ground_advantage_commercial(mass: str, sides: Sides, zone: str, day: date, answer: int | str) -> None:
    card = tariffs.usps(GROUND_ADVANTAGE, effective_from="2026-07-12", holiday="ground_advantage_commercial")
    assert total(by_pound(card, mass, sides, zone, day)) == answer


@pytest.mark.parametrize(
    ("mass", "zone", "day", "answer"),
    [
        ("2", "8", AUTUMN, 19_80),  # 19.05 + 0.75, as the counter's own list prints it
        ("10", "8", AUTUMN, 40_85),  # 39.45 + 1.40
        ("0.5", "5", SUMMER, 8_60),  # 8 oz
        ("0.51", "5", SUMMER, 10_95),
        ("20", "1", SUMMER, 22_75),
        ("20", "1", AUTUMN, 24_00),  # + 1.25
        ("21", "1", SUMMER, "no_rate"),
        ("2", "8", date(2026, 7, 11), "not_effective"),
        ("5", "4", date(2026, 10, 3), 15_80),
        ("5", "4", date(2026, 10, 4), 16_60),  # + 0.80
        ("5", "4", date(2027, 1, 17), 16_60),
        ("5", "4", date(2027, 1, 18), 15_80),
    ],
)
def test_usps_ground_advantage_retail(mass: str, zone: str, day: date, answer: int | str) -> None:
    card = tariffs.usps(RETAIL_JULY, effective_from="2026-07-12", holiday="ground_advantage_retail")
    assert total(by_pound(card, mass, SMALL, zone, day)) == answer


@pytest.mark.parametrize(("day", "answers"), [(date(2026, 7, 11), [24_10, "not_effective"]), (date(2026, 7, 12), ["not_effective", 26_05])])
def test_versions_of_a_card_follow_each_other(day: date, answers: list[int | str]) -> None:
    january = tariffs.usps(RETAIL_JANUARY, effective_from="2026-01-18", effective_to="2026-07-12")
    july = tariffs.usps(RETAIL_JULY, effective_from="2026-07-12")
    assert [total(by_pound(card, "5", SMALL, "8", day)) for card in (january, july)] == answers


@pytest.mark.parametrize(
    ("mass", "sides", "zone", "day", "answer"),
    [
        ("1", SMALL, "5", SUMMER, 12_97),
        ("0.2", SMALL, "9", SUMMER, 32_48),
        ("5", SMALL, "8", AUTUMN, 30_93),  # 29.18 + 1.75
        ("10", SMALL, "3", AUTUMN, 17_31),  # 16.66 + 0.65
        ("2", (16, 14, 11), "6", SUMMER, 49_26),  # 2,464 / 139 = 17.7 lb, billed 18
        ("20", SMALL, "9", SUMMER, 145_25),
    ],
)
def test_usps_priority_mail(mass: str, sides: Sides, zone: str, day: date, answer: int) -> None:
    name = "usps_priority_mail_commercial_2026-07-12.csv"
    card = tariffs.usps(name, effective_from="2026-07-12", holiday="priority_mail_commercial")
    assert total(by_pound(card, mass, sides, zone, day)) == answer


@pytest.mark.parametrize(
    ("product", "mass", "answer"),
    [("Small Flat Rate Box", "70", 12_10), ("Medium Flat Rate Box", "0.1", 21_17), ("Large Flat Rate Box", "70.1", "no_rate")],
)
def test_usps_flat_rate(product: str, mass: str, answer: int | str) -> None:
    assert total(by_pound(tariffs.usps_flat_rate_box(product), mass, SMALL, "9", SUMMER)) == answer


YEAR_2025 = date(2025, 8, 1)


@pytest.mark.parametrize(
    ("mass", "sides", "zone", "expected"),
    [
        ("5", (50, 10, 10), "5", {"base": 42_46, "additional_handling_dimension": 36_00}),  # at least 40 lb
        ("55", (50, 10, 10), "5", {"base": 51_11, "additional_handling_weight": 52_75}),  # handling once
        ("15", SMALL, "4", {"base": 19_01}),
        ("14.2", SMALL, "4", {"base": 19_01}),
        ("50", (12, 12, 12), "2", {"base": 27_67}),
        ("50.1", (12, 12, 12), "2", {"base": 27_68, "additional_handling_weight": 43_50}),
        ("5", (48, 10, 10), "5", {"base": 38_39}),  # 4,800 / 139 = 34.5 lb, billed 35
        ("5", ("48.4", 10, 10), "5", {"base": 38_39}),  # rounded to 48
        ("5", ("48.5", 10, 10), "8", {"base": 72_13, "additional_handling_dimension": 38_00}),
        ("5", (31, 31, 2), "3", {"base": 31_04, "additional_handling_dimension": 31_00}),  # second side
        ("20", (97, 10, 10), "5", {"base": 76_87, "oversize": 297_50}),  # at least 90 lb
        ("60", (100, 12, 12), "2", {"base": 72_51, "oversize": 240_00}),  # 14,400 / 139 = 103.6 lb, billed 104
        ("150", SMALL, "8", {"base": 174_34, "additional_handling_weight": 55_00}),
    ],
)
def test_fedex_ground(mass: str, sides: Sides, zone: str, expected: dict[str, int]) -> None:
    assert lines(by_pound(tariffs.fedex_ground(), mass, sides, zone, YEAR_2025)) == expected


def test_fedex_ground_to_a_home_with_fuel() -> None:
    # 18 % (a figure for the example) of 42.46 + 36.00 + 5.95 = 84.41 are 15.1938.
    home = Destination(country="US", postcode="55555", residential=True)
    one = parcel("5", "lb", sides=(50, 10, 10), side_unit="in")
    fuel = FuelTable.of({date(2025, 7, 28): "18"})
    answer = price(tariffs.fedex_ground(fuel=True), one, to=home, day=YEAR_2025, chart=DIGITS, fuel=fuel)
    assert lines(answer) == {"base": 42_46, "additional_handling_dimension": 36_00, "residential": 5_95, "fuel": 15_19}
    assert total(answer) == 99_60


@pytest.mark.parametrize(
    ("mass", "sides", "answer"),
    [("150.1", SMALL, "too_heavy"), ("20", (109, 10, 10), "too_large"), ("20", (100, 17, 17), "too_large")],
)
def test_fedex_ground_takes_nothing_larger(mass: str, sides: Sides, answer: str) -> None:
    assert total(by_pound(tariffs.fedex_ground(), mass, sides, "5", YEAR_2025)) == answer


def test_fedex_ground_with_two_pieces() -> None:
    pieces = [parcel(mass, "lb", sides=sides, side_unit="in") for mass, sides in (("15", SMALL), ("5", (50, 10, 10)))]
    answer = price(tariffs.fedex_ground(), *pieces, to=in_zone("5"), day=YEAR_2025, chart=DIGITS)
    assert lines(answer) == {"base": 21_61 + 42_46, "additional_handling_dimension": 36_00}


REMOTE = {
    "remote": area_list_from_document(
        {
            "code": "remote",
            "entries": [{"country": "GB", "tier": "remote", "postcodes": ["HS"]}, {"country": "AU", "tier": "remote", "postcodes": ["08"]}],
        }
    )
}


def dhl(card: dict[str, Any], mass: str, to: Destination, sides: Sides = (0, 0, 0)) -> Any:
    one = parcel(mass, "lb", sides=sides, side_unit="in")
    return price(card, one, to=to, day=YEAR_2025, chart=tariffs.dhl_zones(), origin=ROANOKE, areas=REMOTE)


@pytest.mark.parametrize(
    ("mass", "country", "expected"),
    [
        ("151", "DE", {"base": 2_489_99, "overweight": 100_00}),  # 16.49 x 151
        ("150", "DE", {"base": 2_387_18}),
        ("150.1", "DE", {"base": 2_489_99, "overweight": 100_00}),
        ("0.3", "CA", {"base": 111_38}),
        ("1.5", "MX", {"base": 127_04}),
        ("10", "JP", {"base": 298_58}),
        ("10.01", "BR", {"base": 589_59}),
        ("331", "CA", {"base": 2_667_86, "overweight": 100_00}),  # 8.06 x 331
        ("661", "DZ", {"base": 25_355_96, "overweight": 100_00}),  # 38.36 x 661
        ("2200", "HK", {"base": 42_614_00, "overweight": 100_00}),  # 19.37 x 2,200
    ],
)
def test_dhl_express_export(mass: str, country: str, expected: dict[str, int]) -> None:
    assert lines(dhl(tariffs.dhl_express(), mass, Destination(country=country))) == expected


@pytest.mark.parametrize(
    ("content", "mass", "sides", "to", "expected"),
    [
        ("nondoc", "3", (24, 14, 12), Destination(country="DE"), {"base": 600_58}),  # 4,032 / 139 = 29.007 lb, billed 30
        ("doc", "4", (0, 0, 0), Destination(country="DE"), {"base": 201_13}),
        ("nondoc", "2", (0, 0, 0), Destination(country="GB", residential=True), {"base": 164_93, "residential": 6_55}),
        ("nondoc", "5", (0, 0, 0), Destination(country="GB", postcode="HS1 2AB"), {"base": 248_18, "remote": 50_00}),
        ("nondoc", "150", (0, 0, 0), Destination(country="AU", postcode="0800"), {"base": 3_364_05, "remote": 75_00}),
    ],
)
def test_dhl_express_by_content_size_and_area(content: str, mass: str, sides: Sides, to: Destination, expected: dict[str, int]) -> None:
    assert lines(dhl(tariffs.dhl_express(content), mass, to, sides)) == expected


def test_dhl_express_documents_end_at_four_pounds() -> None:
    assert total(dhl(tariffs.dhl_express("doc"), "4.1", Destination(country="DE"))) == "no_rate"


def test_dhl_express_adds_pieces_up_before_rounding() -> None:
    pieces = [parcel("5.2", "lb"), parcel("4.2", "lb")]  # 9.4 lb, billed 10
    answer = price(tariffs.dhl_express(), *pieces, to=Destination(country="DE"), day=YEAR_2025, chart=tariffs.dhl_zones(), areas=REMOTE)
    assert lines(answer) == {"base": 297_18}


@pytest.mark.parametrize(
    ("mass", "zone", "day", "answer"),
    [
        ("0.5", "1", date(2026, 1, 5), 13_00),
        ("0.5", "2", date(2026, 1, 5), 13_00),
        ("11.2", "8", date(2026, 1, 5), 40_39),
        ("20", "5", date(2026, 1, 5), 36_68),
        ("20.1", "5", date(2026, 1, 5), "too_heavy"),
        ("4", "9", date(2026, 1, 5), "no_rate"),
        ("4", "8", date(2025, 12, 21), "not_effective"),
    ],
)
def test_ups_ground_saver(mass: str, zone: str, day: date, answer: int | str) -> None:
    assert total(by_pound(tariffs.ups_ground_saver(), mass, SMALL, zone, day)) == answer


LONDON = Origin(key=2, country="GB", postcode="SE1 2AB")


@pytest.mark.parametrize(
    ("service", "mass", "unit", "answer"),
    [
        ("2nd_class_medium_parcel", "20.0", "kg", 13_15),
        ("2nd_class_medium_parcel", "20.001", "kg", "no_rate"),
        ("2nd_class_medium_parcel", "10.0", "kg", 8_75),
        ("2nd_class_medium_parcel", "10.5", "kg", 13_15),
        ("2nd_class_medium_parcel", "22.04", "lb", 8_75),  # 9.9972 kg
        ("2nd_class_medium_parcel", "22.05", "lb", 13_15),  # 10.0017 kg
        ("special_delivery_1pm", "100", "g", 9_95),
        ("special_delivery_1pm", "101", "g", 10_95),
        ("tracked48_large_letter", "0.9", "kg", 3_30),
        ("1st_class_small_parcel", "2", "kg", 5_45),
        ("parcelforce_express24", "30", "kg", 25_15),
        ("parcelforce_express10", "5.01", "kg", 32_00),
    ],
)
def test_royal_mail(service: str, mass: str, unit: Any, answer: int | str) -> None:
    to = Destination(country="GB", postcode="M1 1AE")
    found = price(tariffs.royal_mail(service), parcel(mass, unit), to=to, day=SUMMER, chart=tariffs.UK, origin=LONDON)
    assert total(found) == answer
    assert not isinstance(found, Quote) or found.currency == "GBP"


@pytest.mark.parametrize(
    ("postcode", "zone"),
    [
        ("24011", "1"),
        ("20001", "3"),
        ("10001", "4"),
        ("60601", "4"),
        ("33101", "5"),
        ("80202", "6"),
        ("00601", "7"),
        ("90210", "8"),
        ("09012", "4"),  # military post
        ("96201", "4"),
        ("96910", "8"),  # Guam: an exception of five digits
        ("96940", "9"),  # Palau: the three digits 969
        ("96950", "8"),
        ("96970", "9"),
    ],
)
def test_usps_zones_from_roanoke(postcode: str, zone: str) -> None:
    chart = tariffs.roanoke_zones()
    match = chart.zone_of(origin=ROANOKE, destination=Destination(country="US", postcode=postcode))
    assert (chart.zones[match.zone], match.estimated) == (zone, False)


@pytest.mark.parametrize(("postcode", "answer"), [("96910", 15_22), ("96940", 32_48), ("24011", 9_04)])
def test_usps_priority_mail_from_roanoke(postcode: str, answer: int) -> None:
    card = tariffs.usps("usps_priority_mail_commercial_2026-07-12.csv", effective_from="2026-07-12")
    to = Destination(country="US", postcode=postcode)
    assert total(price(card, parcel("1", "lb"), to=to, day=SUMMER, chart=tariffs.roanoke_zones(), origin=ROANOKE)) == answer


@pytest.mark.parametrize(
    ("lat", "lon", "answer"),
    [(40.75, -73.99, 9_67), (34.09, -118.41, 15_75), (37.54, -77.43, 8_66)],  # New York 4, Beverly Hills 8, Richmond 2
)
def test_usps_ground_advantage_by_distance(lat: float, lon: float, answer: int) -> None:
    card = tariffs.usps(GROUND_ADVANTAGE, effective_from="2026-07-12", allow_estimated_zone=True)
    to = Destination(country="US", lat=lat, lon=lon)
    found = price(card, parcel("3", "lb"), to=to, day=SUMMER, chart=tariffs.usps_distance_zones(), origin=ROANOKE)
    assert isinstance(found, Quote)
    assert (found.total_minor, found.zone_estimated) == (answer, True)


# Military post and the Pacific islands have zones that are no distances.
NOT_BY_DISTANCE = ("09", "340", "962", "963", "964", "965", "966", "969")


def test_usps_distance_bands_give_the_printed_zone_for_nine_prefixes_of_ten() -> None:
    centroids = tariffs.centroids_by_prefix()
    lat, lon = centroids["240"]
    origin = Origin(key=1, country="US", postcode="24011", lat=lat, lon=lon)
    destinations = [
        Destination(country="US", postcode=f"{prefix}00", lat=lat, lon=lon)
        for prefix, (lat, lon) in centroids.items()
        if not prefix.startswith(NOT_BY_DISTANCE)
    ]
    batch = DestinationBatch.of(destinations)
    chart, bands = tariffs.roanoke_zones(), tariffs.usps_distance_zones()
    printed, _ = CompiledChart(chart).zones([origin], batch)
    guessed, estimated = CompiledChart(bands).zones([origin], batch)
    both = zip(printed[:, 0].tolist(), guessed[:, 0].tolist(), strict=True)
    off = [abs(int(chart.zones[a]) - int(bands.zones[b])) for a, b in both if a >= 0]
    assert estimated.all()
    assert len(off) > 880
    assert off.count(0) / len(off) > 0.935
    assert max(off) == 1
