"""Reads of what shipping costs: the versions in force on a day, and the versions that others name. Call them in a tenant's scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from weakref import WeakValueDictionary

from django.db.models import Model, Q

from carriers.core.areas import AreaList, area_list_from_document
from carriers.core.calendar import Calendar, calendar_of
from carriers.core.card import card_from_document
from carriers.core.rate_card import RateCard
from carriers.core.tiers import TierMarkup, markup_millis
from carriers.core.zones import ZoneChart, chart_from_document
from carriers.models import AreaList as AreaListRow
from carriers.models import FuelRate, FxRate, Holiday, LiveService, SellerInTier, SellerTier
from carriers.models import RateCard as RateCardRow
from carriers.models import ZoneChart as ZoneChartRow

type Parse = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class VersionInForce:
    """The ids of a channel's rate card and of the zone chart that goes with it."""

    rate_card_id: int
    zone_chart_id: int


def rate_cards_in_force(*, ship_date: date) -> dict[int, VersionInForce]:
    """Return the rate cards in force on a day, by channel id."""
    in_force = Q(effective_from__lte=ship_date) & (Q(effective_to__isnull=True) | Q(effective_to__gt=ship_date))
    rows = RateCardRow.objects.filter(in_force).values_list("channel_id", "pk", "zone_chart_id")
    return {channel_id: VersionInForce(card_id, chart_id) for channel_id, card_id, chart_id in rows}


def area_lists_in_force(*, ship_date: date) -> dict[int, tuple[tuple[str, int], ...]]:
    """Return (code, id) of the lists of areas in force on a day, by carrier id, in the order of their codes."""
    rows = AreaListRow.objects.filter(effective_from__lte=ship_date).order_by("effective_from", "pk")
    latest = {(carrier_id, code): list_id for carrier_id, code, list_id in rows.values_list("carrier_id", "code", "pk")}
    found: dict[int, list[tuple[str, int]]] = {}
    for (carrier_id, code), list_id in sorted(latest.items()):
        found.setdefault(carrier_id, []).append((code, list_id))
    return {carrier_id: tuple(lists) for carrier_id, lists in found.items()}


def live_channel_ids() -> frozenset[int]:
    """Return the channels whose carriers say their prices over the network, by an account that is active."""
    return frozenset(LiveService.objects.filter(account__active=True).values_list("channel_id", flat=True))


def fuel_percents(*, ship_date: date) -> dict[int, str]:
    """Return the fuel surcharges in force on a day in per cent, by channel id."""
    rows = FuelRate.objects.filter(effective_from__lte=ship_date).order_by("effective_from")
    return {channel_id: _plain(percent) for channel_id, percent in rows.values_list("channel_id", "percent")}


def fx_rates_to(*, currency: str, ship_date: date) -> tuple[tuple[str, str], ...]:
    """Return (source currency, rate to `currency`) in force on a day."""
    rows = FxRate.objects.filter(target=currency, effective_from__lte=ship_date).order_by("effective_from")
    return tuple(sorted((source, _plain(rate)) for source, rate in dict(rows.values_list("source", "rate")).items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class TierInForce:
    """A price tier of sellers: its per cents as decimal text, in general and by channel code, and the sellers in it."""

    code: str
    percent: str
    channel_percents: dict[str, str]
    seller_ids: tuple[int, ...]

    def markup_on(self, channel_code: str) -> TierMarkup | None:
        """Return what the tier adds to a channel's prices, None where that is nothing."""
        millis = markup_millis(self.channel_percents.get(channel_code, self.percent))
        return TierMarkup(tier=self.code, millis=millis) if millis else None


def seller_tiers() -> tuple[TierInForce, ...]:
    """Return the tiers that sellers are in, in the order of their codes."""
    sellers: dict[int, list[int]] = {}
    for tier_id, seller_id in SellerInTier.objects.order_by("seller_id").values_list("tier_id", "seller_id"):
        sellers.setdefault(tier_id, []).append(seller_id)
    rows = SellerTier.objects.filter(pk__in=sellers).order_by("code") if sellers else ()
    return tuple(
        TierInForce(code=row.code, percent=_plain(row.percent), channel_percents=row.channel_percents, seller_ids=tuple(sellers[row.pk]))
        for row in rows
    )


def tier_of_seller(seller_id: int) -> TierInForce | None:
    """Return the tier that a seller is in, None where it is in none."""
    return next((tier for tier in seller_tiers() if seller_id in tier.seller_ids), None)


def read_calendar(*, country: str, weekdays: frozenset[int] = frozenset()) -> Calendar:
    """Return the calendar of a country with its holidays; `weekdays` replace the ones that it works on."""
    holidays = Holiday.objects.filter(country=country).values_list("date", flat=True)
    return calendar_of(country=country, holidays=holidays, weekdays=weekdays)


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


_cards: WeakValueDictionary[tuple[int, str], RateCard] = WeakValueDictionary()
_charts: WeakValueDictionary[tuple[int, str], ZoneChart] = WeakValueDictionary()
_lists: WeakValueDictionary[tuple[int, str], AreaList] = WeakValueDictionary()


def read_cards(ids: Iterable[int]) -> dict[int, RateCard]:
    """Return rate cards by id."""
    return _read(RateCardRow, ids, card_from_document, _cards)


def read_charts(ids: Iterable[int]) -> dict[int, ZoneChart]:
    """Return zone charts by id."""
    return _read(ZoneChartRow, ids, chart_from_document, _charts)


def read_area_lists(ids: Iterable[int]) -> dict[int, AreaList]:
    """Return lists of areas by id."""
    return _read(AreaListRow, ids, area_list_from_document, _lists)


def _read[Version](
    rows: type[Model], ids: Iterable[int], parse: Parse, held: WeakValueDictionary[tuple[int, str], Version]
) -> dict[int, Version]:
    """Return versions by id; what this process holds anyway, since it never changes, is not read again."""
    keys = {row_id: (row_id, sha256) for row_id, sha256 in rows._default_manager.filter(pk__in=set(ids)).values_list("pk", "sha256")}
    found = {row_id: version for row_id, key in keys.items() if (version := held.get(key)) is not None}
    for row_id, document in rows._default_manager.filter(pk__in=keys.keys() - found.keys()).values_list("pk", "document"):
        found[row_id] = held[keys[row_id]] = parse(document)
    return found
