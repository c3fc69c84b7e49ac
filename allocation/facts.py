"""A stored order and its record as the core reads them, for replaying and explaining a decision."""

from __future__ import annotations

from dataclasses import dataclass

from allocation.core.packing import UnpackedRecord, unpack_record
from allocation.core.price_book import PriceBook
from allocation.core.reference import Supply
from allocation.core.settings import ChannelTerms, WarehouseTerms
from allocation.core.types import Mode, Need, OrderFacts
from allocation.models import AddressCorrection, Record, WarehouseRejection
from allocation.worlds import book_of_version
from carriers.core.types import Destination, Parcel
from orders.core.packing import merge_needs
from orders.models import Order, OrderLine, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFacts:
    """What one warehouse ships of a split order, as recorded: units of each need, and the order as if it asked for those only."""

    warehouse: WarehouseTerms
    channel: ChannelTerms
    cost_minor: int
    units: tuple[int, ...]
    order: OrderFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFacts:
    """A record, the settings and prices that it names, and what it says of the order and of each warehouse."""

    record: Record
    book: PriceBook
    order: OrderFacts
    unpacked: UnpackedRecord

    @property
    def split(self) -> tuple[PartFacts, ...]:
        """Return the parts of a split order, none of one that ships whole."""
        warehouses, channels = self.book.settings.warehouses, self.book.settings.channels
        return tuple(
            PartFacts(
                warehouse=warehouses[part.warehouse],
                channel=channels[part.channel],
                cost_minor=part.cost,
                units=part.units,
                order=self.order.part(part.units),
            )
            for part in self.unpacked.parts
        )

    @property
    def supply(self) -> Supply:
        """Return what the decision saw of stock and capacity."""
        needs, warehouses = self.order.needs, self.book.settings.warehouses
        units, capacity = self.unpacked.units, [seen[len(needs) :] for seen in self.unpacked.units]
        return Supply(
            at=self.record.decided_at,
            units={(need.sku_id, terms.id): units[w][n] for w, terms in enumerate(warehouses) for n, need in enumerate(needs)},
            orders={terms.id: seen[0] for terms, seen in zip(warehouses, capacity, strict=True) if seen},
            lines={terms.id: seen[1] for terms, seen in zip(warehouses, capacity, strict=True) if seen},
        )


def facts_of(record: Record) -> RecordFacts:
    """Return what a record stores and names. Call it inside the tenant's scope."""
    book = book_of_version(record.settings_version_id)
    unpacked = unpack_record(bytes(record.candidates))
    return RecordFacts(record=record, book=book, order=_order_facts(record, unpacked, book), unpacked=unpacked)


def _order_facts(record: Record, unpacked: UnpackedRecord, book: PriceBook) -> OrderFacts:
    order_id = record.order_id
    order = Order.objects.get(pk=order_id)
    address = _address_when_decided(record) or order
    needs = merge_needs(OrderLine.objects.filter(order_id=order_id).values_list("sku_id", "units"))
    length, width, height = unpacked.sides_um
    return OrderFacts(
        order_id=order_id,
        seller_id=order.seller_id,
        store_id=order.store_id,
        platform=Store.objects.get(pk=order.store_id).platform,
        destination=Destination(
            country=address.country, postcode=address.postcode, lat=address.lat, lon=address.lon, residential=address.residential
        ),
        needs=tuple(Need(sku_id=sku_id, units=units) for sku_id, units in needs),
        parcel=Parcel(
            actual_mg=unpacked.actual_mg,
            length_um=length,
            width_um=width,
            height_um=height,
            tags=book.tag_bits.names(unpacked.tag_mask),
        ),
        goods=tuple(each.article(book.tag_bits.names) for each in unpacked.goods),
        placed_at=order.placed_at,
        state_code=address.state_code,
        value_minor=order.value_minor,
        currency=order.currency,
        service_level=order.service_level,
        promised_date=order.promised_date,
        answers=unpacked.answers,
        refused_by=_refused_by_then(record),
        marks=book.tag_bits.marks_in(unpacked.tag_mask),
        reviewed=Record.objects.filter(order_id=order_id, mode=Mode.REVIEW, pk__lt=record.pk).exists(),
    )


def _address_when_decided(record: Record) -> AddressCorrection | None:
    """Return the address that has been corrected since a record was written, as it was then."""
    later = AddressCorrection.objects.filter(order_id=record.order_id, record_id__gt=record.pk)
    first: AddressCorrection | None = later.order_by("record_id").first()
    return first


def _refused_by_then(record: Record) -> frozenset[int]:
    """Return the warehouses that had sent the order back before a record was written."""
    earlier = WarehouseRejection.objects.filter(order_id=record.order_id, record_id__lt=record.pk)
    return frozenset(earlier.values_list("warehouse_id", flat=True))
