"""费用试算: what a shipment would cost by every channel, from every place that it could start from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from carriers.core.areas import Areas
from carriers.core.fuel import NO_FUEL, FuelTable
from carriers.core.rate_card import RateCard
from carriers.core.rating import quotes
from carriers.core.tiers import TierMarkup
from carriers.core.types import Destination, Origin, Parcel, Quote, Rejection, RejectionCode
from carriers.core.zones import ZoneChart
from carriers.models import Channel
from carriers.selectors import (
    TierInForce,
    area_lists_in_force,
    fuel_percents,
    fx_rates_to,
    live_channel_ids,
    rate_cards_in_force,
    read_area_lists,
    read_cards,
    read_charts,
    tier_of_seller,
)
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope
from wms.values.fx import Rate, convert_minor

type Lanes = Collection[tuple[int, int]]
"""(origin's key, channel id): what may start where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelQuote:
    """One channel's answer from one origin: a price with its lines in the card's own currency, or why there is none.

    `total_minor` is the price in `currency`, the company's; None where there is no price or no exchange rate. `markup` is what the
    seller's tier adds to the channel's prices: the answer has it as a line.
    """

    channel_id: int
    channel_code: str
    channel_name: str
    carrier_code: str
    origin: Origin
    answer: Quote | Rejection
    total_minor: int | None
    currency: str
    markup: TierMarkup | None = None

    @property
    def rejection(self) -> RejectionCode | None:
        """Return why this channel can't be chosen, None if it can."""
        if isinstance(self.answer, Rejection):
            return self.answer.code
        return RejectionCode.NO_FX if self.total_minor is None else None


@dataclass(frozen=True, slots=True)
class _Priced:
    """A channel and what its prices are made of."""

    channel: Channel
    card: RateCard | None
    chart: ZoneChart | None
    fuel: FuelTable
    areas: Areas
    is_live: bool
    markup: TierMarkup | None


def quote_channels(
    *,
    tenant_id: int,
    parcels: Sequence[Parcel],
    origins: Sequence[Origin],
    destination: Destination,
    ship_date: date,
    lanes: Lanes | None = None,
    seller_id: int | None = None,
) -> tuple[ChannelQuote, ...]:
    """Return every active channel's answer from every origin, by the rate cards in force on the day; the cheapest come first.

    `lanes` restrict which channel may start where; without them every channel starts everywhere. With a seller the price is theirs,
    with the line of their tier; without one it is what the channel costs the company. Carriers that say their prices over
    the network are not asked: such a channel has its rate card's price, or says that there is no live one.
    """
    with tenant_scope(tenant_id=tenant_id):
        currency = Tenant.objects.values_list("currency", flat=True).get(pk=tenant_id)
        rates = {source: Decimal(rate) for source, rate in fx_rates_to(currency=currency, ship_date=ship_date)}
        channels = _channels(ship_date, None if seller_id is None else tier_of_seller(seller_id))
    found = []
    for priced in channels:
        starts = [origin for origin in origins if lanes is None or (origin.key, priced.channel.pk) in lanes]
        answers = _answers(priced, parcels, starts, destination, ship_date)
        found += [_channel_quote(priced, origin, answer, currency, rates) for origin, answer in zip(starts, answers, strict=True)]
    return tuple(sorted(found, key=_order))


def _channels(ship_date: date, tier: TierInForce | None) -> list[_Priced]:
    channels = list(Channel.objects.filter(active=True).select_related("carrier").order_by("code"))
    versions = rate_cards_in_force(ship_date=ship_date)
    cards = read_cards(versions[channel.pk].rate_card_id for channel in channels if channel.pk in versions)
    charts = read_charts(versions[channel.pk].zone_chart_id for channel in channels if channel.pk in versions)
    fuel, lists = fuel_percents(ship_date=ship_date), area_lists_in_force(ship_date=ship_date)
    live = live_channel_ids()
    found = []
    for channel in channels:
        version = versions.get(channel.pk)
        card = cards[version.rate_card_id] if version else None
        named = {code: list_id for code, list_id in lists.get(channel.carrier_id, ()) if card and code in card.list_codes}
        areas = read_area_lists(named.values())
        found.append(
            _Priced(
                channel=channel,
                card=card,
                chart=charts[version.zone_chart_id] if version else None,
                fuel=FuelTable.of({ship_date: fuel[channel.pk]}) if channel.pk in fuel else NO_FUEL,
                areas={code: areas[list_id] for code, list_id in named.items()},
                is_live=channel.pk in live,
                markup=None if tier is None else tier.markup_on(channel.code),
            )
        )
    return found


def _answers(
    priced: _Priced, parcels: Sequence[Parcel], origins: Sequence[Origin], destination: Destination, ship_date: date
) -> list[Quote | Rejection]:
    if priced.card is None or priced.chart is None:
        code = RejectionCode.LIVE_QUOTE_FAILED if priced.is_live else RejectionCode.NOT_EFFECTIVE
        return [Rejection(code, "" if priced.is_live else ship_date.isoformat())] * len(origins)
    found = quotes(
        card=priced.card,
        chart=priced.chart,
        origins=origins,
        destination=destination,
        parcels=parcels,
        ship_date=ship_date,
        fuel=priced.fuel,
        areas=priced.areas,
    )
    markup = priced.markup
    return found if markup is None else [markup.on(answer) if isinstance(answer, Quote) else answer for answer in found]


def _channel_quote(priced: _Priced, origin: Origin, answer: Quote | Rejection, currency: str, rates: dict[str, Decimal]) -> ChannelQuote:
    channel = priced.channel
    return ChannelQuote(
        channel_id=channel.pk,
        channel_code=channel.code,
        channel_name=channel.name,
        carrier_code=channel.carrier.code,
        origin=origin,
        answer=answer,
        total_minor=_converted(answer, currency, rates) if isinstance(answer, Quote) else None,
        currency=currency,
        markup=priced.markup,
    )


def _converted(quoted: Quote, currency: str, rates: dict[str, Decimal]) -> int | None:
    if quoted.currency == currency:
        return quoted.total_minor
    rate = rates.get(quoted.currency)
    return None if rate is None else convert_minor(quoted.total_minor, Rate.of(quoted.currency, currency, rate))


def _order(found: ChannelQuote) -> tuple[bool, int, int, str, str]:
    days = found.answer.transit_days if isinstance(found.answer, Quote) else None
    unknown_last = 1_000 if days is None else days
    return found.total_minor is None, found.total_minor or 0, unknown_last, found.channel_code, found.origin.code
