"""Rate cards from files and into files: what a file says beside what is in force, its publication, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from carriers.core.areas import area_list_to_document
from carriers.core.card import card_from_document, card_to_document
from carriers.core.falls import PriceFall, price_falls
from carriers.core.zones import chart_from_document, chart_to_document
from carriers.errors import CarrierUnknown, ChannelUnknown, NoRateCardInForce, ZoneChartUnknown
from carriers.models import Carrier, Channel, FuelRate, RateCard, ZoneChart
from carriers.selectors import area_lists_in_force, rate_cards_in_force, read_area_lists, read_charts
from carriers.services import publish_area_list, publish_rate_card, publish_zone_chart, set_fuel_rates
from carriers.sheets.book import Book, Draft, Given, Sheet, begin_book, finish_book, write_book
from carriers.sheets.charts import ChartRows, read_chart, read_distance
from carriers.sheets.difference import Difference, Items, compare_areas, compare_cards, compare_charts, compare_fuel
from carriers.sheets.faults import Faults, SheetFault
from carriers.sheets.files import read_grids
from carriers.sheets.grid import Grid
from carriers.sheets.places import Places
from carriers.sheets.vocabulary import Kind
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope

type Document = dict[str, Any]

MOST_CODE: Final = 64
NOTHING_IN_FORCE: Final = Difference(since=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateFile:
    """A file to be read, and what is known besides it.

    `channel` and `carrier` are codes; the file's own terms may name them instead. `document` has fields of the card that count
    more than the file's. `charts` are further files with parts of the zone chart.
    """

    path: Path
    channel: str = ""
    carrier: str = ""
    effective_from: date | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    charts: Sequence[Path] = ()
    chart_code: str = ""
    country: str = ""
    list_code: str = ""
    encoding: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a file says, and what it would change. With faults it can't be published.

    The chart may have zones that the card has no prices for, and the card zones where nothing lies; a list of areas that the
    card names and nobody has given leaves it without a price; and `falls` are where a heavier parcel is cheaper than a lighter one.
    None of them stands against publishing.
    """

    book: Book
    carrier_id: int
    channel_id: int | None
    first_day: date
    zone_chart_id: int | None = None
    difference: Difference = NOTHING_IN_FORCE
    unpriced_zones: tuple[str, ...] = ()
    unreached_zones: tuple[str, ...] = ()
    missing_lists: tuple[str, ...] = ()
    falls: tuple[PriceFall, ...] = ()

    @property
    def faults(self) -> Sequence[SheetFault]:
        """Return what is wrong, by the cell."""
        return self.book.faults.found


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFile:
    """What became new: whether the card, and how many charts, lists and fuel rates."""

    card: bool = False
    chart: bool = False
    lists: int = 0
    fuel_rates: int = 0

    def __bool__(self) -> bool:
        return bool(self.card or self.chart or self.lists or self.fuel_rates)


def propose(*, tenant_id: int, file: RateFile, today: date) -> Proposal:
    """Read a file and compare it with what is in force; nothing is saved.

    `today` is meant where neither the file nor the caller says from which day on. Raises a FileFault for what is no table, and
    PricesRefused where the channel, its carrier or the chart that is named does not exist.
    """
    if file.channel:
        _refuse_unknown_channel(tenant_id, file.channel)
    draft = begin_book(read_grids(file.path, encoding=file.encoding, sheet=file.sheet))
    charts = _read_charts(file, draft.faults, draft.places)
    with tenant_scope(tenant_id=tenant_id):
        channel, carrier = _channel_and_carrier(draft, file)
        day = _first_day(draft, file) or today
        version = _version(channel, day)
        base = card_to_document(card_from_document(version.document)) if version else None
        book = finish_book(draft, _given(tenant_id, draft, file, channel, base), charts)
        proposal = Proposal(book=book, carrier_id=carrier.pk, channel_id=channel.pk if channel else None, first_day=day)
        return proposal if book.faults.count else _compared(proposal, base, channel, carrier, version, file)


def _compared(
    proposal: Proposal, base: Document | None, channel: Channel | None, carrier: Carrier, version: RateCard | None, file: RateFile
) -> Proposal:
    """Return a proposal without faults, with what it would change and what is worth knowing."""
    book, card, day = proposal.book, proposal.book.card, proposal.first_day
    chart_id = _stored_chart(book, channel, file, version) if card else None
    chart = book.chart or (read_charts([chart_id])[chart_id] if chart_id is not None else None)
    mapped = chart.zones if chart else ()
    on_file = {code for code, _list_id in area_lists_in_force(ship_date=day).get(carrier.pk, ())}
    return replace(
        proposal,
        zone_chart_id=chart_id,
        difference=_difference(book, base, channel, carrier, version, chart_id, day),
        unpriced_zones=tuple(zone for zone in mapped if card and zone not in card.zones),
        unreached_zones=tuple(zone for zone in (card.zones if card and mapped else ()) if zone not in mapped),
        missing_lists=tuple(sorted(card.list_codes - on_file - book.areas.keys())) if card else (),
        falls=price_falls(card, day=day) if card else (),
    )


def publish(*, tenant_id: int, proposal: Proposal, at: datetime, source: str = "") -> PublishedFile:
    """Put what a file says in force, all or nothing. Raises PricesRefused."""
    book = proposal.book
    if book.faults.count:
        raise ValueError("a file with faults is not published")
    with tenant_scope(tenant_id=tenant_id):
        chart_id, new_chart, new_card, fuel_rates = proposal.zone_chart_id, False, False, 0
        if book.chart_document is not None:
            chart = publish_zone_chart(
                tenant_id=tenant_id, carrier_id=proposal.carrier_id, document=book.chart_document, at=at, source=source
            )
            chart_id, new_chart = chart.version_id, chart.is_new
        if book.document is not None and proposal.channel_id is not None and chart_id is not None:
            new_card = publish_rate_card(
                tenant_id=tenant_id,
                channel_id=proposal.channel_id,
                zone_chart_id=chart_id,
                document=book.document,
                at=at,
                source=source,
            ).is_new
        new_lists = _publish_lists(tenant_id, proposal, at, source)
        if proposal.channel_id is not None and book.fuel:
            fuel_rates = set_fuel_rates(tenant_id=tenant_id, channel_id=proposal.channel_id, percents=book.fuel)
    return PublishedFile(card=new_card, chart=new_chart, lists=new_lists, fuel_rates=fuel_rates)


class _Checked(Exception):
    """The way out of a transaction that is to leave nothing behind."""


def check_publication(*, tenant_id: int, proposal: Proposal, at: datetime, source: str = "") -> PublishedFile:
    """Publish, to find out what stands against it, and take it back; return what would become new. Raises PricesRefused."""
    try:
        with tenant_scope(tenant_id=tenant_id):
            published = publish(tenant_id=tenant_id, proposal=proposal, at=at, source=source)
            raise _Checked
    except _Checked:
        return published


def _publish_lists(tenant_id: int, proposal: Proposal, at: datetime, source: str) -> int:
    published = [
        publish_area_list(
            tenant_id=tenant_id,
            carrier_id=proposal.carrier_id,
            document=document,
            effective_from=proposal.first_day,
            at=at,
            source=source,
        )
        for document in proposal.book.areas.values()
    ]
    return sum(each.is_new for each in published)


def _read_charts(file: RateFile, faults: Faults, places: Places) -> ChartRows:
    rows = ChartRows()
    for path in file.charts:
        for grid in read_grids(path, encoding=file.encoding):
            _read_chart_grid(grid, rows, faults, places, file.country)
    return rows


def _read_chart_grid(grid: Grid, rows: ChartRows, faults: Faults, places: Places, country: str) -> None:
    part = begin_book([grid])
    if Kind.DISTANCE in part.grids:
        read_distance(grid, rows, faults, places, country=country)
    else:
        read_chart(grid, rows, faults, places, country=country)


def _refuse_unknown_channel(tenant_id: int, code: str) -> None:
    with tenant_scope(tenant_id=tenant_id):
        if not Channel.objects.filter(code=code).exists():
            raise ChannelUnknown(channel=code)


def _channel_and_carrier(draft: Draft, file: RateFile) -> tuple[Channel | None, Carrier]:
    code = file.channel or draft.terms.about.get("channel", "")
    channel: Channel | None = Channel.objects.select_related("carrier").filter(code=code).first() if code else None
    if channel is None and (code or draft.has_card or Kind.FUEL in draft.grids):
        raise ChannelUnknown(channel=code or "–")
    if channel is not None:
        return channel, channel.carrier
    carrier: Carrier | None = Carrier.objects.filter(code=file.carrier).first()
    if carrier is None:
        raise CarrierUnknown(carrier=file.carrier or "–")
    return None, carrier


def _first_day(draft: Draft, file: RateFile) -> date | None:
    text = draft.terms.document.get("effective_from")
    return file.effective_from or (date.fromisoformat(text) if text else None)


def _version(channel: Channel | None, day: date) -> RateCard | None:
    """Return the channel's version in force on a day."""
    version = rate_cards_in_force(ship_date=day).get(channel.pk) if channel else None
    return RateCard.objects.get(pk=version.rate_card_id) if version else None


def _given(tenant_id: int, draft: Draft, file: RateFile, channel: Channel | None, base: Document | None) -> Given:
    day = _first_day(draft, file)
    own: Document = dict(file.document) | ({"effective_from": file.effective_from.isoformat()} if file.effective_from else {})
    currency = Tenant.objects.values_list("currency", flat=True).get(pk=tenant_id)
    code = f"{channel.code if channel else ''} {day.isoformat() if day else ''}".strip()
    named = file.chart_code or draft.terms.about.get("zone_chart", "")
    return Given(
        document=own,
        fallback={} if draft.is_whole else {"currency": currency},
        base=base,
        code=code,
        chart_code=named or (file.charts[0].name.split(".")[0] if file.charts else f"{code} zones")[:MOST_CODE],
        country=file.country,
        list_code=file.list_code,
    )


def _stored_chart(book: Book, channel: Channel | None, file: RateFile, version: RateCard | None) -> int | None:
    """Return the chart that the card is for: of the file (then None: it is yet to be stored), the named one, or the present one."""
    if book.chart_document is not None or channel is None:
        return None
    code = file.chart_code or book.about.get("zone_chart", "")
    if code:
        found = ZoneChart.objects.filter(carrier_id=channel.carrier_id, code=code).values_list("pk", flat=True).first()
    else:
        found = version.zone_chart_id if version else _latest_chart(channel)
    if found is None:
        raise ZoneChartUnknown(chart=code or "–")
    return int(found)


def _latest_chart(channel: Channel) -> int | None:
    latest = RateCard.objects.filter(channel=channel).order_by("-effective_from", "-pk")
    return latest.values_list("zone_chart_id", flat=True).first()


def _difference(
    book: Book,
    base: Document | None,
    channel: Channel | None,
    carrier: Carrier,
    version: RateCard | None,
    chart_id: int | None,
    day: date,
) -> Difference:
    parts: dict[str, Any] = {"since": version.effective_from if version else None}
    if book.document is not None:
        parts |= compare_cards(base, book.document)
        parts["chart"] = _chart_difference(book, version, chart_id)
    in_force = dict(area_lists_in_force(ship_date=day).get(carrier.pk, ()))
    lists = read_area_lists(in_force[code] for code in book.areas if code in in_force)
    before = {code: area_list_to_document(lists[in_force[code]]) for code in book.areas if code in in_force}
    parts["areas"] = {code: compare_areas(before.get(code), document) for code, document in book.areas.items()}
    if book.fuel and channel is not None:
        known = dict(FuelRate.objects.filter(channel=channel).values_list("effective_from", "percent"))
        parts["fuel"] = compare_fuel(known, book.fuel)
    return Difference(**parts)


def _chart_difference(book: Book, version: RateCard | None, chart_id: int | None) -> Items:
    before_id = version.zone_chart_id if version else None
    stored = read_charts(pk for pk in (before_id, chart_id) if pk is not None)
    before = chart_to_document(stored[before_id]) if before_id is not None else None
    after = chart_to_document(stored[chart_id]) if chart_id is not None else book.chart_document
    return Items() if after is None else compare_charts(before, after)


def channel_sheets(
    *, tenant_id: int, channel: str, day: date, language: str, long_rates: bool = False, with_areas: bool = True
) -> list[Sheet]:
    """Return the sheets of the version that a channel has in force on a day. Raises ChannelUnknown or NoRateCardInForce."""
    with tenant_scope(tenant_id=tenant_id):
        row: Channel | None = Channel.objects.select_related("carrier").filter(code=channel).first()
        if row is None:
            raise ChannelUnknown(channel=channel)
        version = _version(row, day)
        if version is None:
            raise NoRateCardInForce(channel=channel, day=day)
        card = card_from_document(version.document)
        chart = chart_from_document(ZoneChart.objects.get(pk=version.zone_chart_id).document)
        in_force = dict(area_lists_in_force(ship_date=day).get(row.carrier_id, ()))
        named = {code: in_force[code] for code in sorted(card.list_codes) if code in in_force and with_areas}
        lists = read_area_lists(named.values())
        fuel = dict(FuelRate.objects.filter(channel=row).values_list("effective_from", "percent"))
    return write_book(
        document=card_to_document(card),
        about={"carrier": row.carrier.code, "channel": row.code, "zone_chart": chart.code},
        chart_document=chart_to_document(chart),
        areas={code: area_list_to_document(lists[list_id]) for code, list_id in named.items()},
        fuel=fuel,
        language=language,
        long_rates=long_rates,
    )
