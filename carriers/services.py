"""Publish prices: versions of rate cards, zone charts and lists of areas, fuel surcharges, exchange rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import F, Q

from carriers.core.areas import AreaList as Areas
from carriers.core.areas import AreaListError, area_list_from_document
from carriers.core.card import CardError, card_from_document
from carriers.core.rate_card import RateCard as Card
from carriers.core.zones import ChartError, chart_from_document, chart_to_document
from carriers.core.zones import ZoneChart as Chart
from carriers.errors import (
    AreaListInvalid,
    CarrierUnknown,
    ChannelUnknown,
    FxRateUnusable,
    RateCardInvalid,
    RateCardLeavesGap,
    RateCardOverlaps,
    RateInvalid,
    ZoneChartCodeTaken,
    ZoneChartInvalid,
    ZoneChartUnknown,
    ZonesForeign,
)
from carriers.models import AreaList, Carrier, Channel, FuelRate, FxRate, RateCard, ZoneChart
from wms.tenancy.scope import tenant_scope
from wms.values.fingerprint import fingerprint_of
from wms.values.fx import Rate

MOST_FUEL_PERCENT: Final = Decimal(1_000)


@dataclass(frozen=True, slots=True)
class Published:
    """A version's id, and whether it is new; one with the same content is not written twice."""

    version_id: int
    is_new: bool


def save_carrier(*, tenant_id: int, code: str, name: str) -> int:
    """Add a carrier or rename the one with this code; return its id."""
    with tenant_scope(tenant_id=tenant_id):
        stored, _is_new = Carrier.objects.update_or_create(tenant_id=tenant_id, code=code, defaults={"name": name})
        return int(stored.pk)


def save_channel(*, tenant_id: int, carrier_id: int, code: str, name: str, active: bool = True) -> int:
    """Add a channel of a carrier or change the one with this code; return its id. Raises CarrierUnknown."""
    with tenant_scope(tenant_id=tenant_id):
        if not Carrier.objects.filter(pk=carrier_id).exists():
            raise CarrierUnknown(carrier=carrier_id)
        terms = {"carrier_id": carrier_id, "name": name, "active": active}
        stored, _is_new = Channel.objects.update_or_create(tenant_id=tenant_id, code=code, defaults=terms)
        return int(stored.pk)


def publish_zone_chart(*, tenant_id: int, carrier_id: int, document: Mapping[str, Any], at: datetime, source: str = "") -> Published:
    """Store a zone chart under its document's code. Raises ZoneChartInvalid or ZoneChartCodeTaken."""
    chart = _read_chart(document)
    fingerprint = fingerprint_of(document)
    with tenant_scope(tenant_id=tenant_id):
        if not Carrier.objects.select_for_update().filter(pk=carrier_id).exists():
            raise CarrierUnknown(carrier=carrier_id)
        known = ZoneChart.objects.filter(carrier_id=carrier_id, code=chart.code).first()
        if known is not None:
            # Two ways of writing it down are one chart.
            if known.sha256 != fingerprint and chart_to_document(_read_chart(known.document)) != chart_to_document(chart):
                raise ZoneChartCodeTaken(chart=chart.code)
            return Published(known.pk, is_new=False)
        row = ZoneChart.objects.create(
            tenant_id=tenant_id,
            carrier_id=carrier_id,
            code=chart.code,
            document=document,
            sha256=fingerprint,
            source=source,
            created_at=at,
        )
        return Published(row.pk, is_new=True)


def publish_rate_card(
    *, tenant_id: int, channel_id: int, zone_chart_id: int, document: Mapping[str, Any], at: datetime, source: str = ""
) -> Published:
    """Put a rate card in force from its document's day on; the version before it ends there.

    Without an end of its own it holds until the next version that there is, or open-ended. Of two that begin on one day the
    later published holds. Raises RateCardInvalid, ZonesForeign, RateCardOverlaps or RateCardLeavesGap.
    """
    card = _read_card(document)
    fingerprint = fingerprint_of(document)
    with tenant_scope(tenant_id=tenant_id):
        # Publishers of one channel wait for each other, so that each sees the version before its own.
        channel = Channel.objects.select_for_update().filter(pk=channel_id).first()
        if channel is None:
            raise ChannelUnknown(channel=channel_id)
        _refuse_foreign_zones(channel, zone_chart_id, card)
        replaced = _in_force(channel_id, card.effective_from)
        if replaced and replaced.zone_chart_id == zone_chart_id and _read_card(replaced.document) == card:
            return Published(replaced.pk, is_new=False)
        effective_to = _end_of(channel_id, card, replaced)
        if replaced is not None:
            RateCard.objects.filter(pk=replaced.pk).update(effective_to=card.effective_from)
        row = RateCard.objects.create(
            tenant_id=tenant_id,
            channel_id=channel_id,
            zone_chart_id=zone_chart_id,
            effective_from=card.effective_from,
            effective_to=effective_to,
            currency=card.currency,
            document=document,
            sha256=fingerprint,
            source=source or card.source,
            created_at=at,
        )
        return Published(row.pk, is_new=True)


def publish_area_list(
    *, tenant_id: int, carrier_id: int, document: Mapping[str, Any], effective_from: date, at: datetime, source: str = ""
) -> Published:
    """Put a list of postcodes in force from a day on, until the next version of its code. Raises AreaListInvalid."""
    areas = _read_areas(document)
    fingerprint = fingerprint_of(document)
    with tenant_scope(tenant_id=tenant_id):
        if not Carrier.objects.select_for_update().filter(pk=carrier_id).exists():
            raise CarrierUnknown(carrier=carrier_id)
        earlier = AreaList.objects.filter(carrier_id=carrier_id, code=areas.code, effective_from__lte=effective_from)
        known = earlier.order_by("-effective_from", "-pk").values_list("pk", "sha256").first()
        if known is not None and known[1] == fingerprint:
            return Published(known[0], is_new=False)
        row = AreaList.objects.create(
            tenant_id=tenant_id,
            carrier_id=carrier_id,
            code=areas.code,
            effective_from=effective_from,
            document=document,
            entries=areas.table.size,
            sha256=fingerprint,
            source=source,
            created_at=at,
        )
        return Published(row.pk, is_new=True)


def set_fuel_rates(*, tenant_id: int, channel_id: int, percents: Mapping[date, Decimal]) -> int:
    """Set a channel's fuel surcharge in per cent from each of these days on; return how many are new or differ."""
    for percent in percents.values():
        _refuse_beyond(percent, Decimal(0), MOST_FUEL_PERCENT)
    with tenant_scope(tenant_id=tenant_id):
        known = dict(FuelRate.objects.filter(channel_id=channel_id).values_list("effective_from", "percent"))
        rows = [
            FuelRate(tenant_id=tenant_id, channel_id=channel_id, effective_from=day, percent=percent)
            for day, percent in percents.items()
            if known.get(day) != percent
        ]
        if rows:
            keys = ["tenant_id", "channel_id", "effective_from"]
            FuelRate.objects.bulk_create(rows, update_conflicts=True, unique_fields=keys, update_fields=["percent"])
    return len(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class FxQuote:
    """That one unit of `source` buys `rate` units of `target` from a day on."""

    source: str
    target: str
    effective_from: date
    rate: Decimal


def set_fx_rates(*, tenant_id: int, rates: Sequence[FxQuote]) -> int:
    """Set exchange rates; return how many are new or differ."""
    for quote in rates:
        refuse_unusable(quote)
    with tenant_scope(tenant_id=tenant_id):
        known = {
            (source, target, day): rate
            for source, target, day, rate in FxRate.objects.values_list("source", "target", "effective_from", "rate")
        }
        rows = [
            FxRate(
                tenant_id=tenant_id,
                source=quote.source,
                target=quote.target,
                effective_from=quote.effective_from,
                rate=quote.rate,
            )
            for quote in rates
            if known.get((quote.source, quote.target, quote.effective_from)) != quote.rate
        ]
        if rows:
            keys = ["tenant_id", "source", "target", "effective_from"]
            FxRate.objects.bulk_create(rows, update_conflicts=True, unique_fields=keys, update_fields=["rate"])
    return len(rows)


def _read_card(document: Mapping[str, Any]) -> Card:
    try:
        return card_from_document(document)
    except CardError as fault:
        raise RateCardInvalid(fault) from fault


def _read_chart(document: Mapping[str, Any]) -> Chart:
    try:
        return chart_from_document(document)
    except ChartError as fault:
        raise ZoneChartInvalid(fault) from fault


def _read_areas(document: Mapping[str, Any]) -> Areas:
    try:
        return area_list_from_document(document)
    except AreaListError as fault:
        raise AreaListInvalid(fault) from fault


def _refuse_foreign_zones(channel: Channel, zone_chart_id: int, card: Card) -> None:
    row = ZoneChart.objects.filter(pk=zone_chart_id, carrier_id=channel.carrier_id).first()
    if row is None:
        raise ZoneChartUnknown(chart=zone_chart_id)
    chart = _read_chart(row.document)
    if not set(card.zones) & set(chart.zones):
        raise ZonesForeign(card=", ".join(card.zones), chart=", ".join(chart.zones))


def _in_force(channel_id: int, day: date) -> RateCard | None:
    open_or_later = Q(effective_to__isnull=True) | Q(effective_to__gt=day)
    found: RateCard | None = RateCard.objects.filter(open_or_later, channel_id=channel_id, effective_from__lte=day).first()
    return found


def _end_of(channel_id: int, card: Card, replaced: RateCard | None) -> date | None:
    """Return the first day on which the card no longer holds."""
    not_empty = Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from"))
    later = RateCard.objects.filter(not_empty, channel_id=channel_id, effective_from__gt=card.effective_from)
    following = later.order_by("effective_from").values_list("effective_from", flat=True).first()
    until = card.effective_to
    if until is None:
        return following
    if following is not None and following < until:
        raise RateCardOverlaps(until=until, next=following)
    if replaced is not None and (replaced.effective_to is None or replaced.effective_to > until):
        raise RateCardLeavesGap(until=until)
    return until


def refuse_unusable(quote: FxQuote) -> None:
    """Raise FxRateUnusable for what is no exchange rate."""
    try:
        Rate.of(quote.source, quote.target, quote.rate)
    except ValueError as fault:
        raise FxRateUnusable(source=quote.source, target=quote.target, rate=quote.rate) from fault


def _refuse_beyond(value: Decimal, least: Decimal, most: Decimal) -> None:
    if not least <= value <= most:
        raise RateInvalid(value=value, least=least, most=most)
