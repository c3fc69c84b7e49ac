"""Zone charts from spreadsheets, of one file or several together.

A file holds pairs (origin, destination, zone), where both ends are postcodes, beginnings of them, or ranges; or zones by
country; or zones by distance. Which of them its columns say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from carriers.core.postcodes import entry_level
from carriers.errors import ChartColumnsUnknown, PrefixInvalid, RowsTooMany, ZonesDisagree
from wms.errors import DomainError
from wms.places.countries import country_code
from wms.places.errors import CountryUnknown
from wms.tabular.cells import decimal, identifier, text
from wms.tabular.columns import Column, ColumnMapping, Layout, lay_out, plain_name
from wms.tabular.errors import CellFault, CellMissing, ColumnsMissing
from wms.tabular.report import Report
from wms.tabular.source import Source

MOST_ROWS: Final = 2_000_000
MOST_MILES: Final = Decimal(25_000)
RANGE: Final = ".."

ZONE: Final = Column(name="zone", label="zone", read=identifier(most=16), required=True, aliases=("分区", "zone code"))
PREFIX: Final = identifier(most=10)
PAIR_COLUMNS: Final = (
    Column(
        name="origin",
        label="origin",
        read=PREFIX,
        required=True,
        aliases=("origin zip3", "origin zip", "origin prefix", "from zip", "始发邮编", "发货邮编"),
    ),
    Column(
        name="destination",
        label="destination",
        read=PREFIX,
        aliases=("dest", "dest zip3", "dest zip", "dest from", "destination zip", "dest prefix", "to zip", "目的邮编", "收货邮编"),
    ),
    Column(name="destination_last", label="destination_last", read=PREFIX, aliases=("dest to", "dest last", "目的邮编止")),
    Column(name="origin_country", label="origin_country", read=text(most=60), aliases=("from country", "始发国家")),
    Column(name="country", label="country", read=text(most=60), aliases=("dest country", "to country", "目的国家")),
    ZONE,
)
COUNTRY_COLUMNS: Final = (
    Column(name="country", label="country", read=text(most=60), required=True, aliases=("country code", "国家", "国家代码")),
    ZONE,
)
BAND_COLUMNS: Final = (
    Column(name="miles", label="max_miles", read=decimal(least=Decimal(0), most=MOST_MILES), aliases=("max miles", "not over miles")),
    Column(name="km", label="max_km", read=decimal(least=Decimal(0), most=MOST_MILES * 2), aliases=("max km", "not over km", "最远公里")),
    ZONE,
)

type Journey = tuple[str, str, str, str]
"""Origin's country and entry, destination's country and entry; "" is the country's rest (of the origin: any)."""


@dataclass(slots=True)
class ChartFiles:
    """What the files of one chart say so far. `country` is meant where a row names none."""

    country: str
    zone_of: dict[Journey, tuple[str, int]] = field(default_factory=dict)
    bands: list[dict[str, object]] = field(default_factory=list)
    bands_unit: str = "mi"
    reports: list[Report] = field(default_factory=list)

    def read(self, source: Source) -> Report:
        """Read one file; rows with a fault are in the report. Raises where its columns are not those of a chart."""
        take, layout = self._kind_of(source.header)
        report = Report(source.description, layout.extra)
        self.reports.append(report)
        widths = _widths(layout)
        for line, cells in source.rows():
            if report.rows_in >= MOST_ROWS:
                raise RowsTooMany(most=MOST_ROWS)
            report.rows_in += 1
            if isinstance(cells, CellFault):
                report.refuse(line, [("", cells)])
                continue
            values, found = layout.read(cells)
            for name, digits in widths.items():
                if values[name] and values[name].isdigit():
                    values[name] = values[name].zfill(digits)
            faults: list[tuple[str, DomainError]] = [(fault.column, fault.error) for fault in found] or take(line, values)
            if faults:
                report.refuse(line, faults)
            else:
                report.accepted += 1
        return report

    def document(self, *, code: str) -> dict[str, Any]:
        """Return the chart's document."""
        blocks: dict[tuple[str, str], dict[tuple[str, str], list[str]]] = {}
        for (origin_country, origin, country, entry), (zone, _line) in self.zone_of.items():
            blocks.setdefault((origin_country, origin), {}).setdefault((country, zone), []).append(entry)
        document: dict[str, Any] = {
            "code": code,
            "origins": [{"from": _from(*origin), "to": _to(rows)} for origin, rows in blocks.items()],
        }
        if self.bands:
            document["distance_bands"] = {"unit": self.bands_unit, "countries": [self.country], "bands": self.bands}
        return document

    def _kind_of(self, header: Sequence[str]) -> tuple[Any, Layout]:
        kinds = ((PAIR_COLUMNS, self._take_pair), (BAND_COLUMNS, self._take_band), (COUNTRY_COLUMNS, self._take_country))
        for columns, take in kinds:
            try:
                layout = lay_out(header, columns, ColumnMapping())
            except ColumnsMissing:
                continue
            if columns is not BAND_COLUMNS or layout.has("miles") or layout.has("km"):
                return take, layout
        raise ChartColumnsUnknown(found=", ".join(header[:30]))

    def _take_pair(self, line: int, values: Mapping[str, Any]) -> list[tuple[str, DomainError]]:
        ends = []
        for country_column, column in (("origin_country", "origin"), ("country", "destination")):
            country = country_code(values[country_column] or self.country)
            if country is None:
                return [(country_column, CountryUnknown(country=values[country_column]))]
            entry = values[column] or ""
            for part in (entry, values["destination_last"] if column == "destination" else None):
                if part and not _is_entry(country, part):
                    return [(column, PrefixInvalid(value=part, country=country))]
            ends.append((country, entry))
        if values["destination_last"]:
            if not ends[1][1]:
                return [("destination", CellMissing())]
            ends[1] = (ends[1][0], f"{ends[1][1]}{RANGE}{values['destination_last']}")
        return self._add((*ends[0], *ends[1]), values["zone"], line)

    def _take_country(self, line: int, values: Mapping[str, Any]) -> list[tuple[str, DomainError]]:
        country = country_code(values["country"])
        if country is None:
            return [("country", CountryUnknown(country=values["country"]))]
        return self._add(("", "", country, ""), values["zone"], line)

    def _add(self, journey: Journey, zone: str, line: int) -> list[tuple[str, DomainError]]:
        known, first = self.zone_of.setdefault(journey, (zone, line))
        return [] if known == zone else [("zone", ZonesDisagree(zone=known, line=first))]

    def _take_band(self, _line: int, values: Mapping[str, Any]) -> list[tuple[str, DomainError]]:
        in_km = values["km"] is not None
        bound = values["km"] if in_km else values["miles"]
        if in_km:
            self.bands_unit = "km"
        band: dict[str, object] = {"zone": values["zone"]}
        if bound is not None:
            band["not_over"] = str(bound)
        self.bands.append(band)
        return []


def _widths(layout: Layout) -> dict[str, int]:
    """Return the digits of columns called such as "origin_zip3": spreadsheets drop leading zeros."""
    headers = {name: plain_name(layout.header_of(name)) for name in ("origin", "destination")}
    return {name: int(header[-1]) for name, header in headers.items() if header.endswith(("zip3", "zip5"))}


def _is_entry(country: str, entry: str) -> bool:
    try:
        entry_level(country, entry)
    except ValueError:
        return False
    return True


def _from(country: str, entry: str) -> dict[str, object]:
    if not country:
        return {}
    return {"country": country, "postcodes": [entry]} if entry else {"country": country}


def _to(rows: Mapping[tuple[str, str], Sequence[str]]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for (country, zone), entries in rows.items():
        listed = [entry for entry in entries if entry]
        if listed:
            found.append({"country": country, "zone": zone, "postcodes": [", ".join(listed)]})
        if len(listed) < len(entries):
            found.append({"country": country, "zone": zone})
    return found
