"""Area lists: a postcode is in one tier or none, and a hundred thousand fit into little memory."""

import sys
from typing import Any

import numpy as np
import pytest

from carriers.core.areas import AreaListError, area_list_from_document, area_list_to_document
from carriers.core.batch import DestinationBatch
from carriers.core.postcode_table import UNSET
from carriers.core.types import Destination

DOCUMENT: dict[str, Any] = {
    "code": "delivery areas 2026",
    "entries": [
        {"country": "US", "tier": "das", "postcodes": ["00501, 00544", "01002..01005"]},
        {"country": "US", "tier": "remote", "postcodes": ["995"]},
        {"country": "GB", "tier": "highlands", "postcodes": ["AB31..AB56, IV1"]},
        {"country": "GL", "tier": "remote"},
    ],
}


@pytest.mark.parametrize(
    ("country", "postcode", "tier"),
    [
        ("US", "00501", "das"),
        ("US", "01004", "das"),
        ("US", "01006", None),
        ("US", "99501", "remote"),
        ("US", "", None),
        ("GB", "AB40 1AA", "highlands"),
        ("GB", "AB4 1AA", None),
        ("GB", "IV1 1AA", "highlands"),
        ("GB", "IV10 1AA", None),
        ("GL", "3900", "remote"),
        ("FR", "00501", None),
    ],
)
def test_finds_the_tier_of_an_address(country: str, postcode: str, tier: str | None) -> None:
    for areas in (area_list_from_document(DOCUMENT), area_list_from_document(area_list_to_document(area_list_from_document(DOCUMENT)))):
        assert areas.tier_of(country=country, postcode=postcode) == tier
        batch = DestinationBatch.of([Destination(country=country, postcode=postcode)])
        found = int(batch.values_in(areas.table)[0])
        assert (None if found == UNSET else areas.tiers[found]) == tier


def test_a_whole_postcode_wins_over_the_prefix_of_another_tier() -> None:
    entries = [
        {"country": "US", "tier": "remote", "postcodes": ["995"]},
        {"country": "US", "tier": "extended", "postcodes": ["99501"]},
    ]
    areas = area_list_from_document({"code": "x", "entries": entries})
    assert [areas.tier_of(country="US", postcode=p) for p in ("99501", "99502")] == ["extended", "remote"]


def test_a_hundred_thousand_postcodes_stay_small() -> None:
    postcodes = [f"{n:05d}" for n in range(100_000)]
    areas = area_list_from_document({"code": "all", "entries": [{"country": "US", "tier": "all", "postcodes": postcodes}]})
    arrays = [array for level in areas.table.countries["US"].levels for array in (level.texts, level.values)]
    assert sum(array.nbytes for array in arrays) <= 1_200_000
    assert sys.getsizeof(areas.tiers) < 100
    assert areas.tier_of(country="US", postcode="99999") == "all"
    addresses = DestinationBatch.of([Destination(country="US", postcode=p) for p in postcodes[::1000]])
    assert np.all(addresses.values_in(areas.table) == 0)


@pytest.mark.parametrize(
    ("entries", "faults"),
    [
        (
            [{"country": "US", "tier": "a", "postcodes": ["1"]}, {"country": "US", "tier": "b", "postcodes": ["1"]}],
            {("entries[1].tier", "two_tiers_for_one_entry")},
        ),
        (
            [{"country": "US", "tier": "a", "postcodes": ["1..3"]}, {"country": "US", "tier": "b", "postcodes": ["2..4"]}],
            {("entries", "overlapping_ranges")},
        ),
        ([{"country": "US", "postcodes": ["1 + 1"]}], {("entries[0].postcodes", "not_a_postcode")}),
        ([{"country": "*", "postcodes": ["1"]}], {("entries[0].country", "needs_one_country")}),
        ([{"tier": "a", "postcode": "1"}], {("entries[0].country", "missing"), ("entries[0].postcode", "unknown_field")}),
        (["1"], {("entries[0]", "not_an_object")}),
    ],
)
def test_reports_every_fault_of_a_list(entries: Any, faults: set[tuple[str, str]]) -> None:
    with pytest.raises(AreaListError) as caught:
        area_list_from_document({"code": "x", "entries": entries})
    assert {(fault.path, fault.code) for fault in caught.value.faults} == faults
