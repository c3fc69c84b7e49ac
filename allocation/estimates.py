"""What a shipment was reckoned to cost, line by line: the names of its stored amounts, and its price as a carrier billed it.

A shipment stores amounts only; their names come from pricing it again by the versions that its record names.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from allocation.core.packing import unpack_record
from allocation.core.reference import PriceBook
from allocation.core.settings import ChannelTerms, WarehouseTerms
from allocation.models import Record, Shipment
from allocation.worlds import book_of_version
from carriers.core.rating import AS_RECKONED, AsBilled, quote
from carriers.core.types import CostLine, Destination, Parcel, Quote, Rejection
from orders.models import Order

MOST_BOOKS: Final = 8
UNNAMED: Final = "base"
"""The line that holds the whole freight where its lines can't be told apart any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """All that a shipment's freight was reckoned from."""

    book: PriceBook
    warehouse: WarehouseTerms
    channel: ChannelTerms
    destination: Destination
    parcel: Parcel

    def price(self, as_billed: AsBilled = AS_RECKONED) -> Quote | Rejection | None:
        """Return the price, by another weight or zone if so billed; None where the channel had no rate card."""
        book, channel = self.book, self.channel
        if channel.rate_card_id is None or channel.zone_chart_id is None:
            return None
        return quote(
            card=book.cards[channel.rate_card_id],
            chart=book.charts[channel.zone_chart_id],
            origin=self.warehouse.origin(),
            destination=self.destination,
            parcels=(self.parcel,),
            ship_date=book.settings.ship_date,
            fuel=channel.fuel(book.settings.ship_date),
            areas=channel.areas(book.areas),
            as_billed=as_billed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A shipment's freight as reckoned: its lines sum to `freight_minor`, in the rate card's currency. Handling is no part of it.

    `pricing` is None where the lines could not be found again, and `billable_mg` and `zone` then too.
    """

    currency: str
    lines: tuple[CostLine, ...]
    billable_mg: int | None = None
    zone: str | None = None
    pricing: Pricing | None = None

    @property
    def freight_minor(self) -> int:
        """Return the freight."""
        return sum(line.amount_minor for line in self.lines)

    def lines_as_billed(self, as_billed: AsBilled) -> tuple[CostLine, ...] | None:
        """Return the lines by another weight or zone, None where that has no price."""
        priced = self.pricing.price(as_billed) if self.pricing else None
        return priced.lines if isinstance(priced, Quote) else None


class Estimator:
    """Finds estimates; price books of recent versions stay with it. Use it inside the tenant's scope."""

    def __init__(self) -> None:
        self._books: OrderedDict[int, PriceBook] = OrderedDict()

    def estimates_of(self, shipments: Sequence[Shipment]) -> dict[int, Estimate]:
        """Return the estimate of each shipment, by its id. Reads what it needs for all of them at once."""
        order_ids = {shipment.order_id for shipment in shipments}
        orders = Order.objects.in_bulk(order_ids)
        records = {(record.order_id, record.decided_at): record for record in Record.objects.filter(order_id__in=order_ids)}
        found = {}
        for shipment in shipments:
            record = records.get((shipment.order_id, shipment.created_at))
            if record and shipment.rate_card_id is None:
                found[shipment.pk] = _live_estimate(shipment, record)
                continue
            pricing = self._pricing(shipment, record, orders[shipment.order_id]) if record and record.candidates else None
            found[shipment.pk] = _estimate(shipment, pricing)
        return found

    def _pricing(self, shipment: Shipment, record: Record, order: Order) -> Pricing | None:
        book = self._book(record.settings_version_id)
        warehouse = _with_id(book.settings.warehouses, shipment.warehouse_id)
        channel = _with_id(book.settings.channels, shipment.channel_id)
        if warehouse is None or channel is None:
            return None
        # A split order's parcel is no more than its part.
        parcel = unpack_record(bytes(record.candidates)).parcel_from(book.settings.warehouses.index(warehouse))
        length, width, height = parcel.sides_um
        return Pricing(
            book=book,
            warehouse=warehouse,
            channel=channel,
            destination=Destination(
                country=order.country, postcode=order.postcode, lat=order.lat, lon=order.lon, residential=order.residential
            ),
            parcel=Parcel(
                actual_mg=parcel.actual_mg,
                length_um=length,
                width_um=width,
                height_um=height,
                tags=book.tag_bits.names(parcel.tag_mask),
            ),
        )

    def _book(self, version_id: int) -> PriceBook:
        book = self._books.get(version_id)
        if book is None:
            book = self._books[version_id] = book_of_version(version_id)
        self._books.move_to_end(version_id)
        while len(self._books) > MOST_BOOKS:
            self._books.popitem(last=False)
        return book


def _live_estimate(shipment: Shipment, record: Record) -> Estimate:
    """Return the price that the carrier gave, which has no lines."""
    answer = unpack_record(bytes(record.candidates)).answers[shipment.warehouse_id, shipment.channel_id]
    return Estimate(currency=answer.currency, lines=(CostLine(UNNAMED, shipment.cost_lines[0]),))


def _estimate(shipment: Shipment, pricing: Pricing | None) -> Estimate:
    """Return the stored amounts under the names that pricing again gives them, as long as both agree."""
    priced = pricing.price() if pricing else None
    stored = tuple(shipment.cost_lines)
    if pricing and isinstance(priced, Quote) and tuple(line.amount_minor for line in priced.lines) == stored[: len(priced.lines)]:
        return Estimate(currency=priced.currency, lines=priced.lines, billable_mg=priced.billable_mg, zone=priced.zone, pricing=pricing)
    charged = pricing is not None and not pricing.warehouse.handling().is_free
    freight = stored[:-1] if charged else stored
    return Estimate(currency=shipment.rate_card.currency, lines=(CostLine(UNNAMED, sum(freight)),))


def _with_id[Terms: (WarehouseTerms, ChannelTerms)](terms: Iterable[Terms], number: int) -> Terms | None:
    return next((each for each in terms if each.id == number), None)
