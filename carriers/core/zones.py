"""Zone charts: which zone a parcel crosses, from where it starts and where it goes.

The most specific origin that says anything of the destination wins (a named warehouse, then the
longest postcode, then the country, then any origin); within it the most specific destination
(`postcode_table`). What no entry covers may be estimated from distance bands, marked as such.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

from carriers.core.documents import ANYWHERE, COUNTRY_CODE, DocumentError, Reader, are_texts, open_document
from carriers.core.postcode_table import (
    UNSET,
    PostcodeConflictError,
    PostcodeTable,
    PostcodeTableBuilder,
)
from carriers.core.postcodes import entry_level, level_key
from carriers.core.types import Destination, Origin
from wms.values.decimals import plain
from wms.values.geo import distance_m

NO_ZONE: Final = -1
NOT_SERVED: Final = -2

PLAIN_DESTINATION: Final = frozenset({"country", "zone", "postcodes"})
MOST_REMEMBERED_ORIGINS: Final = 4_096


class ChartError(DocumentError):
    """A zone chart's document cannot be used."""


class DistanceUnit(StrEnum):
    """How a chart states its distance bands."""

    METRES = "m"
    KILOMETRES = "km"
    MILES = "mi"


DISTANCE_UNIT_MM: Final = {
    DistanceUnit.METRES: 1_000,
    DistanceUnit.KILOMETRES: 1_000_000,
    DistanceUnit.MILES: 1_609_344,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginBlock:
    """The origins that one column of the chart is for; all empty means any origin."""

    warehouses: tuple[str, ...] = ()
    keys: tuple[int, ...] = ()
    country: str = ""
    postcodes: tuple[tuple[int, str], ...] = ()  # level and text, as `entry_level` gives them

    def rank(self, origin: Origin) -> int:
        """Return how specifically the block names the origin, 0 if it does not."""
        if self.warehouses or self.keys:
            named = origin.key in self.keys or (origin.code and origin.code in self.warehouses)
            return 100 if named else 0
        if not self.country:
            return 1
        if self.country != origin.country:
            return 0
        if not self.postcodes:
            return 2
        held = (2 + level for level, text in self.postcodes if level_key(origin.country, origin.postcode, level) == text)
        return max(held, default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DistanceBands:
    """Zones by great-circle distance, for both ends in the countries; the last may be open."""

    countries: frozenset[str]
    unit: DistanceUnit
    bounds: tuple[Decimal | None, ...]
    zones: tuple[int, ...]
    bounds_m: tuple[int, ...]

    def zone_at(self, metres: int) -> int:
        """Return the zone of a distance; the bounds are inclusive."""
        for bound_m, zone in zip(self.bounds_m, self.zones, strict=True):
            if metres <= bound_m:
                return zone
        return NO_ZONE


class ZoneMatch(NamedTuple):
    """What a chart says: an index into its zones, NO_ZONE or NOT_SERVED."""

    zone: int
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class ZoneChart:
    """One version of a carrier's zones, shared by the channels that use it."""

    code: str
    zones: tuple[str, ...]
    origins: tuple[OriginBlock, ...]
    bands: DistanceBands | None
    table: PostcodeTable
    _columns: dict[Origin, tuple[int, ...]] = field(default_factory=dict, init=False, repr=False)

    def columns_of(self, origin: Origin) -> tuple[int, ...]:
        """Return the columns that hold for the origin, most specific first."""
        held = self._columns.get(origin)
        if held is None:
            ranks = [(-block.rank(origin), i) for i, block in enumerate(self.origins)]
            held = tuple(i for rank, i in sorted(ranks) if rank)
            if len(self._columns) >= MOST_REMEMBERED_ORIGINS:
                self._columns.clear()
            self._columns[origin] = held
        return held

    def zone_of(self, *, origin: Origin, destination: Destination) -> ZoneMatch:
        """Return the zone of a journey."""
        for column in self.columns_of(origin):
            zone = self.table.find(column=column, country=destination.country, postcode=destination.postcode)
            if zone != UNSET:
                return ZoneMatch(zone=zone)
        return self._estimate(origin, destination)

    def _estimate(self, origin: Origin, destination: Destination) -> ZoneMatch:
        bands = self.bands
        if bands is None or not {origin.country, destination.country} <= bands.countries:
            return ZoneMatch(zone=NO_ZONE)
        metres = distance_m(origin.lat, origin.lon, destination.lat, destination.lon)
        zone = NO_ZONE if metres is None else bands.zone_at(metres)
        return ZoneMatch(zone=zone, estimated=zone != NO_ZONE)


def chart_from_document(document: Mapping[str, object]) -> ZoneChart:
    """Return the chart that the document states (docs/pricing.md), or raise ChartError."""
    reader = open_document(document, ChartError)
    code = reader.text("code")
    labels: dict[str, int] = {}
    blocks = list(reader.children("origins", required=not reader.has("distance_bands")))
    builder = PostcodeTableBuilder(len(blocks))
    origins = tuple(_read_block(block, column, builder, labels) for column, block in enumerate(blocks))
    _refuse_repeated_origins(reader, origins)
    bands = _read_bands(reader.child("distance_bands"), labels)
    reader.close()
    table = _build(reader, builder)
    reader.raise_faults(ChartError)
    return ZoneChart(code=code, zones=tuple(labels), origins=origins, bands=bands, table=table)


def _build(reader: Reader, builder: PostcodeTableBuilder) -> PostcodeTable:
    try:
        return builder.build()
    except PostcodeConflictError as conflict:
        reader.fault("origins", "overlapping_ranges", conflict)
        return PostcodeTableBuilder(0).build()


def _read_block(reader: Reader, column: int, builder: PostcodeTableBuilder, labels: dict[str, int]) -> OriginBlock:
    origin = reader.child("from") or Reader({}, reader.at("from"), reader.faults)
    keys = [_whole(origin, f"keys[{i}]", key) for i, key in enumerate(_list(origin, "keys"))]
    country = origin.country("country", "")
    block = OriginBlock(
        warehouses=origin.texts("warehouses"),
        keys=tuple(keys),
        country=country,
        postcodes=_origin_entries(origin, country, origin.texts("postcodes")),
    )
    origin.close()
    for row in reader.children("to", required=True):
        if not _add_plain_destination(row.node, column, builder, labels):
            _read_destination(row, column, builder, labels)
    reader.close()
    return block


def _list(reader: Reader, key: str) -> list[object]:
    return (reader.rows(key) or []) if reader.has(key) else []


def _whole(reader: Reader, key: str, raw: object) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    reader.fault(key, "not_a_number", raw)
    return 0


def _origin_entries(reader: Reader, country: str, texts: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    if texts and not country:
        reader.fault("country", "missing")
    found: list[tuple[int, str]] = []
    for text in split_entries(texts) or ():
        try:
            found.append(entry_level(country, text))
        except ValueError:
            reader.fault("postcodes", "not_a_postcode", text)
    return tuple(found)


def _add_plain_destination(stated: Mapping[str, object], column: int, builder: PostcodeTableBuilder, labels: dict[str, int]) -> bool:
    """Add a destination that states one country, one zone and postcodes and nothing else; return whether it is such a one, without faults.

    Large charts hold little else, and this takes half the time.
    """
    if stated.keys() != PLAIN_DESTINATION:
        return False
    country, label, texts = stated["country"], stated["zone"], stated["postcodes"]
    are_words = isinstance(country, str) and COUNTRY_CODE.fullmatch(country) and isinstance(label, str) and label.strip()
    entries = split_entries(texts) if are_words and isinstance(texts, list) and are_texts(texts) else None
    if entries is None:
        return False
    try:
        builder.add_all(column=column, country=str(country), entries=entries, value=labels.setdefault(str(label), len(labels)))
    except ValueError:
        return False
    return True


def _read_destination(reader: Reader, column: int, builder: PostcodeTableBuilder, labels: dict[str, int]) -> None:
    countries = reader.countries("countries") or (reader.country("country"),)
    reader.value("country")
    label = reader.text("zone", "")
    if "zone" not in reader.node:
        reader.fault("zone", "missing")
    zone = labels.setdefault(label, len(labels)) if label else NOT_SERVED
    entries = reader.texts("postcodes")
    if reader.has("postcodes") and (len(countries) > 1 or ANYWHERE in countries):
        reader.fault("postcodes", "needs_one_country")
    reader.close()
    for country in countries:
        _add_entries(reader, builder, column, country, split_entries(entries), zone)


def split_entries(texts: Iterable[str]) -> tuple[str, ...] | None:
    """Return the entries of texts like "005, 010..016"; None where there are no texts.

    Entries are parted by commas or new lines, never by spaces: "K1A 0B1" is one entry.
    """
    parts = ",".join(texts).replace("\n", ",").split(",")
    return tuple(filter(None, map(str.strip, parts))) or None


def _add_entries(
    reader: Reader,
    builder: PostcodeTableBuilder,
    column: int,
    country: str,
    entries: tuple[str, ...] | None,
    zone: int,
) -> None:
    try:
        if entries is None:
            builder.set_default(column=column, country=country, value=zone)
        builder.add_all(column=column, country=country, entries=entries or (), value=zone)
    except PostcodeConflictError as conflict:
        reader.fault("zone", "two_zones_for_one_entry", conflict)
    except ValueError as fault:
        reader.fault("postcodes", "not_a_postcode", fault)


def _refuse_repeated_origins(reader: Reader, origins: tuple[OriginBlock, ...]) -> None:
    """Note each origin that two blocks name: which of them holds would depend on their order."""
    seen: set[tuple[str, object]] = set()
    for i, block in enumerate(origins):
        names: list[tuple[str, object]] = [("key", key) for key in block.keys]
        names += [("warehouse", code) for code in block.warehouses]
        if not names:
            names = [(block.country, entry) for entry in block.postcodes or ("",)]
        for name in names:
            if name in seen:
                reader.fault(f"origins[{i}].from", "repeated_origin", name[1])
            seen.add(name)


def _read_bands(reader: Reader | None, labels: dict[str, int]) -> DistanceBands | None:
    if reader is None:
        return None
    unit = reader.choice("unit", DistanceUnit, DistanceUnit.MILES)
    if not reader.has("unit"):
        reader.fault("unit", "missing")
    countries = frozenset(reader.countries("countries", required=True))
    bounds: list[Decimal | None] = []
    zones: list[int] = []
    for row in reader.children("bands", required=True):
        bounds.append(row.decimal("not_over") if row.has("not_over") else None)
        zones.append(labels.setdefault(row.text("zone"), len(labels)))
        row.close()
    reader.close()
    bounds_m = tuple(_bound_m(bound, unit) for bound in bounds)
    if any(left >= right for left, right in pairwise(bounds_m)):
        reader.fault("bands", "not_ascending")
    return DistanceBands(
        countries=countries,
        unit=unit,
        bounds=tuple(bounds),
        zones=tuple(zones),
        bounds_m=bounds_m,
    )


# Half the girth of the Earth is 20,038 km: an open band ends where no distance reaches.
OPEN_BOUND_M: Final = 10**8


def _bound_m(bound: Decimal | None, unit: DistanceUnit) -> int:
    return OPEN_BOUND_M if bound is None else int(bound * DISTANCE_UNIT_MM[unit] / 1_000)


def chart_to_document(chart: ZoneChart) -> dict[str, object]:
    """Return the document of a chart; reading it again gives the same chart."""
    document: dict[str, object] = {
        "code": chart.code,
        "origins": [{"from": _origin_document(block), "to": _destinations(chart, column)} for column, block in enumerate(chart.origins)],
    }
    if chart.bands is not None:
        bands = zip(chart.bands.bounds, chart.bands.zones, strict=True)
        document["distance_bands"] = {
            "unit": chart.bands.unit.value,
            "countries": sorted(chart.bands.countries),
            "bands": [{"zone": chart.zones[zone], "not_over": None if bound is None else plain(bound)} for bound, zone in bands],
        }
    return document


def _origin_document(block: OriginBlock) -> dict[str, object]:
    fields = {
        "warehouses": list(block.warehouses),
        "keys": list(block.keys),
        "country": block.country,
        "postcodes": [text for _, text in block.postcodes],
    }
    return {key: value for key, value in fields.items() if value}


def _destinations(chart: ZoneChart, column: int) -> list[dict[str, object]]:
    defaults: dict[int, list[str]] = {}
    listed: dict[tuple[str, int], list[str]] = {}
    for country, text, zone in chart.table.entries(column):
        if text:
            listed.setdefault((country, zone), []).append(text)
        else:
            defaults.setdefault(zone, []).append(country)
    label = {NOT_SERVED: None, **dict(enumerate(chart.zones))}
    rows: list[dict[str, object]] = [
        {"country": country, "zone": label[zone], "postcodes": [", ".join(texts)]} for (country, zone), texts in listed.items()
    ]
    rows += [{"countries": countries, "zone": label[zone]} for zone, countries in defaults.items()]
    return rows
