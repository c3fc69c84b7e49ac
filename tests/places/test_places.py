from __future__ import annotations

import pytest

from wms.places.countries import country_code
from wms.places.errors import CountryUnknown, PlaceFault, PostcodeMalformed, PostcodeMissing, PostcodeUnknown
from wms.places.models import Postcode
from wms.places.services import Place, locate_many
from wms.places.zips import zip_table

pytestmark = pytest.mark.django_db


def locate(country: str, postcode: str) -> Place | PlaceFault:
    return locate_many([(country, postcode)])[country, postcode]


@pytest.mark.parametrize("written", ["02116", "2116", "02116-1234", "021161234", " 02116 ", "2116.0", "０２１１６"])
def test_a_zip_code_is_found_however_it_is_written(written: str) -> None:
    place = locate("US", written)
    assert isinstance(place, Place)
    assert (place.country, place.postcode, place.state_code) == ("US", "02116", "MA")
    assert (round(place.lat or 0), round(place.lon or 0)) == (42, -71)


@pytest.mark.parametrize(
    ("country", "postcode", "error"),
    [
        ("US", "99999", PostcodeUnknown),
        ("US", "00000", PostcodeUnknown),
        ("US", "ABCDE", PostcodeMalformed),
        ("US", "123456", PostcodeMalformed),
        ("US", "9021²0", PostcodeMalformed),
        ("US", "٩٠٢١٠", PostcodeMalformed),
        ("US", "", PostcodeMissing),
        ("DE", "ABC", PostcodeMalformed),
        ("GB", "12345", PostcodeMalformed),
        ("CA", "11A 1A1", PostcodeMalformed),
        ("XX", "12345", CountryUnknown),
        ("", "12345", CountryUnknown),
    ],
)
def test_what_can_be_no_address_is_a_fault_with_a_sentence(country: str, postcode: str, error: type[PlaceFault]) -> None:
    fault = locate(country, postcode)
    assert type(fault) is error
    assert str(fault)


def test_military_post_has_a_state_and_no_place() -> None:
    place = locate("US", "09001")
    assert isinstance(place, Place)
    assert (place.state_code, place.lat, place.lon) == ("AE", None, None)


def test_territories_use_the_zip_codes_of_the_us() -> None:
    place = locate("PR", "00901")
    assert isinstance(place, Place)
    assert (place.country, round(place.lat or 0)) == ("PR", 18)


def test_other_countries_are_looked_up_by_code_or_by_area() -> None:
    Postcode.objects.create(country="GB", postcode="SE1", state="ENG", lat=51.5, lon=-0.09)
    Postcode.objects.create(country="DE", postcode="80331", lat=48.1, lon=11.6)
    assert locate("UK", "se12ab") == Place("GB", "SE1 2AB", "ENG", 51.5, -0.09)
    assert locate("德国", "D-80331") == Place("DE", "80331", "", 48.1, 11.6)
    assert locate("GB", "SE10 2AB") == Place("GB", "SE10 2AB")


def test_a_country_without_postcodes_needs_none() -> None:
    assert locate("HK", "") == Place("HK", "")


def test_the_table_adds_zip_codes_that_the_package_lacks() -> None:
    Postcode.objects.create(country="US", postcode="99999", state="AK", lat=64.0, lon=-150.0)
    assert locate("US", "99999") == Place("US", "99999", "AK", 64.0, -150.0)


def test_thousands_of_addresses_take_one_query(django_assert_max_num_queries: object) -> None:
    addresses = [("US", f"{number:05d}") for number in range(0, 90_000, 40)] + [("DE", f"{number:05d}") for number in range(1_000, 3_000)]
    with django_assert_max_num_queries(1):  # type: ignore[operator]
        assert len(locate_many(addresses)) == len(set(addresses))


def test_the_zip_table_knows_every_state() -> None:
    table = zip_table()
    assert {"NY", "CA", "TX", "DC", "PR", "AE"} <= set(table.states)
    assert table.state("10001") == "NY"
    assert table.state("00000") is None


@pytest.mark.parametrize(
    ("name", "code"), [("us", "US"), ("United States", "US"), ("USA", "US"), ("美国", "US"), ("uk", "GB"), ("Narnia", None)]
)
def test_countries_go_by_code_or_common_name(name: str, code: str | None) -> None:
    assert country_code(name) == code
