"""Postcodes are written in one way, and cut where carriers cut them."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.core.postcodes import (
    AREA,
    DISTRICT,
    SECTOR,
    SUBDISTRICT,
    UNIT,
    british_districts,
    entry_level,
    level_key,
    level_keys,
)
from wms.values.postcodes import BRITISH, normalise_postcode

CENTROIDS = Path(__file__).parents[4] / "shared/data/postcodes_geonames/postcode_centroids.csv.gz"


@pytest.mark.parametrize(
    ("country", "text", "canonical"),
    [
        ("US", "02139", "02139"),
        ("US", "2139", "02139"),  # a spreadsheet dropped the zero
        ("US", "501", "00501"),
        ("US", "2139.0", "02139"),
        ("US", "02139-4307", "02139"),
        ("US", "02139 4307", "02139"),
        ("US", "021394307", "02139"),
        ("US", "2139-4307", "02139"),
        ("US", "21394307", "02139"),
        ("US", " 90210 ", "90210"),
        ("US", "９０２１０", "90210"),
        ("US", "02139–4307", "02139"),
        ("JP", "０６０－０００１", "0600001"),
        ("PR", "601", "00601"),
        ("DE", "1067", "01067"),
        ("DE", "D-80331", "80331"),
        ("LV", "LV-1010", "1010"),
        ("LU", "L-1234", "1234"),
        ("GB", "se1 2ab", "SE1 2AB"),
        ("GB", "SE12AB", "SE1 2AB"),
        ("GB", "SE10 9AA", "SE10 9AA"),
        ("GB", "EC1A1BB", "EC1A 1BB"),
        ("GB", "W1", "W1"),
        ("GB", "SE12", "SE12"),
        ("JE", "JE2 3AB", "JE2 3AB"),
        ("CA", "k1a 0b1", "K1A0B1"),
        ("CA", "K1A", "K1A"),
        ("NL", "1234 ab", "1234AB"),
        ("IE", "D02 X285", "D02X285"),
        ("PL", "00-001", "00001"),
        ("PT", "1000-205", "1000205"),
        ("JP", "060-0001", "0600001"),
        ("JP", "600001", "0600001"),
        ("BR", "01310-100", "01310100"),
        ("SE", "123 45", "12345"),
        ("AU", "800", "0800"),
        ("NO", "10", "0010"),
        ("SG", "018956", "018956"),
        ("XX", "ab-12 34", "AB1234"),
    ],
)
def test_writes_a_postcode_in_one_way(country: str, text: str, canonical: str) -> None:
    assert normalise_postcode(country, text) == canonical


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("US", ""),
        ("US", "12"),
        ("US", "123456"),
        ("US", "ABCDE"),
        ("US", "02139-43O7"),
        ("US", "-"),
        ("US", "٢١٣٩٠"),
        ("GB", "SE1 2"),  # half a code: SE1, and not SE12
        ("GB", "SE1 2A"),
        ("GB", "12345"),
        ("CA", "K1A0B"),
        ("CA", "90210"),
        ("NL", "123"),
        ("DE", "123456"),
        ("DE", "12"),
        ("XX", "x" * 11),
        ("XX", "!"),
    ],
)
def test_refuses_what_cannot_be_a_postcode(country: str, text: str) -> None:
    assert normalise_postcode(country, text) is None


@given(st.text(max_size=14), st.sampled_from(["US", "GB", "CA", "DE", "PT", "XX", "JP"]))
def test_writing_twice_changes_nothing(text: str, country: str) -> None:
    canonical = normalise_postcode(country, text)
    if canonical is not None:
        assert canonical.isascii()
        assert len(canonical) <= 10
        assert normalise_postcode(country, canonical) == canonical


def test_keeps_every_published_postcode_apart() -> None:
    if not CENTROIDS.exists():
        pytest.skip(f"no postcode data at {CENTROIDS}")
    seen: dict[str, set[str]] = {}
    published: dict[str, int] = {}
    with gzip.open(CENTROIDS, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["country"] == "SG":
                continue  # listed by sector, two digits of six
            canonical = normalise_postcode(row["country"], row["postcode"])
            assert canonical is not None, row
            seen.setdefault(row["country"], set()).add(canonical)
            published[row["country"]] = published.get(row["country"], 0) + 1
    assert {country: len(codes) for country, codes in seen.items()} == published


@pytest.mark.parametrize(
    ("entry", "level"),
    [("se", AREA), ("SE1", DISTRICT), ("SE10", DISTRICT), ("EC1A", SUBDISTRICT), ("SE1 2", SECTOR), ("SE1  2AB", UNIT)],
)
def test_tells_the_level_of_a_british_entry(entry: str, level: int) -> None:
    assert entry_level("GB", entry)[0] == level


@pytest.mark.parametrize("entry", ["", "1", "SE123", "SE1 22", "SE1 2A"])
def test_refuses_british_entries_that_are_no_level(entry: str) -> None:
    with pytest.raises(ValueError, match="not a part"):
        entry_level("GB", entry)


@pytest.mark.parametrize("entry", ["", "98765432101", "1+2", "é"])
def test_refuses_other_entries_that_are_no_beginning(entry: str) -> None:
    with pytest.raises(ValueError, match="not a part"):
        entry_level("US", entry)


def test_counts_the_districts_of_a_range() -> None:
    assert british_districts("PA20", "PA23") == ("PA20", "PA21", "PA22", "PA23")
    for first, last in (("PA23", "PA20"), ("PA20", "PH23"), ("PA", "PH")):
        with pytest.raises(ValueError, match="range"):
            british_districts(first, last)


@pytest.mark.parametrize(
    ("postcode", "keys"),
    [
        ("SE1 2AB", ("SE", "SE1", "", "SE1 2", "SE1 2AB")),
        ("SE10 9AA", ("SE", "SE10", "", "SE10 9", "SE10 9AA")),
        ("EC1A 1BB", ("EC", "EC1", "EC1A", "EC1A 1", "EC1A 1BB")),
        ("W1A", ("W", "W1", "W1A", "", "")),
        ("N1", ("N", "N1", "", "", "")),
        ("", ("", "", "", "", "")),
    ],
)
def test_cuts_british_postcodes_at_their_joints(postcode: str, keys: tuple[str, ...]) -> None:
    assert tuple(level_key("GB", postcode, level) for level in (AREA, DISTRICT, SUBDISTRICT, SECTOR, UNIT)) == keys


british = st.one_of(st.just(""), st.from_regex(r"[A-Z]{1,2}([0-9]{1,2}|[0-9][A-Z])( [0-9][A-Z]{2})?", fullmatch=True))
fixed = st.text("0123456789ABC", max_size=10)


@given(st.lists(british, min_size=1, max_size=9), st.lists(fixed, min_size=1, max_size=9))
def test_cuts_arrays_as_it_cuts_one(outcodes: list[str], codes: list[str]) -> None:
    for country, texts, levels in (("GB", outcodes, range(1, 6)), ("US", codes, range(1, 11))):
        postcodes = np.array(texts, dtype="S10")
        for level in levels:
            expected = [level_key(country, text, level) for text in texts]
            assert level_keys(country, postcodes, level).tolist() == [key.encode() for key in expected]


def test_knows_the_british_islands() -> None:
    assert {"GB", "GG", "JE", "IM"} == BRITISH
