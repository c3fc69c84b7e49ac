"""费用试算: what a shipment would cost from each warehouse by each of its channels, handling included."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from allocation.core.settings import WarehouseTerms
from allocation.models import Lane
from allocation.selectors import read_warehouses
from carriers.core.types import Destination, Parcel, Quote, RejectionCode
from carriers.quoting import ChannelQuote, quote_channels
from carriers.selectors import fx_rates_to
from inventory.errors import WarehouseUnknown
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
    """A warehouse and one of its channels: the channel's answer, the handling, and the landed cost of both.

    `handling_minor` is in the handling fee's own currency; `landed_minor` in the company's, None where there is no price or no
    exchange rate.
    """

    warehouse_code: str
    warehouse_name: str
    distance_m: int | None
    quoted: ChannelQuote
    handling_minor: int
    handling_currency: str
    landed_minor: int | None

    @property
    def rejection(self) -> tuple[str, str] | None:
        """Return (slug, what it is about) of why there is no landed cost, None where there is one."""
        answer = self.quoted.answer
        if not isinstance(answer, Quote):
            return answer.code.slug, answer.detail
        if self.landed_minor is not None:
            return None
        return RejectionCode.NO_FX.slug, self.handling_currency if answer.currency == self.quoted.currency else answer.currency

    @property
    def lines(self) -> tuple[TrialLine, ...]:
        """Return the lines of the freight and of the handling, each in its own currency."""
        answer = self.quoted.answer
        if not isinstance(answer, Quote):
            return ()
        freight = tuple(
            TrialLine(code=line.code, amount_minor=line.amount_minor, currency=answer.currency, detail=line.detail) for line in answer.lines
        )
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
) -> Trial:
    """Return what these parcels, with so many units of goods in all, would cost from these warehouses (none named: from all).

    Raises WarehouseUnknown.
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
    )
    by_id = {warehouse.id: warehouse for warehouse in warehouses}
    offers = [_offer(by_id[quoted.origin.key], quoted, parcels, units, destination, rates) for quoted in quotes]
    served = {warehouse_id for warehouse_id, _channel_id in lanes}
    return Trial(
        currency=currency,
        ship_date=ship_date,
        offers=tuple(sorted(offers, key=lambda offer: (offer.landed_minor is None, offer.landed_minor or 0))),
        without_channel=tuple(warehouse.code for warehouse in warehouses if warehouse.id not in served),
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
        landed_minor=_landed(quoted, handling, fee.currency, rates),
    )


def _landed(quoted: ChannelQuote, handling: int, currency: str, rates: dict[str, Decimal]) -> int | None:
    if quoted.total_minor is None:
        return None
    if not handling or currency == quoted.currency:
        return quoted.total_minor + handling
    rate = rates.get(currency)
    return None if rate is None else quoted.total_minor + convert_minor(handling, Rate.of(currency, quoted.currency, rate))
