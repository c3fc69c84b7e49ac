"""Transit days (时效): by zone, and by postcode where a channel says so."""

from collections.abc import Iterable
from dataclasses import dataclass

from carriers.core.areas import place_rows, read_places
from carriers.core.documents import Reader
from carriers.core.postcode_table import UNSET, PostcodeConflictError, PostcodeTable, PostcodeTableBuilder
from carriers.core.types import Destination

MOST_DAYS = 365


@dataclass(frozen=True, slots=True, eq=False)
class DaysByPostcode:
    """The days to some postcodes, wherever a parcel starts; the most specific entry counts."""

    table: PostcodeTable

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DaysByPostcode) and list(self.table.entries(0)) == list(other.table.entries(0))

    def __hash__(self) -> int:
        return hash(tuple(self.table.entries(0)))

    def days_to(self, destination: Destination) -> int | None:
        """Return the days to an address, None where its postcode has none of its own."""
        days = self.table.find(column=0, country=destination.country, postcode=destination.postcode)
        return None if days == UNSET else days


def read_days_by_zone(reader: Reader, zones: Iterable[str]) -> tuple[int | None, ...]:
    """Return the days to each zone, None where none are stated."""
    row = reader.child("transit_days") or Reader({}, "transit_days", reader.faults)
    labels = tuple(zones)
    for zone in row.node:
        if zone not in labels:
            row.fault(str(zone), "unknown_zone", zone)
    return tuple(row.whole(zone, default=0, least=0, most=MOST_DAYS) if row.has(zone) else None for zone in labels)


def read_days_by_postcode(reader: Reader) -> DaysByPostcode | None:
    """Return the days to postcodes (rows of `country`, `postcodes` and `days`), None where a document states none."""
    builder = PostcodeTableBuilder(1)
    rows = list(reader.children("transit_postcodes"))
    for row in rows:
        if not row.has("days"):
            row.fault("days", "missing")
        days = row.whole("days", default=0, least=0, most=MOST_DAYS)
        read_places(row, builder, days, key="days", conflict="two_days_for_one_entry")
    try:
        return DaysByPostcode(builder.build()) if rows else None
    except PostcodeConflictError as conflict:
        reader.fault("transit_postcodes", "overlapping_ranges", conflict)
        return None


def days_by_postcode_document(days: DaysByPostcode) -> list[dict[str, object]]:
    """Return the rows of a document."""
    return place_rows(days.table, lambda number: {"days": number})
