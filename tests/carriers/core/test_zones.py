"""A zone is that of the most specific entry, whatever the order in which entries stand."""

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.core.batch import DestinationBatch
from carriers.core.compiled import CompiledChart
from carriers.core.types import Destination, Origin
from carriers.core.zones import NO_ZONE, NOT_SERVED, ChartError, ZoneChart, chart_from_document, chart_to_document
from tests.carriers.core import random_cards as world

ROANOKE = Origin(key=7, code="ROA", country="US", postcode="24011", lat=37.27, lon=-79.94)
LONDON = Origin(key=8, country="GB", postcode="SE10 0AA")


def chart_of(*to: dict[str, Any], origin: dict[str, Any] | None = None) -> ZoneChart:
    return chart_from_document({"code": "test", "origins": [{"from": origin or {}, "to": list(to)}]})


def label(chart: ZoneChart, country: str, postcode: str = "", *, origin: Origin = ROANOKE, **where: Any) -> str | None:
    """Return the zone's label, None where there is none, "not served" where an entry says so."""
    match = chart.zone_of(origin=origin, destination=Destination(country=country, postcode=postcode, **where))
    if match.zone < 0:
        return {NO_ZONE: None, NOT_SERVED: "not served"}[match.zone]
    return f"{chart.zones[match.zone]}{'?' if match.estimated else ''}"


# ---- which destination entry wins


def test_a_whole_postcode_wins_over_a_range_over_a_prefix_over_the_country() -> None:
    chart = chart_of(
        {"country": "US", "zone": "country"},
        {"country": "US", "zone": "prefix", "postcodes": ["969"]},
        {"country": "US", "zone": "range", "postcodes": ["96910..96919"]},
        {"country": "US", "zone": "whole", "postcodes": ["96913"]},
    )
    answers = [label(chart, "US", postcode) for postcode in ("96913", "96910", "96919", "96920", "10001", "")]
    assert answers == ["whole", "range", "range", "prefix", "country", "country"]


def test_a_longer_prefix_wins_over_a_shorter_one() -> None:
    chart = chart_of(
        {"country": "US", "zone": "1", "postcodes": ["9"]},
        {"country": "US", "zone": "2", "postcodes": ["90"]},
        {"country": "US", "zone": "3", "postcodes": ["902"]},
        {"country": "US", "zone": "4", "postcodes": ["9021"]},
    )
    assert [label(chart, "US", p) for p in ("90210", "90290", "90110", "91000", "10001")] == ["4", "3", "2", "1", None]


def test_a_range_of_prefixes_covers_every_code_that_begins_so() -> None:
    chart = chart_of({"country": "US", "zone": "4", "postcodes": ["005, 010..026"]})
    assert [label(chart, "US", p) for p in ("00501", "01001", "02699", "02700", "00900")] == ["4", "4", "4", None, None]


def test_se1_is_not_the_beginning_of_se10() -> None:
    chart = chart_of(
        {"country": "GB", "zone": "south bank", "postcodes": ["SE1"]},
        {"country": "GB", "zone": "south east", "postcodes": ["SE"]},
        {"country": "GB", "zone": "elsewhere"},
    )
    assert label(chart, "GB", "SE1 2AB") == "south bank"
    assert label(chart, "GB", "SE10 9AA") == "south east"
    assert label(chart, "GB", "SE1") == "south bank"
    assert label(chart, "GB", "S10 1AA") == "elsewhere"


def test_british_sectors_and_units_are_more_specific_than_their_district() -> None:
    chart = chart_of(
        {"country": "GB", "zone": "unit", "postcodes": ["EC1A 1BB"]},
        {"country": "GB", "zone": "sector", "postcodes": ["EC1A 1"]},
        {"country": "GB", "zone": "subdistrict", "postcodes": ["EC1A"]},
        {"country": "GB", "zone": "district", "postcodes": ["EC1"]},
        {"country": "GB", "zone": "islands", "postcodes": ["IV40..IV56", "HS1..HS9"]},
    )
    codes = ("EC1A 1BB", "EC1A 1AA", "EC1A 4AA", "EC1V 1AA", "IV41 8AA", "IV57 8AA", "HS9 5XW")
    expected = ["unit", "sector", "subdistrict", "district", "islands", None, "islands"]
    assert [label(chart, "GB", code) for code in codes] == expected


def test_an_entry_with_a_space_is_one_entry() -> None:
    chart = chart_of({"country": "CA", "zone": "1", "postcodes": ["K1A 0B1"]})
    assert (label(chart, "CA", "K1A0B1"), label(chart, "CA", "K1A0B2")) == ("1", None)


def test_a_country_without_entries_takes_what_holds_anywhere() -> None:
    chart = chart_of({"country": "DE", "zone": "A"}, {"country": "*", "zone": "rest"})
    assert (label(chart, "DE"), label(chart, "FR")) == ("A", "rest")


def test_an_entry_may_say_that_a_place_is_not_served() -> None:
    chart = chart_of({"country": "US", "zone": "1"}, {"country": "US", "zone": None, "postcodes": ["995..999"]})
    assert (label(chart, "US", "99501"), label(chart, "US", "10001")) == ("not served", "1")


def test_puerto_rico_stands_in_the_zip_list_but_not_in_the_default_of_the_us() -> None:
    chart = chart_of({"country": "US", "zone": "7", "postcodes": ["006..009"]}, {"country": "US", "zone": "8"})
    assert (label(chart, "PR", "00601"), label(chart, "PR", "99999"), label(chart, "US", "00601")) == ("7", None, "7")


def test_jersey_stands_in_the_british_list() -> None:
    chart = chart_of({"country": "GB", "zone": "islands", "postcodes": ["JE"]}, {"country": "GB", "zone": "1"})
    assert (label(chart, "JE", "JE2 3AB"), label(chart, "GG", "GY1 1AA")) == ("islands", None)


# ---- which origin wins


def test_the_most_specific_origin_that_knows_the_destination_wins() -> None:
    document: dict[str, Any] = {
        "code": "origins",
        "origins": [
            {"from": {}, "to": [{"country": "US", "zone": "any"}, {"country": "FR", "zone": "F"}]},
            {"from": {"country": "US"}, "to": [{"country": "US", "zone": "country"}]},
            {"from": {"country": "US", "postcodes": ["24"]}, "to": [{"country": "US", "zone": "prefix"}]},
            {"from": {"country": "US", "postcodes": ["24011"]}, "to": [{"country": "US", "zone": "code"}]},
            {"from": {"warehouses": ["ROA"]}, "to": [{"country": "US", "zone": "warehouse", "postcodes": ["9"]}]},
        ],
    }
    expected = {"9": "warehouse", "1": "code"}
    for _ in range(5):
        random.Random(_).shuffle(document["origins"])
        chart = chart_from_document(document)
        for digit, zone in expected.items():
            assert label(chart, "US", digit + "0001") == zone
        assert label(chart, "FR") == "F"
        other = Origin(key=9, country="US", postcode="24510")
        assert label(chart, "US", "90001", origin=other) == "prefix"
        assert label(chart, "US", origin=Origin(key=9, country="US")) == "country"
        assert label(chart, "US", origin=LONDON) == "any"


def test_an_origin_may_be_named_by_its_key() -> None:
    chart = chart_of({"country": "US", "zone": "1"}, origin={"keys": [7]})
    assert label(chart, "US") == "1"
    assert label(chart, "US", origin=Origin(key=70, country="US")) is None


def test_british_origins_do_not_leak_either() -> None:
    chart = chart_of({"country": "GB", "zone": "1"}, origin={"country": "GB", "postcodes": ["SE1"]})
    assert label(chart, "GB", origin=LONDON) is None


# ---- distance bands

BANDS = {
    "unit": "mi",
    "countries": ["US"],
    "bands": [{"zone": "1", "not_over": "50"}, {"zone": "2", "not_over": "150"}, {"zone": "far", "not_over": None}],
}
BANDED = chart_from_document({"code": "bands", "distance_bands": BANDS})


@pytest.mark.parametrize(
    ("degrees", "zone"),
    # A degree of latitude is 69.093 miles on this sphere: 50 miles are 0.72366 degrees, 150 are 2.17099.
    [(0.0, "1?"), (0.7236, "1?"), (0.7238, "2?"), (2.1709, "2?"), (2.1711, "far?"), (40.0, "far?")],
)
def test_estimates_a_zone_from_the_distance(degrees: float, zone: str) -> None:
    assert label(BANDED, "US", lat=37.27 + degrees, lon=-79.94) == zone


def test_missing_coordinates_are_not_a_distance_of_nothing() -> None:
    assert label(BANDED, "US", lat=None, lon=-79.94) is None
    assert label(BANDED, "US", lat=37.27, lon=-79.94, origin=Origin(key=1, country="US")) is None


def test_bands_hold_only_within_their_countries() -> None:
    assert label(BANDED, "CA", lat=37.27, lon=-79.94) is None
    assert label(BANDED, "US", lat=37.27, lon=-79.94, origin=Origin(key=1, country="GB", lat=37.0, lon=-80.0)) is None


def test_an_entry_wins_over_an_estimate() -> None:
    document = {
        "code": "both",
        "origins": [{"from": {}, "to": [{"country": "US", "zone": "chart", "postcodes": ["9"]}]}],
        "distance_bands": BANDS,
    }
    chart = chart_from_document(document)
    assert label(chart, "US", "90001", lat=37.27, lon=-79.94) == "chart"
    assert label(chart, "US", "10001", lat=37.27, lon=-79.94) == "1?"


# ---- documents

entries = st.one_of(
    st.text("0123", min_size=1, max_size=5),
    st.tuples(st.text("0123", min_size=3, max_size=3), st.text("0123", min_size=3, max_size=3)).map(lambda ends: "..".join(sorted(ends))),
)
rows = st.lists(
    st.fixed_dictionaries(
        {"country": st.just("US"), "zone": st.sampled_from(["1", "2", "3", None])},
        optional={"postcodes": st.lists(entries, min_size=1, max_size=3)},
    ),
    min_size=1,
    max_size=8,
)


@given(rows, st.lists(st.text("01234", min_size=5, max_size=5), min_size=1, max_size=20), st.randoms())
def test_a_zone_never_depends_on_the_order_of_rows(to: list[dict[str, Any]], codes: list[str], shuffler: random.Random) -> None:
    try:
        chart = chart_of(*to)
    except ChartError as error:
        chart = None
        fault_codes = {fault.code for fault in error.faults}
        assert fault_codes <= {"two_zones_for_one_entry", "overlapping_ranges"}
    shuffled = to.copy()
    shuffler.shuffle(shuffled)
    if chart is None:
        with pytest.raises(ChartError):
            chart_of(*shuffled)
        return
    other = chart_of(*shuffled)
    again = chart_from_document(chart_to_document(chart))
    for code in codes:
        assert label(chart, "US", code) == label(other, "US", code) == label(again, "US", code)


@given(st.lists(world.destinations, min_size=1, max_size=30))
def test_finds_zones_of_arrays_as_it_finds_one(destinations: list[Destination]) -> None:
    zones, estimated = CompiledChart(world.CHART).zones(world.ORIGINS, DestinationBatch.of(destinations))
    for i, destination in enumerate(destinations):
        for j, origin in enumerate(world.ORIGINS):
            match = world.CHART.zone_of(origin=origin, destination=destination)
            assert (int(zones[i, j]), bool(estimated[i, j])) == (match.zone, match.estimated)


def test_answers_many_destinations_as_it_answers_one() -> None:
    chart = chart_of(
        {"country": "US", "zone": "a", "postcodes": [f"{n:03d}" for n in range(0, 1000, 3)]},
        {"country": "US", "zone": "b", "postcodes": ["20000..39999"]},
        {"country": "US", "zone": "c"},
    )
    generator = np.random.default_rng(5)
    destinations = [Destination(country="US", postcode=f"{n:05d}") for n in generator.integers(0, 100_000, 2_000)]
    zones, _ = CompiledChart(chart).zones([ROANOKE], DestinationBatch.of(destinations))
    for row, destination in enumerate(destinations):
        assert zones[row, 0] == chart.zone_of(origin=ROANOKE, destination=destination).zone


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        ([], {("", "not_an_object")}),
        ({"origins": []}, {("code", "missing")}),
        ({"code": "x"}, {("origins", "missing")}),
        ({"code": "x", "origins": "none"}, {("origins", "not_a_list")}),
        (
            {"code": "x", "origins": [{"from": {}, "to": [{"country": "US"}]}]},
            {("origins[0].to[0].zone", "missing")},
        ),
        (
            {"code": "x", "origins": [{"from": {}, "to": [{"country": "US", "zone": "1", "postcodes": ["9+", "2..1"]}]}]},
            {("origins[0].to[0].postcodes", "not_a_postcode")},
        ),
        (
            {
                "code": "x",
                "origins": [
                    {
                        "from": {},
                        "to": [
                            {"country": "US", "zone": "1", "postcodes": ["240"]},
                            {"country": "US", "zone": "2", "postcodes": ["240"]},
                        ],
                    }
                ],
            },
            {("origins[0].to[1].zone", "two_zones_for_one_entry")},
        ),
        (
            {
                "code": "x",
                "origins": [
                    {
                        "from": {},
                        "to": [
                            {"country": "US", "zone": "1", "postcodes": ["240..250"]},
                            {"country": "US", "zone": "2", "postcodes": ["250..260"]},
                        ],
                    }
                ],
            },
            {("origins", "overlapping_ranges")},
        ),
        (
            {"code": "x", "origins": [{"from": {"country": "US"}, "to": []}, {"from": {"country": "US"}, "to": []}]},
            {("origins[1].from", "repeated_origin")},
        ),
        (
            {"code": "x", "origins": [{"from": {"postcodes": ["24"]}, "to": []}]},
            {("origins[0].from.country", "missing")},
        ),
        (
            {"code": "x", "origins": [{"from": {}, "to": [{"countries": ["FR", "DE"], "zone": "1", "postcodes": ["1"]}]}]},
            {("origins[0].to[0].postcodes", "needs_one_country")},
        ),
        (
            {"code": "x", "origins": [{"from": {"country": "USA"}, "to": [{"country": "fr", "zone": "1"}]}]},
            {("origins[0].from.country", "not_a_country"), ("origins[0].to[0].country", "not_a_country")},
        ),
        (
            {"code": "x", "origins": [], "zone": "1"},
            {("zone", "unknown_field")},
        ),
        (
            {
                "code": "x",
                "distance_bands": {
                    "countries": ["US"],
                    "bands": [{"zone": "1", "not_over": 1.5}, {"zone": "2", "not_over": "0"}],
                },
            },
            {
                ("distance_bands.unit", "missing"),
                ("distance_bands.bands[0].not_over", "float_not_exact"),
                ("distance_bands.bands", "not_ascending"),
            },
        ),
    ],
)
def test_reports_every_fault_of_a_chart_by_its_path(document: Any, faults: set[tuple[str, str]]) -> None:
    with pytest.raises(ChartError) as caught:
        chart_from_document(document)
    assert {(fault.path, fault.code) for fault in caught.value.faults} == faults
