"""Tell where addresses lie, thousands at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from wms.places.countries import NEEDS_POSTCODE, country_code
from wms.places.errors import CountryUnknown, PlaceFault, PostcodeMalformed, PostcodeMissing, PostcodeUnknown
from wms.places.zips import zip_table
from wms.values.postcodes import POSTAL_PARENT, normalise_postcode, postcode_area


@dataclass(frozen=True, slots=True)
class Place:
    """A postcode in its canonical form and its centroid in degrees; None and "" where unknown."""

    country: str
    postcode: str
    state_code: str = ""
    lat: float | None = None
    lon: float | None = None


type Address = tuple[str, str]
type Placed = dict[Address, Place | PlaceFault]


def locate_many(addresses: Iterable[Address]) -> Placed:
    """Return the place of each (country, postcode) as written, or what is wrong with it.

    A ZIP code that the US has never had is a fault; elsewhere a well-formed postcode that no list has is a place without
    coordinates, since lists of other countries are never whole.
    """
    found: Placed = {address: _canonical(*address) for address in set(addresses)}
    unlocated = {key for place in found.values() if isinstance(place, Place) and place.lat is None and (key := _listed_as(place))}
    listed = _listed(unlocated)
    return {address: _completed(place, listed) if isinstance(place, Place) else place for address, place in found.items()}


def _canonical(country_text: str, postcode_text: str) -> Place | PlaceFault:
    country = country_code(country_text)
    if country is None:
        return CountryUnknown(country=country_text)
    if not postcode_text.strip():
        return PostcodeMissing(country=country) if country in NEEDS_POSTCODE else Place(country, "")
    postcode = normalise_postcode(country, postcode_text)
    if postcode is None:
        return PostcodeMalformed(country=country, postcode=postcode_text)
    return _by_zip(country, postcode) if POSTAL_PARENT.get(country, country) == "US" else Place(country, postcode)


def _by_zip(country: str, postcode: str) -> Place:
    state = zip_table().state(postcode)
    if state is None:
        return Place(country, postcode)
    lat, lon = zip_table().coordinates(postcode) or (None, None)
    return Place(country, postcode, state, lat, lon)


def _listed_as(place: Place) -> Address | None:
    return (POSTAL_PARENT.get(place.country, place.country), place.postcode) if place.postcode else None


def _listed(wanted: Iterable[Address]) -> dict[Address, tuple[str, float, float]]:
    """Return (state, lat, lon) of those addresses that the table lists, by their code or their area."""
    codes_of = {(country, code): (code, postcode_area(country, code)) for country, code in wanted}
    keys = {(country, code) for (country, _), codes in codes_of.items() for code in codes}
    if not keys:
        return {}
    sql = (
        "SELECT p.country, p.postcode, p.state, p.lat, p.lon FROM places_postcode p "
        "JOIN unnest(%s::text[], %s::text[]) AS k(country, postcode) USING (country, postcode)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [[country for country, _ in keys], [code for _, code in keys]])
        rows = {(country, postcode): (state, lat, lon) for country, postcode, state, lat, lon in cursor.fetchall()}
    found = {
        (country, code): rows.get((country, whole)) or rows.get((country, area)) for (country, code), (whole, area) in codes_of.items()
    }
    return {address: row for address, row in found.items() if row}


def _completed(place: Place, listed: dict[Address, tuple[str, float, float]]) -> Place | PlaceFault:
    if place.lat is not None:
        return place
    key = _listed_as(place)
    row = listed.get(key) if key else None
    if row is not None:
        state, lat, lon = row
        return Place(place.country, place.postcode, place.state_code or state, lat, lon)
    if key and key[0] == "US" and not place.state_code:
        return PostcodeUnknown(country=place.country, postcode=place.postcode)
    return place
