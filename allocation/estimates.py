"""What a shipment was reckoned to cost, line by line: the names of its stored amounts, and its price as a carrier billed it.

A shipment stores amounts only; their names come from pricing it again by the versions that its record names.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from allocation.core.live import Answers
from allocation.core.packing import unpack_record
from allocation.core.price_book import PriceBook
from allocation.core.settings import ChannelTerms, WarehouseTerms
from allocation.models import AddressCorrection, Record, Shipment
from allocation.worlds import book_of_version
from carriers.core.rating import AS_RECKONED, AsBilled, quote
from carriers.core.types import CostLine, Destination, Parcel, Quote, Rejection
from orders.models import Order

MOST_BOOKS: Final = 8
UNNAMED: Final = "base"
"""The line that holds the whole freight where its lines can't be told apart."""

type Address = Order | AddressCorrection


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """All that a shipment's freight was reckoned from. `answers` are those of carriers that were asked."""

    book: PriceBook
    warehouse: WarehouseTerms
    channel: ChannelTerms
    destination: Destination
    parcels: tuple[Parcel, ...]
    answers: Answers
    seller_id: int

    @property
    def lines_besides(self) -> int:
        """Return how many lines a shipment stores behind the carrier's: what its seller's tier adds, and handling."""
        markup = self.book.settings.markup_of(seller_id=self.seller_id, channel_id=self.channel.id)
        return (markup is not None) + (not self.warehouse.handling().is_free)

    def price(self, as_billed: AsBilled = AS_RECKONED) -> Quote | Rejection | None:
        """Return the price by the rate card, by another weight or zone if so billed; None where the channel had no card.

        It is what the carrier bills: the tier of the seller is no part of it.
        """
        book, channel = self.book, self.channel
        if channel.rate_card_id is None or channel.zone_chart_id is None:
            return None
        return quote(
            card=book.cards[channel.rate_card_id],
            chart=book.charts[channel.zone_chart_id],
            origin=self.warehouse.origin(),
            destination=self.destination,
            parcels=self.parcels,
            ship_date=book.settings.ship_date,
            fuel=channel.fuel(book.settings.ship_date),
            areas=channel.areas(book.areas),
            as_billed=as_billed,
        )

    @property
    def live_currency(self) -> str | None:
        """Return the currency of what the carrier answered, None where it gave no price."""
        answer = self.answers.get((self.warehouse.id, self.channel.id))
        return answer.currency if answer and answer.amount_minor is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A shipment's freight as reckoned: its lines sum to the freight, in `currency`. Handling is no part of it.

    `pricing` is None where the lines can't be told apart, as where a carrier gave one price, and `billable_mg` and `zone` then too.
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
        corrections = _corrections(order_ids)
        found = {}
        for shipment in shipments:
            record = records.get((shipment.order_id, shipment.created_at))
            pricing = None
            if record is not None and record.candidates:
                address = _address_when_decided(record, orders[shipment.order_id], corrections)
                pricing = self._pricing(shipment, record, address)
            found[shipment.pk] = _estimate(shipment, pricing)
        return found

    def _pricing(self, shipment: Shipment, record: Record, address: Address) -> Pricing | None:
        book = self._book(record.settings_version_id)
        places = {terms.id: place for place, terms in enumerate(book.settings.warehouses)}
        channel = next((terms for terms in book.settings.channels if terms.id == shipment.channel_id), None)
        if shipment.warehouse_id not in places or channel is None:
            return None
        place, unpacked = places[shipment.warehouse_id], unpack_record(bytes(record.candidates))
        return Pricing(
            book=book,
            warehouse=book.settings.warehouses[place],
            channel=channel,
            destination=Destination(
                country=address.country, postcode=address.postcode, lat=address.lat, lon=address.lon, residential=address.residential
            ),
            parcels=unpacked.parcels_from(place, book.tag_bits.names),
            answers=unpacked.answers,
            seller_id=shipment.seller_id,
        )

    def _book(self, version_id: int) -> PriceBook:
        book = self._books.get(version_id)
        if book is None:
            book = self._books[version_id] = book_of_version(version_id)
        self._books.move_to_end(version_id)
        while len(self._books) > MOST_BOOKS:
            self._books.popitem(last=False)
        return book


def _estimate(shipment: Shipment, pricing: Pricing | None) -> Estimate:
    """Return the stored amounts under the names that pricing again gives them, as long as both agree."""
    stored = tuple(shipment.cost_lines)
    if shipment.rate_card is None:
        currency = pricing.live_currency if pricing else None
        return Estimate(currency=currency or "", lines=(CostLine(UNNAMED, stored[0]),))
    priced = pricing.price() if pricing else None
    if pricing and isinstance(priced, Quote) and tuple(line.amount_minor for line in priced.lines) == stored[: len(priced.lines)]:
        return Estimate(currency=priced.currency, lines=priced.lines, billable_mg=priced.billable_mg, zone=priced.zone, pricing=pricing)
    freight = stored[: len(stored) - (pricing.lines_besides if pricing else 0)]
    return Estimate(currency=shipment.rate_card.currency, lines=(CostLine(UNNAMED, sum(freight)),))


def _corrections(order_ids: Iterable[int]) -> dict[int, list[AddressCorrection]]:
    """Return the corrections of orders' addresses, the oldest first."""
    found: dict[int, list[AddressCorrection]] = {}
    for correction in AddressCorrection.objects.filter(order_id__in=order_ids).order_by("record_id"):
        found.setdefault(correction.order_id, []).append(correction)
    return found


def _address_when_decided(record: Record, order: Order, corrections: Mapping[int, Sequence[AddressCorrection]]) -> Address:
    """Return the address as it was when a record was written: a correction holds what it was before it."""
    later = (correction for correction in corrections.get(order.pk, ()) if correction.record_id > record.pk)
    return next(later, order)
