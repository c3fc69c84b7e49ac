"""Find out what is wrong with new orders, before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import psycopg

from orders import store
from orders.core.types import MOST_LINES, MOST_UNITS, NewOrder
from orders.errors import (
    OrderCurrencyUnknown,
    OrderFault,
    OrderInvalid,
    OrderLinesTooMany,
    OrderNumberMissing,
    OrderTextTooLong,
    OrderTextUnprintable,
    OrderValueOutOfRange,
    OrderWithoutLines,
    SkuUnknown,
    StoreUnknown,
    UnitsOutOfRange,
)
from wms.places.errors import PlaceFault
from wms.places.services import Address, Place, locate_many
from wms.values.money import CURRENCY_CODE, MOST_MINOR

LONGEST: Final = {
    "external_number": 64,
    "recipient": 120,
    "state_code": 40,
    "city": 80,
    "address": 200,
    "service_level": 32,
}
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What new orders refer to: their stores, the sellers that own their SKUs, and where their addresses lie."""

    stores: Mapping[int, store.StoreRow]
    seller_of_sku: Mapping[int, int]
    places: Mapping[Address, Place | PlaceFault]


def look_around(cursor: psycopg.Cursor, *, orders: Sequence[NewOrder]) -> Surroundings:
    """Look up all that these orders refer to, a few queries for thousands."""
    return Surroundings(
        stores=store.stores(cursor, store_ids={order.store_id for order in orders}),
        seller_of_sku=store.sellers_of_skus(cursor, sku_ids={line.sku_id for order in orders for line in order.lines}),
        places=locate_many({(order.country, order.postcode) for order in orders}),
    )


def faults_of(*, orders: Sequence[NewOrder], around: Surroundings) -> list[OrderFault]:
    """Return everything that is wrong with these orders."""
    return [fault for position, order in enumerate(orders) for fault in _faults_of_one(position, order, around)]


def faults_of_text(name: str, text: str) -> Iterator[OrderInvalid]:
    """Yield what is wrong with the text of one of the fields in LONGEST."""
    most = LONGEST[name]
    if len(text) > most:
        yield OrderTextTooLong(length=len(text), most=most)
    if not text.isprintable() and CONTROL.search(text):
        yield OrderTextUnprintable()


def _faults_of_one(position: int, order: NewOrder, around: Surroundings) -> Iterator[OrderFault]:
    for name in LONGEST:
        yield from (OrderFault(position, name, fault) for fault in faults_of_text(name, getattr(order, name)))
    if not order.external_number.strip():
        yield OrderFault(position, "external_number", OrderNumberMissing())
    if not 0 <= order.value_minor <= MOST_MINOR:
        yield OrderFault(position, "value_minor", OrderValueOutOfRange(value=order.value_minor, most=MOST_MINOR))
    if not CURRENCY_CODE.fullmatch(order.currency):
        yield OrderFault(position, "currency", OrderCurrencyUnknown(value=order.currency))
    place = around.places[order.country, order.postcode]
    if isinstance(place, PlaceFault):
        yield OrderFault(position, place.field, place)
    yield from _faults_of_lines(position, order, around)


def _faults_of_lines(position: int, order: NewOrder, around: Surroundings) -> Iterable[OrderFault]:
    if not order.lines:
        yield OrderFault(position, "lines", OrderWithoutLines())
    if len(order.lines) > MOST_LINES:
        yield OrderFault(position, "lines", OrderLinesTooMany(lines=len(order.lines), most=MOST_LINES))
    found = around.stores.get(order.store_id)
    if found is None:
        yield OrderFault(position, "store", StoreUnknown(store=order.store_id))
        return
    for number, line in enumerate(order.lines):
        if around.seller_of_sku.get(line.sku_id) != found.seller_id:
            yield OrderFault(position, "sku", SkuUnknown(sku=line.sku_id), number)
        if not 0 < line.units <= MOST_UNITS:
            yield OrderFault(position, "units", UnitsOutOfRange(units=line.units, most=MOST_UNITS), number)
