"""All sheets of a rate card together: read into documents, and written from them.

A file with a sheet of terms states a whole card: what it leaves out is not there. A file without one states parts of a card;
the rest is taken from the version in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from carriers.core.card import card_from_document, card_to_document
from carriers.core.documents import DocumentError
from carriers.core.rate_card import RateCard
from carriers.core.zones import ZoneChart, chart_from_document, chart_to_document
from carriers.sheets.areas import read_areas, write_areas
from carriers.sheets.charts import ChartRows, read_chart, read_distance, write_chart, write_distance
from carriers.sheets.columns import FIELDS, LONG_RATE_FIELDS
from carriers.sheets.days_and_fuel import read_fuel, read_transit, write_fuel, write_transit
from carriers.sheets.discounts import read_discounts, write_discounts
from carriers.sheets.faults import Faults, PartWithoutVersion, SheetTwice, SheetUnknown, Spot, core_fault
from carriers.sheets.grid import Grid
from carriers.sheets.places import Places
from carriers.sheets.rates import Money, read_rates, unit_in_header, write_long_rates, write_rates
from carriers.sheets.surcharges import read_restrictions, read_surcharges, write_restrictions, write_surcharges
from carriers.sheets.terms import Terms, put_at, read_terms, value_at, write_terms
from carriers.sheets.vocabulary import SHEETS, Field, Kind
from wms.tabular.columns import plain_name

type Document = dict[str, Any]

OF_CARD: Final = frozenset(Kind) - {Kind.AREAS, Kind.FUEL}
LENGTH_UNIT_OF: Final = {"lb": "in", "oz": "in"}
# What a new version does not take over from the one in force.
OF_ONE_VERSION: Final = ("code", "source", "effective_from", "effective_to")
SHOWN_HEADERS: Final = 12


@dataclass(slots=True, kw_only=True)
class Draft:
    """A file whose sheets were told apart and whose terms were read."""

    grids: dict[Kind, Grid]
    terms: Terms
    faults: Faults
    places: Places
    ignored: tuple[str, ...]

    @property
    def has_card(self) -> bool:
        """Return whether the file says anything of a rate card or its chart."""
        return bool(OF_CARD & self.grids.keys())

    @property
    def is_whole(self) -> bool:
        """Return whether the file states a whole card."""
        return Kind.TERMS in self.grids


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What is known besides the file.

    `document` has fields that count more than the file's, `fallback` fields that count less; `base` is the canonical document
    of the version in force. `code` is the new version's unless the file names it; `country` and `list_code` are meant where
    rows of charts and lists name none.
    """

    document: Mapping[str, Any] = field(default_factory=dict)
    fallback: Mapping[str, Any] = field(default_factory=dict)
    base: Mapping[str, Any] | None = None
    code: str = ""
    chart_code: str = ""
    country: str = ""
    list_code: str = ""


@dataclass(slots=True, kw_only=True)
class Book:
    """What a file says, as canonical documents. With faults nothing of it may be used."""

    faults: Faults
    about: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    card: RateCard | None = None
    document: Document | None = None
    chart: ZoneChart | None = None
    chart_document: Document | None = None
    areas: Mapping[str, Document] = field(default_factory=dict)
    fuel: Mapping[date, Decimal] = field(default_factory=dict)


def begin_book(grids: Sequence[Grid]) -> Draft:
    """Tell the sheets apart and read the terms: they say which channel the rest is about."""
    faults, places = Faults(), Places()
    kinds: dict[Kind, Grid] = {}
    ignored = []
    for grid in grids:
        kind = _kind_of(grid, alone=len(grids) == 1)
        if kind is None:
            ignored.append(grid.name)
        elif kind in kinds:
            faults.add(Spot(sheet=grid.name), SheetTwice(first=kinds[kind].name, second=grid.name))
        else:
            kinds[kind] = grid
    if not kinds:
        _refuse_unknown(grids, faults)
    terms = read_terms(kinds[Kind.TERMS], faults, places) if Kind.TERMS in kinds else Terms()
    return Draft(grids=kinds, terms=terms, faults=faults, places=places, ignored=tuple(ignored))


def _refuse_unknown(grids: Sequence[Grid], faults: Faults) -> None:
    for grid in grids or (Grid("–", ()),):
        header = grid.rows[0][1] if grid.rows else []
        names = header[:SHOWN_HEADERS] if isinstance(header, list) else []
        faults.add(Spot(sheet=grid.name), SheetUnknown(found=", ".join(names) or "–"))


def _kind_of(grid: Grid, *, alone: bool) -> Kind | None:
    """Return what a sheet is about: where it is the only one by its columns, else by its name."""
    by_name = SHEETS.code_of(grid.name)
    return (_kind_by_columns(grid) if alone else None) or (Kind(by_name) if by_name else None)


def _kind_by_columns(grid: Grid) -> Kind | None:
    header = grid.rows[0][1] if grid.rows else []
    names = {plain_name(cell) for cell in header} if isinstance(header, list) else set()
    for kind, columns in BY_COLUMNS:
        if all(column.word.names() & names for column in columns):
            return kind
    return Kind.RATES if unit_in_header(grid) else None


def _named(kind: Kind, *names: str) -> tuple[Kind, tuple[Field, ...]]:
    found = tuple(column for column in (*FIELDS[kind], *LONG_RATE_FIELDS) if column.name in names)
    return kind, tuple({column.name: column for column in reversed(found)}.values())


# In this order: the columns that tell what a sheet without a name of ours is about.
BY_COLUMNS: Final = (
    _named(Kind.TERMS, "term", "value"),
    (Kind.RATES, tuple(column for column in LONG_RATE_FIELDS if column.name in ("zone", "not_over", "amount"))),
    _named(Kind.RESTRICTIONS, "name", "tags"),
    _named(Kind.SURCHARGES, "code", "amount"),
    _named(Kind.SURCHARGES, "code", "percent"),
    _named(Kind.FUEL, "from", "percent"),
    _named(Kind.TRANSIT, "zone", "days"),
    _named(Kind.TRANSIT, "postcodes", "days"),
    _named(Kind.TRANSIT, "country", "days"),
    _named(Kind.DISTANCE, "max_miles", "zone"),
    _named(Kind.DISTANCE, "max_km", "zone"),
    _named(Kind.DISTANCE, "not_over", "unit", "zone"),
    _named(Kind.ZONES, "from_postcodes", "zone"),
    _named(Kind.ZONES, "country", "zone"),
    _named(Kind.ZONES, "postcodes", "zone"),
    _named(Kind.AREAS, "postcodes", "tier"),
    _named(Kind.AREAS, "postcodes", "country"),
    _named(Kind.AREAS, "postcodes", "list"),
    _named(Kind.DISCOUNTS, "not_over", "percent"),
    _named(Kind.RATES, "not_over"),
)


def finish_book(draft: Draft, given: Given, charts: ChartRows | None = None) -> Book:
    """Return what the file says; `charts` hold what other files say of the chart."""
    faults = draft.faults
    book = Book(faults=faults, about=draft.terms.about, ignored=draft.ignored)
    if Kind.AREAS in draft.grids:
        book.areas = read_areas(draft.grids[Kind.AREAS], faults, code=given.list_code, country=given.country)
    if Kind.FUEL in draft.grids:
        book.fuel = read_fuel(draft.grids[Kind.FUEL], faults)
    if not draft.has_card and not given.document.get("rates"):
        return book
    _read_chart(draft, given, charts or ChartRows(), book)
    document = _document(draft, given)
    if document is not None:
        _read_card(document, draft, book)
    return book


def _document(draft: Draft, given: Given) -> Document | None:
    """Return the card's document as the sheets, the command and the version in force say it together."""
    document: Document = _merged(given.fallback, _base(draft, given), draft.terms.document, given.document)
    if Kind.RATES in draft.grids:
        _state_units(document, unit_in_header(draft.grids[Kind.RATES]))
    if not draft.is_whole and value_at(document, "units.weight") is None:
        day = document.get("effective_from", "–")
        draft.faults.add(Spot(sheet=next((grid.name for grid in draft.grids.values()), "–")), PartWithoutVersion(day=day))
        return None
    _read_parts(document, draft)
    return _merged({"code": given.code} if given.code else {}, document, given.document)


def _base(draft: Draft, given: Given) -> Document:
    if draft.is_whole or given.base is None:
        return {}
    return {name: value for name, value in deepcopy(dict(given.base)).items() if name not in OF_ONE_VERSION}


def _read_parts(document: Document, draft: Draft) -> None:
    """Put what the sheets besides the terms say into the document."""
    grids, faults, places = draft.grids, draft.faults, draft.places
    money = Money(currency=str(document.get("currency", "")).upper(), weight_unit=str(value_at(document, "units.weight") or ""))
    if money.currency:
        document["currency"] = money.currency
    if Kind.RATES in grids:
        rates = read_rates(grids[Kind.RATES], money, faults, places)
        _name_zones(document)
        document |= {"zones": rates.zones, "rates": rates.rows}
    if Kind.DISCOUNTS in grids:
        bands = read_discounts(grids[Kind.DISCOUNTS], faults, places, weight_unit=money.weight_unit)
        _put_bands(document, bands, is_whole=draft.is_whole)
    zones = document.get("zones", [])
    if Kind.TRANSIT in grids:
        document |= read_transit(grids[Kind.TRANSIT], faults, places)
    elif "transit_days" in document:
        document["transit_days"] = {zone: days for zone, days in document["transit_days"].items() if zone in zones}
    if Kind.SURCHARGES in grids:
        document["surcharges"] = read_surcharges(grids[Kind.SURCHARGES], zones, money, faults, places)
    if Kind.RESTRICTIONS in grids:
        document["restrictions"] = read_restrictions(grids[Kind.RESTRICTIONS], faults, places)


def _put_bands(document: Document, bands: list[Document], *, is_whole: bool) -> None:
    """Put a discount by weight into the document; a sheet of its own replaces whatever discount was in force."""
    discount = dict(document.pop("discount", {}))
    if not is_whole:
        discount = {name: value for name, value in discount.items() if name == "minimum_net" and bands}
    discount |= {"bands": bands} if bands else {}
    document |= {"discount": discount} if discount else {}


def _state_units(document: Document, in_header: str | None) -> None:
    """Let the header of the weights say the unit where nothing else does."""
    if in_header and not value_at(document, "units.weight"):
        put_at(document, "units.weight", in_header)
    weight = value_at(document, "units.weight")
    if weight and not value_at(document, "units.length"):
        put_at(document, "units.length", LENGTH_UNIT_OF.get(weight, "cm"))


def _name_zones(document: Document) -> None:
    """Turn lists of amounts that follow the zones of the version in force into amounts by zone: the new zones may be others."""
    zones = document.get("zones", [])
    for surcharge in document.get("surcharges", ()):
        for band in surcharge.get("bands", ()):
            for name in ("amounts", "per_step", "per_unit"):
                if isinstance(band.get(name), list):
                    band[name] = _by_zone(zones, band[name])


def _by_zone(zones: Sequence[str], amounts: Sequence[str | None]) -> object:
    return amounts[0] if len(set(amounts)) == 1 else dict(zip(zones, amounts, strict=True))


def _read_card(document: Document, draft: Draft, book: Book) -> None:
    try:
        card = card_from_document(document)
    except DocumentError as refused:
        _note(refused, draft)
    else:
        book.card, book.document = card, card_to_document(card)


def _read_chart(draft: Draft, given: Given, rows: ChartRows, book: Book) -> None:
    if Kind.ZONES in draft.grids:
        read_chart(draft.grids[Kind.ZONES], rows, draft.faults, draft.places, country=given.country)
    if Kind.DISTANCE in draft.grids:
        read_distance(draft.grids[Kind.DISTANCE], rows, draft.faults, draft.places, country=given.country)
    if not rows:
        return
    code = given.chart_code or draft.terms.about.get("zone_chart") or "zones"
    try:
        book.chart = chart_from_document(rows.document(code=code))
    except DocumentError as refused:
        _note(refused, draft, rows)
    else:
        book.chart_document = chart_to_document(book.chart)


def _note(refused: DocumentError, draft: Draft, rows: ChartRows | None = None) -> None:
    """Note the faults of the core by the cells that they come from."""
    elsewhere = Spot(sheet=next((grid.name for grid in draft.grids.values()), "–"))
    for fault in refused.faults:
        spot = (rows.spot_of(fault.value) if rows else None) or draft.places.find(fault.path) or elsewhere
        # A row that lacks a cell which could not be read is no further fault.
        if spot.column is not None or not draft.faults.has_in_row(spot):
            draft.faults.add(spot, core_fault(fault))


def _merged(*documents: Mapping[str, Any]) -> Document:
    """Return documents laid over one another, the later over the earlier."""
    merged: Document = {}
    for document in documents:
        for name, value in document.items():
            old = merged.get(name)
            if isinstance(old, Mapping) and isinstance(value, Mapping):
                merged[name] = _merged(old, value)
            else:
                merged[name] = deepcopy(value)
    return merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet to be written: its name, its rows (header first), and what it is about."""

    kind: Kind
    name: str
    rows: list[list[str]]


def write_book(
    *,
    document: Mapping[str, Any],
    about: Mapping[str, str],
    chart_document: Mapping[str, Any] | None = None,
    areas: Mapping[str, Mapping[str, Any]] | None = None,
    fuel: Mapping[date, Decimal] | None = None,
    language: str,
    long_rates: bool = False,
) -> list[Sheet]:
    """Return the sheets of a canonical document; read again they give the same."""
    chart = chart_document or {"origins": []}
    rates = write_long_rates if long_rates else write_rates
    rows: Iterable[tuple[Kind, list[list[str]]]] = (
        (Kind.TERMS, write_terms(document, about, language)),
        (Kind.RATES, rates(document, language)),
        (Kind.DISCOUNTS, write_discounts(document, language)),
        (Kind.TRANSIT, write_transit(document, language)),
        (Kind.SURCHARGES, write_surcharges(document, language)),
        (Kind.RESTRICTIONS, write_restrictions(document, language)),
        (Kind.ZONES, write_chart(chart, language)),
        (Kind.DISTANCE, write_distance(chart, language)),
        (Kind.AREAS, write_areas(areas or {}, language)),
        (Kind.FUEL, write_fuel(fuel or {}, language)),
    )
    return [Sheet(kind=kind, name=SHEETS.text_of(kind, language), rows=sheet) for kind, sheet in rows]
