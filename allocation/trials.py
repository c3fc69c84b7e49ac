"""费用试算: what a shipment would cost from each warehouse by each of its channels, handling included."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from allocation.core.live import LiveAnswer
from allocation.core.settings import WarehouseTerms
from allocation.models import Lane
from allocation.quoting.lanes import LaneQuestion, origin_of
from allocation.selectors import read_warehouses
from carriers.core.types import CostLine, Destination, Parcel, Quote, Rejection, RejectionCode
from carriers.live.accounts import load_accounts
from carriers.live.protocol import Address, QuoteRequest
from carriers.models import LiveService
from carriers.quoting import ChannelQuote, quote_channels
from carriers.selectors import fx_rates_to
from inventory.errors import WarehouseUnknown
from inventory.models import Warehouse
from wms.tenancy.models import Tenant
from wms.tenancy.scope import tenant_scope
from wms.values.fx import Rate, convert_minor
from wms.values.geo import distance_m


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLine:
    """One cost line of an offer."""

    code: str
    amount_minor: int
    currency: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOffer:
    """A warehouse and one of its channels: the rate card's answer, the carrier's own, the handling, and the landed cost.

    `handling_minor` is in the handling fee's own currency; `landed_minor` in the company's, None where there is no price or no
    exchange rate. `said` is what the carrier of a live channel answered, None where the channel has none: its price counts,
    and the rate card's only where it gave none.
    """

    warehouse_code: str
    warehouse_name: str
    distance_m: int | None
    quoted: ChannelQuote
    handling_minor: int
    handling_currency: str
    landed_minor: int | None
    said: LiveAnswer | None = None

    @property
    def price(self) -> tuple[int, str] | None:
        """Return what the channel costs the seller, in its own currency, and that currency; None where it has no price."""
        return _price_of(self.quoted, self.said)

    @property
    def by_card(self) -> Quote | None:
        """Return the rate card's quote, None where the carrier's own price counts or the card has none."""
        answer = self.quoted.answer
        return answer if isinstance(answer, Quote) and not _has_price(self.said) else None

    @property
    def transit_days(self) -> int | None:
        """Return how many days it takes, None where nobody says."""
        if self.by_card is not None:
            return self.by_card.transit_days
        return self.said.days if self.said else None

    @property
    def rejection(self) -> tuple[str, str] | None:
        """Return (slug, what it is about) of why there is no landed cost, None where there is one."""
        if self.landed_minor is not None:
            return None
        if self.price is not None:
            return RejectionCode.NO_FX.slug, self.handling_currency if self.price[1] == self.quoted.currency else self.price[1]
        if self.said is not None:
            return RejectionCode.LIVE_QUOTE_FAILED.slug, self.said.cause.slug if self.said.cause else ""
        answer = self.quoted.answer
        return (answer.code.slug, answer.detail) if isinstance(answer, Rejection) else None

    @property
    def lines(self) -> tuple[TrialLine, ...]:
        """Return the lines of the freight and of the handling, each in its own currency."""
        if self.price is None:
            return ()
        currency = self.price[1]
        stated = self.by_card.lines if self.by_card else _live_lines(self.quoted, self.said)
        freight = tuple(TrialLine(code=line.code, amount_minor=line.amount_minor, currency=currency, detail=line.detail) for line in stated)
        if not self.handling_minor:
            return freight
        return (*freight, TrialLine(code="handling", amount_minor=self.handling_minor, currency=self.handling_currency, detail=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """All offers, the cheapest first and those without a price last, and the warehouses that ship by no channel."""

    currency: str
    ship_date: date
    offers: tuple[TrialOffer, ...]
    without_channel: tuple[str, ...]


def try_costs(
    *,
    tenant_id: int,
    parcels: Sequence[Parcel],
    units: int,
    destination: Destination,
    ship_date: date,
    warehouse_codes: Collection[str] = (),
    said: Iterable[LiveAnswer] = (),
    seller_id: int | None = None,
) -> Trial:
    """Return what these parcels, with so many units of goods in all, would cost from these warehouses (none named: from all).

    With a seller each price bears the line of their tier. `said` is what carriers answered to `live_questions`. Raises
    WarehouseUnknown.
    """
    with tenant_scope(tenant_id=tenant_id):
        currency = Tenant.objects.values_list("currency", flat=True).get(pk=tenant_id)
        warehouses = _warehouses(warehouse_codes)
        lanes = frozenset(Lane.objects.values_list("warehouse_id", "channel_id"))
        rates = {source: Decimal(rate) for source, rate in fx_rates_to(currency=currency, ship_date=ship_date)}
    quotes = quote_channels(
        tenant_id=tenant_id,
        parcels=parcels,
        origins=[warehouse.origin() for warehouse in warehouses],
        destination=destination,
        ship_date=ship_date,
        lanes=lanes,
        seller_id=seller_id,
    )
    by_id = {warehouse.id: warehouse for warehouse in warehouses}
    answers = {(answer.warehouse_id, answer.channel_id): answer for answer in said}
    offers = [
        _offer(
            by_id[quoted.origin.key],
            quoted,
            parcels,
            units,
            destination,
            rates,
            answers.get((quoted.origin.key, quoted.channel_id)),
        )
        for quoted in quotes
    ]
    served = {warehouse_id for warehouse_id, _channel_id in lanes}
    return Trial(
        currency=currency,
        ship_date=ship_date,
        offers=tuple(sorted(offers, key=lambda offer: (offer.landed_minor is None, offer.landed_minor or 0))),
        without_channel=tuple(warehouse.code for warehouse in warehouses if warehouse.id not in served),
    )


def live_questions(
    *,
    tenant_id: int,
    parcels: Sequence[Parcel],
    destination: Destination,
    state_code: str,
    ship_date: date,
    warehouse_codes: Collection[str] = (),
) -> tuple[LaneQuestion, ...]:
    """Return what the carriers of live channels are to be asked about these parcels (`ask_carriers`, outside any transaction).

    Raises WarehouseUnknown.
    """
    with tenant_scope(tenant_id=tenant_id):
        accounts = {account.id: account for account in load_accounts(tenant_id=tenant_id)}
        if not accounts:
            return ()
        wanted = [warehouse.id for warehouse in _warehouses(warehouse_codes)]
        places = {warehouse.pk: origin_of(warehouse) for warehouse in Warehouse.objects.filter(pk__in=wanted)}
        services = list(LiveService.objects.filter(account_id__in=accounts, channel__active=True).order_by("channel__code"))
        lanes = frozenset(
            Lane.objects.filter(channel_id__in=[service.channel_id for service in services]).values_list("warehouse_id", "channel_id")
        )
    home = Address(country=destination.country, postcode=destination.postcode, state=state_code, residential=destination.residential)
    requests = {key: QuoteRequest(origin=places[key], destination=home, parcels=tuple(parcels), ship_date=ship_date) for key in wanted}
    return tuple(
        LaneQuestion(
            warehouse_id=key,
            channel_id=service.channel_id,
            request=requests[key],
            account=accounts[service.account_id],
            carrier=service.carrier,
            service=service.service,
        )
        for service in services
        for key in wanted
        if (key, service.channel_id) in lanes
    )


def _warehouses(codes: Collection[str]) -> list[WarehouseTerms]:
    found = {warehouse.code: warehouse for warehouse in read_warehouses()}
    for code in codes:
        if code not in found:
            raise WarehouseUnknown(warehouse=code)
    return [warehouse for code, warehouse in found.items() if not codes or code in codes]


def _offer(
    warehouse: WarehouseTerms,
    quoted: ChannelQuote,
    parcels: Sequence[Parcel],
    units: int,
    destination: Destination,
    rates: dict[str, Decimal],
    said: LiveAnswer | None,
) -> TrialOffer:
    fee = warehouse.handling()
    tags = frozenset(tag for parcel in parcels for tag in parcel.tags)
    handling = fee.amount_minor(units=units, mass_mg=sum(parcel.actual_mg for parcel in parcels), tags=tags)
    return TrialOffer(
        warehouse_code=warehouse.code,
        warehouse_name=warehouse.name,
        distance_m=distance_m(destination.lat, destination.lon, warehouse.lat, warehouse.lon),
        quoted=quoted,
        handling_minor=handling,
        handling_currency=fee.currency,
        landed_minor=_landed(_price_of(quoted, said), (handling, fee.currency), quoted.currency, rates),
        said=said,
    )


def _has_price(said: LiveAnswer | None) -> bool:
    return said is not None and said.amount_minor is not None


def _price_of(quoted: ChannelQuote, said: LiveAnswer | None) -> tuple[int, str] | None:
    if said is not None and said.amount_minor is not None:
        return sum(line.amount_minor for line in _live_lines(quoted, said)), said.currency
    return (quoted.answer.total_minor, quoted.answer.currency) if isinstance(quoted.answer, Quote) else None


def _live_lines(quoted: ChannelQuote, said: LiveAnswer | None) -> tuple[CostLine, ...]:
    """Return the carrier's own price and what the seller's tier adds to it, none where the carrier gave none."""
    if said is None or said.amount_minor is None:
        return ()
    own = CostLine("live", said.amount_minor)
    return (own,) if quoted.markup is None else (own, quoted.markup.line(said.amount_minor))


def _landed(price: tuple[int, str] | None, handling: tuple[int, str], currency: str, rates: dict[str, Decimal]) -> int | None:
    """Return freight and handling in the company's currency, None without a price or an exchange rate."""
    if price is None:
        return None
    landed = [_converted(amount, source, currency, rates) for amount, source in (price, handling) if amount]
    return None if None in landed else sum(amount for amount in landed if amount is not None)


def _converted(amount_minor: int, source: str, currency: str, rates: dict[str, Decimal]) -> int | None:
    if source == currency:
        return amount_minor
    rate = rates.get(source)
    return None if rate is None else convert_minor(amount_minor, Rate.of(source, currency, rate))
