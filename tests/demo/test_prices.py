"""The demo's tariffs against figures added up by hand from the published tables."""

from datetime import date

import pytest

from carriers.core.card import card_from_document
from carriers.core.rating import quote
from carriers.core.types import Destination, Origin, Parcel, Quote, RejectionCode
from carriers.core.zones import chart_from_document
from wms.demo.prices import charts, discounted, tariffs
from wms.values.length import length_um
from wms.values.mass import mass_mg

SUMMER, HOLIDAYS = date(2026, 8, 3), date(2026, 12, 1)


def price(channel, *, pounds, inches=(5, 5, 5), zone="5", day=SUMMER, residential=False, tags=(), discount=None):
    sides = [length_um(str(side), "in") for side in inches]
    parcel = Parcel(actual_mg=mass_mg(pounds, "lb"), length_um=sides[0], width_um=sides[1], height_um=sides[2], tags=frozenset(tags))
    everywhere = {"code": "one zone", "origins": [{"from": {}, "to": [{"country": "US", "zone": zone}]}]}
    return quote(
        card=card_from_document(discounted(tariffs()[channel], discount).document),
        chart=chart_from_document(everywhere),
        origin=Origin(key=1, country="US", postcode="24011"),
        destination=Destination(country="US", postcode="90210", residential=residential),
        parcels=[parcel],
        ship_date=day,
    )


def lines(answer):
    assert isinstance(answer, Quote), answer
    return {line.code: line.amount_minor for line in answer.lines}


@pytest.mark.parametrize(
    ("channel", "parcel", "expected"),
    [
        ("USPS-GA", {"pounds": "2.5", "inches": (16, 16, 8)}, {"base": 21_15}),
        ("USPS-GA", {"pounds": "2.5", "inches": (16, 16, 8), "day": HOLIDAYS}, {"base": 21_15, "peak": 1_75}),
        ("USPS-GA", {"pounds": "3"}, {"base": 11_57}),
        ("USPS-GA", {"pounds": "3.01"}, {"base": 12_84}),
        ("USPS-GA", {"pounds": "0.9"}, {"base": 7_69}),
        ("USPS-GA", {"pounds": "70", "zone": "1"}, {"base": 53_33}),
        ("USPS-PM", {"pounds": "2", "zone": "8", "day": HOLIDAYS}, {"base": 16_37, "peak": 85}),
        ("UPS-SAVER", {"pounds": "9.5", "zone": "2"}, {"base": 21_77}),
        ("FEDEX-GROUND", {"pounds": "5", "inches": (50, 10, 10)}, {"base": 42_46, "additional_handling": 36_00}),
        ("FEDEX-GROUND", {"pounds": "55", "inches": (50, 10, 10)}, {"base": 51_11, "additional_handling_weight": 52_75}),
        ("FEDEX-GROUND", {"pounds": "1", "zone": "2", "residential": True}, {"base": 11_32, "residential": 5_95}),
    ],
)
def test_prices_are_those_of_the_published_table(channel, parcel, expected):
    assert lines(price(channel, **parcel)) == expected


def test_a_contract_takes_its_per_cent_off_the_published_base():
    assert lines(price("UPS-SAVER", pounds="1", zone="2", discount={"percent": "40", "minimum_net": "7.50"})) == {
        "base": 13_00,
        "discount": -5_20,
    }


def test_batteries_do_not_fly():
    assert price("USPS-PM", pounds="1", tags={"battery"}).code == RejectionCode.RESTRICTED


def test_an_unknown_holiday_increase_is_no_price_rather_than_a_low_one():
    assert isinstance(price("USPS-GA", pounds="26"), Quote)
    assert price("USPS-GA", pounds="26", day=HOLIDAYS).code == RejectionCode.NO_RATE


@pytest.mark.parametrize(
    ("chart", "postcode", "zone"),
    [("usps", "07030", "1"), ("usps", "96910", "9"), ("ups", "99501", None), ("fedex", "00901", None), ("fedex", "07030", "2")],
)
def test_zones_are_estimated_by_distance_except_where_a_carrier_does_not_go(chart, postcode, zone):
    read = chart_from_document(charts()[chart].document)
    match = read.zone_of(
        origin=Origin(key=1, country="US", postcode="08837", lat=40.53, lon=-74.34),
        destination=Destination(country="US", postcode=postcode, lat=40.74, lon=-74.03),
    )

    assert (read.zones[match.zone] if match.zone >= 0 else None) == zone
    assert match.estimated == (zone in {"1", "2"})
